// Package encodingapi is the Encoding Standard's API: TextEncoder and TextDecoder.
//
// # Standard
//
// https://encoding.spec.whatwg.org/#api as of 2026-08-21.
//
// FIXME: TextEncoderStream and TextDecoderStream.
package encodingapi

import "github.com/entangle-go/entangle/host/internal/webidl"

// Interfaces returns the interfaces of the package.
func Interfaces() []*webidl.Interface {
	return []*webidl.Interface{TextEncoderInterface, TextDecoderInterface}
}
