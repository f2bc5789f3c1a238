package event

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// EventTarget is a Go value that embeds a [Target]. It may have more methods, which are the
// standard's hooks:
//
//	GetTheParent(e *event.Event) event.EventTarget // whom the event goes to next; nil: nobody
//	ActivationBehavior(e *event.Event)           // what a click does
//	LegacyPreActivation()                          // what it does before listeners run
//	LegacyCanceledActivation()                     // and how that is undone
//	ListenersChanged(eventType string)             // a listener came or went
//
// https://dom.spec.whatwg.org/#interface-eventtarget
type EventTarget interface {
	webidl.Object
	target() *Target
}

type (
	parenter  interface{ GetTheParent(e *Event) EventTarget }
	activator interface{ ActivationBehavior(e *Event) }
	observer  interface{ ListenersChanged(eventType string) }
	preactive interface {
		LegacyPreActivation()
		LegacyCanceledActivation()
	}
)

// Target holds an event target's listeners and event handlers.
type Target struct {
	webidl.Platform
	listeners []*listener
	handlers  []*handler
}

func (t *Target) target() *Target { return t }

// listener is an event listener: of a script, of an event handler, or of Go.
//
// https://dom.spec.whatwg.org/#concept-event-listener
type listener struct {
	eventType              string
	callback               *webidl.Callback
	handler                *handler
	call                   func(e Object)
	capture, once, passive bool
	removed                bool
	running                int // calls under way; the callback is not freed before
}

// Trace visits the callbacks. A type that embeds a Target and owns more values visits those, too.
func (t *Target) Trace(visit func(*qjs.Ref)) {
	for _, l := range t.listeners {
		l.callback.Trace(visit)
	}
	for _, h := range t.handlers {
		h.callback.Trace(visit)
	}
}

// Finalize forgets the listeners of script: they went with the wrapper. A type that embeds a Target
// and has a Finalize calls this one.
func (t *Target) Finalize() {
	t.listeners = slices.DeleteFunc(t.listeners, func(l *listener) bool { return l.call == nil })
	t.handlers = nil
}

// HasListener reports whether there is a listener, or an event handler, for events of the type.
func (t *Target) HasListener(eventType string) bool {
	return slices.ContainsFunc(t.listeners, func(l *listener) bool { return l.eventType == eventType })
}

// HasListeners reports whether there is any listener of script.
func (t *Target) HasListeners() bool {
	return slices.ContainsFunc(t.listeners, func(l *listener) bool { return l.call == nil })
}

// Listen adds a listener of Go; remove takes it away.
func Listen(t EventTarget, eventType string, call func(e Object)) (remove func()) {
	l := &listener{eventType: eventType, call: call}
	add(t, l)
	return func() { discard(t, l) }
}

func add(t EventTarget, l *listener) {
	of := t.target()
	of.listeners = append(of.listeners, l)
	changed(t, l.eventType)
}

// discard removes an event listener.
//
// https://dom.spec.whatwg.org/#remove-an-event-listener
func discard(t EventTarget, l *listener) {
	if l.removed {
		return
	}
	l.removed = true
	of := t.target()
	// A copy: the list may be being gone through.
	of.listeners = slices.DeleteFunc(slices.Clone(of.listeners), func(other *listener) bool { return other == l })
	if l.running == 0 {
		l.callback.Free()
	}
	changed(t, l.eventType)
}

func changed(t EventTarget, eventType string) {
	if o, ok := t.(observer); ok {
		o.ListenersChanged(eventType)
	}
}

// find returns the listener of script that is equal in type, callback and capture.
func (t *Target) find(eventType string, callback qjs.Value, capture bool) *listener {
	for _, l := range t.listeners {
		if l.eventType == eventType && l.capture == capture && l.callback.Is(callback) {
			return l
		}
	}
	return nil
}

// EventTargetInterface is https://dom.spec.whatwg.org/#interface-eventtarget.
var EventTargetInterface = &webidl.Interface{
	Name: "EventTarget", Exposed: webidl.Everywhere,
	Constructor: func(*qjs.Call) (any, error) { return &Target{}, nil },
	Operations: []webidl.Operation{
		{Name: "addEventListener", Length: 2, Func: webidl.Method(addEventListener)},
		{Name: "removeEventListener", Length: 2, Func: webidl.Method(removeEventListener)},
		{Name: "dispatchEvent", Length: 1, Func: webidl.Method(dispatchEvent)},
	},
}

