// Package arch holds the import rules of the module, and the forms of its files, as tests.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/entangle-go/entangle"

// root is the module's folder, seen from this package's.
const root = "../.."

type folder struct {
	dir   string
	may   []string // folders of the module; "*" is any
	why   string
	pure  bool // no I/O, no wall clock, no goroutine: the caller brings them
	light bool // only the standard library, golang.org/x and the URL library
}

// hostAPI is what an API that scripts see may import: what it is bound with, and the packages of
// the standards that it builds on. The compiler sees to it that these do not go round in circles.
var hostAPI = []string{
	".", "clone", "eventloop", "host/internal/qjs", "host/internal/webidl", "host/internal/settings", "host/internal/event",
	"host/internal/heap", "host/internal/bloburl", "host/internal/fileapi", "host/internal/url", "host/internal/urlapi",
	"host/internal/encoding", "host/internal/loader", "host/internal/streams", "host/internal/hrtime",
}

// folders says, for each folder that holds non-test Go files, what of the module it may import, and
// why. A folder that is not listed here fails the test: it has no place in the design yet.
var folders = []folder{
	{"clone", nil, "structured clone knows nothing of ports: transferables come in through an interface", true, true},
	{"eventloop", nil, "an event loop knows tasks, not messages", true, true},
	{"protocol", nil, "state machines that are simulated; messages are opaque to them", true, true},
	{".", []string{"clone", "eventloop"}, "the model of the standard, usable without any network", true, true},
	{"remote", []string{".", "clone", "eventloop", "protocol"}, "the shell that runs the protocol for a Go program", false, false},
	{"hub", []string{".", "clone", "protocol"}, "a hub routes bodies without looking into them", false, false},
	{"npm", nil, "the TypeScript client's bundle, embedded", false, false},
	{"npm/internal/bundle", nil, "bundles TypeScript by esbuild, so that no npm is needed", false, false},
	{"npm/build", []string{"npm/internal/bundle"}, "writes npm/dist", false, false},
	{"cmd/entangle", []string{"*"}, "the command wires everything", false, false},
	{"cmd/entangle/demo", []string{"*"}, "the demo is a user of everything", false, false},
	{"cmd/entangle/demo/build", nil, "bundles Yjs for the demo", false, false},
	{"examples", []string{"*"}, "serves the example pages", false, false},
	{"conformance", []string{"*"}, "runs the web-platform-tests in the host", false, false},
	{"host/internal/webidl", []string{"clone", "host/internal/qjs"},
		"interfaces, conversions and exceptions; knows no particular interface but DOMException", false, false},
	{"host/internal/settings", []string{".", "eventloop", "host/internal/qjs", "host/internal/webidl", "host/internal/bloburl",
		"host/internal/loader"}, "what an API may ask about the realm it was called in", false, false},
	{"host/internal/event", []string{".", "eventloop", "host/internal/qjs", "host/internal/webidl", "host/internal/settings"},
		"the DOM's events; knows no tree and no window", false, false},
	{"host/internal/dom", []string{"host/internal/qjs", "host/internal/webidl", "host/internal/settings", "host/internal/event"},
		"trees of nodes; knows no particular element of HTML", false, false},
	{"host/internal/html", []string{"host/internal/qjs", "host/internal/webidl", "host/internal/event", "host/internal/dom",
		"host/internal/fileapi", "host/internal/canvas"}, "elements and documents; asks windows through the document's hooks", false, false},
	{"host/internal/qjs", nil, "binds the engine; knows nothing of the web", false, false},
	{"host/internal/bloburl", []string{"."}, "which blob: URL stands for which bytes, of whose origin; knows no engine", false, false},
	{"host/internal/encoding", nil, "decoders; knows no engine", false, false},
	{"host/internal/encodingapi", hostAPI, "TextEncoder and TextDecoder", false, false},
	{"host/internal/url", []string{"host/internal/encoding"}, "forms and percent-encoding; knows no engine", false, false},
	{"host/internal/urlapi", hostAPI, "URL and URLSearchParams", false, false},
	{"host/internal/globalscope", append(hostAPI, "host/internal/console", "host/internal/crypto", "host/internal/encodingapi",
		"host/internal/fetch", "host/internal/hrtime",
		"host/internal/imagedata", "host/internal/canvas", "host/internal/timers", "host/internal/websocket"),
		"gathers what windows and workers have in common", false, false},
	{"host/internal/canvas", append(hostAPI, "host/internal/dom", "host/internal/imagedata"), "pixels of canvases, ImageBitmap", false, false},
	{"host/internal/websocket", hostAPI, "WebSocket", false, false},
	{"host/internal/fetch", hostAPI, "fetch, Headers, Request, Response, XMLHttpRequest", false, false},
	{"host/internal/heap", hostAPI, "structured clones of script's values", false, false},
	{"host/internal/messaging", append(hostAPI, "host/internal/messaging"),
		"MessageChannel, MessagePort, BroadcastChannel, PortCollection, structuredClone", false, false},
	{"host/internal/fileapi", hostAPI, "Blob, File, FileList, FileReader", false, false},
	{"host/internal/streams", hostAPI, "ReadableStream, WritableStream, TransformStream", false, false},
	{"host/internal/timers", hostAPI, "setTimeout and its like", false, false},
	{"host/internal/console", hostAPI, "the console", false, false},
	{"host/internal/crypto", hostAPI, "random values and digests", false, false},
	{"host/internal/hrtime", hostAPI, "performance", false, false},
	{"host/internal/imagedata", hostAPI, "ImageData", false, false},
	{"host/internal/loader", []string{".", "host/internal/bloburl", "host/internal/url"}, "fetches bytes; knows neither engine nor documents",
		false, false},
	{"host", []string{"*"}, "windows and workers wire everything", false, false},
	{"host/hosttest", []string{"host"}, "ties a host to a test", false, false},
	{"internal/rules", nil, "generates docs/rules.md from the tests", false, false},
	{"internal/api", nil, "generates docs/api from the packages", false, false},
	{"internal/mutate", nil, "runs the mutation tests of a package", false, false},
	{"internal/browser", nil, "finds browsers; for tests, and for what installs them", false, false},
	{"internal/setup", []string{"internal/browser"}, "brings what the tests need", false, false},
	{"internal/sim", []string{"protocol"}, "simulates the protocol; knows no shell", false, false},
	{"sim", []string{"internal/sim", "protocol"}, "runs the simulator by hand", false, false},
	{"sim/chaos", []string{".", "remote", "npm", "internal/browser"}, "real clients of a hub that is another process", false, false},
}

