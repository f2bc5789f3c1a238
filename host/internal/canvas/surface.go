package canvas

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// surface is what a canvas element and an OffscreenCanvas have in common: a bitmap and a context.
type surface struct {
	owner   webidl.Object
	bitmap  *bitmap // nil: transferred
	context *Context
}

// surfaceOwner has a surface.
type surfaceOwner interface{ surface() *surface }

// resize makes the bitmap transparent black of a new size.
//
// https://html.spec.whatwg.org/multipage/canvas.html#set-bitmap-dimensions
func (s *surface) resize(width, height int) {
	if s.bitmap != nil {
		s.bitmap = newBitmap(width, height)
	}
}

// getContext returns the 2D context; null for any other.
//
// https://html.spec.whatwg.org/multipage/canvas.html#dom-canvas-getcontext
func (s *surface) getContext(realm *qjs.Realm, id string, iface *webidl.Interface) qjs.Value {
	if id != "2d" {
		return qjs.Null()
	}
	if s.context == nil {
		s.context = &Context{surface: s}
		webidl.Init(s.context, realm, iface)
	}
	return webidl.ValueOf(s.context)
}

// Element is what a canvas element has beside its attributes.
type Element struct{ s surface }

// NewElement returns it for a new element, of the default size.
func NewElement(e *dom.Element) *Element {
	state := &Element{}
	state.s.owner, state.s.bitmap = e, newBitmap(defaultWidth, defaultHeight)
	return state
}

const (
	defaultWidth  = 300
	defaultHeight = 150
)

// Resize is called when an attribute changed that says a size.
func (e *Element) Resize(width, height int) { e.s.resize(width, height) }

// GetContext is the method getContext of canvas elements.
func (e *Element) GetContext(realm *qjs.Realm, id string) qjs.Value {
	return e.s.getContext(realm, id, RenderingContext2DInterface)
}

// elementSurface returns the surface of a canvas element; nil for anything else.
func elementSurface(v qjs.Value) *surface {
	if e, ok := v.GoObject().(*dom.Element); ok {
		if state, ok := e.State.(*Element); ok {
			return &state.s
		}
	}
	return nil
}
