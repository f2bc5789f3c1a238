package qjs

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What a page may try: each ends in an exception or at the limit of time, and the runtime goes on.
func TestHostileScripts(t *testing.T) {
	deep := func(open, middle, close string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(close, n)
	}
	sources := map[string]string{
		"deep parentheses": deep("(", "1", ")", 20000),
		"deep arrays":      deep("[", "", "]", 20000),
		"deep blocks":      deep("{", "", "}", 20000),
		"deep functions":   deep("(function() {", "", "})", 5000),
		"deep templates":   deep("`${", "1", "}`", 5000),
		"deep regexp":      "new RegExp('" + deep("(", "a", ")", 20000) + "')",
		"catastrophic":     "/(a+)+$/.test('a'.repeat(40) + 'b')",
		"deep JSON":        "JSON.parse('[' .repeat(1e5) + ']'.repeat(1e5))",
		"deep stringify":   "var o = {}; for (let i = 0; i < 1e5; i++) o = {o}; JSON.stringify(o)",
		"deep proxies":     "var p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
		"deep prototypes":  "var p = {}; for (let i = 0; i < 1e5; i++) p = Object.create(p); p.x",
		"deep bind":        "var f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(); f()",
		"deep getters":     "var o = {get x() { return this.x }}; o.x",
		"toString loop":    "var o = {toString() { return '' + this }}; '' + o",
		"sort":             "[3,2,1].sort(function f(a, b) { return [3,2,1].sort(f), a - b })",
		"replace":          "'a'.replace(/a/, function f() { return 'a'.replace(/a/, f) })",
		"generator":        "function* g() { yield* g() } [...g()]",
		"async":            "(async function f() { await f() })()",
		"promise":          "(function f() { new Promise(f) })()",
		"eval":             "(function f() { eval('f()') })()",
		"Function":         "globalThis.f = () => Function('f()')(); f()",
		"class":            "class A { static x = new A; constructor() { new A } }; new A",
		"spread":           "Math.max(...new Array(1e7).fill(1))",
		"big string":       "var s = 'x'; for (;;) s += s",
		"rope":             "var s = 'x'; for (let i = 0; i < 1e6; i++) s = s + 'y' + i; s.length; /z/.test(s)",
		"big array":        "new Array(4294967295).fill(0)",
		"big BigInt":       "var b = 2n; for (;;) b = b * b",
		"big buffers":      "var a = []; for (;;) a.push(new ArrayBuffer(1 << 20))",
		"map loop":         "var m = new Map([[1, 1]]); m.forEach((v, k) => { m.delete(k); m.set(k + 1, 1) })",
		"shape":            "var o = {}; for (let i = 0; i < 1e5; i++) o['k' + i] = i; for (let k in o) delete o[k]",
		"symbols":          "for (;;) Symbol.for(String(Math.random()))",
		"finally":          "for (;;) try { continue } finally { continue }",
		"iterator":         "[...{[Symbol.iterator]() { return {next() { return {done: false} }} }}]",
		"weak":             "var w = new WeakMap, k = {}; for (let i = 0; i < 1e5; i++) { const n = {}; w.set(k, n); k = n }",
		"sab":              "var a = []; for (;;) a.push(new SharedArrayBuffer(1 << 20))",
		"resize":           "var b = new ArrayBuffer(1, {maxByteLength: 2 ** 31 - 1}); for (let i = 1; ; i *= 2) b.resize(i)",
		"repeat":           "'abc'.repeat(2 ** 28)",
		"padStart":         "'abc'.padStart(2 ** 30, 'xy')",
		"go recursion":     "again(function f() { again(f) })",
		"go getter":        "Object.defineProperty({}, 'x', {get: again}).x",
		"detach in sort":   "var u = new Uint8Array(1000); u.sort(() => { u.buffer.transfer(); return 0 })",
		"detach in fill":   "var u = new Uint8Array(1000); u.fill({valueOf() { u.buffer.transfer(); return 1 }})",
		"detach in set":    "var u = new Uint8Array(8); u.set({length: 8, get 0() { u.buffer.transfer(); return 1 }})",
		"shrink in slice": "var b = new ArrayBuffer(1000, {maxByteLength: 2000}), u = new Uint8Array(b); " +
			"u.constructor = {[Symbol.species]: function(n) { b.resize(1); return new Uint8Array(n) }}; u.slice()",
		"uncatchable async": "(async () => { try { await 0; for (;;); } finally { for (;;); } })()",
	}
	if raceEnabled { // the engine is some 45 times slower
		for _, name := range []string{"big BigInt", "spread", "big array", "Function", "deep functions", "rope", "sort"} {
			delete(sources, name)
		}
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			rt := NewRuntime(Options{MemoryLimit: 64 << 20})
			defer checkedClose(t, rt)
			defer rt.Enter()()
			r := rt.NewRealm()
			_ = r.Global().Set(r, "again", r.NewFunction("again", 1, func(c *Call) (Value, error) { return c.Arg(0).Call(c.Realm, Value{}) }))
			rt.SetTimeLimit(100 * time.Millisecond)
			started := time.Now()
			_, err := r.Eval(source, "hostile.js")
			if err == nil {
				err = rt.RunJobs(100000)
			}
			var p *PanicError
			if errors.As(err, &p) {
				t.Errorf("the engine panicked: %v", p)
			}
			if took := time.Since(started); took > 3*time.Second && !raceEnabled {
				t.Errorf("it took %v", took)
			}
			rt.SetTimeLimit(0)
			rt.GC()
			expect(t, r, "1 + 1", "2")
		})
	}
}
