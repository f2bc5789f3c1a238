package heap

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// SPEC 80: getters run once, in order; what they throw is the error, the same value.
func TestGetters(t *testing.T) {
	realm, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
	v := eval(t, realm, `log = []; ({get a() { log.push("a"); delete this.b; return {get c() { log.push("c"); return 1 }} }, b: 1,
		get d() { log.push("d"); return [1] }})`)
	holds(t, to, deserialize(t, to, serialize(t, realm, v)), `v => JSON.stringify(v) === '{"a":{"c":1},"d":[1]}'`)
	holds(t, realm, qjs.Undefined(), `() => log.join() === "a,c,d"`)

	_, err := Serialize(realm, eval(t, realm, `thrown = {}; [{get x() { throw thrown }}]`))
	var exception *qjs.Exception
	if !errors.As(err, &exception) || !exception.Value.SameObject(eval(t, realm, "thrown")) {
		t.Error(err)
	}
	// elements that a getter removes are holes
	v = eval(t, realm, `a = [1, {get x() { a.length = 2; return a }}, 3, 4]; a`)
	holds(t, to, deserialize(t, to, serialize(t, realm, v)), `v => v.length === 4 && v[1].x === v && !(2 in v) && !(3 in v)`)
	// SPEC 74: what a Map has is taken before its members are
	v = eval(t, realm, `m = new Map([[1, {get x() { m.clear(); return 1 }}], [2, 2]]); m`)
	holds(t, to, deserialize(t, to, serialize(t, realm, v)), `v => v.size === 2 && v.get(2) === 2`)
}

// A getter may post a message itself.
func TestReentrance(t *testing.T) {
	realm := newRealm(t, false, cluster)
	inner := realm.NewFunction("inner", 0, func(c *qjs.Call) (qjs.Value, error) {
		v := deserialize(t, c.Realm, serialize(t, c.Realm, eval(t, c.Realm, `({deep: {er: [1, 2]}})`)))
		return v, nil
	})
	if err := realm.Global().Set(realm, "inner", inner); err != nil {
		t.Fatal(err)
	}
	v := deserialize(t, realm, serialize(t, realm, eval(t, realm, `({a: 1, get b() { return inner() }, c: {d: 2}})`)))
	holds(t, realm, v, `v => JSON.stringify(v) === '{"a":1,"b":{"deep":{"er":[1,2]}},"c":{"d":2}}'`)
}

// SPEC 81: no depth is too much.
func TestDepth(t *testing.T) {
	realm := newRealm(t, false, cluster)
	v := eval(t, realm, `let o = null; for (let i = 0; i < 30000; i++) o = i % 2 ? [o] : {o}; o`)
	v = deserialize(t, realm, serialize(t, realm, v))
	holds(t, realm, v, `o => { let n = 0; for (; o; n++) o = o.o === undefined ? o[0] : o.o; return n === 30000 }`)
}

// SPEC 71, 90-93: a transferred ArrayBuffer moves without a copy, and its views with it.
func TestTransferBuffer(t *testing.T) {
	from, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
	big := eval(t, from, `view = new Uint8Array(1 << 20); view[7] = 9; ({view, rest: view.buffer})`)
	buffer := eval(t, from, `view.buffer`)
	memory, _ := buffer.Bytes()
	r := serialize(t, from, big, buffer)
	holds(t, from, buffer, `b => b.detached && view.length === 0`)
	v := deserialize(t, to, r)
	holds(t, to, v, `v => v.view.buffer === v.rest && v.view[7] === 9 && v.rest.byteLength === 1 << 20`)
	rest, _ := v.Get(to, "rest")
	if moved, _ := rest.Bytes(); &moved[0] != &memory[0] {
		t.Error("it was copied")
	}
	// a resizable one
	buffer = eval(t, from, `new ArrayBuffer(3, {maxByteLength: 9})`)
	holds(t, to, deserialize(t, to, serialize(t, from, buffer, buffer)),
		`v => v.resizable && v.maxByteLength === 9 && v.byteLength === 3 && (v.resize(9), true)`)
	// SPEC 93: it need not be part of the value
	buffer = eval(t, from, `unused = new ArrayBuffer(3)`)
	holds(t, to, deserialize(t, to, serialize(t, from, qjs.Null(), buffer)), `v => v === null`)
	holds(t, from, buffer, `b => b.detached`)
}

