package clone

// shape describes the object that was read last, for views and lists of files.
type shape struct {
	kind       shapeKind
	resizable  bool // of a buffer
	byteLength int  // of a buffer
}

type shapeKind uint8

const (
	shapeOther shapeKind = iota
	shapeBuffer
	shapeFile
)

// part reads an object that belongs to an object without a level of its own: the buffer of a view,
// a file of a list.
func (r *reader[V]) part(want shapeKind) (v V, err error) {
	at := r.at
	if r.inPart {
		return v, r.fail(at, "an object of another type than the form says")
	}
	r.inPart = true
	r.shape = shape{}
	v, opened, err := r.item(-1)
	r.inPart = false
	if err == nil && (opened || r.shape.kind != want) {
		err = r.fail(at, "an object of another type than the form says")
	}
	return v, err
}

// arrayBuffer reads the n bytes of a buffer of fixed length.
func (r *reader[V]) arrayBuffer(at, number int, n uint64) (v V, err error) {
	data, err := r.take(at, n)
	if err != nil {
		return v, err
	}
	v, err = r.builder.ArrayBuffer(data)
	r.keep(number, v, shape{shapeBuffer, false, len(data)})
	return v, err
}

// resizable reads a resizable ArrayBuffer.
func (r *reader[V]) resizable(at, number int) (v V, err error) {
	data, err := r.bytes()
	if err != nil {
		return v, err
	}
	maxByteLength, err := r.safeInteger()
	if err == nil && maxByteLength < len(data) {
		err = r.fail(at, "a buffer longer than its maximum")
	}
	if err != nil {
		return v, err
	}
	v, err = r.builder.ResizableArrayBuffer(data, maxByteLength)
	r.keep(number, v, shape{shapeBuffer, true, len(data)})
	return v, err
}

// wholeTypedArray reads a typed array that is all of its buffer: the content of a tag of RFC 8746.
func (r *reader[V]) wholeTypedArray(at, number int, tag uint64) (v V, err error) {
	var kind Kind
	for kind < kindCount && typedArrayTags[kind] != tag {
		kind++
	}
	if kind == kindCount {
		return v, r.fail(at, "an unknown tag")
	}
	inner := r.at
	major, n, err := r.head()
	own := -1
	if err == nil && major == majorTag && n == tagMark {
		own = r.newMark()
		major, n, err = r.head()
	}
	if err != nil {
		return v, err
	}
	size := uint64(kind.ElementSize())
	if major != majorBytes || n%size != 0 {
		return v, r.fail(inner, "a typed array that is not so many bytes")
	}
	buffer, err := r.arrayBuffer(inner, own, n)
	if err != nil {
		return v, err
	}
	v, err = r.builder.TypedArray(kind, buffer, 0, int(n/size))
	return r.leaf(number, v, err)
}

// view reads a typed array, or DataView, on part of a buffer or on a buffer that others share.
func (r *reader[V]) view(at, number int, name string) (v V, err error) {
	buffer, err := r.part(shapeBuffer)
	if err != nil {
		return v, err
	}
	on := r.shape
	byteOffset, err := r.safeInteger()
	if err != nil {
		return v, err
	}
	length := -1
	if r.at < len(r.body) && r.body[r.at] == byteNull {
		r.at++
	} else if length, err = r.safeInteger(); err != nil {
		return v, err
	}
	kind, isTyped := KindOf(name)
	size := 1
	if isTyped {
		size = kind.ElementSize()
	}
	if !viewFits(on.byteLength, on.resizable, size, byteOffset, length) {
		return v, r.fail(at, "a view out of bounds")
	}
	if isTyped {
		v, err = r.builder.TypedArray(kind, buffer, byteOffset, length)
	} else {
		v, err = r.builder.DataView(buffer, byteOffset, length)
	}
	return r.leaf(number, v, err)
}
