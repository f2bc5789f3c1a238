package canvas

import (
	"github.com/entangle-go/entangle/host/internal/imagedata"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Context is a CanvasRenderingContext2D or an OffscreenCanvasRenderingContext2D.
//
// https://html.spec.whatwg.org/multipage/canvas.html#2dcontext
type Context struct {
	webidl.Platform
	surface *surface
}

// RenderingContext2DInterface is that of the context of a canvas element,
// OffscreenRenderingContext2DInterface that of an OffscreenCanvas's.
var (
	RenderingContext2DInterface          = contextInterface("CanvasRenderingContext2D", webidl.Window)
	OffscreenRenderingContext2DInterface = contextInterface("OffscreenCanvasRenderingContext2D", webidl.Everywhere)
)

func contextInterface(name string, exposed webidl.Exposure) *webidl.Interface {
	return &webidl.Interface{
		Name: name, Exposed: exposed,
		Attributes: []webidl.Attribute{
			{Name: "canvas", Get: webidl.Getter(func(_ *qjs.Realm, x *Context) (qjs.Value, error) { return webidl.ValueOf(x.surface.owner), nil })},
		},
		Operations: []webidl.Operation{
			{Name: "createImageData", Length: 1, Func: webidl.Method(createImageData)},
			{Name: "getImageData", Length: 4, Func: webidl.Method(getImageData)},
			{Name: "putImageData", Length: 3, Func: webidl.Method(putImageData)},
			{Name: "clearRect", Length: 4, Func: webidl.Method(clearRect)},
			{Name: "drawImage", Length: 3, Func: webidl.Method(drawImage)},
		},
	}
}

// createImageData is https://html.spec.whatwg.org/multipage/canvas.html#dom-context-2d-createimagedata.
func createImageData(c *qjs.Call, _ *Context) (qjs.Value, error) {
	if data, ok := c.Arg(0).GoObject().(*imagedata.ImageData); ok {
		return newImageData(c.Realm, newBitmap(data.Width(), data.Height()))
	}
	if len(c.Args) < 2 {
		return qjs.Value{}, webidl.TypeError("createImageData needs an ImageData, or a width and a height")
	}
	width, err := webidl.Long(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	height, err := webidl.Long(c.Realm, c.Arg(1))
	if err != nil {
		return qjs.Value{}, err
	}
	r := rectangle{width: int(width), height: int(height)}.turned()
	return newImageData(c.Realm, newBitmap(r.width, r.height))
}

// newImageData copies pixels into an ImageData.
func newImageData(realm *qjs.Realm, b *bitmap) (qjs.Value, error) {
	if b.width == 0 || b.height == 0 {
		return qjs.Value{}, webidl.DOMException("IndexSizeError", "an image of %d by %d pixels has none", b.width, b.height)
	}
	if tooLarge(b.width, b.height) {
		return qjs.Value{}, webidl.RangeError("an image may have %d pixels", maxPixels)
	}
	data, err := realm.Intrinsic("Uint8ClampedArray").Construct(realm, qjs.Int(int32(4*b.width*b.height)))
	if err != nil {
		return qjs.Value{}, err
	}
	if memory, ok := data.ViewBytes(realm); ok && b.pixels != nil {
		copy(memory, b.pixels)
	}
	return webidl.ValueOf(imagedata.New(realm, b.width, b.height, "srgb", data)), nil
}

// getImageData is https://html.spec.whatwg.org/multipage/canvas.html#dom-context-2d-getimagedata.
func getImageData(c *qjs.Call, x *Context) (qjs.Value, error) {
	r, err := rectangleArguments(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	r = r.turned()
	if tooLarge(r.width, r.height) {
		return qjs.Value{}, webidl.RangeError("an image may have %d pixels", maxPixels)
	}
	b, err := x.bitmap()
	if err != nil {
		return qjs.Value{}, err
	}
	part, err := b.crop(c.Runtime(), r)
	if err != nil {
		return qjs.Value{}, err
	}
	return newImageData(c.Realm, part)
}

// bitmap returns what is drawn on.
func (x *Context) bitmap() (*bitmap, error) {
	if x.surface.bitmap == nil {
		return nil, webidl.DOMException("InvalidStateError", "the canvas is detached")
	}
	return x.surface.bitmap, nil
}

// writable returns what is drawn on, with memory.
func (x *Context) writable(c *qjs.Call) (*bitmap, error) {
	b, err := x.bitmap()
	if err != nil {
		return nil, err
	}
	return b, b.allocate(c.Runtime())
}

// putImageData is https://html.spec.whatwg.org/multipage/canvas.html#dom-context-2d-putimagedata.
func putImageData(c *qjs.Call, x *Context) (qjs.Value, error) {
	data, err := webidl.To[*imagedata.ImageData]("ImageData")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	at, err := rectangleArguments(c, 1)
	if err != nil {
		return qjs.Value{}, err
	}
	dirty := rectangle{width: data.Width(), height: data.Height()}
	if len(c.Args) >= 7 {
		if dirty, err = rectangleArguments(c, 3); err != nil {
			return qjs.Value{}, err
		}
		dirty = dirty.turned()
	}
	source, err := imageSource(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	to, err := x.writable(c)
	if err != nil {
		return qjs.Value{}, err
	}
	source.copyInto(to, dirty, at.x+dirty.x, at.y+dirty.y)
	return qjs.Undefined(), nil
}

// clearRect is https://html.spec.whatwg.org/multipage/canvas.html#dom-context-2d-clearrect.
func clearRect(c *qjs.Call, x *Context) (qjs.Value, error) {
	r, err := rectangleArguments(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	b, err := x.bitmap()
	if err != nil || b.pixels == nil {
		return qjs.Undefined(), err
	}
	r = r.turned()
	blank := newBitmap(r.width, r.height)
	blank.copyInto(b, blank.whole(), r.x, r.y)
	return qjs.Undefined(), nil
}

// drawImage copies an image to a place.
//
// FIXME: scaling, and mixing of what is half transparent: pixels are replaced.
//
// https://html.spec.whatwg.org/multipage/canvas.html#dom-context-2d-drawimage
func drawImage(c *qjs.Call, x *Context) (qjs.Value, error) {
	source, err := imageSource(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	part, at := source.whole(), rectangle{}
	if len(c.Args) >= 9 {
		if part, err = rectangleArguments(c, 1); err != nil {
			return qjs.Value{}, err
		}
		at, err = rectangleArguments(c, 5)
	} else {
		at, err = rectangleArguments(c, 1)
	}
	if err != nil {
		return qjs.Value{}, err
	}
	to, err := x.writable(c)
	if err != nil {
		return qjs.Value{}, err
	}
	part = part.turned()
	if source == to { // a canvas drawn on itself
		if source, err = source.crop(c.Runtime(), source.whole()); err != nil {
			return qjs.Value{}, err
		}
	}
	source.copyInto(to, part, at.x, at.y)
	return qjs.Undefined(), nil
}
