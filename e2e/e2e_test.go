// Package e2e runs the demo in a real Chromium, and README's example: `entangle serve` as a
// process, browser contexts, a terminal.
package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state")) // where hubs keep their key
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

const (
	patience   = 30 * time.Second // for a condition that must come true
	impatience = time.Second      // for one that must not
	testTime   = 5 * time.Minute
)

// step is one of scenarios.mjs, and the hub's counter that must have grown after it.
type step struct{ name, counter string }

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

// TestDemo goes through each scenario. Each step is seen by the pages, and has passed the hub.
func TestDemo(t *testing.T) {
	browser := startBrowser(t)
	for _, scenario := range scenarios {
		t.Run(scenario.name, func(t *testing.T) {
			server := serve(t)
			running := browser.begin(t, scenario.name, server)
			for _, step := range scenario.steps {
				before := server.counters(t)[step.counter]
				if err := running.do(step.name, patience); err != nil {
					t.Error(err)
					break
				}
				if after := server.counters(t)[step.counter]; after <= before {
					t.Errorf("%s: the hub's %s went from %d to %d: nothing passed it", step.name, step.counter, before, after)
				}
			}
			running.end()
		})
	}
}

// TestDemoFailsWithTheHubStopped goes through each scenario once for each of its steps, with the
// hub stopped just before that one: then it must fail, by what the pages show and not because a
// script breaks.
func TestDemoFailsWithTheHubStopped(t *testing.T) {
	browser := startBrowser(t)
	for _, scenario := range scenarios {
		for i, step := range scenario.steps {
			t.Run(scenario.name+"/"+step.name, func(t *testing.T) {
				server := serve(t)
				running := browser.begin(t, scenario.name, server)
				for _, earlier := range scenario.steps[:i] {
					if err := running.do(earlier.name, patience); err != nil {
						t.Fatal(err)
					}
				}
				do := running.reach(step.name)
				if err := server.stop(); err != nil {
					t.Fatalf("serve did not end cleanly: %v", err)
				}
				var failed *stepFailed
				if !errors.As(do(impatience), &failed) {
					t.Errorf("%q was seen with no hub running", step.name)
				} else {
					t.Logf("as it must, it failed: %s", failed.why)
				}
				running.end()
			})
		}
	}
}
