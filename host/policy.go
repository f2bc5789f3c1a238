package host

import (
	"net/http"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// openerPolicy is a document's cross-origin opener policy.
//
// https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies
type openerPolicy string

const (
	unsafeNone             openerPolicy = "unsafe-none"
	sameOriginAllowPopups  openerPolicy = "same-origin-allow-popups"
	sameOriginOpener       openerPolicy = "same-origin"
	sameOriginPlusEmbedder openerPolicy = "same-origin-plus-COEP"
	noopenerAllowPopups    openerPolicy = "noopener-allow-popups"
)

// policies is of a document's policy container what matters here.
type policies struct {
	opener       openerPolicy
	openerOrigin entangle.Origin // whose opener policy it is
	embedder     bool            // require-corp or credentialless
	referrer     string
}

// headerToken returns the token of a structured header that is an item: its parameters do not
// matter, and a list or a string is like none.
func headerToken(header http.Header, name string) string {
	values := header.Values(name)
	if len(values) != 1 {
		return ""
	}
	token, _, _ := strings.Cut(values[0], ";")
	return strings.TrimSpace(token)
}

// readPolicies reads the policies from the headers of a response.
//
// https://html.spec.whatwg.org/multipage/browsers.html#obtain-coop, #obtain-an-embedder-policy
func readPolicies(header http.Header, origin entangle.Origin, secure bool) policies {
	p := policies{opener: unsafeNone, openerOrigin: origin, referrer: header.Get("Referrer-Policy")}
	if !secure {
		return p
	}
	switch headerToken(header, "Cross-Origin-Embedder-Policy") {
	case "require-corp", "credentialless":
		p.embedder = true
	}
	switch policy := openerPolicy(headerToken(header, "Cross-Origin-Opener-Policy")); policy {
	case sameOriginOpener:
		if p.opener = policy; p.embedder {
			p.opener = sameOriginPlusEmbedder
		}
	case sameOriginAllowPopups, noopenerAllowPopups:
		p.opener = policy
	}
	return p
}

// switchesGroup reports whether going from one document to another of a top-level window takes
// another browsing context group.
//
// https://html.spec.whatwg.org/multipage/browsers.html#check-browsing-context-group-switch-coop-value
func switchesGroup(initialAboutBlank bool, from, to policies) bool {
	matches := from.opener == to.opener && (from.opener == unsafeNone || from.openerOrigin == to.openerOrigin)
	switch {
	case to.opener == noopenerAllowPopups:
		return true
	case matches:
		return false
	case initialAboutBlank && (from.opener == sameOriginAllowPopups || from.opener == noopenerAllowPopups) && to.opener == unsafeNone:
		return false
	}
	return true
}

// embeddable reports whether a document with the policies may be in a frame of one
// with the parent's.
//
// https://html.spec.whatwg.org/multipage/browsers.html#check-a-navigation-response's-adherence-to-its-embedder-policy
func embeddable(parent, child policies) bool { return !parent.embedder || child.embedder }

// blocks reports whether the document may not have a response of another origin that it asked
// for without CORS.
//
// https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check
//
// FIXME: same-site is taken for same-origin.
func (p policies) blocks(response *loader.Response, origin entangle.Origin) bool {
	if response.Origin == origin || scheme(response.URL) == "data" || scheme(response.URL) == "blob" {
		return false
	}
	switch response.Header.Get("Cross-Origin-Resource-Policy") {
	case "same-origin", "same-site":
		return true
	case "cross-origin":
		return false
	}
	return p.embedder
}
