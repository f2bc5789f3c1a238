package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The reasons that the repository gives are well formed, and about files that exist and contain
// the code.
func TestSurvivors(t *testing.T) {
	text, err := os.ReadFile("survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := parseReasons(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range reasons {
		source, err := os.ReadFile(filepath.Join("../..", i.file))
		if err != nil {
			t.Error(err)
			continue
		}
		there := false
		for line := range strings.Lines(string(source)) {
			there = there || codeOf(line) == strings.Replace(i.code, mark, "", 1)
		}
		if !there {
			t.Errorf("%s: that line is not there any more", i)
		}
	}
}

func TestParseReasons(t *testing.T) {
	got, err := parseReasons("# note\n\na/b.go KIND: if a »< b {\n\tone\n\ttwo\nc.go KIND2: x »:= \"a: b\"\n three\n")
	want := map[id]string{{"a/b.go", "KIND", "if a »< b {"}: "one two", {"c.go", "KIND2", `x »:= "a: b"`}: "three"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]string{
		"\twhy":                              "line 1: a reason without",
		"a.go KIND: »<":                      "no reason below",
		"a.go KIND »<\n\twhy":                "line 1: want",
		"a.go KIND: <\n\twhy":                "line 1: want",
		"a.go: »<\n\twhy":                    "line 1: want",
		"a.go K: »<\n\tx\na.go K: »<\n\tx\n": "line 3: a.go K: »< stands there twice",
	} {
		if _, err := parseReasons(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestJudge(t *testing.T) {
	one, two, three := id{"hub/a.go", "K", "»<"}, id{"hub/a.go", "K", "»>"}, id{"hub/b.go", "K", "»="}
	mutants := []mutant{{three, 9, 1, "LIVED"}, {one, 5, 2, killed}, {one, 3, 2, timedOut}, {two, 7, 3, notCovered}, {one, 8, 1, notViable}}
	for _, test := range []struct {
		reasons map[id]string
		want    string
		fails   bool
	}{
		{nil, "hub/a.go:7:3 K: »>   (no test comes here)\nhub/b.go:9:1 K: »=\n" +
			"hub: 4 mutants, 2 killed (50.0 %), 2 lived, 0 of these with a reason; 1 more did not compile\n", true},
		{map[id]string{two: "x", three: "y", {"hub/in/c.go", "K", "»<"}: "another package", {"c.go", "K", "»<"}: "another package"},
			"hub: 4 mutants, 2 killed (50.0 %), 2 lived, 2 of these with a reason; 1 more did not compile\n", false},
		{map[id]string{two: "x", three: "y", one: "z"}, "has a reason and does not live: hub/a.go K: »<\n" +
			"hub: 4 mutants, 2 killed (50.0 %), 2 lived, 2 of these with a reason; 1 more did not compile\n", true},
	} {
		var out strings.Builder
		err := judge(&out, "hub", mutants, test.reasons)
		if out.String() != test.want || (err != nil) != test.fails {
			t.Errorf("%s%v; want\n%s", out.String(), err, test.want)
		}
	}
	var out strings.Builder
	root := []mutant{{id{"a.go", "K", "»<"}, 1, 1, "LIVED"}}
	if err := judge(&out, ".", root, map[id]string{{"a.go", "K", "»<"}: "x", {"b.go", "K", "»<"}: "x"}); err == nil {
		t.Error("a reason of the root folder that is not needed is accepted")
	}
}

func TestParseReport(t *testing.T) {
	tree := t.TempDir()
	if err := os.MkdirAll(filepath.Join(tree, "hub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "hub", "a.go"), []byte("package hub\n\n\tif a <= b { // why\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := `{"files":[{"file_name":"a.go","mutations":[{"type":"K","status":"TIMED OUT","line":3,"column":7}]}]}`
	got, err := parseReport([]byte(text), tree, "hub")
	if want := []mutant{{id{"hub/a.go", "K", "if a »<= b {"}, 3, 7, timedOut}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parseReport([]byte(strings.Replace(text, "7", "70", 1)), tree, "hub"); err == nil {
		t.Error("a place that is not there is accepted")
	}
}

func TestLimitOf(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"ok  \texample/hub\t0.412s\n":                         10 * time.Second,
		"ok  \texample/hub\t4.100s\tcoverage: 1% of\n":        20500 * time.Millisecond,
		"?   \texample/hub\t[no test files]\n":                0,
		"ok  \texample/hub\t0.002s [no tests to run] x 20s\n": 10 * time.Second,
	} {
		if got, err := limitOf(line); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", line, got, err)
		}
	}
}
