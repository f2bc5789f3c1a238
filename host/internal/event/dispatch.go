package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Fire creates a trusted event of the interface Event and dispatches it. It reports whether it
// was not canceled.
//
// https://dom.spec.whatwg.org/#concept-event-fire
func Fire(t EventTarget, eventType string, init Init) bool {
	e := &Event{}
	Create(e, t.target().Realm(), EventInterface, eventType, init)
	return Dispatch(e, t)
}

// Dispatch dispatches an event that the host made, in a handle scope of its own, and reports
// whether it was not canceled. If no script saw the event, the values that it owns are freed.
func Dispatch(o Object, t EventTarget) bool {
	scope := t.target().Realm().Runtime().OpenScope()
	notCanceled := dispatch(o, t)
	scope.Close()
	webidl.Release(o)
	return notCanceled
}

// dispatch is https://dom.spec.whatwg.org/#concept-event-dispatch, for trees without shadow trees:
// each target of the path is itself the shadow-adjusted one of the first, or has none. The event's
// wrapper stays until the scope around it ends.
func dispatch(o Object, t EventTarget) bool {
	e := o.event()
	// 1. to 5. The path, and who is activated.
	e.dispatching, e.on = true, t
	isActivationEvent := mouseEventOf(o) != nil && e.eventType == "click"
	var activation activator
	e.path = e.onlyTarget[:0]
	for next := t; next != nil; {
		if isActivationEvent && activation == nil && (next == t || e.bubbles) {
			if a, ok := next.(activator); ok && hasActivationBehavior(next) {
				activation = a
			}
		}
		e.path = append(e.path, next)
		p, ok := next.(parenter)
		if !ok {
			break
		}
		next = p.GetTheParent(e)
	}
	legacy, hasLegacy := activation.(preactive)
	if hasLegacy {
		legacy.LegacyPreActivation()
	}
	// 5.13 Capture, and 5.14 bubble.
	for i := len(e.path) - 1; i >= 0; i-- {
		e.phase = capturing
		if i == 0 {
			e.phase = atTarget
		}
		invoke(o, e.path[i], true)
	}
	for i, target := range e.path {
		if e.phase = bubbling; i == 0 {
			e.phase = atTarget
		} else if !e.bubbles {
			break
		}
		invoke(o, target, false)
	}
	// 6. to 10.
	e.phase, e.currentTarget, e.path, e.onlyTarget[0] = none, nil, nil, nil
	e.dispatching, e.stopped, e.stoppedImmediately, e.seen = false, false, false, false
	// 11. Activation.
	switch {
	case activation == nil:
	case !e.canceled:
		activation.ActivationBehavior(e)
	case hasLegacy:
		legacy.LegacyCanceledActivation()
	}
	return !e.canceled
}

// invoke calls the listeners of one target of the path, for one of the two phases.
//
// https://dom.spec.whatwg.org/#concept-event-listener-invoke
// and #concept-event-listener-inner-invoke
func invoke(o Object, t EventTarget, capturing bool) {
	e := o.event()
	if e.stopped {
		return
	}
	e.currentTarget = t
	listeners := t.target().listeners // discard makes a new list; what add appends is past the end of this one
	for _, l := range listeners {
		if l.removed || l.eventType != e.eventType || l.capture != capturing {
			continue
		}
		if l.once {
			l.running++ // so that the callback stays
			discard(t, l)
			l.running--
		}
		e.inPassiveListener = l.passive
		if l.call != nil {
			l.call(o)
		} else {
			l.invoke(o, t)
		}
		e.inPassiveListener = false
		if e.stoppedImmediately {
			return
		}
	}
}

// invoke calls the listener's callback, and reports its exception.
//
// https://dom.spec.whatwg.org/#concept-event-listener-inner-invoke, steps 2.6 to 2.13
func (l *listener) invoke(o Object, t EventTarget) {
	e := o.event()
	realm := t.target().Realm()
	if l.handler == nil {
		realm = l.callback.Realm()
	}
	wrapper := webidl.ValueOf(o) // in the scope of the dispatch: all listeners see the same
	scope := realm.Runtime().OpenScope()
	defer scope.Close()
	this := webidl.ValueOf(t)
	if !e.seen {
		e.seen = true
		e.held.Free()
		e.held = realm.Runtime().NewRef(webidl.ValueOf(e.on))
	}

	environment := webidl.Of(realm)
	before := environment.CurrentEvent
	environment.CurrentEvent = o
	l.running++
	var err error
	if l.handler != nil {
		err = l.handler.process(o, t, this, wrapper)
	} else {
		_, err = l.callback.Call(this, wrapper)
	}
	if l.running--; l.running == 0 && l.removed {
		l.callback.Free()
	}
	if err != nil {
		webidl.ReportException(realm, err)
	}
	environment.CurrentEvent = before
}

// CurrentEvent returns window.event of a realm: undefined outside of listeners.
//
// https://dom.spec.whatwg.org/#window-current-event
func CurrentEvent(realm *qjs.Realm) qjs.Value {
	if o := webidl.Of(realm).CurrentEvent; o != nil {
		return webidl.ValueOf(o)
	}
	return qjs.Undefined()
}

// WindowEvent is the attribute of Window.
//
// https://dom.spec.whatwg.org/#dom-window-event
var WindowEvent = webidl.Attribute{
	Name: "event", Replaceable: true,
	Get: webidl.Getter(func(_ *qjs.Realm, w EventTarget) (qjs.Value, error) { return CurrentEvent(w.target().Realm()), nil }),
}

// GlobalTarget returns the realm's global as an event target; nil if it is none.
func GlobalTarget(realm *qjs.Realm) EventTarget {
	t, _ := webidl.GlobalObject(realm).(EventTarget)
	return t
}

// hasActivationBehavior is true of an activator, unless it says that this one has none.
func hasActivationBehavior(t EventTarget) bool {
	o, ok := t.(interface{ HasActivationBehavior() bool })
	return !ok || o.HasActivationBehavior()
}
