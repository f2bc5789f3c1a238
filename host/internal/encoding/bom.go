package encoding

import "bytes"

// Decode decodes bytes in the encoding with a label, unless they begin with a byte order mark,
// which says what they are in. A label that is none stands for UTF-8.
//
// https://encoding.spec.whatwg.org/#decode
func Decode(p []byte, label string) string {
	switch {
	case bytes.HasPrefix(p, byteOrderMark):
		return DecodeUTF8(p)
	case bytes.HasPrefix(p, []byte{0xFE, 0xFF}):
		label = "utf-16be"
	case bytes.HasPrefix(p, []byte{0xFF, 0xFE}):
		label = "utf-16le"
	}
	d, err := NewDecoder(label, false, false)
	if err != nil {
		return DecodeUTF8(p)
	}
	text, err := d.Decode(p, false)
	if err != nil {
		return DecodeUTF8(p)
	}
	return text
}

// IsLabel reports whether there is an encoding of the label that can be decoded.
//
// https://encoding.spec.whatwg.org/#concept-encoding-get
func IsLabel(label string) bool {
	_, err := NewDecoder(label, false, false)
	return err == nil
}
