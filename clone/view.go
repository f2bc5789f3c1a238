package clone

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

// NewTypedArray returns a typed array over a whole new buffer of b, which belongs to the buffer from now on.
// Surplus bytes that do not fill an element are not seen through it.
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

// OutOfBounds reports whether the view does not fit into its buffer (any more), or the buffer is detached.
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

// OutOfBounds reports whether the view does not fit into its buffer (any more), or the buffer is detached.
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
