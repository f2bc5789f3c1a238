package protocol

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goldenWorld prints everything that is said.
type goldenWorld struct {
	*simWorld
	out strings.Builder
}

// TestGoldens runs short stories and compares everything that clients and sessions say to each
// other with a file for people to read. -update rewrites it.
func TestGoldens(t *testing.T) {
	for name, story := range map[string]func(*goldenWorld){
		"connect": func(w *goldenWorld) {
			a, b := w.endpoints[0], w.endpoints[1]
			w.do("A connects to x, where nobody is, and posts", func() {
				e := w.connect(a, "x")
				w.post(a, e)
			})
			w.do("B listens on x", func() { w.listen(b, "x") })
		},
		"cancel": func(w *goldenWorld) {
			a := w.endpoints[0]
			w.do("A connects to x, where nobody is, and closes", func() { w.close(a, w.connect(a, "x")) })
		},
		"ship": func(w *goldenWorld) {
			a, b, c := w.endpoints[0], w.endpoints[1], w.endpoints[2]
			carrier, port := w.meet(a, b, "carrier"), w.meet(a, c, "port")
			w.do("C posts, A has not dispatched it; A posts", func() { w.post(c, port.peer()); w.post(a, port) })
			w.do("A ships its port to B", func() { w.post(a, carrier, port) })
			w.do("B dispatches the message with the port, and posts on it", func() {
				w.dispatch(b, carrier.peer())
				w.dispatch(b, port)
				w.post(b, port)
			})
		},
		"both ends": func(w *goldenWorld) {
			a, b, c := w.endpoints[0], w.endpoints[1], w.endpoints[2]
			one, two, port := w.meet(a, c, "one"), w.meet(b, c, "two"), w.meet(a, b, "port")
			w.do("A and B ship both ends of a channel to C at once, after a post on each", func() {
				w.post(a, port)
				w.post(b, port.peer())
				w.post(a, one, port)
				w.post(b, two, port.peer())
			})
		},
		"close": func(w *goldenWorld) {
			a, b := w.endpoints[0], w.endpoints[1]
			port := w.meet(a, b, "port")
			w.do("A posts and closes", func() { w.post(a, port); w.close(a, port) })
		},
		"death": func(w *goldenWorld) {
			a, b, c := w.endpoints[0], w.endpoints[1], w.endpoints[2]
			carrier, port := w.meet(a, b, "carrier"), w.meet(a, c, "port")
			w.do("A ships its port to B and is lost; the message arrives", func() {
				w.post(a, carrier, port)
				a.dead, a.up = true, append(a.up, nil)
			})
		},
		"death in transit": func(w *goldenWorld) {
			a, b, c := w.endpoints[0], w.endpoints[1], w.endpoints[2]
			carrier, port := w.meet(a, b, "carrier"), w.meet(a, c, "port")
			w.do("B closes; A ships its port to B before it hears of that", func() {
				w.close(b, carrier.peer())
				w.post(a, carrier, port)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &goldenWorld{simWorld: newSimWorld(t, 0, 3)}
			for _, ep := range w.endpoints {
				w.step(ep, Event{Kind: EventStart})
			}
			story(w)
			if w.violation != "" {
				t.Fatal(w.violation)
			}
			path := filepath.Join("testdata", "golden", strings.ReplaceAll(name, " ", "_")+".txt")
			if *update {
				os.MkdirAll(filepath.Dir(path), 0o777)
				if err := os.WriteFile(path, []byte(w.out.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if w.out.String() != string(want) {
				t.Errorf("%s is not what happens: go test ./protocol -run TestGoldens -update, and read the difference\n%s", path, w.out.String())
			}
		})
	}
}

// do prints what follows from f, the first queue being served first.
func (w *goldenWorld) do(title string, f func()) {
	for w.serve() {
	}
	fmt.Fprintf(&w.out, "# %s\n", title)
	w.said = func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		line = strings.NewReplacer("E0", "A", "E1", "B", "E2", "C", "S0", "hub(A)", "S1", "hub(B)", "S2", "hub(C)").Replace(line)
		fmt.Fprintln(&w.out, line)
	}
	f()
	for queues := w.queues(); len(queues) > 0; queues = w.queues() {
		queues[0]()
	}
	w.said = nil
}
