package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Object is an event: a Go value that embeds an [Event].
type Object interface {
	webidl.Object
	event() *Event
}

// Event is the common part of all events.
//
// https://dom.spec.whatwg.org/#interface-event
type Event struct {
	webidl.Platform
	eventType                     string
	bubbles, cancelable, composed bool
	initialized, dispatching      bool
	stopped, stoppedImmediately   bool
	canceled, inPassiveListener   bool
	trusted                       bool
	phase                         uint8
	timeStamp                     float64
	on, currentTarget             EventTarget // on is the target
	path                          []EventTarget
	onlyTarget                    [1]EventTarget // room for a path without parents
	held                          *qjs.Ref       // the target's wrapper, once script saw the event
	seen                          bool           // by a listener of script, in this dispatch
}

// The phases.
const (
	none = iota
	capturing
	atTarget
	bubbling
)

func (e *Event) event() *Event { return e }

// Base returns the Event that o embeds.
func Base(o Object) *Event { return o.event() }

// Uninitialize makes e an event of createEvent: it must be initialized before it is dispatched.
//
// https://dom.spec.whatwg.org/#dom-document-createevent
func Uninitialize(o Object) { o.event().initialized = false }

// Type returns the event's type.
func (e *Event) Type() string { return e.eventType }

// Target returns the target that the event was dispatched to, nil before.
func (e *Event) Target() EventTarget { return e.on }

// CurrentTarget returns the target whose listeners are being called, or nil.
func (e *Event) CurrentTarget() EventTarget { return e.currentTarget }

// Trusted reports whether the host, not a script, dispatches it.
func (e *Event) Trusted() bool { return e.trusted }

// DefaultPrevented reports whether it was canceled.
func (e *Event) DefaultPrevented() bool { return e.canceled }

// PreventDefault sets the canceled flag, if the event can be canceled.
//
// https://dom.spec.whatwg.org/#set-the-canceled-flag
func (e *Event) PreventDefault() {
	if e.cancelable && !e.inPassiveListener {
		e.canceled = true
	}
}

// StopPropagation sets the stop propagation flag.
func (e *Event) StopPropagation() { e.stopped = true }

// Trace visits the target's wrapper. A type that embeds an Event and owns more values
// visits those, too.
func (e *Event) Trace(visit func(*qjs.Ref)) { visit(e.held) }

// Init holds the members of EventInit.
//
// https://dom.spec.whatwg.org/#dictdef-eventinit
type Init struct{ Bubbles, Cancelable, Composed bool }

// Create prepares an event that the host makes: it is trusted. It belongs to the realm.
//
// https://dom.spec.whatwg.org/#concept-event-create
func Create(o Object, realm *qjs.Realm, iface *webidl.Interface, eventType string, init Init) {
	webidl.Init(o, realm, iface)
	e := o.event()
	e.eventType, e.trusted = eventType, true
	e.setInit(init)
	e.timeStamp = now(realm)
}

func (e *Event) setInit(init Init) {
	e.initialized = true
	e.bubbles, e.cancelable, e.composed = init.Bubbles, init.Cancelable, init.Composed
}

// now is the current high resolution time, in 5 microseconds.
func now(realm *qjs.Realm) float64 { return settings.Of(realm).Now() }

// construct runs the common steps of event constructors, and leaves the rest of the dictionary
// to the caller.
//
// https://dom.spec.whatwg.org/#inner-event-creation-steps
func construct(c *qjs.Call, e *Event, dictionary string) (*webidl.Dict, error) {
	var err error
	if e.eventType, err = webidl.DOMString(c.Realm, c.Arg(0)); err != nil {
		return nil, err
	}
	d, err := webidl.ToDictionary(c.Realm, c.Arg(1), dictionary)
	if err != nil {
		return nil, err
	}
	e.setInit(Init{
		Bubbles:    webidl.Member(d, "bubbles", webidl.Boolean, false),
		Cancelable: webidl.Member(d, "cancelable", webidl.Boolean, false),
		Composed:   webidl.Member(d, "composed", webidl.Boolean, false),
	})
	e.timeStamp = now(c.Realm)
	return d, d.Err()
}

// Construct begins the constructor of an event of another package: it reads the type and the
// members of EventInit, and leaves the rest of the dictionary to the caller.
func Construct(c *qjs.Call, o Object, dictionary string) (*webidl.Dict, error) {
	return construct(c, o.event(), dictionary)
}

// initialize runs the common steps of initEvent and the like. It returns false while the event is
// being dispatched.
//
// https://dom.spec.whatwg.org/#concept-event-initialize
func (e *Event) initialize(eventType string, bubbles, cancelable bool) {
	e.initialized = true
	e.stopped, e.stoppedImmediately, e.canceled = false, false, false
	e.trusted, e.on = false, nil
	e.eventType, e.bubbles, e.cancelable = eventType, bubbles, cancelable
}

