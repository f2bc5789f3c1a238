// Command setup installs the programs that the tests need and this machine lacks: on Debian and
// its derivatives with apt, as root or with sudo, after it has said so. Elsewhere it lists the
// missing programs, and how to get them. It leaves installed programs alone. With NO_SETUP set
// it does nothing.
//
//	go run ./internal/setup cc node chromium
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	if os.Getenv("NO_SETUP") != "" {
		return
	}
	os.Exit(setup(os.Args[1:], os.Stdout, os.Stderr))
}

// setup returns the exit code: 0 if everything is installed in the end, 1 if not, 2 if it does
// not know a name.
func setup(words []string, out, errOut io.Writer) int {
	var asked []need
	for _, word := range words {
		n, known := needs[word]
		if !known {
			fmt.Fprintf(errOut, "setup: it knows nothing of %q, but of %q\n", word, slices.Sorted(maps.Keys(needs)))
			return 2
		}
		asked = append(asked, n)
	}
	missing := missingOf(asked)
	commands := installation(missing, os.Geteuid() == 0, isCommand)
	if commands != nil {
		fmt.Fprint(out, announcement(missing, commands))
		for _, command := range commands {
			cmd := exec.Command(command[0], command[1:]...)
			cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, errOut
			if err := cmd.Run(); err != nil {
				fmt.Fprintf(errOut, "setup: %s: %v\n", line(command), err)
			}
		}
		missing = missingOf(missing)
	}
	if len(missing) > 0 {
		fmt.Fprint(errOut, instructions(missing, commands == nil && isCommand("apt-get")))
		return 1
	}
	return 0
}

// missingOf returns the requested needs that are missing.
func missingOf(asked []need) []need {
	return slices.DeleteFunc(slices.Clone(asked), func(n need) bool { return n.there() })
}

// installation returns the commands that install the missing needs; nil if there is nothing to
// install, or no way to do it here. A package that is too old in the archive fails alone.
func installation(missing []need, isRoot bool, isCommand func(string) bool) [][]string {
	apt := []string{"apt-get"}
	switch {
	case len(missing) == 0 || !isCommand("apt-get"):
		return nil
	case isRoot:
	case isCommand("sudo"):
		apt = []string{"sudo", "apt-get"}
	default:
		return nil
	}
	commands := [][]string{slices.Concat(apt, []string{"-q", "update"})}
	for _, n := range missing {
		commands = append(commands, slices.Concat(apt, []string{"-q", "-y", "satisfy", n.debian}))
	}
	return commands
}

// announcement says what setup is about to do.
func announcement(missing []need, commands [][]string) string {
	text := "The tests need what this machine lacks:\n"
	for _, n := range missing {
		text += "  " + n.what + "\n"
	}
	text += "It is installed now (NO_SETUP=1 leaves that out), by\n"
	for _, command := range commands {
		text += "  " + line(command) + "\n"
	}
	return text
}

// instructions say what somebody else has to install, and how; if apt is there but was not used,
// with its help.
func instructions(missing []need, apt bool) string {
	text := "The tests need what this machine lacks. Please install\n"
	root := []string{"apt-get", "satisfy"}
	for _, n := range missing {
		text += "  " + n.what + ": " + n.how + "\n"
		root = append(root, n.debian)
	}
	if apt {
		text += "or, as root,\n  " + line(root) + "\n"
	}
	return text + "NO_SETUP=1 goes on without.\n"
}

// line returns a command as a user types it.
func line(command []string) string {
	words := slices.Clone(command)
	for i, word := range words {
		if strings.ContainsAny(word, " (>") {
			words[i] = "'" + word + "'"
		}
	}
	return strings.Join(words, " ")
}
