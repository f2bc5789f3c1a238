package encoding

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	textencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

var (
	errLabel      = errors.New("not the label of an encoding that can be decoded")
	errIllFormed  = errors.New("the data is not well-formed")
	byteOrderMark = []byte("\uFEFF")
)

// Decoder decodes a stream of bytes in one of the standard's encodings to UTF-8. It is the state of
// a TextDecoder.
type Decoder struct {
	name             string // of the encoding, in lower case
	fatal, ignoreBOM bool

	legacy  textencoding.Encoding // nil for UTF-8 and UTF-16
	stream  transform.Transformer // of legacy
	rest    []byte                // an incomplete character
	bomSeen bool
}

// NewDecoder returns a decoder of the encoding with a label, such as "utf-8", "latin1"
// or "shift_jis".
//
// https://encoding.spec.whatwg.org/#dom-textdecoder
func NewDecoder(label string, fatal, ignoreBOM bool) (*Decoder, error) {
	label = strings.ToLower(strings.Trim(label, "\t\n\f\r "))
	d := &Decoder{fatal: fatal, ignoreBOM: ignoreBOM}
	if label == "utf-8" || label == "utf8" { // OPTIMIZATION: nearly always
		d.name = "utf-8"
		return d, nil
	}
	if label == "unicode" || label == "csunicode" || label == "ucs-2" || label == "iso-10646-ucs-2" || label == "unicodefeff" {
		label = "utf-16le"
	} else if label == "unicodefffe" {
		label = "utf-16be"
	}
	e, err := htmlindex.Get(label)
	if err != nil || strings.TrimSpace(label) != label { // it trims more than ASCII whitespace
		return nil, errLabel
	}
	if d.name, err = htmlindex.Name(e); err != nil || d.name == "replacement" {
		return nil, errLabel
	}
	switch d.name {
	case "utf-8", "utf-16le", "utf-16be":
	default:
		d.legacy, d.stream = e, e.NewDecoder()
	}
	return d, nil
}

// Name returns the encoding's name in lower case.
func (d *Decoder) Name() string { return d.name }

// Decode decodes the next bytes. With more, more bytes are to come: what is incomplete at the end
// waits for them. Without, the decoder begins anew afterwards.
//
// https://encoding.spec.whatwg.org/#dom-textdecoder-decode
func (d *Decoder) Decode(p []byte, more bool) (string, error) {
	// 1. What waits comes first.
	if len(d.rest) > 0 {
		p = append(d.rest, p...)
		d.rest = nil
	}
	// 2. Decode until the end of the queue, or of the stream.
	out, rest, ok := d.decode(p, !more)
	// 3. The byte order mark is not part of the text, unless asked for.
	if ok && !d.bomSeen && len(out) > 0 {
		d.bomSeen = true
		if !d.ignoreBOM && d.legacy == nil {
			out = bytes.TrimPrefix(out, byteOrderMark)
		}
	}
	if !more || !ok {
		d.bomSeen = false
		if d.stream != nil {
			d.stream.Reset()
		}
	} else {
		d.rest = bytes.Clone(rest)
	}
	if !ok {
		return "", errIllFormed
	}
	return string(out), nil
}

func (d *Decoder) decode(p []byte, flush bool) (out, rest []byte, ok bool) {
	switch d.name {
	case "utf-8":
		return decodeUTF8(make([]byte, 0, len(p)), p, d.fatal, flush)
	case "utf-16le":
		return decodeUTF16(make([]byte, 0, len(p)), p, binary.LittleEndian, d.fatal, flush)
	case "utf-16be":
		return decodeUTF16(make([]byte, 0, len(p)), p, binary.BigEndian, d.fatal, flush)
	}
	return d.decodeLegacy(p, flush)
}

func (d *Decoder) decodeLegacy(p []byte, flush bool) (out, rest []byte, ok bool) {
	buffer := make([]byte, max(64, 2*len(p)))
	for {
		n, read, err := d.stream.Transform(buffer, p, flush)
		out, p = append(out, buffer[:n]...), p[read:]
		if errors.Is(err, transform.ErrShortDst) {
			continue
		}
		// DEVIATION: that an encoding's error is U+FFFD in the output is taken as its sign. GB18030 alone
		// can also spell that character.
		if d.fatal && bytes.Contains(out, []byte(replacement)) {
			return nil, nil, false
		}
		if err != nil && !errors.Is(err, transform.ErrShortSrc) {
			return nil, nil, false
		}
		return out, p, true
	}
}

// DecodeUTF8 decodes bytes as UTF-8, a byte order mark at the beginning left out, ill-formed
// ones to U+FFFD.
//
// https://encoding.spec.whatwg.org/#utf-8-decode
func DecodeUTF8(p []byte) string {
	return DecodeUTF8WithoutBOM(bytes.TrimPrefix(p, byteOrderMark))
}

// DecodeUTF8WithoutBOM is [DecodeUTF8] for text in which a byte order mark is a character.
//
// https://encoding.spec.whatwg.org/#utf-8-decode-without-bom
func DecodeUTF8WithoutBOM(p []byte) string {
	out, _, _ := decodeUTF8(nil, p, false, true)
	return string(out)
}
