package qjs

import (
	"fmt"
	"slices"
	"sync"
)

// selfTest compares what this package reads of the engine's structures with what script says,
// once per process: with another version of the engine it fails at once, and not by
// corrupting memory later.
var selfTest = sync.OnceFunc(func() {
	rt := newRuntime(Options{})
	defer rt.Close()
	defer rt.Enter()()
	realm := rt.NewRealm()
	for _, check := range layoutChecks {
		v, err := realm.Eval(check.source, "layout.js")
		if err != nil || !check.holds(realm, v) {
			panic(fmt.Sprintf("qjs: this is not the engine that the package was written for: %s (%v)", check.source, err))
		}
	}
})

var layoutChecks = []struct {
	source string
	holds  func(r *Realm, v Value) bool
}{
	{"({a: 'x', b: 2})", func(r *Realm, v Value) bool {
		one := *refCount(v.pointer()) == 1
		dup(v.raw())
		two := *refCount(v.pointer()) == 2
		r.rt.drop(v.raw())
		return one && two && *refCount(v.pointer()) == 1 && v.Class() == ClassObject && walked(r, v, "a", "b")
	}},
	{"[7, 8]", func(r *Realm, v Value) bool {
		n, packed := v.PackedLength()
		second, _, _ := v.OwnElement(r, 1)
		return n == 2 && packed && second == Int(8)
	}},
	{"'\\xe4'.toUpperCase()", func(_ *Realm, v Value) bool { return v.text() == "Ä" }},
	{"'\\u4e00'.slice(0)", func(_ *Realm, v Value) bool { return v.text() == "一" }},
	{"(function f() {})", func(r *Realm, v Value) bool { return v.IsFunction() && v.IsConstructor() && RealmOf(v) == r }},
	{"Array.prototype.map", func(r *Realm, v Value) bool { return v.IsFunction() && !v.IsConstructor() && RealmOf(v) == r }},
	{"(async () => {}).bind()", func(r *Realm, v Value) bool { return v.IsFunction() && RealmOf(v) == r }},
	{"new Proxy(function() {}, {})", func(r *Realm, v Value) bool { return v.IsFunction() && RealmOf(v) == r }},
	{"globalThis", func(r *Realm, v Value) bool { return v == r.Global() && r.rt.RealmOfGlobal(v) == r }},
	{"new Date(5)", func(r *Realm, v Value) bool { return v.SlotValue(r).Float() == 5 }},
	{"/a/giv", func(_ *Realm, v Value) bool { source, flags := v.RegExp(); return source == "a" && flags == "giv" }},
	{"new Map([[1, 2], [3, 4]])", func(r *Realm, v Value) bool {
		return slices.Equal(v.Entries(r), []Value{Int(1), Int(2), Int(3), Int(4)})
	}},
	{"new Set([5])", func(r *Realm, v Value) bool { return slices.Equal(v.Entries(r), []Value{Int(5)}) }},
	{"new Uint16Array(new Uint8Array([1, 2, 3, 4]).buffer, 2, 1)", func(r *Realm, v Value) bool {
		b, ok := v.ViewBytes(r)
		return ok && string(b) == "\x03\x04"
	}},
	{"new ArrayBuffer(1000)", func(_ *Realm, v Value) bool {
		a := arrayBuffer(v)
		return a.Ffree_func == engineFreesBuffer && *deref[uint16](a.Fdata - engineHeader) == largeBlock &&
			deref[blockHeader](a.Fdata-blockData).size == 1000+engineHeader
	}},
}

// walked says whether the engine's structures tell these names of own properties, with values.
func walked(r *Realm, v Value, names ...string) bool {
	got, ok := r.rt.appendShapeNames(r, object(v.pointer()).Fshape, nil)
	for i, name := range names {
		a, found, _ := v.OwnPropertyAt(r, i, name)
		b, err := v.Get(r, name)
		ok = ok && found && err == nil && a == b
	}
	return ok && slices.Equal(got, names)
}
