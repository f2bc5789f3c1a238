package hosttest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host"
	"github.com/entangle-go/entangle/host/hosttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a test whose failures and logs are what is tested.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	logs     []string
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper() {}

func (r *recorder) Logf(format string, args ...any) { r.add(&r.logs, fmt.Sprintf(format, args...)) }

func (r *recorder) Errorf(format string, args ...any) { r.add(&r.errors, fmt.Sprintf(format, args...)) }

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) add(to *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*to = append(*to, text)
}

// end does what the end of the test does.
func (r *recorder) end() {
	for _, f := range r.cleanups {
		f()
	}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// opened opens pages in a host of a recorded test and waits until nothing can happen any more.
func opened(t *testing.T, page string) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	h := hosttest.New(r, host.Options{Files: fstest.MapFS{
		"index.html": {Data: []byte(page)},
		"worker.js":  {Data: []byte("onmessage = e => {\n  console.log('got', e.data);\n  throw new RangeError('in the worker');\n}")},
	}})
	defer r.end()
	if _, err := h.Open(within(t), "/"); err != nil {
		t.Fatal(err)
	}
	if err := h.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestUncaughtErrorsFailTheTest(t *testing.T) {
	for _, c := range []struct{ page, error string }{
		{"<script>throw new TypeError('thrown')</script>", "Uncaught TypeError: thrown\nhttp://localhost/:1:"},
		{"<script>Promise.reject(new Error('rejected'))</script>", "Uncaught (in promise) Error: rejected"},
		{"<script>setTimeout(() => { throw 'later' }, 1)</script>", "Uncaught later"},
		{"<script>let = = 1</script>", "SyntaxError"},
		{"<script>new Worker('worker.js').postMessage(1)</script>", "RangeError: in the worker\nhttp://localhost/worker.js:3:"},
		{"<script>onerror = () => true; throw new Error('handled')</script>", ""},
		{"<script>Promise.reject(1).catch(() => {})</script>", ""},
	} {
		r := opened(t, c.page)
		switch {
		case c.error == "" && len(r.errors) != 0:
			t.Errorf("%s: %q", c.page, r.errors)
		case c.error != "" && (len(r.errors) == 0 || !strings.Contains(r.errors[0], c.error)):
			t.Errorf("%s: %q, want %q", c.page, r.errors, c.error)
		}
	}
}

func TestConsoleIsLogged(t *testing.T) {
	r := opened(t, "<script>console.log('one', 2); console.warn('three')</script>")
	want := "http://localhost/: console.log: one 2|http://localhost/: console.warn: three"
	if got := strings.Join(r.logs, "|"); got != want || len(r.errors) != 0 {
		t.Errorf("%q, %q", got, r.errors)
	}
}

// TestEnd: everything is closed at the end of the test, also a script that runs, which
// is no failure.
func TestEnd(t *testing.T) {
	r := &recorder{TB: t}
	started := make(chan struct{})
	h := hosttest.New(r, host.Options{
		Files: fstest.MapFS{"index.html": {Data: []byte("<script>onload = () => setTimeout(() => { console.log('runs'); " +
			"for (;;); })</script>")}},
		Console: func(host.ConsoleMessage) { close(started) },
	})
	page, err := h.Open(within(t), "/")
	if err != nil {
		t.Fatal(err)
	}
	<-started
	r.end()
	if _, err := page.Eval(within(t), "1"); !errors.Is(err, entangle.ErrClosed) {
		t.Error(err)
	}
	if len(r.errors) != 0 {
		t.Errorf("%q", r.errors)
	}
}

// TestOptions: the test's own observers are called too, and Eval's error fails nothing.
func TestOptions(t *testing.T) {
	r := &recorder{TB: t}
	var lines, errs []string
	h := hosttest.New(r, host.Options{
		Files:   fstest.MapFS{"index.html": {Data: []byte("<script>console.log('line'); throw new Error('thrown')</script>")}},
		Console: func(m host.ConsoleMessage) { lines = append(lines, m.Text) },
		Error:   func(e host.ScriptError) { errs = append(errs, e.Message) },
	})
	page, err := h.Open(within(t), "/")
	if err != nil {
		t.Fatal(err)
	}
	var thrown *host.EvalError
	if _, err := page.Eval(within(t), "throw new Error('asked for')"); !errors.As(err, &thrown) {
		t.Error(err)
	}
	r.end()
	if fmt.Sprint(lines, errs) != "[line] [Uncaught Error: thrown]" || len(r.errors) != 1 {
		t.Errorf("%q, %q, %q", lines, errs, r.errors)
	}
}
