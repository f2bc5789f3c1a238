package clone

import "math/big"

// A heap is where values live: Go's, or a JavaScript engine's. The byte form is written by a
// [Writer] from a [Source] and read by [Read] into a [Builder]; both walk with an explicit stack,
// so that a heap needs no tree of its own in between and no deep stack.

// Source is the half of a heap that values of type V are written from.
type Source[V any] interface {
	// Describe tells w what v is, by calling exactly one of the methods of w that write a value.
	// For an object it first calls w.Refer, unless the method does that itself, and does no more if
	// that returns true. The error ends the writing; it is returned as it is, e.g. an exception
	// that a getter threw.
	Describe(w *Writer[V], v V) error
	// Property returns the current value of an own property of an Object, or of an Array that was
	// described by SparseArray. i is the position of key among those that were described. false: the
	// property is gone, by what another property's getter did.
	Property(v V, i int, key string) (V, bool, error)
	// Element does the same for an Array that was described by Array.
	Element(v V, i int) (V, bool, error)
}

// Identity says which object of its heap an object is. Two that may be equal by address while they
// are not the same differ in Kind. Objects must stay where they are until the writing ends.
type Identity struct {
	Address uintptr
	Kind    int
}

// BufferData is an ArrayBuffer as a [Writer] needs it.
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
// may contain themselves. An error ends the reading and is returned as it is.
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
	// Port returns the nth port that came along with the bytes; each n at most once.
	Port(n int) (V, error)
	// Beside makes an object of what travelled beside the bytes: an *ArrayBuffer that was
	// transferred, which is the receiver's; a *SharedArrayBuffer, *Blob, *File or *DOMException,
	// which are shared by all receivers and not changed; or a [PlatformObject]. Only of records that
	// did not leave the process.
	Beside(object any) (V, error)
}

// PlatformObject is what a serializable object travels as that this package does not know, e.g. an
// ImageData. It is never changed, so that all receivers share it. Go programs can receive it and
// send it on; it has no byte form. Its dynamic type is a pointer.
type PlatformObject interface {
	// InterfaceName returns the name of the object's primary interface.
	InterfaceName() string
}
