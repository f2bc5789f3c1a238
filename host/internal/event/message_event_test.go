package event

import (
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// testPort is an event target that scripts know as a MessagePort.
type testPort struct{ Target }

var portInterface = &webidl.Interface{
	Name: "MessagePort", Parent: EventTargetInterface, Exposed: webidl.Everywhere,
	Constructor: func(*qjs.Call) (any, error) { return &testPort{}, nil }, // for the test: elsewhere it has none
}

func messagePage(t *testing.T) *testPage {
	p := newPage(t)
	webidl.Install(p.realm, portInterface)
	p.run(`const port = new MessagePort()`)
	return p
}

// SPEC 1
func TestMessageEventMembers(t *testing.T) {
	p := messagePage(t)
	p.run(`
		const e = new MessageEvent("m");
		equal(e.data, null, "data"); equal(e.origin, "", "origin"); equal(e.lastEventId, "", "lastEventId"); equal(e.source, null, "source");
		equal(e.ports.length, 0, "ports");
		equal(e.bubbles + e.cancelable + e.isTrusted, 0, "flags");
		const f = new MessageEvent("m", { data: port, origin: "o\uD800", lastEventId: "\uD800", source: port, ports: [port], bubbles: true });
		equal(f.data, port, "data"); equal(f.origin, "o\uFFFD", "origin is a USVString");
		equal(f.lastEventId, "\uD800", "lastEventId is a DOMString"); equal(f.source, port, "source"); equal(f.ports[0], port, "ports");
		equal(new MessageEvent("m", { source: globalThis }).source, globalThis, "a window is a source");
		equal(new MessageEvent("m", { data: undefined, source: undefined, ports: undefined }).data, null, "undefined is missing");
		equal(MessageEvent.length, 1, "length"); equal(MessageEvent.prototype.initMessageEvent.length, 1, "length");
		for (const wrong of [{ ports: 1 }, { ports: null }, { ports: [null] }, { ports: [{}] }, { ports: [globalThis] }, { source: {} },
			{ source: 1 }, { source: new EventTarget() }])
			throws(TypeError, () => new MessageEvent("m", wrong), JSON.stringify(wrong));

		e.initMessageEvent("n", true, true, 5, "origin", "id", globalThis, [port, port]);
		equal([e.type, e.bubbles, e.cancelable, e.data, e.origin, e.lastEventId, e.source === globalThis, e.ports.length].join(),
			"n,true,true,5,origin,id,true,2", "initMessageEvent");
		e.initMessageEvent("n"); equal([e.bubbles, e.data, e.origin, e.lastEventId, e.source, e.ports.length].join(), "false,,,,,0",
			"its defaults"); equal(e.data, null, "data");
		throws(TypeError, () => e.initMessageEvent(), "the type is required");
		throws(TypeError, () => e.initMessageEvent("x", false, false, 1, "", "", {}), "source");
		throws(TypeError, () => e.initMessageEvent("x", false, false, 1, "", "", null, null), "ports is not nullable");
		equal(e.type, "n", "unchanged");
		const t = new EventTarget(); t.addEventListener("n", e => e.initMessageEvent("x", true, true, 1)); t.dispatchEvent(e);
		equal(e.type, "n", "no effect during dispatch");
		const order = []; const get = name => ({ get() { order.push(name); }, enumerable: true });
		new MessageEvent("m", Object.defineProperties({}, Object.fromEntries(["source", "ports", "origin", "lastEventId", "data", "composed",
			"cancelable", "bubbles"].map(n => [n, get(n)]))));
		equal(order.join(), "bubbles,cancelable,composed,data,lastEventId,origin,ports,source", "order of the members");`)
}

func TestMessageEventOfTheHost(t *testing.T) {
	p := messagePage(t)
	port, _ := webidl.As[EventTarget](p.run(`port.addEventListener("message", e => globalThis.e = e);
		port.addEventListener("messageerror", e => globalThis.e = e); port`))
	origin, err := entangle.ParseOrigin("https://sender.example:8443/path")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("SPEC 2 the origin is an origin, a string or null", func(*testing.T) {
		e := NewMessageEvent(p.realm, "message", MessageInit{Data: p.realm.String("hi"), Origin: origin, Source: p.realm.Global(),
			Ports: []qjs.Value{p.run(`port`)}})
		Dispatch(e, port)
		p.run(`equal(e.origin, "https://sender.example:8443", "serialization"); equal(e.data, "hi", "data");
			equal(e.source, globalThis, "source"); equal(e.ports[0], port, "ports")`)
		Dispatch(NewMessageEvent(p.realm, "message", MessageInit{Origin: entangle.NewOpaqueOrigin()}), port)
		p.run(`equal(e.origin, "null", "an opaque one")`)
		p.run(`e.initMessageEvent("message"); equal(e.origin, "", "initMessageEvent makes it a string")`)
	})
	t.Run("SPEC 3 only an origin is extracted", func(t *testing.T) {
		e := NewMessageEvent(p.realm, "message", MessageInit{Origin: origin})
		if got, ok := e.Origin(); got != origin || !ok {
			t.Errorf("%v, %t", got, ok)
		}
		made, _ := webidl.As[*MessageEvent](p.run(`new MessageEvent("m", { origin: "https://sender.example:8443" })`))
		if got, ok := made.Origin(); ok {
			t.Errorf("a script said that it is of %v", got)
		}
		webidl.Release(e)
	})
	t.Run("SPEC 4 ports is the same frozen array at every read", func(*testing.T) {
		Dispatch(NewMessageEvent(p.realm, "message", MessageInit{Ports: []qjs.Value{p.run(`port`)}}), port)
		p.run(`equal(e.ports, e.ports, "same"); equal(Object.isFrozen(e.ports), true, "frozen")`)
		p.run(`const made = new MessageEvent("m"); equal(made.ports, made.ports, "same"); equal(Object.isFrozen(made.ports), true, "frozen")`)
	})
	t.Run("SPEC 5 events of ports", func(*testing.T) {
		Dispatch(NewMessageEvent(p.realm, "message", MessageInit{Data: qjs.Undefined()}), port)
		p.run(`equal([e.bubbles, e.cancelable, e.isTrusted, e.origin, e.source, e.lastEventId].join(), "false,false,true,,,", "flags");
			equal(e.data, undefined, "undefined is a message, too")`)
		Dispatch(NewMessageEvent(p.realm, "messageerror", MessageInit{}), port)
		p.run(`equal([e.type, e.bubbles, e.cancelable, e.isTrusted].join(), "messageerror,false,false,true", "flags");
			equal(e.data, null, "no data")`)
	})
}

// SPEC 6
func TestMessageEventIsExposedEverywhere(t *testing.T) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	defer rt.Enter()()
	for _, kind := range []webidl.Exposure{webidl.Window, webidl.DedicatedWorker, webidl.SharedWorker} {
		realm := rt.NewRealm()
		e := &webidl.Environment{Kind: kind}
		realm.Data = e
		webidl.Setup(realm)
		webidl.Install(realm, Interfaces...)
		if has, err := realm.Global().Has(realm, "MessageEvent"); !has || err != nil {
			t.Errorf("%v: not exposed", kind)
		}
		if has, _ := realm.Global().Has(realm, "HashChangeEvent"); has != (kind == webidl.Window) {
			t.Errorf("%v: HashChangeEvent is for windows", kind)
		}
	}
}

// A message that nobody listens to leaves nothing behind.
func TestUnseenEventsAreFreed(t *testing.T) {
	p := messagePage(t)
	port, _ := webidl.As[EventTarget](p.run(`port`))
	collected := 0
	iface := &webidl.Interface{Name: "Counted", Constructor: func(*qjs.Call) (any, error) { return &counted{collected: &collected}, nil }}
	for range 10 {
		leave := p.realm.Runtime().Enter()
		Dispatch(NewMessageEvent(p.realm, "message", MessageInit{Data: webidl.Wrap(p.realm, iface, &counted{collected: &collected})}), port)
		leave()
	}
	p.realm.Runtime().GC()
	if collected != 10 {
		t.Errorf("%d of 10 were collected", collected)
	}
}
