package npm_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entangle-go/entangle/npm/internal/bundle"
)

// runtime is a program that runs JavaScript, from a package of npm/test/runtimes.
type runtime struct {
	name    string
	command []string // the first is a path in node_modules
	sockets string   // the package that brings a WebSocket, where there is none
}

var runtimes = []runtime{
	{"Node 20 with ws", []string{"node20/bin/node", "--test"}, "ws"},
	{"Node 20 with undici", []string{"node20/bin/node", "--test"}, "undici"},
	{"Node 22", []string{"node22/bin/node", "--test"}, ""},
	{"Node 24", []string{"node24/bin/node", "--test"}, ""},
	{"Deno", []string{"@deno/linux-x64-glibc/deno", "run", "--allow-net", "--allow-env", "--allow-read"}, ""},
	{"Bun", []string{"@oven/bun-linux-x64/bin/bun"}, ""},
}

// TestRuntimes runs test/runtimes/peer.mjs in every runtime at once: each process talks with Go
// programs and with all others, and has to end by itself.
func TestRuntimes(t *testing.T) {
	root, err := bundle.Root()
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(root, "test", "runtimes", "node_modules")
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("the runtimes are not installed (npm --prefix npm/test/runtimes ci): %v", err)
	}
	const origin = "https://programs.example"
	h := newHub(t)
	mux := http.NewServeMux()
	mux.Handle("/entangle", h)
	server := httptest.NewServer(mux)
	defer server.Close()
	url := "ws" + strings.TrimPrefix(server.URL, "http") + "/entangle"
	startPrograms(t, url, origin)
	var peers []string
	for _, r := range runtimes {
		peers = append(peers, strings.ReplaceAll(r.name, " ", "-"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var running sync.WaitGroup // they wait for each other
	defer running.Wait()
	for i, r := range runtimes {
		cmd := exec.CommandContext(ctx, filepath.Join(modules, r.command[0]), append(r.command[1:], "peer.mjs")...)
		cmd.Dir = filepath.Dir(modules)
		cmd.Env = append(os.Environ(), "HUB="+url, "ORIGIN="+origin, "SOCKETS="+r.sockets, "SELF="+peers[i], "PEERS="+strings.Join(peers, " "))
		cmd.WaitDelay = time.Second
		running.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", r.name, err, out)
			}
		})
	}
}
