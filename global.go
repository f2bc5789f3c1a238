package entangle

import (
	"sync"
	"sync/atomic"
	"weak"

	"github.com/entangle-go/entangle/eventloop"
)

// Global is a global object: what ports and broadcast channels belong to. A [Window] has one. All
// methods may be called concurrently.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#global-object
type Global struct {
	userAgent  *UserAgent
	agent      *Agent              // nil if it has no event loop
	loop       *eventloop.Loop     // the agent's
	document   *eventloop.Document // a window's
	window     *Window             // whose global it is, or nil
	storageKey StorageKey
	closing    atomic.Bool // its broadcast channels are silent already
	closed     atomic.Bool

	mu       sync.Mutex              // guards the fields below; taken before a channel's
	channels []weak.Pointer[channel] // those with an end that belongs to the global, and others that did
	sweepAt  int                     // how long channels may get before the others are sorted out

	waiting deliveries // broadcast messages for a document that is not fully active
}

// GlobalOptions say what a global is.
type GlobalOptions struct {
	// Agent is whose event loop pushes the messages. nil: there is none, messages are pulled.
	Agent *Agent
	// Origin is the global's origin. The zero value: a new opaque one.
	Origin Origin
	// Partition separates users of one origin, see [StorageKey].
	Partition string
}

// NewGlobal returns a global that is no window, such as a worker's or a Go program's own.
func (ua *UserAgent) NewGlobal(options GlobalOptions) *Global {
	g := &Global{userAgent: ua, agent: options.Agent}
	if g.agent != nil {
		g.loop = g.agent.loop
	}
	origin := options.Origin
	if origin.IsZero() {
		origin = NewOpaqueOrigin()
	}
	g.storageKey = StorageKey{origin, options.Partition}
	return g
}

// Agent returns whose event loop the global uses, nil if it has none.
func (g *Global) Agent() *Agent { return g.agent }

// Origin returns the global's origin.
func (g *Global) Origin() Origin { return g.storageKey.Origin }

// StorageKey returns what the global's broadcast channels and connectTo names are looked up by.
func (g *Global) StorageKey() StorageKey { return g.storageKey }

// Document returns what the event loop knows of a window's document. It is nil for a global
// that is no window.
func (g *Global) Document() *eventloop.Document { return g.document }

// eligible reports whether broadcast channels of the global send and receive: it is not closed, and
// a window's document is fully active.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#eligible-for-messaging
func (g *Global) eligible() bool {
	return !g.closed.Load() && !g.closing.Load() && (g.document == nil || g.document.State() == eventloop.FullyActive)
}

// suspended reports whether the global's document is not fully active, but may be again.
func (g *Global) suspended() bool {
	return g.document != nil && g.document.State() == eventloop.Inactive
}

// SetClosing says that the global is about to be closed, as a worker that lets its script run to
// the end: its broadcast channels neither send nor receive any more, its ports do.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-workerglobalscope-closing
func (g *Global) SetClosing() { g.closing.Store(true) }

// Close ends the global: its ports are closed, as are its broadcast channels. For a window's it is
// [Window.Destroy].
//
// https://html.spec.whatwg.org/multipage/workers.html#run-a-worker (the steps after the event loop)
// and destroy a document, step 5
func (g *Global) Close() {
	if g.window != nil {
		g.window.Destroy()
		return
	}
	g.close()
}

func (g *Global) close() {
	if g.closed.Swap(true) {
		return
	}
	g.mu.Lock()
	channels := g.channels
	g.channels = nil
	g.mu.Unlock()
	for _, w := range channels {
		if c := w.Value(); c != nil {
			c.closeEndsOf(g)
		}
	}
	g.userAgent.broadcasts.closeAllOf(g)
}

// own remembers a channel that has an end here, so that Close finds it. It must not be kept by
// that. own reports false if the global is closed.
func (g *Global) own(c *channel) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed.Load() {
		return false
	}
	if len(g.channels) >= max(g.sweepAt, 16) {
		kept := g.channels[:0]
		for _, w := range g.channels {
			if c := w.Value(); c != nil && c.belongsTo(g) {
				kept = append(kept, w)
			}
		}
		clear(g.channels[len(kept):])
		g.channels, g.sweepAt = kept, 2*len(kept)
	}
	g.channels = append(g.channels, c.self())
	return true
}

// belongsTo reports whether an end of the channel belongs to the global.
func (c *channel) belongsTo(g *Global) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends[0].global == g || c.ends[1].global == g
}

// closeEndsOf closes the ends that belong to the global.
func (c *channel) closeEndsOf(g *Global) {
	for side := range c.ends {
		c.mu.Lock()
		turn, belongs := c.ends[side].turn, c.ends[side].global == g
		c.mu.Unlock()
		if belongs {
			c.closePort(turn)
		}
	}
}
