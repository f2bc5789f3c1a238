package loader

import (
	"testing"

	"github.com/nlnwa/whatwg-url/url"
)

func TestReferrerPolicies(t *testing.T) {
	const from, origin = "https://user:password@a.example/page?q#f", "https://a.example/"
	const full = "https://a.example/page?q"
	for policy, want := range map[string][3]string{ // to the same origin, to another one, to another one without encryption
		"":                                {full, origin, ""},
		"strict-origin-when-cross-origin": {full, origin, ""},
		"no-referrer":                     {"", "", ""},
		"origin":                          {origin, origin, origin},
		"unsafe-url":                      {full, full, full},
		"same-origin":                     {full, "", ""},
		"strict-origin":                   {origin, origin, ""},
		"no-referrer-when-downgrade":      {full, full, ""},
		"origin-when-cross-origin":        {full, origin, origin},
	} {
		for i, target := range []string{"https://a.example/x", "https://b.example/", "http://b.example/"} {
			to, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			if got := referrer(from, policy, to); got != want[i] {
				t.Errorf("%q to %s: %q, want %q", policy, target, got, want[i])
			}
			if got := referrer("data:,x", policy, to); got != "" {
				t.Errorf("%q from a data: URL: %q", policy, got)
			}
		}
	}
}
