package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// binary builds the command, once.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "entangle")
	out, err := exec.Command("go", "build", "-race", "-o", path, "../cmd/entangle").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// server is a running `entangle serve`.
type server struct {
	cmd    *exec.Cmd
	site   site
	exited chan error
	errOut strings.Builder
	stop   func() error // Ctrl-C, once; waits until it has ended

	stopped atomic.Bool
}

// site is what it printed: where the demo is.
type site struct {
	Hub      string `json:"hub"`
	Social   string `json:"social"`
	Contacts string `json:"contacts"`
	Game     string `json:"game"`
	Readme   string `json:"readme,omitempty"` // the page of README.md
}

var printed = regexp.MustCompile(`(?m)^ +(hub|social|contacts|game) +((?:ws|http)://[0-9.]+:\d+(?:/entangle)?)`)

// serve starts the command on free ports and ends it with the test, which fails unless
// it ends cleanly.
func serve(t *testing.T, flags ...string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...), exited: make(chan error, 1)}
	s.cmd.Stderr = &s.errOut
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = sync.OnceValue(s.interrupt)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("serve did not end cleanly: %v", err)
		}
		if t.Failed() {
			t.Logf("serve wrote to stderr:\n%s", &s.errOut)
		}
	})
	addresses := map[string]string{}
	lines := bufio.NewScanner(out)
	for len(addresses) < 4 && lines.Scan() {
		if match := printed.FindStringSubmatch(lines.Text()); match != nil {
			addresses[match[1]] = match[2]
		}
	}
	s.site = site{Hub: addresses["hub"], Social: addresses["social"], Contacts: addresses["contacts"], Game: addresses["game"]}
	if len(addresses) < 4 {
		t.Fatalf("serve ended without printing its addresses: %v\n%s", s.stop(), &s.errOut)
	}
	go func() {
		for lines.Scan() {
		}
		s.exited <- s.cmd.Wait()
	}()
	return s
}

// interrupt is Ctrl-C. A server that has not ended after ten seconds is killed.
func (s *server) interrupt() error {
	s.stopped.Store(true)
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case err := <-s.exited:
		return err
	case <-time.After(10 * time.Second):
		s.cmd.Process.Kill()
		return fmt.Errorf("still running 10 s after Ctrl-C; killed: %w", <-s.exited)
	}
}

// counters asks the hub what has passed it, by kind.
func (s *server) counters(t *testing.T) map[string]int64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.site.Social+"/entangle/counters", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true // no connection is kept
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	counters := map[string]int64{}
	if err := json.NewDecoder(response.Body).Decode(&counters); err != nil {
		t.Fatal(err)
	}
	return counters
}

// run executes another command against the hub and returns what it printed.
func (s *server) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.cmd.Path, append(args, "--hub", s.site.Hub)...)
	cmd.Env = os.Environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
