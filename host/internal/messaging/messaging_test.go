package messaging

import (
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// window is a window with a realm of its own; its global is an EventTarget.
type window struct {
	event.Target
	t     testing.TB
	realm *qjs.Realm
	of    *entangle.Window
}

var windowInterface = &webidl.Interface{
	Name: "Window", Parent: event.EventTargetInterface, Exposed: webidl.Window, Global: true,
	Attributes: []webidl.Attribute{event.HandlerAttribute("message"), event.HandlerAttribute("messageerror")},
	Operations: []webidl.Operation{
		StructuredClone,
		{Name: "postMessage", Length: 1, Func: webidl.Method(func(c *qjs.Call, w *window) (qjs.Value, error) {
			return qjs.Value{}, PostToWindow(c, w.of, w.of)
		})},
	},
}

// newWindow returns a window of an agent of its own, with functions for tests: log collects, values
// and equal compare.
func newWindow(t testing.TB, ua *entangle.UserAgent, origin string) *window {
	t.Helper()
	rt := qjs.NewRuntime(qjs.Options{})
	of, err := entangle.ParseOrigin(origin)
	if err != nil {
		t.Fatal(err)
	}
	agent := ua.NewAgent()
	w := &window{t: t, realm: rt.NewRealm(), of: ua.NewWindow(entangle.WindowOptions{Origin: of, Agent: agent})}
	t.Cleanup(func() {
		settings.Of(w.realm).Destroy()
		w.of.Destroy()
		rt.Close()
	})
	s := &settings.Object{
		Realm: w.realm, Loop: agent.Loop(), Messaging: w.of.Global(), Window: w.of, Document: w.of.Global().Document(), Origin: of,
		Print: func(_, text string) { t.Log(text) },
	}
	s.Kind = webidl.Window
	s.Report = func(err error) { t.Error("uncaught:", err) }
	settings.New(s)
	webidl.Install(w.realm, append(append(Interfaces(), event.Interfaces...), webidl.DOMExceptionInterface)...)
	webidl.InstallGlobal(w.realm, windowInterface, w)
	deliver := func(e *entangle.MessageEvent) { Deliver(w.realm, w, e, qjs.Undefined()) }
	w.of.OnMessage(deliver)
	w.of.OnMessageError(deliver)
	w.run(`var events = [];
		var log = (...list) => { events.push(list.join()) };
		var hear = (target, name) => { for (const type of ["message", "messageerror", "close"]) target.addEventListener(type,
			e => log(name, type, JSON.stringify(e.data))) };
		var throws = (name, f) => { try { f() } catch (e) { if (e.name === name &&
			(e instanceof DOMException || e instanceof TypeError)) return true; throw e } return false }`)
	return w
}

// run evaluates a script, which must not throw.
func (w *window) run(source string) {
	w.t.Helper()
	defer w.realm.Runtime().Enter()()
	if _, err := w.realm.Eval(source, "test.js"); err != nil {
		w.t.Errorf("%s: %v", source, err)
	}
	w.jobs()
}

func (w *window) jobs() {
	if err := w.realm.Runtime().RunJobs(0); err != nil {
		w.t.Error(err)
	}
}

// expect evaluates an expression, which must be a string.
func (w *window) expect(want, source string) {
	w.t.Helper()
	defer w.realm.Runtime().Enter()()
	v, err := w.realm.Eval(source, "test.js")
	if err != nil {
		w.t.Errorf("%s: %v", source, err)
		return
	}
	if got, err := v.ToString(w.realm); err != nil || got != want {
		w.t.Errorf("%s: %s %v, want %s", source, got, err, want)
	}
}

// settle runs tasks of all windows until there is none.
func settle(windows ...*window) {
	for again := true; again; {
		again = false
		for _, w := range windows {
			for w.of.Agent().Step() {
				again = true
				w.jobs()
			}
		}
	}
}

// expectLog compares the collected events.
func (w *window) expectLog(want string) {
	w.t.Helper()
	w.expect(want, `events.splice(0).join(" | ")`)
}

// SPEC 17, 18, 22, 35: the interfaces of a channel.
func TestChannel(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var c = new MessageChannel, {port1, port2} = c`)
	w.expect("true,true,true", `[c.port1 === port1, port1 !== port2, port1 instanceof EventTarget].join()`)
	w.expect("[object MessagePort],[object MessageChannel],1,0,0",
		`[port1, c, port1.postMessage.length, port1.start.length, MessageChannel.length].join()`)
	w.expect("null,null,null", `[port1.onmessage, port1.onmessageerror, port1.onclose].map(String).join()`)
	w.expect("true,true", `[throws("TypeError", () => new MessagePort), throws("TypeError", () => MessageChannel())].join()`)
	// addEventListener does not start the port, onmessage does
	w.run(`hear(port2, "p2"); port1.postMessage({a: 1}); port1.postMessage(2)`)
	settle(w)
	w.expectLog("")
	w.run(`port2.onmessageerror = () => {}`)
	settle(w)
	w.expectLog("")
	w.run(`port2.onmessage = null`)
	settle(w)
	w.expectLog(`p2,message,{"a":1} | p2,message,2`)
	w.run(`hear(port1, "p1"); port1.start(); port1.start(); port2.postMessage("x")`)
	settle(w)
	w.expectLog(`p1,message,"x"`)
}

// SPEC 1, 4, 5, 14, 30: the event of a port's message.
func TestMessageEvent(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var {port1, port2} = new MessageChannel, a = new MessageChannel, buffer = new ArrayBuffer(2), event;
		port2.onmessage = e => { event = e };
		port1.postMessage([a.port1, buffer], [a.port1, buffer, a.port2])`)
	settle(w)
	w.expect("message,false,false,true,,,null,2", `[event.type, event.bubbles, event.cancelable, event.isTrusted, event.origin,
		event.lastEventId, event.source, event.ports.length].map(String).join()`)
	w.expect("true,true,true,true,true", `[event.target === port2, event.ports === event.ports, Object.isFrozen(event.ports),
		event.data[0] === event.ports[0], event.data[1].byteLength === 2].join()`)
	w.expect("true,true", `[event.ports[0] !== a.port1, event.ports[1] instanceof MessagePort].join()`)
	w.run(`hear(event.ports[1], "moved"); event.ports[1].start(); event.ports[0].postMessage("through")`)
	settle(w)
	w.expectLog(`moved,message,"through"`)
}

