package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"
)

// result is one measurement. Figures that the workload does not measure are 0.
type result struct {
	Rate float64 `json:"rate,omitempty"` // units per second
	CPU  float64 `json:"cpu,omitempty"`  // microseconds of CPU time, user and system, of all threads, per unit
	P50  float64 `json:"p50,omitempty"`  // microseconds, of single units
	P99  float64 `json:"p99,omitempty"`
	Heap float64 `json:"heap,omitempty"` // bytes per unit, live after a collection
	RSS  float64 `json:"rss,omitempty"`  // bytes per unit, resident

	// Over the network, the parts of CPU.
	Server   float64 `json:"server,omitempty"`
	Sender   float64 `json:"sender,omitempty"`
	Receiver float64 `json:"receiver,omitempty"`

	Parts parts `json:"parts,omitempty"` // instead of all these
}

// workload measures for about the given time, after a warm-up of half of it.
type workload func(time.Duration) result

// measure is the child process: it runs one workload and prints its result as a line of JSON.
func measure(w io.Writer, participant, name string, d time.Duration, profile string) error {
	run := workloads[participant][name]
	if run == nil {
		return fmt.Errorf("there is no workload %s of %s", name, participant)
	}
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		os.Setenv(profileVariable, strings.TrimSuffix(profile, ".pprof"))
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return json.NewEncoder(w).Encode(run(d))
}

// timed runs batches of per units.
func timed(d time.Duration, per int, batch func()) result {
	warmUp(d, batch)
	used := cpuTime()
	r, units := repeat(d, per, batch)
	r.CPU = micros(cpuTime()-used) / float64(units)
	return r
}

func warmUp(d time.Duration, batch func()) {
	for start := time.Now(); time.Since(start) < d/2; {
		batch()
	}
}

// repeat runs batches of per units, and returns their rate and how many units there were.
func repeat(d time.Duration, per int, batch func()) (r result, units int) {
	elapsed := time.Duration(0)
	for start := time.Now(); elapsed < d; elapsed = time.Since(start) {
		batch()
		units += per
	}
	return result{Rate: float64(units) / elapsed.Seconds()}, units
}

// latencies are the times of single units, in microseconds.
type latencies []float64

func (l *latencies) add(d time.Duration) { *l = append(*l, micros(d)) }

// into adds the percentiles to a result. The first quarter was for warming up.
func (l latencies) into(r result) result {
	sorted := slices.Clone(l[len(l)/4:])
	sort.Float64s(sorted)
	r.P50, r.P99 = sorted[len(sorted)/2], sorted[len(sorted)*99/100]
	return r
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// cpuTime returns the CPU time that the process has used so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// residentBytes returns how much memory the process holds.
func residentBytes() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	must(err)
	var size, resident int
	_, err = fmt.Sscan(string(text), &size, &resident)
	must(err)
	return float64(resident * os.Getpagesize())
}

// must ends the child process on an error: there is nothing to measure then.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
