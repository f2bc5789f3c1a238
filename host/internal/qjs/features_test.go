package qjs

import (
	"fmt"
	"strings"
	"testing"
)

func TestModules(t *testing.T) {
	r := newRealm(t)
	rt := r.Runtime()
	sources := map[string]string{
		"https://h/a.js": "import {b} from './b.js'; import data from './d.json' with {type:'json'}; await 0; export const a = b + data.n; " +
			"globalThis.out = a; globalThis.meta = import.meta.url",
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
	expect(t, a, "[frame === saved, frame.allowed, (() => { try { return frame.doc } catch (e) { return e.message } })(), "+
		"Object.getPrototypeOf(frame)].join()", "true,yes,locked,")
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
	expect(t, r, "[Object.keys(x), x.allowed, Reflect.ownKeys(x), Object.getOwnPropertyDescriptor(x, 'allowed').value].join()",
		"allowed,yes,allowed,yes")
	for _, source := range []string{"'a' in x", "x.b", "delete x.c", "(function() { 'use strict'; x.d = 1 })()",
		"Object.defineProperty(x, 'e', {value: 1})", "Object.setPrototypeOf(x, {})", "Object.preventExtensions(x)"} {
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
