package host

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// SPEC 108: close() lets the script run to its end; what it posts goes out, no task follows.
func TestWorkerCloses(t *testing.T) {
	s := play(t, `
		const w = new Worker("w.js");
		w.postMessage("early");
		w.onmessage = e => console.log(e.data);
		w.onerror = e => console.log("error", e.message);
	`, map[string]string{"w.js": `
		onmessage = e => postMessage("no task: " + e.data);
		setTimeout(() => postMessage("no timer"), 0);
		postMessage("before");
		close();
		setTimeout(() => postMessage("no timer"), 0);
		Promise.resolve().then(() => postMessage("microtask"));
		postMessage("after");
	`})
	s.check("before", "after", "microtask")
	if n := s.workersLeft(); n != 0 {
		t.Error(n, "workers are left")
	}
}

// SPEC 109: when a worker ends its timers are gone and its ports are disentangled: who has the
// other ends gets close.
func TestPortsOfAWorkerThatEnds(t *testing.T) {
	for _, how := range []string{"close()", "terminate"} {
		t.Run(how, func(t *testing.T) {
			play(t, `
				const {port1, port2} = new MessageChannel(), w = new Worker("w.js");
				port1.onclose = () => console.log("close");
				port1.onmessage = e => { console.log(e.data); if ("`+how+`" == "terminate") w.terminate(); else w.postMessage("close") };
				w.postMessage("hold", [port2]);
			`, map[string]string{"w.js": `
				setInterval(() => {}, 1);
				onmessage = e => { if (e.data == "close") close(); else (self.port = e.ports[0]).postMessage("held") };
			`}).check("held", "close")
		})
	}
}

// SPEC 110: terminate ends a script that never would, and drops what the worker posted and was not
// dispatched yet.
func TestTerminate(t *testing.T) {
	s := play(t, `
		const w = new Worker("w.js");
		w.onmessage = e => {
			w.terminate();
			w.terminate();
			w.postMessage("nobody");
			console.log(e.data);
		};
		w.onerror = e => console.log(e.message);
	`, map[string]string{"w.js": `for (let i = 0;; i++) { try { postMessage(i); while (i == 100); } finally { continue } }`})
	s.check("0")
	if n := s.workersLeft(); n != 0 {
		t.Error(n, "workers are left")
	}
}

