package npm_test

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"
	"go.uber.org/goleak"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/internal/browser"
	"github.com/entangle-go/entangle/npm"
	"github.com/entangle-go/entangle/npm/internal/bundle"
)

// The pages of the browser tests.
//
//go:embed testdata/pages
var pages embed.FS

// TestBrowser runs npm/test/browser in Chromium, or in the browser that ENTANGLE_BROWSER names
// ("firefox"), with a hub and Go programs behind it.
func TestBrowser(t *testing.T) {
	driven, variable := browser.Chromium, "ENTANGLE_CHROMIUM="
	if os.Getenv("ENTANGLE_BROWSER") == "firefox" {
		driven, variable = browser.Firefox, "ENTANGLE_FIREFOX="
	}
	path, err := driven.Path()
	if err != nil {
		t.Fatal(err)
	}
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := bundle.Tests(root, "test/browser/all.ts", "test/browser/page.ts")
	if err != nil {
		t.Fatal(err)
	}
	tests, _ := filepath.Glob(filepath.Join(root, "test", "browser", "*.test.ts"))
	for _, test := range tests {
		if !bytes.Contains(files["all.mjs"], []byte("// test/browser/"+filepath.Base(test))) {
			t.Errorf("test/browser/all.ts lacks %s", filepath.Base(test))
		}
	}
	dir := filepath.Join(root, ".tests", "browser")
	if err := bundle.Write(dir, files); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(isolated(mux))
	defer server.Close()
	serveSite(t, mux, files["page.mjs"])
	startPrograms(t, "ws"+strings.TrimPrefix(server.URL, "http")+"/entangle", server.URL)
	args := []string{"--test", "--test-reporter=spec", "--test-force-exit"}
	if only := os.Getenv("ENTANGLE_ONLY"); only != "" {
		args = append(args, "--test-name-pattern", only)
	}
	cmd := exec.CommandContext(t.Context(), "node", append(args, filepath.Join(dir, "all.mjs"))...)
	cmd.Env = append(os.Environ(), "ENTANGLE_SERVER="+server.URL, variable+path)
	cmd.WaitDelay = time.Second // a process that the browser leaves may hold the pipes
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}

// newHub makes a hub, which takes pages of further origins, and ends with the test.
func newHub(t *testing.T, origins ...string) *hub.Hub {
	h, err := hub.New(hub.Options{Origins: origins})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// stopping is an address at which a hub is stopped, and another one started, of the same secret
// unless that was forgotten.
type stopping struct {
	t       *testing.T
	absence time.Duration

	mu     sync.Mutex // guards hub and secret
	hub    *hub.Hub   // nil: there is none
	secret [32]byte
}

func (s *stopping) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.hub, err = hub.New(hub.Options{Secrets: [][]byte{s.secret[:]}, Absence: s.absence}); err != nil {
		s.t.Error(err)
	}
}

func (s *stopping) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hub != nil {
		s.hub.Close()
		s.hub = nil
	}
}

// forget changes the secret: the next hub knows nobody of before.
func (s *stopping) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secret[0]++
}

func (s *stopping) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	h := s.hub
	s.mu.Unlock()
	if h == nil {
		http.Error(w, "there is no hub now", http.StatusBadGateway)
		return
	}
	h.ServeHTTP(w, r)
}

// serveSite serves hubs (some that a test may stop), the client as it is shipped, and the pages of
// the tests.
func serveSite(t *testing.T, mux *http.ServeMux, page []byte) {
	h := newHub(t)
	mux.Handle("/entangle", h)
	mux.HandleFunc("/counters", h.ServeCounters)
	for name, absence := range map[string]time.Duration{"stopping": 0, "brief": 300 * time.Millisecond} {
		s := &stopping{t: t, absence: absence}
		s.start()
		t.Cleanup(s.stop)
		mux.Handle("/"+name, s)
		mux.HandleFunc("POST /"+name+"/stop", func(http.ResponseWriter, *http.Request) { s.stop() })
		mux.HandleFunc("POST /"+name+"/start", func(http.ResponseWriter, *http.Request) { s.start() })
		mux.HandleFunc("POST /"+name+"/forget", func(http.ResponseWriter, *http.Request) { s.forget() })
	}
	mux.HandleFunc("/silent", serveSilence)
	mux.HandleFunc("/spoken", serveSubprotocol)
	dist, err := fs.Sub(npm.Dist, "dist")
	if err != nil {
		t.Fatal(err)
	}
	html, err := fs.Sub(pages, "testdata/pages")
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/entangle.js", http.FileServerFS(dist))
	for _, name := range []string{"/install.js", "/share.js", "/tabs.js", "/worker.js"} {
		mux.Handle(name, http.FileServerFS(dist))
	}
	mux.HandleFunc("/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(page)
	})
	mux.Handle("/", http.FileServerFS(html))
	mux.HandleFunc("/hub/proposal/{page}", func(w http.ResponseWriter, r *http.Request) { // as it is, but for the hub
		page, err := fs.ReadFile(html, "proposal/"+r.PathValue("page"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(bytes.Replace(page, []byte("<link"), []byte(`<meta name="entangle" content="/entangle"><link`), 1))
	})
}

// serveSilence is a hub that never answers.
func serveSilence(w http.ResponseWriter, r *http.Request) {
	socket, err := gws.NewUpgrader(gws.BuiltinEventHandler{}, nil).Upgrade(w, r)
	if err == nil {
		socket.ReadLoop()
	}
}

// serveSubprotocol is a server before the hub, which speaks one subprotocol and refuses others.
func serveSubprotocol(w http.ResponseWriter, r *http.Request) {
	const spoken = "spoken.here"
	if !slices.Contains(websocket.Subprotocols(r), spoken) {
		http.Error(w, "speak "+spoken, http.StatusBadRequest)
		return
	}
	header := http.Header{"Origin": r.Header["Origin"]}
	hub, _, err := websocket.DefaultDialer.DialContext(r.Context(), "ws://"+r.Host+"/entangle", header)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer hub.Close()
	page, err := (&websocket.Upgrader{Subprotocols: []string{spoken}}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer page.Close()
	var passing sync.WaitGroup
	defer passing.Wait()
	pass := func(from, to *websocket.Conn) {
		defer to.Close() // which ends the other direction
		for {
			kind, message, err := from.ReadMessage()
			if err != nil || to.WriteMessage(kind, message) != nil {
				return
			}
		}
	}
	passing.Go(func() { pass(hub, page) })
	pass(page, hub)
}

// isolated serves pages that have SharedArrayBuffer, isolated from other origins.
func isolated(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		site.ServeHTTP(w, r)
	})
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