// SPEC 89, 90: what is wrong with a transfer list is found before anything is detached, but a
// buffer that is found detached after the others were.
func TestTransferRefusals(t *testing.T) {
	for _, test := range []struct{ rule, list, message string }{
		{"SPEC 89 an object", `[{}]`, "the object at index 0 of the transfer list cannot be transferred"},
		{"SPEC 89 SharedArrayBuffer", `[new SharedArrayBuffer(1)]`, "shared"},
		{"SPEC 89 a view", `[good, new Uint8Array(1)]`, "at index 1"},
		{"SPEC 89 twice", `[good, good]`, "at index 1 of the transfer list is in the list twice"},
		{"SPEC 90 detached", `[gone]`, "detached"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			realm := newRealm(t, true, cluster)
			eval(t, realm, `good = new ArrayBuffer(1); gone = new ArrayBuffer(1); gone.transfer(); 0`)
			m := NewMessage(realm, eval(t, realm, `ran = 0; ({get x() { ran++ }})`), elements(t, realm, test.list))
			_, err := clone.SerializeWithTransfer(m, m.Transfer())
			refuses(t, err, test.message)
			holds(t, realm, qjs.Undefined(), `() => !good.detached`)
		})
	}
	t.Run("SPEC 90 those before it stay detached", func(t *testing.T) {
		realm := newRealm(t, true, cluster)
		m := NewMessage(realm, eval(t, realm, `a = new ArrayBuffer(1); b = new ArrayBuffer(1); ({get x() { b.transfer() }})`),
			elements(t, realm, `[a, b]`))
		_, err := clone.SerializeWithTransfer(m, m.Transfer())
		refuses(t, err, "detached")
		holds(t, realm, qjs.Undefined(), `() => a.detached`)
	})
	t.Run("SPEC 90 a getter that throws leaves them", func(t *testing.T) {
		realm := newRealm(t, true, cluster)
		m := NewMessage(realm, eval(t, realm, `a = new ArrayBuffer(1); ({get x() { throw 1 }})`), elements(t, realm, `[a]`))
		if _, err := clone.SerializeWithTransfer(m, m.Transfer()); err == nil {
			t.Error("no error")
		}
		holds(t, realm, qjs.Undefined(), `() => !a.detached`)
	})
}

func elements(t *testing.T, realm *qjs.Realm, source string) []qjs.Value {
	list, err := webidl.SequenceOf(webidl.Any)(realm, eval(t, realm, source))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// SPEC 72, 83: a SharedArrayBuffer is shared by the agents of a cluster, where that is isolated,
// and by nobody else.
func TestSharedArrayBuffer(t *testing.T) {
	from, same, other := newRealm(t, true, cluster), newRealm(t, true, cluster), newRealm(t, true, new(int))
	v := eval(t, from, `s = new SharedArrayBuffer(8); view = new Int32Array(s, 4); view[0] = 1; ({s, view})`)
	r := serialize(t, from, v)
	shared := deserialize(t, same, r.Share())
	holds(t, same, shared, `v => { v.view[0] += 41; return v.view.buffer === v.s && v.s instanceof SharedArrayBuffer }`)
	holds(t, from, qjs.Undefined(), `() => view[0] === 42`)
	_, err := Deserialize(other, r.Share(), nil)
	refuses(t, err, "agent cluster")
	_, err = r.Share().Encode()
	refuses(t, err, "cannot leave its process")
	// a growable one
	v = eval(t, from, `g = new SharedArrayBuffer(2, {maxByteLength: 6})`)
	holds(t, same, deserialize(t, same, serialize(t, from, v)),
		`v => [v.growable, v.byteLength, v.maxByteLength].join() === "true,2,6" || [v.growable, v.byteLength, v.maxByteLength].join()`)
	// a Go program sees the same memory
	data := serialize(t, from, eval(t, from, `s`)).Data().(*clone.SharedArrayBuffer)
	if data.ByteLength() != 8 || data.Bytes()[4] != 42 {
		t.Error(data.Bytes())
	}
}

// A buffer goes from script to a Go program and back.
func TestBufferOfGo(t *testing.T) {
	realm := newRealm(t, false, cluster)
	buffer := eval(t, realm, `b = new Uint8Array([1, 2, 3]).buffer`)
	r := serialize(t, realm, eval(t, realm, `({b, part: new Uint8Array(b, 1)})`), buffer)
	values, err := r.Receive(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := values[0].(*clone.ArrayBuffer)
	m := r.Data().(map[string]any)
	if m["b"] != got || m["part"].(*clone.TypedArray).Buffer != got || !bytes.Equal(got.Bytes(), []byte{1, 2, 3}) {
		t.Errorf("%v", m)
	}
	back, err := clone.SerializeWithTransfer(m, []clone.Transferable{got})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, realm, deserialize(t, realm, back), `v => v.part.buffer === v.b && v.part.join() === "2,3"`)
	// as it came, without a look at it
	buffer = eval(t, realm, `new Uint8Array(100000).fill(5).buffer`)
	r = serialize(t, realm, buffer, buffer)
	if values, err = r.Receive(nil); err != nil {
		t.Fatal(err)
	}
	back, err = clone.SerializeWithTransfer(values[0], []clone.Transferable{values[0].(*clone.ArrayBuffer)})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, realm, deserialize(t, realm, back), `v => v.byteLength === 100000 && new Uint8Array(v)[99999] === 5`)
}

