package globalscope_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/npm"
)

// TestClientOfTheProject runs the npm package's bundle, as it is published, against a hub.
func TestClientOfTheProject(t *testing.T) {
	h, err := hub.New(hub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	server := serve(t, h.ServeHTTP)
	r := newRig(t, webidl.Window, server.URL+"/page")
	r.runtime.SetModules(qjs.Modules{
		Resolve: func(_ *qjs.Realm, specifier, _ string) (string, error) { return specifier, nil },
		Load: func(_ *qjs.Realm, url, _ string) (string, error) {
			source, err := npm.Dist.ReadFile("dist/" + url)
			return string(source), err
		},
	})
	lines := r.run(fmt.Sprintf(`
		const { connect } = await import("entangle.js");
		const a = connect(%[1]q, { name: "the-listener" }), b = connect(%[1]q);
		await a.ready; await b.ready;
		a.addEventListener("connect", ({ ports: [port] }) => {
			port.onmessage = ({ data }) => port.postMessage({ echo: data });
		});
		const port = b.connectTo("the-listener");
		const answer = () => new Promise(end => port.onmessage = e => end(e.data));
		port.postMessage(["hello", new Map([[1, new Date(0)]])]);
		console.log((await answer()).echo);
		for (let i = 0; i < 100; i++) port.postMessage(i);
		let sum = 0; for (let i = 0; i < 100; i++) sum += (await answer()).echo;
		console.log(sum);
		const one = new a.BroadcastChannel("all"), two = new b.BroadcastChannel("all");
		await new Promise(end => setTimeout(end, 20));
		two.postMessage("to everybody");
		console.log((await new Promise(end => one.onmessage = end)).data);
		const gone = new Promise(end => port.addEventListener("close", () => end("closed")));
		await a.close();
		console.log(await gone, a.state);
		await b.close();`, strings.Replace(server.URL, "http", "ws", 1)+"/entangle"))
	want := "[ 'hello', Map(1) { 1 => 1970-01-01T00:00:00.000Z } ]\n4950\nto everybody\nclosed closed"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("logged:\n%s\nwant:\n%s", got, want)
	}
}
