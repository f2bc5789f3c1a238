package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// compareRuns prints for each row that two runs in the history have, and for each peer that it was
// measured beside in both, whether it is within noise: whether the later ratio lies between the
// least and the most of the earlier one's rounds. It fails if something got slower than that.
func compareRuns(w io.Writer, path, before, after string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	entries, err := parseHistory(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	a, err := pick(entries, before)
	if err != nil {
		return err
	}
	b, err := pick(entries, after)
	if err != nil {
		return err
	}
	changes, unknown := changesBetween(a, b)
	printChanges(w, changes)
	if len(unknown) > 0 {
		fmt.Fprintf(w, "not in both, or from before the spread was kept: %s\n", strings.Join(unknown, " "))
	}
	slower := 0
	for _, c := range changes {
		if c.verdict == slowerThanNoise {
			slower++
		}
	}
	if slower > 0 {
		return fmt.Errorf("%d of %d ratios are worse than noise", slower, len(changes))
	}
	if len(changes) == 0 {
		return fmt.Errorf("%s and %s have no ratios in common", before, after)
	}
	return nil
}

func parseHistory(text []byte) ([]entry, error) {
	var entries []entry
	for line := range bytes.Lines(text) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(entries)+1, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// pick returns the rows of a line, counted from 1, or the newest rows of a commit.
func pick(entries []entry, which string) (map[string]rowEntry, error) {
	if n, err := strconv.Atoi(which); err == nil && n >= 1 && n <= len(entries) {
		return entries[n-1].Rows, nil
	}
	found := map[string]rowEntry{}
	for _, e := range entries {
		if which != "" && strings.HasPrefix(e.Commit, which) {
			maps.Copy(found, e.Rows)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%q is neither one of the %d lines of the history nor a commit in it", which, len(entries))
	}
	return found, nil
}

// change is the difference of one ratio between two runs.
type change struct {
	row, peer string
	way       way
	before    []float64 // median, least, most
	after     float64
	verdict   string
}

const (
	withinNoise     = "within noise"
	betterThanNoise = "better"
	slowerThanNoise = "SLOWER"
)

// judgeChange applies the rule.
func judgeChange(before []float64, after float64) string {
	switch least, most := before[1], before[2]; {
	case after < least:
		return slowerThanNoise
	case after > most:
		return betterThanNoise
	}
	return withinNoise
}

// changesBetween compares the rows that two runs share, and names the rows that it cannot compare.
func changesBetween(a, b map[string]rowEntry) (changes []change, unknown []string) {
	for _, name := range slices.Sorted(maps.Keys(b)) {
		known := len(changes)
		for _, peer := range slices.Sorted(maps.Keys(b[name].Beside)) {
			x, y := a[name].Beside[peer].all(), b[name].Beside[peer].all()
			for w := range ways {
				if x[w] != nil && y[w] != nil {
					changes = append(changes, change{name, peer, w, x[w], y[w][0], judgeChange(x[w], y[w][0])})
				}
			}
		}
		if len(changes) == known {
			unknown = append(unknown, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, ok := b[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	return changes, unknown
}

func (b beside) all() [ways][]float64 { return [ways][]float64{b.Ratio, b.ByCPU, b.ByServer} }

func printChanges(w io.Writer, changes []change) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "row\tbeside\tby\tbefore\tleast-most\tafter\t")
	count := map[string]int{}
	for _, c := range changes {
		count[c.verdict]++
		s := spread{c.before[0], c.before[1], c.before[2]}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.row, c.peer, c.way, showTimes(s.median), s, showTimes(c.after), c.verdict)
	}
	t.Flush()
	fmt.Fprintf(w, "%d better, %d within noise, %d slower\n", count[betterThanNoise], count[withinNoise], count[slowerThanNoise])
}