// goroutines lists the folders that may start goroutines: everywhere else the caller's goroutine
// does the work, so that an idle port costs none.
var goroutines = []string{"sim", "sim/chaos", "remote", "hub", "cmd/entangle", "cmd/entangle/demo", "examples", "conformance",
	"host/internal/websocket", "host/internal/fetch", "host"}

// impure is what a pure package must not import, with the reason.
var impure = map[string]string{
	"net":          "I/O belongs to remote and hub",
	"net/http":     "I/O belongs to remote and hub",
	"os":           "I/O belongs to the shells",
	"os/exec":      "I/O belongs to the shells",
	"syscall":      "I/O belongs to the shells",
	"crypto/rand":  "randomness is brought by the caller, so that a seed replays a run",
	"math/rand":    "randomness is brought by the caller, so that a seed replays a run",
	"math/rand/v2": "randomness is brought by the caller, so that a seed replays a run",
}

// wallClock is what of package time a pure package must not use.
var wallClock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// lightPrefixes are the only dependencies of the library packages.
var lightPrefixes = []string{"golang.org/x/", "github.com/nlnwa/whatwg-url/"}

func TestImports(t *testing.T) {
	for dir, files := range sources(t) {
		i := slices.IndexFunc(folders, func(f folder) bool { return f.dir == dir })
		if i < 0 {
			if strings.HasPrefix(dir, "examples/") {
				continue // programs for reading; they import what a user would
			}
			t.Errorf("%s has Go files but no line in internal/arch: say what it may import and why", dir)
			continue
		}
		rule := folders[i]
		for name, file := range files {
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				checkImport(t, name, imported, rule)
			}
			if rule.pure {
				checkClock(t, name, file)
			}
			if !slices.Contains(goroutines, dir) {
				checkGoroutines(t, name, file)
			}
		}
	}
}

func checkImport(t *testing.T, file, imported string, rule folder) {
	t.Helper()
	if inModule := imported == module || strings.HasPrefix(imported, module+"/"); inModule {
		dir := "."
		if imported != module {
			dir = strings.TrimPrefix(imported, module+"/")
		}
		if !slices.Contains(rule.may, "*") && !slices.Contains(rule.may, dir) {
			t.Errorf("%s imports %s: not allowed, because: %s", file, imported, rule.why)
		}
		return
	}
	if reason, bad := impure[imported]; rule.pure && bad {
		t.Errorf("%s imports %s: %s", file, imported, reason)
	}
	external := strings.Contains(strings.SplitN(imported, "/", 2)[0], ".")
	allowed := func(prefix string) bool { return strings.HasPrefix(imported, prefix) }
	if rule.light && external && !slices.ContainsFunc(lightPrefixes, allowed) {
		t.Errorf("%s imports %s: the library packages depend on the standard library, golang.org/x and the URL library only", file, imported)
	}
}

func checkClock(t *testing.T, name string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(wallClock, sel.Sel.Name) {
				t.Errorf("%s uses time.%s: a pure package is told the time", name, sel.Sel.Name)
			}
		}
		return true
	})
}

func checkGoroutines(t *testing.T, name string, file *ast.File) {
	t.Helper()
	ast.Inspect(file, func(n ast.Node) bool {
		if _, ok := n.(*ast.GoStmt); ok {
			t.Errorf("%s starts a goroutine: only %s may", name, strings.Join(goroutines, ", "))
		}
		return true
	})
}

// TestNoFileOver500Lines keeps files to one responsibility.
func TestNoFileOver500Lines(t *testing.T) {
	for name, text := range written(t, "*.go", "*.ts", "*.mjs", "*.css", "*.html") {
		if n := strings.Count(text, "\n"); n > 500 {
			t.Errorf("%s has %d lines: cut it by responsibility", name, n)
		}
	}
}

// written returns the text of the files of the module that match git's patterns, by name: those
// that people write, so neither bundles nor test data.
func written(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", root, "ls-files", "--"}, patterns...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name := range strings.FieldsSeq(string(out)) {
		if strings.Contains(name, "/dist/") || strings.Contains(name, "testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
			continue
		}
		files[name] = string(text)
	}
	return files
}

// sources parses every non-test Go file of the module, by folder.
func sources(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	parsed := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "node_modules" || name == "testdata" || name == ".git" || name == "bench" || name == "tools" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		dir := path.Dir(rel)
		if parsed[dir] == nil {
			parsed[dir] = map[string]*ast.File{}
		}
		parsed[dir][rel] = file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
