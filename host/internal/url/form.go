package url

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entangle-go/entangle/host/internal/encoding"
)

// Pair is a name-value pair of a form or a query.
type Pair struct{ Name, Value string }

// SizeOf returns about how many bytes of memory pairs take.
func SizeOf(pairs []Pair) int {
	n := 0
	for _, p := range pairs {
		n += len(p.Name) + len(p.Value) + 32
	}
	return n
}

// ParseForm parses application/x-www-form-urlencoded text.
//
// https://url.spec.whatwg.org/#concept-urlencoded-parser
func ParseForm(input string) []Pair {
	if input == "" {
		return nil
	}
	pairs := make([]Pair, 0, 1+strings.Count(input, "&"))
	for sequence := range strings.SplitSeq(input, "&") {
		if sequence == "" {
			continue
		}
		name, value, _ := strings.Cut(sequence, "=")
		pairs = append(pairs, Pair{decodeFormPart(name), decodeFormPart(value)})
	}
	return pairs
}

func decodeFormPart(s string) string {
	if strings.IndexByte(s, '+') < 0 && strings.IndexByte(s, '%') < 0 && utf8.ValidString(s) {
		return s
	}
	return encoding.DecodeUTF8WithoutBOM(PercentDecode(strings.ReplaceAll(s, "+", " ")))
}

// PercentDecode decodes %XX; a % that two hexadecimal digits don't follow stays.
//
// https://url.spec.whatwg.org/#string-percent-decode
func PercentDecode(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high < 16 && low < 16 {
				out = append(out, high<<4|low)
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// SerializeForm is the application/x-www-form-urlencoded serializer, in UTF-8.
//
// https://url.spec.whatwg.org/#concept-urlencoded-serializer
func SerializeForm(pairs []Pair) string {
	var out strings.Builder
	for i, pair := range pairs {
		if i > 0 {
			out.WriteByte('&')
		}
		encodeFormPart(&out, pair.Name)
		out.WriteByte('=')
		encodeFormPart(&out, pair.Value)
	}
	return out.String()
}

// encodeFormPart leaves ASCII letters, digits and *-._ as they are, makes a space a plus and
// everything else %XX.
//
// https://url.spec.whatwg.org/#application-x-www-form-urlencoded-percent-encode-set
func encodeFormPart(out *strings.Builder, s string) {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '*', c == '-', c == '.', c == '_':
			out.WriteByte(c)
		case c == ' ':
			out.WriteByte('+')
		default:
			out.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
}

// SortPairs sorts by name in the order of UTF-16 code units; pairs of the same name
// keep their order.
//
// https://url.spec.whatwg.org/#dom-urlsearchparams-sort
func SortPairs(pairs []Pair) {
	slices.SortStableFunc(pairs, func(a, b Pair) int { return compareUTF16(a.Name, b.Name) })
}

// compareUTF16 compares two strings of UTF-8 as their UTF-16 code units would compare: a character
// beyond U+FFFF, since it is spelled by surrogates, comes before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			switch {
			case ra > 0xFFFF && rb >= 0xE000 && rb <= 0xFFFF:
				return -1
			case rb > 0xFFFF && ra >= 0xE000 && ra <= 0xFFFF:
				return 1
			}
			return cmp.Compare(ra, rb)
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}
