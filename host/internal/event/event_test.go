package event

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// testWindow is a global of the kind Window, and testNode a target with a parent, an activation
// behavior and handlers.
type testWindow struct{ Target }

var windowInterface = &webidl.Interface{
	Name: "Window", Parent: EventTargetInterface, Exposed: webidl.Window, Global: true,
	Attributes: []webidl.Attribute{WindowEvent, HandlerAttribute("error"), HandlerAttribute("message"), HandlerAttribute("beforeunload"),
		HandlerAttribute("unhandledrejection")},
	Operations: []webidl.Operation{ReportErrorOperation()},
}

type testNode struct {
	Target
	parent  EventTarget
	log     []string
	changes []string
}

func (n *testNode) GetTheParent(*Event) EventTarget { return n.parent }
func (n *testNode) ActivationBehavior(*Event)       { n.log = append(n.log, "activated") }
func (n *testNode) LegacyPreActivation()            { n.log = append(n.log, "pre") }
func (n *testNode) LegacyCanceledActivation()       { n.log = append(n.log, "canceled") }
func (n *testNode) ListenersChanged(eventType string) {
	n.changes = append(n.changes, eventType)
}

var nodeInterface = &webidl.Interface{
	Name: "Node", Parent: EventTargetInterface, Exposed: webidl.Window,
	Constructor: func(c *qjs.Call) (any, error) {
		n := &testNode{}
		n.parent, _ = webidl.As[EventTarget](c.Arg(0))
		return n, nil
	},
	Attributes: []webidl.Attribute{HandlerAttribute("click"), HandlerAttribute("error"), HandlerAttribute("message")},
}

// testPage is a window with an event loop, on a clock that stands still unless the test is in a
// synctest bubble.
type testPage struct {
	*testing.T
	loop      *eventloop.Loop
	realm     *qjs.Realm
	settings  *settings.Object
	window    *testWindow
	unhandled []ErrorInfo
}

func newPage(t *testing.T) *testPage {
	t.Helper()
	rt := qjs.NewRuntime(qjs.Options{})
	t.Cleanup(rt.Close)
	t.Cleanup(rt.Enter())
	p := &testPage{T: t}
	p.loop = eventloop.New(eventloop.Clock{
		Now:       time.Now,
		AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
	})
	p.loop.SetMicrotasks(Microtasks(rt, func() *qjs.Realm { return p.realm }, TrackRejections(rt)))
	p.realm, p.settings, p.window = p.newRealm(rt)
	p.run(`
		var log = [];
		function equal(got, want, what) {
			if (!Object.is(got, want)) throw new Error(what + ": " + String(got) + ", want " + String(want));
		}
		function throws(type, f, what) {
			try { f(); } catch (e) {
				if (Object.getPrototypeOf(e) !== type.prototype) throw new Error(what + ": threw " + e + " instead");
				return e;
			}
			throw new Error(what + ": did not throw");
		}
		function logged(want, what) { const got = log.join(";"); log = []; equal(got, want, what); }`)
	return p
}

func (p *testPage) newRealm(rt *qjs.Runtime) (*qjs.Realm, *settings.Object, *testWindow) {
	realm := rt.NewRealm()
	s := settings.New(&settings.Object{Realm: realm, Loop: p.loop, Environment: webidl.Environment{Kind: webidl.Window},
		TimeOrigin: time.Now()})
	webidl.Install(realm, append([]*webidl.Interface{nodeInterface, windowInterface}, Interfaces...)...)
	w := &testWindow{}
	webidl.InstallGlobal(realm, windowInterface, w)
	Reporting(realm, func(info ErrorInfo) { p.unhandled = append(p.unhandled, info) })
	return realm, s, w
}

// run runs a script in a task of its own, which must not throw.
func (p *testPage) run(script string) qjs.Value {
	p.Helper()
	var v qjs.Value
	err := webidl.RunScript(p.realm, nil, func() (err error) {
		v, err = p.realm.Eval(script, "https://example.com/script.js")
		return err
	})
	if err != nil {
		if e, ok := err.(*qjs.Exception); ok {
			p.Fatalf("%v\n%s", err, e.Stack)
		}
		p.Fatal(err)
	}
	return v
}

// tasks runs the tasks that are queued.
func (p *testPage) tasks() {
	for p.loop.Step() {
	}
}

func (p *testPage) node(name string) *testNode {
	p.Helper()
	n, ok := webidl.As[*testNode](p.run(name))
	if !ok {
		p.Fatalf("%s is no node", name)
	}
	return n
}

