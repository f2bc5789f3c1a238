package globalscope_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// site is a server for the tests below.
func site(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/text":
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		w.Header().Set("X-Own", "1")
		fmt.Fprint(w, "héllo")
	case "/latin1":
		w.Header().Set("Content-Type", "text/plain;charset=iso-8859-1")
		fmt.Fprint(w, "\xe9")
	case "/echo", "/open/echo":
		if r.URL.Path == "/open/echo" {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Access-Control-Allow-Methods", "PUT")
			w.Header().Set("Access-Control-Allow-Headers", "x-custom")
			w.Header().Set("Access-Control-Expose-Headers", "x-shown")
			w.Header().Set("X-Shown", "1")
			w.Header().Set("X-Hidden", "1")
		}
		if r.Method == http.MethodOptions {
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{
			"method": r.Method, "type": r.Header.Get("Content-Type"), "body": string(body), "custom": r.Header.Get("X-Custom"),
			"origin": r.Header.Get("Origin"),
		})
	case "/redirect":
		http.Redirect(w, r, "/text", http.StatusFound)
	case "/status":
		w.WriteHeader(http.StatusTeapot)
	case "/form":
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		fmt.Fprint(w, "a=1&b=%C3%A9")
	case "/never":
		<-r.Context().Done()
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestFetch(t *testing.T) {
	server := serve(t, site)
	runScripts(t, webidl.Window, server.URL+"/page", []script{
		{"text", `
			const r = await fetch("text");
			console.log(r.status, r.ok, r.type, r.redirected, new URL(r.url).pathname, r.headers.get("X-OWN"), r.bodyUsed);
			console.log(await r.text(), r.bodyUsed);
			await r.text().catch(e => console.log(e.name))`,
			"200 true basic false /text 1 false\nhéllo true\nTypeError"},
		{"methods and bodies", `
			for (const [method, body] of [["get"], ["POST", "é"], ["post", new URLSearchParams("a=1")], ["PUT", new Blob(["b"], { type: "x/y" })],
				["DELETE", new Uint8Array([65])]]) {
				const got = await (await fetch("/echo", { method, body, headers: { "X-Custom": "c" } })).json();
				console.log(got.method, got.type, got.body, got.custom);
			}
			const form = new FormData(); form.append("n", "v"); form.append("f", new Blob(["data"], { type: "a/b" }), "name.txt");
			const got = await (await fetch("/echo", { method: "POST", body: form })).json();
			console.log(got.type.startsWith("multipart/form-data; boundary="), got.body.includes('filename="name.txt"'), got.body.includes("data"))`,
			"GET   c\nPOST text/plain;charset=UTF-8 é c\nPOST application/x-www-form-urlencoded;charset=UTF-8 a=1 c\nPUT x/y b c\nDELETE  A c\n" +
				"true true true"},
		{"redirects", `
			const r = await fetch("/redirect"); console.log(r.redirected, new URL(r.url).pathname, await r.text());
			const m = await fetch("/redirect", { redirect: "manual" }); console.log(m.type, m.status);
			await fetch("/redirect", { redirect: "error" }).catch(e => console.log(e.name))`,
			"true /text héllo\nopaqueredirect 0\nTypeError"},
		{"other forms", `
			console.log((await (await fetch("/text")).arrayBuffer()).byteLength, (await (await fetch("/text")).bytes()).length,
				(await (await fetch("/text")).blob()).type);
			console.log([...(await (await fetch("/form")).formData())].join(";"));
			console.log((await fetch("/status")).status, (await fetch("/status")).ok);
			console.log(await (await fetch("data:text/x,%41")).text(), (await fetch("about:blank")).status);
			await fetch("nowhere:x").catch(e => console.log(e.name));
			await fetch("http://user@host/").catch(e => console.log(e.name));
			await (await fetch("/text")).json().catch(e => console.log(e.name))`,
			"6 6 text/plain;charset=utf-8\na,1;b,é\n418 false\nA 200\nTypeError\nTypeError\nSyntaxError"},
		{"are told of", `
			await fetch("/text"); const x = new XMLHttpRequest(); x.open("GET", "/status", false); x.send();
			console.log(performance.getEntriesByType("resource").map(e =>
				new URL(e.name).pathname + " " + e.initiatorType + " " + e.responseStatus + " " + (e.responseEnd >= e.startTime)).join());
			performance.clearResourceTimings(); performance.setResourceTimingBufferSize(0); await fetch("/text");
			console.log(performance.getEntries().length)`,
			"/text fetch 200 true,/status xmlhttprequest 418 true\n0"},
		{"aborted", `
			const c = new AbortController(), late = fetch("/never", { signal: c.signal }).catch(e => console.log(e.name, e === c.signal.reason));
			setTimeout(() => c.abort(), 5); await late;
			await fetch("/text", { signal: AbortSignal.abort("why") }).catch(e => console.log(e));
			await fetch("/never", { signal: AbortSignal.timeout(5) }).catch(e => console.log(e.name))`,
			"AbortError true\nwhy\nTimeoutError"},
	})
	other := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"other origins", `
			const base = "` + other + `";
			await fetch(base + "/text").catch(e => console.log(e.name));
			const opaque = await fetch(base + "/text", { mode: "no-cors" });
			console.log(opaque.type, opaque.status, JSON.stringify(await opaque.text()));
			await fetch(base + "/text", { mode: "same-origin" }).catch(e => console.log(e.name));
			const open = await fetch(base + "/open/echo");
			console.log(open.type, open.headers.get("x-shown"), open.headers.get("x-hidden"), (await open.json()).origin);
			console.log((await (await fetch(base + "/open/echo", { method: "PUT", body: "b", headers: { "x-custom": "c" } })).json()).custom);
			await fetch(base + "/open/echo", { method: "DELETE" }).catch(e => console.log(e.name));
			await fetch(base + "/open/echo", { headers: { "x-other": "c" } }).catch(e => console.log(e.name))`,
			"TypeError\nopaque 0 \"\"\nTypeError\ncors 1 null http://page.example\nc\nTypeError\nTypeError"},
	})
}

