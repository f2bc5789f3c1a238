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
	"slices"
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

func TestRunPages(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"one.html": `<script>
			const channel = new BroadcastChannel("c");
			channel.onmessage = e => { console.log("one heard", e.data); channel.close() };
			const worker = new Worker("sub/worker.js");
			worker.onmessage = e => console.log(e.data);
			setTimeout(() => worker.postMessage("later"), 5);
		</script>`,
		"sub/worker.js": `onmessage = e => postMessage(e.data + " " + location.href)`,
		"two.html":      `<script>console.warn(location.href); new BroadcastChannel("c").postMessage("two")</script>`,
	})
	code, out, errOut := runIn(t, folder, "one.html", "two.html?x#y")
	lines := strings.Split(out, "\n")
	slices.Sort(lines)
	if want := []string{"", "later http://localhost/sub/worker.js", "one heard two"}; code != exitDone || !slices.Equal(lines, want) {
		t.Errorf("code %d, printed %q, want %q", code, lines, want)
	}
	if errOut != "http://localhost/two.html?x#y\n" {
		t.Errorf("said %q", errOut)
	}
}

func TestRunScripts(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"a/classic.js":      `console.log(origin, document.title, typeof require, "\x1b[31m\u202e")`,
		"a/classic.js.html": `<script>console.log("another page")</script>`,
		"a/module.mjs":      `import { x } from "./b/x.mjs"; console.log(x, import.meta.url); await 0`,
		"a/b/x.mjs":         `export const x = 7`,
		"a/index.html":      `<script>console.log("index of", location.pathname)</script>`,
	})
	const want = "https://example.com classic.js undefined \\u001b[31m\\u202e\n7 https://example.com/a/module.mjs\nindex of /a/\n" +
		"index of /a/index.html\n"
	code, out, errOut := runIn(t, folder, "a/classic.js", "a/module.mjs", "a", "a/index.html", "--root", ".", "--origin",
		"https://example.com")
	if code != exitDone || out != want || errOut != "" {
		t.Errorf("code %d, printed %q, said %q", code, out, errOut)
	}
}

func TestRunErrors(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"thrown.js":    "console.log('before');\nfunction f() {\n  throw new TypeError('thrown');\n}\nf();",
		"rejected.js":  `Promise.reject(new Error("rejected"))`,
		"syntax.js":    `let = = 1`,
		"worker.js":    `new Worker("thrown.js")`,
		"endless.js":   `for (;;);`,
		"deep.js":      `function f() { f() } f()`,
		"ticking.js":   `setInterval(() => {}, 5)`,
		"prevented.js": `onerror = () => true; throw new Error("handled")`,
	})
	for _, c := range []struct {
		arguments string
		code      int
		says      []string
	}{
		{"thrown.js", exitFailed, []string{"http://localhost/thrown.js:3:", "Uncaught TypeError: thrown\n", "at f (http://localhost/thrown.js:3:",
			"errors that no script handled: 1\n"}},
		{"rejected.js", exitFailed, []string{"rejected.js:1:", "Uncaught (in promise) Error: rejected"}},
		{"syntax.js", exitFailed, []string{"syntax.js:1:", "SyntaxError"}},
		{"worker.js", exitFailed, []string{"thrown.js:3:", "thrown"}},
		{"deep.js", exitFailed, []string{"RangeError", "deep.js:1:", "\n    and ", " more\n"}},
		{"endless.js --timeout 300ms", exitFailed, []string{"it has not ended after 300ms: endless.js was still loading; running were: "}},
		{"ticking.js --timeout 1s", exitFailed, []string{"it has not ended after 1s: still running, or with timers: " +
			"http://localhost/ticking.js.html\n"}},
		{"prevented.js", exitDone, nil},
	} {
		t.Run(c.arguments, func(t *testing.T) {
			code, _, said := runIn(t, folder, strings.Fields(c.arguments)...)
			if code != c.code || len(c.says) == 0 && said != "" {
				t.Errorf("code %d, said %q", code, said)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("said %q, want %q", said, want)
				}
			}
		})
	}
}

func TestRunMistakes(t *testing.T) {
	folder := folderOf(t, map[string]string{"a/p.html": "", "b/q.html": "", "b/notes.txt": "", "secret.html": ""})
	if err := os.Symlink("../secret.html", filepath.Join(folder, "a", "link.html")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arguments string
		code      int
		says      string
	}{
		{"", exitUsage, "run PAGE-OR-SCRIPT..."},
		{"none.html", exitUsage, "there is no file none.html"},
		{"a", exitUsage, "the folder a has no index.html"},
		{"b/notes.txt", exitUsage, "no page (.html) and no script"},
		{"a/p.html b/q.html", exitUsage, "Name one that holds all of them with --root FOLDER"},
		{"a/p.html --root b", exitUsage, "not in the folder"},
		{"a/p.html --root none", exitUsage, "not in the folder"},
		{"a/link.html", exitUsage, "cannot be served"},
		{"ftp://localhost/x", exitUsage, "a file is named by its path"},
		{"a/p.html --host-rule nonsense", exitUsage, `host rule "nonsense" is not of the form`},
		{"a/p.html --origin nonsense", exitUsage, "write it like http://localhost"},
		{"a/p.html --origin data:,x", exitUsage, "http: or https: origin"},
		{"a/p.html --timeout -1s", exitUsage, "--timeout"},
		{"a/p.html --timeout soon", exitUsage, "soon"},
		{"a/p.html --timeout 1s --forever", exitUsage, "contradict"},
		{"http://nobody.example/ --host-rule MAP,*.example,~NOTFOUND", exitUsage, "host rule"},
	} {
		if code, _, said := runIn(t, folder, strings.Fields(c.arguments)...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("entangle run %s: code %d, said %q, want %q", c.arguments, code, said, c.says)
		}
	}
	if code, _, said := runIn(t, folder, ""); code != exitUsage || !strings.Contains(said, "an argument is empty") {
		t.Errorf("code %d, said %q", code, said)
	}
	code, _, said := runIn(t, folder, "http://nobody.example/", "--host-rule", "MAP *.example ~NOTFOUND")
	if code != exitFailed || !strings.Contains(said, "http://nobody.example/: ") {
		t.Errorf("code %d, said %q", code, said)
	}
}

// TestRunServesTheFolderAlone asks for what is outside of the folder.
func TestRunServesTheFolderAlone(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"secret.js": `console.log("secret")`,
		"a/p.js": `Promise.all(["../secret.js", "/%2e%2e/secret.js", "/..%2fsecret.js", "link.js"].map(u => fetch(u).then(r => r.status)))
			.then(all => console.log(all.join()))`,
	})
	if err := os.Symlink("../secret.js", filepath.Join(folder, "a", "link.js")); err != nil {
		t.Fatal(err)
	}
	if code, out, said := runIn(t, folder, "a/p.js"); code != exitDone || out != "404,404,404,404\n" {
		t.Errorf("code %d, printed %q, said %q", code, out, said)
	}
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
