// Package settings is the environment settings object: it answers what an API may ask about the
// realm in which it was called.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/webappapis.html#environment-settings-objects as
// of 2026-08-21.
//
// # Concurrency
//
// An [Object] belongs to its agent's goroutine; the methods that say so may be called from any.
package settings

import (
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/bloburl"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Object is an environment settings object. Package host fills the fields before script runs. They
// do not change afterwards, except where a field says so.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#environment-settings-object
type Object struct {
	webidl.Environment // Kind, secure and isolated context, and how exceptions are reported

	Realm     *qjs.Realm
	Loop      *eventloop.Loop
	Messaging *entangle.Global    // whom ports and broadcast channels belong to
	Window    *entangle.Window    // nil in workers
	Document  *eventloop.Document // nil in workers

	Origin      entangle.Origin
	CreationURL string // changes with the URL of a window's document
	Base        func() string
	Referrer    func() string // the URL that requests are said to come from

	Agent        any // package host's agent
	AgentCluster any // which agents SharedArrayBuffers may go to: those with an equal one
	Blobs        *bloburl.Store
	Loader       *loader.Loader
	TimeOrigin   time.Time

	Room func(bytes int) error // whether so many bytes more may wait in messages; nil: any number

	Begin func() (done func())     // keeps the host from being finished; any goroutine
	Print func(level, text string) // the console

	gone      atomic.Bool
	onDestroy []func()
	slots     map[any]any
}

// Of returns the settings object of a realm.
func Of(realm *qjs.Realm) *Object { return realm.Data.(*Object) }

// Incumbent returns the incumbent settings object; nil if no script runs.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#incumbent-settings-object
func Incumbent(rt *qjs.Runtime) *Object {
	if realm := webidl.Incumbent(rt); realm != nil {
		return Of(realm)
	}
	return nil
}

// Global returns what the global object stands for.
func (s *Object) Global() webidl.Object { return webidl.GlobalObject(s.Realm) }

// StorageKey returns the storage key for non-storage purposes.
func (s *Object) StorageKey() entangle.StorageKey { return s.Messaging.StorageKey() }

// BaseURL returns the API base URL.
func (s *Object) BaseURL() string {
	if s.Base == nil {
		return s.CreationURL
	}
	return s.Base()
}

// ReferrerURL returns the URL that requests are said to come from, "" for none.
func (s *Object) ReferrerURL() string {
	if s.Referrer == nil {
		return s.CreationURL
	}
	return s.Referrer()
}

// QueueTask queues a global task: it does not run any more when the global is gone, and waits while
// a window's document is not fully active. It runs in an open scope. Any goroutine may call it.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-global-task
func (s *Object) QueueTask(source eventloop.TaskSource, steps func()) {
	s.Loop.QueueTask(source, s.Document, s.task(steps))
}

func (s *Object) task(steps func()) func() {
	return func() {
		if s.Gone() {
			return
		}
		defer s.Realm.Runtime().Enter()()
		steps()
	}
}

// QueueMicrotask queues a microtask, in order with the reactions of promises.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-microtask
func (s *Object) QueueMicrotask(steps func()) {
	s.Realm.Runtime().EnqueueJob(s.Realm, func() {
		if !s.Gone() {
			steps()
		}
	})
}

// RunAfter queues a global task on the timer task source when d has passed. stop cancels it.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#run-steps-after-a-timeout
func (s *Object) RunAfter(d time.Duration, steps func()) (stop func()) {
	timer, err := s.Loop.RunAfter(s.Document, d, s.task(steps))
	if err != nil { // a loop without a clock
		return func() {}
	}
	return func() { timer.Stop() }
}

// Now returns the current high resolution time: milliseconds since the time origin.
//
// https://w3c.github.io/hr-time/#dfn-current-high-resolution-time
func (s *Object) Now() float64 {
	return float64(time.Since(s.TimeOrigin).Microseconds()) / 1000
}

// RunScript prepares to run script, runs it, reports what it throws, and cleans up. It does nothing
// if script cannot run.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#calling-scripts
func (s *Object) RunScript(script func() error) {
	if s.Gone() {
		return
	}
	_ = webidl.RunScript(s.Realm, nil, func() error { // reported before the microtask checkpoint
		if err := script(); err != nil {
			s.ReportException(err)
		}
		return nil
	})
}

// ReportException reports an exception at the global.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
func (s *Object) ReportException(err error) { webidl.ReportException(s.Realm, err) }

// Pending keeps the host from being finished until done is called. Any goroutine may call both.
func (s *Object) Pending() (done func()) {
	if s.Begin == nil {
		return func() {}
	}
	return s.Begin()
}

// Log gives a line to the console.
func (s *Object) Log(level, text string) {
	if s.Print != nil {
		s.Print(level, text)
	}
}

// Slot returns the value that a package keeps for the realm under a key of its own type, and makes
// it at the first call.
func (s *Object) Slot(key any, make func() any) any {
	if v, ok := s.slots[key]; ok {
		return v
	}
	v := make()
	if s.slots == nil {
		s.slots = map[any]any{}
	}
	s.slots[key] = v
	return v
}

// OnDestroy calls f when the global goes.
func (s *Object) OnDestroy(f func()) { s.onDestroy = append(s.onDestroy, f) }

// Gone reports whether the global is gone: its document was destroyed, or the worker ended. Any
// goroutine may call it.
func (s *Object) Gone() bool { return s.gone.Load() }

// Destroy marks the global as gone: its waiting tasks are dropped, and values held for
// it are released.
func (s *Object) Destroy() {
	if s.gone.Swap(true) {
		return
	}
	for _, f := range s.onDestroy {
		f()
	}
	s.onDestroy, s.slots = nil, nil
	webidl.DropKept(s.Realm)
	if s.Blobs != nil {
		s.Blobs.RemoveOwner(s)
	}
}
