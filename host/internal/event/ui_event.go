package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// UIEvent is https://w3c.github.io/uievents/#interface-uievent.
type UIEvent struct {
	Event
	view   *qjs.Ref
	detail int32
	which  uint32
}

// Trace implements [qjs.Tracer].
func (e *UIEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.view) }

func (e *UIEvent) ui() *UIEvent { return e }

type uiEvent interface {
	Object
	ui() *UIEvent
}

// view is the conversion to Window?: a global object of this agent.
func view(realm *qjs.Realm, v qjs.Value) (qjs.Value, error) {
	if v.IsNullish() {
		return qjs.Null(), nil
	}
	t, err := webidl.To[EventTarget]("Window")(realm, v)
	if err == nil && webidl.InterfaceOf(t).Name != "Window" {
		err = webidl.TypeError("the value is not of type 'Window'")
	}
	return v, err
}

func (e *UIEvent) read(realm *qjs.Realm, d *webidl.Dict) {
	e.detail = webidl.Member(d, "detail", webidl.Long, 0)
	v := webidl.Member(d, "view", view, qjs.Null())
	e.view = keep(realm, v, v.IsObject())
	e.which = webidl.Member(d, "which", webidl.UnsignedLong, 0)
}

// UIEventInterface is the interface of [UIEvent].
var UIEventInterface = &webidl.Interface{
	Name: "UIEvent", Parent: EventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &UIEvent{}
		d, err := construct(c, &e.Event, "UIEventInit")
		if err != nil {
			return nil, err
		}
		e.read(c.Realm, d)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("view", func(_ *qjs.Realm, e uiEvent) qjs.Value { return orNull(e.ui().view) }),
		attribute("detail", func(_ *qjs.Realm, e uiEvent) qjs.Value { return qjs.Int(e.ui().detail) }),
		attribute("which", func(_ *qjs.Realm, e uiEvent) qjs.Value { return qjs.Number(float64(e.ui().which)) }),
	},
	Operations: []webidl.Operation{{Name: "initUIEvent", Length: 1, Func: webidl.Method(func(c *qjs.Call, e uiEvent) (qjs.Value, error) {
		a := &arguments{c: c}
		init := a.uiEvent()
		if detail := next(a, webidl.Long); a.err == nil && !e.event().dispatching {
			init(e)
			e.ui().detail = detail
		}
		return qjs.Value{}, a.err
	})}},
}

// arguments converts the arguments of the init functions one by one; after an error no more.
type arguments struct {
	c   *qjs.Call
	i   int
	err error
}

// next converts the next argument. A missing one is undefined, which as a number, a boolean or an
// object is the default.
func next[T any](a *arguments, convert webidl.Convert[T]) (t T) {
	if a.err == nil {
		t, a.err = convert(a.c.Realm, a.c.Arg(a.i))
		a.i++
	}
	return t
}

// uiEvent converts the common arguments of the init functions of UI events: the type, bubbles,
// cancelable and the view.
func (a *arguments) uiEvent() (init func(e uiEvent)) {
	eventType := next(a, webidl.DOMString)
	bubbles, cancelable := next(a, webidl.Boolean), next(a, webidl.Boolean)
	v := next(a, view)
	return func(e uiEvent) {
		e.event().initialize(eventType, bubbles, cancelable)
		e.ui().view.Free()
		e.ui().view = keep(a.c.Realm, v, v.IsObject())
	}
}

// modifiers are the members of EventModifierInit that have an attribute.
type modifiers struct{ ctrl, shift, alt, meta bool }

// read reads EventModifierInit; the others of its members are for getModifierState, which the host
// has no keyboard for.
func (m *modifiers) read(d *webidl.Dict) {
	m.alt = webidl.Member(d, "altKey", webidl.Boolean, false)
	m.ctrl = webidl.Member(d, "ctrlKey", webidl.Boolean, false)
	m.meta = webidl.Member(d, "metaKey", webidl.Boolean, false)
	m.shift = webidl.Member(d, "shiftKey", webidl.Boolean, false)
}

func (m *modifiers) keys() *modifiers { return m }

type modified interface{ keys() *modifiers }

var modifierAttributes = []webidl.Attribute{
	attribute("ctrlKey", func(_ *qjs.Realm, e modified) qjs.Value { return qjs.Bool(e.keys().ctrl) }),
	attribute("shiftKey", func(_ *qjs.Realm, e modified) qjs.Value { return qjs.Bool(e.keys().shift) }),
	attribute("altKey", func(_ *qjs.Realm, e modified) qjs.Value { return qjs.Bool(e.keys().alt) }),
	attribute("metaKey", func(_ *qjs.Realm, e modified) qjs.Value { return qjs.Bool(e.keys().meta) }),
}

var getModifierState = webidl.Operation{Name: "getModifierState", Length: 1,
	Func: webidl.Method(func(c *qjs.Call, e modified) (qjs.Value, error) {
		name, err := webidl.DOMString(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		keys := e.keys()
		return qjs.Bool(map[string]bool{"Control": keys.ctrl, "Shift": keys.shift, "Alt": keys.alt, "Meta": keys.meta}[name]), nil
	})}
