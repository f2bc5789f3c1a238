package encoding

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeUTF16 appends the decoding of p to dst; what it returns is as of [decodeUTF8].
//
// https://encoding.spec.whatwg.org/#shared-utf-16-decoder
func decodeUTF16(dst, p []byte, order binary.ByteOrder, fatal, flush bool) (out, rest []byte, ok bool) {
	for len(p) >= 2 {
		unit := rune(order.Uint16(p))
		if !utf16.IsSurrogate(unit) {
			dst, p = utf8.AppendRune(dst, unit), p[2:]
			continue
		}
		leading := unit < 0xDC00
		if leading && len(p) < 4 {
			break // its other half is to come
		}
		if leading {
			if r := utf16.DecodeRune(unit, rune(order.Uint16(p[2:]))); r != utf8.RuneError {
				dst, p = utf8.AppendRune(dst, r), p[4:]
				continue
			}
		}
		if fatal {
			return dst, nil, false
		}
		dst, p = append(dst, replacement...), p[2:] // a lone surrogate; what follows it is looked at again
	}
	if len(p) == 0 {
		return dst, nil, true
	}
	if !flush {
		return dst, p, true
	}
	return append(dst, replacement...), nil, !fatal // half a character is one error, however many bytes it has
}
