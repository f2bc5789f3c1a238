package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// keep keeps a value of a dictionary member that may be anything; nil stands for a missing one.
func keep(realm *qjs.Realm, v qjs.Value, ok bool) *qjs.Ref {
	if !ok {
		return nil
	}
	return realm.Runtime().NewRef(v)
}

// orNull is the value of a Ref that stands for null when nil.
func orNull(ref *qjs.Ref) qjs.Value {
	if ref == nil {
		return qjs.Null()
	}
	return ref.Value()
}

// CustomEvent is https://dom.spec.whatwg.org/#interface-customevent.
type CustomEvent struct {
	Event
	detail *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (e *CustomEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.detail) }

// CustomEventInterface is the interface of [CustomEvent].
var CustomEventInterface = &webidl.Interface{
	Name: "CustomEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &CustomEvent{}
		d, err := construct(c, &e.Event, "CustomEventInit")
		if err != nil {
			return nil, err
		}
		v, ok := d.Value("detail")
		e.detail = keep(c.Realm, v, ok)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("detail", func(_ *qjs.Realm, e *CustomEvent) qjs.Value { return orNull(e.detail) }),
	},
	Operations: []webidl.Operation{{Name: "initCustomEvent", Length: 1,
		Func: webidl.Method(func(c *qjs.Call, e *CustomEvent) (qjs.Value, error) {
			eventType, err := webidl.DOMString(c.Realm, c.Arg(0))
			if err != nil || e.dispatching {
				return qjs.Value{}, err
			}
			e.initialize(eventType, c.Arg(1).Bool(), c.Arg(2).Bool())
			e.detail.Free()
			e.detail = keep(c.Realm, c.Arg(3), len(c.Args) > 3)
			return qjs.Value{}, nil
		})}},
}

// ErrorEvent is https://html.spec.whatwg.org/multipage/webappapis.html#errorevent.
type ErrorEvent struct {
	Event
	message, filename string
	lineno, colno     int
	error             *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (e *ErrorEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.error) }

// ErrorEventInterface is the interface of [ErrorEvent].
var ErrorEventInterface = &webidl.Interface{
	Name: "ErrorEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &ErrorEvent{}
		d, err := construct(c, &e.Event, "ErrorEventInit")
		if err != nil {
			return nil, err
		}
		e.colno = int(webidl.Member(d, "colno", webidl.UnsignedLong, 0))
		v, ok := d.Value("error")
		e.filename = webidl.Member(d, "filename", webidl.USVString, "")
		e.lineno = int(webidl.Member(d, "lineno", webidl.UnsignedLong, 0))
		e.message = webidl.Member(d, "message", webidl.DOMString, "")
		e.error = keep(c.Realm, v, ok)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("message", func(r *qjs.Realm, e *ErrorEvent) qjs.Value { return r.String(e.message) }),
		attribute("filename", func(r *qjs.Realm, e *ErrorEvent) qjs.Value { return r.String(e.filename) }),
		attribute("lineno", func(r *qjs.Realm, e *ErrorEvent) qjs.Value { return r.Int(e.lineno) }),
		attribute("colno", func(r *qjs.Realm, e *ErrorEvent) qjs.Value { return r.Int(e.colno) }),
		attribute("error", func(_ *qjs.Realm, e *ErrorEvent) qjs.Value { return e.error.Value() }),
	},
}

// PromiseRejectionEvent is https://html.spec.whatwg.org/multipage/webappapis.html#promiserejectionevent.
type PromiseRejectionEvent struct {
	Event
	promise, reason *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (e *PromiseRejectionEvent) Trace(visit func(*qjs.Ref)) {
	e.Event.Trace(visit)
	visit(e.promise)
	visit(e.reason)
}

// PromiseRejectionEventInterface is the interface of [PromiseRejectionEvent].
var PromiseRejectionEventInterface = &webidl.Interface{
	Name: "PromiseRejectionEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 2,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &PromiseRejectionEvent{}
		d, err := construct(c, &e.Event, "PromiseRejectionEventInit")
		if err != nil {
			return nil, err
		}
		promise := webidl.Required(d, "promise", webidl.Promise)
		reason, ok := d.Value("reason")
		if d.Err() != nil {
			return nil, d.Err()
		}
		e.promise, e.reason = keep(c.Realm, promise, true), keep(c.Realm, reason, ok)
		return e, nil
	},
	Attributes: []webidl.Attribute{
		{
			Name: "promise", Promise: true,
			Get: webidl.Getter(func(_ *qjs.Realm, e *PromiseRejectionEvent) (qjs.Value, error) { return e.promise.Value(), nil }),
		},
		attribute("reason", func(_ *qjs.Realm, e *PromiseRejectionEvent) qjs.Value { return e.reason.Value() }),
	},
}

// BeforeUnloadEvent is https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-beforeunloadevent-interface.
type BeforeUnloadEvent struct {
	Event
	returnValue string
}

// BeforeUnloadEventInterface is the interface of [BeforeUnloadEvent].
var BeforeUnloadEventInterface = &webidl.Interface{
	Name: "BeforeUnloadEvent", Parent: EventInterface, Exposed: webidl.Window,
	Attributes: []webidl.Attribute{{
		Name: "returnValue",
		Get:  webidl.Getter(func(r *qjs.Realm, e *BeforeUnloadEvent) (qjs.Value, error) { return r.String(e.returnValue), nil }),
		Set: webidl.Setter(func(r *qjs.Realm, e *BeforeUnloadEvent, v qjs.Value) (err error) {
			e.returnValue, err = webidl.DOMString(r, v)
			return err
		}),
	}},
}
