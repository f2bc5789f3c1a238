package host

import (
	"net/http"
	"testing"
)

// isolatedSite serves pages that are cross-origin isolated; what has "open" in its name has no
// embedder policy.
func isolatedSite(files map[string]string) map[string]http.Handler {
	return map[string]http.Handler{"https://isolated.example": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Content-Type", "text/javascript")
		name := r.URL.Path[1:]
		if name == "" {
			w.Header().Set("Content-Type", "text/html")
		}
		if name != "open.js" {
			w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		}
		_, _ = w.Write([]byte(files[name]))
	})}
}

// SPEC 72, 83: a dedicated worker of an isolated page is in its agent cluster, so memory is shared
// with it; a shared worker is alone in its own. A worker may block.
func TestSharedMemoryWithWorkers(t *testing.T) {
	s := stage(t, Options{Origins: isolatedSite(map[string]string{
		"w.js": `onmessage = e => { const a = new Int32Array(e.data); postMessage(crossOriginIsolated); Atomics.wait(a, 0, 0);
			postMessage(Atomics.load(a, 0)) }`,
		"open.js": `postMessage(1)`,
		"s.js": `onconnect = e => { e.ports[0].onmessage = m => e.ports[0].postMessage("data");
			e.ports[0].onmessageerror = m => e.ports[0].postMessage("messageerror") }`,
	})}, nil)
	s.openAt("https://isolated.example/", `
		const memory = new SharedArrayBuffer(4), a = new Int32Array(memory), w = new Worker("w.js");
		w.postMessage(memory);
		w.onmessage = e => {
			console.log("worker", e.data);
			if (e.data === true) setTimeout(() => { Atomics.store(a, 0, 7); Atomics.notify(a, 0) }, 5);
		};
		new Worker("open.js").onerror = e => console.log("no policy", e.type);
		const port = new SharedWorker("s.js").port;
		port.onmessage = e => console.log("shared", e.data);
		port.postMessage(memory);
		new Worker("data:,postMessage(crossOriginIsolated)").onmessage = e => console.log("data", e.data);
		try { Atomics.wait(a, 0, 0) } catch (e) { console.log("page", e.name) }
	`)
	s.wait()
	s.checkSet("worker true", "worker 7", "no policy error", "shared messageerror", "data false", "page TypeError")
}

// SPEC 72: without isolation memory cannot be posted.
func TestNoSharedMemoryWithoutIsolation(t *testing.T) {
	s := play(t, `new Worker("w.js").onmessage = e => console.log(e.data)`, map[string]string{"w.js": `
		try { postMessage(new SharedArrayBuffer(4)) } catch (e) { postMessage([crossOriginIsolated, e.name].join()) }
	`})
	if got := s.said(); got != "false,DataCloneError" && got != "false,ReferenceError" {
		t.Error(got)
	}
}
