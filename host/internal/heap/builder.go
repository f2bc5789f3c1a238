package heap

import (
	"math"
	"math/big"
	"unsafe"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// builder builds values in a realm.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize
type builder struct {
	realm  *qjs.Realm
	ports  []qjs.Value
	reader clone.Reader[qjs.Value]
}

func (b *builder) Undefined() (qjs.Value, error)        { return qjs.Undefined(), nil }
func (b *builder) Null() (qjs.Value, error)             { return qjs.Null(), nil }
func (b *builder) Boolean(v bool) (qjs.Value, error)    { return qjs.Bool(v), nil }
func (b *builder) Number(n float64) (qjs.Value, error)  { return qjs.Number(n), nil }
func (b *builder) BigInt(n *big.Int) (qjs.Value, error) { return b.realm.BigInt(n.String()) }
func (b *builder) String(s []byte) (qjs.Value, error)   { return b.realm.String(text(s)), nil }

// text returns bytes as a string without a copy. The caller uses the string before
// the bytes change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Boxed makes an object of a primitive, as the function Object does.
func (b *builder) Boxed(primitive qjs.Value) (qjs.Value, error) {
	return b.realm.NewBoxed(primitive)
}

func (b *builder) Date(time float64) (qjs.Value, error) { return b.realm.NewDate(time), nil }

func (b *builder) RegExp(source, flags []byte) (qjs.Value, error) {
	return b.realm.NewRegExp(text(source), text(flags))
}

func (b *builder) ArrayBuffer(data []byte) (qjs.Value, error) {
	v, err := b.realm.NewArrayBuffer(data)
	return v, noMemory(err)
}

func (b *builder) ResizableArrayBuffer(data []byte, maxByteLength int) (qjs.Value, error) {
	options := b.realm.NewObject()
	if err := options.DefineOrdinary(b.realm, []byte("maxByteLength"), qjs.Number(float64(maxByteLength))); err != nil {
		return qjs.Value{}, err
	}
	v, err := b.realm.Intrinsic("ArrayBuffer").Construct(b.realm, qjs.Number(float64(len(data))), options)
	if err != nil {
		return v, noMemory(err)
	}
	into, _ := v.Bytes()
	copy(into, data)
	return v, nil
}

// noMemory returns the DataCloneError for an ArrayBuffer, or anything else, that
// cannot be allocated.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize,
// steps 12 and 13
func noMemory(err error) error {
	if err == nil {
		return nil
	}
	return webidl.DOMException("DataCloneError", "the message cannot be allocated: %v", err)
}

func (b *builder) TypedArray(kind clone.Kind, buffer qjs.Value, byteOffset, length int) (qjs.Value, error) {
	return b.realm.NewView(classes[kind], buffer, byteOffset, length*kind.ElementSize())
}

func (b *builder) DataView(buffer qjs.Value, byteOffset, byteLength int) (qjs.Value, error) {
	return b.realm.NewView(qjs.ClassDataView, buffer, byteOffset, byteLength)
}

func (b *builder) Map(int) (qjs.Value, error) { return b.realm.NewMap() }

func (b *builder) MapSet(m, key, value qjs.Value) error {
	return b.realm.MapSet(m, key, value)
}

func (b *builder) Set(int) (qjs.Value, error) { return b.realm.NewSet() }

func (b *builder) SetAdd(set, value qjs.Value) error {
	return b.realm.SetAdd(set, value)
}

func (b *builder) Object(int) (qjs.Value, error) { return b.realm.NewObject(), nil }

func (b *builder) Property(object qjs.Value, key []byte, value qjs.Value) error {
	return object.DefineOrdinary(b.realm, key, value)
}

func (b *builder) Array(n int) (qjs.Value, error) { return b.realm.NewPackedArray(n), nil }

func (b *builder) SparseArray(length uint32, _ int) (qjs.Value, error) {
	a := b.realm.NewArray()
	return a, a.Set(b.realm, "length", qjs.Number(float64(length)))
}

func (b *builder) Element(array qjs.Value, i int, value qjs.Value) error {
	return array.SetElement(b.realm, i, value)
}

// Error makes an error with the prototype of its name.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize, step 21
func (b *builder) Error(e clone.ErrorData) (qjs.Value, error) {
	v := b.realm.NewErrorObject(e.Name)
	if e.HasMessage {
		if err := v.Define(b.realm, "message", b.realm.String(e.Message), qjs.Hidden); err != nil {
			return v, err
		}
	}
	if e.HasStack {
		return v, v.Define(b.realm, "stack", b.realm.String(e.Stack), qjs.Hidden)
	}
	return v, nil
}

func (b *builder) Cause(e, cause qjs.Value) error {
	return e.Define(b.realm, "cause", cause, qjs.Hidden)
}

func (b *builder) DOMException(name, message []byte) (qjs.Value, error) {
	return webidl.NewDOMException(b.realm, string(name), string(message)), nil
}

func (b *builder) Blob(mediaType, data []byte) (qjs.Value, error) {
	return b.Beside(clone.NewBlob(data, string(mediaType)))
}

func (b *builder) File(name, mediaType []byte, lastModified float64, data []byte) (qjs.Value, error) {
	return b.Beside(clone.NewFileAt(data, string(name), string(mediaType), lastModified))
}

func (b *builder) FileList(files []qjs.Value) (qjs.Value, error) {
	return b.platformObject("FileList", files)
}

func (b *builder) Port(n int) (qjs.Value, error) {
	if n >= len(b.ports) {
		return qjs.Value{}, webidl.DOMException("DataCloneError", "a port was not received")
	}
	return b.ports[n], nil
}

// Beside makes an object of a value that travelled beside the bytes.
func (b *builder) Beside(object any) (qjs.Value, error) {
	switch o := object.(type) {
	case *clone.ArrayBuffer:
		return b.arrayBuffer(o)
	case *clone.SharedArrayBuffer:
		return b.sharedBuffer(o)
	case *clone.DOMException:
		v := webidl.NewDOMException(b.realm, o.Name, o.Message)
		return v, v.Define(b.realm, "stack", b.realm.String(o.Stack), qjs.Hidden)
	case *clone.Blob:
		return b.platformObject("Blob", o)
	case *clone.File:
		return b.platformObject("File", o)
	case clone.PlatformObject:
		return b.platformObject(o.InterfaceName(), o)
	}
	return qjs.Value{}, webidl.DOMException("DataCloneError", "%T cannot be deserialized", object)
}

// arrayBuffer makes an ArrayBuffer of a transferred one: of its block, if it is an engine's.
func (b *builder) arrayBuffer(o *clone.ArrayBuffer) (qjs.Value, error) {
	if block, ok := o.TakeBlock().(*qjs.Block); ok {
		v, err := b.realm.AdoptBlock(block)
		return v, noMemory(err)
	}
	if !o.Resizable() {
		return b.ArrayBuffer(o.Bytes())
	}
	if o.MaxByteLength() > math.MaxInt32 {
		return qjs.Value{}, noMemory(qjs.RangeError("it is too long"))
	}
	return b.ResizableArrayBuffer(o.Bytes(), o.MaxByteLength())
}

// platformObject runs the deserialization steps of an interface, if the interface is
// exposed in the realm.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize, step 22
func (b *builder) platformObject(name string, travelled any) (qjs.Value, error) {
	i := webidl.Serializable(b.realm, name)
	if i == nil {
		return qjs.Value{}, webidl.DOMException("DataCloneError", "the interface %s is not exposed here", name)
	}
	return i.Deserialize(b.realm, travelled)
}
