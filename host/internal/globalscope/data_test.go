package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestBlobs(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"made of parts", `
			const b = new Blob(["é", new Uint8Array([1, 2]), new Uint8Array([9, 65, 66, 9]).subarray(1, 3), new Blob(["z"]), 5, new ArrayBuffer(1)],
				{ type: "Text/X" });
			console.log(b.size, b.type, [...new Uint8Array(await b.arrayBuffer())].join());
			console.log([...await b.bytes()].length, Object.prototype.toString.call(b), b instanceof Blob)`,
			"9 text/x 195,169,1,2,65,66,122,53,0\n9 [object Blob] true"},
		{"of nothing", `const b = new Blob(); console.log(b.size, JSON.stringify(b.type), JSON.stringify(await b.text()))`, `0 "" ""`},
		{"a type with other characters is none", `console.log(JSON.stringify(new Blob([], { type: "a/\u00e9" }).type))`, `""`},
		{"line endings", `console.log(JSON.stringify(await new Blob(["a\r\nb\rc\nd"], { endings: "native" }).text()))`, `"a\nb\nc\nd"`},
		{"parts that are no sequence", `
			for (const parts of [null, "a", 1, {}]) try { new Blob(parts); console.log("made") } catch (e) { console.log(e.name) }`,
			"TypeError\nTypeError\nTypeError\nTypeError"},
		{"shared memory is refused", `try { new Blob([new SharedArrayBuffer(1)]) } catch (e) { console.log(e.name) }`, "TypeError"},
		{"slices", `
			const b = new Blob(["0123456789"], { type: "a/b" });
			for (const args of [[], [2], [2, 4], [-3], [-3, -1], [5, 2], [0, 99], [NaN, 3, "C/D"]]) {
				const s = b.slice(...args);
				console.log(await s.text(), s.size, s.type);
			}`, "0123456789 10 \n23456789 8 \n23 2 \n789 3 \n78 2 \n 0 \n0123456789 10 \n012 3 c/d"},
		{"files", `
			const f = new File(["abc"], "n.txt", { type: "text/plain", lastModified: 12 });
			console.log(f.name, f.size, f.type, f.lastModified, f instanceof Blob, await f.text(), Object.prototype.toString.call(f));
			console.log(Math.abs(new File([], "").lastModified - Date.now()) < 1000);
			try { new File([]) } catch (e) { console.log(e.name) }
			console.log(f.slice(1) instanceof File)`,
			"n.txt 3 text/plain 12 true abc [object File]\ntrue\nTypeError\nfalse"},
		{"illegal", `
			try { Blob([]) } catch (e) { console.log(e.name) }
			try { Blob.prototype.size } catch (e) { console.log(e.name) }
			try { new FileList() } catch (e) { console.log(e.name) }
			await Blob.prototype.text.call({}).catch(e => console.log("rejected", e.name))`,
			"TypeError\nTypeError\nTypeError\nrejected TypeError"},
	})
}

func TestFileReader(t *testing.T) {
	const read = `
		const read = (how, ...args) => new Promise(end => {
			const r = new FileReader(), seen = [];
			for (const name of ["loadstart", "progress", "load", "abort", "error", "loadend"]) r["on" + name] = e => {
				seen.push(name + e.loaded + "/" + e.total + "@" + r.readyState);
				if (name == "loadend") end([r.result, seen.join(" ")]);
			};
			r[how](...args);
		});`
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"all forms", read + `
			const b = new Blob(["aé"], { type: "text/x" });
			const [buffer, seen] = await read("readAsArrayBuffer", b);
			console.log(buffer instanceof ArrayBuffer, buffer.byteLength, seen);
			console.log((await read("readAsText", b))[0], (await read("readAsText", b, "latin1"))[0]);
			console.log((await read("readAsDataURL", b))[0]);
			console.log((await read("readAsDataURL", new Blob()))[0]);
			console.log(JSON.stringify((await read("readAsBinaryString", new Blob([new Uint8Array([0, 255])])))[0]))`,
			"true 3 loadstart0/3@1 progress3/3@1 load3/3@2 loadend3/3@2\naé aÃ©\ndata:text/x;base64,YcOp\ndata:application/octet-stream;base64,\n" +
				`"` + "\\u0000ÿ" + `"`},
		{"an event handler that the object alone holds", `
			await new Promise(end => { const r = new FileReader(); r.onload = () => { console.log(r.result); end() };
				r.readAsText(new Blob(["x"])) })`, "x"},
		{"one at a time", `
			const r = new FileReader();
			r.readAsText(new Blob(["x"]));
			try { r.readAsText(new Blob(["y"])) } catch (e) { console.log(e.name, r.readyState) }`, "InvalidStateError 1"},
		{"aborted", `
			const r = new FileReader();
			r.onabort = () => console.log("abort", r.readyState, r.result);
			r.onloadend = () => console.log("loadend");
			r.onload = () => console.log("wrong");
			r.readAsText(new Blob(["x"]));
			r.abort();
			await new Promise(end => setTimeout(end, 5))`, "abort 2 null\nloadend"},
		{"not of a blob", `try { new FileReader().readAsText("x") } catch (e) { console.log(e.name) }`, "TypeError"},
		{"synchronous readers are for workers", `console.log(typeof FileReaderSync)`, "undefined"},
	})
	runScripts(t, webidl.DedicatedWorker, "http://page.example/", []script{
		{"synchronous", `
			const r = new FileReaderSync(), b = new Blob(["aé"]);
			console.log(r.readAsText(b), r.readAsArrayBuffer(b).byteLength, r.readAsDataURL(b), r.readAsBinaryString(b).length)`,
			"aé 3 data:application/octet-stream;base64,YcOp 3"},
	})
}