// SPEC 110: a worker that waits in Atomics.wait, in importScripts, or for a module is
// terminated, too.
func TestTerminateWhileTheWorkerWaits(t *testing.T) {
	for what, script := range map[string]string{
		"Atomics.wait": `postMessage(1); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
		"promise":      `postMessage(1); await new Promise(() => {})`,
		"jobs":         `postMessage(1); for (;;) await null`,
		"import":       `postMessage(1); await import("./loop.js")`,
	} {
		t.Run(what, func(t *testing.T) {
			s := stage(t, Options{Origins: isolatedSite(map[string]string{"w.js": script, "loop.js": "for (;;);"})}, nil)
			s.openAt("https://isolated.example/", `
				const w = new Worker("w.js", {type: "module"});
				w.onmessage = e => { w.terminate(); console.log("terminated") };
				w.onerror = e => console.log(e.message);
				undefined`)
			s.wait()
			s.check("terminated")
			if n := s.workersLeft(); n != 0 {
				t.Error(n, "workers are left")
			}
		})
	}
}

// SPEC 110: a worker may be terminated before anything of it has run.
func TestTerminateAtOnce(t *testing.T) {
	s := play(t, `
		for (let i = 0; i < 1000; i++) {
			const w = new Worker("w.js");
			w.onmessage = w.onerror = e => console.log(e.type);
			w.terminate();
		}
		new Worker("w.js").onmessage = e => console.log(e.data);
	`, map[string]string{"w.js": "postMessage(1); close()"})
	s.check("1")
	if n := s.workersLeft(); n != 0 {
		t.Error(n, "workers are left")
	}
}

// SPEC 101, 111: workers end with the document or worker that owns them; a shared one with
// its last owner.
func TestWorkersEndWithTheirPage(t *testing.T) {
	s := stage(t, Options{}, map[string]string{
		"outer.js": `const w = new Worker("inner.js"); w.onmessage = e => postMessage(e.data)`,
		"inner.js": `setInterval(() => {}, 1); postMessage("inner")`,
		"shared.js": `setInterval(() => {}, 1); onconnect = e => { const w = new Worker("inner.js");
			w.onmessage = m => e.ports[0].postMessage(m.data) }`,
	})
	const script = `
		Promise.all([
			new Promise(done => new Worker("outer.js").onmessage = done),
			new Promise(done => new SharedWorker("shared.js").port.onmessage = done)
		]).then(list => list.map(e => e.data).join())`
	s.open(script)
	first := s.page
	s.open(script)
	if n := s.workersLeft(); n != 7 { // two outer ones, two inside them, the shared one, one inside for each connection
		t.Error(n, "workers")
	}
	first.Close()
	s.waitForWorkers(5)
	s.page.Close()
	s.waitForWorkers(0)
	s.wait()
}

// waitForWorkers waits until the host knows n workers.
func (s *scene) waitForWorkers(n int) {
	s.t.Helper()
	for ctx := s.context(); s.workersLeft() != n; runtime.Gosched() {
		if ctx.Err() != nil {
			s.t.Fatal(s.workersLeft(), "workers, want", n)
		}
	}
}

// SPEC 111: workers beyond a limit, of number or of nesting, get an error event.
func TestTooManyWorkers(t *testing.T) {
	s := stage(t, Options{Workers: WorkerLimits{Number: 5, Nesting: 3}}, map[string]string{
		"w.js": `onmessage = () => {}`,
		"nest.js": `
			onmessage = e => {
				const w = new Worker("nest.js");
				w.onmessage = e => postMessage(e.data + 1);
				w.onerror = () => postMessage(1);
				w.postMessage(1);
			}`,
	})
	s.open(`
		const w = new Worker("nest.js");
		w.postMessage(1);
		w.onmessage = e => {
			console.log("nested", e.data);
			w.terminate();
		};
		new Promise(done => w.addEventListener("message", () => done()))`)
	s.waitForWorkers(0)
	if _, err := s.page.Eval(s.context(), `for (let i = 0; i < 7; i++) new Worker("w.js").onerror = e => console.log(i, e.type);
		1`); err != nil {
		t.Fatal(err)
	}
	s.wait()
	s.check("nested 3", "5 error", "6 error")
}

// A script that does not end is ended at its limit; the worker lives on.
func TestScriptTimeoutInAWorker(t *testing.T) {
	s := stage(t, Options{ScriptTimeout: 50 * time.Millisecond},
		map[string]string{"w.js": `onmessage = e => { if (e.data) for (;;); postMessage("alive") }`})
	s.open(`
		const w = new Worker("w.js");
		w.onerror = e => { console.log("error", e.message != ""); e.preventDefault() };
		w.onmessage = e => console.log(e.data);
		w.postMessage(true);
		w.postMessage(false)`)
	s.wait()
	s.check("error true", "alive")
}

// Ten thousand workers that are opened and terminated, or close themselves, leave no goroutine and
// no memory behind.
func TestManyWorkers(t *testing.T) {
	total, batch := 10000, 100
	if testing.Short() || raceEnabled {
		total = 500
	}
	s := stage(t, Options{}, map[string]string{"w.js": `onmessage = e => { postMessage(e.data); if (e.data % 2) close() };
		const a = new Array(1000).fill({})`})
	s.open(`
		async function open(n) {
			await Promise.all(Array.from({length: n}, (_, i) => new Promise(done => {
				const w = new Worker("w.js");
				w.onmessage = () => { if (i % 2 == 0) w.terminate(); done() };
				w.postMessage(i);
			})));
		}`)
	run := func(n int) {
		for range n / batch {
			if _, err := s.page.Eval(s.context(), fmt.Sprintf("open(%d)", batch)); err != nil {
				t.Fatal(err)
			}
		}
		s.waitForWorkers(0)
		s.wait()
		runtime.GC()
	}
	run(2 * batch)
	goroutines, memory := runtime.NumGoroutine(), residentMemory(t)
	run(total - 2*batch)
	if n := runtime.NumGoroutine(); n > goroutines+10 {
		t.Errorf("%d goroutines, %d before", n, goroutines)
	}
	if grown := residentMemory(t) - memory; grown > 100<<20 {
		t.Errorf("%d MiB more", grown>>20)
	}
}

// SPEC 57, 58: the broadcast channels of a worker that is closing are silent, without an error.
func TestBroadcastChannelsOfAClosingWorker(t *testing.T) {
	play(t, `
		const c = new BroadcastChannel("c"), w = new Worker("w.js");
		c.onmessage = e => console.log("broadcast", e.data);
		w.onmessage = e => { console.log(e.data); c.postMessage(1) };
	`, map[string]string{"w.js": `
		const c = new BroadcastChannel("c");
		c.onmessage = e => console.log("in the worker", e.data);
		c.postMessage("open");
		close();
		c.postMessage("closing");
		postMessage("posted")`}).checkSet("broadcast open", "posted")
}

// A frame with workers that goes leaves nothing of them in its agent, which lives on with the page.
func TestWorkersOfAFrameThatGoes(t *testing.T) {
	warm, rounds, allowed := 50, 300, 30<<20 // the page keeps the realms of some frames that are gone
	if raceEnabled {
		warm, rounds = 2, 5 // only that it ends: the detector's own memory is in what is resident
	}
	s := stage(t, Options{}, map[string]string{
		"w.js": `onmessage = e => postMessage(1)`,
		"s.js": `onconnect = e => e.ports[0].postMessage(1)`,
		"frame.html": `<script>
			const data = new Array(100000).fill(1), w = new Worker("w.js"), v = new Worker("nowhere.js"), s = new SharedWorker("s.js");
			let left = 3;
			const one = () => { if (--left == 0) parent.postMessage(data.length) };
			w.onmessage = v.onerror = s.port.onmessage = one;
			s.onerror = one;
			w.postMessage(1);
		</script>`})
	s.open(`
		async function frames(n) {
			while (n-- > 0) {
				const frame = document.createElement("iframe");
				frame.src = "frame.html";
				document.body.append(frame);
				await new Promise(done => onmessage = done);
				frame.remove();
			}
		}`)
	run := func(n int) {
		for ; n > 0; n -= 25 { // each as long as a context lasts
			if _, err := s.page.Eval(s.context(), fmt.Sprintf("frames(%d)", min(n, 25))); err != nil {
				t.Fatal(err)
			}
		}
		s.waitForWorkers(0)
		runtime.GC()
	}
	run(warm)
	memory := residentMemory(t)
	run(rounds)
	if grown := residentMemory(t) - memory; grown > allowed && !raceEnabled {
		t.Errorf("%d KiB more after %d frames", grown>>10, rounds)
	}
}

// A shared worker that closes itself is not found again: the next SharedWorker makes a new one.
func TestSharedWorkersThatClose(t *testing.T) {
	rounds := 200
	if raceEnabled {
		rounds = 20
	}
	s := stage(t, Options{}, map[string]string{"s.js": `let n = 0; onconnect = e => { e.ports[0].postMessage(++n); close() }`})
	s.open(fmt.Sprintf(`
		(async () => {
			for (let i = 0; i < %d; i++) {
				const w = new SharedWorker("s.js");
				const n = await new Promise(done => { w.port.onmessage = e => done(e.data); w.port.onclose = () => done("closed");
					w.onerror = () => done("error") });
				if (n !== 1 && n !== "closed") console.log(n);
			}
		})()`, rounds))
	s.waitForWorkers(0)
	s.check("")
}
