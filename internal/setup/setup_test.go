package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test's own program be the command.
func TestMain(m *testing.M) {
	if os.Getenv("AS_SETUP") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// machine is one that has nothing but the commands that a test gives it.
type machine struct {
	t   *testing.T
	dir string // the PATH
	env []string
}

func newMachine(t *testing.T) *machine { return &machine{t: t, dir: t.TempDir()} }

// has adds a command, a shell script.
func (m *machine) has(name, script string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o777); err != nil {
		m.t.Fatal(err)
	}
}

// hasApt adds an apt-get that notes what it is told, and a sudo. What it installs is a script:
// one line of the archive is what it may be told to satisfy, the command that comes of it, and
// what that does.
func (m *machine) hasApt(archive ...[3]string) {
	script := fmt.Sprintf("echo \"$@\" >> %s/log\nlast=\nfor word; do last=$word; done\n", m.dir)
	for _, entry := range archive {
		file := filepath.Join(m.dir, entry[1])
		script += fmt.Sprintf("[ \"$last\" = %q ] && printf '#!/bin/sh\\n%%s\\n' %q > %s && /bin/chmod +x %[3]s && exit 0\n", entry[0], entry[2],
			file)
	}
	m.has("apt-get", script+`[ "$last" = update ]`)
	m.has("sudo", `exec "$@"`)
}

