package dom

import "unicode/utf8"

// Strings are WTF-8: UTF-8 in which lone surrogates may stand, encoded as if they were code points.
// Offsets of the standard are in UTF-16 code units.

// builder concatenates strings; a high surrogate at the end of one and a low one at the beginning
// of the next become one code point.
type builder struct{ b []byte }

func (b *builder) add(s string) {
	if n := len(b.b); n >= 3 && len(s) >= 3 && b.b[n-3] == 0xED && b.b[n-2] >= 0xA0 && b.b[n-2] < 0xB0 && s[0] == 0xED && s[1] >= 0xB0 {
		high, low := surrogate(string(b.b[n-3:])), surrogate(s)
		b.b = utf8.AppendRune(b.b[:n-3], 0x10000+(high-0xD800)<<10+(low-0xDC00))
		s = s[3:]
	}
	b.b = append(b.b, s...)
}

func (b *builder) String() string { return string(b.b) }

// surrogate decodes the three bytes of a surrogate at the beginning of s.
func surrogate(s string) rune {
	return rune(s[0]&0x0F)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
}

// unitLength is the length of s in code units.
func unitLength(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x80 || c >= 0xC0 && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

// units appends the code units of s.
func units(s string) []uint16 {
	list := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c < 0x80:
			list, i = append(list, uint16(c)), i+1
		case c < 0xE0 && i+1 < len(s):
			list, i = append(list, uint16(c&0x1F)<<6|uint16(s[i+1]&0x3F)), i+2
		case c < 0xF0 && i+2 < len(s):
			list, i = append(list, uint16(surrogate(s[i:]))), i+3
		case i+3 < len(s):
			r := rune(c&0x07)<<18 | rune(s[i+1]&0x3F)<<12 | rune(s[i+2]&0x3F)<<6 | rune(s[i+3]&0x3F)
			list, i = append(list, uint16(0xD800+(r-0x10000)>>10), uint16(0xDC00+(r-0x10000)&0x3FF)), i+4
		default:
			return list // truncated: not WTF-8
		}
	}
	return list
}

// fromUnits is the string of code units.
func fromUnits(list []uint16) string {
	b := make([]byte, 0, len(list))
	for i := 0; i < len(list); i++ {
		u := rune(list[i])
		if u >= 0xD800 && u < 0xDC00 && i+1 < len(list) && list[i+1] >= 0xDC00 && list[i+1] < 0xE000 {
			i++
			b = utf8.AppendRune(b, 0x10000+(u-0xD800)<<10+(rune(list[i])-0xDC00))
		} else if u >= 0xD800 && u < 0xE000 {
			b = append(b, byte(0xE0|u>>12), byte(0x80|u>>6&0x3F), byte(0x80|u&0x3F))
		} else {
			b = utf8.AppendRune(b, u)
		}
	}
	return string(b)
}

// spliceUnits replaces count code units of s at offset by data. offset and count are
// within the string.
func spliceUnits(s string, offset, count int, data string) string {
	list := units(s)
	var b builder
	b.add(fromUnits(list[:offset]))
	b.add(data)
	b.add(fromUnits(list[offset+count:]))
	return b.String()
}

// sliceUnits is the code units of s from offset to end.
func sliceUnits(s string, offset, end int) string {
	if len(s) == unitLength(s) {
		return s[offset:end]
	}
	return fromUnits(units(s)[offset:end])
}

// lower is s in ASCII lowercase.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// upper is s in ASCII uppercase.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - ('a' - 'A')
		}
	}
	return string(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

// Fields splits s on ASCII whitespace.
//
// https://infra.spec.whatwg.org/#split-on-ascii-whitespace
func Fields(s string) []string {
	var list []string
	for i := 0; i < len(s); {
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		start := i
		for i < len(s) && !isSpace(s[i]) {
			i++
		}
		if i > start {
			list = append(list, s[start:i])
		}
	}
	return list
}

// Strip removes leading and trailing ASCII whitespace.
func Strip(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
