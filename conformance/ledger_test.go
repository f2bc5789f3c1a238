package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestForm holds the ledger of this repository to its form: every test of the lists is in it and no
// other, sorted, nothing twice, a reason for each result that is not PASS, and the document says
// the same figures.
func TestForm(t *testing.T) {
	files, err := readFiles(".")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(ledgerFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range files.ledger.Check(text, files.urls()) {
		t.Error(problem)
	}
	document, err := os.ReadFile(filepath.Join("..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	if string(document) != Document(files.urlsOf, files.ledger, files.chromium) {
		t.Error("docs/conformance.md does not say what the ledger says")
	}
	for url := range files.chromium {
		if _, ok := files.ledger[url]; !ok {
			t.Errorf("%s has a result of Chromium but is in no list", url)
		}
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := writeJSON(&text, v); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func TestCheck(t *testing.T) {
	const good = `{
 "/a": {
  "one <&> two": "PASS",
  "three": "FAIL: no canvas: drawing is left out"
 },
 "/b": {}
}
`
	for name, c := range map[string]struct{ text, want string }{
		"good":           {good, ""},
		"unsorted":       {strings.ReplaceAll(strings.ReplaceAll(good, `"/a"`, `"/z"`), `"/b"`, `"/a"`), "unsorted"},
		"twice":          {strings.Replace(good, `  "one <&>`, "  \"one <&> two\": \"PASS\",\n  \"one <&>", 1), "twice"},
		"no reason":      {strings.Replace(good, "FAIL: no canvas: drawing is left out", "FAIL", 1), "three: \"\" is no reason"},
		"todo":           {strings.Replace(good, "no canvas: drawing is left out", "TODO", 1), "nobody has said why"},
		"todo with text": {strings.Replace(good, "no canvas", "TODO no canvas", 1), "nobody has said why"},
		"short":          {strings.Replace(good, "no canvas: drawing is left out", "broken", 1), "is no reason"},
		"needless":       {strings.Replace(good, `"PASS"`, `"PASS: it just works like that"`, 1), "unsorted"},
		"lost":           {strings.Replace(good, ",\n \"/b\": {}", "", 1), "/b is in a list"},
		"unlisted":       {strings.Replace(good, `"/b": {}`, "\"/b\": {},\n \"/c\": {}", 1), "/c is in the ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			var ledger Ledger
			if err := json.Unmarshal([]byte(c.text), &ledger); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(ledger.Check([]byte(c.text), []string{"/a", "/b"}), "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if err := json.Unmarshal([]byte(`{"/a":{"b":"MAYBE: who knows"}}`), new(Ledger)); err == nil {
		t.Error("a status that does not exist was read")
	}
}

func TestUpdate(t *testing.T) {
	old := Ledger{
		"/a": {"kept": {statusFail, "needs a screen"}, "now passes": {statusFail, "was broken for long"},
			"gone": {statusFail, "no longer there"}},
		"/other": {"not run": {Status: statusPass}},
		"/flaky": {"x": {statusFlaky, "depends on the weather"}, "y": {statusFlaky, "depends on the moon"}},
	}
	got := old.Update(Results{"/a": {"kept": statusTimeout, "now passes": statusPass, "new": statusFail, "fine": statusPass},
		"/flaky": {"x": statusPass}})
	want := Ledger{
		"/a": {"kept": {statusTimeout, "needs a screen"}, "now passes": {Status: statusPass}, "new": {statusFail, todo},
			"fine": {Status: statusPass}},
		"/other": {"not run": {Status: statusPass}},
		"/flaky": old["/flaky"],
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var read Ledger
	if err := json.Unmarshal(encode(t, got), &read); err != nil || !reflect.DeepEqual(read, got) {
		t.Errorf("written and read again: %v, %v", read, err)
	}
}

func TestCompare(t *testing.T) {
	ledger := Ledger{
		"/a": {
			"pass": {Status: statusPass}, "fail": {statusFail, "r"}, "timeout": {statusTimeout, "r"},
			"notrun": {statusNotRun, "r"}, "flaky": {statusFlaky, "r"}, "gone": {Status: statusPass}, "failing and gone": {statusFail, "r"},
		},
		"/page":    {pageEntry: {statusError, "r"}},
		"/not run": {"x": {Status: statusPass}},
	}
	same := ledger.Results()
	delete(same, "/not run")
	delete(same["/a"], "flaky")
	if d := ledger.Compare(same); len(d) > 0 {
		t.Errorf("the results that are expected differ: %v", d)
	}
	got := ledger.Compare(Results{
		"/a": {
			"pass": statusFail, "fail": statusPass, "timeout": statusNotRun, "notrun": statusFail,
			"new pass": statusPass, "new fail": statusFail, pageEntry: statusCrash,
		},
		"/page": {"now there": statusPass},
		"/new":  {"x": statusPass},
	})
	want := []Difference{
		{"/a", pageEntry, "", statusCrash, false},
		{"/a", "fail", statusFail, statusPass, true},
		{"/a", "failing and gone", statusFail, "", false},
		{"/a", "gone", statusPass, "", false},
		{"/a", "new fail", "", statusFail, true},
		{"/a", "new pass", "", statusPass, true},
		{"/a", "notrun", statusNotRun, statusFail, true},
		{"/a", "pass", statusPass, statusFail, false},
		{"/new", "x", "", statusPass, true},
		{"/page", pageEntry, statusError, "", true},
		{"/page", "now there", "", statusPass, true},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got:\n%v\nwant:\n%v", got, want)
	}
}
