package qjs

import (
	"fmt"
	"time"

	lib "modernc.org/libquickjs"
)

// A Realm has intrinsics and a global object of its own in the heap of its runtime.
type Realm struct {
	rt         *Runtime
	ctx        uintptr
	intrinsics map[string]Value // captured before any script ran; the engine's context holds them
	closed     bool
	models     Value // an array that keeps layouts of objects, see keepLayout
	modelCount uint32
	keys       *[64]cachedKey // see cachedAtom
	// Data is for the owner of the realm: the environment settings object.
	Data any
}

// A contextHolder is the Go object of an object that only the engine's context refers to: it tells
// when the context is gone.
type contextHolder struct{ realm *Realm }

// Finalize makes what Go code still does with the realm harmless.
func (h contextHolder) Finalize() {
	rt := h.realm.rt
	delete(rt.realms, h.realm.ctx)
	h.realm.ctx, h.realm.intrinsics, h.realm.models, h.realm.closed = rt.anyContext, nil, Value{}, true
}

// intrinsicNames are the properties of a fresh global that are kept for Intrinsic.
var intrinsicNames = []string{
	"Object", "Function", "Array", "Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError",
	"URIError", "AggregateError", "Number", "String", "Boolean", "Symbol", "BigInt", "Date", "RegExp", "Map", "Set",
	"WeakMap", "WeakSet", "Promise", "Proxy", "Reflect", "JSON", "ArrayBuffer", "SharedArrayBuffer", "DataView",
	"Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
	"BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array", "eval",
}

// intrinsicMethods are kept, too, under the names that the language's standard gives them.
var intrinsicMethods = []struct{ name, holder, method string }{
	{"%Array.prototype.values%", "Array", "values"}, {"%Array.prototype.keys%", "Array", "keys"},
	{"%Array.prototype.entries%", "Array", "entries"}, {"%Array.prototype.forEach%", "Array", "forEach"},
	{"%Map.prototype.set%", "Map", "set"}, {"%Set.prototype.add%", "Set", "add"},
	{"%Promise.prototype.then%", "Promise", "then"}, {"%Function.prototype.toString%", "Function", "toString"},
	{"%Object.prototype.toString%", "Object", "toString"},
}

// realmMemory is what a realm may need while it is made, with what a host puts into it. The engine
// itself does not survive it when there is less.
const realmMemory = 1 << 20

// RoomForRealm says whether there is memory for one more realm. It collects garbage before it gives
// up, if it did not do so just now.
func (rt *Runtime) RoomForRealm() error {
	if rt.broken {
		return ErrBroken
	}
	full := func() bool { return rt.memoryLimit > 0 && rt.MemoryUsed()+realmMemory > rt.memoryLimit }
	if full() && time.Since(rt.collected) > 100*time.Millisecond {
		rt.GC()
		rt.collected = time.Now()
	}
	if full() {
		return ErrMemory
	}
	return nil
}

// NewRealm makes a realm, for which there must be room. It lives until Close of the realm and of
// all that script still holds of it.
func (rt *Runtime) NewRealm() *Realm {
	ctx := lib.XJS_NewContext(rt.tls, rt.rt)
	if ctx == 0 {
		panic(outOfMemory{ErrMemory})
	}
	r := &Realm{rt: rt, ctx: ctx, intrinsics: make(map[string]Value, 2*len(intrinsicNames))}
	*deref[uintptr](ctx + contextOpaque) = goPointer(r)
	rt.realms[ctx] = r
	defer rt.Enter()()
	global := r.Global()
	var all []Value
	keep := func(name string, v Value) {
		r.intrinsics[name] = v
		all = append(all, v)
	}
	for _, name := range intrinsicNames {
		v := r.property(global, rt.internedAtom(name))
		keep(name, v)
		if prototype := r.dataProperty(v, rt.internedAtom("prototype")); prototype.IsObject() {
			keep("%"+name+".prototype%", prototype)
		}
	}
	for _, m := range intrinsicMethods {
		keep(m.name, r.property(r.intrinsics["%"+m.holder+".prototype%"], rt.internedAtom(m.method)))
	}
	shared := r.intrinsics["%SharedArrayBuffer.prototype%"]
	keep(nativeGrow, r.property(shared, rt.internedAtom("grow")))
	if p, found, err := shared.GetOwn(r, "byteLength"); found && err == nil {
		keep(nativeByteLength, p.Get)
	}
	holder := r.NewPlatformObject(Null(), contextHolder{r})
	r.models, r.modelCount = r.NewArray(r.NewObject()), 1
	all = append(all, r.models)
	lib.XJS_DefinePropertyValueUint32(rt.tls, ctx, holder.raw(), 0, dup(r.NewArray(all...).raw()), Hidden)
	lib.XJS_SetClassProto(rt.tls, ctx, uint32(ClassPlatform), dup(holder.raw()))
	r.prepareErrors(global)
	r.prepareAtomics(global)
	r.prepareShared()
	r.prepareWeakRef(global)
	return r
}

