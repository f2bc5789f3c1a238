package encoding

import "unicode/utf8"

// replacement is U+FFFD in UTF-8.
const replacement = "\uFFFD"

// decodeUTF8 appends the decoding of p to dst. Unless it is flushed, an incomplete sequence at the
// end of p is returned as the rest instead of being replaced. It is false if the mode is fatal and
// p is ill-formed.
//
// https://encoding.spec.whatwg.org/#utf-8-decoder
func decodeUTF8(dst, p []byte, fatal, flush bool) (out, rest []byte, ok bool) {
	for len(p) > 0 {
		n := validPrefix(p)
		dst, p = append(dst, p[:n]...), p[n:]
		if len(p) == 0 {
			break
		}
		// Ill-formed or incomplete: as many bytes as could begin a character become one U+FFFD.
		n, complete := subpart(p)
		if n == len(p) && !complete && !flush {
			return dst, p, true
		}
		if fatal {
			return dst, nil, false
		}
		dst, p = append(dst, replacement...), p[n:]
	}
	return dst, nil, true
}

// validPrefix returns how many bytes at the beginning of p are well-formed.
func validPrefix(p []byte) int {
	if utf8.Valid(p) { // OPTIMIZATION: the usual case, checked word by word
		return len(p)
	}
	n := 0
	for n < len(p) {
		if p[n] < utf8.RuneSelf {
			n++
			continue
		}
		r, size := utf8.DecodeRune(p[n:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		n += size
	}
	return n
}

// subpart returns the length of the longest beginning of p, which does not begin with a character,
// that could begin one (at least 1), and whether nothing could follow it, so that it is wrong
// whatever comes.
func subpart(p []byte) (n int, complete bool) {
	lower, upper, needed := byte(0x80), byte(0xBF), 0
	switch lead := p[0]; {
	case lead >= 0xC2 && lead <= 0xDF:
		needed = 1
	case lead >= 0xE0 && lead <= 0xEF:
		needed = 2
		if lead == 0xE0 {
			lower = 0xA0
		}
		if lead == 0xED {
			upper = 0x9F
		}
	case lead >= 0xF0 && lead <= 0xF4:
		needed = 3
		if lead == 0xF0 {
			lower = 0x90
		}
		if lead == 0xF4 {
			upper = 0x8F
		}
	default:
		return 1, true
	}
	for n = 1; n <= needed && n < len(p); n++ {
		if p[n] < lower || p[n] > upper {
			return n, true
		}
		lower, upper = 0x80, 0xBF
	}
	return n, false
}