func TestEventTarget(t *testing.T) {
	p := newPage(t)
	p.run(`
		const t = new EventTarget();
		function f(e) { log.push(e.type + (this === t) + (e.target === t) + (e.currentTarget === t) + e.eventPhase + e.isTrusted); }
		t.addEventListener("a", f);
		t.addEventListener("a", f); t.addEventListener("a", f, false); t.addEventListener("a", f, { capture: false, once: true });
		const e = new Event("a", { bubbles: true, cancelable: true });
		equal(t.dispatchEvent(e), true, "not canceled");
		logged("atruetruetrue2false", "an equal listener is added once");
		equal(e.target, t, "target stays"); equal(e.currentTarget, null, "currentTarget does not"); equal(e.eventPhase, 0, "phase");
		equal(e.composedPath().length, 0, "path");
		t.removeEventListener("a", f, true); t.dispatchEvent(e); logged("atruetruetrue2false", "capture is part of the listener");
		t.removeEventListener("a", f); t.dispatchEvent(e); logged("", "removed");
		equal(t.addEventListener("a", null), undefined, "null"); equal(t.removeEventListener("a", undefined), undefined, "undefined");
		throws(TypeError, () => t.addEventListener("a", "no"), "not an object");
		throws(TypeError, () => t.addEventListener("a"), "two arguments");
		throws(TypeError, () => t.dispatchEvent({}), "not an event"); throws(TypeError, () => EventTarget(), "without new");
		class My extends EventTarget { constructor() { super(); this.x = 1; } hi() { this.dispatchEvent(new Event("hi")); } }
		const my = new My(); my.addEventListener("hi", function (e) { log.push(String(this.x) + (e.target === my)); }); my.hi();
		logged("1true", "subclass");
		addEventListener("w", function (e) { log.push(this === window + 0 || this === globalThis, e.target === globalThis); });
		var window = globalThis;
		dispatchEvent(new Event("w")); logged("true;true", "this of the global's functions may be left out");`)
}

func TestListenerOptions(t *testing.T) {
	p := newPage(t)
	p.run(`
		const t = new EventTarget();
		t.addEventListener("a", () => { log.push("once"); t.dispatchEvent(new Event("a")); }, { once: true });
		t.dispatchEvent(new Event("a")); t.dispatchEvent(new Event("a")); logged("once", "once is removed before it is called");

		const passive = new Event("b", { cancelable: true });
		t.addEventListener("b", e => { e.preventDefault(); log.push(e.defaultPrevented); e.returnValue = false; log.push(e.returnValue); },
			{ passive: true });
		equal(t.dispatchEvent(passive), true, "a passive listener does not cancel"); logged("false;true", "passive");
		t.addEventListener("b", e => { e.returnValue = false; log.push(e.defaultPrevented); });
		equal(t.dispatchEvent(passive), false, "canceled"); logged("false;true;true", "returnValue cancels");
		equal(t.dispatchEvent(new Event("b")), true, "not cancelable"); log = [];

		const c = new AbortController();
		t.addEventListener("c", () => log.push("c"), { signal: c.signal });
		t.dispatchEvent(new Event("c")); c.abort(); t.dispatchEvent(new Event("c")); logged("c", "signal");
		t.addEventListener("c", () => log.push("no"), { signal: c.signal }); t.dispatchEvent(new Event("c")); logged("", "aborted signal");
		throws(TypeError, () => t.addEventListener("c", () => {}, { signal: null }), "null is no signal");

		const handler = { handleEvent(e) { log.push(e.type + (this === handler)); } };
		t.addEventListener("d", handler); t.dispatchEvent(new Event("d")); logged("dtrue", "handleEvent");
		handler.handleEvent = () => log.push("new"); t.dispatchEvent(new Event("d")); logged("new", "it is looked up at the call");
		const order = [];
		t.addEventListener("e", () => {}, { get capture() { order.push("capture"); }, get once() { order.push("once"); },
			get passive() { order.push("passive"); }, get signal() { order.push("signal"); } });
		equal(order.join(), "capture,once,passive,signal", "order");`)
}

func TestListenersAddedAndRemovedMeanwhile(t *testing.T) {
	p := newPage(t)
	p.run(`
		const t = new EventTarget();
		const last = () => log.push("last");
		t.addEventListener("a", () => { log.push("first"); t.removeEventListener("a", last); t.addEventListener("a", () => log.push("new")); },
			{ once: true });
		t.addEventListener("a", last);
		t.dispatchEvent(new Event("a")); logged("first", "one that was removed is not called, nor is a new one");
		t.dispatchEvent(new Event("a")); logged("new", "next time it is");
		t.addEventListener("b", e => { log.push(1); e.stopImmediatePropagation(); }); t.addEventListener("b", () => log.push(2));
		t.dispatchEvent(new Event("b")); logged("1", "stopImmediatePropagation");
		t.addEventListener("c", e => throws(DOMException, () => t.dispatchEvent(e), "InvalidStateError")); t.dispatchEvent(new Event("c"));`)
}

