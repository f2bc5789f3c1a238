package qjs

import (
	"sync"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A WeakRef keeps its target until the job ends in which it was made or asked for it. The
// engine's does not, so what lies behind the constructor and deref is replaced; the function
// objects stay as they are.
//
// Source: https://tc39.es/ecma262/#sec-addtokeptobjects

// cFunction is the union of an object that is a native function of the engine.
type cFunction struct {
	_        uintptr // its context
	function uintptr
}

// The engine's own functions, the same in all runtimes.
var engineWeakRef struct {
	once        sync.Once
	constructor uintptr
	deref       uintptr
}

var (
	keepingWeakRef = nativeFunc(func(tls *libc.TLS, ctx uintptr, target lib.TJSValue, argc int32, argv uintptr) lib.TJSValue {
		v := callNative(engineWeakRef.constructor, tls, ctx, target, argc, argv)
		if !isException(v) && argc > 0 {
			realmOfContext(ctx).rt.keepDuringJob(*deref[lib.TJSValue](argv))
		}
		return v
	})
	keepingDeref = nativeFunc(func(tls *libc.TLS, ctx uintptr, this lib.TJSValue, argc int32, argv uintptr) lib.TJSValue {
		v := callNative(engineWeakRef.deref, tls, ctx, this, argc, argv)
		realmOfContext(ctx).rt.keepDuringJob(v)
		return v
	})
)

func callNative(function uintptr, tls *libc.TLS, ctx uintptr, this lib.TJSValue, argc int32, argv uintptr) lib.TJSValue {
	return (*asFunc(&function))(tls, ctx, this, argc, argv)
}

func (r *Realm) prepareWeakRef(global Value) {
	constructor := r.property(global, r.rt.internedAtom("WeakRef"))
	method := r.property(r.dataProperty(constructor, r.rt.internedAtom("prototype")), r.rt.internedAtom("deref"))
	if constructor.Class() != lib.EJS_CLASS_C_FUNCTION || method.Class() != lib.EJS_CLASS_C_FUNCTION {
		return
	}
	c, d := deref[cFunction](constructor.pointer()+objectUnion), deref[cFunction](method.pointer()+objectUnion)
	engineWeakRef.once.Do(func() { engineWeakRef.constructor, engineWeakRef.deref = c.function, d.function })
	c.function, d.function = funcPointer(&keepingWeakRef), funcPointer(&keepingDeref)
}

// keepDuringJob is AddToKeptObjects.
func (rt *Runtime) keepDuringJob(v lib.TJSValue) {
	if counted(v) {
		rt.kept = append(rt.kept, dup(v))
	}
}

// clearKept is ClearKeptObjects.
func (rt *Runtime) clearKept() {
	for _, v := range rt.kept {
		rt.drop(v)
	}
	clear(rt.kept)
	rt.kept = rt.kept[:0]
}
