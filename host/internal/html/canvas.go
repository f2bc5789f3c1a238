package html

import (
	"github.com/entangle-go/entangle/host/internal/canvas"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// HTMLCanvasElementInterface is https://html.spec.whatwg.org/multipage/canvas.html#htmlcanvaselement.
var HTMLCanvasElementInterface = subOperations("HTMLCanvasElement", []webidl.Operation{
	dom.Do("getContext", 1, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
		id, err := dom.StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		if state, ok := e.State.(*canvas.Element); ok {
			return state.GetContext(c.Realm, id), nil
		}
		return qjs.Null(), nil
	}),
}, []webidl.Attribute{dom.ReflectInt("width", "width", 300), dom.ReflectInt("height", "height", 150)})

var canvasKind = dom.Kind{
	Interface: HTMLCanvasElementInterface,
	New:       func(e *dom.Element) { e.State = canvas.NewElement(e) },
	// https://html.spec.whatwg.org/multipage/canvas.html#attr-canvas-width: also when it is set
	// to what it was.
	AttributeChanged: func(e *dom.Element, a *dom.Attr, _, _ *string) {
		if name := a.LocalName(); name == "width" || name == "height" {
			e.State.(*canvas.Element).Resize(canvasSize(e, "width", 300), canvasSize(e, "height", 150))
		}
	},
}

// canvasSize is an attribute as the rules for parsing non-negative integers have it.
func canvasSize(e *dom.Element, name string, missing int) int {
	if n, ok := parseInt(e.Attr(name)); ok && n >= 0 {
		return n
	}
	return missing
}
