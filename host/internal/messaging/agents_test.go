package messaging

import (
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// give hands a port to a window as the variable of a name.
func (w *window) give(name string, port *entangle.MessagePort) {
	w.t.Helper()
	defer w.realm.Runtime().Enter()()
	v, err := Adopt(w.realm, port)
	if err == nil {
		err = w.realm.Global().Set(w.realm, name, v)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// A Go program and a script share a channel: Go pulls, the script is pushed.
func TestGoPort(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	c := entangle.NewMessageChannel()
	w.give("port", c.Port2)
	w.run(`port.onmessage = e => { log(JSON.stringify(e.data), e.ports.length);
		port.postMessage({got: e.data, ["\u00e9"]: new Date(5)}, [e.ports[0]]) }`)
	inner := entangle.NewMessageChannel()
	if err := c.Port1.PostMessage(struct {
		Q string `json:"q"`
	}{"x"}, inner.Port2); err != nil {
		t.Fatal(err)
	}
	settle(w)
	w.expectLog(`{"q":"x"},1`)
	e, err := c.Port1.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := e.Data().(map[string]any)
	if m["got"].(map[string]any)["q"] != "x" || m["é"].(*clone.Date).Time != 5 || len(e.Ports) != 1 {
		t.Errorf("%v %v", m, e.Ports)
	}
	// the port came back to Go, still entangled with the other
	if err := inner.Port1.PostMessage("round"); err != nil {
		t.Fatal(err)
	}
	if got, err := entangle.Receive[string](t.Context(), e.Ports[0]); got != "round" {
		t.Error(got, err)
	}
	// Release takes a script's port
	leave := w.realm.Runtime().Enter()
	v, _ := w.realm.Eval(`mine = new MessageChannel; mine.port1.postMessage("hello"); mine.port2`, "test.js")
	port, err := Release(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Release(v); err != entangle.ErrDetached {
		t.Error(err)
	}
	if _, err := Release(qjs.Null()); err == nil {
		t.Error("null is a port")
	}
	leave()
	if got, err := entangle.Receive[string](t.Context(), port); got != "hello" {
		t.Error(got, err)
	}
	w.run(`mine.port1.close()`)
	if _, err := port.Receive(t.Context()); err != entangle.ErrClosed {
		t.Error(err)
	}
}

// SPEC 44, 46: ports go from agent to agent, with what waits in them.
func TestHops(t *testing.T) {
	ua := entangle.NewUserAgent()
	a, b, c := newWindow(t, ua, "https://a.example"), newWindow(t, ua, "https://b.example"), newWindow(t, ua, "https://c.example")
	for _, pair := range [][2]*window{{a, b}, {b, c}} {
		channel := entangle.NewMessageChannel()
		pair[0].give("next", channel.Port1)
		pair[1].give("previous", channel.Port2)
	}
	a.run(`var {port1, port2} = new MessageChannel; port1.postMessage(1); next.postMessage(port2, [port2]); port1.postMessage(2);
		port1.onmessage = e => log(e.data)`)
	b.run(`previous.onmessage = e => { next.postMessage({port: e.data}, {transfer: e.ports}) }`)
	c.run(`previous.onmessage = e => { const {port} = e.data; port.onmessage = e => { log(e.data); port.postMessage(-e.data) } }`)
	settle(a, b, c)
	a.run(`port1.postMessage(3)`)
	settle(a, b, c)
	c.expectLog("1 | 2 | 3")
	a.expectLog("-1 | -2 | -3")
}

// SPEC 29, 47, 48, 50, 87: what cannot be deserialized is a messageerror without data, and its
// ports are lost.
func TestMessageError(t *testing.T) {
	ua := entangle.NewUserAgent()
	w := newWindow(t, ua, "https://a.example")
	c := entangle.NewMessageChannel()
	w.give("port", c.Port2)
	w.run(`hear(port, "p"); port.onmessage = () => {}; port.addEventListener("messageerror",
		e => log(e.data, e.ports.length, e.origin === "", e instanceof MessageEvent))`)
	inner := entangle.NewMessageChannel()
	if err := c.Port1.PostMessage([]any{clone.NewBlob(nil, "")}, inner.Port2); err != nil { // there is no Blob in this realm
		t.Fatal(err)
	}
	if err := c.Port1.PostMessage("next"); err != nil {
		t.Fatal(err)
	}
	settle(w)
	w.expectLog(`p,messageerror,null | ,0,true,true | p,message,"next"`)
	if _, err := inner.Port1.Receive(t.Context()); err != entangle.ErrClosed {
		t.Error(err)
	}
}

// SPEC 56-63: BroadcastChannel.
func TestBroadcastChannel(t *testing.T) {
	ua := entangle.NewUserAgent()
	a, b := newWindow(t, ua, "https://a.example"), newWindow(t, ua, "https://a.example")
	other := newWindow(t, ua, "https://b.example")
	for _, w := range []*window{a, b, other} {
		w.run(`var c = new BroadcastChannel("news\uD800"), same = new BroadcastChannel("news\uD800");
			for (const [name, t] of [["c", c], ["same", same]]) { t.onmessage = e => log(name, JSON.stringify(e.data), e.origin, e.source,
				e.ports.length) }`)
	}
	a.expect("news\xed\xa0\x80,1,true", `[c.name, BroadcastChannel.length, throws("TypeError", () => new BroadcastChannel)].join()`)
	a.run(`c.postMessage({x: 1})`)
	settle(a, b, other)
	a.expectLog(`same,{"x":1},https://a.example,,0`)
	b.expectLog(`c,{"x":1},https://a.example,,0 | same,{"x":1},https://a.example,,0`)
	other.expectLog("")
	a.expect("true,true", `[throws("DataCloneError", () => c.postMessage(Symbol())),
		(c.close(), c.close(), throws("InvalidStateError", () => c.postMessage(1)))].join()`)
	// SPEC 62: what waits in a channel that is closed is dropped
	a.run(`same.postMessage(2)`)
	b.run(`c.close()`)
	settle(a, b)
	b.expectLog(`same,2,https://a.example,,0`)
	// SPEC 63: a channel that listens is kept, one that does not is not
	b.run(`new BroadcastChannel("kept").onmessage = e => log("kept", e.data); new BroadcastChannel("gone"); 0`)
	b.collect()
	a.run(`new BroadcastChannel("kept").postMessage(1); new BroadcastChannel("gone").postMessage(1)`)
	settle(a, b)
	b.expectLog("kept,1")
}

// PortCollection has each port once, in order, and an iteration goes over those that were there.
func TestPortCollection(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var list = [0, 1, 2].map(() => new MessageChannel().port1), names = new Map(list.map((p, i) => [p, i]));
		var collection = new PortCollection([list[0], list[1], list[0]]);
		var all = () => { const seen = []; collection.iterate(p => seen.push(names.get(p))); return seen.join() }`)
	w.expect("0,1", `all()`)
	w.expect("0,1,2", `(collection.add(list[2]), collection.add(list[1]), all())`)
	w.expect("0,2", `(collection.remove(list[1]), collection.remove(list[1]), all())`)
	w.expect("02", `(() => { let seen = ""; collection.iterate(p => { seen += names.get(p); collection.clear(); collection.add(list[1]) });
		return seen })()`)
	w.expect("1", `all()`)
	w.expect("true,true,true", `[throws("TypeError", () => collection.add({})), throws("TypeError", () => collection.iterate({})),
		throws("TypeError", () => new PortCollection([1]))].join()`)
	w.expect("", `(collection = new PortCollection(null), all())`)
	w.expect("true", `(() => { collection.add(list[0]); try { collection.iterate(() => { throw 5 }) } catch (e) { return e === 5 } })()`)
}

// SPEC 94: structuredClone.
func TestStructuredClone(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var o = {d: new Date(1), m: new Map([[1, 2]])}, copy = structuredClone(o)`)
	w.expect("true,1,2", `[copy !== o, copy.d.getTime(), copy.m.get(1)].join()`)
	w.run(`var buffer = new ArrayBuffer(3), {port1, port2} = new MessageChannel,
		moved = structuredClone({buffer, port2}, {transfer: [buffer, port2]})`)
	w.expect("true,3", `[buffer.detached, moved.buffer.byteLength].join()`)
	w.run(`hear(moved.port2, "moved"); moved.port2.start(); port1.postMessage(1)`)
	settle(w)
	w.expectLog("moved,message,1")
	w.expect("true,true,true,true", `[throws("TypeError", () => structuredClone()), throws("DataCloneError", () => structuredClone(() => {})),
		throws("TypeError", () => structuredClone(1, 2)), throws("TypeError", () => structuredClone(1, {transfer: [1]}))].join()`)
	w.expect("undefined", `String(structuredClone(undefined))`)
}

// SPEC 7-9, 11-13, 15: a window's postMessage.
func TestWindowPostMessage(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`onmessage = e => log(JSON.stringify(e.data), e.origin, e.ports.length)`)
	w.run(`postMessage(1); postMessage(2, "*"); postMessage(3, "https://a.example/path"); postMessage(4, "/");
		postMessage(5, {targetOrigin: "https://other.example"});
		postMessage(6, "*", [new MessageChannel().port1]); postMessage(7, {transfer: [new MessageChannel().port1]}); postMessage(8, null);
		postMessage(9, {targetOrigin: "https://a.example"})`)
	settle(w)
	w.expectLog(`1,https://a.example,0 | 2,https://a.example,0 | 3,https://a.example,0 | 4,https://a.example,0 | ` +
		`6,https://a.example,1 | 7,https://a.example,1 | 8,https://a.example,0 | 9,https://a.example,0`)
	// the target origin comes before the message
	w.expect("true,true,true,true", `["http://a b", "", "https://a:b",
		"not a URL"].map(o => throws("SyntaxError", () => postMessage(() => {}, o))).join()`)
	w.expect("true,true", `[throws("DataCloneError", () => postMessage(() => {}, "*")),
		throws("TypeError", () => postMessage(1, "*", [1]))].join()`)
	w.expect("true", `(() => { const b = new ArrayBuffer(1); postMessage(b, "https://other.example", [b]); return b.detached })()`)
	settle(w)
	w.expectLog("")
}

// Wrappers have an end: what is dropped is freed, and an agent that ends closes its ports.
func TestEnd(t *testing.T) {
	ua := entangle.NewUserAgent()
	w := newWindow(t, ua, "https://a.example")
	c := entangle.NewMessageChannel()
	w.give("port", c.Port2)
	w.run(`port.onmessage = () => {}`)
	w.of.Destroy()
	if _, err := c.Port1.Receive(t.Context()); err != entangle.ErrClosed {
		t.Error(err)
	}
	if _, ok := webidl.As[*Port](qjs.Null()); ok {
		t.Error("null is a port")
	}
}
