package qjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A Tracer is a Go object behind a wrapper that owns Refs. The engine's collector of cycles follows
// them, and they are freed with the wrapper. A Ref has one owner: who visits it first.
type Tracer interface{ Trace(visit func(*Ref)) }

// A Finalizer is told that the wrapper of a Go object is gone. It must not use the engine.
type Finalizer interface{ Finalize() }

// An entry joins an object of the engine with one of Go. The object's opaque points to it.
type entry struct {
	rt     *Runtime
	p      uintptr // the engine's object; 0 when gone
	object any
	f      Func    // of a function
	realm  *Realm  // that the object was made in
	ctx    uintptr // of the realm, which the object keeps
	index  int     // in rt.live
}

// A Ref is a strong reference to a value, held by Go memory.
type Ref struct {
	rt    *Runtime
	v     lib.TJSValue
	owner *entry // whose Trace visits it; nil: a root
	index int    // in rt.refs
	trace uint64 // the visit that saw it last
}

// NewRef makes a Ref. It is a root for the collector until a Tracer visits it.
func (rt *Runtime) NewRef(v Value) *Ref {
	if rt.closed {
		return &Ref{}
	}
	return rt.adoptRef(dup(v.raw()))
}

// adoptRef makes a Ref of a reference that is counted already.
func (rt *Runtime) adoptRef(v lib.TJSValue) *Ref {
	r := &Ref{rt: rt, v: v, index: len(rt.refs)}
	rt.refs = append(rt.refs, r)
	return r
}

// Value is what the Ref holds; undefined after Free, and for a nil Ref.
func (r *Ref) Value() Value {
	if r == nil || r.rt == nil || r.rt.closed {
		return Value{}
	}
	return r.rt.own(dup(r.v))
}

// Free gives the value up. A second Free does nothing.
func (r *Ref) Free() {
	if r == nil || r.rt == nil {
		return
	}
	rt, v := r.rt, r.v
	r.rt, r.v, r.owner = nil, rawUndefined, nil
	if rt.closed {
		return
	}
	last := len(rt.refs) - 1
	rt.refs[r.index] = rt.refs[last]
	rt.refs[r.index].index = r.index
	rt.refs[last] = nil
	rt.refs = rt.refs[:last]
	rt.drop(v)
}

// A Weak refers to a Go object's wrapper without keeping it. The zero Weak refers to nothing.
type Weak struct{ e *entry }

// Weak refers to an object of a Go class.
func (v Value) Weak() Weak {
	if !v.IsObject() || !v.Class().IsGo() {
		return Weak{}
	}
	return Weak{opaque[entry](v.pointer())}
}

// Value is the wrapper, if it is still there.
func (w Weak) Value() (Value, bool) {
	if w.e == nil || w.e.p == 0 {
		return Value{}, false
	}
	return w.e.rt.own(dup(rawObject(w.e.p))), true
}

// GoObject is the Go object behind v, nil if there is none.
func (v Value) GoObject() any {
	if !v.IsObject() || !v.Class().IsGo() {
		return nil
	}
	return opaque[entry](v.pointer()).object
}

type (
	finalizerFunc = func(tls *libc.TLS, rt uintptr, v lib.TJSValue)
	markFunc      = func(tls *libc.TLS, rt uintptr, v lib.TJSValue, mark uintptr)
	callFunc      = func(tls *libc.TLS, ctx uintptr, f, this lib.TJSValue, argc int32, argv uintptr, flags int32) lib.TJSValue
)

var (
	goFinalizer = finalizerFunc(finalizeObject)
	goMark      = markFunc(markObject)
	goCall      = callFunc(callObject)
)

// registerClasses makes the classes of Go's objects known to the engine.
func (rt *Runtime) registerClasses() {
	rt.registerClass(ClassPlatform, "Object", 0, 0)
	rt.registerClass(ClassFunction, "Function", funcPointer(&goCall), 0)
	rt.registerExotic()
}

func (rt *Runtime) registerClass(id Class, name string, call, exotic uintptr) {
	p := libc.Xcalloc(rt.tls, 1, libc.Tsize_t(unsafe.Sizeof(lib.TJSClassDef{})))
	defer libc.Xfree(rt.tls, p)
	text := cstring(rt.tls, name)
	defer libc.Xfree(rt.tls, text)
	*deref[lib.TJSClassDef](p) = lib.TJSClassDef{
		Fclass_name: text, Ffinalizer: funcPointer(&goFinalizer), Fgc_mark: funcPointer(&goMark), Fcall: call, Fexotic: exotic,
	}
	if lib.XJS_NewClass(rt.tls, rt.rt, uint32(id), p) < 0 {
		panic("qjs: no memory for a class")
	}
}

