package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestReadableStreams(t *testing.T) {
	const prelude = `
		const all = async s => { const got = []; for await (const c of s) got.push(c); return got.join() };
		const text = e => String(e && e.message || e);
	`
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"chunks in order", prelude + `
			let n = 0;
			const s = new ReadableStream({ start(c) { console.log(c.desiredSize, c.constructor.name); c.enqueue("a") },
				pull(c) { console.log("pull", n); if (n == 2) c.close(); else c.enqueue(n++) } });
			console.log(s.locked, Object.prototype.toString.call(s));
			const r = s.getReader(); console.log(s.locked);
			for (;;) { const { value, done } = await r.read(); console.log(value, done); if (done) break }
			await r.closed; console.log("closed"); r.releaseLock(); console.log(s.locked)`,
			"1 ReadableStreamDefaultController\nfalse [object ReadableStream]\ntrue\npull 0\na false\npull 1\n0 false\npull 2\n1 false\n" +
				"undefined true\nclosed\nfalse"},
		{"iteration", prelude + `
			const make = () => new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.enqueue(3); c.close() },
				cancel(why) { console.log("canceled", why) } });
			console.log(await all(make()));
			const s = make(); for await (const c of s) { console.log(c); break } console.log(s.locked);
			const kept = make(); for await (const c of kept.values({ preventCancel: true })) break;
			console.log(await all(kept));
			const it = make()[Symbol.asyncIterator](); console.log(it[Symbol.asyncIterator]() === it, (await it.next()).value,
				(await it.return("x")).value, (await it.next()).done)`,
			"1,2,3\n1\ncanceled undefined\nfalse\n2,3\ncanceled x\ntrue 1 x true"},
		{"errors", prelude + `
			const s = new ReadableStream({ pull(c) { throw new Error("pulled") } }), r = s.getReader();
			await r.read().catch(e => console.log(text(e))); await r.closed.catch(e => console.log(text(e)));
			const f = new ReadableStream({ start() { return Promise.reject("start") } }); await f.getReader().read().catch(e => console.log(e));
			try { new ReadableStream({ start() { throw new Error("thrown") } }) } catch (e) { console.log(text(e)) }
			let c; const g = new ReadableStream({ start(x) { c = x } }); c.error("boom"); await g.cancel().catch(e => console.log(e));
			try { c.enqueue(1) } catch (e) { console.log(e.name) } console.log(c.desiredSize)`,
			"pulled\npulled\nstart\nthrown\nboom\nTypeError\nnull"},
		{"cancel", `
			let c; const s = new ReadableStream({ start(x) { c = x },
				cancel(why) { console.log("cancel", why); return new Promise(end => setTimeout(end, 1)) } });
			c.enqueue(1); await s.cancel("why"); console.log("canceled");
			const r = s.getReader(); console.log((await r.read()).done);
			await s.cancel().catch(e => console.log(e.name));
			try { s.getReader() } catch (e) { console.log(e.name) }
			const pending = new ReadableStream().getReader(), read = pending.read().catch(e => console.log(e.name)); pending.releaseLock();
			await read;
			await pending.read().catch(e => console.log(e.name)); await pending.closed.catch(e => console.log(e.name))`,
			"cancel why\ncanceled\ntrue\nTypeError\nTypeError\nTypeError\nTypeError\nTypeError"},
		{"queuing strategies", `
			let c; new ReadableStream({ start(x) { c = x } }, new CountQueuingStrategy({ highWaterMark: 3 })); c.enqueue("a");
			console.log(c.desiredSize);
			new ReadableStream({ start(x) { c = x } }, new ByteLengthQueuingStrategy({ highWaterMark: 10 })); c.enqueue(new Uint8Array(4));
			console.log(c.desiredSize);
			new ReadableStream({ start(x) { c = x } }, { size: s => s.length, highWaterMark: 2 }); c.enqueue("xyz"); console.log(c.desiredSize);
			for (const q of [{ highWaterMark: -1 }, { highWaterMark: NaN }, { size: 1 }]) try { new ReadableStream({}, q) } catch (e) {
				console.log(e.name) }`,
			"2\n6\n-1\nRangeError\nRangeError\nTypeError"},
		{"tee", prelude + `
			const [a, b] = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() },
				cancel(why) { console.log("cancel", why.join()) } }).tee();
			console.log(await all(a), await all(b));
			const [c, d] = new ReadableStream({ cancel(why) { console.log("cancel", why.join()) } }).tee(); const first = c.cancel("x");
			d.cancel("y"); await first;
			const [e, f] = new ReadableStream({ pull(c) { c.error("bad") } }).tee(); await all(e).catch(console.log);
			await all(f).catch(console.log)`,
			"1,2 1,2\ncancel x,y\nbad\nbad"},
		{"of the host", prelude + `
			const dec = new TextDecoder(); const read = async s => { let out = ""; for await (const c of s) out += dec.decode(c, { stream: true });
				return out };
			const b = new Blob(["x".repeat(100000)]); let n = 0, chunks = 0;
			for await (const c of b.stream()) { n += c.length; chunks++ } console.log(n, chunks);
			const p = new Response("body"); console.log(p.body === p.body, p.bodyUsed, await read(p.body), p.bodyUsed);
			await p.text().catch(e => console.log(e.name));
			const q = new Response("other"); q.body; console.log(await q.text(), q.bodyUsed, (await q.body.getReader().read()).done);
			console.log(new Response().body, new Response(null).body, new Request("/").body);
			const given = new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("giv"));
				c.enqueue(new TextEncoder().encode("en")); c.close() } }));
			const twin = given.clone(); console.log(await given.text(), await twin.text());
			await new Response(new ReadableStream({ start(c) { c.enqueue("no bytes") } })).text().catch(e => console.log(e.name));
			const locked = new Response("x"); locked.body.getReader(); await locked.text().catch(e => console.log(e.name));
			try { new Request("/", { method: "POST", body: new ReadableStream() }) } catch (e) { console.log(e.name) }
			console.log(await new Request("/", { method: "POST", duplex: "half", body: new Blob(["streamed"]).stream() }).text())`,
			"100000 2\ntrue false body true\nTypeError\nother true true\nnull null null\ngiven given\nTypeError\nTypeError\nTypeError\nstreamed"},
	})
}

