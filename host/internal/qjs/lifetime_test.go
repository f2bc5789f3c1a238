package qjs

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
)

func TestCheckedCloseFindsLostReferences(t *testing.T) {
	rt := NewRuntime(Options{})
	leave := rt.Enter()
	v := rt.NewRealm().NewObject()
	dup(v.raw())
	leave()
	if rt.CloseChecked() == nil {
		t.Error("a lost reference was not found")
	}
}

// target is a Go object with listeners, like an EventTarget.
type target struct {
	listeners []*Ref
	peer      *Ref
	finalized *int
}

func (o *target) Trace(visit func(*Ref)) {
	for _, l := range o.listeners {
		visit(l)
	}
	visit(o.peer)
}
func (o *target) Finalize() { *o.finalized++ }

func TestCyclesThroughGoObjects(t *testing.T) {
	r := newRealm(t)
	rt := r.Runtime()
	finalized := 0
	_ = r.Global().Set(r, "make", r.NewFunction("make", 0, func(c *Call) (Value, error) {
		a, b := &target{finalized: &finalized}, &target{finalized: &finalized}
		va, vb := r.NewPlatformObject(r.NewObject(), a), r.NewPlatformObject(r.NewObject(), b)
		a.peer, b.peer = rt.NewRef(vb), rt.NewRef(va)
		return r.NewArray(va, vb), nil
	}))
	_ = r.Global().Set(r, "listen", r.NewFunction("listen", 2, func(c *Call) (Value, error) {
		o := c.Arg(0).GoObject().(*target)
		o.listeners = append(o.listeners, rt.NewRef(c.Arg(1)))
		return Value{}, nil
	}))
	expect(t, r, "(function() { for (let i = 0; i < 100; i++) { const [a, b] = make(); listen(a, () => [a, b]); listen(b, () => a) } })(); "+
		"var kept = make(); listen(kept[0], () => kept); 0", "0")
	rt.GC()
	if finalized != 200 {
		t.Errorf("%d of 200 were finalized", finalized)
	}
	expect(t, r, "kept = null; 0", "0")
	rt.GC()
	if finalized != 202 {
		t.Errorf("%d of 202 were finalized", finalized)
	}
	if len(rt.refs) != 0 {
		t.Errorf("%d Refs are left", len(rt.refs))
	}
	weak := Weak{}
	func() {
		defer rt.Enter()()
		v := r.NewPlatformObject(r.NewObject(), 1)
		weak = v.Weak()
		if w, ok := weak.Value(); !ok || w != v {
			t.Error("the weak reference is lost")
		}
	}()
	if _, ok := weak.Value(); ok {
		t.Error("the weak reference outlived its object")
	}
}

// rss is the resident memory of this process in KiB.
func rss(t testing.TB) int {
	var size, resident int
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0 // only Linux tells
	}
	if _, err := fmt.Sscan(string(b), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return resident * os.Getpagesize() / 1024
}

