package fileapi

import (
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// part is one of what a blob is made of: text, a blob, or a buffer that is read last.
type part struct {
	text   string
	blob   *Blob
	buffer *qjs.Value
}

type parts []part

// toParts converts a sequence of BlobPart; undefined is an empty one.
//
// https://w3c.github.io/FileAPI/#typedefdef-blobpart
func toParts(realm *qjs.Realm, v qjs.Value) (parts, error) {
	if v.IsUndefined() {
		return nil, nil
	}
	if !v.IsObject() {
		return nil, webidl.TypeError("the parts of a blob must be a sequence")
	}
	text := settings.Counting(webidl.USVString)
	return webidl.SequenceOf(func(realm *qjs.Realm, v qjs.Value) (part, error) { return toPart(realm, v, text) })(realm, v)
}

func toPart(realm *qjs.Realm, v qjs.Value, text webidl.Convert[string]) (part, error) {
	if b, ok := webidl.As[Bloblike](v); ok {
		return part{blob: b.ToBlob()}, nil
	}
	if webidl.IsBufferSource(v) {
		return part{buffer: &v}, nil
	}
	s, err := text(realm, v)
	return part{text: s}, err
}

// bytes puts the parts together.
//
// https://w3c.github.io/FileAPI/#process-blob-parts
func (p parts) bytes(realm *qjs.Realm, native bool) ([]byte, *block, error) {
	if len(p) == 1 && p[0].blob != nil {
		return p[0].blob.data, p[0].blob.block.use(), nil // OPTIMIZATION: bytes that never change are shared
	}
	pieces := make([][]byte, len(p))
	size := 0
	for i, part := range p {
		switch {
		case part.blob != nil:
			pieces[i] = part.blob.data
		case part.buffer != nil:
			b, err := webidl.BufferSource(realm, *part.buffer)
			if err != nil {
				return nil, nil, err
			}
			pieces[i] = b
		case native:
			pieces[i] = []byte(strings.ReplaceAll(strings.ReplaceAll(part.text, "\r\n", "\n"), "\r", "\n"))
		default:
			pieces[i] = []byte(part.text)
		}
		if size += len(pieces[i]); size > MaxSize {
			return nil, nil, webidl.RangeError("a blob may have %d bytes", MaxSize)
		}
	}
	block, err := newBlock(realm.Runtime(), size)
	if err != nil {
		return nil, nil, err
	}
	data := make([]byte, 0, size)
	for _, piece := range pieces {
		data = append(data, piece...)
	}
	return data, block, nil
}
