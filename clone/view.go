package clone

import (
	"encoding/binary"
	"math"
	"math/big"
)

// Kind is the kind of a typed array.
type Kind uint8

// The kinds of typed arrays.
const (
	Int8Array Kind = iota
	Uint8Array
	Uint8ClampedArray
	Int16Array
	Uint16Array
	Int32Array
	Uint32Array
	Float16Array
	Float32Array
	Float64Array
	BigInt64Array
	BigUint64Array
	kindCount
)

var kinds = [kindCount]struct {
	name string
	size int
}{
	Int8Array: {"Int8Array", 1}, Uint8Array: {"Uint8Array", 1}, Uint8ClampedArray: {"Uint8ClampedArray", 1},
	Int16Array: {"Int16Array", 2}, Uint16Array: {"Uint16Array", 2}, Int32Array: {"Int32Array", 4}, Uint32Array: {"Uint32Array", 4},
	Float16Array: {"Float16Array", 2}, Float32Array: {"Float32Array", 4}, Float64Array: {"Float64Array", 8},
	BigInt64Array: {"BigInt64Array", 8}, BigUint64Array: {"BigUint64Array", 8},
}

// KindOf returns the kind with the given constructor name.
func KindOf(name string) (Kind, bool) {
	for k := range kinds {
		if kinds[k].name == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// String returns the name of the constructor, e.g. "Uint8Array".
func (k Kind) String() string {
	if k >= kindCount {
		return "invalid typed array"
	}
	return kinds[k].name
}

// ElementSize returns the size of an element in bytes, 0 of an invalid kind.
func (k Kind) ElementSize() int {
	if k >= kindCount {
		return 0
	}
	return kinds[k].size
}

// TypedArray is a typed array: a view on a buffer. Its elements are little-endian.
type TypedArray struct {
	Kind       Kind
	Buffer     Buffer
	ByteOffset int  // a multiple of the element size
	Length     int  // in elements; ignored if Tracking
	Tracking   bool // the view ends where its resizable buffer ends
}

// NewTypedArray returns a typed array over all of a new buffer of b, which belongs to the buffer
// from now on. The array does not show surplus bytes that do not fill an element.
func NewTypedArray(kind Kind, b []byte) *TypedArray {
	if kind >= kindCount {
		return nil
	}
	return &TypedArray{Kind: kind, Buffer: NewArrayBuffer(b), Length: len(b) / kind.ElementSize()}
}

// Len returns the number of elements, 0 if the view is out of bounds.
func (t *TypedArray) Len() int {
	size := t.Kind.ElementSize()
	_, n, ok := viewBounds(t.Buffer, size, t.ByteOffset, t.Length, t.Tracking)
	if !ok {
		return 0
	}
	return n / size
}

// Bytes returns the bytes of the view itself, nil if it is out of bounds.
func (t *TypedArray) Bytes() []byte {
	return viewBytes(t.Buffer, t.Kind.ElementSize(), t.ByteOffset, t.Length, t.Tracking)
}

// OutOfBounds reports whether the view does not fit into its buffer (any more), or the
// buffer is detached.
func (t *TypedArray) OutOfBounds() bool {
	_, _, ok := viewBounds(t.Buffer, t.Kind.ElementSize(), t.ByteOffset, t.Length, t.Tracking)
	return !ok
}

// DataView is a DataView on a buffer.
type DataView struct {
	Buffer     Buffer
	ByteOffset int
	ByteLength int  // ignored if Tracking
	Tracking   bool // the view ends where its resizable buffer ends
}

// Bytes returns the bytes of the view itself, nil if it is out of bounds.
func (d *DataView) Bytes() []byte {
	return viewBytes(d.Buffer, 1, d.ByteOffset, d.ByteLength, d.Tracking)
}

// OutOfBounds reports whether the view does not fit into its buffer (any more), or the
// buffer is detached.
func (d *DataView) OutOfBounds() bool {
	_, _, ok := viewBounds(d.Buffer, 1, d.ByteOffset, d.ByteLength, d.Tracking)
	return !ok
}

// viewBounds returns the offset and length in bytes of a view of length elements of the given size.
//
// https://tc39.es/ecma262/#sec-istypedarrayoutofbounds
func viewBounds(buffer Buffer, size, offset, length int, tracking bool) (int, int, bool) {
	if noBuffer(buffer) || size == 0 || buffer.Detached() || offset < 0 || offset%size != 0 {
		return 0, 0, false
	}
	rest := buffer.ByteLength() - offset
	switch {
	case rest < 0 || tracking && !buffer.Resizable():
		return 0, 0, false
	case tracking:
		return offset, rest / size * size, true
	case length < 0 || length > rest/size:
		return 0, 0, false
	}
	return offset, length * size, true
}

func viewBytes(buffer Buffer, size, offset, length int, tracking bool) []byte {
	offset, n, ok := viewBounds(buffer, size, offset, length, tracking)
	if !ok {
		return nil
	}
	return buffer.Bytes()[offset : offset+n : offset+n]
}

func noBuffer(buffer Buffer) bool {
	switch b := buffer.(type) {
	case *ArrayBuffer:
		return b == nil
	case *SharedArrayBuffer:
		return b == nil
	}
	return true
}

// element returns the first element of b.
func (k Kind) element(b []byte) any {
	le := binary.LittleEndian
	switch k {
	case Int8Array:
		return float64(int8(b[0]))
	case Int16Array:
		return float64(int16(le.Uint16(b)))
	case Uint16Array:
		return float64(le.Uint16(b))
	case Int32Array:
		return float64(int32(le.Uint32(b)))
	case Uint32Array:
		return float64(le.Uint32(b))
	case Float16Array:
		return halfFloat(le.Uint16(b))
	case Float32Array:
		return float64(math.Float32frombits(le.Uint32(b)))
	case Float64Array:
		return math.Float64frombits(le.Uint64(b))
	case BigInt64Array:
		return big.NewInt(int64(le.Uint64(b)))
	case BigUint64Array:
		return new(big.Int).SetUint64(le.Uint64(b))
	}
	return float64(b[0])
}

// halfFloat returns the value of the bits of a half precision float.
func halfFloat(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