func TestPath(t *testing.T) {
	p := newPage(t)
	p.run(`
		const root = new Node(), middle = new Node(root), leaf = new Node(middle);
		const name = n => n === root ? "root" : n === middle ? "middle" : n === leaf ? "leaf" : n;
		for (const n of [root, middle, leaf]) for (const capture of [false, true])
			n.addEventListener("click", e => log.push((capture ? "c" : "b") + name(e.currentTarget) + e.eventPhase + name(e.target)), capture);
		leaf.dispatchEvent(new Event("click", { bubbles: true }));
		logged("croot1leaf;cmiddle1leaf;cleaf2leaf;bleaf2leaf;bmiddle3leaf;broot3leaf", "capture, target, bubble");
		leaf.dispatchEvent(new Event("click")); logged("croot1leaf;cmiddle1leaf;cleaf2leaf;bleaf2leaf", "without bubbling");
		middle.addEventListener("x", e => { e.cancelBubble = false; e.stopPropagation();
			log.push(e.cancelBubble, e.composedPath().map(name).join("<")); }, true);
		leaf.addEventListener("x", () => log.push("no"));
		const x = new Event("x", { bubbles: true }); leaf.dispatchEvent(x); logged("true;leaf<middle<root", "stopPropagation, composedPath");
		equal(x.cancelBubble, false, "the flag is unset afterwards");
		x.stopPropagation(); leaf.dispatchEvent(x); logged("", "a flag that was set before counts");`)
}

func TestActivation(t *testing.T) {
	p := newPage(t)
	click := func(script string, leaf, root string) {
		t.Helper()
		l, r := p.node("leaf"), p.node("root")
		l.log, r.log = nil, nil
		p.run(script)
		if got := strings.Join(l.log, " "); got != leaf {
			t.Errorf("%s: the target %q, want %q", script, got, leaf)
		}
		if got := strings.Join(r.log, " "); got != root {
			t.Errorf("%s: the parent %q, want %q", script, got, root)
		}
	}
	p.run(`var root = new Node(), leaf = new Node(root), plain = new EventTarget(); class C extends EventTarget {}`)
	click(`leaf.dispatchEvent(new MouseEvent("click", { bubbles: true }))`, "pre activated", "")
	click(`leaf.dispatchEvent(new Event("click", { bubbles: true }))`, "", "") // only mouse events
	click(`leaf.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }))`, "", "")
	click(`leaf.onclick = e => e.preventDefault(); leaf.dispatchEvent(new MouseEvent("click", { cancelable: true }))`, "pre canceled", "")
	click(`leaf.onclick = null`, "", "")
	if !FireClick(p.node("leaf"), false) {
		t.Error("canceled")
	}
}

func TestEventInterface(t *testing.T) {
	p := newPage(t)
	p.run(`
		const e = new Event("t", { bubbles: 1, composed: "x" });
		equal(e.type + e.bubbles + e.cancelable + e.composed + e.defaultPrevented + e.returnValue + e.isTrusted, "ttruefalsetruefalsetruefalse",
			"attributes");
		equal(e.target, null, "target"); equal(e.srcElement, null, "srcElement"); equal(typeof e.timeStamp, "number", "timeStamp");
		equal(Event.CAPTURING_PHASE + Event.AT_TARGET + Event.BUBBLING_PHASE + e.NONE, 6, "constants"); equal(Event.length, 1, "length");
		throws(TypeError, () => new Event(), "the type is required");
		const d = Object.getOwnPropertyDescriptor(e, "isTrusted"); equal(d.configurable, false, "isTrusted is unforgeable");
		equal(d.set, undefined, "read only");
		e.initEvent("u", true, true); equal(e.type + e.bubbles + e.cancelable, "utruetrue", "initEvent");
		e.preventDefault(); equal(e.defaultPrevented, true, "preventDefault"); e.initEvent("u");
		equal(e.defaultPrevented, false, "initEvent resets");
		const t = new EventTarget(); t.addEventListener("u", e => { e.initEvent("v"); log.push(e.type); }); t.dispatchEvent(e);
		logged("u", "initEvent does nothing during dispatch");
		const c = new CustomEvent("c", { detail: t }); equal(c.detail, t, "detail"); equal(new CustomEvent("c").detail, null, "no detail");
		c.initCustomEvent("d", true, false, 5); equal(c.type + c.detail, "d5", "initCustomEvent"); c.initCustomEvent("d");
		equal(c.detail, null, "default");
		class My extends Event { constructor() { super("my"); } get x() { return 1; } } equal(new My().x + new My().type, "1my", "subclass");`)
}

