package event

import (
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Rejections keeps the books of an agent's rejected promises.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#unhandled-promise-rejections
type Rejections struct {
	rt    *qjs.Runtime
	notes []*rejection // in order: promises that were rejected without a handler, or got their first one afterwards
	told  []*rejection // promises that a task will report
}

// rejection is a note about a promise.
type rejection struct {
	realm           *qjs.Realm
	identity        uintptr // of the promise, which the Ref keeps
	promise, reason *qjs.Ref
	handled         bool
}

// outstandingKey is the key under which a realm keeps its outstanding rejected promises, a WeakSet.
type outstandingKey struct{}

// TrackRejections notes the rejections of all realms of a runtime. The caller calls
// [Rejections.Notify] at the end of each microtask checkpoint.
func TrackRejections(rt *qjs.Runtime) *Rejections {
	r := &Rejections{rt: rt}
	rt.OnRejection(r.note)
	return r
}

// note is HostPromiseRejectionTracker. It must not run script: Notify draws the conclusions.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#the-hostpromiserejectiontracker-implementation
func (r *Rejections) note(realm *qjs.Realm, promise, reason qjs.Value, handled bool) {
	if realm.Data == nil {
		return
	}
	n := &rejection{realm: realm, identity: promise.Identity(), handled: handled}
	if handled {
		for i, other := range r.notes { // one that is about to be notified
			if other.identity == n.identity && !other.handled {
				r.notes = append(r.notes[:i:i], r.notes[i+1:]...)
				other.free()
				return
			}
		}
		for _, other := range r.told { // one that a task is to tell of, if it is not handled by then
			if other.identity == n.identity {
				other.handled = true
				return
			}
		}
	} else {
		n.reason = r.rt.NewRef(reason)
	}
	n.promise = r.rt.NewRef(promise)
	r.notes = append(r.notes, n)
}

func (n *rejection) free() {
	n.promise.Free()
	n.reason.Free()
}

// Notify notifies about rejected promises, of all realms.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#notify-about-rejected-promises
func (r *Rejections) Notify() {
	if len(r.notes) == 0 || r.rt.Closed() {
		return
	}
	defer r.rt.Enter()()
	notes := r.notes
	r.notes = nil
	for _, n := range notes {
		s := settings.Of(n.realm)
		switch {
		case s.Gone():
			n.free()
		case n.handled:
			r.handled(s, n)
		default:
			r.told = append(r.told, n)
			s.QueueTask(eventloop.DOMManipulation, func() { r.tell(n) })
		}
	}
}

// handled queues the rejectionhandled event of a promise whose rejection was reported.
func (r *Rejections) handled(s *settings.Object, n *rejection) {
	outstanding := outstandingOf(s)
	was, err := outstanding.Invoke(s.Realm, "delete", n.promise.Value())
	if err != nil || !was.Bool() {
		n.free()
		return
	}
	s.QueueTask(eventloop.DOMManipulation, func() {
		_, reason := n.promise.Value().PromiseState(n.realm)
		n.reason = r.rt.NewRef(reason)
		n.fire("rejectionhandled", Init{})
		n.free()
	})
}

// outstandingOf returns the realm's WeakSet of outstanding rejected promises.
func outstandingOf(s *settings.Object) qjs.Value {
	ref := s.Slot(outstandingKey{}, func() any {
		set, err := s.Realm.Intrinsic("WeakSet").Construct(s.Realm)
		if err != nil {
			return (*qjs.Ref)(nil)
		}
		ref := s.Realm.Runtime().NewRef(set)
		s.OnDestroy(ref.Free)
		return ref
	}).(*qjs.Ref)
	return ref.Value()
}

// tell fires unhandledrejection at the global, unless the promise was handled meanwhile.
func (r *Rejections) tell(n *rejection) {
	defer func() {
		for i, other := range r.told {
			if other == n {
				r.told = append(r.told[:i:i], r.told[i+1:]...)
				break
			}
		}
		n.free()
	}()
	if n.handled {
		return
	}
	notCanceled := n.fire("unhandledrejection", Init{Cancelable: true})
	if n.handled {
		return
	}
	s := settings.Of(n.realm)
	_, _ = outstandingOf(s).Invoke(n.realm, "add", n.promise.Value())
	if unhandled := reportingOf(n.realm).unhandled; notCanceled && unhandled != nil {
		info := ExtractError(n.realm, n.realm.NewException(n.reason.Value()))
		info.Message, info.Promise = "Uncaught (in promise) "+info.Message[len("Uncaught "):], true
		unhandled(info)
	}
}

// fire fires a promise rejection event at the realm's global.
func (n *rejection) fire(eventType string, init Init) bool {
	target := GlobalTarget(n.realm)
	if target == nil {
		return true
	}
	e := &PromiseRejectionEvent{promise: keep(n.realm, n.promise.Value(), true), reason: keep(n.realm, n.reason.Value(), true)}
	Create(e, n.realm, PromiseRejectionEventInterface, eventType, init)
	return Dispatch(e, target)
}

// Microtasks is the microtask queue of an agent: the job queue of its runtime. current gives a
// realm for microtasks of Go; rejections may be nil.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#perform-a-microtask-checkpoint
func Microtasks(rt *qjs.Runtime, current func() *qjs.Realm, rejections *Rejections) eventloop.Microtasks {
	return eventloop.Microtasks{
		Queue: func(steps func()) { rt.EnqueueJob(current(), steps) },
		Perform: func() {
			for rt.HasJobs() {
				scope := rt.OpenScope()
				ran, err := rt.RunJob()
				if err != nil {
					webidl.ReportException(current(), err)
				}
				scope.Close()
				if err != nil && !ran {
					break // script is being ended
				}
			}
			if rejections != nil {
				rejections.Notify()
			}
		},
	}
}
