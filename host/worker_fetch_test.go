package host

import (
	"net/http"
	"sync/atomic"
	"testing"
)

// A worker that is terminated while its script, or a script that it imports, is being fetched,
// ends; and so does the fetch.
func TestTerminateDuringAFetch(t *testing.T) {
	for what, script := range map[string]string{
		"the script":     "slow.js",
		"importScripts":  "data:text/javascript,importScripts('https://slow.example/slow.js'); postMessage('never')",
		"import":         "import.js",
		"dynamic import": "dynamic.js",
	} {
		t.Run(what, func(t *testing.T) {
			var begun, ended atomic.Int32
			arrived := make(chan struct{})
			site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				switch r.URL.Path {
				case "/slow.js":
					begun.Add(1)
					close(arrived)
					<-r.Context().Done()
					ended.Add(1)
				case "/import.js":
					_, _ = w.Write([]byte(`import "./slow.js"; postMessage("never")`))
				case "/dynamic.js":
					_, _ = w.Write([]byte(`import("./slow.js").then(() => postMessage("never"))`))
				default:
					w.Header().Set("Content-Type", "text/html")
				}
			})
			s := stage(t, Options{Origins: map[string]http.Handler{"https://slow.example": site}}, nil)
			kind := `{type: "module"}`
			if what == "importScripts" {
				kind = "{}"
			}
			s.openAt("https://slow.example/", `
				const w = new Worker("`+script+`", `+kind+`);
				w.onmessage = e => console.log(e.data);
				w.onerror = e => console.log("error");
				undefined`)
			<-arrived
			if _, err := s.page.Eval(s.context(), "w.terminate()"); err != nil {
				t.Fatal(err)
			}
			s.waitForWorkers(0)
			s.wait()
			s.check("")
			if begun.Load() != 1 || ended.Load() != 1 {
				t.Error(begun.Load(), "fetches began,", ended.Load(), "ended")
			}
		})
	}
}
