package qjs

import (
	"strings"
	"testing"
)

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
	eval("Date.prototype.getTime = Map.prototype.forEach = Map.prototype.set = RegExp.prototype.exec = null; " +
		"Object.defineProperty(RegExp.prototype, 'flags', {value: 'x'}); 0")
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
