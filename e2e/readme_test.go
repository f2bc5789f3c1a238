package e2e

import (
	"context"
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

// TestReadme compiles and runs the two examples of README.md: the Go program greets the page.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	greeter, page := example(t, string(text), "greeter.go"), example(t, string(text), "greeting.html")

	pages := httptest.NewUnstartedServer(nil)
	origin := "http://" + pages.Listener.Addr().String()
	s := serve(t, "--allow-origin", origin)
	s.site.Readme = origin
	// The hub of the examples is at the default port, that of the test at a free one.
	here := strings.NewReplacer("http://127.0.0.1:8080/", strings.TrimSuffix(s.site.Social, "/")+"/", "ws://127.0.0.1:8080/entangle",
		s.site.Hub)
	pages.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(here.Replace(page)))
	})
	pages.Start()
	defer pages.Close()

	program := filepath.Join(t.TempDir(), "greeter.go")
	if err := os.WriteFile(program, []byte(greeterHead+here.Replace(greeter)), 0o666); err != nil {
		t.Fatal(err)
	}
	binary := strings.TrimSuffix(program, ".go")
	if out, err := exec.Command("go", "build", "-o", binary, program).CombinedOutput(); err != nil {
		t.Fatalf("the Go example does not compile: %v\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	running := exec.CommandContext(ctx, binary)
	running.Stderr = os.Stderr
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	defer running.Wait()
	defer cancel()

	scenario := startBrowser(t).begin(t, "readme", s)
	if err := scenario.do("the program greets the page", patience); err != nil {
		t.Error(err)
	}
	scenario.end()
}

// greeterHead is what README.md leaves out of the Go example.
const greeterHead = `package main

import (
	"context"
	"fmt"
	"log"

	"github.com/entangle-go/entangle/remote"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

`

// example returns the code of README.md that stands below <!-- name -->.
func example(t *testing.T, text, name string) string {
	t.Helper()
	match := regexp.MustCompile("(?s)<!-- " + regexp.QuoteMeta(name) + " -->\n```[a-z]+\n(.*?)```\n").FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("README.md has no example %s", name)
	}
	return match[1]
}
