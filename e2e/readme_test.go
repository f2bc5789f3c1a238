package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestReadme compiles and runs the two examples of README.md, as they stand there. The Go program
// greets the page, however often it comes, and whichever way it leaves; it sees visitors leave, and
// serves the others.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := httptest.NewUnstartedServer(nil)
	origin := "http://" + pages.Listener.Addr().String()
	s := serve(t, "--allow-origin", origin)
	s.site.Readme = origin
	// The hub of the examples is at the default port, that of the test at a free one.
	here := strings.NewReplacer("http://127.0.0.1:8080/", s.site.Social+"/", "ws://127.0.0.1:8080/entangle", s.site.Hub)
	page := here.Replace(example(t, string(text), "greeting.html"))
	pages.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html") // the page says its charset itself
		fmt.Fprint(w, page)
	})
	pages.Start()
	defer pages.Close()
	program := startProgram(t, here.Replace(example(t, string(text), "greeter.go")))

	scenario := startBrowser(t).begin(t, "readme", s)
	for _, step := range []string{
		"the program greets the page",
		"nobody is greeted by the name of nothing",
		"the page is greeted each time that it is reloaded",
		"also when it does not wait for the greeting",
		"others are greeted when it is closed",
		"others are greeted when it crashes",
		"others are greeted when a browser is killed",
		"the program goes on with the one that stayed",
	} {
		if err := scenario.do(step, patience); err != nil {
			t.Fatal(err)
		}
	}
	scenario.end()

	// By now all have left, and each that said so was seen to at once: of the others, which crashed or
	// were killed, the program learns when they have been away for too long. Of the pages that did not
	// wait for the greeting it may have seen nothing.
	goodbye := regexp.MustCompile("goodbye, " + origin + ": entangle: " +
		"(closed|the peer is lost: the other side's connection to the hub ended)$")
	const said = 4 // three that were reloaded, and the one that went on from there
	for range said {
		program.says(t, goodbye)
	}
}

// program is a Go program that runs until the test ends.
type program struct {
	ctx   context.Context
	lines *bufio.Scanner // what it writes to stderr
}

// startProgram compiles and starts a program that is one file.
func startProgram(t *testing.T, source string) *program {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.go")
	if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	binary := strings.TrimSuffix(file, ".go")
	if out, err := exec.Command("go", "build", "-race", "-o", binary, file).CombinedOutput(); err != nil {
		t.Fatalf("the program does not compile: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), testTime)
	cmd := exec.CommandContext(ctx, binary)
	cmd.WaitDelay = 5 * time.Second
	errOut, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{ctx, bufio.NewScanner(errOut)}
	t.Cleanup(func() {
		cancel()
		for p.lines.Scan() {
			if t.Failed() {
				t.Logf("the program wrote to stderr: %s", p.lines.Text())
			}
		}
		cmd.Wait() // it was killed
	})
	return p
}

// says reads the next line that the program writes, which must match.
func (p *program) says(t *testing.T, want *regexp.Regexp) {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("the program has ended: %v, %v", p.lines.Err(), context.Cause(p.ctx))
	}
	if got := p.lines.Text(); !want.MatchString(got) {
		t.Fatalf("the program says %q, want %q", got, want)
	}
}

// example returns the code of README.md that stands below <!-- name -->.
func example(t *testing.T, text, name string) string {
	t.Helper()
	match := regexp.MustCompile("(?s)<!-- " + regexp.QuoteMeta(name) + " -->\n```[a-z]+\n(.*?)```\n").FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("README.md has no example %s", name)
	}
	return match[1]
}
