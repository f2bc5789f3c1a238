package encodingapi

import (
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// TextDecoder decodes bytes.
//
// https://encoding.spec.whatwg.org/#interface-textdecoder
type TextDecoder struct {
	webidl.Platform
	decoder          *encoding.Decoder
	fatal, ignoreBOM bool
}

// TextDecoderInterface is the interface TextDecoder.
var TextDecoderInterface = &webidl.Interface{
	Name: "TextDecoder", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		label := "utf-8"
		if v := c.Arg(0); !v.IsUndefined() {
			var err error
			if label, err = webidl.DOMString(c.Realm, v); err != nil {
				return nil, err
			}
		}
		options, err := webidl.ToDictionary(c.Realm, c.Arg(1), "TextDecoderOptions")
		if err != nil {
			return nil, err
		}
		fatal := webidl.Member(options, "fatal", webidl.Boolean, false)
		ignoreBOM := webidl.Member(options, "ignoreBOM", webidl.Boolean, false)
		if err := options.Err(); err != nil {
			return nil, err
		}
		decoder, err := encoding.NewDecoder(label, fatal, ignoreBOM)
		if err != nil {
			return nil, webidl.RangeError("%.100q: %v", label, err)
		}
		return &TextDecoder{decoder: decoder, fatal: fatal, ignoreBOM: ignoreBOM}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "encoding", Get: webidl.Getter(func(r *qjs.Realm, d *TextDecoder) (qjs.Value, error) { return r.String(d.decoder.Name()), nil })},
		{Name: "fatal", Get: webidl.Getter(func(_ *qjs.Realm, d *TextDecoder) (qjs.Value, error) { return qjs.Bool(d.fatal), nil })},
		{Name: "ignoreBOM", Get: webidl.Getter(func(_ *qjs.Realm, d *TextDecoder) (qjs.Value, error) { return qjs.Bool(d.ignoreBOM), nil })},
	},
	Operations: []webidl.Operation{{Name: "decode", Func: decode}},
}

// decode decodes the next bytes.
//
// https://encoding.spec.whatwg.org/#dom-textdecoder-decode
func decode(c *qjs.Call) (qjs.Value, error) {
	d, err := webidl.This[*TextDecoder](c)
	if err != nil {
		return qjs.Value{}, err
	}
	var input []byte
	if v := c.Arg(0); !v.IsUndefined() {
		if input, err = webidl.AllowSharedBufferSource(c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
	}
	options, err := webidl.ToDictionary(c.Realm, c.Arg(1), "TextDecodeOptions")
	if err != nil {
		return qjs.Value{}, err
	}
	stream := webidl.Member(options, "stream", webidl.Boolean, false)
	if err := options.Err(); err != nil {
		return qjs.Value{}, err
	}
	text, err := d.decoder.Decode(input, stream)
	if err != nil {
		return qjs.Value{}, webidl.TypeError("%v", err)
	}
	return c.Realm.String(text), nil
}
