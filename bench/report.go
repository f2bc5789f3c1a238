package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// outcome is a row's figures.
type outcome struct {
	row     row
	values  map[string]float64 // medians over the rounds
	cpu     map[string]float64 // microseconds of CPU time per unit, where that is not the row's metric
	ratio   spread             // how many times as good as the peer of the target, round by round
	byCPU   spread             // the same by CPU time per unit
	verdict string
}

// spread is the median of a sample and its ends.
type spread struct{ median, least, most float64 }

func spreadOf(sample []float64) spread {
	if len(sample) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(sample))
	n := len(sorted)
	return spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}

// outcomeOf sums up the measurements of a row.
func (r row) outcomeOf(got measurements) outcome {
	o := outcome{row: r, values: map[string]float64{}, cpu: map[string]float64{}, verdict: "-"}
	for name, of := range got {
		results := of[r.workload(name)]
		if v := spreadOf(each(results, r.metric.of)).median; v != 0 {
			o.values[name] = v
		}
		if v := spreadOf(each(results, cpu.of)).median; v != 0 && r.metric.unit != cpu.unit {
			o.cpu[name] = v
		}
	}
	own := got[r.judged][r.workload(r.judged)]
	if len(own) == 0 {
		return o
	}
	if r.target.most != 0 {
		o.verdict = verdict(o.values[r.judged] <= r.target.most)
	}
	peer := got[r.target.peer][r.workload(r.target.peer)]
	if len(peer) == 0 {
		return o
	}
	o.ratio = spreadOf(ratios(r.metric, own, peer))
	o.byCPU = spreadOf(ratios(cpu, own, peer))
	if r.target.times == 0 || o.verdict == met {
		return o
	}
	o.verdict = verdict(o.ratio.median >= r.target.times)
	if o.verdict != met && o.byCPU.median >= r.target.times {
		o.verdict = "met by CPU"
	}
	return o
}

const met = "met"

func verdict(reached bool) string {
	if reached {
		return met
	}
	return "MISSED"
}

func each(results []result, of func(result) float64) []float64 {
	var values []float64
	for _, r := range results {
		values = append(values, of(r))
	}
	return values
}

// ratios returns, round by round, how many times as good own is as peer.
func ratios(m metric, own, peer []result) []float64 {
	var list []float64
	for i := range min(len(own), len(peer)) {
		a, b := m.of(own[i]), m.of(peer[i])
		if m.lower {
			a, b = b, a
		}
		if b != 0 {
			list = append(list, a/b)
		}
	}
	return list
}

// printTable prints the rows with their ratios, and the CPU time below.
func printTable(w io.Writer, participants []string, outcomes []outcome) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "row\tunit\t")
	for _, name := range participants {
		fmt.Fprintf(t, "%s\t", name)
	}
	fmt.Fprint(t, "to\tratio\tleast-most\tby CPU\ttarget\t\t\n")
	for _, o := range outcomes {
		fmt.Fprintf(t, "%s\t%s\t", o.row.name, o.row.metric.unit)
		for _, name := range participants {
			fmt.Fprintf(t, "%s\t", show(o.values[name]))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", o.row.target.peer, showTimes(o.ratio.median), o.showSpread(), showTimes(o.byCPU.median),
			o.row.target, o.verdict)
	}
	t.Flush()
	fmt.Fprintln(w, "\nCPU time per unit, us:")
	for _, o := range outcomes {
		if len(o.cpu) == 0 {
			continue
		}
		fmt.Fprintf(t, "%s\t", o.row.name)
		for _, name := range participants {
			fmt.Fprintf(t, "%s\t", show(o.cpu[name]))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

func (o *outcome) showSpread() string {
	if o.ratio.median == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f-%.2f", o.ratio.least, o.ratio.most)
}

func showTimes(f float64) string {
	if f == 0 {
		return ""
	}
	return fmt.Sprintf("%.2fx", f)
}

// show prints a figure with three digits that matter.
func show(f float64) string {
	switch {
	case f == 0:
		return "-"
	case f >= 1e6:
		return fmt.Sprintf("%.2fM", f/1e6)
	case f >= 1e4:
		return fmt.Sprintf("%.0fk", f/1e3)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.3f", f)
}
