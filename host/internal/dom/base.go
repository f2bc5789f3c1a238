package dom

import (
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/event"
)

// BaseURL is the document base URL.
//
// https://html.spec.whatwg.org/multipage/urls-and-fetching.html#document-base-url
func (d *Document) BaseURL() string {
	fallback := d.fallbackURL()
	base := d.baseElement()
	if base == nil {
		return fallback
	}
	u, err := resolve(fallback, base.Attr("href"))
	if err != nil || u.Scheme() == "data" || u.Scheme() == "javascript" {
		return fallback
	}
	return u.Href(false)
}

func (d *Document) baseElement() *Element {
	if d.baseOf != d.version+1 {
		d.base, d.baseOf = d.First(func(e *Element) bool { return e.Is("base") && e.Has("href") }), d.version+1
	}
	return d.base
}

// ResolveFallback is [Document.Resolve] without regard to base elements.
func (d *Document) ResolveFallback(reference string) (url string, ok bool) {
	u, err := resolve(d.fallbackURL(), Strip(reference))
	if err != nil {
		return "", false
	}
	return u.Href(false), true
}

func (d *Document) fallbackURL() string {
	if d.Fallback != "" {
		return d.Fallback
	}
	return d.URL
}

// Resolve parses a URL relative to the document; ok is false if it is none.
//
// https://html.spec.whatwg.org/multipage/urls-and-fetching.html#encoding-parsing-a-url
func (d *Document) Resolve(reference string) (url string, ok bool) {
	u, err := resolve(d.BaseURL(), Strip(reference))
	if err != nil {
		return "", false
	}
	return u.Href(false), true
}

// resolve parses a URL, which may be relative.
func resolve(base, reference string) (*whatwg.Url, error) {
	u, err := whatwg.Parse(reference)
	if err != nil {
		return whatwg.ParseRef(base, reference)
	}
	if b, err := whatwg.Parse(base); err == nil && b.Scheme() == u.Scheme() && !strings.Contains(reference, "//") {
		return whatwg.ParseRef(base, reference) // "http:path" is relative to a base of the same scheme
	}
	return u, nil
}

// Readiness is the current document readiness.
//
// https://html.spec.whatwg.org/multipage/dom.html#current-document-readiness
func (d *Document) Readiness() string {
	if d.readiness == "" {
		return "complete" // of a document that no parser is fed for
	}
	return d.readiness
}

// SetReadiness changes the readiness to "loading", "interactive" or "complete", and tells
// the listeners.
func (d *Document) SetReadiness(to string) {
	if d.Readiness() != to {
		d.readiness = to
		event.Fire(d, "readystatechange", event.Init{})
	}
}

// Focused returns the element that has the focus; nil if it is the body, or nothing.
func (d *Document) Focused() *Element { return d.active }

// SetFocused moves the focus without telling anybody.
func (d *Document) SetFocused(e *Element) { d.active = e }

// Version grows with every change of the document's trees.
func (d *Document) Version() uint64 { return d.version }
