package entangle

import (
	"context"
	"sync"

	"github.com/entangle-go/entangle/eventloop"
)

// UserAgent is where windows find each other, by connectTo, and broadcast channels meet. All
// methods may be called concurrently.
//
// https://html.spec.whatwg.org/multipage/infrastructure.html
type UserAgent struct {
	// Clock is what the timers of agents made from now on go by. The zero value: no timers.
	// Messaging needs none.
	Clock eventloop.Clock

	// Trace, unless nil, is told of each message between globals that have event loops, on the
	// goroutine that dispatches or discards it. It must not call into this package. Set it before
	// there are globals.
	Trace func(Trace)

	mu       sync.Mutex // guards the fields below, and the windows' fields that say so
	windows  map[StorageKey][]*Window
	requests map[StorageKey][]*connectRequest

	broadcasts broadcasts
}

// NewUserAgent returns a user agent without windows.
func NewUserAgent() *UserAgent {
	return &UserAgent{windows: map[StorageKey][]*Window{}, requests: map[StorageKey][]*connectRequest{}}
}

// Agent is an event loop and the globals on it. Nothing of it happens unless somebody
// calls Run or Step.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#agents-and-agent-clusters
type Agent struct {
	loop       *eventloop.Loop
	deliveries deliveries // broadcast messages
}

// NewAgent returns an agent with an event loop of its own.
func (ua *UserAgent) NewAgent() *Agent {
	loop := eventloop.New(ua.Clock)
	return &Agent{loop: loop, deliveries: deliveries{loop: loop}}
}

// Loop returns the agent's event loop.
func (a *Agent) Loop() *eventloop.Loop { return a.loop }

// Run runs the agent's tasks on the caller's goroutine until ctx is done, and returns its error.
func (a *Agent) Run(ctx context.Context) error { return a.loop.Run(ctx) }

// Step runs one task and reports whether there was one.
func (a *Agent) Step() bool { return a.loop.Step() }
