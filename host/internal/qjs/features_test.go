package qjs

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestModules(t *testing.T) {
	r := newRealm(t)
	rt := r.Runtime()
	sources := map[string]string{
		"https://h/a.js":      "import {b} from './b.js'; import data from './d.json' with {type:'json'}; await 0; export const a = b + data.n; globalThis.out = a; globalThis.meta = import.meta.url",
		"https://h/b.js":      "export let b = 1; globalThis.order = (globalThis.order||'') + 'b'",
		"https://h/d.json":    `{"n": 41}`,
		"https://h/bad.js":    "export let x = ;",
		"https://h/throws.js": "throw new RangeError('thrown')",
	}
	rt.SetModules(Modules{
		Resolve: func(_ *Realm, specifier, referrer string) (string, error) {
			if strings.HasPrefix(specifier, "bare") {
				return "", TypeError("bare specifier %s", specifier)
			}
			return "https://h/" + strings.TrimPrefix(specifier, "./"), nil
		},
		Load: func(_ *Realm, url, kind string) (string, error) {
			if s, ok := sources[url]; ok {
				return s, nil
			}
			return "", TypeError("missing %s", url)
		},
		Meta: func(realm *Realm, url string, meta Value) { _ = meta.Set(realm, "url", realm.String(url)) },
	})
	promise, err := r.EvalModule(sources["https://h/a.js"], "https://h/a.js")
	if err != nil {
		t.Fatal(err)
	}
	if err := rt.RunJobs(0); err != nil {
		t.Fatal(err)
	}
	if state, _ := promise.PromiseState(r); state != Fulfilled {
		t.Fatal(state)
	}
	expect(t, r, "[out, order, meta].join()", "42,b,https://h/a.js")
	for specifier, want := range map[string]string{
		"./b.js": "ok 1", "./bad.js": "SyntaxError", "./throws.js": "RangeError", "./none.js": "TypeError", "bare": "TypeError",
	} {
		run(t, r, fmt.Sprintf("var res; import(%q).then(m => res = 'ok ' + m.b, e => res = e.name); 0", specifier))
		if err := rt.RunJobs(0); err != nil {
			t.Fatal(err)
		}
		expect(t, r, "res", want)
	}
	requests := rt.ModuleRequests("import 'x'; import y from './y' with {type: 'json'}; export * from 'z'; /a/u.test('a')")
	if fmt.Sprint(requests) != "[{x } {./y json} {z }]" {
		t.Error(requests)
	}
	if _, err := r.EvalModule("import 'bare'", "https://h/m.js"); err == nil || !strings.Contains(err.Error(), "bare specifier") {
		t.Error(err)
	}
	m, err := r.CompileModule("import {b} from './b.js'; globalThis.ran = b", "https://h/inline.js")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, "typeof ran", "undefined")
	if _, err := m.Evaluate(); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "ran", "1")
	p, err := r.ImportModule("./b.js", "https://h/a.js")
	if err != nil {
		t.Fatal(err)
	}
	_ = rt.RunJobs(0)
	if state, ns := p.PromiseState(r); state != Fulfilled || ns.Class() != ClassModuleNamespace {
		t.Error(state)
	}
}

func TestRealmsIncumbentAndSwap(t *testing.T) {
	rt := NewRuntime(Options{})
	defer checkedClose(t, rt)
	defer rt.Enter()()
	a, b, c := rt.NewRealm(), rt.NewRealm(), rt.NewRealm()
	name := func(r *Realm) string { return map[*Realm]string{a: "a", b: "b", c: "c", nil: "none"}[r] }
	post := c.NewStatic(NewStatic("post", 0, func(call *Call) (Value, error) {
		return call.Realm.String(name(call.Realm) + name(rt.Incumbent())), nil
	}))
	_ = c.Global().Set(c, "post", post)
	_ = a.Global().Set(a, "bw", b.Global())
	_ = b.Global().Set(b, "cw", c.Global())
	_ = a.Global().Set(a, "cw", c.Global())
	run(t, b, "function viaB() { return cw.post() }")
	expect(t, a, "[cw.post(), bw.viaB(), [1].map(cw.post)[0], cw.post.call(), cw.post.bind()()].join()", "ca,cb,ca,ca,ca")
	if name(rt.Incumbent()) != "none" || RealmOf(post) != c {
		t.Error("realms")
	}
	f, _ := b.Eval("(function(){}).bind()", "x")
	if RealmOf(f) != b || rt.RealmOfGlobal(b.Global()) != b {
		t.Error("realm of a function or global")
	}
	// Navigation: the identity stays, the world changes.
	_ = a.Global().Set(a, "frame", b.Global())
	expect(t, a, "var saved = frame, old = frame.viaB; frame.doc = 1; frame.doc", "1")
	for i := range 3 {
		fresh := rt.NewRealm()
		rt.SwapGlobals(b, fresh)
		expect(t, a, "[frame === saved, typeof frame.doc, typeof frame.viaB].join()", "true,undefined,undefined")
		run(t, fresh, fmt.Sprintf("var doc = %d; let lexical = 1; function who() { return this === globalThis && this.doc + lexical }", i))
		expect(t, a, fmt.Sprintf("frame.who() === %d", i+1), "true")
		expect(t, a, "frame === frame.globalThis", "true")
		b.Close()
		rt.GC()
		b = fresh
	}
	// To a cross-origin object and back.
	exotic := b.NewExotic(locked{})
	was := rt.SwapGlobal(b, exotic)
	expect(t, a, "[frame === saved, frame.allowed, (() => { try { return frame.doc } catch (e) { return e.message } })(), Object.getPrototypeOf(frame)].join()", "true,yes,locked,")
	expect(t, b, "var more = 2; [doc, lexical, this === globalThis].join()", "2,1,true")
	if _, ok := was.GoObject().(locked); !ok {
		t.Error("the identity has no Go object")
	}
	rt.GC()
	rt.SwapGlobal(b, was)
	expect(t, a, "[frame === saved, frame.doc, frame.more].join()", "true,2,2")
	rt.GC()
}

