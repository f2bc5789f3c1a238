package globalscope_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lxzan/gws"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// echo sends back what it gets; a text that begins with "!" says how to close.
type echo struct{ gws.BuiltinEventHandler }

func (echo) OnMessage(socket *gws.Conn, m *gws.Message) {
	defer m.Close()
	switch text := string(m.Bytes()); text {
	case "!close":
		_ = socket.WriteClose(4001, []byte("enough"))
	case "!vanish":
		_ = socket.NetConn().Close()
	default:
		_ = socket.WriteMessage(m.Opcode, m.Bytes())
	}
}

func serveEcho(t *testing.T) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		option := gws.ServerOption{}
		if r.Header.Get("Sec-WebSocket-Protocol") != "" {
			option.SubProtocols = []string{"chat"}
		}
		if r.URL.Path == "/refused" || r.Header.Get("Origin") != "http://page.example" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		socket, err := gws.NewUpgrader(echo{}, &option).Upgrade(w, r)
		if err != nil {
			return
		}
		socket.ReadLoop()
	})
}

func TestWebSocket(t *testing.T) {
	address := strings.Replace(serveEcho(t).URL, "http", "ws", 1)
	prelude := `const address = "` + address + `";
		const next = (w, name) => new Promise(end => w.addEventListener(name, end, { once: true }));
		const closed = async w => { const e = await next(w, "close"); return [e.code, e.reason, e.wasClean, w.readyState].join() };
		`
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"messages of all types", prelude + `
			const w = new WebSocket(address + "/p?q"), seen = [];
			console.log(w.url == address + "/p?q", w.readyState, w.binaryType, w.protocol === "", w.extensions === "");
			try { w.send("early") } catch (e) { console.log(e.name) }
			const e = await next(w, "open"); console.log(e.constructor.name, w.readyState);
			for (const data of ["é", new Uint8Array([1, 2, 3]).subarray(1), new ArrayBuffer(2), new Blob(["b"])]) {
				w.send(data);
				const m = await next(w, "message");
				console.log(typeof m.data == "string" ? m.data : m.data.constructor.name + m.data.size, m.origin == new URL(address).origin);
			}
			w.binaryType = "arraybuffer"; w.binaryType = "nonsense";
			w.send(new Uint8Array([7])); console.log(new Uint8Array((await next(w, "message")).data)[0]);
			w.close(3000, "bye"); console.log(w.readyState); w.close();
			console.log((await closed(w)).slice(0, 4), w.readyState, w.bufferedAmount);
			w.send("xyz"); console.log(w.bufferedAmount)`,
			"true 0 blob true true\nInvalidStateError\nEvent 1\né true\nBlob2 true\nBlob2 true\nBlob1 true\n7\n2\n3000 3 0\n3"},
		{"handlers and protocols", prelude + `
			await new Promise(end => {
				const w = new WebSocket(address.replace("ws", "http"), ["other", "chat"]);
				w.onopen = () => { console.log(w.protocol); w.send("x") };
				w.onmessage = e => { console.log(e.data); w.close() };
				w.onclose = e => { console.log(e.code, e.wasClean); end() };
			})`, "chat\nx\n1005 true"},
		{"closed by the server", prelude + `
			let w = new WebSocket(address); await next(w, "open"); w.send("!close"); console.log(await closed(w));
			w = new WebSocket(address); await next(w, "open"); w.onerror = () => console.log("error", w.readyState); w.send("!vanish");
			console.log(await closed(w))`,
			"4001,enough,true,3\nerror 3\n1006,,false,3"},
		{"not established", prelude + `
			for (const [u, p] of [[address + "/refused"], ["ws://127.0.0.1:1/"], [address, "unknown"]]) {
				const w = new WebSocket(u, p); w.onerror = () => console.log("error"); console.log(await closed(w));
			}
			const w = new WebSocket(address); w.onerror = () => console.log("error"); w.onopen = () => console.log("wrong"); w.close();
			console.log(w.readyState, await closed(w))`,
			"error\n1006,,false,3\nerror\n1006,,false,3\nerror\n1006,,false,3\nerror\n2 1006,,false,3"},
		{"what is refused at once", prelude + `
			for (const args of [["nonsense:x"], ["ws://a/#f"], ["http://"], [address, "a b"], [address, ["a", "a"]], [address, ""]])
				try { new WebSocket(...args); console.log("made") } catch (e) { console.log(e.name) }
			const w = new WebSocket(address);
			for (const args of [[1001], [2999], [5000], [1000, "é".repeat(62)]]) try { w.close(...args);
				console.log("closed") } catch (e) { console.log(e.name) }
			try { WebSocket("x") } catch (e) { console.log(e.name) }
			console.log(WebSocket.OPEN, w.CLOSED); w.close()`,
			"SyntaxError\nSyntaxError\nSyntaxError\nSyntaxError\nSyntaxError\nSyntaxError\nInvalidAccessError\nInvalidAccessError\n" +
				"InvalidAccessError\nSyntaxError\nTypeError\n1 3"},
		{"buffered", prelude + `
			const w = new WebSocket(address); await next(w, "open");
			w.send("x".repeat(1000)); console.log(w.bufferedAmount); await next(w, "message");
			while (w.bufferedAmount) await new Promise(end => setTimeout(end, 1));
			console.log(w.bufferedAmount); w.close()`, "1000\n0"},
	})
}

func TestSocketsEndWithTheirGlobal(t *testing.T) {
	address := strings.Replace(serveEcho(t).URL, "http", "ws", 1)
	r := newRig(t, webidl.Window, "http://page.example/")
	r.run(`for (let i = 0; i < 20; i++) { const w = new WebSocket("` + address +
		`"); w.onopen = w.onmessage = w.onclose = () => {}; if (i == 0) await new Promise(end => w.onopen = end) }`)
	if r.pending.Load() == 0 {
		t.Error("sockets do not hold the host")
	}
	// The rig destroys the global; TestMain says whether the goroutines ended.
}

func TestTooManySockets(t *testing.T) {
	address := strings.Replace(serveEcho(t).URL, "http", "ws", 1)
	lines := newRig(t, webidl.Window, "http://page.example/").run(`
		const all = []; for (let i = 0; i < 260; i++) all.push(new WebSocket("` + address + `"));
		const results = await Promise.all(all.map(w => new Promise(end => { w.onopen = () => end("open"); w.onerror = () => end("error") })));
		console.log(results.filter(r => r == "open").length, results.filter(r => r == "error").length);`)
	if len(lines) != 1 || lines[0] != "256 4" {
		t.Errorf("%q", lines)
	}
}

func TestSocketToTheProgramItself(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket, err := gws.NewUpgrader(echo{}, nil).Upgrade(w, r); err == nil {
			socket.ReadLoop()
		}
	})
	r := newRigWith(t, webidl.Window, "http://page.example/", map[string]http.Handler{"https://inside.example": handler})
	lines := r.run(`
		const w = new WebSocket("wss://inside.example/x");
		await new Promise(end => w.onopen = end); w.send("hello");
		console.log((await new Promise(end => w.onmessage = end)).data, w.url);
		w.close(); console.log((await new Promise(end => w.onclose = end)).wasClean)`)
	if got := strings.Join(lines, "\n"); got != "hello wss://inside.example/x\ntrue" {
		t.Errorf("%s", got)
	}
}