func TestWritableStreams(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"chunks in order", `
			const s = new WritableStream({ start(c) { console.log("start", c.signal instanceof AbortSignal) },
				async write(v) { await 0; console.log("write", v) }, close() { console.log("close") } });
			const w = s.getWriter(); console.log(s.locked, w.desiredSize);
			w.write(1); w.write(2); console.log(w.desiredSize); await w.ready; await w.close(); await w.closed; console.log(w.desiredSize);
			await w.write(3).catch(e => console.log(e.name)); w.releaseLock(); console.log(s.locked);
			await w.closed.catch(e => console.log(e.name))`,
			"start true\ntrue 1\n-1\nwrite 1\nwrite 2\nclose\n0\nTypeError\nfalse\nTypeError"},
		{"abort and errors", `
			let c; const s = new WritableStream({ start(x) { c = x }, abort(why) { console.log("abort", why) } }), w = s.getWriter();
			c.signal.onabort = () => console.log("signal", c.signal.reason);
			await w.abort("why"); await w.closed.catch(e => console.log(e)); await w.write(1).catch(e => console.log(e)); console.log(w.desiredSize);
			const f = new WritableStream({ write() { throw new Error("bad") } }).getWriter(); await f.write(1).catch(e => console.log(e.message));
			await f.closed.catch(e => console.log(e.message));
			const g = new WritableStream({ close() { return Promise.reject("no close") } }); await g.close().catch(console.log);
			let e; const h = new WritableStream({ start(x) { e = x } }); e.error("err"); await h.getWriter().ready.catch(console.log);
			const big = new WritableStream({ write() { return new Promise(() => {}) } }).getWriter(); big.write(1);
			const pending = big.write(2).catch(x => console.log("lost", x)); big.abort("now"); await 0; console.log(big.desiredSize)`,
			"signal why\nabort why\nwhy\nwhy\nnull\nbad\nbad\nno close\nerr\nnull\nlost now"},
	})
}

