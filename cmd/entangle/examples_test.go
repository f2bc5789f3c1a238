package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// asExample is a shell's function that makes an example reach another hub than the usual one.
const asExample = `entangle() { command entangle "$@" --hub "$HUB"; }` + "\n"

// examples returns the lines of the help texts' examples that run the command.
func examples(command *cobra.Command) (lines []string) {
	for line := range strings.Lines(command.Example) {
		if strings.Contains(line, "entangle ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	for _, child := range command.Commands() {
		lines = append(lines, examples(child)...)
	}
	return lines
}

// The examples are command lines that exist, as a shell reads them.
func TestExamplesAreRight(t *testing.T) {
	for _, line := range examples(newRootCommand()) {
		folder := t.TempDir()
		// Each of the words that a shell makes of the line, with a zero behind.
		shell := exec.Command("sh", "-c", `entangle() { printf '%s\0' "$@" >words; }`+"\n"+line)
		shell.Dir = folder
		shell.Run() // of the programs around it each may fail
		text, err := os.ReadFile(filepath.Join(folder, "words"))
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		words := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
		root := newRootCommand()
		command, rest, err := root.Find(words)
		if err == nil {
			err = command.ParseFlags(rest)
		}
		if err == nil {
			err = command.ValidateArgs(command.Flags().Args())
		}
		if err != nil || command == root {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// The examples of connect and broadcast, and that of a script in the input, do what they promise:
// they end by themselves where nobody has to press Ctrl-C.
func TestExamplesRun(t *testing.T) {
	at, end, err := startAnswers()
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	known := strings.Join(examples(newRootCommand()), "\n") + "\n"
	for line, prints := range map[string]string{
		`entangle connect chat`: `^"welcome"\n$`,
		`entangle connect contacts --target-origin http://127.0.0.1:8081`:        `^"contacts here"\n$`,
		`echo '{"type":"search"}' | entangle connect db --count 1 --timeout 10s`: `^\{"found":\{"type":"search"\}\}\n$`,
		`echo '{"type":"search"}' | entangle connect db | head -n 1`:             `^\{"found":\{"type":"search"\}\}\n$`,
		`echo '"the build is done"' | entangle connect chat --close`:             `^("welcome"\n)?$`, // it may have come by then
		`entangle broadcast auth '"log out"'`:                                    `^$`,
		`entangle broadcast prices '{"symbol":"X","price":1.5}'`:                 `^$`,
		`echo 'console.log(location.href)' | entangle run -`:                     `^http://localhost/stdin.js.html\n$`,
	} {
		if !strings.Contains(known, line+"\n") && !strings.Contains(known, line+" ") {
			t.Errorf("it is no example: %s", line)
		}
		text := line
		if !strings.Contains(line, "entangle run") {
			text = asExample + line
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		shell := exec.CommandContext(ctx, "sh", "-c", text)
		shell.WaitDelay = time.Second // for what the shell has started
		shell.Env = append(os.Environ(), "HUB="+at)
		var said strings.Builder
		shell.Stderr = &said
		printed, err := shell.Output()
		if err != nil || !regexp.MustCompile(prints).Match(printed) {
			t.Errorf("%s: %v, printed %q, said %q", line, err, printed, said.String())
		}
	}
}
