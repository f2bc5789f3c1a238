package clone

import (
	"bytes"
	"cmp"
	"slices"
)

// Refer reports whether the object was written before. If so it writes a reference to the object.
func (w *Writer[V]) Refer(object Identity) bool {
	if begin, ok := w.begins.find(object); ok {
		w.references = append(w.references, reference{len(w.out), begin})
		w.out = append(w.out, 0) // its place
		return true
	}
	w.begins.add(object, len(w.out))
	return false
}

// Written reports whether the object was written before, so that its identity is enough.
func (w *Writer[V]) Written(object Identity) bool {
	_, ok := w.begins.find(object)
	return ok
}

// ArrayBuffer refers to, or writes, an ArrayBuffer.
func (w *Writer[V]) ArrayBuffer(b BufferData) {
	switch {
	case w.Refer(b.Identity):
	case b.Beside != nil:
		w.Beside(b.Beside)
	case b.Resizable:
		w.named("ArrayBuffer", 3)
		w.bytes(b.Data)
		w.Number(float64(b.MaxByteLength))
	default:
		w.bytes(b.Data)
	}
}

// TypedArray writes a typed array on a buffer, which is referred to or written along. length is in
// elements, and -1 if the array tracks the length of its buffer. It fails with a DataCloneError if
// the array is out of bounds.
func (w *Writer[V]) TypedArray(kind Kind, b BufferData, byteOffset, length int) {
	if kind >= kindCount {
		w.refuse("invalid typed array")
		return
	}
	written := w.Written(b.Identity)
	size := kind.ElementSize()
	if !written && !b.Resizable && b.Beside == nil && byteOffset == 0 && len(b.Data)%size == 0 && length == len(b.Data)/size {
		w.out = appendHead(w.out, majorTag, typedArrayTags[kind])
		w.ArrayBuffer(b)
		return
	}
	w.view(kind.String(), size, b, byteOffset, length)
}

// DataView writes a DataView; see TypedArray.
func (w *Writer[V]) DataView(b BufferData, byteOffset, byteLength int) {
	w.view("DataView", 1, b, byteOffset, byteLength)
}

func (w *Writer[V]) view(name string, size int, b BufferData, byteOffset, length int) {
	if !viewFits(len(b.Data), b.Resizable, size, byteOffset, length) {
		w.refuse("the view is out of bounds")
		return
	}
	w.named(name, 4)
	w.ArrayBuffer(b)
	w.Number(float64(byteOffset))
	if length < 0 {
		w.Null()
	} else {
		w.Number(float64(length))
	}
}

// viewFits reports whether a view of length elements of the given size lies in its buffer. The
// length -1 stands for a view that tracks the buffer's length.
func viewFits(byteLength int, resizable bool, size, byteOffset, length int) bool {
	if byteOffset < 0 || byteOffset > byteLength || byteOffset%size != 0 {
		return false
	}
	if length < 0 {
		return length == -1 && resizable
	}
	return length <= (byteLength-byteOffset)/size
}

// Object writes an Object with the given own enumerable keys, in order, array indices first. It
// asks the source for their values one by one.
func (w *Writer[V]) Object(v V, keys []string) {
	w.push(writerFrame[V]{kind: frameObject, value: v, begin: len(w.out), first: len(w.keys), n: len(keys)})
	w.keys = append(w.keys, keys...)
	w.out = appendHead(w.out, majorMap, uint64(len(keys)))
}

// Array writes an Array with n elements and no further properties. fixed says that no element can
// be gone when the writer asks for it.
func (w *Writer[V]) Array(v V, n int, fixed bool) {
	w.push(writerFrame[V]{kind: frameArray, value: v, begin: len(w.out), n: n, careful: !fixed})
	w.out = appendHead(w.out, majorArray, uint64(n))
}

// SparseArray writes an Array by its own enumerable keys, in order, array indices first
// and below length.
func (w *Writer[V]) SparseArray(v V, length uint32, keys []string) {
	w.named("Array", 3)
	w.Number(float64(length))
	w.push(writerFrame[V]{kind: frameSparse, value: v, begin: len(w.out), first: len(w.keys), n: len(keys)})
	w.keys = append(w.keys, keys...)
	w.out = appendHead(w.out, majorMap, uint64(len(keys)))
}

