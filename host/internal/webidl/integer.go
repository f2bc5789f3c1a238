package webidl

import (
	"math"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

type integer interface {
	~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64
}

// The integer types without an extended attribute: what does not fit wraps around.
//
// https://webidl.spec.whatwg.org/#js-integer-types
var (
	Byte             Convert[int8]   = wrapping[int8]
	Octet            Convert[uint8]  = wrapping[uint8]
	Short            Convert[int16]  = wrapping[int16]
	UnsignedShort    Convert[uint16] = wrapping[uint16]
	Long             Convert[int32]  = wrapping[int32]
	UnsignedLong     Convert[uint32] = wrapping[uint32]
	LongLong         Convert[int64]  = wrapping[int64]
	UnsignedLongLong Convert[uint64] = wrapping[uint64]
)

// bounds are the smallest and largest value of the type, those of 64 bits cut to what a Number
// holds exactly.
func bounds[T integer]() (lower, upper float64) {
	const safe = 1<<53 - 1
	var zero T
	switch any(zero).(type) {
	case int64:
		return -safe, safe
	case uint64:
		return 0, safe
	case int32:
		return math.MinInt32, math.MaxInt32
	case uint32:
		return 0, math.MaxUint32
	case int16:
		return math.MinInt16, math.MaxInt16
	case uint16:
		return 0, math.MaxUint16
	case int8:
		return math.MinInt8, math.MaxInt8
	default:
		return 0, math.MaxUint8
	}
}

// wrapping is ConvertToInt without an extended attribute.
//
// https://webidl.spec.whatwg.org/#abstract-opdef-converttoint, steps 8 to 12
func wrapping[T integer](realm *qjs.Realm, v qjs.Value) (T, error) {
	x, err := v.ToNumber(realm)
	if err != nil {
		return 0, err
	}
	if lower, upper := bounds[T](); x >= lower && x <= upper {
		return T(x), nil
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, nil
	}
	x = math.Mod(math.Trunc(x), 1<<64) // modulo 2^64 first: that of fewer bits is the low part of it
	if x < 0 {
		return T(-uint64(-x)), nil
	}
	return T(uint64(x)), nil
}

// EnforceRange is the conversion with [EnforceRange]: webidl.EnforceRange[uint32]. What does not
// fit is a TypeError.
//
// https://webidl.spec.whatwg.org/#EnforceRange
func EnforceRange[T integer](realm *qjs.Realm, v qjs.Value) (T, error) {
	x, err := v.ToNumber(realm)
	if err != nil {
		return 0, err
	}
	lower, upper := bounds[T]()
	t := math.Trunc(x)
	if math.IsNaN(x) || math.IsInf(x, 0) || t < lower || t > upper {
		return 0, TypeError("the value %v is outside the range from %.0f to %.0f", x, lower, upper)
	}
	return T(t), nil
}

// Clamp is the conversion with [Clamp]: webidl.Clamp[uint16]. What does not fit becomes the nearest
// value that does.
//
// https://webidl.spec.whatwg.org/#Clamp
func Clamp[T integer](realm *qjs.Realm, v qjs.Value) (T, error) {
	x, err := v.ToNumber(realm)
	if err != nil || math.IsNaN(x) {
		return 0, err
	}
	lower, upper := bounds[T]()
	return T(math.RoundToEven(min(max(x, lower), upper))), nil
}
