package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Within noise means: between the least and the most of the earlier run, both included.
func TestJudgeChange(t *testing.T) {
	before := []float64{1, 0.9, 1.2}
	for after, want := range map[float64]string{0.89: "SLOWER", 0.9: "within noise", 1: "within noise", 1.2: "within noise", 1.21: "better"} {
		if got := judgeChange(before, after); got != want {
			t.Errorf("%v: %s, want %s", after, got, want)
		}
	}
}

func TestPick(t *testing.T) {
	entries := []entry{
		{Commit: "abc1", Rows: map[string]rowEntry{"x": {Ratio: 1}, "y": {Ratio: 2}}},
		{Commit: "def2", Rows: map[string]rowEntry{"x": {Ratio: 3}}},
		{Commit: "abc1+", Rows: map[string]rowEntry{"x": {Ratio: 4}}},
	}
	for _, test := range []struct {
		which string
		x, y  float64
	}{{"1", 1, 2}, {"2", 3, 0}, {"def", 3, 0}, {"abc", 4, 2}, {"abc1+", 4, 0}} {
		got, err := pick(entries, test.which)
		if err != nil || got["x"].Ratio != test.x || got["y"].Ratio != test.y {
			t.Errorf("%s: %v, %v", test.which, got, err)
		}
	}
	for _, which := range []string{"", "0", "4", "ab1"} {
		if _, err := pick(entries, which); err == nil {
			t.Errorf("%q is accepted", which)
		}
	}
}

// Rows are compared by each way that both runs have, and what cannot be compared is named.
func TestCompareRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	history := strings.Join([]string{
		`{"commit":"a","rows":{"old":{"ratio":3},"gone":{"ratio":1},"x":{"beside":{` +
			`"nats":{"ratio":[1,0.5,2],"byCPU":[3,2,4]},"relay":{"ratio":[1,1,1]}}}}}`,
		`{"commit":"b","rows":{"old":{"ratio":3},"x":{"beside":{` +
			`"nats":{"ratio":[1.5,1,2],"byCPU":[1,1,1],"byServer":[1,1,1]},"relay":{"ratio":[1.1,1,2]}}}}}`,
		`{"commit":"c","rows":{"x":{"beside":{"nats":{"ratio":[1.5,1,2]}}}}}`,
	}, "\n") + "\n"
	if err := os.WriteFile(path, []byte(history), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := compareRuns(&out, path, "a", "b"); err == nil || err.Error() != "1 of 3 ratios are worse than noise" {
		t.Error(err)
	}
	want := []string{
		"row beside by before least-most after",
		"x nats by metric 1.00x 0.50-2.00 1.50x within noise",
		"x nats by CPU 3.00x 2.00-4.00 1.00x SLOWER",
		"x relay by metric 1.00x 1.00-1.00 1.10x better",
		"1 better, 1 within noise, 1 slower",
		"not in both, or from before the spread was kept: old gone",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if err := compareRuns(&out, path, "a", "c"); err != nil {
		t.Error(err)
	}
	if err := compareRuns(&out, path, "1", "d"); err == nil {
		t.Error("a run that is not there was compared")
	}
}