// property reads a property of an object that script has not seen yet.
func (r *Realm) property(v Value, atom lib.TJSAtom) Value {
	return r.rt.own(lib.XJS_GetPropertyInternal(r.rt.tls, r.ctx, v.raw(), atom, v.raw(), 0))
}

// Runtime is the heap that the realm is in.
func (r *Realm) Runtime() *Runtime { return r.rt }

// Global is the realm's global object.
func (r *Realm) Global() Value {
	if r.rt.closed {
		return Value{}
	}
	return r.rt.own(lib.XJS_GetGlobalObject(r.rt.tls, r.ctx))
}

// Intrinsic is a property of the global as it was before any script ran ("Map"), the prototype
// object of one ("%Map.prototype%"), or one of few methods ("%Array.prototype.values%").
// Undefined if not kept.
func (r *Realm) Intrinsic(name string) Value {
	if r.rt.closed {
		return Value{}
	}
	return r.intrinsics[name]
}

// Close gives the realm up: it is freed when script holds none of its objects any more. From then
// on, it is of no use, but does no harm.
func (r *Realm) Close() {
	if r.rt.closed || r.closed {
		return
	}
	r.closed = true
	lib.XJS_FreeContext(r.rt.tls, r.ctx)
}

// result is what an operation of the engine gave: a value or the pending exception.
func (r *Realm) result(raw lib.TJSValue) (Value, error) {
	if isException(raw) {
		return Value{}, r.take()
	}
	return r.rt.own(raw), nil
}

// status is like result, for what gives a negative number, 0 or 1.
func (r *Realm) status(n int32) (bool, error) {
	if n < 0 {
		return false, r.take()
	}
	return n > 0, nil
}

// NewObject makes an ordinary object with the realm's Object.prototype.
func (r *Realm) NewObject() Value {
	if r.rt.closed {
		return Value{}
	}
	return r.made(lib.XJS_NewObject(r.rt.tls, r.ctx))
}

// NewObjectWithPrototype makes an ordinary object; prototype may be null.
func (r *Realm) NewObjectWithPrototype(prototype Value) Value {
	if r.rt.closed {
		return Value{}
	}
	return r.made(lib.XJS_NewObjectProto(r.rt.tls, r.ctx, prototype.raw()))
}

// NewArray makes an array of the values.
func (r *Realm) NewArray(values ...Value) Value {
	if r.rt.closed {
		return Value{}
	}
	a := r.made(lib.XJS_NewArray(r.rt.tls, r.ctx))
	for i, v := range values {
		lib.XJS_DefinePropertyValueUint32(r.rt.tls, r.ctx, a.raw(), uint32(i), dup(v.raw()), lib.MJS_PROP_C_W_E)
	}
	return a
}

// NewDate makes a Date of milliseconds since 1970.
func (r *Realm) NewDate(milliseconds float64) Value {
	if r.rt.closed {
		return Value{}
	}
	return r.made(lib.XJS_NewDate(r.rt.tls, r.ctx, milliseconds))
}

// NewError makes an error of the kind ("TypeError"); an unknown kind is "Error".
func (r *Realm) NewError(kind, message string) Value {
	v, err := r.newError(kind, message)
	if err != nil {
		return r.NewObject()
	}
	return v
}

func (r *Realm) newError(kind, message string) (Value, error) {
	constructor := r.Intrinsic(kind)
	if !constructor.IsConstructor() {
		constructor = r.Intrinsic("Error")
	}
	return constructor.Construct(r, r.String(message))
}

// String makes a String of WTF-8: lone surrogates are three bytes each.
func (r *Realm) String(s string) Value {
	rt := r.rt
	if rt.closed {
		return Value{}
	}
	return r.made(lib.XJS_NewStringLen(rt.tls, r.ctx, rt.inbound(s), lib.Tsize_t(len(s))))
}

// Undefined, Null, Bool, Int and Number are also methods, so that code reads evenly.
func (r *Realm) Undefined() Value { return Value{} }

// Null is null.
func (r *Realm) Null() Value { return Null() }

// Bool is a Boolean.
func (r *Realm) Bool(b bool) Value { return Bool(b) }

// Int is a Number.
func (r *Realm) Int(n int) Value { return Number(float64(n)) }

// Number is a Number.
func (r *Realm) Number(f float64) Value { return Number(f) }

// BigInt makes a BigInt of decimal digits with an optional sign.
func (r *Realm) BigInt(digits string) (Value, error) {
	return r.Intrinsic("BigInt").Call(r, Value{}, r.String(digits))
}

// Symbol makes a fresh symbol.
func (r *Realm) Symbol(description string) Value {
	v, err := r.Intrinsic("Symbol").Call(r, Value{}, r.String(description))
	if err != nil {
		return Value{}
	}
	return v
}

// made is the result of making something, which fails only for lack of memory.
func (r *Realm) made(raw lib.TJSValue) Value {
	if isException(raw) {
		panic(outOfMemory{r.take()})
	}
	return r.rt.own(raw)
}

// outOfMemory unwinds Go code to the next entry or native function, where it is an error again.
type outOfMemory struct{ err error }

func (e outOfMemory) Error() string { return fmt.Sprint("qjs: ", e.err) }
