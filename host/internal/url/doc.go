// Package url is the URL Standard's API: URL and URLSearchParams. The parser is that of github.com/nlnwa/whatwg-url.
//
// # Standard
//
// https://url.spec.whatwg.org/ as of 2026-08-21; createObjectURL and revokeObjectURL are the File API's.
package url
