package fetch

import (
	"slices"
	"testing"
)

func TestHeaderList(t *testing.T) {
	var l headerList
	l.add("B", "1")
	l.add("a", "2")
	l.add("b", "3")
	l.add("Set-Cookie", "x=1")
	l.add("set-cookie", "y=2")
	if got, ok := l.get("b"); got != "1, 3" || !ok {
		t.Errorf("get: %q, %v", got, ok)
	}
	if _, ok := l.get("c"); ok || l.has("c") {
		t.Error("there is a header that was not added")
	}
	want := headerList{{"a", "2"}, {"b", "1, 3"}, {"set-cookie", "x=1"}, {"set-cookie", "y=2"}}
	if got := l.sortAndCombine(); !slices.Equal(got, want) {
		t.Errorf("sorted: %q", got)
	}
	l.set("b", "4")
	l.set("c", "5")
	l.remove("SET-COOKIE")
	if want := (headerList{{"B", "4"}, {"a", "2"}, {"c", "5"}}); !slices.Equal(l, want) {
		t.Errorf("after set and remove: %q", l)
	}
}

func TestNamesAndValues(t *testing.T) {
	for name, want := range map[string]bool{"": false, "a": true, "A-1_~": true, "a b": false, "a:": false, "\u00e9": false, "a\x00": false} {
		if isToken(name) != want {
			t.Errorf("isToken(%q) = %v", name, !want)
		}
	}
	if v := normalizeValue("\r\n\t a b \n"); v != "a b" {
		t.Errorf("normalized: %q", v)
	}
	for value, want := range map[string]bool{"": true, "\u00ff\x7f": true, "a\nb": false, "\x00": false} {
		if isValue(value) != want {
			t.Errorf("isValue(%q) = %v", value, !want)
		}
	}
}

func TestWhatScriptsMustNotSet(t *testing.T) {
	for _, h := range []header{{"Host", ""}, {"Sec-Anything", ""}, {"proxy-x", ""}, {"X-HTTP-Method", "get, trace"}, {"Origin", "x"}} {
		if !isForbiddenRequestHeader(h.name, h.value) {
			t.Errorf("%v is allowed", h)
		}
	}
	for _, h := range []header{{"X-Host", ""}, {"Accept", "*/*"}, {"X-HTTP-Method", "get"}, {"Authorization", "x"}} {
		if isForbiddenRequestHeader(h.name, h.value) {
			t.Errorf("%v is forbidden", h)
		}
	}
}

func TestWhatNeedsPermission(t *testing.T) {
	l := headerList{{"X-Z", "1"}, {"Accept", "text/html"}, {"accept", "\""}, {"content-type", "application/json"},
		{"content-type", "text/plain;charset=utf-8"}, {"x-z", "2"}}
	if got, want := l.unsafeNames(), []string{"accept", "content-type", "x-z"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
