package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf writes files into a new folder.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// runIn runs `entangle run` in a folder until it ends.
func runIn(t *testing.T, folder string, arguments ...string) (code int, out, errOut string) {
	t.Helper()
	t.Chdir(folder)
	var o, e strings.Builder
	code = run(t.Context(), append([]string{"run"}, arguments...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// TestRunURL runs a page of a server with a certificate that nobody trusts, by another name.
func TestRunURL(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<script>console.log(origin)</script>"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told of the refused certificate
	server.StartTLS()
	defer server.Close()
	rule := "MAP www.test " + strings.TrimPrefix(server.URL, "https://")
	if code, out, said := runIn(t, t.TempDir(), "https://www.test/", "--host-rule", rule, "--insecure"); code != exitDone ||
		out != "https://www.test\n" {
		t.Errorf("code %d, printed %q, said %q", code, out, said)
	}
	if code, _, said := runIn(t, t.TempDir(), "https://www.test/", "--host-rule", rule); code != exitFailed ||
		!strings.Contains(said, "certificate") {
		t.Errorf("code %d, said %q", code, said)
	}
}

func TestRunTraceAndJSON(t *testing.T) {
	folder := folderOf(t, map[string]string{"p.js": `
		const { port1, port2 } = new MessageChannel();
		port2.onmessage = e => { console.log("<got>", e.data); port2.close(); throw new Error("thrown") };
		port1.postMessage("hello", [new MessageChannel().port1]);
		postMessage("astray", "https://elsewhere.example")`})
	_, _, said := runIn(t, folder, "p.js", "--trace")
	for _, want := range []string{
		"message http://localhost/p.js.html -> http://localhost/p.js.html, size 6, ports 1\n",
		"ports 0, discarded: the window is of http://localhost, not of https://elsewhere.example\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	code, out, _ := runIn(t, folder, "p.js", "--json")
	count := map[string]int{}
	for line := range strings.Lines(out) {
		var event struct {
			Event, URL, Level, Text, Message, From, To, Type, Discarded string
			Line, Ports, Size                                           int
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch {
		case event.Event == "console" && event.Text == "<got> hello" && event.Level == "log",
			event.Event == "error" && event.Message == "Uncaught Error: thrown" && event.Line == 3,
			event.Event == "message" && event.Type == "message" && event.Ports == 1 && event.From == event.To && event.Size > 0:
			count[event.Event]++
		case event.Discarded != "":
			count["discarded"]++
		}
	}
	if code != exitFailed || count["console"] != 1 || count["error"] != 1 || count["message"] != 1 || count["discarded"] == 0 {
		t.Errorf("code %d, %v, printed %q", code, count, out)
	}
}

func TestRunForever(t *testing.T) {
	t.Chdir(folderOf(t, map[string]string{"p.js": `console.log("here")`, "q.js": `console.log("there"); throw "up"`,
		"e.js": `console.log("on"); setInterval(() => {}, 5)`}))
	for arguments, want := range map[string]int{"p.js --forever": exitDone, "q.js --forever": exitFailed, "e.js": exitInterrupted} {
		p := start(t, append([]string{"run"}, strings.Fields(arguments)...)...)
		if line, err := p.out.ReadString('\n'); err != nil || line == "\n" {
			t.Fatal(line, err)
		}
		if want == exitFailed {
			p.says("http://localhost/q.js.html: Uncaught up")
		}
		p.interrupt()
		p.ends(want)
	}
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Chdir(folderOf(t, map[string]string{"p.html": ""}))
	var out, errOut strings.Builder
	if code := run(ctx, []string{"run", "p.html"}, nil, &out, &errOut); code != exitInterrupted {
		t.Errorf("code %d, said %q", code, errOut.String())
	}
}
