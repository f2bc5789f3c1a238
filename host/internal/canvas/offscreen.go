package canvas

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// OffscreenCanvas is a canvas without an element.
//
// https://html.spec.whatwg.org/multipage/canvas.html#the-offscreencanvas-interface
type OffscreenCanvas struct {
	event.Target
	s surface
}

func (o *OffscreenCanvas) surface() *surface { return &o.s }

func newOffscreenCanvas(width, height int) *OffscreenCanvas {
	o := &OffscreenCanvas{}
	o.s.owner, o.s.bitmap = o, newBitmap(width, height)
	return o
}

// Transferable implements heap.Transferable.
func (o *OffscreenCanvas) Transferable() clone.Transferable { return &movedCanvas{source: o} }

// Transferred implements heap.Transferable.
func (o *OffscreenCanvas) Transferred() {}

// travellingCanvas is what a transferred OffscreenCanvas travels as.
type travellingCanvas struct{ bitmap *bitmap }

// InterfaceName implements clone.PlatformObject.
func (t *travellingCanvas) InterfaceName() string { return "OffscreenCanvas" }

// movedCanvas is the transfer of an OffscreenCanvas, its own data holder.
type movedCanvas struct {
	source *OffscreenCanvas // until it moved
	moved  travellingCanvas
}

// Detached implements clone.Transferable.
func (m *movedCanvas) Detached() bool { return m.source == nil || m.source.s.bitmap == nil }

// NewHolder implements clone.Transferable.
func (m *movedCanvas) NewHolder() clone.Holder { return m }

// Value implements clone.Holder.
func (m *movedCanvas) Value() any { return &m.moved }

// Transfer implements clone.Holder: only the size moves, and one with a context cannot be moved.
//
// https://html.spec.whatwg.org/multipage/canvas.html#the-offscreencanvas-interface:transfer-steps
func (m *movedCanvas) Transfer() error {
	s := &m.source.s
	if s.context != nil {
		return webidl.DOMException("InvalidStateError", "the OffscreenCanvas has a context")
	}
	m.moved.bitmap, s.bitmap, m.source = newBitmap(s.bitmap.width, s.bitmap.height), nil, nil
	return nil
}

// Receive implements clone.Holder.
func (m *movedCanvas) Receive(any) error { return nil }

// Discard implements clone.Holder.
func (m *movedCanvas) Discard() {}

// OffscreenCanvasInterface is https://html.spec.whatwg.org/multipage/canvas.html#the-offscreencanvas-interface.
var OffscreenCanvasInterface = &webidl.Interface{
	Name: "OffscreenCanvas", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	ConstructorLength: 2,
	Constructor: func(c *qjs.Call) (any, error) {
		width, err := toSize(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		height, err := toSize(c.Realm, c.Arg(1))
		if err != nil {
			return nil, err
		}
		return newOffscreenCanvas(width, height), nil
	},
	Attributes: []webidl.Attribute{
		sizeAttribute("width", func(b *bitmap) *int { return &b.width }),
		sizeAttribute("height", func(b *bitmap) *int { return &b.height }),
		event.HandlerAttribute("contextlost"), event.HandlerAttribute("contextrestored"),
	},
	Operations: []webidl.Operation{
		{Name: "getContext", Length: 1, Func: webidl.Method(func(c *qjs.Call, o *OffscreenCanvas) (qjs.Value, error) {
			id, err := webidl.Enum("OffscreenRenderingContextId", "2d", "bitmaprenderer", "webgl", "webgl2", "webgpu")(c.Realm, c.Arg(0))
			if err != nil {
				return qjs.Value{}, err
			}
			if o.s.bitmap == nil {
				return qjs.Value{}, webidl.DOMException("InvalidStateError", "the OffscreenCanvas is detached")
			}
			return o.s.getContext(c.Realm, id, OffscreenRenderingContext2DInterface), nil
		})},
		{Name: "transferToImageBitmap", Func: webidl.Method(transferToImageBitmap)},
	},
}

func init() {
	OffscreenCanvasInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		b := travelled.(*travellingCanvas).bitmap
		o := newOffscreenCanvas(b.width, b.height)
		webidl.Init(o, realm, OffscreenCanvasInterface)
		return webidl.ValueOf(o), nil
	}
}

// transferToImageBitmap is https://html.spec.whatwg.org/multipage/canvas.html#dom-offscreencanvas-transfertoimagebitmap.
func transferToImageBitmap(c *qjs.Call, o *OffscreenCanvas) (qjs.Value, error) {
	if o.s.bitmap == nil || o.s.context == nil {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the OffscreenCanvas is detached, or has no context")
	}
	b := o.s.bitmap
	o.s.bitmap = newBitmap(b.width, b.height)
	return webidl.ValueOf(newImageBitmap(c.Realm, b)), nil
}

// toSize converts to [EnforceRange] unsigned long long.
func toSize(realm *qjs.Realm, v qjs.Value) (int, error) {
	n, err := webidl.EnforceRange[uint64](realm, v)
	return int(min(n, 1<<53)), err
}

// sizeAttribute is width or height: setting it clears the bitmap.
func sizeAttribute(name string, side func(*bitmap) *int) webidl.Attribute {
	return webidl.Attribute{
		Name: name,
		Get: webidl.Getter(func(_ *qjs.Realm, o *OffscreenCanvas) (qjs.Value, error) {
			if o.s.bitmap == nil {
				return qjs.Int(0), nil
			}
			return qjs.Number(float64(*side(o.s.bitmap))), nil
		}),
		Set: webidl.Setter(func(realm *qjs.Realm, o *OffscreenCanvas, v qjs.Value) error {
			n, err := toSize(realm, v)
			if err != nil || o.s.bitmap == nil {
				return err
			}
			b := newBitmap(o.s.bitmap.width, o.s.bitmap.height)
			*side(b) = n
			o.s.bitmap = b
			return nil
		}),
	}
}

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{ImageBitmapInterface, OffscreenCanvasInterface, RenderingContext2DInterface,
		OffscreenRenderingContext2DInterface}
}
