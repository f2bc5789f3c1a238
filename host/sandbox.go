package host

import "strings"

// sandboxFlags are what a document is not allowed.
//
// https://html.spec.whatwg.org/multipage/browsers.html#sandboxing-flag-set
type sandboxFlags uint16

const (
	sandboxedNavigation sandboxFlags = 1 << iota
	sandboxedAuxiliaryNavigation
	sandboxedTopLevelNavigation
	sandboxedOrigin
	sandboxedForms
	sandboxedScripts
	sandboxedModals
	sandboxPropagates // to auxiliary browsing contexts
	sandboxedDocumentDomain

	sandboxedEverything = sandboxPropagates<<2 - 1
)

// parseSandbox parses a sandboxing directive, the value of a sandbox attribute.
//
// https://html.spec.whatwg.org/multipage/browsers.html#parse-a-sandboxing-directive
func parseSandbox(directive string) sandboxFlags {
	flags := sandboxedEverything
	for _, token := range strings.Fields(strings.ToLower(directive)) {
		switch token {
		case "allow-popups":
			flags &^= sandboxedAuxiliaryNavigation
		case "allow-top-navigation", "allow-top-navigation-by-user-activation":
			flags &^= sandboxedTopLevelNavigation
		case "allow-same-origin":
			flags &^= sandboxedOrigin
		case "allow-forms":
			flags &^= sandboxedForms
		case "allow-scripts":
			flags &^= sandboxedScripts
		case "allow-modals":
			flags &^= sandboxedModals
		case "allow-popups-to-escape-sandbox":
			flags &^= sandboxPropagates
		}
	}
	return flags
}
