package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// MouseEvent is https://w3c.github.io/uievents/#interface-mouseevent. The target of a "click" may
// have an activation behavior.
type MouseEvent struct {
	UIEvent
	modifiers
	screenX, screenY, clientX, clientY float64
	button                             int16
	buttons                            uint16
	related                            EventTarget
}

func (e *MouseEvent) mouseEvent() *MouseEvent { return e }

// mouseEventOf is the MouseEvent that an event is, whatever it inherits from it; nil if it is none.
func mouseEventOf(o Object) *MouseEvent {
	if m, ok := o.(interface{ mouseEvent() *MouseEvent }); ok {
		return m.mouseEvent()
	}
	return nil
}

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
	Operations: []webidl.Operation{getModifierState, {Name: "initMouseEvent", Length: 1, Func: webidl.Method(initMouseEvent)}},
}

// initMouseEvent is https://w3c.github.io/uievents/#dom-mouseevent-initmouseevent.
func initMouseEvent(c *qjs.Call, e *MouseEvent) (qjs.Value, error) {
	a := &arguments{c: c}
	init := a.uiEvent()
	detail := next(a, webidl.Long)
	screenX, screenY, clientX, clientY := next(a, webidl.Long), next(a, webidl.Long), next(a, webidl.Long), next(a, webidl.Long)
	keys := modifiers{ctrl: next(a, webidl.Boolean), alt: next(a, webidl.Boolean), shift: next(a, webidl.Boolean),
		meta: next(a, webidl.Boolean)}
	button := next(a, webidl.Short)
	related := next(a, webidl.Nullable(webidl.To[EventTarget]("EventTarget")))
	if a.err != nil || e.dispatching {
		return qjs.Value{}, a.err
	}
	init(e)
	e.detail, e.modifiers, e.button, e.related = detail, keys, button, nil
	e.screenX, e.screenY, e.clientX, e.clientY = float64(screenX), float64(screenY), float64(clientX), float64(clientY)
	if related != nil {
		e.related = *related
	}
	return qjs.Value{}, nil
}
