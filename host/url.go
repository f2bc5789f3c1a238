package host

import (
	"fmt"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/nlnwa/whatwg-url/url"
)

// resolveURL parses a URL that may be relative.
//
// https://html.spec.whatwg.org/multipage/urls-and-fetching.html#encoding-parsing-a-url
func resolveURL(base, text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		u, err = url.ParseRef(base, text)
	} else if baseURL, baseErr := url.Parse(base); baseErr == nil && baseURL.Scheme() == u.Scheme() && !strings.Contains(text, "//") {
		u, err = url.ParseRef(base, text) // "http:path" is relative to a base of the same scheme
	}
	if err != nil {
		return "", err
	}
	return u.Href(false), nil
}

// withoutFragment returns a URL without its fragment.
func withoutFragment(u string) string {
	u, _, _ = strings.Cut(u, "#")
	return u
}

func scheme(u string) string {
	s, _, _ := strings.Cut(u, ":")
	return strings.ToLower(s)
}

// originOf returns the origin of a URL; that of a blob is its maker's.
//
// https://url.spec.whatwg.org/#concept-url-origin
func originOf(u string) entangle.Origin {
	o, err := entangle.ParseOrigin(u)
	if err != nil {
		return entangle.NewOpaqueOrigin()
	}
	return o
}

// parseOrigin parses an origin that an option has: a scheme, a host, perhaps a port,
// and nothing else.
func parseOrigin(option, text string) (entangle.Origin, error) {
	origin, err := entangle.ParseOrigin(text)
	_, rest, ok := strings.Cut(text, "://")
	switch {
	case err != nil:
		return entangle.Origin{}, fmt.Errorf("host: Options.%s: %w", option, err)
	case origin.Opaque() || !ok || scheme(text) == "blob" || strings.ContainsAny(rest, `/\?#@`):
		return entangle.Origin{}, fmt.Errorf("host: Options.%s: %q is no origin; "+
			"write it like https://example.com or http://localhost:8080, without a path", option, text)
	}
	return origin, nil
}

// trustworthy reports whether a URL is potentially trustworthy.
//
// https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy
func trustworthy(u string) bool {
	switch scheme(u) {
	case "about", "data", "https", "wss":
		return true
	}
	parsed, err := url.Parse(strings.TrimPrefix(u, "blob:"))
	if err != nil {
		return false
	}
	if parsed.Scheme() == "https" {
		return true
	}
	host := parsed.Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "[::1]" || parsed.IsIPv4() &&
		strings.HasPrefix(host, "127.")
}

// changeable reports whether a document of one URL may give itself another one by pushState.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#can-have-its-url-rewritten
func changeable(from, to string) bool {
	a, err1 := url.Parse(from)
	b, err2 := url.Parse(to)
	if err1 != nil || err2 != nil {
		return false
	}
	if a.Scheme() != b.Scheme() || a.Username() != b.Username() || a.Password() != b.Password() || a.Host() != b.Host() {
		return false
	}
	switch b.Scheme() {
	case "http", "https":
		return true
	case "file":
		return a.Pathname() == b.Pathname()
	}
	return a.Pathname() == b.Pathname() && a.Search() == b.Search()
}
