package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

func TestTimers(t *testing.T) {
	runScripts(t, webidl.Window, "http://page.example/", []script{
		{"in the order of their times", `
			await new Promise(end => {
				setTimeout(() => console.log("20"), 20);
				setTimeout((...args) => console.log("0 " + args), 0, 1, "b");
				setTimeout(() => { console.log("30"); end() }, 30);
				setTimeout(() => console.log("-1"), -1);
				queueMicrotask(() => console.log("microtask"));
			})`, "microtask\n0 1,b\n-1\n20\n30"},
		{"an interval runs until it is cleared", `
			let n = 0;
			await new Promise(end => {
				const id = setInterval(() => { console.log(++n); if (n == 3) { clearInterval(id); setTimeout(end, 5) } }, 1);
			})`, "1\n2\n3"},
		{"cleared before it runs", `
			const id = setTimeout(() => console.log("wrong"), 1);
			clearTimeout(id); clearTimeout(id); clearTimeout(); clearTimeout(12345);
			await new Promise(end => setTimeout(end, 5));
			console.log(typeof id, id > 0)`, "number true"},
		{"a handler that is a string", `
			setTimeout("globalThis.x = this === globalThis");
			await new Promise(end => setTimeout(end, 1));
			console.log(globalThis.x)`, "true"},
		{"an exception is reported and hurts nobody", `
			setTimeout(() => { throw new Error("oops") });
			await new Promise(end => setTimeout(end, 1));
			console.log("goes on")`, "uncaught: Error: oops\ngoes on"},
		{"nested timers wait 4 ms", `
			const start = performance.now();
			await new Promise(end => { let n = 0; const next = () => ++n == 10 ? end() : setTimeout(next); next() });
			console.log(performance.now() - start >= 12)`, "true"},
		{"animation frames", `
			const order = [];
			const id = requestAnimationFrame(() => order.push("wrong"));
			cancelAnimationFrame(id);
			await new Promise(end => {
				requestAnimationFrame(now => { order.push(typeof now); requestAnimationFrame(() => { order.push("next"); end() }) });
				requestAnimationFrame(() => order.push("same"));
			});
			console.log(order.join())`, "number,same,next"},
		{"idle callbacks", `
			await new Promise(end => requestIdleCallback(d => { console.log(d.didTimeout, d.timeRemaining() > 0); end() }))`, "false true"},
		{"microtasks come before tasks", `
			setTimeout(() => console.log("task"));
			queueMicrotask(() => { console.log("one"); queueMicrotask(() => console.log("three")) });
			Promise.resolve().then(() => console.log("two"));
			await new Promise(end => setTimeout(end, 1))`, "one\ntwo\nthree\ntask"},
		{"reported errors", `reportError(new TypeError("mine"))`, "uncaught: TypeError: mine"},
	})
}

func TestTimersEndWithTheirGlobal(t *testing.T) {
	r := newRig(t, webidl.Window, "http://page.example/")
	r.run(`setTimeout(() => {}, 100000); setInterval(() => {}, 100000); requestAnimationFrame(() => {})`)
	if r.pending.Load() == 0 {
		t.Error("timers do not hold the host")
	}
	leave := r.runtime.Enter()
	r.settings.Destroy()
	leave()
	if n := r.pending.Load(); n != 0 {
		t.Errorf("%d still hold the host", n)
	}
}