// SPEC 23-26, 31, 34, 89: what postMessage takes, and throws.
func TestPostMessage(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var {port1, port2} = new MessageChannel; hear(port2, "p2"); port2.start(); var ran = 0, getter = {get x() { return ++ran }}`)
	w.expect("true", `throws("TypeError", () => port1.postMessage())`)
	w.expect("true,true,true", `[throws("DataCloneError", () => port1.postMessage(() => {})),
		throws("DataCloneError", () => port1.postMessage(1, [port1])),
		throws("DataCloneError", () => port1.postMessage(1, {transfer: [port1]}))].join()`)
	w.expect("true,true,true,true", `[throws("TypeError", () => port1.postMessage(1, 5)), throws("TypeError", () => port1.postMessage(1, [5])),
		throws("DataCloneError", () => port1.postMessage(1, [{}])), throws("DataCloneError", () => port1.postMessage(port1))].join()`)
	w.expect("true", `throws("DataCloneError", () => { const p = new MessageChannel().port1; port1.postMessage(1, [p, p]) })`)
	w.run(`port1.postMessage(1, null); port1.postMessage(2, undefined); port1.postMessage(3, {}); port1.postMessage(4, {transfer: []});
		port1.postMessage(5, new Set)`)
	settle(w)
	w.expectLog("p2,message,1 | p2,message,2 | p2,message,3 | p2,message,4 | p2,message,5")
	// a getter's exception is the same value
	w.expect("true", `(() => { const o = {}; try { port1.postMessage({get x() { throw o }}) } catch (e) { return e === o } })()`)
	// SPEC 26: a closed port serializes, and is silent
	w.run(`port1.close(); port1.close(); port1.postMessage(getter); port2.postMessage(getter)`)
	settle(w)
	w.expect("2", `ran`)
	w.expectLog("p2,close,")
	w.expect("true,true", `[throws("DataCloneError", () => port1.postMessage(() => {})),
		throws("DataCloneError", () => new MessageChannel().port1.postMessage(1, [port1]))].join()`)
	// SPEC 25: a message that carries its own target is doomed, without an exception
	w.run(`var {port1: d1, port2: d2} = new MessageChannel; d1.postMessage(getter, [d2]); hear(d1, "doomed"); d1.start()`)
	settle(w)
	w.expect("3", `ran`)
	w.expectLog("doomed,close,")
}

// SPEC 32, 33, 36-41: close.
func TestClose(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var {port1, port2} = new MessageChannel; hear(port1, "p1"); hear(port2, "p2"); port1.start(); port2.start();
		port1.onclose = e => log(e.constructor.name, e.bubbles, e.cancelable, e.isTrusted, e.target === port1);
		port2.postMessage("last"); port2.close()`)
	settle(w)
	w.expectLog(`p1,message,"last" | p1,close, | Event,false,false,true,true`)
	w.run(`port1.postMessage("nobody"); port1.close()`)
	settle(w)
	w.expectLog("")
	// a port that got close can still be transferred
	w.run(`var {port1: a, port2: b} = new MessageChannel; b.onmessage = e => log(e.ports.length);
		a.postMessage(0, [port1.constructor === MessagePort ? new MessageChannel().port1 : 0])`)
	settle(w)
	w.expectLog("1")
}

// SPEC 38, 51-54: a port that nobody can reach closes its channel; one that listens is kept.
func TestGarbage(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	w.run(`var {port1} = new MessageChannel; hear(port1, "p1"); 0`)
	w.collect()
	settle(w)
	w.expectLog("p1,close,")
	w.run(`(() => { const c = new MessageChannel; globalThis.port1 = c.port1;
		c.port2.onmessage = e => { c.port2.postMessage(e.data + 1) } })(); port1.onmessage = e => log(e.data)`)
	w.collect()
	w.run(`port1.postMessage(1)`)
	settle(w)
	w.expectLog("2")
	w.run(`(() => { const c = new MessageChannel; c.port1.onclose = () => log("closed"); globalThis.far = c.port2 })()`)
	w.collect()
	settle(w)
	w.run(`far.close()`)
	settle(w)
	w.expectLog("closed")
}

func (w *window) collect() {
	w.realm.Runtime().GC()
	w.realm.Runtime().GC()
}

// Channels, events and messages that are dropped leave nothing behind.
func TestNoGrowth(t *testing.T) {
	w := newWindow(t, entangle.NewUserAgent(), "https://a.example")
	round := func(n string) {
		w.run(`for (let i = 0; i < ` + n + `; i++) {
			const {port1, port2} = new MessageChannel, other = new MessageChannel;
			port1.onmessage = e => { e.ports[0].close(); port1.close() };
			port2.postMessage({i, buffer: new ArrayBuffer(10000)}, [other.port1]);
		}`)
		settle(w)
		w.collect()
	}
	round("200")
	before := w.realm.Runtime().MemoryUsed()
	round("2000")
	if after := w.realm.Runtime().MemoryUsed(); after > before+before/10 {
		t.Error(before, "bytes before,", after, "after")
	}
}