func TestBlobURLs(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"made, fetched, revoked", `
			const u = URL.createObjectURL(new Blob(["hi"], { type: "text/x" }));
			console.log(/^blob:http:\/\/page\.example\/[0-9a-f-]{36}$/.test(u), new URL(u).origin);
			const response = await fetch(u);
			console.log(response.status, response.headers.get("content-type"), response.headers.get("content-length"), await response.text());
			const late = fetch(u);
			URL.revokeObjectURL(u); URL.revokeObjectURL("blob:nonsense"); URL.revokeObjectURL("");
			console.log(await (await late).text());
			await fetch(u).catch(e => console.log(e.name))`,
			"true http://page.example\n200 text/x 2 hi\nhi\nTypeError"},
		{"not of anything else", `try { URL.createObjectURL({}) } catch (e) { console.log(e.name) }`, "TypeError"},
	})
}

func TestURL(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"members", `
			const u = new URL("../b?x=1#h", "https://user:pw@Example.com:8080/a/c/");
			console.log(u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash);
			console.log(String(u), JSON.stringify(u));
			u.port = "443"; u.hash = ""; u.pathname = "p q"; u.search = "?y=é"; u.host = "h:1"; u.username = "";
			console.log(u.href);
			u.href = "data:x"; console.log(u.origin, u.href);
			try { u.href = "nonsense" } catch (e) { console.log(e.name, u.href) }`,
			"https://user:pw@example.com:8080/a/b?x=1#h https://example.com:8080 https: user pw example.com:8080 example.com 8080 /a/b ?x=1 #h\n" +
				`https://user:pw@example.com:8080/a/b?x=1#h "https://user:pw@example.com:8080/a/b?x=1#h"` +
				"\nhttps://:pw@h:1/p%20q?y=%C3%A9\nnull data:x\nTypeError data:x"},
		{"parse and canParse", `
			console.log(URL.parse("nonsense"), URL.parse("/x", "http://a/").href, URL.canParse("nonsense"), URL.canParse("x", "http://a"));
			for (const args of [["nonsense"], ["http://a b/"], ["http://a/", ""], ["http://a/", "nonsense"], ["http://[:]"]]) try { new URL(...args);
				console.log("made") } catch (e) { console.log(e.name) }
			console.log(new URL("blob:https://a.example/1").origin, new URL("ftp://x").origin, new URL("file:///x").origin)`,
			"null http://a/x false true\nTypeError\nTypeError\nTypeError\nTypeError\nTypeError\nhttps://a.example ftp://x null"},
		{"search parameters are live", `
			const u = new URL("http://a/?a=1&b=2&a=3"), p = u.searchParams;
			console.log(p === u.searchParams, p.size, p.get("a"), p.getAll("a").join(), p.get("z"), p.has("b"), p.has("b", "3"));
			p.append("c", "x y"); p.delete("a", "1"); p.set("b", "é");
			console.log(u.search, String(p));
			u.search = "?q=1"; console.log(p.get("q"), [...p].join(";"));
			p.delete("q"); console.log(u.href);`,
			"true 3 1 1,3 null true false\n?b=%C3%A9&a=3&c=x+y b=%C3%A9&a=3&c=x+y\n1 q,1\nhttp://a/"},
		{"made of what there is", `
			for (const init of ["?a=1&b", "", { x: 1, y: "2" }, [["p", "q"], ["p", "r"]], new URLSearchParams("m=n"), new Map([["k", "v"]])])
				console.log(new URLSearchParams(init).toString());
			try { new URLSearchParams([["one"]]) } catch (e) { console.log(e.name) }`,
			"a=1&b=\n\nx=1&y=2\np=q&p=r\nm=n\nk=v\nTypeError"},
		{"iteration and order", `
			const p = new URLSearchParams("z=1&a=2&z=0");
			p.sort(); console.log([...p.keys()].join(), [...p.values()].join());
			p.forEach(function (value, name, all) { console.log(name, value, all === p, this.t) }, { t: 1 })`,
			"a,z,z 2,1,0\na 2 true 1\nz 1 true 1\nz 0 true 1"},
	})
}

