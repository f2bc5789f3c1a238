package url

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestParseForm(t *testing.T) {
	for input, want := range map[string][]Pair{
		"":               nil,
		"&&":             {},
		"a=b&c":          {{"a", "b"}, {"c", ""}},
		"=":              {{"", ""}},
		"a=b=c":          {{"a", "b=c"}},
		"a+b=c+%2B":      {{"a b", "c +"}},
		"%61=%e2%82%AC":  {{"a", "\u20ac"}},
		"a=%e2%82":       {{"a", "\uFFFD"}},
		"a=%4":           {{"a", "%4"}},
		"a=%zz%":         {{"a", "%zz%"}},
		"a=\u20ac&%26=;": {{"a", "\u20ac"}, {"&", ";"}},
	} {
		if got := ParseForm(input); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", input, got, want)
		}
	}
}

func TestSerializeForm(t *testing.T) {
	got := SerializeForm([]Pair{{"a b", "~*-._+&="}, {"", "\u20ac\x00"}})
	if want := "a+b=%7E*-._%2B%26%3D&=%E2%82%AC%00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzFormRoundTrip(f *testing.F) {
	f.Add("a b", "\u20ac+%41")
	f.Fuzz(func(t *testing.T, name, value string) {
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return
		}
		pairs := []Pair{{name, value}, {value, name}}
		if got := ParseForm(SerializeForm(pairs)); !slices.Equal(got, pairs) {
			t.Errorf("%q came back as %q", pairs, got)
		}
	})
}

// FuzzCompareUTF16 compares with comparing the code units themselves.
func FuzzCompareUTF16(f *testing.F) {
	f.Add("\U0001F600", "\uFFFD")
	f.Add("a", "ab")
	f.Add("\uD7FF", "\U00010000")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		if got := compareUTF16(a, b); got != want {
			t.Errorf("%q and %q: %d, want %d", a, b, got, want)
		}
	})
}
