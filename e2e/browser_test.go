package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	browsers "github.com/entangle-go/entangle/internal/browser"
)

// browser is a running drive.mjs with its Chromium.
type browser struct {
	ctx    context.Context
	cmd    *exec.Cmd
	orders io.WriteCloser
	lines  *bufio.Scanner
	errOut bytes.Buffer
}

// order is what drive.mjs reads, line what it prints.
type (
	order struct {
		Scenario string `json:"scenario,omitempty"`
		Site     *site  `json:"site,omitempty"`
		Patience int64  `json:"patience"` // milliseconds
		Abort    bool   `json:"abort,omitempty"`
	}
	line struct {
		Step, Done, Failed, Why, End, Error, Console string
		Command                                      []string
	}
)

// stepFailed is a step whose conditions did not come true.
type stepFailed struct{ step, why string }

func (e *stepFailed) Error() string { return e.step + ": " + e.why }

// startBrowser starts a browser that ends with the test.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, err := browsers.Chromium.Path()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../npm/node_modules/playwright-core/package.json"); err != nil {
		t.Fatalf("this test needs playwright-core (npm --prefix npm ci): %v", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test needs Node.js 20 or newer: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), testTime) // the test context ends before its cleanups
	b := &browser{ctx: ctx, cmd: exec.CommandContext(ctx, node, "drive.mjs")}
	b.cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	b.cmd.Stderr = &b.errOut
	b.cmd.Cancel = func() error { return b.cmd.Process.Signal(syscall.SIGTERM) } // it ends its Chromium too
	b.cmd.WaitDelay = 5 * time.Second
	if b.orders, err = b.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.lines = bufio.NewScanner(out)
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		b.orders.Close()
		for b.lines.Scan() {
			t.Errorf("the browser went on: %s", b.lines.Text())
		}
		if err := b.cmd.Wait(); err != nil {
			t.Errorf("drive.mjs: %v\n%s", err, &b.errOut)
		}
	})
	return b
}

// scenario is a running scenario of a browser, against a server.
type scenario struct {
	t       *testing.T
	browser *browser
	server  *server
	name    string
	ended   bool
}

// begin lets the browser begin a scenario.
func (b *browser) begin(t *testing.T, name string, s *server) *scenario {
	t.Helper()
	r := &scenario{t: t, browser: b, server: s, name: name}
	r.order(order{Scenario: name, Site: &s.site, Patience: patience.Milliseconds()})
	t.Cleanup(r.abort)
	return r
}

// do lets the browser do the next step, whose name must be the given one. Patience is how long each
// of its conditions may take.
func (r *scenario) do(name string, patience time.Duration) error {
	r.t.Helper()
	return r.reach(name)(patience)
}

// reach waits until the browser is about to do the next step, and returns what lets it do it.
func (r *scenario) reach(name string) (do func(patience time.Duration) error) {
	r.t.Helper()
	begun := r.next()
	if begun.Step != name {
		r.t.Fatalf("the browser comes with %+v, not with step %q", begun, name)
	}
	return func(patience time.Duration) error {
		r.t.Helper()
		if begun.Command != nil {
			if out, err := r.server.run(r.browser.ctx, begun.Command...); err != nil {
				r.t.Logf("entangle %q: %v\n%s", begun.Command, err, out)
			}
		}
		r.order(order{Patience: patience.Milliseconds()})
		switch ended := r.next(); {
		case ended.Failed == name:
			return &stepFailed{name, ended.Why}
		case ended.Done != name:
			r.t.Fatalf("the browser comes with %+v, not with the end of step %q", ended, name)
		}
		return nil
	}
}

// end checks that the scenario has no further step.
func (r *scenario) end() {
	r.t.Helper()
	if last := r.next(); last.End != r.name {
		r.t.Fatalf("the browser comes with %+v, not with the end of %q", last, r.name)
	}
}

// abort takes the browser to the end of a scenario that the test has broken off, so that the next
// one can begin.
func (r *scenario) abort() {
	for !r.ended {
		if r.next().Step != "" {
			r.order(order{Abort: true})
		}
	}
}

func (r *scenario) order(o order) {
	r.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(r.browser.orders, "%s\n", text); err != nil {
		r.t.Fatalf("the browser has ended: %v\n%s", err, &r.browser.errOut)
	}
}

// next reads what the browser says. A script that throws fails the test, also with the hub stopped.
func (r *scenario) next() line {
	r.t.Helper()
	b := r.browser
	for b.lines.Scan() {
		var l line
		if err := json.Unmarshal(b.lines.Bytes(), &l); err != nil {
			r.t.Fatalf("drive.mjs printed %q: %v", b.lines.Text(), err)
		}
		switch {
		case l.Error != "":
			r.t.Errorf("in the browser: %s", l.Error)
		case l.Console != "" && !r.server.stopped.Load():
			r.t.Logf("console of %s", l.Console)
		case l.Console == "":
			r.ended = l.End != ""
			return l
		}
	}
	r.ended = true
	r.t.Fatalf("the browser has ended (%v): %s", context.Cause(b.ctx), &b.errOut)
	return line{}
}
