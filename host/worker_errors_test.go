package host

import "testing"

// An exception in a worker: onerror of its global, then ErrorEvent at the Worker, then at the
// Worker's global; whoever handles it is the last.
func TestErrorsGoUp(t *testing.T) {
	s := play(t, `
		onerror = (message, file, line, column, error) => { console.log("window", message, file, line, error); return true };
		const w = new Worker("w.js");
		w.onerror = e => {
			console.log("worker", e.constructor.name, e.message, e.filename, e.lineno, e.error, e.cancelable);
			if (e.message.includes("second")) e.preventDefault();
		};
		for (const text of ["first", "second", "third"]) w.postMessage(text);
	`, map[string]string{"w.js": `onerror = (message, file, line, column, error) => {
			console.log("global", message, error instanceof TypeError);
			return message.includes("third");
		}
onmessage = e => { throw new TypeError(e.data) }`})
	const file = " http://localhost/w.js 5 null"
	s.checkSet("global Uncaught TypeError: first true", "global Uncaught TypeError: second true", "global Uncaught TypeError: third true",
		"worker ErrorEvent Uncaught TypeError: first"+file+" true", "worker ErrorEvent Uncaught TypeError: second"+file+" true",
		"window Uncaught TypeError: first"+file)
}

// Errors of nested workers go up to the page; each level may handle them. Rejected promises do not.
func TestErrorsOfNestedWorkers(t *testing.T) {
	s := play(t, `
		const w = new Worker("outer.js");
		w.onerror = e => { console.log("page", e.message); e.preventDefault() };
	`, map[string]string{
		"outer.js": `onerror = m => { console.log("outer", m) }; new Worker("inner.js", {type: "module"})`,
		"inner.js": `Promise.reject(1); await null; throw "inside"`,
	})
	s.checkSet("outer Uncaught inside", "page Uncaught inside", "Uncaught (in promise) 1")
}

// An exception in a shared worker is told to nobody outside.
func TestErrorsOfSharedWorkers(t *testing.T) {
	var told []string
	s := stage(t, Options{}, map[string]string{"s.js": `onerror = e => console.log("global", e);
		onconnect = e => { e.ports[0].postMessage(1); throw 1 }`})
	s.host.options.Error = func(e ScriptError) { s.mu.Lock(); told = append(told, e.URL); s.mu.Unlock() }
	s.open(`
		const w = new SharedWorker("s.js");
		w.onerror = w.port.onerror = onerror = () => console.log("outside");
		w.port.onmessage = e => console.log(e.data);
		undefined`)
	s.wait()
	s.mu.Lock()
	n := len(told)
	s.mu.Unlock()
	if n != 1 {
		t.Error(n, "errors")
	}
	s.checkSet("1", "global Uncaught 1")
}

// importScripts: URLs are parsed first, then each is fetched and run, with its exceptions thrown
// to the caller.
func TestImportScripts(t *testing.T) {
	s := play(t, `
		new Worker("w.js").onmessage = e => console.log(e.data);
		new Worker("data:text/javascript,try { importScripts() } catch (e) { postMessage(e.name) }",
			{type: "module"}).onmessage = e => console.log(e.data);
	`, map[string]string{
		"a.js": "var list = 'a'", "b.js": "list += 'b'", "throws.js": "throw new RangeError('x')", "bad.js": "(", "page.html": "", "w.js": `
		importScripts();
		const attempt = (...urls) => { try { importScripts(...urls);
			postMessage(list) } catch (e) { postMessage(urls[0] + " " + e.name + " " + (e instanceof DOMException)) } };
		attempt("a.js", "b.js");
		attempt("b.js", "http://a b");
		attempt("throws.js");
		attempt("bad.js");
		attempt("nowhere.js");
		attempt("page.html");
		attempt("data:text/javascript,list += 'c'");`,
	})
	s.checkSet("ab", "b.js SyntaxError true", "throws.js RangeError false", "bad.js SyntaxError false", "nowhere.js NetworkError true",
		"page.html NetworkError true", "abc", "TypeError")
}

// A worker's script may be a blob, which may be revoked at once; it has the origin of who made it.
func TestBlobWorkers(t *testing.T) {
	s := play(t, `
		for (const type of ["classic", "module"]) {
			const url = URL.createObjectURL(new Blob(["postMessage([origin, location.protocol, typeof importScripts].join())"],
				{type: "text/javascript"}));
			const w = new Worker(url, {type});
			URL.revokeObjectURL(url);
			w.onmessage = e => console.log(type, e.data);
		}
	`, nil)
	s.checkSet("classic http://localhost,blob:,function", "module http://localhost,blob:,function")
}

// The global of a worker has what the standard gives it, and nothing of a window.
func TestWorkerGlobalScope(t *testing.T) {
	s := play(t, `new Worker("w.js?q#f", {name: "n"}).onmessage = e => console.log(e.data)`, map[string]string{"w.js": `
		const say = (...list) => postMessage(list.join(" "));
		say(self === globalThis, self instanceof DedicatedWorkerGlobalScope, self instanceof WorkerGlobalScope, self instanceof EventTarget);
		say(location.href, location.search, location.hash, location.origin, location.pathname, String(location) == location.href,
			location === self.location);
		say(navigator instanceof WorkerNavigator, navigator.onLine, typeof navigator.userAgent, Object.isFrozen(navigator.languages));
		say(typeof window, typeof document, typeof alert, typeof XMLSerializer, typeof SharedWorker);
		say(name, name = "other", name, Object.prototype.toString.call(self), isSecureContext, crossOriginIsolated, origin);
		say(["onmessage", "onmessageerror", "onerror", "onoffline", "ononline", "onlanguagechange", "onrejectionhandled", "onunhandledrejection",
			"importScripts",
			"close", "setTimeout", "structuredClone", "queueMicrotask", "btoa", "fetch", "performance", "crypto",
			"reportError"].filter(name => !(name in self)).join());
	`})
	s.check("true true true true", "http://localhost/w.js?q#f ?q #f http://localhost /w.js true true", "true true string true",
		"undefined undefined undefined undefined undefined", "n other other [object DedicatedWorkerGlobalScope] true false http://localhost", "")
}

// What a module worker imports statically is fetched for its creator, what it imports dynamically
// for itself: a data: URL's origin is opaque.
func TestModulesOfAWorker(t *testing.T) {
	s := play(t, `
		const source = "import {x} from 'http://localhost/x.js'; postMessage(x); " +
		"import('http://localhost/y.js').then(y => postMessage(y.x), e => postMessage(e.name))";
		new Worker("data:text/javascript," + source, {type: "module"}).onmessage = e => console.log("data", e.data);
		new Worker("main.js", {type: "module"}).onmessage = e => console.log("main", e.data);
	`, map[string]string{
		"x.js": "export const x = 'x of ' + import.meta.url", "y.js": "export const x = 'y'",
		"main.js": `import {x} from "./x.js"; postMessage(x); postMessage((await import("./y.js")).x)`,
	})
	s.checkSet("data x of http://localhost/x.js", "data TypeError", "main x of http://localhost/x.js", "main y")
}
