package qjs

import (
	"runtime/debug"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A Func is a Go function that script calls. Its result may leave its scope.
type Func func(c *Call) (Value, error)

// A Call is one call of a [Func]. It and Args are valid until the Func returns.
type Call struct {
	Realm     *Realm // the function's own
	This      Value
	Args      []Value
	NewTarget Value // of a constructor call, else undefined
	Function  Value // the function object, where the engine says it (those of NewFunction)

	frame uintptr // the engine's stack when the call began
}

// Arg is the i-th argument, or undefined.
func (c *Call) Arg(i int) Value {
	if i < len(c.Args) {
		return c.Args[i]
	}
	return Value{}
}

// Runtime is the realm's.
func (c *Call) Runtime() *Runtime { return c.Realm.rt }

// invoke calls f for the engine.
func (r *Realm) invoke(f Func, function, this, newTarget lib.TJSValue, argc int32, argv uintptr) (result lib.TJSValue) {
	rt := r.rt
	handles, args := len(rt.handles), len(rt.args)
	if rt.depth == len(rt.calls) {
		rt.calls = append(rt.calls, new(Call))
	}
	c := rt.calls[rt.depth]
	rt.depth++
	for _, v := range unsafe.Slice(deref[lib.TJSValue](argv), argc) {
		rt.args = append(rt.args, fromRaw(v))
	}
	*c = Call{Realm: r, This: fromRaw(this), Args: rt.args[args:len(rt.args):len(rt.args)], NewTarget: fromRaw(newTarget),
		Function: fromRaw(function), frame: engine(rt.rt).Fcurrent_stack_frame}
	defer func() {
		p := recover()
		if p != nil && !rt.Failed(p) {
			result = r.throwPanic(p)
		}
		rt.depth--
		rt.args = rt.args[:args]
		rt.release(handles)
		if rt.broken {
			panic(rt.failure) // through the engine, which is not to run any more, to the outermost entry
		}
	}()
	v, err := f(c)
	if rt.broken {
		return rawUndefined
	}
	// The engine asks its handler by its own operations only: a loop of calls that take
	// long would run on.
	if rt.invocations++; rt.invocations%64 == 0 && interruptHandler(nil, rt.rt, 0) != 0 {
		return r.throwUncatchable(rt.terminated)
	}
	if err != nil {
		return r.throw(err)
	}
	raw := v.raw()
	if last := len(rt.handles) - 1; last >= handles && rt.handles[last] == raw {
		rt.handles = rt.handles[:last] // its reference is the one that the engine gets
		return raw
	}
	return dup(raw)
}

// throwPanic turns a panic of Go code into an error that ends the script.
func (r *Realm) throwPanic(p any) lib.TJSValue {
	if e, ok := p.(outOfMemory); ok {
		return r.throw(e.err)
	}
	if r.rt.Failed(p) {
		panic(r.rt.failure)
	}
	return r.throwUncatchable(&PanicError{p, debug.Stack()})
}

// begin is called before script may run.
func (rt *Runtime) begin() error {
	if rt.broken {
		return ErrBroken
	}
	if rt.closed {
		return ErrClosed
	}
	if rt.entries == 0 && rt.depth == 0 {
		if reason := rt.interrupt.Load(); reason != nil {
			return &Termination{*reason}
		}
		rt.resetTimeLimit()
		debug.SetPanicOnFault(true) // a fault in the engine's memory is a panic, too, and not the end of the program
	}
	if rt.terminated != nil {
		return rt.terminated
	}
	rt.entries++
	return nil
}

// end is deferred after begin. A panic of the engine itself becomes an error, too.
func (rt *Runtime) end(err *error) {
	rt.entries--
	if p := recover(); p != nil {
		if e, ok := p.(outOfMemory); ok {
			*err = e.err
		} else {
			*err = rt.fail(p)
		}
	}
	if rt.entries == 0 && rt.depth == 0 {
		if rt.closing {
			rt.Close()
			return
		}
		if rt.broken {
			return
		}
		rt.terminated = nil
		if len(rt.kept) > 0 {
			rt.clearKept()
		}
	}
}

// arguments lays values out for the engine, on its stack. done frees it.
func (rt *Runtime) arguments(args []Value) (argv uintptr) {
	argv = rt.tls.Alloc(int(valueSize) * (len(args) + 1))
	for i, v := range args {
		*deref[lib.TJSValue](argv + uintptr(i)*valueSize) = v.raw()
	}
	return argv
}

// Call calls v with this and args, in the realm for what the engine itself throws.
func (v Value) Call(realm *Realm, this Value, args ...Value) (result Value, err error) {
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	argv := rt.arguments(args)
	defer rt.tls.Free(int(valueSize) * (len(args) + 1))
	return realm.result(lib.XJS_Call(rt.tls, realm.ctx, v.raw(), this.raw(), int32(len(args)), argv))
}

// Construct is new v(...args).
func (v Value) Construct(realm *Realm, args ...Value) (result Value, err error) {
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	argv := rt.arguments(args)
	defer rt.tls.Free(int(valueSize) * (len(args) + 1))
	return realm.result(lib.XJS_CallConstructor(rt.tls, realm.ctx, v.raw(), int32(len(args)), argv))
}

// Invoke is v[name](...args).
func (v Value) Invoke(realm *Realm, name any, args ...Value) (Value, error) {
	f, err := v.Get(realm, name)
	if err != nil {
		return Value{}, err
	}
	return f.Call(realm, v, args...)
}

// nativeFunc is the form of the engine's native functions.
type nativeFunc = func(tls *libc.TLS, ctx uintptr, this lib.TJSValue, argc int32, argv uintptr) lib.TJSValue

// A Static is a native function that every realm of the process can have: member of an interface.
// It costs no Go memory per realm. Statics are package variables: they are never freed.
type Static struct {
	name   uintptr // C string
	length int32
	native nativeFunc
	kind   int32
}

// NewStatic makes a function that is no constructor. A getter's name is "get x".
func NewStatic(name string, length int, f Func) *Static {
	s := newStatic(name, length, lib.EJS_CFUNC_generic)
	s.native = func(_ *libc.TLS, ctx uintptr, this lib.TJSValue, argc int32, argv uintptr) lib.TJSValue {
		return realmOfContext(ctx).invoke(f, rawUndefined, this, rawUndefined, argc, argv)
	}
	return s
}

// NewStaticConstructor makes a constructor: called without new it throws a TypeError.
func NewStaticConstructor(name string, length int, f Func) *Static {
	s := newStatic(name, length, lib.EJS_CFUNC_constructor)
	s.native = func(_ *libc.TLS, ctx uintptr, target lib.TJSValue, argc int32, argv uintptr) lib.TJSValue {
		return realmOfContext(ctx).invoke(f, rawUndefined, rawUndefined, target, argc, argv)
	}
	return s
}

func newStatic(name string, length int, kind int32) *Static {
	return &Static{name: cstring(nil, name), length: int32(length), kind: kind}
}

// NewStatic makes the realm's function object of a Static.
func (r *Realm) NewStatic(s *Static) Value {
	if r.rt.closed {
		return Value{}
	}
	return r.made(lib.XJS_NewCFunction2(r.rt.tls, r.ctx, funcPointer(&s.native), s.name, s.length, s.kind, 0))
}
