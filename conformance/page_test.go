package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// harness is a tiny harness of our own with the two functions that matter here: the page calls
// finish with its results, and whoever wants to know them has added a callback.
const harness = `(() => {
  const callbacks = [];
  self.add_completion_callback = callback => { callbacks.push(callback); };
  self.finish = (tests, status = 0, message = null) => callbacks.forEach(callback => callback(tests, { status, message }));
})();`

var fixtures = map[string]string{
	"/harness.js": harness,
	"/results.html": `<!doctype html><title>r</title><script src=/harness.js></script><script>
		addEventListener("load", () => finish([{ name: "good", status: 0, message: null }, { name: "bad", status: 1, message: "one is not two" },
			{ name: "slow", status: 2, message: "late" }, { name: "never", status: 3 }, { name: "cannot", status: 4 }]));
		</script>`,
	"/early.html": `<!doctype html><script src=/harness.js></script><script>finish([{ name: "before the load event", status: 0 }])</script>`,
	"/error.html": `<!doctype html><script src=/harness.js></script><script>finish([{ name: "one", status: 0 }], 1, "nothing works")</script>`,
	"/message.html": `<!doctype html><script src=/harness.js></script><script>
		const { port1, port2 } = new MessageChannel();
		port2.onmessage = e => finish([{ name: e.data, status: 0 }]);
		port1.postMessage("by a port");
		</script>`,
	"/never.html": `<!doctype html><script src=/harness.js></script>`,
	"/loop.html":  `<!doctype html><script src=/harness.js></script><script>for (;;);</script>`,
	"/long.html": `<!doctype html><meta name=timeout content=long><script src=/harness.js></script><script>
		setTimeout(() => finish([{ name: "late", status: 0 }]), 2800)</script>`,
	"/throws.html": `<!doctype html><script>missing()</script>`,
}

func TestRunPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := fixtures[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", map[bool]string{true: "text/javascript", false: "text/html"}[strings.HasSuffix(r.URL.Path, ".js")])
		fmt.Fprint(w, text)
	}))
	t.Cleanup(server.Close)
	for path, want := range map[string]string{
		"/results.html": "OK: good PASS , bad FAIL one is not two, slow TIMEOUT late, never NOTRUN , cannot PRECONDITION_FAILED ",
		"/early.html":   "OK: before the load event PASS ",
		"/error.html":   "ERROR nothing works: one PASS ",
		"/message.html": "OK: by a port PASS ",
		"/never.html":   "TIMEOUT: ",
		"/loop.html":    "TIMEOUT: ",
		"/long.html":    "OK: late PASS ",
		"/throws.html":  "TIMEOUT Uncaught ReferenceError: 'missing' is not defined: ",
		"/missing.html": "TIMEOUT: ",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute // whoever is expected to answer has time to, also under the race detector
			if path == "/long.html" || strings.HasPrefix(want, statusTimeout) {
				timeout = 2 * time.Second
			}
			page := runPage(context.Background(), job{path, server.URL + path}, timeout, time.Minute)
			var subtests []string
			for _, s := range page.Subtests {
				subtests = append(subtests, fmt.Sprintf("%s %s %s", s.Name, s.Status, s.Message))
			}
			got := strings.TrimRight(page.Status+" "+page.Message, " ") + ": " + strings.Join(subtests, ", ")
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
