package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFindTests(t *testing.T) {
	const harness = `<!doctype html><script src=/resources/testharness.js></script>`
	checkout := fstest.MapFS{}
	for name, text := range map[string]string{
		"a/page.html":                  harness,
		"a/old.htm":                    harness,
		"a/secure.https.html":          harness,
		"a/variants.html":              harness + `<meta name=variant content=?one><meta name="variant" content="?two">`,
		"a/no-harness.html":            `<!doctype html><p>loaded by another page`,
		"a/judge-manual.html":          harness,
		"a/judge-manual.sub.html":      harness,
		"a/paper-print.html":           harness,
		"a/boom-crash.html":            harness,
		"a/page.html.headers":          "X: y",
		"a/.hidden.html":               harness,
		"a/resources/page.html":        harness,
		"a/deep/support/page.html":     harness,
		"a/deep/page.html":             harness,
		"a/lib.js":                     "",
		"a/default.any.js":             "test(() => {});",
		"a/everywhere.any.js":          "// META: title=x\n// META: global=window,worker\n",
		"a/modules.any.js":             "// META: global=dedicatedworker-module, sharedworker-module\n",
		"a/shell.any.js":               "// META: global=jsshell,window\n// META: global=worker\n",
		"a/varied.any.js":              "// META: variant=?1\n// META: variant=?2\n// META: global=window\n",
		"a/late.any.js":                "\n// META: global=sharedworker\n",
		"a/own.worker.js":              "",
		"a/framed.window.js":           "",
		"a/secure.https.any.js":        "",
		"a/substituted.sub.window.js":  "",
		"b/not-asked-for.html":         harness,
		"a/reference/looks-alike.html": harness,
	} {
		checkout[name] = &fstest.MapFile{Data: []byte(text)}
	}
	got, err := findTests(checkout, "a")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/a/deep/page.html",
		"/a/default.any.html", "/a/default.any.worker.html",
		"/a/everywhere.any.html", "/a/everywhere.any.serviceworker.html", "/a/everywhere.any.sharedworker.html", "/a/everywhere.any.worker.html",
		"/a/framed.window.html",
		"/a/late.any.html", "/a/late.any.worker.html",
		"/a/modules.any.sharedworker-module.html", "/a/modules.any.worker-module.html",
		"/a/old.htm",
		"/a/own.worker.html",
		"/a/page.html",
		"/a/secure.https.any.html", "/a/secure.https.any.worker.html",
		"/a/secure.https.html",
		"/a/shell.any.html",
		"/a/substituted.sub.window.html",
		"/a/variants.html?one", "/a/variants.html?two",
		"/a/varied.any.html?1", "/a/varied.any.html?2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestServerOfATest(t *testing.T) {
	s := server{"http://a.test:1", "https://a.test:2"}
	for path, want := range map[string]string{
		"/x/plain.html":                           "http://a.test:1/x/plain.html",
		"/x/plain.html?not.https.here":            "http://a.test:1/x/plain.html?not.https.here",
		"/x/secure.https.any.html":                "https://a.test:2/x/secure.https.any.html",
		"/x/work.any.serviceworker.html":          "https://a.test:2/x/work.any.serviceworker.html",
		"/x/work.any.serviceworker-module.html?1": "https://a.test:2/x/work.any.serviceworker-module.html?1",
		"/x/https/plain.html":                     "http://a.test:1/x/https/plain.html",
	} {
		if got := s.url(path); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}
