// Package url is the URL Standard's form encoding and percent-encoding; the URL parser is
// github.com/nlnwa/whatwg-url. The API that scripts see is in package urlapi.
//
// # Standard
//
// https://url.spec.whatwg.org/ as of 2026-08-21.
package url
