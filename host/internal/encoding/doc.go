// Package encoding is the decoders of the Encoding Standard. The API that scripts see is in
// package encodingapi.
//
// UTF-8 and UTF-16 are decoded here, since the standard says exactly how many U+FFFD an ill-formed
// sequence becomes and what of it is an error; the legacy encodings are those of golang.org/x/text.
//
// # Standard
//
// https://encoding.spec.whatwg.org/ as of 2026-08-21.
//
// # Limits
//
// A decoder keeps at most the bytes of one incomplete character between two calls.
package encoding
