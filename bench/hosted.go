package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/entangle-go/entangle/host"
)

// workerScript is what the workers of the peers run, and those of the host.
//
//go:embed worker.mjs
var workerScript embed.FS

// origin serves worker.mjs, and a page that lists it.
const origin = "http://bench.example"

// hosted opens a page of a host, at that origin.
func hosted() (*host.Host, *host.Page) {
	h, err := host.New(host.Options{
		Origins: map[string]http.Handler{origin: http.FileServerFS(workerScript)},
		Error:   func(e host.ScriptError) { panic(fmt.Sprint(e)) },
	})
	must(err)
	page, err := h.Open(background, origin)
	must(err)
	return h, page
}

// hostObject is the script of a page that posts to one of a worker, 1,000 small objects at a time.
func hostObject(d time.Duration) result {
	const per = 1000
	h, page := hosted()
	defer h.Close()
	eval(page, fmt.Sprintf(`
		const {port1, port2} = new MessageChannel();
		const worker = new Worker("worker.mjs", {type: "module"});
		const object = {id: 1, type: "search", data: {q: "abc", n: 42}};
		let done;
		port1.onmessage = () => done();
		worker.postMessage({command: "count", port: port2, per: %d}, [port2]);
		const batch = () => new Promise(resolve => {
			done = resolve;
			for (let i = 0; i < %[1]d; i++) port1.postMessage(object);
		});
		undefined`, per))
	return timed(d, per, func() { eval(page, "batch()") })
}

// hostPingPong is a worker that measures round trips to another worker.
func hostPingPong(d time.Duration) result {
	h, page := hosted()
	defer h.Close()
	eval(page, `
		const {port1, port2} = new MessageChannel();
		const worker = () => new Promise(resolve => {
			const w = new Worker("worker.mjs", {type: "module"});
			w.onmessage = () => resolve(w);
		});
		let near, far;
		Promise.all([worker(), worker()]).then(workers => { [near, far] = workers })`)
	used := cpuTime()
	text := eval(page, fmt.Sprintf(`
		far.postMessage({command: "echo", port: port2}, [port2]);
		new Promise(resolve => {
			near.onmessage = event => resolve(JSON.stringify(event.data));
			near.postMessage({command: "trips", port: port1, milliseconds: %d}, [port1]);
		})`, d.Milliseconds()))
	var got struct{ Trips, P50, P99 float64 }
	must(json.Unmarshal([]byte(text.(string)), &got))
	return result{CPU: micros(cpuTime()-used) / got.Trips, P50: got.P50, P99: got.P99}
}

// hostOpen opens a page in a fresh host.
func hostOpen(d time.Duration) result {
	var times latencies
	return times.into(timed(d, 1, func() {
		before := time.Now()
		h, err := host.New(host.Options{})
		must(err)
		_, err = h.Open(background, "about:blank")
		must(err)
		times.add(time.Since(before))
		must(h.Close())
	}))
}

func eval(page *host.Page, source string) any {
	v, err := page.Eval(background, source)
	must(err)
	return v
}
