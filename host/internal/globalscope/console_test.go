package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestConsole(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"primitives", `console.log("text", 1, -0, 10n, true, null, undefined, Symbol("s"))`, "text 1 -0 10n true null undefined Symbol(s)"},
		{"nested objects", `console.log({ a: 1, "b c": "x", d: { e: { f: { g: 1 } } }, [Symbol("s")]: [1, , 3] })`,
			"{\n  a: 1,\n  'b c': 'x',\n  d: { e: { f: [Object] } },\n  [Symbol(s)]: [ 1, <1 empty item>, 3 ]\n}"},
		{"arrays", `console.log([], [1, "a", [2]], new Array(3), Array.from({ length: 102 }, (_, i) => i).length, Object.assign([1], { x: 2 }))`,
			"[] [ 1, 'a', [ 2 ] ] [ <3 empty items> ] 102 [ 1, x: 2 ]"},
		{"collections", `console.log(new Map([["a", { b: 1 }], [1, 2]]), new Set([1, "x"]), new Map())`,
			"Map(2) { 'a' => { b: 1 }, 1 => 2 } Set(2) { 1, 'x' } Map(0) {}"},
		{"buffers", `console.log(new Uint8Array([1, 2]), new ArrayBuffer(4), new Float64Array(0))`,
			"Uint8Array(2) [ 1, 2 ] ArrayBuffer { byteLength: 4 } Float64Array(0) []"},
		{"functions and classes", `class A {}; class B extends A { x = 1 };
			console.log(() => {}, function f() {}, A, new B(), async function g() {})`,
			"[Function (anonymous)] [Function: f] [class A] B { x: 1 } [AsyncFunction: g]"},
		{"what runs code is not run", `console.log({ get a() { throw 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} },
			new Proxy({}, { get() { throw 1 } }))`,
			"{ a: [Getter], b: [Setter], c: [Getter/Setter] } [Proxy]"},
		{"cycles", `const a = { n: 1 }; a.self = a; console.log(a); const m = new Map(); m.set("m", m); console.log(m)`,
			"<ref *1> { n: 1, self: [Circular *1] }\n<ref *1> Map(1) { 'm' => [Circular *1] }"},
		{"others", `console.log(new Date(0), new Date(NaN), /x/g, Promise.resolve(1), Promise.reject(2), new Promise(() => {}), Object(1),
			Object("s"), Object.create(null), new Blob(["x"], { type: "a/b" }), new WeakMap())`,
			"1970-01-01T00:00:00.000Z Invalid Date /x/g Promise { 1 } Promise { <rejected> 2 } Promise { <pending> } [Number: 1] [String: " +
				"'s'] [Object: null prototype] {} Blob { size: 1, type: 'a/b' } WeakMap {}"},
		{"long objects take several lines", `console.log({ first: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			second: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", third: [1] })`,
			"{\n  first: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n  second: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',\n  third: [ 1 ]\n}"},
		{"format", `console.log("%s is %d years, %i, %f, %o %O %c%% %j", "Bob", 42.5, 42.9, "1.5", { a: 1 }, [1], "css", "rest");
			console.log("%s", { a: { b: 1 } }, "%d"); console.log("100%", 1)`,
			"Bob is 42.5 years, 42, 1.5, { a: 1 } [ 1 ] % %j rest\n{ a: [Object] } %d\n100% 1"},
		{"assert, count, group", `
			console.assert(true, "no"); console.assert(false); console.assert(0, "because", { a: 1 });
			console.count(); console.count("x"); console.count(); console.countReset(); console.count();
			console.group("outer"); console.log("in\nside"); console.group(); console.warn("deep"); console.groupEnd(); console.groupEnd();
			console.groupEnd(); console.log("out")`,
			"Assertion failed\nAssertion failed: because { a: 1 }\ndefault: 1\nx: 1\ndefault: 2\ndefault: 1\nouter\n  in\n  side\n    deep\nout"},
		{"timers", `console.timeEnd("none"); console.time("t"); console.time("t"); console.timeLog; console.log(typeof console.timeEnd("gone"))`,
			"Timer 'none' does not exist\nTimer 't' already exists\nTimer 'gone' does not exist\nundefined"},
		{"table", `console.table([{ a: 1, b: "x" }, { a: 2 }, 7]); console.table("plain")`,
			"┌─────────┬───┬─────┬────────┐\n│ (index) │ a │ b   │ Values │\n├─────────┼───┼─────┼────────┤\n│ 0       │ 1 │ 'x' │        │\n" +
				"│ 1       │ 2 │     │        │\n│ 2       │   │     │ 7      │\n└─────────┴───┴─────┴────────┘\nplain"},
		{"platform objects", `console.log(new URLSearchParams("a=1"), Object.assign(new Event("x", { cancelable: true }), { own: 1 }).own,
			Object.assign(new Response("b", { status: 201 }), { mine: [1] }))`,
			"URLSearchParams { size: 1 } 1 Response {\n  type: 'default',\n  url: '',\n  redirected: false,\n  status: 201,\n  ok: true,\n" +
				"  statusText: '',\n  bodyUsed: false,\n  mine: [ 1 ]\n}"},
		{"dir shows the object itself", `console.dir("x"); console.dir({ a: "%s" }, {})`, "'x'\n{ a: '%s' }"},
		{"its place", `console.log(Object.prototype.toString.call(console), Object.keys(globalThis).includes("console"),
			Object.getPrototypeOf(console) !== Object.prototype)`,
			"[object console] false true"},
		{"not a method", `const { log } = console; log("works")`, "works"},
	})
}

func TestConsoleShowsErrors(t *testing.T) {
	r := newRig(t, webidl.Window, "http://page.example/")
	lines := r.run(`
		function thrower() { throw new TypeError("bad", { cause: "why" }) }
		try { thrower() } catch (e) { console.log(e); console.error("text", e) }
		const own = new RangeError("x"); own.code = 5; console.log(own);
		try { atob("*") } catch (e) { console.log(e) }
		console.trace("here")`)
	for i, want := range []string{
		"TypeError: bad\n    at thrower (http://test.example/script.js:2:", "text TypeError: bad\n    at thrower", "RangeError: x\n    at",
		"InvalidCharacterError: the string is not correctly encoded", "Trace: here\n    at",
	} {
		if i >= len(lines) || len(lines[i]) < len(want) || lines[i][:len(want)] != want {
			t.Errorf("line %d of %q; want %q", i, lines, want)
		}
	}
}

func TestConsoleIsBounded(t *testing.T) {
	r := newRig(t, webidl.Window, "http://page.example/")
	lines := r.run(`
		const wide = {}; for (let i = 0; i < 1e4; i++) wide["k" + i] = "x".repeat(100);
		console.log(wide, Array(1e5).fill([wide]), "y".repeat(1e6), new Array(4e9), new Uint8Array(1e6));
		const deep = {}; let d = deep; for (let i = 0; i < 1e5; i++) d = d.x = {};
		console.log(deep)`)
	if len(lines) != 2 || len(lines[0]) > 1<<17 || lines[1] != "{ x: { x: { x: [Object] } } }" {
		t.Errorf("%d lines, the first of %d bytes; the last: %.100q", len(lines), len(lines[0]), lines[len(lines)-1])
	}
}
