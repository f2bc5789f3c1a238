package canvas

import (
	"math"

	"github.com/entangle-go/entangle/host/internal/imagedata"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// CreateImageBitmap is the operation of windows and workers.
//
// FIXME: options, and images that are files.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#dom-createimagebitmap
var CreateImageBitmap = webidl.Operation{Name: "createImageBitmap", Length: 1, Promise: true, Func: createImageBitmap}

func createImageBitmap(c *qjs.Call) (qjs.Value, error) {
	source, err := imageSource(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	part := source.whole()
	if len(c.Args) >= 5 {
		// 1. If either sw or sh is 0, a RangeError.
		if part, err = rectangleArguments(c, 1); err != nil {
			return qjs.Value{}, err
		}
		if part.width == 0 || part.height == 0 {
			return qjs.Value{}, webidl.RangeError("a part of %d by %d pixels has none", part.width, part.height)
		}
		part = part.turned()
	}
	// 2. A source without pixels is in a bad state.
	if source.width == 0 || source.height == 0 {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the image has no pixels")
	}
	if tooLarge(part.width, part.height) {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "an ImageBitmap may have %d pixels", maxPixels)
	}
	// 3. The pixels are those of now.
	b, err := source.crop(c.Runtime(), part)
	if err != nil {
		return qjs.Value{}, err
	}
	return webidl.ResolvedPromise(c.Realm, webidl.ValueOf(newImageBitmap(c.Realm, b))), nil
}

// imageSource returns the pixels of what an image can be made of.
//
// https://html.spec.whatwg.org/multipage/canvas.html#canvasimagesource
func imageSource(realm *qjs.Realm, v qjs.Value) (*bitmap, error) {
	switch source := v.GoObject().(type) {
	case *ImageBitmap:
		if source.bitmap == nil {
			return nil, webidl.DOMException("InvalidStateError", "the ImageBitmap is detached")
		}
		return source.bitmap, nil
	case *imagedata.ImageData:
		memory, _ := source.Data().ViewBytes(realm)
		if len(memory) != 4*source.Width()*source.Height() {
			return nil, webidl.DOMException("InvalidStateError", "the pixels are detached")
		}
		return &bitmap{width: source.Width(), height: source.Height(), pixels: memory}, nil
	case surfaceOwner:
		s := source.surface()
		if s == nil {
			break
		}
		if s.bitmap == nil {
			return nil, webidl.DOMException("InvalidStateError", "the canvas is detached")
		}
		return s.bitmap, nil
	}
	if s := elementSurface(v); s != nil {
		return s.bitmap, nil
	}
	if v.GoObject() != nil {
		return nil, webidl.DOMException("InvalidStateError", "the image cannot be decoded")
	}
	return nil, webidl.TypeError("this is no image")
}

// rectangleArguments reads four numbers.
func rectangleArguments(c *qjs.Call, first int) (r rectangle, err error) {
	for i, to := range []*int{&r.x, &r.y, &r.width, &r.height} {
		n, err := webidl.Long(c.Realm, c.Arg(first+i))
		if err != nil {
			return r, err
		}
		*to = int(max(n, -math.MaxInt32))
	}
	return r, nil
}