func TestHeadersRequestResponse(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/dir/", []script{
		{"headers", `
			const h = new Headers({ b: "1", A: " 2 " }); h.append("b", "3");
			console.log([...h].join(";"), h.get("B"), h.has("c"), h.get("c"));
			h.set("b", "x"); h.delete("a"); console.log([...new Headers(h)].join(";"), [...new Headers([["q", "r"]]).keys()].join());
			for (const [n, v] of [["a b", "1"], ["a", "\n1\0"], ["a", "€"]]) try { new Headers([[n, v]]) } catch (e) { console.log(e.name) }`,
			"a,2;b,1, 3 1, 3 false null\nb,x q\nTypeError\nTypeError\nTypeError"},
		{"requests", `
			const q = new Request("x?y#z", { method: "post", body: "b", headers: { host: "no", "x-y": "z" }, credentials: "include",
				signal: new AbortController().signal });
			console.log(q.url, q.method, [...q.headers].join(";"), q.credentials, q.mode, q.redirect, q.signal instanceof AbortSignal,
				q.signal === q.signal);
			const c = q.clone(); console.log(await c.text(), q.bodyUsed);
			const r = new Request(q, { method: "PUT" }); console.log(r.method, q.bodyUsed, await r.text());
			for (const [u, init] of [["http://a b/", {}], ["x", { method: "GET", body: "b" }], ["x", { method: "a b" }], ["x", { method: "TRACE" }],
				["x", { mode: "navigate" }], ["x", { mode: "no-cors", method: "PUT" }]])
				try { new Request(u, init); console.log("made") } catch (e) { console.log(e.name) }
			const no = new Request("x", { mode: "no-cors", headers: { "x-y": "1", accept: "a/b" } }); console.log([...no.headers].join(";"))`,
			"http://page.example/dir/x?y#z POST content-type,text/plain;charset=UTF-8;x-y,z include cors follow true true\nb false\nPUT true b\n" +
				"TypeError\nTypeError\nTypeError\nTypeError\nTypeError\nTypeError\naccept,a/b"},
		{"responses", `
			const p = new Response("é", { status: 201, statusText: "Made", headers: { "x-y": "1" } });
			console.log(p.status, p.statusText, p.ok, p.type, p.url, [...p.headers].join(";"));
			console.log(await p.clone().text(), await p.text());
			const j = Response.json({ a: [1] }, { status: 400 }); console.log(j.headers.get("content-type"), j.status,
				JSON.stringify(await j.json()));
			console.log(Response.error().type, Response.redirect("/t").headers.get("location"), new Response(null, { status: 204 }).status);
			for (const make of [() => new Response("", { status: 199 }), () => new Response("b", { status: 204 }), () => Response.redirect("/", 200),
				() => Response.json(undefined), () => Response.error().headers.set("a", "b")])
				try { make(); console.log("made") } catch (e) { console.log(e.name) }
			const blob = await new Response(new Blob(["x"], { type: "t/y" })).blob(); console.log(blob.type, blob.size)`,
			"201 Made true default  content-type,text/plain;charset=UTF-8;x-y,1\né é\napplication/json 400 {\"a\":[1]}\n" +
				"error http://page.example/t 204\nRangeError\nTypeError\nRangeError\nTypeError\nTypeError\nt/y 1"},
		{"forms", `
			const f = new FormData(); f.append("a", "1"); f.append("a", 2); f.append("f", new Blob(["x"], { type: "t/y" }));
			f.set("s", new File(["z"], "z.txt"));
			console.log(f.getAll("a").join(), f.get("f").name, f.get("f") instanceof File, f.get("f") === f.get("f"), f.has("q"),
				[...f.keys()].join());
			f.set("a", "only"); f.delete("f"); console.log([...f].map(([k, v]) => k + "=" + (v.name ?? v)).join());
			const back = await new Response(f).formData(); console.log(back.get("a"), back.get("s").name, await back.get("s").text());
			try { f.append("a", "b", "c") } catch (e) { console.log(e.name) }`,
			"1,2 blob true true false a,a,f,s\na=only,s=z.txt\nonly z.txt z\nTypeError"},
	})
}

