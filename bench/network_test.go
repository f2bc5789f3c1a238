package main

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A workload over the network starts this program once more, which here is the test.
func TestMain(m *testing.M) {
	if act(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

// Every network row measures what it compares, in all systems that can, and its targets are about
// something that it is measured beside.
func TestNetRows(t *testing.T) {
	got := measurements{}
	for _, name := range netParticipants {
		got[name] = map[string][]result{}
		for workload, run := range workloads[name] {
			got.add(job{name, workload}, run(2*time.Millisecond))
		}
	}
	for _, r := range netRows {
		o := r.outcomeOf(got)
		for _, name := range netParticipants {
			if r.name == "net-idle-port" && name == "relay" {
				continue
			}
			if o.values[name] <= 0 || o.medians[name].Server <= 0 || o.medians[name].CPU <= o.medians[name].Server {
				t.Errorf("%s %s: %v, %+v", r.name, name, o.values[name], o.medians[name])
			}
		}
		for i, verdict := range o.verdict {
			if verdict == "-" {
				t.Errorf("%s: target %+v is beside nothing", r.name, r.targets[i])
			}
		}
	}
}

func TestNetOutcome(t *testing.T) {
	got := measurements{
		"hub": {
			"hand-over":  {{P50: 200, CPU: 20, Server: 10}, {P50: 100, CPU: 20, Server: 10}},
			"round-trip": {{P50: 100}, {P50: 50}},
		},
		"nats": {"hand-over": {{P50: 100, CPU: 30, Server: 10}, {P50: 150, CPU: 10, Server: 5}}},
	}
	r := netRow{name: "x", metric: p50, part: "hand-over", also: []job{{"hub", "round-trip"}}, targets: []netTarget{
		{byMetric, "nats", 1, 0}, {byCPU, "nats", 1.1, 0}, {byMetric, "hub round-trip", 0.5, 0}, {byServer, "", 0, 9}}}
	o := r.outcomeOf(got)
	want := []compared{
		{"nats", [ways]spread{{1, 0.5, 1.5}, {1, 0.5, 1.5}, {0.75, 0.5, 1}}},
		{"hub round-trip", [ways]spread{{0.5, 0.5, 0.5}, {}, {}}},
	}
	if !slices.Equal(o.beside, want) {
		t.Errorf("%v, want %v", o.beside, want)
	}
	verdicts := []string{"1.00x of nats by metric: met", "1.10x of nats by CPU: MISSED",
		"0.50x of hub round-trip by metric: met", "9 us server CPU at most: MISSED"}
	if !slices.Equal(o.verdict, verdicts) {
		t.Errorf("%q, want %q", o.verdict, verdicts)
	}
}

// The clock that tells how much CPU time another process has used tells the truth of this one, and
// stands in a process that waits.
func TestProcessCPUTime(t *testing.T) {
	p := start("serve", "relay")
	defer p.end()
	p.line()
	p.resident() // it does not collect garbage any more
	before, own := p.cpuTime(), cpuTimeOf(os.Getpid())
	used := cpuTime()
	for start := time.Now(); time.Since(start) < 50*time.Millisecond; {
		sink = strings.Repeat("x", 1000)
	}
	own, used = cpuTimeOf(os.Getpid())-own, cpuTime()-used
	if ratio := own.Seconds() / used.Seconds(); math.Abs(ratio-1) > 0.2 {
		t.Errorf("%v by the clock, %v by getrusage", own, used)
	}
	if idle := p.cpuTime() - before; idle > used/4 {
		t.Errorf("a process that waits used %v, this one %v", idle, used)
	}
}
