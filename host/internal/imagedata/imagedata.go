// Package imagedata is ImageData: pixels without a canvas.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#imagedata as of
// 2026-08-21. The color space is kept, not looked at.
//
// # Limits
//
// At most [maxBytes] bytes of pixels.
package imagedata

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

const maxBytes = 256 << 20

// ImageData is pixels of four bytes each.
type ImageData struct {
	webidl.Platform
	width, height int
	colorSpace    string
	data          *qjs.Ref // a Uint8ClampedArray
}

// New returns an object in a realm; data is a Uint8ClampedArray of 4*width*height bytes.
func New(realm *qjs.Realm, width, height int, colorSpace string, data qjs.Value) *ImageData {
	d := &ImageData{width: width, height: height, colorSpace: colorSpace, data: realm.Runtime().NewRef(data)}
	webidl.Init(d, realm, ImageDataInterface)
	return d
}

// Width returns the pixels of a row.
func (d *ImageData) Width() int { return d.width }

// Height returns the number of rows.
func (d *ImageData) Height() int { return d.height }

// ColorSpace returns "srgb" or "display-p3".
func (d *ImageData) ColorSpace() string { return d.colorSpace }

// Data returns the Uint8ClampedArray.
func (d *ImageData) Data() qjs.Value { return d.data.Value() }

// pixels is what an ImageData travels as.
type pixels struct {
	width, height int
	colorSpace    string
	data          []byte
}

// InterfaceName implements clone.PlatformObject.
func (p *pixels) InterfaceName() string { return "ImageData" }

// Serialize runs the serialization steps.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#the-imagedata-interface:serialization-steps
func (d *ImageData) Serialize() (any, error) {
	memory, _ := d.data.Value().ViewBytes(d.Realm())
	if len(memory) != 4*d.width*d.height {
		return nil, webidl.DOMException("DataCloneError", "the pixels are gone")
	}
	return &pixels{d.width, d.height, d.colorSpace, append([]byte(nil), memory...)}, nil
}

func init() {
	ImageDataInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		p := travelled.(*pixels)
		buffer, err := realm.NewArrayBuffer(p.data)
		if err != nil {
			return qjs.Value{}, err
		}
		data, err := realm.NewView(qjs.ClassUint8ClampedArray, buffer, 0, len(p.data))
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(New(realm, p.width, p.height, p.colorSpace, data)), nil
	}
}

// Trace implements qjs.Tracer.
func (d *ImageData) Trace(visit func(*qjs.Ref)) {
	visit(d.data)
}

// ImageDataInterface is the interface ImageData.
var ImageDataInterface = &webidl.Interface{
	Name: "ImageData", Exposed: webidl.Everywhere,
	ConstructorLength: 2,
	Constructor: func(c *qjs.Call) (any, error) {
		if c.Arg(0).IsObject() {
			return fromData(c)
		}
		return blank(c)
	},
	Attributes: []webidl.Attribute{
		{Name: "width", Get: webidl.Getter(func(_ *qjs.Realm, d *ImageData) (qjs.Value, error) { return qjs.Int(int32(d.width)), nil })},
		{Name: "height", Get: webidl.Getter(func(_ *qjs.Realm, d *ImageData) (qjs.Value, error) { return qjs.Int(int32(d.height)), nil })},
		{Name: "data", Get: webidl.Getter(func(_ *qjs.Realm, d *ImageData) (qjs.Value, error) { return d.data.Value(), nil })},
		{Name: "colorSpace", Get: webidl.Getter(func(r *qjs.Realm, d *ImageData) (qjs.Value, error) { return r.String(d.colorSpace), nil })},
	},
}

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface { return []*webidl.Interface{ImageDataInterface} }

func toColorSpace(c *qjs.Call, argument int) (string, error) {
	options, err := webidl.ToDictionary(c.Realm, c.Arg(argument), "ImageDataSettings")
	if err != nil {
		return "", err
	}
	space := webidl.Member(options, "colorSpace", webidl.Enum("PredefinedColorSpace", "srgb", "display-p3"), "srgb")
	return space, options.Err()
}

// blank makes black transparent pixels.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#dom-imagedata
func blank(c *qjs.Call) (any, error) {
	width, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
	if err != nil {
		return nil, err
	}
	height, err := webidl.UnsignedLong(c.Realm, c.Arg(1))
	if err != nil {
		return nil, err
	}
	space, err := toColorSpace(c, 2)
	if err != nil {
		return nil, err
	}
	if width == 0 || height == 0 {
		return nil, webidl.DOMException("IndexSizeError", "an image of %d x %d pixels has none", width, height)
	}
	if uint64(width)*uint64(height) > maxBytes/4 {
		return nil, webidl.RangeError("an image may have %d bytes", maxBytes)
	}
	length := qjs.Number(4 * float64(width) * float64(height))
	data, err := c.Realm.Intrinsic("Uint8ClampedArray").Construct(c.Realm, length)
	if err != nil {
		return nil, err
	}
	return &ImageData{width: int(width), height: int(height), colorSpace: space, data: c.Runtime().NewRef(data)}, nil
}

// fromData takes pixels that are there already.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#dom-imagedata-with-data
func fromData(c *qjs.Call) (any, error) {
	data := c.Arg(0)
	if data.Class() != qjs.ClassUint8ClampedArray {
		return nil, webidl.TypeError("the data is not a Uint8ClampedArray")
	}
	width, err := webidl.UnsignedLong(c.Realm, c.Arg(1))
	if err != nil {
		return nil, err
	}
	wanted := uint32(0)
	if !c.Arg(2).IsUndefined() {
		if wanted, err = webidl.UnsignedLong(c.Realm, c.Arg(2)); err != nil {
			return nil, err
		}
	}
	space, err := toColorSpace(c, 3)
	if err != nil {
		return nil, err
	}
	memory, _ := data.ViewBytes(c.Realm)
	switch {
	case len(memory) == 0 || len(memory)%4 != 0:
		return nil, webidl.DOMException("InvalidStateError", "%d bytes are no pixels", len(memory))
	case width == 0 || len(memory)/4%int(width) != 0:
		return nil, webidl.DOMException("IndexSizeError", "%d bytes are no rows of %d pixels", len(memory), width)
	}
	height := len(memory) / 4 / int(width)
	if !c.Arg(2).IsUndefined() && int(wanted) != height {
		return nil, webidl.DOMException("IndexSizeError", "%d bytes are %d rows of %d pixels, not %d", len(memory), height, width, wanted)
	}
	return &ImageData{width: int(width), height: height, colorSpace: space, data: c.Runtime().NewRef(data)}, nil
}
