// Package urlapi is the URL Standard's API: URL and URLSearchParams. The parser is that of
// github.com/nlnwa/whatwg-url.
//
// # Standard
//
// https://url.spec.whatwg.org/#api as of 2026-08-21; createObjectURL and revokeObjectURL are
// the File API's,
// https://w3c.github.io/FileAPI/#creating-revoking.
package urlapi

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{URLInterface, URLSearchParamsInterface}
}
