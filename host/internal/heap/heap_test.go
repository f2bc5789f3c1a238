package heap

import (
	"errors"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// cluster is the agent cluster of most agents here.
var cluster = new(int)

// newRealm returns a realm of an agent of its own.
func newRealm(t testing.TB, isolated bool, agentCluster any, interfaces ...*webidl.Interface) *qjs.Realm {
	rt := qjs.NewRuntime(qjs.Options{})
	t.Cleanup(rt.Close)
	leave := rt.Enter()
	t.Cleanup(leave)
	return realmOf(rt, isolated, agentCluster, interfaces...)
}

func realmOf(rt *qjs.Runtime, isolated bool, agentCluster any, interfaces ...*webidl.Interface) *qjs.Realm {
	ua := entangle.NewUserAgent()
	s := &settings.Object{Realm: rt.NewRealm(), AgentCluster: agentCluster,
		Messaging: ua.NewGlobal(entangle.GlobalOptions{Agent: ua.NewAgent()})}
	s.Kind, s.IsCrossOriginIsolated = webidl.Window, isolated
	settings.New(s)
	webidl.Install(s.Realm, append(interfaces, webidl.DOMExceptionInterface)...)
	return s.Realm
}

func eval(t testing.TB, realm *qjs.Realm, source string) qjs.Value {
	t.Helper()
	v, err := realm.Eval(source, "test.js")
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return v
}

func serialize(t testing.TB, realm *qjs.Realm, v qjs.Value, transfer ...qjs.Value) *clone.Record {
	t.Helper()
	m := NewMessage(realm, v, transfer)
	r, err := clone.SerializeWithTransfer(m, m.Transfer())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func deserialize(t testing.TB, realm *qjs.Realm, r *clone.Record) qjs.Value {
	t.Helper()
	if _, err := r.Receive(nil); err != nil {
		t.Fatal(err)
	}
	v, err := Deserialize(realm, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// holds evaluates a function of the clone, which must return true.
func holds(t *testing.T, realm *qjs.Realm, v qjs.Value, check string) {
	t.Helper()
	result, err := eval(t, realm, check).Call(realm, qjs.Undefined(), v)
	if err != nil || !result.IsBool() || !result.Bool() {
		text, _ := result.ToString(realm)
		t.Errorf("%s: %s %v", check, text, err)
	}
}

// refuses expects a DataCloneError whose message contains a text.
func refuses(t *testing.T, err error, text string) {
	t.Helper()
	var e *clone.DOMException
	if !errors.As(err, &e) || e.Name != "DataCloneError" || !strings.Contains(e.Message, text) {
		t.Errorf("%v, want a DataCloneError with %q", err, text)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, test := range []struct{ rule, value, check string }{
		{"SPEC 67 undefined", `undefined`, `v => v === undefined`},
		{"SPEC 67 null", `null`, `v => v === null`},
		{"SPEC 67 booleans", `[true, false]`, `v => v[0] === true && v[1] === false`},
		{"SPEC 67 numbers", `[-0, NaN, Infinity, 2**53, 1.5, -7]`,
			`v => Object.is(v[0], -0) && Object.is(v[1], NaN) && v[2] === Infinity && v[3] === 2**53 && v[4] === 1.5 && v[5] === -7`},
		{"SPEC 67 BigInt", `[0n, -1n, 2n**64n, -(2n**100n)]`, `v => v[0] === 0n && v[1] === -1n && v[2] === 2n**64n && v[3] === -(2n**100n)`},
		{"SPEC 67 strings", `["", "a", "\u00e9\u20ac\u{1F600}", "\uD800", "x\uDC00y"]`,
			`v => v[0] === "" && v[1] === "a" && v[2] === "\u00e9\u20ac\u{1F600}" && v[3] === "\uD800" && v[4] === "x\uDC00y"`},
		{"SPEC 69 boxed", `Object.assign([new Boolean(false), new Number(-0), new String("s\uD800"), Object(5n)], {})`,
			`v => typeof v[0] === "object" && v[0].valueOf() === false && Object.is(v[1].valueOf(),
				-0) && v[2].valueOf() === "s\uD800" && v[3].valueOf() === 5n && v[2] instanceof String`},
		{"SPEC 69 own properties of boxed are lost", `Object.assign(new String("s"), {x: 1})`, `v => !("x" in v) && v.length === 1`},
		{"SPEC 70 Date", `[new Date(-1), new Date(NaN), new Date(8.64e15)]`,
			`v => v[0].getTime() === -1 && isNaN(v[1]) && v[2].getTime() === 8.64e15 && v[0] instanceof Date`},
		{"SPEC 70 RegExp", `(() => { const r = /a\/b\u20ac/dgimsuy; r.lastIndex = 3; return [r, new RegExp("/"), /[a&&b]/v, new RegExp("")] })()`,
			`v => v[0].source === "a\\/b\\u20ac" && v[0].flags === "dgimsuy" && v[0].lastIndex === 0 && v[1].source === "\\/" &&
				v[2].flags === "v" && v[3].source === "(?:)"`},
		{"SPEC 71 ArrayBuffer", `new Uint8Array([1,2,3]).buffer`, `v => v instanceof ArrayBuffer && v.byteLength === 3 &&
			new Uint8Array(v)[2] === 3 && !v.resizable`},
		{"SPEC 71 resizable ArrayBuffer", `new ArrayBuffer(4, {maxByteLength: 8})`,
			`v => v.resizable && v.maxByteLength === 8 && v.byteLength === 4 && (v.resize(8), v.byteLength === 8)`},
		{"SPEC 73 views share a buffer", `(() => { const b = new ArrayBuffer(16); new Uint8Array(b)[9] = 7;
			return [new Uint8Array(b, 8, 4), new DataView(b, 8), b, new Float64Array(b)] })()`,
			`v => v[0].buffer === v[2] && v[1].buffer === v[2] && v[3].buffer === v[2] && v[0][1] === 7 && v[0].byteOffset === 8 &&
				v[0].length === 4 && v[1].byteLength === 8 && v[3].length === 2`},
		{"SPEC 73 all kinds of views", `[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array,
			Float32Array, Float64Array].map(C => new C([1, 2]))
			.concat([new BigInt64Array([-1n]), new BigUint64Array([1n])])`,
			`v => v.map(x => x.constructor.name).join() === "Int8Array,Uint8Array,Uint8ClampedArray,Int16Array,Uint16Array," +
				"Int32Array,Uint32Array,Float16Array,Float32Array,Float64Array,BigInt64Array,BigUint64Array" &&
				v.slice(0, 10).every(x => x.length === 2 && x[1] === 2) && v[10][0] === -1n`},
		{"SPEC 73 length-tracking views", `(() => { const b = new ArrayBuffer(8, {maxByteLength: 16});
			return [new Uint16Array(b), new DataView(b, 2), new Uint8Array(b, 0, 4)] })()`,
			`v => { v[0].buffer.resize(16); return v[0].length === 8 && v[1].byteLength === 14 && v[2].length === 4 }`},
		{"SPEC 74 Map", `new Map([[{a: 1}, "o"], [NaN, -0], ["k", new Map]])`,
			`v => { const k = [...v.keys()]; return v.size === 3 && k[0].a === 1 && v.get(NaN) === 0 && v.get("k") instanceof Map }`},
		{"SPEC 74 Set", `new Set([1, "1", 1n])`, `v => v.size === 3 && v.has(1n) && [...v][0] === 1`},
		{"SPEC 75 Error", `(() => { const e = new RangeError("m", {cause: 1}); e.extra = 1; return e })()`,
			`v => Object.getPrototypeOf(v) === RangeError.prototype && v.message === "m" && v.name === "RangeError" && !("extra" in v)
				&& !Object.getOwnPropertyDescriptor(v, "message").enumerable`},
		{"SPEC 75 errors by name", `["EvalError", "URIError", "Foo", 7].map(name => Object.assign(new TypeError, {name}))`,
			`v => v.map(e => Object.getPrototypeOf(e).name).join() === "EvalError,URIError,Error,Error" && !v[0].hasOwnProperty("message")`},
		{"SPEC 75 an accessor is no message", `Object.defineProperty(new Error("x"), "message", {get() { return "y" }})`,
			`v => !v.hasOwnProperty("message")`},
		{"SPEC 76 holes", `[, 1, , 2, ,]`, `v => v.length === 5 && !(0 in v) && v[1] === 1 && !(2 in v) && v[3] === 2 && !(4 in v)`},
		{"SPEC 76 further keys of an array", `Object.assign([1, 2], {x: 3, [Symbol()]: 4})`,
			`v => v.length === 2 && v.x === 3 && Object.keys(v).join() === "0,1,x" && Object.getOwnPropertySymbols(v).length === 0`},
		{"SPEC 76 sparse", `(() => { const a = []; a[4294967294] = 1; return a })()`,
			`v => v.length === 4294967295 && v[4294967294] === 1 && Object.keys(v).length === 1`},
		{"SPEC 76 length alone", `new Array(7)`, `v => v.length === 7 && Object.keys(v).length === 0`},
		{"SPEC 80 objects", `Object.assign(Object.create({inherited: 1}, {hidden: {value: 1}}),
			{b: 1, a: 2, 10: 3, 2: 4, "": 5, [Symbol.iterator]: 6})`,
			`v => JSON.stringify(v) === '{"2":4,"10":3,"b":1,"a":2,"":5}' && Object.getPrototypeOf(v) === Object.prototype &&
				Reflect.ownKeys(v).length === 5`},
		{"SPEC 80 a class instance becomes a plain object", `new (class { #p = 1; x = 2; get y() { return 3 } })`,
			`v => v.constructor === Object && v.x === 2 && !("y" in v)`},
		{"SPEC 80 __proto__ as a key", `JSON.parse('{"__proto__": {"a": 1}}')`,
			`v => Object.getPrototypeOf(v) === Object.prototype && Object.keys(v).join() === "__proto__"`},
		{"SPEC 79 Object.prototype", `Object.prototype`, `v => v !== Object.prototype && Reflect.ownKeys(v).length === 0`},
		{"SPEC 66, 85 identity and cycles", `(() => { const o = {}; o.self = o; o.list = [o, o.list2 = []]; o.map = new Map([[o, o.list2]]);
			return o })()`,
			`v => v.self === v && v.list[0] === v && v.list[1] === v.list2 && v.map.get(v) === v.list2`},
		{"SPEC 85 no setters run", `({__proto__: null, x: 1})`, `v => { return Object.hasOwn(v, "x") }`},
		{"SPEC 77 DOMException", `new DOMException("m", "AbortError")`,
			`v => v instanceof DOMException && v.name === "AbortError" && v.message === "m" && v.code === 20`},
		{"many keys", `Object.fromEntries(Array.from({length: 3000}, (_, i) => ["key" + i, i]))`,
			`v => Object.keys(v).length === 3000 && v.key2999 === 2999`},
		{"long keys", `({["k".repeat(500)]: 1, "\uD800": 2, "\u00e9": 3})`,
			`v => v["k".repeat(500)] === 1 && v["\uD800"] === 2 && v["\u00e9"] === 3`},
		{"SPEC 77 DOMExceptions share", `e = new DOMException("m"); [e, e]`, `v => v[0] === v[1] && v[0].name === "Error"`},
	} {
		t.Run(test.rule, func(t *testing.T) {
			from, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
			holds(t, to, deserialize(t, to, serialize(t, from, eval(t, from, test.value))), test.check)
		})
		t.Run(test.rule+", as bytes", func(t *testing.T) {
			from, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
			body, err := serialize(t, from, eval(t, from, test.value)).Encode()
			if err != nil {
				t.Fatal(err)
			}
			holds(t, to, deserialize(t, to, clone.FromBytes(body, nil)), test.check)
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct{ rule, value, message string }{
		{"SPEC 68 symbol", `({a: [1, Symbol("s")]})`, "$.a[1]: a symbol"},
		{"SPEC 79 function", `({f() {}})`, "$.f: a function"},
		{"SPEC 79 class", `(class {})`, "$: a function"},
		{"SPEC 79 Proxy", `new Proxy({}, {})`, "$: a Proxy"},
		{"SPEC 76 Proxy of an array", `[new Proxy([], {})]`, "$[0]: a Proxy"},
		{"SPEC 79 Promise", `Promise.resolve()`, "a Promise"},
		{"SPEC 79 WeakMap", `new WeakMap`, "a WeakMap"},
		{"SPEC 79 WeakSet", `new WeakSet`, "a WeakSet"},
		{"SPEC 79 WeakRef", `new WeakRef({})`, "a WeakRef"},
		{"SPEC 79 generator", `(function*() {})()`, "the object"},
		{"SPEC 79 Symbol object", `Object(Symbol())`, "the object"},
		{"SPEC 79 arguments", `(function() { return arguments })()`, "the object"},
		{"SPEC 79 iterator", `[][Symbol.iterator]()`, "the object"},
		{"SPEC 78 the global", `globalThis`, "global"},
		{"SPEC 71 detached", `(() => { const b = new ArrayBuffer(1); b.transfer(); return b })()`, "detached"},
		{"SPEC 73 a view of a detached buffer", `(() => { const b = new Uint8Array(1); b.buffer.transfer(); return b })()`, "out of the bounds"},
		{"SPEC 73 a view out of bounds", `(() => { const b = new ArrayBuffer(8, {maxByteLength: 8}); const v = new Uint8Array(b, 4, 4);
			b.resize(6); return {v} })()`, "$.v: the view is out of the bounds"},
		{"SPEC 73 a tracking view out of bounds", `(() => { const b = new ArrayBuffer(8, {maxByteLength: 8}); const v = new DataView(b, 4);
			b.resize(2); return v })()`, "out of the bounds"},
		{"SPEC 72 SharedArrayBuffer without isolation", `new SharedArrayBuffer(1)`, "crossOriginIsolated"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			realm := newRealm(t, false, cluster)
			_, err := Serialize(realm, eval(t, realm, test.value))
			refuses(t, err, test.message)
		})
	}
}
