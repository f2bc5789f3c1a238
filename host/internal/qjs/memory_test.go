package qjs

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

func TestBuffers(t *testing.T) {
	r, other := newRealm(t), newRealm(t)
	for _, n := range []int{0, 8, 100, 1000, 1 << 20} {
		v, err := r.Eval(fmt.Sprintf("var b = new ArrayBuffer(%d); if (b.byteLength) new Uint8Array(b)[b.byteLength-1] = 77; "+
			"var u = new Uint8Array(b); b", n), "x")
		if err != nil {
			t.Fatal(err)
		}
		block, err := v.StealBlock(r)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, r, "[b.detached, b.byteLength, u.length].join()", "true,0,0")
		if _, err := v.StealBlock(r); err == nil {
			t.Error("a detached buffer was stolen")
		}
		if block.Len() != n || n > 0 && block.Bytes()[n-1] != 77 {
			t.Errorf("%d bytes arrived as %d", n, block.Len())
		}
		w, err := other.AdoptBlock(block)
		if err != nil {
			t.Fatal(err)
		}
		_ = other.Global().Set(other, "b", w)
		expect(t, other, "[b.byteLength, b.byteLength ? new Uint8Array(b)[b.byteLength-1] : 77, "+
			"b.transfer(b.byteLength+10).byteLength-10].join()", fmt.Sprintf("%d,77,%d", n, n))
	}
	v, _ := r.Eval("var rb = new ArrayBuffer(16, {maxByteLength: 4096}); new Uint8Array(rb).fill(3); rb", "x")
	block, _ := v.StealBlock(r)
	w, err := other.AdoptBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	_ = other.Global().Set(other, "rb", w)
	expect(t, other, "rb.resize(2000); [rb.byteLength, rb.maxByteLength, new Uint8Array(rb)[15], new Uint8Array(rb)[16]].join()",
		"2000,4096,3,0")
	view, _ := r.Eval("new Uint16Array(new ArrayBuffer(16), 4, 3)", "x")
	got, ok := view.View(r)
	if !ok || got.Offset != 4 || got.Length != 6 || got.Tracking {
		t.Error(got)
	}
	u, err := r.NewUint8Array([]byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := u.ViewBytes(r); !ok || string(b) != "hello" {
		t.Error(b)
	}
}

func TestSharedMemory(t *testing.T) {
	a, b := NewRuntime(Options{CanBlock: true}), NewRuntime(Options{CanBlock: true})
	leaveA, leaveB := a.Enter(), b.Enter()
	ra, rb := a.NewRealm(), b.NewRealm()
	v, err := ra.Eval("var s = new SharedArrayBuffer(16); s", "x")
	if err != nil {
		t.Fatal(err)
	}
	shared := v.SharedBlock()
	w, err := rb.AdoptShared(shared)
	if err != nil {
		t.Fatal(err)
	}
	_ = rb.Global().Set(rb, "s", w)
	grown, err := ra.Eval("var g = new SharedArrayBuffer(8, {maxByteLength: 64}), view = new Uint8Array(g); g", "x")
	if err != nil {
		t.Fatal(err)
	}
	if w, err = rb.AdoptShared(grown.SharedBlock()); err != nil {
		t.Fatal(err)
	}
	_ = rb.Global().Set(rb, "g", w)
	expect(t, rb, "[g.byteLength, g.growable, g.maxByteLength, (g.grow(32), g.byteLength)].join()", "8,true,64,32")
	expect(t, ra, "[g.byteLength, view.length].join()", "32,32")
	expect(t, ra, "try { g.grow(16) } catch (e) { e.name }", "RangeError")
	expect(t, ra, "try { new SharedArrayBuffer(8).grow(16) } catch (e) { e.name }", "TypeError")
	var wg sync.WaitGroup
	for _, r := range []*Realm{ra, rb} {
		wg.Go(func() {
			run(t, r, "var i32 = new Int32Array(s); for (let i = 0; i < 20000; i++) Atomics.add(i32, 0, 1)")
		})
	}
	wg.Wait()
	expect(t, ra, "i32[0]", "40000")
	expect(t, ra, "[Atomics.wait(i32, 1, 5), Atomics.wait(i32, 1, 0, 10), Atomics.notify(i32, 1)].join()", "not-equal,timed-out,0")
	wg.Go(func() { expect(t, rb, "Atomics.wait(i32, 1, 0)", "ok") })
	for run(t, ra, "Atomics.notify(i32, 1)") != "1" {
		runtime.Gosched()
	}
	wg.Wait()
	// Terminated while it waits.
	wg.Go(func() {
		_, err := rb.Eval("try { Atomics.wait(i32, 1, 0) } catch (e) {}", "x")
		if !errors.Is(err, errStop) {
			t.Error(err)
		}
	})
	b.Interrupt(errStop)
	wg.Wait()
	leaveA()
	checkedClose(t, a)
	b.ClearInterrupt()
	expect(t, rb, "i32[0]", "40000")
	leaveB()
	checkedClose(t, b)
}

var errStop = errors.New("stop")
