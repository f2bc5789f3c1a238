package host_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/entangle-go/entangle/host"
)

// libraryOutput is what each page of testdata/libraries says when its library works, in a
// browser and here.
var libraryOutput = map[string]string{
	"comlink": `channel 3
class 42
callback a,b
error RangeError: out of it
transfer 6, 0 left
module 42
shared 8
frame Hello, page`,
	"penpal": `product 42
asked back the page
error not today
SecurityError
worker 6`,
	"capnweb": `Hello, page
counter 42 42
got 21
TypeError: no
Hello from a worker`,
}

// TestLibraries runs Comlink, Penpal and Cap'n Web as they are in npm: pages, frames of another
// origin, workers, shared workers.
func TestLibraries(t *testing.T) {
	site := http.NewServeMux()
	site.Handle("/", http.FileServer(http.Dir("testdata/libraries")))
	site.Handle("/node_modules/", http.StripPrefix("/node_modules/", http.FileServer(http.Dir("../npm/node_modules"))))
	for library, want := range libraryOutput {
		t.Run(library, func(t *testing.T) {
			h, err := host.New(host.Options{
				Origins: map[string]http.Handler{"http://localhost": site, "http://other.localhost": site},
				Error:   func(err host.ScriptError) { t.Log(err) },
				Console: func(line host.ConsoleMessage) { t.Log(line.Level, line.Text) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			page, err := h.Open(ctx, "/"+library+".html")
			if err != nil {
				t.Fatal(err)
			}
			got, err := page.Eval(ctx, "result")
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("got\n%v\nwant\n%s", got, want)
			}
		})
	}
}