func TestXMLHttpRequest(t *testing.T) {
	server := serve(t, site)
	scripts := []script{
		{"asynchronous", `
			const x = new XMLHttpRequest(), seen = [];
			for (const n of ["readystatechange", "loadstart", "progress", "load", "loadend"]) x.addEventListener(n,
				e => seen.push(n + (n[0] == "r" ? x.readyState : e.loaded)));
			x.open("GET", "/text");
			await new Promise(end => { x.onloadend = end; x.send() });
			console.log(seen.join(" "));
			console.log(x.status, x.statusText, x.responseText, x.response, new URL(x.responseURL).pathname, x.getResponseHeader("x-own"),
				x.getAllResponseHeaders().includes("x-own: 1\r\n"))`,
			"readystatechange1 loadstart0 readystatechange2 readystatechange3 progress6 readystatechange4 load6 loadend6\n" +
				"200 OK héllo héllo /text 1 true"},
		{"types", `
			const get = (type, url, override) => new Promise(end => { const x = new XMLHttpRequest(); x.open("GET", url); x.responseType = type;
				if (override) x.overrideMimeType(override); x.onload = () => end(x); x.send() });
			console.log((await get("arraybuffer", "/text")).response.byteLength, (await get("blob", "/text")).response.size,
				(await get("json", "/echo")).response.method, (await get("json", "/text")).response);
			const a = await get("arraybuffer", "/text"); console.log(a.response === a.response);
			console.log((await get("", "/latin1")).responseText, (await get("", "/latin1", "text/plain;charset=windows-1251")).responseText);
			try { a.responseText } catch (e) { console.log(e.name) }`,
			"6 6 GET null\ntrue\né й\nInvalidStateError"},
		{"sending", `
			const x = new XMLHttpRequest(); x.open("POST", "/echo"); x.setRequestHeader("X-Custom", "a"); x.setRequestHeader("x-custom", "b");
			x.setRequestHeader("Host", "no");
			await new Promise(end => { x.onload = end; x.send("body") });
			const got = JSON.parse(x.responseText); console.log(got.method, got.body, got.custom, got.type)`,
			"POST body a, b text/plain;charset=UTF-8"},
		{"synchronous", `
			const x = new XMLHttpRequest(); x.open("GET", "/text", false); x.send(); console.log(x.readyState, x.status, x.responseText);
			x.open("GET", "http://other.invalid/", false);
			try { x.send() } catch (e) { console.log(e.name, x.readyState) }`, "4 200 héllo\nNetworkError 4"},
		{"failures", `
			const run = (setup) => new Promise(end => { const x = new XMLHttpRequest(), seen = [];
				for (const n of ["load", "error", "abort", "timeout", "loadend"]) x["on" + n] = () => { seen.push(n);
					if (n == "loadend") end(seen.join() + " " + x.readyState + " " + x.status) }; setup(x) });
			console.log(await run(x => { x.open("GET", "nowhere:"); x.send() }));
			console.log(await run(x => { x.open("GET", "/never"); x.timeout = 5; x.send() }));
			console.log(await run(x => { x.open("GET", "/never"); x.send(); setTimeout(() => x.abort(), 1) }));
			const x = new XMLHttpRequest(); x.abort(); console.log(x.readyState);
			try { x.send() } catch (e) { console.log(e.name) }
			try { x.open("a b", "/") } catch (e) { console.log(e.name) }
			try { x.open("TRACE", "/") } catch (e) { console.log(e.name) }`,
			"error,loadend 4 0\ntimeout,loadend 4 0\nabort,loadend 4 0\n0\nInvalidStateError\nSyntaxError\nSecurityError"},
	}
	runScripts(t, webidl.Window, server.URL+"/page", scripts)
	runScripts(t, webidl.DedicatedWorker, server.URL+"/page", append(scripts[3:4:4], script{"a worker may wait for other types", `
		const x = new XMLHttpRequest(); x.open("GET", "/text", false); x.responseType = "arraybuffer"; x.send();
		console.log(x.response.byteLength)`, "6"}))
}

func TestFetchesEndWithTheirGlobal(t *testing.T) {
	server := serve(t, site)
	r := newRig(t, webidl.Window, server.URL+"/page")
	r.run(`for (let i = 0; i < 100; i++) fetch("/never").catch(() => console.log("wrong")); const x = new XMLHttpRequest();
		x.open("GET", "/never"); x.send()`)
	if n := r.pending.Load(); n != 101 {
		t.Errorf("%d fetches hold the host, not 101", n)
	}
	leave := r.runtime.Enter()
	r.settings.Destroy()
	leave()
	// TestMain says whether the goroutines ended; the server waits for its requests.
}
