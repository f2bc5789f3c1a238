package event

import (
	"strings"
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestHandlerAttributes(t *testing.T) {
	p := newPage(t)
	p.run(`
		const n = new Node();
		equal(n.onclick, null, "null at first");
		const f = e => { log.push("handler"); };
		n.onclick = f; equal(n.onclick, f, "the function"); n.onclick = 5; equal(n.onclick, null, "what is no object is null");
		const object = {}; n.onclick = object; equal(n.onclick, object, "an object is kept"); n.dispatchEvent(new Event("click"));
		logged("", "and not called");
		object.handleEvent = () => log.push("no"); n.dispatchEvent(new Event("click")); logged("", "handleEvent does not count");
		n.onclick = null;

		n.addEventListener("click", () => log.push(1)); n.onclick = f; n.addEventListener("click", () => log.push(2));
		n.dispatchEvent(new Event("click")); logged("1;handler;2", "order of registration");
		n.onclick = () => log.push("other"); n.dispatchEvent(new Event("click")); logged("1;other;2", "another function keeps the place");
		n.onclick = null; n.onclick = f; n.dispatchEvent(new Event("click")); logged("1;2;handler", "after null it comes last");
		n.removeEventListener("click", f); n.dispatchEvent(new Event("click")); logged("1;2;handler", "it is no listener of its own");

		const cancel = value => { const e = new Event("click", { cancelable: true }); n.onclick = () => value; return !n.dispatchEvent(e); };
		equal(cancel(false), true, "false cancels"); log = [];
		for (const value of [undefined, true, 0, null, "", new Boolean(false)]) equal(cancel(value), false, "others do not: " + String(value));
		n.onclick = function (e) { log.push(this === n, e.type, arguments.length); }; log = []; n.dispatchEvent(new Event("click"));
		logged("1;2;true;click;1", "this and arguments");
		const d = Object.getOwnPropertyDescriptor(Node.prototype, "onclick"); equal(d.get.name + d.set.name, "get onclickset onclick", "names");`)
}

func TestErrorHandlerOfAWindow(t *testing.T) {
	p := newPage(t)
	p.run(`
		globalThis.onerror = function (...args) { log.push(args.length, args[0], args[4] === err); return true; };
		const err = new Error("e"), e = new ErrorEvent("error", { message: "m", error: err, cancelable: true });
		equal(dispatchEvent(e), false, "true cancels"); logged("5;m;true", "five arguments");
		dispatchEvent(new Event("error")); logged("1;[object Event];false", "an event of another kind is given itself");
		const n = new Node(); n.onerror = function (...args) { log.push(args.length); return true; };
		equal(n.dispatchEvent(new ErrorEvent("error", { cancelable: true })), true, "elsewhere it is nothing special");
		logged("1", "one argument");`)
}

func TestBeforeUnloadHandler(t *testing.T) {
	p := newPage(t)
	unload := func(script string) (canceled bool, text string) {
		p.run(script)
		e := &BeforeUnloadEvent{}
		Create(e, p.realm, BeforeUnloadEventInterface, "beforeunload", Init{Cancelable: true})
		return !Dispatch(e, p.window), e.returnValue
	}
	for _, test := range []struct {
		script, text string
		canceled     bool
	}{
		{`onbeforeunload = () => {}`, "", false},
		{`onbeforeunload = () => null`, "", false},
		{`onbeforeunload = () => "stay"`, "stay", true},
		{`onbeforeunload = () => false`, "false", true},
		{`onbeforeunload = e => { e.returnValue = "mine"; return "other" }`, "mine", true},
	} {
		if canceled, text := unload(test.script); canceled != test.canceled || text != test.text {
			t.Errorf("%s: %t %q, want %t %q", test.script, canceled, text, test.canceled, test.text)
		}
	}
}

func TestContentHandlers(t *testing.T) {
	p := newPage(t)
	n := p.node(`var n = new Node(); n`)
	called := 0
	scope := func() []qjs.Value {
		called++
		return []qjs.Value{p.run(`({ inDocument: "d", both: "document" })`), p.run(`({ inElement: "e", both: "element" })`)}
	}
	set := func(body string) { SetContentHandler(n, "onclick", body, "https://example.com/page", true, scope) }
	set(`log.push(inDocument, inElement, both, this === n, event.type, arguments.length)`)
	if called != 0 {
		t.Error("it was compiled before it was needed")
	}
	p.run(`n.dispatchEvent(new Event("click")); logged("d;e;element;true;click;1", "scope")`)
	p.run(`equal(n.onclick.toString().startsWith("function onclick(event) {\n"), true, n.onclick.toString());
		equal(n.onclick.length, 1, "length")`)
	if called != 1 {
		t.Errorf("compiled %d times", called)
	}
	set(`return false`)
	p.run(`equal(n.dispatchEvent(new Event("click", { cancelable: true })), false, "false cancels")`)
	set(`"use strict"; log.push(this === n); undeclared = 1`)
	p.run(`n.dispatchEvent(new Event("click")); logged("true", "strict code")`)
	if len(p.unhandled) != 1 || !strings.Contains(p.unhandled[0].Message, "ReferenceError") {
		t.Errorf("%v", p.unhandled)
	}
	p.unhandled = nil
	for _, body := range []string{`} log.push("escaped"); {`, `)`, `let let = 1`} {
		set(body)
		p.run(`equal(n.onclick, null, "what is no function body"); n.dispatchEvent(new Event("click")); logged("", "is not run")`)
	}
	if len(p.unhandled) != 3 || !strings.Contains(p.unhandled[0].Message, "SyntaxError") {
		t.Errorf("%v", p.unhandled)
	}
	set(`log.push(1)`)
	SetContentHandler(n, "onclick", "", "", false, nil)
	p.run(`n.dispatchEvent(new Event("click")); logged("", "removed"); equal(n.onclick, null, "null")`)

	SetContentHandler(p.window, "onerror", `log.push(event, source, lineno, colno, error)`, "", true, nil)
	p.run(`dispatchEvent(new ErrorEvent("error", { message: "m", filename: "f", lineno: 1, colno: 2, error: 3 }));
		logged("m;f;1;2;3", "parameters of a window's onerror")`)
}

func TestHandlerIsTold(t *testing.T) {
	p := newPage(t)
	var set int
	iface := &webidl.Interface{
		Name: "Port", Parent: EventTargetInterface,
		Attributes: []webidl.Attribute{HandlerAttribute("message", func(EventTarget) { set++ })},
	}
	if err := p.realm.Global().Set(p.realm, "port", webidl.Wrap(p.realm, iface, &testPort{})); err != nil {
		t.Fatal(err)
	}
	p.run(`port.onmessage = null; port.onmessage = () => {}; port.addEventListener("message", () => {})`)
	if set != 2 {
		t.Errorf("told %d times, want 2: also of null", set)
	}
}

func TestReportError(t *testing.T) {
	p := newPage(t)
	p.run(`
		const err = new DOMException("m", "DataCloneError");
		addEventListener("error", e => { log.push(e.message, e.error === err, e.isTrusted, e.cancelable); e.preventDefault(); }, { once: true });
		reportError(err); logged("Uncaught DataCloneError: m;true;true;true", "reported");
		throws(TypeError, () => reportError(), "an argument is required");
		addEventListener("error", e => { log.push(e.message); reportError(new Error("inner")); }, { once: true });
		reportError(new Error("outer")); logged("Uncaught Error: outer", "an error meanwhile is not dispatched");
		globalThis.onerror = () => true; reportError("text"); reportError(undefined); reportError({}); globalThis.onerror = null;`)
	var got []string
	for _, info := range p.unhandled {
		got = append(got, info.Message)
	}
	if want := "Uncaught Error: inner|Uncaught Error: outer"; strings.Join(got, "|") != want {
		t.Errorf("%q, want %s", got, want)
	}
	p.run(`globalThis.onerror = (...args) => { log.push(...args); }`)
	ReportMuted(p.realm)
	p.run(`logged("Script error.;;0;0;", "muted")`)
}

func TestRejections(t *testing.T) {
	p := newPage(t)
	p.run(`
		addEventListener("unhandledrejection", e => { log.push("unhandled " + e.reason + e.cancelable + (e.promise === promise));
			e.preventDefault(); });
		addEventListener("rejectionhandled", e => log.push("handled " + e.reason + e.cancelable + (e.promise === promise)));
		var promise = Promise.reject("r"); log.push("script");`)
	p.run(`logged("script", "it takes a task")`)
	p.tasks()
	p.run(`logged("unhandled rtruetrue", "unhandledrejection"); promise.catch(() => {})`)
	p.tasks()
	p.run(`logged("handled rfalsetrue", "rejectionhandled")`)

	p.run(`promise = Promise.reject("s"); promise.catch(() => {})`) // in the same task
	p.tasks()
	p.run(`promise = Promise.reject("s"); promise.then(() => {}).catch(() => {})`)
	p.tasks()
	p.run(`promise = Promise.reject("t")`)
	p.run(`promise.catch(() => {})`) // after the checkpoint, but before the task
	p.tasks()
	p.run(`logged("", "handled in time")`)
	if len(p.unhandled) != 0 {
		t.Errorf("%v", p.unhandled)
	}

	p.run(`onunhandledrejection = null; promise = (async () => { throw new RangeError("lost") })()`)
	p.tasks()
	p.run(`log = []; dispatchEvent(new Event("x"))`)
	if len(p.unhandled) != 0 {
		t.Error("the listener canceled it")
	}
	q := newPage(t)
	q.run(`Promise.reject(new RangeError("lost"))`)
	q.tasks()
	if len(q.unhandled) != 1 || q.unhandled[0].Message != "Uncaught (in promise) RangeError: lost" || !q.unhandled[0].Promise {
		t.Errorf("%v", q.unhandled)
	}
	q.run(`throws(TypeError, () => new PromiseRejectionEvent("x"), "required");
		throws(TypeError, () => new PromiseRejectionEvent("x", {}), "required");
		const made = Promise.resolve(), e = new PromiseRejectionEvent("x", { promise: made, reason: 5 }); equal(e.reason, 5, "reason");
		equal(e.promise, made, "promise"); equal(new PromiseRejectionEvent("x", { promise: 1 }).promise instanceof Promise, true,
			"made a promise");`)
}

func TestAbortSignals(t *testing.T) {
	p := newPage(t)
	p.run(`
		const c = new AbortController(), s = c.signal;
		equal(c.signal, s, "the same object"); equal(s.aborted, false, "aborted"); equal(s.reason, undefined, "reason");
		equal(s.throwIfAborted(), undefined, "throwIfAborted");
		s.onabort = e => log.push("handler" + e.isTrusted); s.addEventListener("abort", e => log.push("listener" + (e.target === s)));
		c.abort(); c.abort(1); logged("handlertrue;listenertrue", "once");
		equal(s.reason.name + s.aborted, "AbortErrortrue", "reason");
		equal(throws(DOMException, () => s.throwIfAborted(), "throws"), s.reason, "the reason");
		throws(TypeError, () => new AbortSignal(), "Illegal constructor");
		const r = AbortSignal.abort("why"); equal(r.reason, "why", "AbortSignal.abort");
		equal(AbortSignal.abort().reason.name, "AbortError", "its default");

		const a = new AbortController(), b = new AbortController(), any = AbortSignal.any([a.signal, b.signal]), nested = AbortSignal.any([any]);
		for (const [name, signal] of Object.entries({ a: a.signal, any, nested })) signal.onabort = () =>
		log.push(name + any.aborted + nested.aborted);
		a.abort("x"); logged("atruetrue;anytruetrue;nestedtruetrue", "all are aborted before events are fired, in order");
		equal(nested.reason, "x", "the same reason"); b.abort("y"); equal(any.reason, "x", "the first counts");
		equal(AbortSignal.any([]).aborted, false, "of none"); equal(AbortSignal.any([b.signal, r]).reason, "y", "the first that is aborted");
		throws(TypeError, () => AbortSignal.any([{}]), "signals only"); throws(TypeError, () => AbortSignal.any(), "required");`)
}

// A signal that depends on others lives while somebody listens to it and may be aborted by them.
func TestDependentSignalIsKept(t *testing.T) {
	p := newPage(t)
	p.run(`const c = new AbortController(); AbortSignal.any([c.signal]).addEventListener("abort", () => log.push("abort"))`)
	p.realm.Runtime().GC()
	p.run(`c.abort(); logged("abort", "abort")`)
}