// Map writes a Map: key, value, key, value.
func (w *Writer[V]) Map(entries []V) {
	w.out = appendHead(w.out, majorTag, tagMap)
	w.out = appendHead(w.out, majorMap, uint64(len(entries)/2))
	w.pushValues(entries)
}

// Set writes a Set.
func (w *Writer[V]) Set(values []V) {
	w.out = appendHead(w.out, majorTag, tagSet)
	w.out = appendHead(w.out, majorArray, uint64(len(values)))
	w.pushValues(values)
}

// FileList writes a FileList. Each value has to be described as a File.
func (w *Writer[V]) FileList(files []V) {
	w.named("FileList", 2)
	w.out = appendHead(w.out, majorArray, uint64(len(files)))
	w.pushValues(files)
}

// Error writes an Error, with a cause if it is not nil.
func (w *Writer[V]) Error(e ErrorData, cause *V) {
	w.named("Error", 3)
	w.text(errorName(e.Name))
	members := 0
	for _, present := range []bool{e.HasMessage, e.HasStack, cause != nil} {
		if present {
			members++
		}
	}
	w.out = appendHead(w.out, majorMap, uint64(members))
	if e.HasMessage {
		w.text("message")
		w.String(e.Message)
	}
	if e.HasStack {
		w.text("stack")
		w.String(e.Stack)
	}
	if cause != nil {
		w.text("cause")
		w.pushValues([]V{*cause})
	}
}

func (w *Writer[V]) pushValues(values []V) {
	w.push(writerFrame[V]{kind: frameValues, first: len(w.values), n: len(values)})
	w.values = append(w.values, values...)
}

// reference is a place in the output for a reference to the object that begins at begin.
type reference struct{ at, begin int }

// edit replaces cut bytes at a place in the output.
type edit struct {
	at     int
	order  editOrder // of edits at one place
	cut    int
	insert []byte
}

type editOrder int

const (
	editKey editOrder = iota
	editMark
	editHead
	editReference
)

// maxKept is the maximal output of a writer that is used again, in bytes.
const maxKept = 1 << 16

// reset makes the writer ready for another value, and keeps its memory. It returns false if that
// memory is too large to keep.
func (w *Writer[V]) reset() bool {
	if cap(w.out) > maxKept || cap(w.stack) > maxKept/64 || cap(w.keys)+cap(w.values) > maxKept/16 || w.begins.count > maxKept/64 {
		return false
	}
	w.begins.reset()
	clear(w.stack[:cap(w.stack)])
	clear(w.keys[:cap(w.keys)])
	clear(w.values[:cap(w.values)])
	clear(w.edits)
	clear(w.beside)
	*w = Writer[V]{out: w.out[:0], stack: w.stack[:0], keys: w.keys[:0], values: w.values[:0], begins: w.begins,
		references: w.references[:0], edits: w.edits[:0], beside: w.beside[:0]}
	return true
}

// spliced returns the output with marks and references at their places.
//
// OPTIMIZATION: what is referred to twice is known only at the end, and getters may run only
// once. So objects are written without marks, and a value without shared objects, the common
// case, costs nothing here.
func (w *Writer[V]) spliced() []byte {
	if len(w.references) == 0 && len(w.edits) == 0 {
		if cap(w.out) > maxKept { // the writer will not be used again
			return w.out
		}
		return bytes.Clone(w.out)
	}
	marks := make([]int, len(w.references))
	for i, r := range w.references {
		marks[i] = r.begin
	}
	slices.Sort(marks)
	marks = slices.Compact(marks)
	edits := w.edits
	for _, begin := range marks {
		edits = append(edits, edit{begin, editMark, 0, appendHead(nil, majorTag, tagMark)})
	}
	for _, r := range w.references {
		n, _ := slices.BinarySearch(marks, r.begin)
		edits = append(edits, edit{r.at, editReference, 1, appendHead(appendHead(nil, majorTag, tagReference), majorUint, uint64(n))})
	}
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Or(a.at-b.at, int(a.order-b.order)) })
	grown := len(w.out)
	for _, e := range edits {
		grown += len(e.insert) - e.cut
	}
	out := make([]byte, 0, grown)
	from := 0
	for _, e := range edits {
		out = append(append(out, w.out[from:e.at]...), e.insert...)
		from = e.at + e.cut
	}
	return append(out, w.out[from:]...)
}
