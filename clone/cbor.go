package clone

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// The major types of CBOR.
//
// https://www.rfc-editor.org/rfc/rfc8949#name-major-types
const (
	majorUint byte = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

// The tags of the byte form, from https://www.iana.org/assignments/cbor-tags/. Those of typed
// arrays are in typedArrayTags.
const (
	tagDate      = 1
	tagBigInt    = 2
	tagNegative  = 3
	tagNamed     = 27
	tagMark      = 28
	tagReference = 29
	tagSet       = 258
	tagMap       = 259
	tagWTF8      = 273
	tagRegExp    = 21066
)

// typedArrayTags are the tags of RFC 8746 for little-endian elements.
var typedArrayTags = [kindCount]uint64{
	Uint8Array: 64, Uint8ClampedArray: 68, Uint16Array: 69, Uint32Array: 70, BigUint64Array: 71,
	Int8Array: 72, Int16Array: 77, Int32Array: 78, BigInt64Array: 79,
	Float16Array: 84, Float32Array: 85, Float64Array: 86,
}

// The initial bytes of simple values and floats.
const (
	byteFalse     = 0xf4
	byteTrue      = 0xf5
	byteNull      = 0xf6
	byteUndefined = 0xf7
	byteFloat16   = 0xf9 // only for NaN
	byteFloat64   = 0xfb
)

// float16NaN is the half float that NaN is written as.
const float16NaN = 0x7e00

// maxSafeInteger is the largest integer that a Number holds among its neighbours, 2^53-1.
const maxSafeInteger = 1<<53 - 1

// appendHead appends an initial byte with the shortest argument.
func appendHead(b []byte, major byte, n uint64) []byte {
	major <<= 5
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n <= math.MaxUint8:
		return append(b, major|24, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// headSize returns the length of what appendHead appends.
func headSize(n uint64) int {
	switch {
	case n < 24:
		return 1
	case n <= math.MaxUint8:
		return 2
	case n <= math.MaxUint16:
		return 3
	case n <= math.MaxUint32:
		return 5
	}
	return 9
}

// appendNumber appends a Number: an integer if it is a safe one and not -0, else a float.
func appendNumber(b []byte, n float64) []byte {
	switch {
	case n != n:
		return append(b, byteFloat16, 0x7e, 0)
	case n != math.Trunc(n) || math.Abs(n) > maxSafeInteger || n == 0 && math.Signbit(n):
		return binary.BigEndian.AppendUint64(append(b, byteFloat64), math.Float64bits(n))
	case n < 0:
		return appendHead(b, majorNegative, uint64(-1-n))
	}
	return appendHead(b, majorUint, uint64(n))
}

// validWTF8 reports whether s is WTF-8: UTF-8, except that surrogates may stand alone,
// though not in pairs.
//
// https://simonsapin.github.io/wtf-8/
func validWTF8(s string) bool {
	afterHigh := false // the last thing was a lone high surrogate
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError || size != 1 {
			i += size
			afterHigh = false
			continue
		}
		if len(s)-i < 3 || s[i] != 0xed || s[i+1]>>5 != 5 || s[i+2]>>6 != 2 { // not U+D800 to U+DFFF
			return false
		}
		low := s[i+1] >= 0xb0
		if low && afterHigh {
			return false
		}
		afterHigh = !low
		i += 3
	}
	return true
}
