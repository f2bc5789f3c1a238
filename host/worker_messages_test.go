package host

import "testing"

// SPEC 103: a URL that cannot be parsed is a SyntaxError; a second argument that is no
// dictionary a TypeError.
func TestWorkerConstructor(t *testing.T) {
	play(t, `
		for (const make of [() => new Worker("http://a b/"), () => new Worker("w.js", {type: "neither"}), () => new Worker(),
			() => Worker("w.js"), () => new SharedWorker("//[")])
			try { make(); console.log("made") } catch (e) { console.log(e.name, e instanceof DOMException) }
	`, nil).check("SyntaxError true", "TypeError false", "TypeError false", "TypeError false", "SyntaxError true")
}

// SPEC 104: what is posted before the worker runs waits for it, in order.
// SPEC 106: it is dispatched after the script has run.
func TestMessagesBeforeTheWorkerRuns(t *testing.T) {
	play(t, `
		const w = new Worker("w.js", {name: "w"});
		for (let i = 0; i < 3; i++) w.postMessage({i});
		w.onmessage = e => console.log(e.data);
	`, map[string]string{"w.js": `
		let ran = false;
		onmessage = e => postMessage(name + e.data.i + ran);
		ran = true;
	`}).check("w0true", "w1true", "w2true")
}

// SPEC 105: no script, or one that cannot be parsed, or a module that cannot be had: an event
// error, not an ErrorEvent, and no connection.
func TestWorkerWithoutScript(t *testing.T) {
	s := play(t, `
		const seen = what => e => console.log(what, e.type, e.constructor.name, e.bubbles, e.cancelable);
		new Worker("nowhere.js").onerror = seen("missing");
		new Worker("bad.js").onerror = seen("bad");
		new Worker("page.html").onerror = seen("page");
		new Worker("import.js", {type: "module"}).onerror = seen("import");
		new Worker("link.js", {type: "module"}).onerror = seen("link");
		new Worker("http://elsewhere.example/").onerror = seen("elsewhere");
		for (const n of [1, 2]) {
			const w = new SharedWorker("nowhere.js");
			w.onerror = seen("shared " + n);
			w.port.onmessage = e => console.log("shared", e.data);
			w.port.postMessage(1);
		}
	`, map[string]string{"bad.js": "postMessage(1); (", "import.js": "import './nowhere.js'; postMessage(1)",
		"link.js": "import {x} from './empty.js'", "empty.js": "", "page.html": "postMessage(1)"})
	s.mu.Lock()
	lines := s.lines[:0]
	for _, line := range s.lines { // what the console is told of the script is not looked at
		if len(line) < 60 && line[len(line)-1] == 'e' {
			lines = append(lines, line)
		}
	}
	s.lines = lines
	s.mu.Unlock()
	s.checkSet("missing error Event false false", "bad error Event false false", "page error Event false false",
		"import error Event false false", "link error Event false false",
		"elsewhere error Event false false", "shared 1 error Event false false", "shared 2 error Event false false")
	if n := s.workersLeft(); n != 0 {
		t.Error(n, "workers are left")
	}
}

// SPEC 107: a Worker and a worker's global post as ports do, with transfer, but the ports
// themselves are not to be seen: no start, no close event.
func TestImplicitPorts(t *testing.T) {
	play(t, `
		const w = new Worker("w.js");
		console.log("start" in w, "close" in w, "onclose" in w, "postMessage" in w);
		w.onclose = () => console.log("close event");
		w.addEventListener("close", () => console.log("close event"));
		w.onmessage = e => {
			console.log(e.data instanceof ArrayBuffer, e.data.byteLength, e.ports.length, e.source, e.origin === "", e.target === w);
			e.ports[0].postMessage("over the port");
		};
		const buffer = new ArrayBuffer(8);
		w.postMessage(buffer, [buffer]);
		console.log(buffer.byteLength);
		try { w.postMessage(() => 1) } catch (e) { console.log(e.name) }
	`, map[string]string{"w.js": `
		onmessage = e => {
			const {port1, port2} = new MessageChannel();
			port1.onmessage = e => { console.log(e.data); close() };
			postMessage(e.data, {transfer: [e.data, port2]});
			console.log("start" in self, "onclose" in self, e.data.byteLength);
		};
	`}).checkSet("false false false true", "0", "DataCloneError", "false false 0", "true 8 1 null true true", "over the port")
}

// SPEC 106: a shared worker gets connect with the inside port; the outside port of who made it is
// enabled without start. SPEC 113: so is not the port of who comes later.
func TestSharedWorkerConnects(t *testing.T) {
	s := play(t, `
		const connect = (n) => new Promise(done => {
			const w = new SharedWorker("s.js", "name");
			w.port.addEventListener("message", e => { console.log(n, e.data); done(w) });
			w.port.postMessage("from " + n);
			if (n == 3) w.port.start();
			if (n == 2) done(w);
		});
		connect(1).then(() => connect(2)).then(() => connect(3));
	`, map[string]string{"s.js": `
		let n = 0;
		onconnect = e => {
			n++;
			const port = e.ports[0];
			port.postMessage([n, e.data === "", e.ports.length, e.source === port, Object.isFrozen(e.ports), e.constructor.name, e.isTrusted,
				name].join());
			port.onmessage = e => console.log(e.data);
		};
	`})
	s.checkSet("1 1,true,1,true,true,MessageEvent,true,name", "3 3,true,1,true,true,MessageEvent,true,name", "from 1", "from 2", "from 3")
	if n := s.workersLeft(); n != 1 {
		t.Error(n, "workers")
	}
}

// SPEC 112: the same URL and name with another type or credentials mode is an error.
func TestSharedWorkerMismatch(t *testing.T) {
	s := play(t, `
		const first = new SharedWorker("s.js", {name: "a"});
		first.port.onmessage = e => {
			console.log("first", e.data);
			for (const options of [{name: "a", type: "module"}, {name: "a", credentials: "omit"}, {name: "b", type: "module"}, {name: "a"}]) {
				const w = new SharedWorker("s.js", options), what = JSON.stringify(options);
				w.onerror = e => console.log(what, e.type);
				w.port.onmessage = e => console.log(what, e.data);
			}
		};
	`, map[string]string{"s.js": `let n = 0; onconnect = e => e.ports[0].postMessage(++n)`})
	s.checkSet("first 1", `{"name":"a","type":"module"} error`, `{"name":"a","credentials":"omit"} error`, `{"name":"b","type":"module"} 1`,
		`{"name":"a"} 2`)
}

// SPEC 114: a worker of a data: URL has an opaque origin; a shared one is found by its
// constructor's storage key.
func TestDataURLWorkers(t *testing.T) {
	play(t, `
		new Worker("data:,postMessage([origin, location.origin, location.protocol].join())").onmessage = e => console.log(e.data);
		const url = "data:,let n = 0; onconnect = e => e.ports[0].postMessage([origin, ++n].join())";
		new SharedWorker(url).port.onmessage = e => {
			console.log(e.data);
			new SharedWorker(url).port.onmessage = e => console.log(e.data);
		};
	`, nil).checkSet("null,null,data:", "null,1", "null,2")
}