// 10,000 runtimes opened and closed leave nothing behind, whatever script left in them.
func TestRuntimesDoNotGrow(t *testing.T) {
	n := 10000
	if raceEnabled {
		n = 100
	}
	once := func() {
		rt := NewRuntime(Options{})
		leave := rt.Enter()
		r := rt.NewRealm()
		finalized := 0
		o := &target{finalized: &finalized}
		v := r.NewPlatformObject(r.NewObject(), o)
		o.listeners = []*Ref{rt.NewRef(v)}
		_ = r.Global().Set(r, "o", v)
		_ = r.Global().Set(r, "f", r.NewFunction("f", 0, func(*Call) (Value, error) { return v, nil }))
		run(t, r, "var kept = [new SharedArrayBuffer(1000), new ArrayBuffer(10000), () => kept]; Promise.resolve().then(() => {}); "+
			"for (let i = 0; i < 50; i++) kept.push({i})")
		leave()
		rt.Close()
		if finalized != 1 {
			t.Fatal("not finalized")
		}
	}
	var before, after runtime.MemStats
	for range n / 10 {
		once()
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	resident := rss(t)
	for range n {
		once()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the Go heap grew by %d bytes", grown)
	}
	if grown := rss(t) - resident; grown > 16<<10 {
		t.Errorf("the process grew by %d KiB", grown)
	} else {
		t.Logf("%d runtimes: the process grew by %d KiB", n, grown)
	}
}

// Realms of closed documents are freed within a runtime that lives on.
func TestRealmsDoNotGrow(t *testing.T) {
	rt := NewRuntime(Options{})
	defer checkedClose(t, rt)
	once := func() {
		defer rt.Enter()()
		r := rt.NewRealm()
		_ = r.Global().Set(r, "f", r.NewFunction("f", 0, func(*Call) (Value, error) { return Value{}, nil }))
		_ = r.Global().Set(r, "o", r.NewPlatformObject(r.NewObject(), 1))
		run(t, r, "var kept = [() => kept, f, o]; class A extends Array {}; globalThis.self = globalThis; Promise.resolve().then(f)")
		r.Close()
	}
	once()
	_ = rt.RunJobs(0)
	rt.GC()
	used := rt.MemoryUsed()
	for range 100 {
		once()
		if err := rt.RunJobs(0); err != nil {
			t.Fatal(err)
		}
	}
	rt.GC()
	if grown := rt.MemoryUsed() - used; grown > 16<<10 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if len(rt.realms) > 0 {
		t.Errorf("%d realms are remembered", len(rt.realms))
	}
}

// A realm that is closed, or whose memory is gone, does no harm.
func TestClosedRealm(t *testing.T) {
	rt := NewRuntime(Options{})
	defer checkedClose(t, rt)
	defer rt.Enter()()
	a, b := rt.NewRealm(), rt.NewRealm()
	f := b.NewFunction("f", 0, func(c *Call) (Value, error) { return Value{}, TypeError("of a closed realm") })
	_ = a.Global().Set(a, "f", f)
	b.Close()
	rt.GC()
	expect(t, a, "try { f() } catch (e) { e.name + (e instanceof TypeError) }", "TypeErrorfalse")
	_ = a.Global().Set(a, "f", Undefined())
	c := rt.NewRealm()
	func() { defer rt.Enter()(); c.Close() }()
	rt.GC()
	if _, ok := rt.realms[c.ctx]; ok || c.ctx != rt.anyContext {
		t.Fatal("the realm is still there")
	}
	c.Close()
	if _, err := c.Eval("1", "x"); err == nil {
		t.Error("script ran in a realm that is gone")
	}
	c.NewObject()
	c.NewError("TypeError", "m")
	c.NewFunction("f", 0, func(*Call) (Value, error) { return Value{}, nil })
	_ = c.Global()
	if _, err := c.NewMap(); err == nil {
		t.Error("a Map was made in a realm that is gone")
	}
	if _, err := c.EvalModule("1", "x"); err == nil {
		t.Error("a module ran in a realm that is gone")
	}
	if _, err := c.ParseJSON("{}"); err != nil {
		t.Error(err)
	}
	if v, err := c.NewArrayBuffer([]byte("x")); err == nil {
		t.Log(v.Class())
	}
	_ = c.NewDate(1)
	_ = c.Symbol("s")
	_, _, _ = c.NewPromise()
	rt.EnqueueJob(c, func() {})
	_ = rt.RunJobs(0)
}

// Script may close its own runtime.
func TestCloseWhileRunning(t *testing.T) {
	rt := NewRuntime(Options{})
	leave := rt.Enter()
	r := rt.NewRealm()
	_ = r.Global().Set(r, "close", r.NewFunction("close", 0, func(*Call) (Value, error) { rt.Close(); return Value{}, nil }))
	ref := rt.NewRef(r.Global())
	_, err := r.Eval("close(); for (;;) try { for (;;); } catch (e) {}", "x")
	if !errors.Is(err, ErrClosed) || !rt.Closed() {
		t.Error(err)
	}
	// What Go code still has does no harm.
	if v := ref.Value(); !v.IsUndefined() || !r.String("x").IsUndefined() || !r.Global().IsUndefined() {
		t.Error("a closed runtime made a value")
	}
	if _, err := r.Eval("1", "x"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := r.NewUint8Array([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	_, resolve, _ := r.NewPromise()
	resolve(Value{})
	rt.EnqueueJob(r, func() { t.Error("a job ran") })
	if _, err := rt.RunJob(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := r.NewObject().Get(r, "x"); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	rt.NewRef(r.NewArray()).Free()
	ref.Free()
	r.NewFunction("f", 0, nil)
	r.NewError("TypeError", "m")
	rt.GC()
	r.Close()
	leave()
	rt.Close()
}
