package main

import (
	"cmp"
	"context"
	"os"
	"runtime/debug"
	"slices"
	"time"
)

// The participants over the network, in the order in which they are measured and shown.
var netParticipants = []string{"hub", "nats", "relay"}

// netRow is a line of the network's table. Its ratios say how many times as good as the other
// systems Entangle's is: by its metric, by CPU time of all processes, and by that of the server.
type netRow struct {
	name     string
	metric   metric
	workload string
	part     string // of the workload
	also     []job  // what else Entangle's is measured beside: parts
	targets  []netTarget
}

// netTarget is a target for Entangle: a ratio to a peer in one of the three metrics, or a figure
// that it must not exceed.
type netTarget struct {
	way   way
	peer  string
	times float64
	most  float64
}

// way is how two systems are compared.
type way int

const (
	byMetric way = iota
	byCPU
	byServer
	ways
)

func (w way) String() string { return [...]string{"by metric", "by CPU", "by server CPU"}[w] }

var serverCPU = metric{"us server CPU", func(r result) float64 { return r.Server }, true}

// metricOf returns what a way compares.
func (r *netRow) metricOf(w way) metric {
	return [...]metric{r.metric, cpu, serverCPU}[w]
}

var netRows = []netRow{
	{name: "net-round-trip", metric: p50, workload: "round-trip", part: "round-trip",
		targets: []netTarget{{byMetric, "nats", 1, 0}, {byServer, "nats", 1 / 0.7, 0}}},
	{name: "net-one-way-64", metric: rate, workload: "one-way", part: "one-way-64",
		targets: []netTarget{{byMetric, "nats", 0.7, 0}, {byCPU, "nats", 1 / 1.5, 0}, {byServer, "nats", 1 / 0.9, 0}}},
	{name: "net-one-way-1k", metric: rate, workload: "one-way", part: "one-way-1k",
		targets: []netTarget{{byCPU, "nats", 1 / 2.0, 0}, {byServer, "nats", 1, 0}}},
	{name: "net-hand-over", metric: p50, workload: "hand-over", part: "hand-over", also: []job{{"hub", "round-trip"}},
		targets: []netTarget{{byMetric, "hub round-trip", 1 / 1.3, 0}}},
	{name: "net-hand-over-100", metric: rate, workload: "hand-over", part: "hand-over-100",
		targets: []netTarget{{byServer, "", 0, 25}}},
	{name: "net-broadcast", metric: rate, workload: "sessions", part: "broadcast",
		targets: []netTarget{{byServer, "nats", 1 / 0.2, 0}}},
	{name: "net-broadcast-single", metric: p50, workload: "sessions", part: "broadcast-single",
		targets: []netTarget{{byServer, "nats", 1 / 0.5, 0}}},
	{name: "net-idle-session", metric: rss, workload: "sessions", part: "idle-session",
		targets: []netTarget{{byMetric, "", 0, 10 << 10}}},
	{name: "net-idle-port", metric: rss, workload: "ports", part: "idle-port",
		targets: []netTarget{{byMetric, "", 0, 0.6 * (1 << 10)}}},
}

// netPlan is the part over the network.
type netPlan struct {
	plan
	rows []netRow
}

// planNet returns the measurements over the network, nil for none.
func (o *options) planNet() (*netPlan, error) {
	p := &netPlan{plan: plan{
		participants: netParticipants, rounds: cmp.Or(o.rounds, 9),
		each: cmp.Or(o.each, 200*time.Millisecond), limit: cmp.Or(o.limit, 90*time.Second),
	}}
	for _, r := range netRows {
		if o.only != "process" && o.rows.MatchString(r.name) {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.rows) == 0 {
		return nil, nil
	}
	p.jobs = netJobs(p.rows)
	return p, o.prepare(&p.plan)
}

// netJobs returns the measurements of a round.
func netJobs(rows []netRow) []job {
	var wanted []string // workloads
	for _, r := range rows {
		wanted = append(wanted, r.workload)
		for _, j := range r.also {
			wanted = append(wanted, netRows[slices.IndexFunc(netRows, func(r netRow) bool { return r.part == j.workload })].workload)
		}
	}
	var jobs []job
	for _, workload := range wanted {
		for _, name := range netParticipants {
			if j := (job{name, workload}); workloads[name][workload] != nil && !slices.Contains(jobs, j) {
				jobs = append(jobs, j)
			}
		}
	}
	return jobs
}

// measure runs the plan, prints its tables and adds it to the entry.
func (p *netPlan) measure(ctx context.Context, e *entry) error {
	got, rounds, err := p.run(ctx, progressOn(os.Stderr))
	if err != nil {
		return err
	}
	e.Network = rounds
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if name := netVersions[module.Path]; name != "" {
				e.Versions[name] = module.Version
			}
		}
	}
	var outcomes []netOutcome
	for _, r := range p.rows {
		o := r.outcomeOf(got)
		outcomes = append(outcomes, o)
		e.Rows[r.name] = o.entry()
	}
	printNetwork(os.Stdout, outcomes)
	return nil
}

// netVersions are the modules whose versions matter, with their names in the report.
var netVersions = map[string]string{
	"github.com/nats-io/nats-server/v2": "nats-server",
	"github.com/nats-io/nats.go":        "nats.go",
	"github.com/lxzan/gws":              "gws",
}
