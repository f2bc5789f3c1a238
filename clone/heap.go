package clone

import "math/big"

// A heap holds values: Go's heap, or a JavaScript engine's. The byte form is written by a [Writer]
// from a [Source] and read by [Read] into a [Builder]; both walk with an explicit stack, so that a
// heap needs no intermediate tree and no deep stack.

// Source is the half of a heap that describes values of type V to a writer.
type Source[V any] interface {
	// Describe tells w what v is, by calling exactly one of the methods of w that write a value. For
	// an object it first calls w.Refer, unless the method does that itself, and does no more if that
	// returns true. An error ends the writing, and Write returns it as it is, e.g. an exception that
	// a getter threw.
	Describe(w *Writer[V], v V) error
	// Property returns the current value of an own property of an Object, or of an Array that was
	// described by SparseArray. i is the position of key among the described keys. It returns false if
	// the property is gone, because the getter of another property deleted it.
	Property(v V, i int, key string) (V, bool, error)
	// Element does the same for an Array that was described by Array.
	Element(v V, i int) (V, bool, error)
}

// Identity identifies an object of its heap. Two different objects that may have the same address
// differ in Kind. Objects must not move until the writing ends.
type Identity struct {
	Address uintptr
	Kind    int
}

// BufferData describes an ArrayBuffer to a [Writer].
type BufferData struct {
	Identity      Identity
	Data          []byte
	MaxByteLength int
	Resizable     bool
	// Beside is what travels beside the bytes in place of the buffer, see [Writer.Beside]; nil if its
	// bytes are written. Data is its bytes still.
	Beside Buffer
}

// ErrorData is an Error without its cause.
type ErrorData struct {
	Name                 string // one of the seven
	Message, Stack       string
	HasMessage, HasStack bool
}

// Builder is the half of a heap that values of type V are built in. Slices of bytes are parts of
// the input: whoever keeps them past the call keeps the input. Strings are WTF-8.
//
// Every argument was checked as docs/clone-format.md says: views lie in their buffers, keys occur
// once, names are known. Objects that contain others are made first and filled later, so that they
// may contain themselves. An error ends the reading, and Read returns it as it is.
type Builder[V any] interface {
	Undefined() (V, error)
	Null() (V, error)
	Boolean(bool) (V, error)
	Number(float64) (V, error)
	BigInt(*big.Int) (V, error)
	String([]byte) (V, error)
	// Boxed makes an object of a Boolean, Number, String or BigInt.
	Boxed(primitive V) (V, error)
	// Date makes a Date of a time value, which may be NaN.
	Date(time float64) (V, error)
	RegExp(source, flags []byte) (V, error)
	ArrayBuffer(data []byte) (V, error)
	ResizableArrayBuffer(data []byte, maxByteLength int) (V, error)
	// TypedArray and DataView make a view; length is in elements, and -1 if the view tracks its
	// buffer's length.
	TypedArray(kind Kind, buffer V, byteOffset, length int) (V, error)
	DataView(buffer V, byteOffset, byteLength int) (V, error)
	// Map makes a Map that n entries will be added to, one by one and in order.
	Map(n int) (V, error)
	MapSet(m, key, value V) error
	Set(n int) (V, error)
	SetAdd(set, value V) error
	// Object makes an Object that n properties will be defined on, in order.
	Object(n int) (V, error)
	// Property defines a property of an Object, or of an Array made by SparseArray.
	Property(object V, key []byte, value V) error
	// Array makes an Array each of whose n elements will be defined by Element, in order.
	Array(n int) (V, error)
	// SparseArray makes an Array of which n properties will be defined by Element or Property. length
	// may be far beyond what memory can hold.
	SparseArray(length uint32, n int) (V, error)
	Element(array V, i int, value V) error
	Error(e ErrorData) (V, error)
	// Cause defines the property cause of an Error.
	Cause(e, cause V) error
	DOMException(name, message []byte) (V, error)
	Blob(mediaType, data []byte) (V, error)
	File(name, mediaType []byte, lastModified float64, data []byte) (V, error)
	FileList(files []V) (V, error)
	// Port returns the nth port that came along with the bytes. It is called at most once for each n.
	Port(n int) (V, error)
	// Beside makes an object of what travelled beside the bytes: an *ArrayBuffer that was transferred,
	// which is the receiver's; a *SharedArrayBuffer, *Blob, *File or *DOMException, which all
	// receivers share and nobody changes; or a [PlatformObject]. It is called only for records that
	// did not leave the process.
	Beside(object any) (V, error)
}

// PlatformObject stands for a serializable object that this package does not know, e.g. an
// ImageData. It is never changed, so that all receivers can share it. Go programs can receive it
// and send it on; it has no byte form. Its dynamic type is a pointer.
type PlatformObject interface {
	// InterfaceName returns the name of the object's primary interface.
	InterfaceName() string
}
