package html

import (
	"slices"
	"strconv"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// sub makes the interface of HTML elements with more attributes.
func sub(name string, attributes ...[]webidl.Attribute) *webidl.Interface {
	return &webidl.Interface{Name: name, Parent: HTMLElementInterface, Exposed: webidl.Window, Attributes: slices.Concat(attributes...)}
}

// subOperations is sub with operations, subStatic with a static one.
func subOperations(name string, operations []webidl.Operation, attributes ...[]webidl.Attribute) *webidl.Interface {
	return &webidl.Interface{Name: name, Parent: HTMLElementInterface, Exposed: webidl.Window, Operations: operations,
		Attributes: slices.Concat(attributes...)}
}

func subStatic(name string, static webidl.Operation, attributes ...[]webidl.Attribute) *webidl.Interface {
	return &webidl.Interface{Name: name, Parent: HTMLElementInterface, Exposed: webidl.Window, Statics: []webidl.Operation{static},
		Attributes: slices.Concat(attributes...)}
}

// url is an attribute that reflects a URL.
func url(name, attribute string) webidl.Attribute {
	return dom.TextSet(name, func(e *dom.Element) string {
		value, ok := e.Get(attribute)
		if !ok {
			return ""
		}
		if resolved, ok := e.Document().Resolve(value); ok {
			return resolved
		}
		return value
	}, func(e *dom.Element, text string) error { e.Set(attribute, text); return nil }, false)
}

// parseInt is the rules for parsing integers.
//
// https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#rules-for-parsing-integers
func parseInt(s string) (int, bool) {
	s = dom.Strip(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[end] == '-' || s[end] == '+')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil && n >= -1<<31 && n < 1<<31
}

func isDisabled(e *dom.Element) bool {
	if !e.IsHTML() || !formAssociated[e.LocalName()] || e.Is("output") || e.Is("object") {
		return false
	}
	if e.Has("disabled") {
		return true
	}
	for p := e.ParentElement(); p != nil; p = p.ParentElement() {
		if p.Is("fieldset") && p.Has("disabled") {
			legend := p.FirstElement()
			for legend != nil && !legend.Is("legend") {
				legend = legend.NextElement()
			}
			return legend == nil || !legend.Contains(e.AsNode())
		}
	}
	return false
}
