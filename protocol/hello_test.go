package protocol

import (
	"strings"
	"testing"
)

// helloOrigin says HELLO with an origin and returns how the session failed, if it did.
func helloOrigin(identity Identity, origin string) (s *Session, failed *SessionEffect) {
	s = NewSession(0, ID{1}, testSettings, identity)
	var out SessionOut
	s.Step(0, SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Hello, Version: Version, Secret: sampleSecret(1), Origin: origin}}, &out)
	for _, f := range out.Effects {
		if f.Kind == SessionFail {
			failed = &f
		}
	}
	return s, failed
}

// A stated origin is a serialized one, so that two clients of the same origin are in the
// same partition.
func TestHelloOrigin(t *testing.T) {
	for _, origin := range []string{
		"https://a.example", "http://a.example:8080", "https://a.example:80", "http://127.0.0.1:7000", "http://[::1]:7000", "http://localhost",
		"https://xn--bcher-kva.example", "wss://a.example",
	} {
		if s, failed := helloOrigin(Identity{User: "u"}, origin); failed != nil || s.Identity().Origin != origin {
			t.Errorf("%q: %+v, the client is of %q", origin, failed, s.Identity().Origin)
		}
	}
	for _, origin := range []string{
		"x", "null", "*", "//a.example", "a.example", "https://", "https:a.example", "https:///a.example", "https://a.example/",
		"https://a.example/page", "https://a.example?", "https://a.example#", "HTTPS://A.example", "https://A.example", "https://u@a.example",
		"https://u:p@a.example", "https://@a.example", "https://a.example:443", "http://a.example:80", "https://a.example:",
		"https://a.example:0443", "https://a.example:65536", "http://127.1", " https://a.example", "https://a.example\n", "https://a.exa\tmple",
		"https://a%2eexample", "https://bücher.example", "https://a.example\xff", "\xff", "data:,x", "file:///x", "blob:https://a.example/x",
		"javascript:x", "https://" + strings.Repeat("a.", MaxOrigin) + "example",
	} {
		_, failed := helloOrigin(Identity{User: "u"}, origin)
		if failed == nil || failed.Code != CodeDenied || len(failed.Text) > MaxText {
			t.Errorf("%q: %+v", origin, failed)
		}
	}
	if _, failed := helloOrigin(Identity{User: "u"}, "x"); failed.Text != `origin "x" is not one: write "https://app.example"` {
		t.Errorf("the text is %s", failed.Text)
	}
	extension := "chrome-extension://abcdefgh" // a page's origin is the browser's word
	if _, failed := helloOrigin(Identity{User: "u", Origin: extension}, extension); failed != nil {
		t.Errorf("a page that states its own origin: %+v", failed)
	}
}

// FuzzHelloOrigin: no text brings the session down, and those that are taken have the
// form of an origin.
func FuzzHelloOrigin(f *testing.F) {
	for _, origin := range []string{"https://a.example", "http://[::1]:7000", "https://u@a.example:443/x?y#z", "https://\xff", "http://1.2.3",
		"blob:https://a.example"} {
		f.Add(origin)
	}
	f.Fuzz(func(t *testing.T, origin string) {
		_, failed := helloOrigin(Identity{User: "u"}, origin)
		if failed != nil || origin == "" {
			return
		}
		scheme, host, ok := strings.Cut(origin, "://")
		if !ok || host == "" || strings.ToLower(scheme) != scheme || strings.ContainsAny(host, "/?#@\\ ") || strings.ToLower(host) != host {
			t.Errorf("%q is taken", origin)
		}
	})
}
