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
		eventType, err := webidl.DOMString(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		v, err := view(c.Realm, c.Arg(3))
		if err != nil {
			return qjs.Value{}, err
		}
		detail, err := webidl.Long(c.Realm, c.Arg(4))
		if err != nil || e.event().dispatching {
			return qjs.Value{}, err
		}
		e.event().initialize(eventType, c.Arg(1).Bool(), c.Arg(2).Bool())
		e.ui().view.Free()
		e.ui().view, e.ui().detail = keep(c.Realm, v, v.IsObject()), detail
		return qjs.Value{}, nil
	})}},
}

// modifiers are the members of EventModifierInit that have an attribute.
type modifiers struct{ ctrl, shift, alt, meta bool }

// read reads EventModifierInit; the others of its members are for getModifierState, which the host has no keyboard for.
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

var getModifierState = webidl.Operation{Name: "getModifierState", Length: 1, Func: webidl.Method(func(c *qjs.Call, e modified) (qjs.Value, error) {
	name, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	keys := e.keys()
	return qjs.Bool(map[string]bool{"Control": keys.ctrl, "Shift": keys.shift, "Alt": keys.alt, "Meta": keys.meta}[name]), nil
})}

// MouseEvent is https://w3c.github.io/uievents/#interface-mouseevent. Its target may have an activation behavior for the type "click".
type MouseEvent struct {
	UIEvent
	modifiers
	screenX, screenY, clientX, clientY float64
	button                             int16
	buttons                            uint16
	related                            EventTarget
}

func (e *MouseEvent) mouseEvent() *MouseEvent { return e }

// FireClick fires a synthetic pointer event of the type click, as click() of an element does.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fire-a-synthetic-pointer-event
func FireClick(t EventTarget, trusted bool) bool {
	realm := t.target().Realm()
	e := &MouseEvent{}
	Create(e, realm, MouseEventInterface, "click", Init{Bubbles: true, Cancelable: true, Composed: true})
	e.trusted = trusted
	if GlobalTarget(realm) != nil {
		e.view = keep(realm, realm.Global(), true)
	}
	return Dispatch(e, t)
}

func coordinate(name string, get func(e *MouseEvent) float64) webidl.Attribute {
	return attribute(name, func(_ *qjs.Realm, e *MouseEvent) qjs.Value { return qjs.Number(get(e)) })
}

// MouseEventInterface is the interface of [MouseEvent].
var MouseEventInterface = &webidl.Interface{
	Name: "MouseEvent", Parent: UIEventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &MouseEvent{}
		d, err := construct(c, &e.Event, "MouseEventInit")
		if err != nil {
			return nil, err
		}
		e.UIEvent.read(c.Realm, d)
		e.modifiers.read(d)
		e.button = webidl.Member(d, "button", webidl.Short, 0)
		e.buttons = webidl.Member(d, "buttons", webidl.UnsignedShort, 0)
		e.clientX = webidl.Member(d, "clientX", webidl.Double, 0)
		e.clientY = webidl.Member(d, "clientY", webidl.Double, 0)
		related := webidl.Member(d, "relatedTarget", webidl.Nullable(webidl.To[EventTarget]("EventTarget")), nil)
		e.screenX = webidl.Member(d, "screenX", webidl.Double, 0)
		e.screenY = webidl.Member(d, "screenY", webidl.Double, 0)
		if related != nil {
			e.related = *related
		}
		return e, d.Err()
	},
	Attributes: append([]webidl.Attribute{
		coordinate("screenX", func(e *MouseEvent) float64 { return e.screenX }),
		coordinate("screenY", func(e *MouseEvent) float64 { return e.screenY }),
		coordinate("clientX", func(e *MouseEvent) float64 { return e.clientX }),
		coordinate("clientY", func(e *MouseEvent) float64 { return e.clientY }),
		coordinate("pageX", func(e *MouseEvent) float64 { return e.clientX }), // nothing scrolls
		coordinate("pageY", func(e *MouseEvent) float64 { return e.clientY }),
		coordinate("x", func(e *MouseEvent) float64 { return e.clientX }),
		coordinate("y", func(e *MouseEvent) float64 { return e.clientY }),
		coordinate("button", func(e *MouseEvent) float64 { return float64(e.button) }),
		coordinate("buttons", func(e *MouseEvent) float64 { return float64(e.buttons) }),
		attribute("relatedTarget", func(_ *qjs.Realm, e *MouseEvent) qjs.Value { return valueOf(e.related) }),
	}, modifierAttributes...),
	Operations: []webidl.Operation{getModifierState},
}

// KeyboardEvent is https://w3c.github.io/uievents/#interface-keyboardevent.
type KeyboardEvent struct {
	UIEvent
	modifiers
	key, code           string
	location            uint32
	repeat, isComposing bool
	charCode, keyCode   uint32
}

// KeyboardEventInterface is the interface of [KeyboardEvent].
var KeyboardEventInterface = &webidl.Interface{
	Name: "KeyboardEvent", Parent: UIEventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &KeyboardEvent{}
		d, err := construct(c, &e.Event, "KeyboardEventInit")
		if err != nil {
			return nil, err
		}
		e.UIEvent.read(c.Realm, d)
		e.modifiers.read(d)
		e.charCode = webidl.Member(d, "charCode", webidl.UnsignedLong, 0)
		e.code = webidl.Member(d, "code", webidl.DOMString, "")
		e.isComposing = webidl.Member(d, "isComposing", webidl.Boolean, false)
		e.key = webidl.Member(d, "key", webidl.DOMString, "")
		e.keyCode = webidl.Member(d, "keyCode", webidl.UnsignedLong, 0)
		e.location = webidl.Member(d, "location", webidl.UnsignedLong, 0)
		e.repeat = webidl.Member(d, "repeat", webidl.Boolean, false)
		return e, d.Err()
	},
	Attributes: append([]webidl.Attribute{
		attribute("key", func(r *qjs.Realm, e *KeyboardEvent) qjs.Value { return r.String(e.key) }),
		attribute("code", func(r *qjs.Realm, e *KeyboardEvent) qjs.Value { return r.String(e.code) }),
		attribute("location", func(_ *qjs.Realm, e *KeyboardEvent) qjs.Value { return qjs.Number(float64(e.location)) }),
		attribute("repeat", func(_ *qjs.Realm, e *KeyboardEvent) qjs.Value { return qjs.Bool(e.repeat) }),
		attribute("isComposing", func(_ *qjs.Realm, e *KeyboardEvent) qjs.Value { return qjs.Bool(e.isComposing) }),
		attribute("charCode", func(_ *qjs.Realm, e *KeyboardEvent) qjs.Value { return qjs.Number(float64(e.charCode)) }),
		attribute("keyCode", func(_ *qjs.Realm, e *KeyboardEvent) qjs.Value { return qjs.Number(float64(e.keyCode)) }),
	}, modifierAttributes...),
	Operations: []webidl.Operation{getModifierState},
	Constants: []webidl.Constant{
		{Name: "DOM_KEY_LOCATION_STANDARD", Value: 0}, {Name: "DOM_KEY_LOCATION_LEFT", Value: 1},
		{Name: "DOM_KEY_LOCATION_RIGHT", Value: 2}, {Name: "DOM_KEY_LOCATION_NUMPAD", Value: 3},
	},
}
