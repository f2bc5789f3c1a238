// Package e2e runs the demo in a real Chromium: `entangle serve` as a process, browser contexts, a terminal.
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
	"strconv"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// buildDir holds the command that is tested.
var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "entangle-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

const (
	patience     = 20 * time.Second // for a condition that must come true
	impatience   = 2 * time.Second  // for one that must not
	scenarioTime = 2 * time.Minute
)

// What each step must have let pass the hub: the counters that have to grow.
var scenarios = []struct {
	name  string
	steps []step
}{
	{"landing", []step{
		{"what is typed in one frame shows in the other", "messages"},
	}},
	{"document", []step{
		{"three windows that type at once converge", "messages"},
		{"when the first is closed the rest find each other", "connections"},
		{"the rest go on", "messages"},
		{"a window that comes later is brought up to date", "connections"},
	}},
	{"contacts", []step{
		{"the game is given a port", "transfers"},
		{"over it the game adds one contact", "messages"},
		{"a second add is refused", "messages"},
		{"a revoked port adds nothing", "transfers"},
		{"the contacts page revokes too", "messages"},
	}},
	{"auth", []step{
		{"a log out in one context reaches the others", "broadcasts"},
		{"a log in too", "broadcasts"},
		{"a terminal reaches them", "broadcasts"},
	}},
}

type step struct{ name, counter string }

// TestDemo does each scenario once, and once more for each of its steps with the hub stopped just before it: then
// the step must fail.
func TestDemo(t *testing.T) {
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			s := serve(t)
			b := startBrowser(t, scenario.name, s)
			for _, step := range scenario.steps {
				before, err := s.counters(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := b.do(s, step.name, patience); err != nil {
					t.Fatal(err)
				}
				after, err := s.counters(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if grown := after[step.counter] - before[step.counter]; grown <= 0 {
					t.Errorf("%s: the hub's %s went from %d to %d: nothing passed it", step.name, step.counter, before[step.counter], after[step.counter])
				}
			}
			b.end(t)
		})
	}
}

func TestDemoFailsWithTheHubStopped(t *testing.T) {
	for _, scenario := range scenarios {
		for i, broken := range scenario.steps {
			t.Run(scenario.name+"/"+broken.name, func(t *testing.T) {
				s := serve(t)
				b := startBrowser(t, scenario.name, s)
				for _, step := range scenario.steps[:i] {
					if err := b.do(s, step.name, patience); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.stop(); err != nil {
					t.Fatalf("serve did not end cleanly: %v", err)
				}
				err := b.do(s, broken.name, impatience)
				if err == nil {
					t.Fatalf("%q was seen with no hub running", broken.name)
				}
				t.Logf("as it must, it failed: %v", err)
				b.end(t)
			})
		}
	}
}

// browser is a running scenario.
type browser struct {
	ctx    context.Context
	cmd    *exec.Cmd
	orders io.WriteCloser
	lines  *bufio.Scanner
	errOut bytes.Buffer
	log    func(format string, args ...any)
}

// line is what the driver prints.
type line struct {
	Step, Done, Failed, Why, Error, Console string
	Command                                 []string
}

func startBrowser(t *testing.T, scenario string, s *server) *browser {
	t.Helper()
	for _, needed := range []struct{ path, install string }{
		{chromium(), "apt-get install chromium, or set CHROMIUM to the path of one"},
		{"../npm/node_modules/playwright-core/package.json", "npm --prefix npm ci"},
	} {
		if _, err := os.Stat(needed.path); err != nil {
			t.Fatalf("this test needs %s: %s", needed.path, needed.install)
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test needs Node.js 20 or newer: %v", err)
	}
	siteJSON, err := json.Marshal(s.site)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scenarioTime)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, log: t.Logf}
	b.cmd = exec.CommandContext(ctx, node, "drive.mjs", scenario, string(siteJSON), strconv.FormatInt(patience.Milliseconds(), 10))
	b.cmd.Env = append(os.Environ(), "CHROMIUM="+chromium())
	b.cmd.Stderr = &b.errOut
	b.cmd.Cancel = func() error { return b.cmd.Process.Signal(syscall.SIGTERM) } // closes its Chromium too
	b.cmd.WaitDelay = 5 * time.Second
	b.orders, err = b.cmd.StdinPipe()
	if err != nil {
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
		cancel()
		b.cmd.Wait()
	})
	return b
}

func chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

// do lets the driver do its next step, whose name must be the given one, and returns why it failed. Patience is
// how long each of its conditions may take.
func (b *browser) do(s *server, name string, patience time.Duration) error {
	next, err := b.next()
	if err != nil {
		return err
	}
	if next.Step != name {
		return fmt.Errorf("the next step is %q, not %q", next.Step, name)
	}
	if next.Command != nil {
		if out, err := s.run(b.ctx, next.Command...); err != nil {
			b.log("entangle %q: %v\n%s", next.Command, err, out)
		}
	}
	if _, err := fmt.Fprintln(b.orders, patience.Milliseconds()); err != nil {
		return err
	}
	result, err := b.next()
	if err != nil {
		return err
	}
	if result.Done != name {
		return fmt.Errorf("%s: %s", result.Failed, result.Why)
	}
	return nil
}

// next reads the driver's next line that is a step or a step's result.
func (b *browser) next() (line, error) {
	for b.lines.Scan() {
		var l line
		if err := json.Unmarshal(b.lines.Bytes(), &l); err != nil {
			return l, fmt.Errorf("the driver printed %q: %w", b.lines.Text(), err)
		}
		switch {
		case l.Error != "":
			return l, fmt.Errorf("in the browser: %s", l.Error)
		case l.Console != "":
			b.log("console of %s", l.Console)
		default:
			return l, nil
		}
	}
	b.orders.Close()
	err := b.cmd.Wait()
	return line{}, fmt.Errorf("the driver ended (%v, %v): %s", err, context.Cause(b.ctx), &b.errOut)
}

// end waits for the driver, which has nothing left to do.
func (b *browser) end(t *testing.T) {
	t.Helper()
	for b.lines.Scan() {
		t.Errorf("the driver went on: %s", b.lines.Text())
	}
	if err := b.cmd.Wait(); err != nil {
		t.Errorf("the driver: %v\n%s", err, &b.errOut)
	}
}
