package sim

import (
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// What tests use that tell a story step by step.

// Do does an action, which is nothing if what it names is not there.
func (w *World) Do(a Action) { w.do(a) }

// Settle serves everything, in the order in which it was said. No time passes, and nothing is
// dispatched.
func (w *World) Settle() {
	for len(w.busy) > 0 && w.Violation == nil {
		w.serve(w.oldest())
	}
}

// ServeAny serves one item of a queue that is drawn. It reports whether there was one.
func (w *World) ServeAny() bool {
	if len(w.busy) == 0 {
		return false
	}
	w.serve(w.busy[w.rand.IntN(len(w.busy))])
	return true
}

// Wait lets time pass, from deadline to deadline, and serves everything meanwhile.
func (w *World) Wait(d time.Duration) {
	until := w.now + protocol.Time(d)
	for w.Settle(); w.next() <= until && w.Violation == nil; w.Settle() {
		w.say("  %v later", time.Duration(w.next()-w.now))
		w.now = max(w.now, w.next())
		w.keepDeadlines()
	}
	w.now = until
}

// Meet lets a client listen on a name and another one connect to it, and gives the caller's end.
func (w *World) Meet(caller, listener *Client, name string) *End {
	w.Listen(listener, name)
	w.Settle()
	e := w.Connect(caller, name, "")
	w.Settle()
	return e
}

// DispatchAll dispatches what is in the queues of ends that applications have.
func (w *World) DispatchAll(ends ...*End) {
	for _, e := range ends {
		for e.At != nil && len(e.queue) > 0 {
			w.Dispatch(e)
		}
	}
}

// Chain is how many hops of an end's token its peer has not confirmed, and the present one.
func (e *End) Chain() int {
	if e.At == nil {
		return 0
	}
	p, _ := e.At.session.machine.Inspect(e.Handle)
	return p.Chain
}

// Finish serves and dispatches everything until nothing is left to do, and checks that all is as it
// must be then.
func (w *World) Finish() *Violation {
	w.calm = w.now
	w.drain()
	return w.Violation
}
