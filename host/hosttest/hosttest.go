// Package hosttest runs pages and scripts that were written for browsers in Go tests.
//
// A host made by [New] belongs to a test: what its scripts print is logged by the test, an error
// that no script handled fails the test, and everything is closed when the test ends.
//
//	func TestChat(t *testing.T) {
//		h := hosttest.New(t, host.Options{Files: os.DirFS("testdata")})
//		page, err := h.Open(t.Context(), "/chat.html")
//		if err != nil {
//			t.Fatal(err)
//		}
//		...
//	}
//
// An error that is to happen is handled by the page (window.onerror with preventDefault) or
// asserted by [host.Page.Eval], which returns what its script throws and fails no test. A test that
// returns before its pages have done what they are to do does not see their errors: wait for a
// message or the value of a promise, or, for all that can happen by itself, with [host.Host.Wait].
package hosttest

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/entangle-go/entangle/host"
)

// New returns a host with these options, at most one set of them. Options.Console and Options.Error
// are called beside what the host of a test does with what they are told. The host is closed when
// the test and its subtests have ended; closing it earlier does no harm.
func New(t testing.TB, options ...host.Options) *host.Host {
	t.Helper()
	if len(options) > 1 {
		t.Fatal("hosttest: more than one set of options")
	}
	var o host.Options
	if len(options) == 1 {
		o = options[0]
	}
	b := &binding{t: t, console: o.Console, error: o.Error}
	o.Console, o.Error = b.print, b.fail
	h, err := host.New(o)
	if err != nil {
		t.Fatalf("hosttest: %v", err)
	}
	t.Cleanup(func() {
		b.closing.Store(true)
		if err := h.Close(); err != nil {
			t.Errorf("hosttest: closing the host: %v", err)
		}
	})
	return h
}

// binding is what ties a host to a test. Its methods are called by the host, several at once.
type binding struct {
	t       testing.TB
	closing atomic.Bool
	console func(host.ConsoleMessage)
	error   func(host.ScriptError)
}

func (b *binding) print(m host.ConsoleMessage) {
	b.t.Logf("%s: console.%s: %s", m.URL, m.Level, m.Text)
	if b.console != nil {
		b.console(m)
	}
}

func (b *binding) fail(e host.ScriptError) {
	if b.closing.Load() { // to be interrupted by the end of the test is no mistake of a script
		return
	}
	b.t.Errorf("%s: %s\n%s:%d:%d\n%s", e.URL, e.Message, e.Source, e.Line, e.Column, strings.TrimRight(e.Stack, "\n"))
	if b.error != nil {
		b.error(e)
	}
}