// log returns what apt-get was told.
func (m *machine) log() []string {
	text, err := os.ReadFile(filepath.Join(m.dir, "log"))
	if err != nil && !os.IsNotExist(err) {
		m.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// run runs setup. It returns its exit code and all that it printed.
func (m *machine) run(words ...string) (code int, printed string) {
	m.t.Helper()
	program, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(program, words...)
	cmd.Env = append(slices.Clone(m.env), "AS_SETUP=1", "PATH="+m.dir)
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (m *machine) expect(code int, printed string, words ...string) {
	m.t.Helper()
	gotCode, got := m.run(words...)
	if gotCode != code || got != printed {
		m.t.Errorf("exit code %d, want %d; it printed\n%s\nwant\n%s", gotCode, code, got, printed)
	}
}

// Without apt it lists exactly what is missing, and how to get that.
func TestWithoutApt(t *testing.T) {
	m := newMachine(t)
	all := []string{"cc", "node", "chromium", "firefox-esr"}
	const (
		cc       = "  a C compiler, for the race detector: gcc or clang of the system's packages; on macOS: xcode-select --install\n"
		node     = "  Node.js 20 or newer, with npm: https://nodejs.org/en/download\n"
		chromium = "  Chromium: the system's package, or https://www.google.com/chrome/; CHROMIUM may say where it is\n"
		firefox  = "  Firefox: the system's package, or https://www.mozilla.org/firefox/; FIREFOX may say where it is\n"

		before = "The tests need what this machine lacks. Please install\n"
		after  = "NO_SETUP=1 goes on without.\n"
	)
	m.expect(1, before+cc+node+chromium+firefox+after, all...)
	m.expect(1, before+node+after, "node")
	m.has("npm", "")
	m.has("node", "echo v18.20.4") // too old
	m.has("gcc", "exit 1")         // no headers
	m.has("google-chrome", "")
	m.expect(1, before+cc+node+firefox+after, all...)
	m.has("node", "echo v20.0.0")
	m.has("firefox", "")
	m.has("clang", "read line; [ \"$line\" = '#include <stdlib.h>' ]")
	m.env = []string{"CC=clang -m64"}
	m.expect(0, "", all...)
	m.env = []string{"CC=clang -m64", "CHROMIUM=/nonexistent"}
	m.expect(1, before+chromium+after, all...)
	m.env = []string{"CC=clang -m64", "CHROMIUM=" + filepath.Join(m.dir, "firefox")}
	m.expect(0, "", all...)
	if err := os.Remove(filepath.Join(m.dir, "npm")); err != nil {
		t.Fatal(err)
	}
	m.expect(1, before+node+after, all...)
}

// NO_SETUP skips everything.
func TestNoSetup(t *testing.T) {
	m := newMachine(t)
	m.hasApt()
	m.env = []string{"NO_SETUP=1"}
	m.expect(0, "", "cc", "node", "chromium", "what it does not know")
	if log := m.log(); log[0] != "" {
		t.Errorf("apt-get was told %q", log)
	}
}

// With apt it installs what is missing and nothing else, after it has said so.
func TestWithApt(t *testing.T) {
	m := newMachine(t)
	m.hasApt([3]string{"chromium", "chromium", ""}, [3]string{"gcc, libc6-dev", "gcc", ""})
	m.has("node", "echo v22.1.0")
	m.has("npm", "")
	code, printed := m.run("cc", "node", "chromium")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	if want := []string{"-q update", "-q -y satisfy gcc, libc6-dev", "-q -y satisfy chromium"}; !slices.Equal(m.log(), want) {
		t.Errorf("apt-get was told %q, want %q", m.log(), want)
	}
	for _, want := range []string{"a C compiler", "  Chromium\n", "apt-get -q update\n", "apt-get -q -y satisfy 'gcc, libc6-dev'\n",
		"NO_SETUP=1"} {
		if !strings.Contains(printed, want) {
			t.Errorf("it printed %q, nothing of %q", printed, want)
		}
	}
	m.expect(0, "", "cc", "node", "chromium")
	if len(m.log()) != 3 {
		t.Errorf("apt-get was told more: %q", m.log())
	}
}

// What the release does not have, or has too old, is left to people; the rest is installed.
func TestTooOldARelease(t *testing.T) {
	m := newMachine(t)
	m.hasApt([3]string{"chromium", "chromium", ""}, [3]string{"nodejs (>= 20), npm", "node", "echo v18.13.0"})
	code, printed := m.run("node", "chromium", "firefox-esr")
	want := `The tests need what this machine lacks. Please install
  Node.js 20 or newer, with npm: https://nodejs.org/en/download
  Firefox: the system's package, or https://www.mozilla.org/firefox/; FIREFOX may say where it is
NO_SETUP=1 goes on without.
`
	if code != 1 || !strings.HasSuffix(printed, want) {
		t.Errorf("exit code %d; it printed\n%s", code, printed)
	}
}

func TestUnknownWord(t *testing.T) {
	newMachine(t).expect(2, `setup: it knows nothing of "deno", but of ["cc" "chromium" "firefox-esr" "node"]`+"\n", "cc", "deno")
}

// apt-get is run by root, or by sudo; else there is no way.
func TestInstallation(t *testing.T) {
	missing := []need{needs["node"], needs["firefox-esr"]}
	for _, c := range []struct {
		root     bool
		commands string
		want     string
	}{
		{true, "apt-get sudo", "apt-get -q update; apt-get -q -y satisfy 'nodejs (>= 20), npm'; apt-get -q -y satisfy firefox-esr"},
		{false, "apt-get sudo", "sudo apt-get -q update; sudo apt-get -q -y satisfy 'nodejs (>= 20), npm'; " +
			"sudo apt-get -q -y satisfy firefox-esr"},
		{false, "apt-get", ""},
		{true, "sudo", ""},
		{false, "", ""},
	} {
		var lines []string
		for _, command := range installation(missing, c.root, func(name string) bool {
			return slices.Contains(strings.Fields(c.commands), name)
		}) {
			lines = append(lines, line(command))
		}
		if got := strings.Join(lines, "; "); got != c.want {
			t.Errorf("root %v, %q: %q, want %q", c.root, c.commands, got, c.want)
		}
	}
	want := "Please install\n  Firefox: " + needs["firefox-esr"].how + "\nor, as root,\n  apt-get satisfy firefox-esr\n"
	if got := instructions(missing[1:], true); !strings.Contains(got, want) {
		t.Errorf("without root and sudo it says\n%s", got)
	}
	if got := installation(nil, true, func(string) bool { return true }); got != nil {
		t.Errorf("nothing is missing, but %q", got)
	}
}
