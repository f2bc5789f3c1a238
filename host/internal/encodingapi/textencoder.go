package encodingapi

import (
	"unicode/utf8"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// TextEncoder encodes text to UTF-8.
//
// https://encoding.spec.whatwg.org/#interface-textencoder
type TextEncoder struct{ webidl.Platform }

// TextEncoderInterface is the interface TextEncoder.
var TextEncoderInterface = &webidl.Interface{
	Name: "TextEncoder", Exposed: webidl.Everywhere,
	Constructor: func(*qjs.Call) (any, error) { return &TextEncoder{}, nil },
	Attributes: []webidl.Attribute{
		{Name: "encoding", Get: webidl.Getter(func(r *qjs.Realm, _ *TextEncoder) (qjs.Value, error) { return r.String("utf-8"), nil })},
	},
	Operations: []webidl.Operation{
		{Name: "encode", Func: encode},
		{Name: "encodeInto", Length: 2, Func: encodeInto},
	},
}

// encode returns the bytes of a string.
//
// https://encoding.spec.whatwg.org/#dom-textencoder-encode
func encode(c *qjs.Call) (qjs.Value, error) {
	if _, err := webidl.This[*TextEncoder](c); err != nil {
		return qjs.Value{}, err
	}
	if c.Arg(0).IsUndefined() {
		return c.Realm.NewUint8Array(nil)
	}
	s, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	return c.Realm.NewUint8Array([]byte(s))
}

// encodeInto writes the bytes of a string into an array, as many whole characters as fit.
//
// https://encoding.spec.whatwg.org/#dom-textencoder-encodeinto
func encodeInto(c *qjs.Call) (qjs.Value, error) {
	if _, err := webidl.This[*TextEncoder](c); err != nil {
		return qjs.Value{}, err
	}
	s, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	if c.Arg(1).Class() != qjs.ClassUint8Array {
		return qjs.Value{}, webidl.TypeError("the destination is not a Uint8Array")
	}
	destination, _ := c.Arg(1).ViewBytes(c.Realm)
	read, written := fit(s, len(destination))
	copy(destination, s[:written])
	result := c.Realm.NewObject()
	if err := result.Set(c.Realm, "read", qjs.Number(float64(read))); err != nil {
		return qjs.Value{}, err
	}
	return result, result.Set(c.Realm, "written", qjs.Number(float64(written)))
}

// fit returns how many UTF-16 code units, and how many bytes, of s are whole characters within
// so many bytes.
func fit(s string, space int) (units, bytes int) {
	for bytes < len(s) {
		r, n := utf8.DecodeRuneInString(s[bytes:])
		if bytes+n > space {
			break
		}
		bytes += n
		units++
		if r > 0xFFFF {
			units++
		}
	}
	return units, bytes
}
