package npm_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/entangle-go/entangle/npm"
	"github.com/entangle-go/entangle/npm/internal/bundle"
)

// What a page loads, gzipped, in bytes: raised only with a reason in the commit.
const budget = 19_000

// npm/dist is what npm/src makes: `go generate ./npm`.
func TestDistIsUpToDate(t *testing.T) {
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, make := range []func(string) (map[string][]byte, error){bundle.Scripts, bundle.Types} {
		files, err := make(root)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(root, "dist", name))
			if err != nil {
				t.Error(err)
			} else if !bytes.Equal(got, want) {
				t.Errorf("npm/dist/%s is not what npm/src makes: go generate ./npm", name)
			}
		}
	}
}

func TestSize(t *testing.T) {
	script, err := fs.ReadFile(npm.Dist, "dist/entangle.js")
	if err != nil {
		t.Fatal(err)
	}
	var gzipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&gzipped, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(script); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("entangle.js: %d bytes, %d gzipped", len(script), gzipped.Len())
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := bundle.Parts(root)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, size := range parts {
		total += size
	}
	for _, path := range slices.SortedFunc(maps.Keys(parts), func(a, b string) int { return parts[b] - parts[a] }) {
		t.Logf("%6d  some %4d gzipped  %s", parts[path], parts[path]*gzipped.Len()/max(total, 1), path)
	}
	if gzipped.Len() > budget {
		t.Errorf("entangle.js has %d bytes gzipped, more than %d", gzipped.Len(), budget)
	}
	for _, b := range script {
		if b > 126 {
			t.Fatal("entangle.js is not ASCII")
		}
	}
}
