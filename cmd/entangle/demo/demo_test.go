package demo

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSite = Site{
	Social:   "http://127.0.0.1:8080",
	Contacts: "http://127.0.0.1:8081",
	Game:     "http://127.0.0.1:8082",
	Hub:      "ws://127.0.0.1:8080/entangle",
	User:     "dev",
	Command:  "entangle",
}

// origins returns what serves each origin, by origin.
func origins(t *testing.T) map[string]http.Handler {
	t.Helper()
	social, contacts, game, err := Handlers(testSite)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]http.Handler{testSite.Social: social, testSite.Contacts: contacts, testSite.Game: game}
}

func get(h http.Handler, url string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var pagesOf = map[string][]string{
	testSite.Social:   {"/", "/document", "/document/frame", "/social", "/auth", "/auth/frame"},
	testSite.Contacts: {"/"},
	testSite.Game:     {"/"},
}

// reference is an address in a page: of a script, a style sheet, a frame, a link.
var reference = regexp.MustCompile(`(?:src|href)="([^"#]+)"`)

// module is an address that a script imports from.
var module = regexp.MustCompile(`(?m)^(?:import [^"\n]*|\} from )"([^"]+)";`)

// TestPagesReferToTheDemoAlone follows everything that a page loads: it is served, by one of the
// three origins.
func TestPagesReferToTheDemoAlone(t *testing.T) {
	handlers := origins(t)
	seen := map[string]bool{}
	var follow func(from, address string)
	follow = func(from, address string) {
		if strings.HasPrefix(address, "/") {
			address = from + address
		}
		if seen[address] {
			return
		}
		seen[address] = true
		for origin, handler := range handlers {
			if !strings.HasPrefix(address+"/", origin+"/") {
				continue
			}
			response := get(handler, address)
			text := body(t, response)
			if response.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", address, response.Status)
			}
			switch contentType := response.Header.Get("Content-Type"); {
			case strings.HasPrefix(contentType, "text/html"):
				for _, match := range reference.FindAllStringSubmatch(text, -1) {
					follow(origin, match[1])
				}
			case strings.HasPrefix(contentType, "text/javascript"):
				for _, match := range module.FindAllStringSubmatch(text, -1) {
					follow(origin, "/"+strings.TrimLeft(match[1], "./"))
				}
			}
			return
		}
		t.Errorf("%s is of no origin of the demo", address)
	}
	for origin, paths := range pagesOf {
		for _, path := range paths {
			follow(origin, path)
		}
	}
	for _, needed := range []string{"/entangle.js", "/yjs.js", "/peers.js", "/style.css", "/mark.svg"} {
		if !seen[testSite.Social+needed] {
			t.Errorf("no page loads %s", needed)
		}
	}
}

// TestSourcesBesideThePages checks that the files that the pages show are there.
func TestSourcesBesideThePages(t *testing.T) {
	handler := origins(t)[testSite.Social]
	shown := regexp.MustCompile(`<running-source files="([^"]+)"`)
	for _, path := range []string{"/document", "/social", "/auth"} {
		match := shown.FindStringSubmatch(body(t, get(handler, testSite.Social+path)))
		if match == nil {
			t.Errorf("%s shows no source", path)
			continue
		}
		for file := range strings.FieldsSeq(match[1]) {
			if response := get(handler, testSite.Social+"/"+file); response.StatusCode != http.StatusOK {
				t.Errorf("%s shows %s: %s", path, file, response.Status)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	handlers := origins(t)
	for _, test := range []struct{ origin, path, header, want string }{
		{testSite.Social, "/", "Content-Type", "text/html; charset=utf-8"},
		{testSite.Social, "/document.js", "Content-Type", "text/javascript; charset=utf-8"},
		{testSite.Social, "/style.css", "Content-Type", "text/css; charset=utf-8"},
		{testSite.Social, "/mark.svg", "Content-Type", "image/svg+xml"},
		{testSite.Social, "/contacts.go", "Content-Type", "text/plain; charset=utf-8"},
		{testSite.Social, "/nothing", "X-Content-Type-Options", "nosniff"},
		{testSite.Social, "/", "Referrer-Policy", "no-referrer"},
		{testSite.Social, "/", "Cross-Origin-Opener-Policy", "same-origin"},
		{testSite.Social, "/", "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
			"connect-src 'self' ws://127.0.0.1:8080; frame-src 'self' http://127.0.0.1:8081 http://127.0.0.1:8082; frame-ancestors 'self'; " +
			"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"},
		{testSite.Game, "/", "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
			"connect-src 'self' ws://127.0.0.1:8082; frame-src 'none'; frame-ancestors http://127.0.0.1:8080; " +
			"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"},
	} {
		if got := get(handlers[test.origin], test.origin+test.path).Header.Get(test.header); got != test.want {
			t.Errorf("%s%s: %s is\n%q, want\n%q", test.origin, test.path, test.header, got, test.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	handler := origins(t)[testSite.Social]
	for _, test := range []struct {
		what, method, url, header, value string
		status                           int
	}{
		{"the landing page", "GET", "http://127.0.0.1:8080/", "", "", http.StatusOK},
		{"a head", "HEAD", "http://127.0.0.1:8080/document", "", "", http.StatusOK},
		{"a directory is not listed", "GET", "http://127.0.0.1:8080/static/", "", "", http.StatusNotFound},
		{"a template is no page", "GET", "http://127.0.0.1:8080/layout.html", "", "", http.StatusNotFound},
		{"a page of another origin", "GET", "http://127.0.0.1:8080/game.html", "", "", http.StatusNotFound},
		{"a page takes no data", "POST", "http://127.0.0.1:8080/", "", "", http.StatusMethodNotAllowed},
		{"another name of this machine", "GET", "http://rebound.example:8080/", "", "", http.StatusMisdirectedRequest},
		{"another port's name", "GET", "http://127.0.0.1:8081/", "", "", http.StatusMisdirectedRequest},
		{"localhost is sent to the origin", "GET", "http://localhost:8080/document", "", "", http.StatusTemporaryRedirect},
		{"localhost of another port", "GET", "http://localhost:9999/", "", "", http.StatusMisdirectedRequest},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(test.method, test.url, nil))
		if w.Code != test.status {
			t.Errorf("%s: %s %s: %d, want %d", test.what, test.method, test.url, w.Code, test.status)
		}
	}
	redirect := get(handler, "http://localhost:8080/document").Header.Get("Location")
	if want := "http://127.0.0.1:8080/document"; redirect != want {
		t.Errorf("localhost is sent to %q, want %q", redirect, want)
	}
}

func TestAnUnchangedFileIsNotSentAgain(t *testing.T) {
	handler := origins(t)[testSite.Social]
	request := httptest.NewRequest(http.MethodGet, testSite.Social+"/yjs.js", nil)
	request.Header.Set("If-None-Match", get(handler, testSite.Social+"/yjs.js").Header.Get("ETag"))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes, want 304 with none", w.Code, w.Body.Len())
	}
}

// TestDocumentModules runs the modules of the shared document, laid out as they are
// served, in Node.
func TestDocumentModules(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test needs Node.js 20 or newer: %v", err)
	}
	assets, err := sharedAssets()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, a := range assets {
		if filepath.Ext(name) == ".js" {
			write(t, filepath.Join(dir, name), a.body)
		}
	}
	write(t, filepath.Join(dir, "package.json"), []byte(`{"type": "module"}`))
	script, err := os.ReadFile("test/document.test.mjs")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "document.test.mjs"), script)
	cmd := exec.CommandContext(t.Context(), node, "--test", "document.test.mjs")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
