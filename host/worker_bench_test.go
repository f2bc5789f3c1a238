package host

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// BenchmarkPingPong sends a small object back and forth between two workers, over a
// channel of their own.
func BenchmarkPingPong(b *testing.B) {
	benchmarkWorkers(b, `
		onmessage = e => {
			const port = e.ports[0], start = e.data;
			port.onmessage = e => { if (e.data.n > 0) port.postMessage({type: "ball", n: e.data.n - 1}); else self.done() };
			onmessage = e => { port.postMessage({type: "ball", n: e.data}); };
			self.done = () => postMessage(1);
		}`)
}

// BenchmarkOneWay sends small objects from one worker to another.
func BenchmarkOneWay(b *testing.B) {
	benchmarkWorkers(b, `
		onmessage = e => {
			const port = e.ports[0];
			port.onmessage = e => { if (e.data.n == 0) postMessage(1) };
			onmessage = e => { for (let n = e.data; n >= 0; n--) port.postMessage({type: "ball", n}) };
		}`)
}

// benchmarkWorkers runs b.N messages between two workers that have the script.
func benchmarkWorkers(b *testing.B, script string) {
	h, err := New(Options{ScriptTimeout: -1, Files: fstest.MapFS{"index.html": {}, "w.js": {Data: []byte(script)}}})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	page, err := h.Open(b.Context(), "/")
	if err != nil {
		b.Fatal(err)
	}
	if _, err = page.Eval(b.Context(), `
		const {port1, port2} = new MessageChannel(), [v, w] = [1, 2].map(() => new Worker("w.js"));
		v.postMessage(0, [port1]);
		w.postMessage(0, [port2]);
		const run = n => new Promise(done => { v.onmessage = w.onmessage = () => done(); v.postMessage(n) });
		run(0)`); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if _, err = page.Eval(b.Context(), fmt.Sprintf("run(%d)", b.N)); err != nil {
		b.Fatal(err)
	}
}
