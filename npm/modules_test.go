package npm_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/npm/internal/bundle"
)

var importLine = regexp.MustCompile(`(?m)^(?:import|export) (.*?)"(\.[^"]+)";`)

// TestModules checks what the modules of the client import: nothing goes round in a circle, types
// neither, and the session and the wires know nothing of each other but what is in carrier.ts.
func TestModules(t *testing.T) {
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(root, "src")
	imports := map[string][]string{}
	for _, pattern := range []string{"*.ts", "*/*.ts"} {
		files, err := filepath.Glob(filepath.Join(src, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := filepath.Rel(src, file)
			imports[name] = nil
			for _, m := range importLine.FindAllStringSubmatch(string(text), -1) {
				imports[name] = append(imports[name], filepath.Join(filepath.Dir(name), m[2]))
			}
		}
	}
	if len(imports["entangle.ts"]) < 5 {
		t.Fatalf("entangle.ts imports %v only: this test reads imports wrongly", imports["entangle.ts"])
	}
	var visit func(path []string)
	visit = func(path []string) {
		last := path[len(path)-1]
		if i := slices.Index(path[:len(path)-1], last); i >= 0 {
			t.Fatalf("a circle: %s", strings.Join(path[i:], " -> "))
		}
		for _, next := range imports[last] {
			visit(append(slices.Clone(path), next))
		}
	}
	for name := range imports {
		visit([]string{name})
	}
	for name, never := range map[string][]string{
		"session.ts": {"wire.ts", "far.ts", "client.ts", "broadcast.ts", "socket.ts", "share.ts"},
		"wire.ts":    {"session.ts", "client.ts", "socket.ts", "share.ts"},
		"socket.ts":  {"client.ts", "wire.ts"},
	} {
		for _, imported := range imports[name] {
			if slices.Contains(never, imported) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}
