package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// A frame that goes while everything is under way leaves nothing in the heap of the
// page that had it.
func TestGlobalsLeaveNothingBehind(t *testing.T) {
	server := serve(t, site)
	sockets := serveEcho(t)
	r := newRig(t, webidl.Window, server.URL+"/page")
	frame := func() {
		defer r.runtime.Enter()()
		s := &settings.Object{
			Realm: r.runtime.NewRealm(), Loop: r.settings.Loop, Messaging: r.settings.Messaging, Origin: r.settings.Origin,
			CreationURL: r.settings.CreationURL, Blobs: r.settings.Blobs, Loader: r.settings.Loader, Begin: r.settings.Begin,
		}
		s.Kind, s.IsSecureContext = webidl.Window, true
		install(t, s)
		_, err := s.Realm.Eval(`
			setTimeout(() => globalThis, 1e6); setInterval(() => globalThis, 1e6); requestAnimationFrame(() => globalThis);
			fetch("/never").then(() => globalThis); const x = new XMLHttpRequest(); x.onload = () => globalThis; x.open("GET", "/never"); x.send();
			const r = new FileReader(); r.onload = () => globalThis; r.readAsText(new Blob(["x"])); new Blob(["x"]).text().then(() => globalThis);
			const w = new WebSocket("`+sockets.URL+`"); w.onopen = () => globalThis;
			performance.mark("m", { detail: globalThis }); URL.createObjectURL(new Blob(["y"])); new TextEncoder();
			const s = new ReadableStream({ pull() { return new Promise(() => {}) } }); s.getReader().read().then(() => globalThis);
			new TransformStream().readable.pipeTo(new WritableStream()); console.count();`, "frame.js")
		if err != nil {
			t.Fatal(err)
		}
		s.Destroy()
		s.Realm.Close()
	}
	settle := func() int {
		r.run("") // jobs and tasks
		defer r.runtime.Enter()()
		for range 3 { // what a finalizer lets go is garbage for the next one
			r.runtime.GC()
		}
		return r.runtime.MemoryUsed()
	}
	frames := func(n int) int {
		for range n {
			frame()
		}
		return settle()
	}
	const rounds = 30
	frames(rounds)
	before := frames(rounds)
	after := frames(rounds)
	const realm = 100 << 10 // an empty one is larger
	if after-before > realm {
		t.Errorf("%d frames that are gone left %d bytes", rounds, after-before)
	}
}
