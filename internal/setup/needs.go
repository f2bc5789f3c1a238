package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/internal/browser"
)

// need is a program that the tests need, and the way to get it.
type need struct {
	what   string // for people
	there  func() bool
	debian string // as a dependency of a Debian package
	how    string // where Debian's packages are not available, or too old
}

// needs are the known needs, by name.
var needs = map[string]need{
	"cc": {
		"a C compiler, for the race detector", compiles, "gcc, libc6-dev",
		"gcc or clang of the system's packages; on macOS: xcode-select --install",
	},
	"node": {
		"Node.js 20 or newer, with npm", runsNode, "nodejs (>= 20), npm",
		"https://nodejs.org/en/download",
	},
	"chromium": {
		"Chromium", runs(browser.Chromium), "chromium",
		"the system's package, or https://www.google.com/chrome/; CHROMIUM may say where it is",
	},
	"firefox-esr": {
		"Firefox", runs(browser.Firefox), "firefox-esr",
		"the system's package, or https://www.mozilla.org/firefox/; FIREFOX may say where it is",
	},
}

// compiles reports whether the C compiler that Go will use works, with the headers of
// the C library.
func compiles() bool {
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "gcc"
		if set, err := exec.Command("go", "env", "CC").Output(); err == nil {
			compiler = string(set)
		}
	}
	words := strings.Fields(compiler)
	if len(words) == 0 {
		return false
	}
	check := exec.Command(words[0], append(words[1:], "-E", "-x", "c", "-")...)
	check.Stdin = strings.NewReader("#include <stdlib.h>\n")
	return check.Run() == nil
}

var majorVersion = regexp.MustCompile(`^v(\d+)\.`)

// runsNode reports whether there is a Node.js that is new enough, and npm.
func runsNode() bool {
	version, err := exec.Command("node", "--version").Output()
	if err != nil {
		return false
	}
	match := majorVersion.FindSubmatch(version)
	if match == nil {
		return false
	}
	major, err := strconv.Atoi(string(match[1]))
	return err == nil && major >= 20 && isCommand("npm")
}

func runs(b browser.Browser) func() bool {
	return func() bool {
		_, err := b.Path()
		return err == nil
	}
}

func isCommand(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}
