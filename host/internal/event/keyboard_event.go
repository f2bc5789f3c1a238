package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

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
	Operations: []webidl.Operation{getModifierState, {Name: "initKeyboardEvent", Length: 1, Func: webidl.Method(initKeyboardEvent)}},
	Constants: []webidl.Constant{
		{Name: "DOM_KEY_LOCATION_STANDARD", Value: 0}, {Name: "DOM_KEY_LOCATION_LEFT", Value: 1},
		{Name: "DOM_KEY_LOCATION_RIGHT", Value: 2}, {Name: "DOM_KEY_LOCATION_NUMPAD", Value: 3},
	},
}

// initKeyboardEvent is https://w3c.github.io/uievents/#dom-keyboardevent-initkeyboardevent.
func initKeyboardEvent(c *qjs.Call, e *KeyboardEvent) (qjs.Value, error) {
	a := &arguments{c: c}
	init := a.uiEvent()
	key := ""
	if !c.Arg(a.i).IsUndefined() {
		key = next(a, webidl.DOMString)
	} else {
		a.i++
	}
	location := next(a, webidl.UnsignedLong)
	keys := modifiers{ctrl: next(a, webidl.Boolean), alt: next(a, webidl.Boolean), shift: next(a, webidl.Boolean),
		meta: next(a, webidl.Boolean)}
	if a.err != nil || e.dispatching {
		return qjs.Value{}, a.err
	}
	init(e)
	e.key, e.location, e.modifiers = key, location, keys
	return qjs.Value{}, nil
}
