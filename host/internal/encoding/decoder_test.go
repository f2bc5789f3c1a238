package encoding

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

func decodeAll(t *testing.T, label string, fatal, ignoreBOM bool, chunks ...string) (string, error) {
	t.Helper()
	d, err := NewDecoder(label, fatal, ignoreBOM)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for i, chunk := range chunks {
		s, err := d.Decode([]byte(chunk), i < len(chunks)-1)
		if err != nil {
			return "", err
		}
		all.WriteString(s)
	}
	return all.String(), nil
}

func TestDecode(t *testing.T) {
	const r = replacement
	for _, test := range []struct {
		name, label, in, want string
		illFormed             bool
	}{
		{"ASCII", "utf-8", "hello", "hello", false},
		{"all lengths", "utf-8", "a\u00e9\u20ac\U0001F600", "a\u00e9\u20ac\U0001F600", false},
		{"U+FFFD itself", "utf-8", r, r, false},
		{"a byte that begins nothing", "utf-8", "a\xffb", "a" + r + "b", true},
		{"overlong", "utf-8", "\xc0\x80", r + r, true},
		{"a surrogate", "utf-8", "\xed\xa0\x80", r + r + r, true},
		{"two of three bytes", "utf-8", "\xe2\x82", r, true},
		{"two of three bytes, then a letter", "utf-8", "\xe2\x82A", r + "A", true},
		{"three of four bytes, then another", "utf-8", "\xf0\x9f\x98\xe2\x82\xac", r + "\u20ac", true},
		{"beyond U+10FFFF", "utf-8", "\xf4\x90\x80\x80", r + r + r + r, true},
		{"byte order mark", "utf-8", "\ufeffa\ufeff", "a\ufeff", false},
		{"UTF-16", "utf-16le", "a\x00\x3d\xd8\x00\xde", "a\U0001F600", false},
		{"UTF-16 with mark", "utf-16", "\xff\xfea\x00", "a", false},
		{"UTF-16, big end first", "utf-16be", "\x00a\xd8\x3d\xde\x00", "a\U0001F600", false},
		{"UTF-16, lone leading", "utf-16le", "\x3d\xd8a\x00", r + "a", true},
		{"UTF-16, lone trailing", "utf-16le", "\x00\xdea\x00", r + "a", true},
		{"UTF-16, leading at the end", "utf-16le", "a\x00\x3d\xd8", "a" + r, true},
		{"UTF-16, leading and a byte", "utf-16le", "\x3d\xd8\x00", r, true},
		{"UTF-16, an odd byte", "utf-16le", "a\x00b", "a" + r, true},
		{"latin1 is windows-1252", "latin1", "\x80\xe9", "\u20ac\u00e9", false},
		{"Shift_JIS", "shift_jis", "\x82\xa0", "\u3042", false},
		{"Shift_JIS, ill-formed", "shift_jis", "\x82", r, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := decodeAll(t, test.label, false, false, test.in); got != test.want || err != nil {
				t.Errorf("decoded to %q, %v; want %q", got, err, test.want)
			}
			if _, err := decodeAll(t, test.label, true, false, test.in); (err != nil) != test.illFormed {
				t.Errorf("fatal: error %v", err)
			}
			chunks := strings.Split(test.in, "")
			if !utf8.ValidString(test.in) || test.label != "utf-8" {
				chunks = nil
				for i := range len(test.in) {
					chunks = append(chunks, test.in[i:i+1])
				}
			}
			if got, err := decodeAll(t, test.label, false, false, append(chunks, "")...); got != test.want || err != nil {
				t.Errorf("byte by byte: %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestByteOrderMarkIsKeptOnRequest(t *testing.T) {
	if got, err := decodeAll(t, "utf-8", true, true, "\ufeffa"); got != "\ufeffa" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDecoderBeginsAnew(t *testing.T) {
	d, err := NewDecoder("utf-8", true, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode([]byte("\xff"), true); err == nil {
		t.Fatal("no error")
	}
	for range 2 {
		if s, err := d.Decode([]byte("\ufeffa"), false); s != "a" || err != nil {
			t.Errorf("%q, %v", s, err)
		}
	}
}

func TestLabels(t *testing.T) {
	for label, want := range map[string]string{
		" UTF-8\n": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-16": "utf-16le", "ucs-2": "utf-16le", "ascii": "windows-1252",
		"iso-8859-1": "windows-1252", "gbk": "gbk", "euc-kr": "euc-kr", "x-user-defined": "x-user-defined",
	} {
		d, err := NewDecoder(label, false, false)
		if err != nil || d.Name() != want {
			t.Errorf("%q: %v, %v; want %q", label, d, err, want)
		}
	}
	for _, label := range []string{"", "utf-7", "utf-32", "utf\u20138", "iso-2022-cn", "replacement", "\u00a0utf-8"} {
		if _, err := NewDecoder(label, false, false); err == nil {
			t.Errorf("%q is taken for a label", label)
		}
	}
}

// FuzzUTF8 compares with the decoder of golang.org/x/text, however the input is cut.
func FuzzUTF8(f *testing.F) {
	f.Add([]byte("a\xe2\x82\xf0\x9f\x98\xed\xa0\x80"), 3)
	f.Fuzz(func(t *testing.T, p []byte, cut int) {
		if len(p) == 0 {
			return
		}
		want, err := unicode.UTF8.NewDecoder().Bytes(p)
		if err != nil {
			t.Fatal(err)
		}
		cut = int(uint(cut) % uint(len(p)))
		first, rest, ok := decodeUTF8(nil, p[:cut], false, false)
		if !ok {
			t.Fatal("not fatal, but an error")
		}
		all, rest, _ := decodeUTF8(first, append(bytes.Clone(rest), p[cut:]...), false, true)
		if !bytes.Equal(all, want) || len(rest) > 0 {
			t.Errorf("%q, cut at %d: %q, rest %q; want %q", p, cut, all, rest, want)
		}
	})
}

func TestByteOrderMarkSaysTheEncoding(t *testing.T) {
	for _, test := range []struct{ in, label, want string }{
		{"\ufeffé", "latin1", "é"},
		{"\xff\xfea\x00", "utf-8", "a"},
		{"\xfe\xff\x00a", "utf-8", "a"},
		{"\xe9", "latin1", "é"},
		{"\xe9", "no such", replacement},
	} {
		if got := Decode([]byte(test.in), test.label); got != test.want {
			t.Errorf("%q as %s: %q, want %q", test.in, test.label, got, test.want)
		}
	}
}
