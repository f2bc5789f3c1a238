package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// netOutcome is a network row's figures.
type netOutcome struct {
	row     netRow
	medians map[string]result // CPU time, by participant
	values  map[string]float64
	beside  []compared
	verdict []string // of the targets
}

// compared is how many times as good as a peer Entangle is, by each of the ways.
type compared struct {
	peer string
	by   [ways]spread
}

// peerName returns what somebody else's part is called beside which the row's is shown.
func (r *netRow) peerName(j job) string {
	if j.workload == r.part {
		return j.participant
	}
	return j.participant + " " + j.workload
}

// outcomeOf sums up the measurements of a row.
func (r netRow) outcomeOf(got measurements) netOutcome {
	o := netOutcome{row: r, medians: map[string]result{}, values: map[string]float64{}}
	own := got["hub"][r.part]
	for _, name := range netParticipants {
		results := got[name][r.part]
		if len(results) == 0 {
			continue
		}
		median := func(of func(result) float64) float64 { return spreadOf(each(results, of)).median }
		o.values[name] = median(r.metric.of)
		o.medians[name] = result{
			CPU:      median(cpu.of),
			Server:   median(serverCPU.of),
			Sender:   median(func(r result) float64 { return r.Sender }),
			Receiver: median(func(r result) float64 { return r.Receiver }),
		}
	}
	for _, j := range append([]job{{"nats", r.part}, {"relay", r.part}}, r.also...) {
		peer := got[j.participant][j.workload]
		if len(peer) == 0 || len(own) == 0 {
			continue
		}
		c := compared{peer: r.peerName(j)}
		for w := range ways {
			c.by[w] = spreadOf(ratios(r.metricOf(w), own, peer))
		}
		o.beside = append(o.beside, c)
	}
	for _, t := range r.targets {
		if len(own) > 0 {
			o.verdict = append(o.verdict, o.judge(t))
		}
	}
	return o
}

// judge says what a target demands, and whether it is met.
func (o *netOutcome) judge(t netTarget) string {
	if t.most != 0 {
		value := o.values["hub"]
		if t.way == byServer {
			value = o.medians["hub"].Server
		}
		return fmt.Sprintf("%.0f %s at most: %s", t.most, o.row.metricOf(t.way).unit, verdict(value <= t.most))
	}
	for _, c := range o.beside {
		if c.peer == t.peer {
			return fmt.Sprintf("%.2fx of %s %s: %s", t.times, t.peer, t.way, verdict(c.by[t.way].median >= t.times))
		}
	}
	return "-"
}

// entry returns the row's entry in the history. Its ratios are those to nats-server.
func (o *netOutcome) entry() rowEntry {
	e := rowEntry{
		Unit: o.row.metric.unit, Values: allDigits(o.values), CPU: map[string]float64{}, Server: map[string]float64{},
		Target: strings.Join(o.verdict, "; "), Beside: map[string]beside{},
	}
	for name, r := range o.medians {
		e.CPU[name], e.Server[name] = digits(r.CPU), digits(r.Server)
	}
	for _, c := range o.beside {
		if c.peer == "nats" {
			e.Ratio, e.ByCPU = digits(c.by[byMetric].median), digits(c.by[byCPU].median)
		}
		e.Beside[c.peer] = beside{threeOf(c.by[byMetric]), threeOf(c.by[byCPU]), threeOf(c.by[byServer])}
	}
	return e
}

// printNetwork prints the network rows: figures, CPU time, ratios.
func printNetwork(w io.Writer, outcomes []netOutcome) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nOver the network:")
	fmt.Fprintf(t, "row\tunit\t%s\t\n", strings.Join(netParticipants, "\t"))
	for _, o := range outcomes {
		fmt.Fprintf(t, "%s\t%s\t", o.row.name, o.row.metric.unit)
		for _, name := range netParticipants {
			fmt.Fprintf(t, "%s\t", show(o.values[name]))
		}
		fmt.Fprintln(t)
	}
	t.Flush()

	fmt.Fprintln(w, "\nCPU time per unit, us: all (server + sender + receiver):")
	fmt.Fprintf(t, "row\t%s\t\n", strings.Join(netParticipants, "\t"))
	for _, o := range outcomes {
		fmt.Fprintf(t, "%s\t", o.row.name)
		for _, name := range netParticipants {
			r := o.medians[name]
			if r.CPU == 0 {
				fmt.Fprint(t, "-\t")
				continue
			}
			fmt.Fprintf(t, "%s (%s + %s + %s)\t", show(r.CPU), show(r.Server), show(r.Sender), show(r.Receiver))
		}
		fmt.Fprintln(t)
	}
	t.Flush()

	fmt.Fprintln(w, "\nThe hub is so many times as good:")
	fmt.Fprint(t, "row\tas\t")
	for w := range ways {
		fmt.Fprintf(t, "%s\tleast-most\t", w)
	}
	fmt.Fprintln(t)
	for _, o := range outcomes {
		for _, c := range o.beside {
			fmt.Fprintf(t, "%s\t%s\t", o.row.name, c.peer)
			for _, s := range c.by {
				fmt.Fprintf(t, "%s\t%s\t", showTimes(s.median), s)
			}
			fmt.Fprintln(t)
		}
	}
	t.Flush()

	fmt.Fprintln(w, "\nTargets:")
	for _, o := range outcomes {
		for _, verdict := range o.verdict {
			fmt.Fprintf(w, "  %s: %s\n", o.row.name, verdict)
		}
	}
}

func (s spread) String() string {
	if s.median == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f-%.2f", s.least, s.most)
}
