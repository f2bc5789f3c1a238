package main

import (
	"encoding/binary"
	"iter"
	"math"
	"math/big"

	"github.com/entangle-go/entangle/clone"
)

// elements yields the elements of a typed array as canonical values.
func elements(t *clone.TypedArray) iter.Seq[any] {
	return func(yield func(any) bool) {
		b, size := t.Bytes(), t.Kind.ElementSize()
		for ; len(b) >= size; b = b[size:] {
			if !yield(element(t.Kind, b)) {
				return
			}
		}
	}
}

// element reads the first element of b.
func element(kind clone.Kind, b []byte) any {
	order := binary.LittleEndian
	switch kind {
	case clone.Int8Array:
		return float64(int8(b[0]))
	case clone.Int16Array:
		return float64(int16(order.Uint16(b)))
	case clone.Uint16Array:
		return float64(order.Uint16(b))
	case clone.Int32Array:
		return float64(int32(order.Uint32(b)))
	case clone.Uint32Array:
		return float64(order.Uint32(b))
	case clone.Float16Array:
		return float16(order.Uint16(b))
	case clone.Float32Array:
		return float64(math.Float32frombits(order.Uint32(b)))
	case clone.Float64Array:
		return math.Float64frombits(order.Uint64(b))
	case clone.BigInt64Array:
		return big.NewInt(int64(order.Uint64(b)))
	case clone.BigUint64Array:
		return new(big.Int).SetUint64(order.Uint64(b))
	}
	return float64(b[0]) // Uint8Array and Uint8ClampedArray
}

// float16 reads an IEEE 754 half: one bit sign, five bits exponent, ten bits fraction.
func float16(bits uint16) float64 {
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 0x1f:
		f = math.Inf(1)
		if fraction != 0 {
			return math.NaN()
		}
	default:
		f = math.Ldexp(fraction+1024, exponent-25)
	}
	if bits>>15 == 1 {
		return math.Copysign(f, -1)
	}
	return f
}