func TestPipesAndTransforms(t *testing.T) {
	const prelude = `
		const from = (...chunks) => new ReadableStream({ start(c) { chunks.forEach(x => c.enqueue(x)); c.close() },
			cancel(why) { console.log("source canceled", why) } });
		const log = () => new WritableStream({ write(v) { console.log("got", v) }, close() { console.log("closed") },
			abort(why) { console.log("aborted", why) } });
		const all = async s => { const got = []; for await (const c of s) got.push(c); return got.join() };
	`
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"pipeTo", prelude + `
			await from(1, 2).pipeTo(log());
			await from(3).pipeTo(log(), { preventClose: true });
			await new ReadableStream({ start(c) { c.error("bad") } }).pipeTo(log()).catch(e => console.log("rejected", e));
			await from(4, 5, 6).pipeTo(new WritableStream({ write() { throw "full" } })).catch(e => console.log("rejected", e));
			const c = new AbortController(), never = new ReadableStream({ cancel(why) { console.log("canceled", why) } });
			setTimeout(() => c.abort("stop"), 1);
			await never.pipeTo(log(), { signal: c.signal }).catch(e => console.log("rejected", e)); console.log(never.locked);
			await from(7).pipeTo(log(), { signal: AbortSignal.abort("before") }).catch(e => console.log("rejected", e));
			const locked = log(); locked.getWriter(); await from().pipeTo(locked).catch(e => console.log(e.name))`,
			"got 1\ngot 2\nclosed\ngot 3\naborted bad\nrejected bad\nsource canceled full\nrejected full\naborted stop\ncanceled stop\n" +
				"rejected stop\nfalse\naborted before\nsource canceled before\nrejected before\nTypeError"},
		{"transforms", prelude + `
			const double = () => new TransformStream({ start(c) { c.enqueue("first") }, transform(v, c) { c.enqueue(v * 2); c.enqueue("|") },
				flush(c) { c.enqueue("last") } });
			console.log(await all(from(1, 2).pipeThrough(double())));
			console.log(await all(from(1, 2, 3).pipeThrough(new TransformStream()).pipeThrough(new TransformStream())));
			await all(from(1).pipeThrough(new TransformStream({ transform() { throw "bad" } }))).catch(e => console.log("rejected", e));
			const t = new TransformStream({ cancel(why) { console.log("cancel", why) } }); await t.readable.cancel("enough");
			await t.writable.getWriter().closed.catch(e => console.log("writer", e));
			const u = new TransformStream({ start(c) { c.terminate() } }); console.log((await u.readable.getReader().read()).done);
			await u.writable.getWriter().write(1).catch(e => console.log(e.name));
			const v = new TransformStream({ transform(x, c) { c.enqueue(x) } }), w = v.writable.getWriter(), r = v.readable.getReader();
			console.log(w.desiredSize); const first = w.write("a"); console.log(w.desiredSize, (await r.read()).value); await first; await w.ready;
			console.log(w.desiredSize);
			try { new TransformStream({ readableType: "bytes" }) } catch (e) { console.log(e.name) }`,
			"first,2,|,4,|,last\n1,2,3\nrejected bad\ncancel enough\nwriter enough\ntrue\nTypeError\n1\n0 a\n1\nRangeError"},
	})
}

// Streams that nobody can reach any more must not stay, however they hold each other.
func TestStreamsAreCollected(t *testing.T) {
	r := newRig(t, webidl.Window, "http://page.example/")
	lines := r.run(`
		const gone = []; globalThis.gone = gone;
		for (let i = 0; i < 200; i++) {
			const s = new ReadableStream({ pull(c) { c.enqueue(s) }, big: new Uint8Array(1000) }); const reader = s.getReader(); await reader.read();
			const w = new WritableStream({ write() { w } }); const writer = w.getWriter(); await writer.write(writer);
			const t = new TransformStream({ transform(v, c) { c.enqueue(t) } }); t.writable.getWriter().write(1).catch(() => {});
			await t.readable.getReader().read();
			gone.push(new WeakRef(s), new WeakRef(w), new WeakRef(t));
		}
		console.log(gone.length)`)
	leave := r.runtime.Enter()
	for range 3 {
		r.runtime.GC()
	}
	leave()
	left := r.run(`console.log(gone.filter(w => w.deref()).length < 60)`)
	if len(lines) != 1 || lines[0] != "600" || len(left) != 1 || left[0] != "true" {
		t.Errorf("%q; few enough are left: %q", lines, left)
	}
}
