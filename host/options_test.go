package host

import (
	"net/http"
	"strings"
	"testing"
)

func TestOptionsThatAreNoOrigins(t *testing.T) {
	handler := http.NotFoundHandler()
	for _, text := range []string{"example.com", "localhost:8080", "null", "about:blank", "file:///folder", "data:,x", "https://a.example/",
		"https://a.example/path", "https://a.example?query", "https://user@a.example", "https://", `https:\\a.example`,
		"blob:https://a.example"} {
		for option, options := range map[string]Options{"Options.Origin:": {Origin: text},
			"Options.Origins:": {Origins: map[string]http.Handler{text: handler}}} {
			if h, err := New(options); err == nil {
				t.Errorf("%s %q is taken", option, text)
				_ = h.Close()
			} else if !strings.Contains(err.Error(), option) {
				t.Errorf("%s %q: %v", option, text, err)
			}
		}
	}
	if h, err := New(Options{Origins: map[string]http.Handler{"https://a.example": handler, "HTTPS://A.example:443": handler}}); err == nil {
		t.Error("an origin is there twice")
		_ = h.Close()
	}
}

func TestOriginsHaveManySpellings(t *testing.T) {
	h := newHost(t, nil, handlers(map[string]http.Handler{"HTTPS://A.Example:443": withHeaders(nil, "<script>var ran = true</script>"),
		"http://[::1]:8080": withHeaders(nil, "<script>var ran = 6</script>")}))
	if got := eval(t, open(t, h, "https://a.example/"), "ran"); got != "true" {
		t.Error(got)
	}
	if got := eval(t, open(t, h, "http://[::1]:8080/"), "ran"); got != "6" {
		t.Error(got)
	}
}