var eventListener = webidl.CallbackInterface("handleEvent")

// addEventListener is https://dom.spec.whatwg.org/#dom-eventtarget-addeventlistener.
func addEventListener(c *qjs.Call, t EventTarget) (qjs.Value, error) {
	l := &listener{}
	var err error
	if l.eventType, err = webidl.DOMString(c.Realm, c.Arg(0)); err != nil {
		return qjs.Value{}, err
	}
	callback := c.Arg(1)
	if !callback.IsNullish() && !callback.IsObject() {
		return qjs.Value{}, webidl.TypeError("the callback is not an object")
	}
	// 1. Flatten the options.
	signal, err := l.flatten(c)
	if err != nil {
		return qjs.Value{}, err
	}
	// 2. Add an event listener: not if the signal is aborted, there is no callback, or there
	//    is an equal one.
	if signal != nil && signal.aborted || callback.IsNullish() || t.target().find(l.eventType, callback, l.capture) != nil {
		return qjs.Value{}, nil
	}
	if l.callback, err = eventListener(c.Realm, callback); err != nil {
		return qjs.Value{}, err
	}
	add(t, l)
	if signal != nil {
		signal.Add(func() { discard(t, l) })
	}
	return qjs.Value{}, nil
}

// flatten reads addEventListener's third argument.
//
// https://dom.spec.whatwg.org/#event-flatten-more
//
// FIXME: the default passive value: no listener is passive by default.
func (l *listener) flatten(c *qjs.Call) (*AbortSignal, error) {
	options := c.Arg(2)
	if !options.IsObject() && !options.IsNullish() {
		l.capture = options.Bool()
		return nil, nil
	}
	d, err := webidl.ToDictionary(c.Realm, options, "AddEventListenerOptions")
	if err != nil {
		return nil, err
	}
	l.capture = webidl.Member(d, "capture", webidl.Boolean, false)
	l.once = webidl.Member(d, "once", webidl.Boolean, false)
	l.passive = webidl.Member(d, "passive", webidl.Boolean, false)
	signal, _ := webidl.Optional(d, "signal", webidl.To[*AbortSignal]("AbortSignal"))
	return signal, d.Err()
}

// removeEventListener is https://dom.spec.whatwg.org/#dom-eventtarget-removeeventlistener.
func removeEventListener(c *qjs.Call, t EventTarget) (qjs.Value, error) {
	eventType, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	callback := c.Arg(1)
	if !callback.IsNullish() && !callback.IsObject() {
		return qjs.Value{}, webidl.TypeError("the callback is not an object")
	}
	capture := false
	if options := c.Arg(2); options.IsObject() {
		v, err := options.Get(c.Realm, "capture")
		if err != nil {
			return qjs.Value{}, err
		}
		capture = v.Bool()
	} else {
		capture = options.Bool()
	}
	if l := t.target().find(eventType, callback, capture); l != nil {
		discard(t, l)
	}
	return qjs.Value{}, nil
}

// dispatchEvent is https://dom.spec.whatwg.org/#dom-eventtarget-dispatchevent.
func dispatchEvent(c *qjs.Call, t EventTarget) (qjs.Value, error) {
	o, err := webidl.To[Object]("Event")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	e := o.event()
	if e.dispatching || !e.initialized {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the event is already being dispatched, or was not initialized")
	}
	e.trusted = false
	return qjs.Bool(dispatch(o, t)), nil
}

// RemoveAllListeners removes all event listeners of script, and deactivates all event handlers.
//
// https://dom.spec.whatwg.org/#remove-all-event-listeners and
// https://html.spec.whatwg.org/multipage/webappapis.html#erase-all-event-listeners-and-handlers
func RemoveAllListeners(t EventTarget) {
	of := t.target()
	for _, h := range of.handlers {
		h.callback.Free()
	}
	of.handlers = nil
	for _, l := range of.listeners {
		if l.call == nil {
			discard(t, l)
		}
	}
}