// newEntry makes an object of a Go class.
func (r *Realm) newEntry(class Class, prototype Value, e *entry) Value {
	if r.rt.closed {
		return Value{}
	}
	v := r.made(lib.XJS_NewObjectProtoClass(r.rt.tls, r.ctx, prototype.raw(), uint32(class)))
	e.rt, e.realm, e.p, e.index = r.rt, r, v.pointer(), len(r.rt.live)
	*deref[uintptr](e.p + objectUnion) = goPointer(e)
	r.rt.live = append(r.rt.live, e)
	if _, holder := e.object.(contextHolder); !holder {
		e.ctx = lib.XJS_DupContext(r.rt.tls, r.ctx)
	}
	return v
}

// NewPlatformObject makes the object that stands for a Go object; see [Tracer] and [Finalizer].
func (r *Realm) NewPlatformObject(prototype Value, object any) Value {
	return r.newEntry(ClassPlatform, prototype, &entry{object: object})
}

// NewFunction makes a function of a Go function, which may be a closure: it is let go with the
// function object. It is no constructor.
func (r *Realm) NewFunction(name string, length int, f Func) Value {
	v := r.newEntry(ClassFunction, r.Intrinsic("%Function.prototype%"), &entry{f: f})
	r.describeFunction(v, name, length)
	return v
}

// NewFunctionWith is NewFunction with a Go object that v.GoObject gives and that may be a [Tracer].
func (r *Realm) NewFunctionWith(name string, length int, f Func, object any) Value {
	v := r.newEntry(ClassFunction, r.Intrinsic("%Function.prototype%"), &entry{f: f, object: object})
	r.describeFunction(v, name, length)
	return v
}

func (r *Realm) describeFunction(v Value, name string, length int) {
	rt := r.rt
	if rt.closed {
		return
	}
	lib.XJS_DefinePropertyValue(rt.tls, r.ctx, v.raw(), lib.EJS_ATOM_length, Int(int32(length)).raw(), Configurable)
	lib.XJS_DefinePropertyValue(rt.tls, r.ctx, v.raw(), lib.EJS_ATOM_name, dup(r.String(name).raw()), Configurable)
}

// NewConstructor is NewFunction for a constructor: it can be called with new only.
func (r *Realm) NewConstructor(name string, length int, f Func) Value {
	guarded := func(c *Call) (Value, error) {
		if c.NewTarget.IsUndefined() {
			return Value{}, TypeError("Class constructor %s cannot be invoked without 'new'", name)
		}
		return f(c)
	}
	v := r.NewFunction(name, length, guarded)
	if r.rt.closed {
		return v
	}
	lib.XJS_SetConstructorBit(r.rt.tls, r.ctx, v.raw(), 1)
	return v
}

func callObject(_ *libc.TLS, _ uintptr, f, this lib.TJSValue, argc int32, argv uintptr, flags int32) lib.TJSValue {
	e := opaque[entry](rawPointer(f))
	if flags&callConstructor != 0 {
		return e.realm.invoke(e.f, f, rawUndefined, this, argc, argv)
	}
	return e.realm.invoke(e.f, f, this, rawUndefined, argc, argv)
}

const callConstructor = 1 // the engine's JS_CALL_FLAG_CONSTRUCTOR

func finalizeObject(tls *libc.TLS, _ uintptr, v lib.TJSValue) {
	e := opaque[entry](rawPointer(v))
	if e == nil {
		return
	}
	rt := e.rt
	last := len(rt.live) - 1
	rt.live[e.index] = rt.live[last]
	rt.live[e.index].index = e.index
	rt.live[last] = nil
	rt.live = rt.live[:last]
	e.p = 0
	outer := rt.finalizing // what is freed may have been the last reference to this one
	rt.finalizing = e
	defer func() {
		_ = recover() // a Go object's bug must not unwind the engine
		rt.finalizing = outer
		if e.ctx != 0 {
			lib.XJS_FreeContext(tls, e.ctx)
		}
	}()
	if t, ok := e.object.(Tracer); ok {
		t.Trace(rt.freeOwned)
	}
	if f, ok := e.object.(Finalizer); ok {
		f.Finalize()
	}
}

// freeOwned frees a Ref of the Go object whose wrapper is gone.
func (e *entry) freeOwned(ref *Ref) {
	if ref != nil && (ref.owner == e || ref.owner == nil) {
		ref.Free()
	}
}

func markObject(tls *libc.TLS, rt uintptr, v lib.TJSValue, mark uintptr) {
	e := opaque[entry](rawPointer(v))
	if e == nil {
		return
	}
	if e.ctx != 0 {
		(*(*markHeaderFunc)(unsafe.Pointer(&mark)))(tls, rt, e.ctx)
	}
	t, ok := e.object.(Tracer)
	if !ok {
		return
	}
	defer func() { _ = recover() }()
	e.rt.traces++
	t.Trace(func(ref *Ref) {
		if ref == nil || ref.rt != e.rt || ref.trace == e.rt.traces {
			return
		}
		ref.trace = e.rt.traces
		if ref.owner == nil {
			ref.owner = e
		}
		if ref.owner == e {
			lib.XJS_MarkValue(tls, rt, ref.v, mark)
		}
	})
}

// markHeaderFunc is what the collector gives to be called for each thing that an object refers to.
type markHeaderFunc = func(tls *libc.TLS, rt, header uintptr)
