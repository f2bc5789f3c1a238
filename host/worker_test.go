package host

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// scene is a host with a page, whose scripts print what they see.
type scene struct {
	t    *testing.T
	host *Host
	page *Page

	mu    sync.Mutex // guards the fields below
	lines []string
}

// play opens a page with a script and files beside it, and waits until nothing happens any more.
func play(t *testing.T, script string, files map[string]string) *scene {
	t.Helper()
	s := stage(t, Options{}, files)
	s.open(script + "\n;undefined")
	s.wait()
	return s
}

func stage(t *testing.T, options Options, files map[string]string) *scene {
	t.Helper()
	s := &scene{t: t}
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if tree["index.html"] == nil {
		tree["index.html"] = &fstest.MapFile{Data: []byte("<!doctype html>")}
	}
	options.Files = tree
	options.Console = func(m ConsoleMessage) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lines = append(s.lines, m.Text)
	}
	h, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.host = h
	t.Cleanup(func() { _ = h.Close() })
	return s
}

func (s *scene) context() context.Context {
	limit := 20 * time.Second
	if raceEnabled {
		limit = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	s.t.Cleanup(cancel)
	return ctx
}

func (s *scene) open(script string) {
	s.t.Helper()
	s.openAt("http://localhost/", script)
}

func (s *scene) openAt(url, script string) {
	s.t.Helper()
	var err error
	if s.page, err = s.host.Open(s.context(), url); err != nil {
		s.t.Fatal(err)
	}
	if _, err = s.page.Eval(s.context(), script); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) wait() {
	s.t.Helper()
	if err := s.host.Wait(s.context()); err != nil {
		s.t.Fatal(err, s.said())
	}
}

func (s *scene) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// check compares what was printed with what is wanted, line by line.
func (s *scene) check(want ...string) {
	s.t.Helper()
	if got := s.said(); got != strings.Join(want, "\n") {
		s.t.Errorf("printed:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

// checkSet is check in any order.
func (s *scene) checkSet(want ...string) {
	s.t.Helper()
	s.mu.Lock()
	slices.Sort(s.lines)
	s.mu.Unlock()
	slices.Sort(want)
	s.check(want...)
}

// workersLeft returns how many workers the host knows.
func (s *scene) workersLeft() int {
	s.host.workers.mu.Lock()
	defer s.host.workers.mu.Unlock()
	return len(s.host.workers.entries)
}
