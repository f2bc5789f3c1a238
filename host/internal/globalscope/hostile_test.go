package globalscope_test

import (
	"strings"
	"testing"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// What script makes Go hold counts as the engine's heap does, and is given back.
func TestMemoryIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"blobs":             `const kept = []; for (let i = 0; i < 100; i++) kept.push(new Blob([s, s, s]))`,
		"blob URLs":         `for (let i = 0; i < 100; i++) URL.createObjectURL(new Blob([s, s, s]))`,
		"search parameters": `const p = new URLSearchParams(); for (let i = 0; i < 1000; i++) p.append(s, s)`,
		"headers":           `const h = new Headers(); for (let i = 0; i < 1000; i++) h.append("a", s)`,
		"forms":             `const f = new FormData(); for (let i = 0; i < 1000; i++) f.append(s, new Blob([s]))`,
		"endless parts":     `new Blob((function* () { for (;;) yield s })())`,
		"endless pairs":     `new URLSearchParams((function* () { for (;;) yield ["a", s] })())`,
		"endless headers":   `new Headers((function* () { for (;;) yield ["a", s] })())`,
		"marks":             `for (let i = 0; i < 1000; i++) performance.mark(s)`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, webidl.Window, "http://page.example/")
			lines := r.run(`const s = "x".repeat(1 << 20); try { ` + body + `; console.log("no end") } catch (e) { console.log(e.name, e.message) }`)
			if got := strings.Join(lines, "\n"); got != "RangeError out of memory" {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	r := newRig(t, webidl.Window, "http://page.example/")
	lines := r.run(`
		const s = "x".repeat(1 << 20);
		for (let i = 0; i < 200; i++) {
			const b = new Blob([s, s]), part = b.slice(1, 3), u = URL.createObjectURL(b);
			URL.revokeObjectURL(u);
			structuredClone(part);
			const p = new URLSearchParams(); p.append("a", s); p.set("a", s); p.set("a", s);
			const f = new FormData(); f.append("a", b); f.set("a", s);
		}
		const p = new URLSearchParams(); for (let i = 0; i < 200; i++) p.set("a", s);
		console.log("done")`)
	if got := strings.Join(lines, "\n"); got != "done" {
		t.Errorf("%s", got)
	}
}