// locked is a cross-origin object.
type locked struct{}

func (locked) GetPrototypeOf(*Realm) (Value, error)                { return Null(), nil }
func (locked) SetPrototypeOf(*Realm, Value) (bool, error)          { return false, nil }
func (locked) IsExtensible(*Realm) (bool, error)                   { return true, nil }
func (locked) PreventExtensions(*Realm) (bool, error)              { return false, nil }
func (locked) HasProperty(*Realm, Key) (bool, error)               { return false, errLocked }
func (locked) DeleteProperty(*Realm, Key) (bool, error)            { return false, errLocked }
func (locked) OwnPropertyKeys(r *Realm) ([]Value, error)           { return []Value{r.String("allowed")}, nil }
func (locked) SetProperty(*Realm, Key, Value, Value) (bool, error) { return false, nil }
func (locked) DefineOwnProperty(*Realm, Key, PropertyChange) (bool, error) {
	return false, errLocked
}
func (locked) GetOwnProperty(r *Realm, key Key) (Property, bool, error) {
	if name, _ := key.Name(r); name == "allowed" {
		return Property{Value: r.String("yes"), Flags: Configurable | Enumerable}, true, nil
	}
	return Property{}, false, errLocked
}
func (l locked) GetProperty(r *Realm, key Key, _ Value) (Value, error) {
	p, _, err := l.GetOwnProperty(r, key)
	return p.Value, err
}

var errLocked = TypeError("locked")

func TestExotic(t *testing.T) {
	r := newRealm(t)
	_ = r.Global().Set(r, "x", r.NewExotic(locked{}))
	expect(t, r, "[Object.keys(x), x.allowed, Reflect.ownKeys(x), Object.getOwnPropertyDescriptor(x, 'allowed').value].join()", "allowed,yes,allowed,yes")
	for _, source := range []string{"'a' in x", "x.b", "delete x.c", "(function() { 'use strict'; x.d = 1 })()", "Object.defineProperty(x, 'e', {value: 1})", "Object.setPrototypeOf(x, {})", "Object.preventExtensions(x)"} {
		expect(t, r, "try { "+source+"; 'no error' } catch (e) { e.name }", "TypeError")
	}
	expect(t, r, "x.d = 1; Reflect.set(x, 'd', 1)", "false")
	list := &names{values: []string{"p", "q"}}
	_ = r.Global().Set(r, "n", r.NewNamed(r.NewObject(), list))
	expect(t, r, "[n[0], n[1], n[2], 0 in n, 2 in n, Object.keys(n), JSON.stringify(n)].join()", `p,q,,true,false,0,1,{"0":"p","1":"q"}`)
	expect(t, r, "n[1] = 'z'; n.extra = 5; [n[1], n.extra, delete n[0], delete n.extra, n.extra].join()", "z,5,false,true,")
	expect(t, r, "try { (function(){ 'use strict'; n[7] = 1 })() } catch (e) { e.name }", "TypeError")
}

// names is a list with indexed properties.
type names struct{ values []string }

