package fileapi

import (
	"strings"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/streams"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Blob is immutable bytes with a media type.
//
// https://w3c.github.io/FileAPI/#blob-section
type Blob struct {
	webidl.Platform
	data      []byte
	mediaType string
	block     *block // what data is part of; nil once the wrapper is gone
}

// NewBlob returns a blob of data, which must not be changed afterwards, in a realm. The error is a
// RangeError: there is no memory for it.
func NewBlob(realm *qjs.Realm, data []byte, mediaType string) (*Blob, error) {
	b := &Blob{data: data, mediaType: mediaType}
	webidl.Init(b, realm, BlobInterface)
	return b, b.hold(realm)
}

// Bytes returns the bytes, which must not be changed.
func (b *Blob) Bytes() []byte { return b.data }

// Type returns the media type, "" if unknown.
func (b *Blob) Type() string { return b.mediaType }

// ToBlob returns b: a [File] is one, too.
func (b *Blob) ToBlob() *Blob { return b }

// Serialize runs the serialization steps: what travels shares the bytes.
//
// https://w3c.github.io/FileAPI/#ref-for-serialization-steps
func (b *Blob) Serialize() (any, error) { return clone.NewBlob(b.travelling(), b.mediaType), nil }

// Bloblike is a [Blob] or a [File].
type Bloblike interface {
	webidl.Object
	ToBlob() *Blob
}

// BlobInterface is the interface Blob.
var BlobInterface = &webidl.Interface{
	Name: "Blob", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		parts, err := toParts(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		options, err := webidl.ToDictionary(c.Realm, c.Arg(1), "BlobPropertyBag")
		if err != nil {
			return nil, err
		}
		native, mediaType := toBlobOptions(options)
		if err := options.Err(); err != nil {
			return nil, err
		}
		data, block, err := parts.bytes(c.Realm, native)
		if err != nil {
			return nil, err
		}
		return &Blob{data: data, mediaType: mediaType, block: block}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "size", Get: webidl.Getter(func(_ *qjs.Realm, b Bloblike) (qjs.Value, error) {
			return qjs.Number(float64(len(b.ToBlob().data))), nil
		})},
		{Name: "type", Get: webidl.Getter(func(r *qjs.Realm, b Bloblike) (qjs.Value, error) {
			return r.String(b.ToBlob().mediaType), nil
		})},
	},
}

// What makes further blobs refers to the interface: that the language allows only here.
func init() {
	BlobInterface.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		b := travelled.(*clone.Blob)
		received, err := NewBlob(realm, b.Shared(), b.Type())
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(received), nil
	}
	BlobInterface.Operations = []webidl.Operation{
		{Name: "slice", Func: slice},
		{Name: "stream", Func: webidl.Method(func(c *qjs.Call, b Bloblike) (qjs.Value, error) {
			return webidl.ValueOf(streams.NewByteStream(c.Realm, b.ToBlob().data)), nil
		})},
		{Name: "text", Promise: true, Func: promised(func(r *qjs.Realm, data []byte) (qjs.Value, error) {
			return r.String(encoding.DecodeUTF8(data)), nil
		})},
		{Name: "arrayBuffer", Promise: true, Func: promised((*qjs.Realm).NewArrayBuffer)},
		{Name: "bytes", Promise: true, Func: promised((*qjs.Realm).NewUint8Array)},
	}
}

// toBlobOptions reads the members of a BlobPropertyBag.
//
// https://w3c.github.io/FileAPI/#dfn-BlobPropertyBag
func toBlobOptions(options *webidl.Dict) (native bool, mediaType string) {
	native = webidl.Member(options, "endings", webidl.Enum("EndingType", "transparent", "native"), "transparent") == "native"
	return native, normalizeType(webidl.Member(options, "type", webidl.DOMString, ""))
}

// normalizeType returns a media type in lower case; "" if it has other characters than those of
// printable ASCII.
//
// https://w3c.github.io/FileAPI/#constructorBlob step 3
func normalizeType(mediaType string) string {
	for i := range len(mediaType) {
		if mediaType[i] < 0x20 || mediaType[i] > 0x7E {
			return ""
		}
	}
	return strings.ToLower(mediaType)
}

// slice returns a part of a blob as one of its own; it shares the bytes.
//
// https://w3c.github.io/FileAPI/#slice-blob
func slice(c *qjs.Call) (qjs.Value, error) {
	this, err := webidl.This[Bloblike](c)
	if err != nil {
		return qjs.Value{}, err
	}
	blob := this.ToBlob()
	size := len(blob.data)
	// 1. A position below 0 counts from the end; one outside is the end that is nearest.
	position := func(v qjs.Value, otherwise int) (int, error) {
		if v.IsUndefined() {
			return otherwise, nil
		}
		n, err := webidl.Clamp[int64](c.Realm, v)
		if n < 0 {
			return int(max(0, n+int64(size))), err
		}
		return int(min(n, int64(size))), err
	}
	start, err := position(c.Arg(0), 0)
	if err != nil {
		return qjs.Value{}, err
	}
	end, err := position(c.Arg(1), size)
	if err != nil {
		return qjs.Value{}, err
	}
	// 2. The type is that of the argument alone.
	mediaType := ""
	if !c.Arg(2).IsUndefined() {
		if mediaType, err = webidl.DOMString(c.Realm, c.Arg(2)); err != nil {
			return qjs.Value{}, err
		}
	}
	// 3. The span may be empty.
	end = max(start, end)
	part := &Blob{data: blob.data[start:end:end], mediaType: normalizeType(mediaType), block: blob.block.use()}
	return webidl.Wrap(c.Realm, BlobInterface, part), nil
}

// promised makes an operation that returns a promise for the bytes in some form. It settles as if
// they had been read by then.
func promised(form func(*qjs.Realm, []byte) (qjs.Value, error)) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		this, err := webidl.This[Bloblike](c)
		if err != nil {
			return qjs.Value{}, err
		}
		return settings.Of(c.Realm).Later(reading, func() (qjs.Value, error) { return form(c.Realm, this.ToBlob().data) }), nil
	}
}
