package canvas

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// ImageBitmap is an image that can be drawn at once.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#imagebitmap
type ImageBitmap struct {
	webidl.Platform
	bitmap *bitmap // never changed; nil: closed or transferred
}

func newImageBitmap(realm *qjs.Realm, b *bitmap) *ImageBitmap {
	i := &ImageBitmap{bitmap: b}
	webidl.Init(i, realm, ImageBitmapInterface)
	return i
}

// travellingBitmap is what an ImageBitmap travels as.
type travellingBitmap struct{ bitmap *bitmap }

// InterfaceName implements clone.PlatformObject.
func (t *travellingBitmap) InterfaceName() string { return "ImageBitmap" }

// Serialize implements heap.Serializable.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#the-imagebitmap-interface:serialization-steps
func (i *ImageBitmap) Serialize() (any, error) {
	if i.bitmap == nil {
		return nil, webidl.DOMException("DataCloneError", "the ImageBitmap is detached")
	}
	return &travellingBitmap{i.bitmap}, nil
}

// Transferable implements heap.Transferable.
func (i *ImageBitmap) Transferable() clone.Transferable { return &movedBitmap{source: i} }

// Transferred implements heap.Transferable.
func (i *ImageBitmap) Transferred() {}

// movedBitmap is the transfer of an ImageBitmap, its own data holder.
type movedBitmap struct {
	source *ImageBitmap // until it moved
	moved  travellingBitmap
}

// Detached implements clone.Transferable.
func (m *movedBitmap) Detached() bool { return m.source == nil || m.source.bitmap == nil }

// NewHolder implements clone.Transferable.
func (m *movedBitmap) NewHolder() clone.Holder { return m }

// Value implements clone.Holder.
func (m *movedBitmap) Value() any { return &m.moved }

// Transfer implements clone.Holder.
//
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#the-imagebitmap-interface:transfer-steps
func (m *movedBitmap) Transfer() error {
	m.moved.bitmap, m.source.bitmap, m.source = m.source.bitmap, nil, nil
	return nil
}

// Receive implements clone.Holder.
func (m *movedBitmap) Receive(any) error { return nil }

// Discard implements clone.Holder.
func (m *movedBitmap) Discard() {}

// ImageBitmapInterface is https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#imagebitmap.
var ImageBitmapInterface = &webidl.Interface{
	Name: "ImageBitmap", Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		{Name: "width", Get: webidl.Getter(func(_ *qjs.Realm, i *ImageBitmap) (qjs.Value, error) { return qjs.Int(int32(i.size().width)), nil })},
		{Name: "height", Get: webidl.Getter(func(_ *qjs.Realm, i *ImageBitmap) (qjs.Value, error) {
			return qjs.Int(int32(i.size().height)), nil
		})},
	},
	Operations: []webidl.Operation{
		{Name: "close", Func: webidl.Method(func(_ *qjs.Call, i *ImageBitmap) (qjs.Value, error) {
			i.bitmap = nil
			return qjs.Undefined(), nil
		})},
	},
}

func init() {
	ImageBitmapInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		return webidl.ValueOf(newImageBitmap(realm, travelled.(*travellingBitmap).bitmap)), nil
	}
}

// size is 0 by 0 of a detached one.
func (i *ImageBitmap) size() rectangle {
	if i.bitmap == nil {
		return rectangle{}
	}
	return i.bitmap.whole()
}
