package qjs

import (
	"math"

	lib "modernc.org/libquickjs"
)

// A Value is a value of the engine. It is valid inside the handle scope that it was made in, must
// not be stored in Go memory (see [Ref]) and belongs to one runtime. The zero Value is undefined.
type Value struct {
	bits uint64
	tag  int64 // the engine's tag, exclusive or that of undefined
}

func fromRaw(v lib.TJSValue) Value {
	return Value{v.Fu.Fuint641, int64(int32(v.Ftag)) ^ lib.EJS_TAG_UNDEFINED}
}

func (v Value) raw() lib.TJSValue {
	return lib.TJSValue{Fu: lib.TJSValueUnion{Fuint641: v.bits}, Ftag: v.tag ^ lib.EJS_TAG_UNDEFINED}
}

func (v Value) kind() int32      { return int32(v.tag ^ lib.EJS_TAG_UNDEFINED) }
func (v Value) pointer() uintptr { return uintptr(v.bits) }

// Undefined, Null, Bool, Int, Number make values that need no memory of any realm.
func Undefined() Value { return Value{} }

// Null is null.
func Null() Value { return fromRaw(rawNull) }

// Bool is true or false.
func Bool(b bool) Value {
	if b {
		return fromRaw(tagged(lib.EJS_TAG_BOOL, 1))
	}
	return fromRaw(tagged(lib.EJS_TAG_BOOL, 0))
}

// Int is a Number.
func Int(n int32) Value { return fromRaw(tagged(lib.EJS_TAG_INT, uint64(uint32(n)))) }

// Number is a Number.
func Number(f float64) Value {
	if n := int32(f); float64(n) == f && (n != 0 || !math.Signbit(f)) {
		return Int(n)
	}
	return fromRaw(tagged(lib.EJS_TAG_FLOAT64, math.Float64bits(f)))
}

// IsUndefined and the like ask for a value's type. None of them runs script.
func (v Value) IsUndefined() bool { return v.tag == 0 }

// IsNull says whether v is null.
func (v Value) IsNull() bool { return v.kind() == lib.EJS_TAG_NULL }

// IsNullish says whether v is undefined or null.
func (v Value) IsNullish() bool { return v.IsUndefined() || v.IsNull() }

// IsObject says whether v is an object (functions are objects).
func (v Value) IsObject() bool { return v.kind() == lib.EJS_TAG_OBJECT }

// IsString says whether v is a String.
func (v Value) IsString() bool {
	return v.kind() == lib.EJS_TAG_STRING || v.kind() == lib.EJS_TAG_STRING_ROPE
}

// IsNumber says whether v is a Number.
func (v Value) IsNumber() bool {
	return v.kind() == lib.EJS_TAG_INT || v.kind() == lib.EJS_TAG_FLOAT64
}

// IsBool says whether v is a Boolean.
func (v Value) IsBool() bool { return v.kind() == lib.EJS_TAG_BOOL }

// IsBigInt says whether v is a BigInt.
func (v Value) IsBigInt() bool {
	return v.kind() == lib.EJS_TAG_BIG_INT || v.kind() == lib.EJS_TAG_SHORT_BIG_INT
}

// IsSymbol says whether v is a Symbol.
func (v Value) IsSymbol() bool { return v.kind() == lib.EJS_TAG_SYMBOL }

// IsFunction says whether v can be called.
func (v Value) IsFunction() bool {
	if !v.IsObject() {
		return false
	}
	switch class := classID(v.pointer()); class {
	case lib.EJS_CLASS_BYTECODE_FUNCTION, lib.EJS_CLASS_C_FUNCTION, lib.EJS_CLASS_BOUND_FUNCTION, lib.EJS_CLASS_C_FUNCTION_DATA,
		lib.EJS_CLASS_GENERATOR_FUNCTION, lib.EJS_CLASS_ASYNC_FUNCTION, lib.EJS_CLASS_ASYNC_GENERATOR_FUNCTION,
		lib.EJS_CLASS_PROMISE_RESOLVE_FUNCTION, lib.EJS_CLASS_PROMISE_REJECT_FUNCTION,
		lib.EJS_CLASS_ASYNC_FUNCTION_RESOLVE, lib.EJS_CLASS_ASYNC_FUNCTION_REJECT:
		return true
	case ClassProxy:
		return deref[lib.TJSProxyData](slot(v.pointer())).Fis_func != 0
	default:
		return class == ClassFunction
	}
}

// IsConstructor says whether v can be constructed.
func (v Value) IsConstructor() bool {
	return v.IsObject() && object(v.pointer()).F__ccgo16&isConstructor != 0
}

// IsArray says whether v is an array (a proxy of one is not).
func (v Value) IsArray() bool { return v.Class() == ClassArray }

// IsError says whether v is an object of the class Error.
func (v Value) IsError() bool { return v.Class() == ClassError }

// IsDate says whether v is a Date.
func (v Value) IsDate() bool { return v.Class() == ClassDate }

// IsPromise says whether v is a promise of the language.
func (v Value) IsPromise() bool { return v.Class() == ClassPromise }

// Class is the exact class of an object, immune to what script does to it; ClassNone
// of a primitive.
func (v Value) Class() Class {
	if !v.IsObject() {
		return ClassNone
	}
	return classID(v.pointer())
}

// Identity is equal for two values that are the same object, and different for two live objects.
func (v Value) Identity() uintptr { return v.pointer() }

// Bool is the value of a Boolean, and of anything else whether it is truthy.
func (v Value) Bool() bool {
	switch v.kind() {
	case lib.EJS_TAG_BOOL, lib.EJS_TAG_INT:
		return uint32(v.bits) != 0
	case lib.EJS_TAG_UNDEFINED, lib.EJS_TAG_NULL:
		return false
	case lib.EJS_TAG_FLOAT64:
		f := v.Float()
		return f != 0 && f == f
	case lib.EJS_TAG_OBJECT:
		return object(v.pointer()).F__ccgo17&isHTMLDDA == 0
	case lib.EJS_TAG_STRING:
		return stringLength(v.pointer()) != 0
	case lib.EJS_TAG_SHORT_BIG_INT:
		return v.bits != 0
	}
	return true
}

// Float is the value of a Number, NaN of anything else.
func (v Value) Float() float64 {
	switch v.kind() {
	case lib.EJS_TAG_INT:
		return float64(int32(v.bits))
	case lib.EJS_TAG_FLOAT64:
		return math.Float64frombits(v.bits)
	}
	return math.NaN()
}

// Int is the value of a Number cut to an int, 0 of anything else.
func (v Value) Int() int {
	switch v.kind() {
	case lib.EJS_TAG_INT:
		return int(int32(v.bits))
	case lib.EJS_TAG_FLOAT64:
		if f := v.Float(); f > -1<<63 && f < 1<<63 {
			return int(f)
		}
	}
	return 0
}

// StrictEquals is ===.
func (v Value) StrictEquals(realm *Realm, w Value) bool {
	if v == w && v.kind() != lib.EJS_TAG_FLOAT64 {
		return true
	}
	return lib.XJS_StrictEq(realm.rt.tls, realm.ctx, v.raw(), w.raw()) != 0
}

// SameValue is Object.is.
func (v Value) SameValue(realm *Realm, w Value) bool {
	return v == w || lib.XJS_SameValue(realm.rt.tls, realm.ctx, v.raw(), w.raw()) != 0
}

// SameObject says whether both are the same object.
func (v Value) SameObject(w Value) bool { return v.IsObject() && v == w }
