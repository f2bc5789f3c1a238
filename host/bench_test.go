package host

import (
	"testing"
	"testing/fstest"
)

// BenchmarkOpen makes a host, opens a page with a window, and closes both.
func BenchmarkOpen(b *testing.B) {
	files := fstest.MapFS{"index.html": {Data: []byte("<p>hello")}}
	for b.Loop() {
		h, err := New(Options{Files: files})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.Open(b.Context(), "/"); err != nil {
			b.Fatal(err)
		}
		if err := h.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