func (n *names) GetNamed(r *Realm, key Key) (Property, bool, error) {
	if i, ok := key.Index(); ok && i < len(n.values) {
		return Property{Value: r.String(n.values[i]), Flags: Ordinary}, true, nil
	}
	return Property{}, false, nil
}
func (n *names) SetNamed(r *Realm, key Key, v Value) (mine, ok bool, err error) {
	i, mine := key.Index()
	if !mine || i >= len(n.values) {
		return mine, false, nil
	}
	n.values[i], err = v.ToString(r)
	return true, true, err
}
func (n *names) DeleteNamed(_ *Realm, key Key) (mine, ok bool, err error) {
	i, mine := key.Index()
	return mine, i >= len(n.values), nil
}
func (n *names) NamedKeys(r *Realm) (keys []Value, err error) {
	for i := range n.values {
		keys = append(keys, r.String(fmt.Sprint(i)))
	}
	return keys, nil
}

func TestBuffers(t *testing.T) {
	r, other := newRealm(t), newRealm(t)
	for _, n := range []int{0, 8, 100, 1000, 1 << 20} {
		v, err := r.Eval(fmt.Sprintf("var b = new ArrayBuffer(%d); if (b.byteLength) new Uint8Array(b)[b.byteLength-1] = 77; var u = new Uint8Array(b); b", n), "x")
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
		expect(t, other, "[b.byteLength, b.byteLength ? new Uint8Array(b)[b.byteLength-1] : 77, b.transfer(b.byteLength+10).byteLength-10].join()", fmt.Sprintf("%d,77,%d", n, n))
	}
	v, _ := r.Eval("var rb = new ArrayBuffer(16, {maxByteLength: 4096}); new Uint8Array(rb).fill(3); rb", "x")
	block, _ := v.StealBlock(r)
	w, err := other.AdoptBlock(block)
	if err != nil {
		t.Fatal(err)
	}
	_ = other.Global().Set(other, "rb", w)
	expect(t, other, "rb.resize(2000); [rb.byteLength, rb.maxByteLength, new Uint8Array(rb)[15], new Uint8Array(rb)[16]].join()", "2000,4096,3,0")
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
		time.Sleep(time.Millisecond)
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

func TestLimits(t *testing.T) {
	rt := NewRuntime(Options{MemoryLimit: 16 << 20})
	defer checkedClose(t, rt)
	defer rt.Enter()()
	r := rt.NewRealm()
	expect(t, r, "try { var z = []; for (;;) z.push({a: [1, 2, 3]}) } catch (e) { z = null; e.name }", "InternalError")
	expect(t, r, "try { (function f() { f() })() } catch (e) { e.name }", "InternalError")
	expect(t, r, "new Array(10).fill(1).join('')", "1111111111")
	expect(t, r, "try { new SharedArrayBuffer(1e9) } catch (e) { 'refused' }", "refused")
	rt.SetTimeLimit(50 * time.Millisecond)
	_, err := r.Eval("for (;;) { try { for (;;); } catch (e) {} finally { continue } }", "x")
	if !errors.Is(err, ErrTimeLimit) {
		t.Error(err)
	}
	rt.SetTimeLimit(0)
	expect(t, r, "1 + 1", "2")
	go rt.Interrupt(errStop)
	_, err = r.Eval("for (;;) { try { for (;;); } catch (e) {} }", "x")
	if !errors.Is(err, errStop) {
		t.Error(err)
	}
	if _, err := r.Eval("1", "x"); !errors.Is(err, errStop) {
		t.Error(err)
	}
	rt.ClearInterrupt()
	expect(t, r, "1 + 1", "2")
	// Through Go functions, too.
	_ = r.Global().Set(r, "again", r.NewFunction("again", 1, func(c *Call) (Value, error) { return c.Arg(0).Call(c.Realm, Value{}) }))
	expect(t, r, "try { (function f() { again(f) })() } catch (e) { e.name }", "InternalError")
	rt.SetTimeLimit(50 * time.Millisecond)
	_, err = r.Eval("again(function() { try { again(function() { for (;;); }) } catch (e) { } })", "x")
	if !errors.Is(err, ErrTimeLimit) {
		t.Error(err)
	}
	rt.SetTimeLimit(0)
	expect(t, r, "'alive'", "alive")
	if err := rt.RunJobs(0); err != nil {
		t.Error(err)
	}
}

func TestRejections(t *testing.T) {
	r := newRealm(t)
	rt := r.Runtime()
	var log []string
	rt.OnRejection(func(realm *Realm, promise, reason Value, handled bool) {
		s, _ := reason.ToString(realm)
		log = append(log, strings.TrimSpace(fmt.Sprintln(s, handled, realm == r)))
	})
	run(t, r, "var p = Promise.reject('why'); p.catch(() => {}); Promise.resolve(1)")
	if got := strings.Join(log, ","); got != "why false true,why true true" {
		t.Error(got)
	}
	promise, resolve, _ := r.NewPromise()
	resolve(Number(5))
	if state, v := promise.PromiseState(r); state != Fulfilled || v.Int() != 5 {
		t.Error(state)
	}
}

func TestWalk(t *testing.T) {
	r := newRealm(t)
	list := func(source string) string {
		v, err := r.Eval("("+source+")", "x")
		if err != nil {
			t.Fatal(source, err)
		}
		names, err := v.AppendEnumerableNames(r, nil)
		if err != nil {
			t.Fatal(source, err)
		}
		var out []string
		for i, name := range names {
			property, found, err := v.OwnPropertyAt(r, i, name)
			if err != nil {
				out = append(out, "threw "+err.Error())
				break
			}
			if !found {
				continue
			}
			s, _ := property.ToString(r)
			out = append(out, name+"="+s)
			if f, err := r.Global().Get(r, "during"); err == nil && f.IsFunction() {
				if _, err := f.Call(r, v); err != nil {
					t.Error(err)
				}
			}
		}
		return strings.Join(out, " ")
	}
	for source, want := range map[string]string{
		"{a: 1, b: 'x'}": "a=1 b=x",
		"{b: 1, 2: 2, a: 3, 1: 4, [Symbol()]: 5, 4000000000: 6}": "1=4 2=2 4000000000=6 b=1 a=3",
		"[1, 2, 3]":                                                      "0=1 1=2 2=3",
		"Object.assign([1, , 3], {x: 9})":                                "0=1 2=3 x=9",
		"{get a() { return 7 }, b: 1}":                                   "a=7 b=1",
		"{a: 1, get b() { throw new TypeError('g') }}":                   "a=1 threw TypeError: g",
		"Object.defineProperty({a: 1, c: 2}, 'b', {value: 1})":           "a=1 c=2",
		"new Proxy({a: 1}, {})":                                          "a=1",
		"(() => { let o = {a: 1, b: 2, c: 3}; delete o.b; return o })()": "a=1 c=3",
		"'abc'.split('')":                                                "0=a 1=b 2=c",
		"{}":                                                             "",
		"{é: 1}":                                                         "é=1",
	} {
		if got := list(source); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	for _, c := range [][3]string{
		{"function during() { delete this.b }", "{a: 1, b: 2, c: 3}", "a=1 c=3"},
		{"function during() { this.c = 9 }", "{a: 1, b: 2, c: 3}", "a=1 b=2 c=9"},
		{"function during() { this.d = 9; this.e = 9 }", "{a: 1, b: 2, c: 3}", "a=1 b=2 c=3"},
		{"function during() { this.length = 1 }", "[1, 2, 3]", "0=1"},
		{"function during() { delete this.a; this.a = 5; this.x = 1; delete this.x }", "{a: 1, b: 2}", "a=1 b=2"},
		{"function during() { Object.defineProperty(this, 'b', {get() { return 'g' }}) }", "{a: 1, b: 2}", "a=1 b=g"},
	} {
		run(t, r, "var during; "+c[0])
		if got := list(c[1]); got != c[2] {
			t.Errorf("%s with %s: %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func TestSlots(t *testing.T) {
	r := newRealm(t)
	eval := func(source string) Value {
		v, err := r.Eval(source, "x")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	m0, s0 := eval("new Map([[1, 'a'], [2, 'b'], [3, 'c']])"), eval("new Set([1, 2, 3])")
	if _, err := eval("m0 => m0.delete(2)").Call(r, Value{}, m0); err != nil {
		t.Fatal(err)
	}
	eval("Date.prototype.getTime = Map.prototype.forEach = Map.prototype.set = RegExp.prototype.exec = null; Object.defineProperty(RegExp.prototype, 'flags', {value: 'x'}); 0")
	if f := eval("new Date(12345)").SlotValue(r).Float(); f != 12345 {
		t.Error(f)
	}
	for _, re := range []string{"/a\\/b/dgimsuy", "/[a&&b]/v", "/x/", "/\u00e9\u4e00/i"} {
		source, flags := eval(re).RegExp()
		if "/"+source+"/"+flags != re {
			t.Error(re, source, flags)
		}
		if v, err := r.NewRegExp(source, flags); err != nil || v.Class() != ClassRegExp {
			t.Error(err)
		}
	}
	if s, _ := eval("Object('boxed')").SlotValue(r).ToString(r); s != "boxed" {
		t.Error(s)
	}
	entries := m0.Entries(r)
	if len(entries) != 4 || entries[2].Int() != 3 {
		t.Error(entries)
	}
	if n := len(s0.Entries(r)); n != 3 {
		t.Error(n)
	}
	if n := eval("[1, 2, , 4]").ArrayLength(); n != 4 {
		t.Error(n)
	}
	if n := eval("var l = []; l.length = 4294967295; l").ArrayLength(); n != 4294967295 {
		t.Error(n)
	}
	m, err := r.NewMap()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.MapSet(m, Int(1), Int(2)); err != nil || len(m.Entries(r)) != 2 {
		t.Error(err)
	}
}
