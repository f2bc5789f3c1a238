package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		sample []float64
		want   spread
	}{
		{nil, spread{}},
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{9, 1, 4}, spread{4, 1, 9}},
		{[]float64{4, 1, 2, 9}, spread{3, 1, 9}},
	} {
		if got := spreadOf(test.sample); got != test.want {
			t.Errorf("%v: %v, want %v", test.sample, got, test.want)
		}
	}
}

// A ratio is above 1 when Entangle is better, whether more or less is better, and compares only
// what was measured in the same round.
func TestOutcome(t *testing.T) {
	got := measurements{
		"node": {"string": {{Rate: 10, CPU: 4}, {Rate: 20, CPU: 4}, {Rate: 10, CPU: 4}}, "clone": {{CPU: 3}}},
		"bun":  {"ping-pong": {{P50: 8}, {P50: 4}}},
		"entangle": {"string": {{Rate: 20, CPU: 1}, {Rate: 60, CPU: 2}, {Rate: 40, CPU: 1}}, "ping-pong": {{P50: 2}, {P50: 2}},
			"clone": {{CPU: 1.5}}},
	}
	for _, test := range []struct {
		row     row
		ratio   spread
		byCPU   float64
		verdict string
	}{
		{row{"a", rate, "string", "string", "entangle", target{"node", 3, 0}}, spread{3, 2, 4}, 4, "met"},
		{row{"b", rate, "string", "string", "entangle", target{"node", 3.1, 0}}, spread{3, 2, 4}, 4, "met by CPU"},
		{row{"b2", rate, "string", "string", "entangle", target{"node", 4.1, 0}}, spread{3, 2, 4}, 4, "MISSED"},
		{row{"c", p50, "ping-pong", "ping-pong", "entangle", target{"bun", 3, 0}}, spread{3, 2, 4}, 0, "met"},
		{row{"d", cpu, "clone", "clone", "entangle", target{"node", 0, 1.5}}, spread{2, 2, 2}, 2, "met"},
		{row{"e", cpu, "clone", "clone", "entangle", target{"node", 0, 1.4}}, spread{2, 2, 2}, 2, "MISSED"},
		{row{"d2", cpu, "clone", "clone", "entangle", target{"node", 2, 1.4}}, spread{2, 2, 2}, 2, "met"},
		{row{"d3", cpu, "clone", "clone", "entangle", target{"node", 2.1, 1.4}}, spread{2, 2, 2}, 2, "MISSED"},
		{row{"f", cpu, "clone", "clone", "entangle", target{"deno", 0, 1.5}}, spread{}, 0, "met"},
		{row{"g", rate, "string", "string", "entangle", target{"deno", 1, 0}}, spread{}, 0, "-"},
	} {
		o := test.row.outcomeOf(got)
		if o.ratio != test.ratio || o.byCPU.median != test.byCPU || o.verdict != test.verdict {
			t.Errorf("%s: ratio %v, by CPU %v, %s; want %v, %v, %s", test.row.name, o.ratio, o.byCPU.median, o.verdict, test.ratio, test.byCPU,
				test.verdict)
		}
	}
}

func TestFigures(t *testing.T) {
	for f, want := range map[float64]string{0: "-", 0.1234: "0.123", 12.34: "12.3", 123.4: "123", 12_345: "12k", 1_234_567: "1.23M"} {
		if got := show(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	for f, want := range map[float64]float64{0: 0, 123456: 123500, 0.00012345: 0.0001235} {
		if got := digits(f); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", f, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"--rounds -1", "negative"},
		{"--rows (", "--rows"},
		{"--peers loop", "none of"},
		{"string", "unexpected"},
		{"--only network", "neither"},
		{"--compare 1", "two runs"},
	} {
		if _, err := parse(strings.Fields(test.args)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error with %q", test.args, err, test.want)
		}
	}
	o, err := parse([]string{"--peers", "", "--rows", "string"})
	if err != nil || len(o.peers) != 0 || o.full {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := parse([]string{"--peers", "", "--only", "net"}); err != nil || !o.full {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err := parse(nil); err != nil || !o.full {
		t.Errorf("%+v, %v", o, err)
	}
}

// Every row can be judged, and every workload of ours runs and measures what its rows compare.
func TestRows(t *testing.T) {
	names := map[string]bool{}
	for _, r := range rows {
		if names[r.name] {
			t.Errorf("two rows are called %s", r.name)
		}
		names[r.name] = true
		if r.workload(r.judged) == "" {
			t.Errorf("%s: %s has no workload", r.name, r.judged)
		}
	}
	for participant, own := range workloads {
		for name, run := range own {
			result := run(2 * time.Millisecond)
			for _, r := range rows {
				if r.workload(participant) == name && r.metric.of(result) <= 0 {
					t.Errorf("%s %s measures no %s: %+v", participant, name, r.metric.unit, result)
				}
			}
		}
	}
}