func TestEncoding(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"encode", `
			const e = new TextEncoder();
			console.log(e.encoding, [...e.encode("aé\ud800€😀")].join(), e.encode().length, e.encode(undefined).length, e.encode(null).length);
			const to = new Uint8Array(6);
			const { read, written } = e.encodeInto("é😀€", to);
			console.log(read, written, [...to].join())`,
			"utf-8 97,195,169,239,191,189,226,130,172,240,159,152,128 0 0 4\n3 6 195,169,240,159,152,128"},
		{"decode", `
			const d = new TextDecoder();
			console.log(d.encoding, d.fatal, d.ignoreBOM, d.decode(new Uint8Array([239, 187, 191, 97, 255])), d.decode() === "");
			console.log(d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + "|" + d.decode(new Uint8Array([0xac])));
			console.log(new TextDecoder("utf-16").decode(new Uint8Array([97, 0]).buffer), new TextDecoder("ascii").encoding);
			console.log(d.decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1)), d.decode(new SharedArrayBuffer(2)).length);
			try { new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255])) } catch (e) { console.log(e.name) }
			try { new TextDecoder("nonsense") } catch (e) { console.log(e.name) }`,
			"utf-8 false false a\uFFFD true\n|€\na windows-1252\nbc 2\nTypeError\nRangeError"},
		{"Base64", `
			console.log(btoa("a\u00ff"), atob(" YQ = = ") , atob("Yf8") == "a\u00ff");
			try { btoa("€") } catch (e) { console.log(e.name) }
			for (const s of ["a", "a===", "YQ=", "*"]) try { atob(s) } catch (e) { console.log(e.name) }`,
			"Yf8= a true\nInvalidCharacterError\nInvalidCharacterError\nInvalidCharacterError\nInvalidCharacterError\nInvalidCharacterError"},
	})
}

func TestCryptoAndTime(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"random", `
			const a = new Uint32Array(8);
			console.log(crypto.getRandomValues(a) === a, new Set(a).size > 2, crypto === self_crypto());
			function self_crypto() { return crypto }
			console.log(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
			try { crypto.getRandomValues(new Float32Array(1)) } catch (e) { console.log(e.name) }
			try { crypto.getRandomValues(new Uint8Array(65537)) } catch (e) { console.log(e.name) }`,
			"true true true\ntrue\nTypeMismatchError\nQuotaExceededError"},
		{"digests", `
			const hex = b => [...new Uint8Array(b)].map(x => x.toString(16).padStart(2, "0")).join("");
			console.log(hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"))));
			console.log(hex(await crypto.subtle.digest({ name: "sha-1" }, new Uint8Array())));
			await crypto.subtle.digest("MD5", new Uint8Array()).catch(e => console.log(e.name))`,
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nda39a3ee5e6b4b0d3255bfef95601890afd80709\nNotSupportedError"},
		{"performance", `
			const a = performance.now(), b = performance.now();
			console.log(b >= a, Math.abs(performance.timeOrigin + a - Date.now()) < 1000, performance instanceof EventTarget);
			performance.mark("m", { startTime: 1, detail: { x: 1 } });
			const s = performance.measure("s", { start: "m", end: 5 });
			console.log(s.duration, s.entryType, performance.getEntriesByName("m")[0].detail.x, performance.getEntries().length,
				performance.getEntriesByType("mark").length);
			performance.clearMarks(); console.log(performance.getEntries().map(e => e.name).join());
			try { performance.measure("t", "gone") } catch (e) { console.log(e.name) }`,
			"true true true\n4 measure 1 2 1\ns\nSyntaxError"},
		{"ImageData", `
			const d = new ImageData(2, 3);
			console.log(d.width, d.height, d.data.length, d.data === d.data, d.colorSpace, d.data.constructor.name);
			const e = new ImageData(new Uint8ClampedArray(16), 2);
			console.log(e.height, e.data.length);
			for (const args of [[0, 1], [new Uint8ClampedArray(3), 1], [new Uint8ClampedArray(12), 2], [new Uint8ClampedArray(8), 1, 3],
				[new Uint8Array(4), 1], [1e9, 1e9]])
				try { new ImageData(...args) } catch (e) { console.log(e.name) }`,
			"2 3 24 true srgb Uint8ClampedArray\n2 16\nIndexSizeError\nInvalidStateError\nIndexSizeError\nIndexSizeError\nTypeError\nRangeError"},
	})
}
