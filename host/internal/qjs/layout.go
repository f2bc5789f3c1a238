package qjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// The engine lives in C memory, addressed by numbers. deref gives typed access to an address there.
// unsafe.Add from nil is the form that vet and checkptr accept for memory outside the Go heap.
func deref[T any](address uintptr) *T { return (*T)(unsafe.Add(nil, address)) }

// memory is n bytes of C memory as a slice.
func memory(address uintptr, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice(deref[byte](address), n)
}

func object(p uintptr) *lib.TJSObject   { return deref[lib.TJSObject](p) }
func context(p uintptr) *lib.TJSContext { return deref[lib.TJSContext](p) }
func engine(p uintptr) *lib.TJSRuntime  { return deref[lib.TJSRuntime](p) }
func slot(p uintptr) uintptr            { return *deref[uintptr](p + objectUnion) }
func opaque[T any](p uintptr) *T        { return *deref[*T](p + objectUnion) }
func funcPointer[F any](f *F) uintptr   { return *(*uintptr)(unsafe.Pointer(f)) }
func asFunc(f *uintptr) *nativeFunc     { return (*nativeFunc)(unsafe.Pointer(f)) }
func classID(p uintptr) Class           { return Class(object(p).Fclass_id) }
func rawPointer(v lib.TJSValue) uintptr { return uintptr(v.Fu.Fuint641) }
func refCount(p uintptr) *int32         { return deref[int32](p - refCountBefore) }
func isException(v lib.TJSValue) bool   { return int32(v.Ftag) == lib.EJS_TAG_EXCEPTION }
func counted(v lib.TJSValue) bool       { return int32(v.Ftag) < 0 }
func rawObject(p uintptr) (v lib.TJSValue) {
	v.Fu.Fuint641 = uint64(p)
	v.Ftag = lib.EJS_TAG_OBJECT
	return
}
func realmOfContext(ctx uintptr) *Realm   { return *deref[*Realm](ctx + contextOpaque) }
func runtimeOfEngine(rt uintptr) *Runtime { return *deref[*Runtime](rt + runtimeOpaque) }
func goPointer[T any](p *T) uintptr       { return uintptr(unsafe.Pointer(p)) }
func tagged(tag int64, bits uint64) (v lib.TJSValue) {
	v.Fu.Fuint641 = bits
	v.Ftag = tag
	return
}

const (
	objectUnion    = unsafe.Offsetof(lib.TJSObject{}.Fu)
	contextOpaque  = unsafe.Offsetof(lib.TJSContext{}.Fuser_opaque)
	runtimeOpaque  = unsafe.Offsetof(lib.TJSRuntime{}.Fuser_opaque)
	refCountBefore = 4  // a counted thing's reference count stands before it
	stringData     = 12 // a string's characters follow its header
	valueSize      = unsafe.Sizeof(lib.TJSValue{})
)

var (
	rawUndefined = lib.TJSValue{Ftag: lib.EJS_TAG_UNDEFINED}
	rawNull      = lib.TJSValue{Ftag: lib.EJS_TAG_NULL}
	rawThrown    = lib.TJSValue{Ftag: lib.EJS_TAG_EXCEPTION}
)

// dup takes one more reference.
func dup(v lib.TJSValue) lib.TJSValue {
	if counted(v) {
		*refCount(rawPointer(v))++
	}
	return v
}

// drop gives one reference back.
func (rt *Runtime) drop(v lib.TJSValue) {
	if !counted(v) {
		return
	}
	count := refCount(rawPointer(v))
	if *count > 1 {
		*count--
		return
	}
	lib.XFreeValue(rt.tls, rt.anyContext, v)
}

// cstring is a zero-terminated copy in C memory that the caller frees.
func cstring(tls *libc.TLS, s string) uintptr {
	p := libc.Xmalloc(tls, libc.Tsize_t(len(s)+1))
	b := memory(p, len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p
}

// Bits of an object's flags.
const (
	isExtensible  = 0x02 // in its first byte
	isExotic      = 0x08
	isConstructor = 0x20
	isHTMLDDA     = 0x01 // in its second

	bytecodeHasDebug = 0x04 // in the third byte of a function's bytecode
)
