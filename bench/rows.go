package main

import "fmt"

// The participants, in the order in which they are measured and shown.
var participants = []string{"node", "deno", "bun", "entangle", "loop", "host"}

// metric is the figure that a row compares.
type metric struct {
	unit  string
	of    func(result) float64
	lower bool // less is better
}

var (
	rate = metric{"/s", func(r result) float64 { return r.Rate }, false}
	cpu  = metric{"us CPU", func(r result) float64 { return r.CPU }, true}
	p50  = metric{"us p50", func(r result) float64 { return r.P50 }, true}
	heap = metric{"B heap", func(r result) float64 { return r.Heap }, true}
	rss  = metric{"B RSS", func(r result) float64 { return r.RSS }, true}
)

// row is a line of the table.
type row struct {
	name   string
	metric metric
	peers  string // the peers' workload, of peer.mjs
	own    string // Entangle's, of the map workloads
	judged string // which of Entangle's participants a program would be, and is held to the target
	target target
}

// target is a target for Entangle: a ratio to a peer; or, if most is not 0, a figure that it must
// not exceed. A target with both was set on a machine where figure and ratio agree; on a slower or
// busier machine the ratio is enough.
type target struct {
	peer  string
	times float64
	most  float64
}

func (t target) String() string {
	if t.most != 0 && t.times != 0 {
		return fmt.Sprintf("<= %g or %.3gx", t.most, t.times)
	}
	if t.most != 0 {
		return fmt.Sprintf("<= %g", t.most)
	}
	return fmt.Sprintf(">= %.3gx %s", t.times, t.peer)
}

// rows are the measurements in one process.
var rows = []row{
	{"string", rate, "string", "string", "entangle", target{peer: "node", times: 3}},
	{"object-map", rate, "object", "object-map", "entangle", target{peer: "node", times: 1.7}},
	{"object-struct", rate, "object", "object-struct", "entangle", target{peer: "node", times: 4}},
	{"records-map", rate, "records", "records-map", "entangle", target{peer: "deno", times: 1.5}},
	{"records-struct", rate, "records", "records-struct", "entangle", target{peer: "deno", times: 4}},
	{"buffer", rate, "buffer", "buffer", "entangle", target{peer: "bun", times: 0.9}},
	{"buffer-transfer", rate, "buffer-transfer", "buffer-transfer", "entangle", target{peer: "node", times: 5}},
	{"ping-pong", p50, "ping-pong", "ping-pong", "entangle", target{peer: "bun", times: 4}},
	{"port-transfer", rate, "port-transfer", "port-transfer", "entangle", target{peer: "bun", times: 5}},
	{"port-transfer-100", rate, "port-transfer-100", "port-transfer-100", "entangle", target{peer: "bun", times: 5}},
	{"broadcast", rate, "broadcast", "broadcast", "loop", target{peer: "node", times: 5}},
	{"idle-heap", heap, "idle-channels", "idle-channels", "entangle", target{peer: "node", most: 520}},
	{"idle-rss", rss, "idle-channels", "idle-channels", "entangle", target{peer: "node", most: 700}},
	{"channel-use", cpu, "channel-use", "channel-use", "entangle", target{peer: "node", most: 2.5}},
	{"clone", cpu, "clone", "clone", "entangle", target{peer: "node", most: 0.9, times: 1.1 / 0.9}},
	{"host-object", cpu, "worker-object", "worker-object", "host", target{peer: "deno", most: 4}},
	{"host-ping-pong", p50, "worker-ping-pong", "worker-ping-pong", "host", target{peer: "deno", times: 1.0 / 3}},
	{"host-open", p50, "", "open", "host", target{most: 3000}},
}

// workload returns the name of what a participant runs for the row, or "".
func (r *row) workload(participant string) string {
	if own, ok := workloads[participant]; ok {
		if own[r.own] == nil {
			return ""
		}
		return r.own
	}
	return r.peers
}