// attribute makes a read-only attribute of an event.
func attribute[T any](name string, get func(realm *qjs.Realm, e T) qjs.Value) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(realm *qjs.Realm, e T) (qjs.Value, error) { return get(realm, e), nil })}
}

func operation[T any](name string, steps func(e T)) webidl.Operation {
	return webidl.Operation{Name: name, Func: webidl.Method(func(_ *qjs.Call, e T) (qjs.Value, error) {
		steps(e)
		return qjs.Value{}, nil
	})}
}

// valueOf returns the wrapper of a target, or null.
func valueOf(t EventTarget) qjs.Value {
	if t == nil {
		return qjs.Null()
	}
	return webidl.ValueOf(t)
}

// EventInterface is https://dom.spec.whatwg.org/#interface-event.
var EventInterface = &webidl.Interface{
	Name: "Event", Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &Event{}
		_, err := construct(c, e, "EventInit")
		return e, err
	},
	Attributes: []webidl.Attribute{
		attribute("type", func(r *qjs.Realm, o Object) qjs.Value { return r.String(o.event().eventType) }),
		attribute("target", func(_ *qjs.Realm, o Object) qjs.Value { return valueOf(o.event().on) }),
		attribute("srcElement", func(_ *qjs.Realm, o Object) qjs.Value { return valueOf(o.event().on) }),
		attribute("currentTarget", func(_ *qjs.Realm, o Object) qjs.Value { return valueOf(o.event().currentTarget) }),
		attribute("eventPhase", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Int(int32(o.event().phase)) }),
		attribute("bubbles", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Bool(o.event().bubbles) }),
		attribute("cancelable", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Bool(o.event().cancelable) }),
		attribute("defaultPrevented", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Bool(o.event().canceled) }),
		attribute("composed", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Bool(o.event().composed) }),
		attribute("timeStamp", func(_ *qjs.Realm, o Object) qjs.Value { return qjs.Number(o.event().timeStamp) }),
		{
			Name: "isTrusted", Unforgeable: true,
			Get: webidl.Getter(func(_ *qjs.Realm, o Object) (qjs.Value, error) { return qjs.Bool(o.event().trusted), nil }),
		},
		{
			Name: "cancelBubble",
			Get:  webidl.Getter(func(_ *qjs.Realm, o Object) (qjs.Value, error) { return qjs.Bool(o.event().stopped), nil }),
			Set: webidl.Setter(func(_ *qjs.Realm, o Object, v qjs.Value) error {
				e := o.event()
				e.stopped = e.stopped || v.Bool()
				return nil
			}),
		},
		returnValue,
	},
	Operations: []webidl.Operation{
		operation("stopPropagation", func(o Object) { o.event().stopped = true }),
		operation("stopImmediatePropagation", func(o Object) { o.event().stopped, o.event().stoppedImmediately = true, true }),
		operation("preventDefault", func(o Object) { o.event().PreventDefault() }),
		{Name: "composedPath", Func: webidl.Method(composedPath)},
		{Name: "initEvent", Length: 1, Func: webidl.Method(initEvent)},
	},
	Constants: []webidl.Constant{
		{Name: "NONE", Value: none}, {Name: "CAPTURING_PHASE", Value: capturing},
		{Name: "AT_TARGET", Value: atTarget}, {Name: "BUBBLING_PHASE", Value: bubbling},
	},
}

// returnValue is https://dom.spec.whatwg.org/#dom-event-returnvalue.
var returnValue = webidl.Attribute{
	Name: "returnValue",
	Get:  webidl.Getter(func(_ *qjs.Realm, o Object) (qjs.Value, error) { return qjs.Bool(!o.event().canceled), nil }),
	Set: webidl.Setter(func(_ *qjs.Realm, o Object, v qjs.Value) error {
		if !v.Bool() {
			o.event().PreventDefault()
		}
		return nil
	}),
}

// composedPath is https://dom.spec.whatwg.org/#dom-event-composedpath.
func composedPath(c *qjs.Call, o Object) (qjs.Value, error) {
	path := make([]qjs.Value, 0, len(o.event().path))
	for _, t := range o.event().path {
		path = append(path, webidl.ValueOf(t))
	}
	return c.Realm.NewArray(path...), nil
}

// initEvent is https://dom.spec.whatwg.org/#dom-event-initevent.
func initEvent(c *qjs.Call, o Object) (qjs.Value, error) {
	eventType, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err == nil && !o.event().dispatching {
		o.event().initialize(eventType, c.Arg(1).Bool(), c.Arg(2).Bool())
	}
	return qjs.Value{}, err
}