// pixels is a serializable object of a kind that package clone does not know.
type pixels struct {
	webidl.Platform
	data []byte
}

type travelledPixels struct{ data []byte }

func (*travelledPixels) InterfaceName() string { return "Pixels" }

func (p *pixels) Serialize() (any, error) { return &travelledPixels{bytes.Clone(p.data)}, nil }

var pixelsInterface = func() *webidl.Interface {
	i := &webidl.Interface{
		Name: "Pixels", Exposed: webidl.Window,
		Constructor: func(*qjs.Call) (any, error) { return &pixels{data: []byte{1, 2}}, nil },
		Attributes: []webidl.Attribute{{Name: "length", Get: webidl.Getter(func(_ *qjs.Realm, p *pixels) (qjs.Value, error) {
			return qjs.Int(int32(len(p.data))), nil
		})}},
	}
	i.Deserialize = func(realm *qjs.Realm, travelled any) (qjs.Value, error) {
		return webidl.Wrap(realm, i, &pixels{data: bytes.Clone(travelled.(*travelledPixels).data)}), nil
	}
	return i
}()

// SPEC 77, 78, 87: serializable objects travel, others do not; where the interface is not exposed
// they cannot arrive.
func TestPlatformObjects(t *testing.T) {
	from, to, without := newRealm(t, false, cluster, pixelsInterface), newRealm(t, false, cluster, pixelsInterface),
		newRealm(t, false, cluster)
	v := eval(t, from, `p = new Pixels; [p, p]`)
	holds(t, to, deserialize(t, to, serialize(t, from, v)), `v => v[0] instanceof Pixels && v[0] === v[1] && v[0].length === 2`)
	_, err := Deserialize(without, serialize(t, from, v), nil)
	refuses(t, err, "Pixels is not exposed")
	_, err = serialize(t, from, v).Encode()
	refuses(t, err, "cannot leave")
	// a Go program passes it on
	data := serialize(t, from, v).Data().([]any)
	r, err := clone.Serialize(map[string]any{"x": data[0]})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, to, deserialize(t, to, r), `v => v.x.length === 2`)
	// SPEC 78
	_, err = Serialize(from, from.NewPlatformObject(qjs.Null(), &struct{}{}))
	refuses(t, err, "$: the object cannot be cloned")
}

// SPEC 82: what is made is of the realm that it is made in, and so are errors.
func TestRealms(t *testing.T) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	defer rt.Enter()()
	a, b := realmOf(rt, false, cluster), realmOf(rt, false, cluster)
	v := deserialize(t, b, serialize(t, a, eval(t, a, `[{}, [], new Date, /x/, new Map, new Set, new Uint8Array(1), new RangeError("x"),
		new DOMException("x"), Object(1)]`)))
	holds(t, b, v, `v => v instanceof Array && v.every(x => x instanceof Object && x.constructor === globalThis[x.constructor.name])`)
}

