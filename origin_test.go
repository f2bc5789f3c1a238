package entangle

import "testing"

// SPEC 8, 64: the origin of a URL; opaque ones are each their own.
func TestParseOrigin(t *testing.T) {
	for url, want := range map[string]string{
		"https://example.com":             "https://example.com",
		"HTTPS://EXAMPLE.com:443/a?b#c":   "https://example.com",
		"http://user:pw@example.com:8080": "http://example.com:8080",
		"http://[::1]:80/":                "http://[::1]",
		"http://127.0.0.1:8080":           "http://127.0.0.1:8080",
		"http://0x7f.1/":                  "http://127.0.0.1",
		"https://bücher.example":          "https://xn--bcher-kva.example",
		"wss://example.com":               "wss://example.com",
		"ftp://example.com":               "ftp://example.com",
		"blob:https://example.com/uuid":   "https://example.com",
		"blob:nothing":                    "null",
		"data:text/plain,x":               "null",
		"file:///etc/passwd":              "null",
		"about:blank":                     "null",
	} {
		o := origin(t, url)
		if o.String() != want || o.Opaque() != (want == "null") || o.IsZero() {
			t.Error(url, "has origin", o)
		}
		if again := origin(t, url); (again == o) == o.Opaque() {
			t.Error(url, "is itself:", again == o)
		}
	}
	for _, bad := range []string{"", "example.com", "https://", "https://a b", "/"} {
		_, err := ParseOrigin(bad)
		isDOMException(t, err, "SyntaxError")
	}
	if zero := (Origin{}); !zero.IsZero() || zero.Opaque() || zero.String() != "" || zero.potentiallyTrustworthy() {
		t.Error("zero origin")
	}
}
