package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/internal/sim"
)

// command runs the command and gives what it writes.
func command(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	o, err := parse(args)
	if err != nil {
		t.Fatal(err)
	}
	b := new(strings.Builder)
	err = run(o, b, new(strings.Builder))
	return b.String(), err
}

// A survey has a line of figures for each configuration.
func TestSurvey(t *testing.T) {
	out, err := command(t, "-seeds", "3", "-workers", "2")
	if err != nil {
		t.Fatal(err, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 1+len(sim.Configs()) {
		t.Errorf("%d lines:\n%s", len(lines), out)
	}
	for i, c := range sim.Configs() {
		if fields := strings.Fields(lines[i+1]); len(fields) != 9 || fields[0] != c.Name || fields[1] != "3" {
			t.Errorf("%s: %s", c.Name, lines[i+1])
		}
	}
}

// A seed says what happens in it, if it is asked to.
func TestOneSeed(t *testing.T) {
	quiet, err := command(t, "-config", "two", "-seed", "3")
	if err != nil || strings.Contains(quiet, "DATA") {
		t.Errorf("%v: %s", err, quiet)
	}
	shown, err := command(t, "-config", "two", "-seed", "3", "-show")
	if err != nil || !strings.Contains(shown, "A sends DATA port") || !strings.HasSuffix(shown, quiet) {
		t.Errorf("%v: %s", err, shown)
	}
}

// A mutation is noticed, and a list of actions shows how. One that nothing can notice is an error.
func TestMutation(t *testing.T) {
	out, err := command(t, "-mutation", "no-queue", "-seeds", "20")
	if err != nil || !strings.Contains(out, "These actions do it:\n    1  ") || !strings.Contains(out, "I1") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = command(t, "-mutation", "no-retained", "-config", "two", "-seeds", "100")
	if err != nil || !strings.Contains(out, "no-retained     two, seed ") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = command(t, "-mutation", "no-chain", "-config", "two", "-seeds", "5") // where nobody steals
	if err != errFound || !strings.Contains(out, "not noticed in 5 schedules of two") {
		t.Errorf("%v: %s", err, out)
	}
}

// A script that is explored has a line of figures.
func TestExplore(t *testing.T) {
	out, err := command(t, "-explore", "S9")
	if fields := strings.Fields(out); err != nil || len(fields) != 10 || fields[5] != "S9" || fields[6] != "795" {
		t.Errorf("%v: %s", err, out)
	}
	out, err = command(t, "-explore", "S2", "-faults", "-states", "100")
	if err != nil || !strings.Contains(out, "stopped") {
		t.Errorf("%v: %s", err, out)
	}
}

// Logs are written for others to replay.
func TestVectors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if out, err := command(t, "-vectors", dir, "-config", "two", "-from", "4", "-seeds", "2"); err != nil || out != "" {
		t.Fatal(err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 4 || filepath.Base(files[0]) != "two-4-A.json" {
		t.Fatal(err, files)
	}
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.ReplayLog(log); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// What is wrong with flags is said, with what there is.
func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-config foo":         `no configuration "foo": there are moves,`,
		"-mutation foo":       `no mutation "foo": there are no-gate,`,
		"-seed 3":             "-seed needs a -config",
		"-show":               "-show needs a -seed",
		"-explore S99":        `no script "S99": there are S1,`,
		"-faults":             "-faults needs an -explore",
		"-states 0":           "-states must be 1 or more",
		"-workers 0":          "-workers must be 1 or more",
		"moves":               `"moves" is no flag`,
		"-seeds x":            "go run ./sim -help",
		"-nonsense":           "go run ./sim -help",
		"-config two -seed y": "go run ./sim -help",
	} {
		if _, err := parse(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	for _, c := range sim.Configs() {
		if !strings.Contains(help(), c.Name+"  ") && !strings.Contains(help(), c.Name+" ") {
			t.Errorf("help does not tell of %s", c.Name)
		}
	}
}

func TestGroup(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345678: "12,345,678"} {
		if got := group(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}