// window.event is the event that is being handled, in the realm of the listener.
func TestCurrentEvent(t *testing.T) {
	p := newPage(t)
	p.run(`
		equal(globalThis.event, undefined, "outside");
		const t = new EventTarget(), inner = new Event("inner");
		t.addEventListener("outer", e => {
			log.push(event === e);
			t.addEventListener("inner", e => log.push(event === inner));
			t.dispatchEvent(inner);
			log.push(event === e);
		});
		t.dispatchEvent(new Event("outer")); logged("true;true;true", "inside");
		equal(event, undefined, "afterwards");
		event = 5; equal(event, 5, "[Replaceable]");`)
}

// Errors thrown by listeners are reported, and the others are called nevertheless.
func TestListenersThatThrow(t *testing.T) {
	p := newPage(t)
	p.run(`
		const t = new EventTarget(), err = new RangeError("far");
		t.addEventListener("a", () => { throw err; }); t.addEventListener("a", () => log.push("second"));
		addEventListener("error", e => log.push(e.message, e.error === err, e.filename, e.lineno > 0, e.colno > 0, e.cancelable, e.bubbles,
			e instanceof ErrorEvent), { once: true });
		t.dispatchEvent(new Event("a"));
		logged("Uncaught RangeError: far;true;https://example.com/script.js;true;true;true;false;true;second", "reported at once");
		t.addEventListener("b", {}); t.dispatchEvent(new Event("b"));`)
	if len(p.unhandled) != 2 || p.unhandled[0].Message != "Uncaught RangeError: far" ||
		!strings.Contains(p.unhandled[1].Message, "handleEvent") {
		t.Errorf("%v", p.unhandled)
	}
}

// A microtask checkpoint follows each listener if the host dispatches the event, and none
// if script does.
func TestMicrotasksBetweenListeners(t *testing.T) {
	p := newPage(t)
	target := p.node(`
		var t = new Node();
		t.addEventListener("a", () => { Promise.resolve().then(() => log.push("microtask")); log.push(1); });
		t.addEventListener("a", () => log.push(2));
		t`)
	p.run(`t.dispatchEvent(new Event("a")); logged("1;2", "by script")`)
	p.run(`logged("microtask", "at the end")`)
	Fire(target, "a", Init{})
	p.run(`logged("1;microtask;2", "by the host")`)
}

func TestGoListeners(t *testing.T) {
	p := newPage(t)
	n := p.node(`var n = new Node(); n`)
	var got []string
	remove := Listen(n, "a", func(o Object) {
		e := Base(o)
		got = append(got, e.Type())
		e.PreventDefault()
	})
	p.run(`n.addEventListener("a", () => log.push("script"))`)
	if Fire(n, "a", Init{Cancelable: true}) || !Fire(n, "a", Init{}) {
		t.Error("a listener of Go cancels what can be canceled")
	}
	remove()
	Fire(n, "a", Init{})
	if len(got) != 2 || got[0] != "a" {
		t.Errorf("%q", got)
	}
	p.run(`logged("script;script;script", "order")`)
	if want := "a a a"; strings.Join(n.changes, " ") != want || !n.HasListener("a") || n.HasListener("b") {
		t.Errorf("%q", n.changes)
	}
}

// Listeners and their target are collected together, though they refer to each other through Go.
func TestCycles(t *testing.T) {
	p := newPage(t)
	collected := 0
	target := &webidl.Interface{
		Name: "Counted", Parent: EventTargetInterface,
		Constructor: func(*qjs.Call) (any, error) { return &counted{collected: &collected}, nil },
		Attributes:  []webidl.Attribute{HandlerAttribute("x")},
	}
	func() {
		defer p.realm.Runtime().Enter()()
		if err := p.realm.Global().Set(p.realm, "Counted", webidl.InterfaceObject(p.realm, target)); err != nil {
			t.Fatal(err)
		}
		p.run(`for (let i = 0; i < 100; i++) {
			const t = new Counted(); t.addEventListener("a", () => t); t.onx = () => t;
			const e = new CustomEvent("a", { detail: t }); t.dispatchEvent(e); t.e = e; }`)
	}()
	p.realm.Runtime().GC()
	if collected != 100 {
		t.Errorf("%d of 100 were collected", collected)
	}
}

type counted struct {
	Target
	collected *int
}

func (c *counted) Finalize() { *c.collected++ }

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPage(t)
		p.run(`
			const s = AbortSignal.timeout(1000); s.onabort = e => log.push(e.type, s.reason.name, e.isTrusted);
			AbortSignal.any([s]).addEventListener("abort", e => log.push("any", e.target.reason === s.reason));
			throws(TypeError, () => AbortSignal.timeout(-1), "negative");`)
		p.realm.Runtime().GC()
		time.Sleep(999 * time.Millisecond)
		p.tasks()
		p.run(`equal(s.aborted, false, "too early")`)
		time.Sleep(time.Millisecond)
		p.tasks()
		p.run(`logged("abort;TimeoutError;true;any;true", "timeout")`)
	})
}