// What script did to the built-in objects of its realm changes nothing.
func TestTampering(t *testing.T) {
	realm := newRealm(t, false, cluster)
	eval(t, realm, `
		for (const C of [Map, Set, Date, RegExp, ArrayBuffer, Uint8Array, Error]) {
			for (const key of Reflect.ownKeys(C.prototype)) try { Object.defineProperty(C.prototype, key,
				{get() { throw "tampered" }, set() { throw "tampered" }}) } catch {}
		}
		Object.defineProperty(Object.prototype, "x", {set() { throw "tampered" }, configurable: true});
		Object.defineProperty(Array.prototype, "0", {set() { throw "tampered" }, configurable: true});
		Map = Set = Date = RegExp = ArrayBuffer = Uint8Array = undefined; 0`)
	v := eval(t, realm, `({x: [1], b: 2n})`)
	deserialize(t, realm, serialize(t, realm, v))
	for _, source := range []string{
		`new Map([[1, 2]])`, `new Set([1])`, `new Date(5)`, `/x/g`, `new Uint8Array([1])`, `new ArrayBuffer(3)`,
		`new DataView(new ArrayBuffer(2))`,
	} {
		other := newRealm(t, false, cluster)
		deserialize(t, realm, serialize(t, other, eval(t, other, source)))
	}
}

// SPEC 71: a large buffer that is not transferred is copied; each receiver of a broadcast has a
// copy of its own.
func TestLargeBuffer(t *testing.T) {
	from, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
	v := eval(t, from, `b = new Uint8Array(100000).fill(3); [b, new Uint16Array(b.buffer, 2), b.buffer]`)
	r := serialize(t, from, v)
	if body, err := r.Encode(); err != nil || len(body) < 100000 {
		t.Error(len(body), err)
	}
	eval(t, from, `b.fill(9)`)
	for range 2 {
		holds(t, to, deserialize(t, to, r.Share()), `v => { const was = v[0][9] === 3 && v[1][8] === 0x303 && v[1].buffer === v[2] &&
			v[0].buffer === v[2]; v[0].fill(7); return was }`)
	}
	if data := r.Share().Data().([]any); data[2].(*clone.ArrayBuffer).Bytes()[99999] != 3 {
		t.Error("it is not a copy")
	}
	holds(t, to, deserialize(t, to, r), `v => v[0][9] === 3 && v[1].buffer === v[0].buffer`)
}

// SPEC 75, 77: errors keep the stack of where they were made, in a process.
func TestStack(t *testing.T) {
	from, to := newRealm(t, false, cluster), newRealm(t, false, cluster)
	v := eval(t, from, `e = [new TypeError("m"), new DOMException("m")]; stacks = e.map(e => e.stack).join("|"); e`)
	want, err := eval(t, from, "stacks").ToString(from)
	if err != nil || !strings.Contains(want, "test.js") {
		t.Fatal(want, err)
	}
	r := serialize(t, from, v)
	got, err := eval(t, to, `v => v.map(e => e.stack).join("|")`).Call(to, qjs.Undefined(), deserialize(t, to, r))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := got.ToString(to); text != want {
		t.Errorf("%q, want %q", text, want)
	}
	if e := r.Data().([]any)[1].(*clone.DOMException); e.Name != "Error" || !strings.Contains(e.Stack, "test.js") {
		t.Errorf("%+v", e)
	}
}

// SPEC 84: what does not fit into a receiver's memory is a DataCloneError.
func TestMemoryLimit(t *testing.T) {
	rt := qjs.NewRuntime(qjs.Options{MemoryLimit: 1 << 20})
	defer rt.Close()
	defer rt.Enter()()
	small, big := realmOf(rt, false, cluster), newRealm(t, false, cluster)
	for _, source := range []string{
		`new ArrayBuffer(4 << 20)`, `new Array(120000).fill(1)`, `Array.from({length: 20000}, (_, i) => ({i}))`,
		`"x".repeat(4 << 20)`, `new Uint8Array(4 << 20)`, `Object.fromEntries(Array.from({length: 30000}, (_, i) => ["k" + i, i]))`,
		`new Map(Array.from({length: 15000}, (_, i) => [i, {}]))`,
	} {
		r := serialize(t, big, eval(t, big, source))
		scope := rt.OpenScope()
		_, err := Deserialize(small, r, nil)
		scope.Close()
		var e *clone.DOMException
		var thrown *qjs.Exception
		if !errors.As(err, &e) && !errors.As(err, &thrown) {
			t.Errorf("%s: %v", source, err)
		}
	}
	holds(t, small, deserialize(t, small, serialize(t, big, eval(t, big, `[1, {a: 2}]`))), `v => v[1].a === 2`)
}
