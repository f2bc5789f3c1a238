package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

// survey runs many schedules of each configuration. It ends with the first that fails.
func survey(o options, out, progress io.Writer) error {
	t := newTable(out)
	t.head()
	for _, c := range o.configs() {
		began := time.Now()
		counts, seed, violation := many(c, o, progress)
		if violation != nil {
			return report(out, c, seed, violation)
		}
		t.row(c.Name, counts, float64(counts.Schedules)/time.Since(began).Seconds())
	}
	return nil
}

// mutate runs schedules with a rule switched off until one fails, which has to happen.
func mutate(o options, out, progress io.Writer) error {
	var missed error
	for _, m := range mutations(o.mutation) {
		c := m.Config
		o.from = m.From
		if o.config != "" {
			off := c.Off
			c, o.from = o.configs()[0], 0
			c.Off = off
		}
		_, seed, violation := many(c, o, progress)
		if violation == nil {
			fmt.Fprintf(out, "%-14s  not noticed in %d schedules of %s: %s\n", m.Name, o.seeds, c.Name, m.About)
			missed = errFound
			continue
		}
		fmt.Fprintf(out, "%-14s  %s, seed %d: %v\n", m.Name, c.Name, seed, violation)
		if o.mutation != "all" {
			report(out, c, seed, violation) // which is what was asked for
		}
	}
	return missed
}

// every is how often a long run says how far it is.
const every = 5 * time.Second

// many runs schedules at the same time. If some fail it gives the first seed of those that it
// knows.
func many(c sim.Config, o options, progress io.Writer) (counts sim.Counts, seed uint64, violation *sim.Violation) {
	var (
		next    atomic.Uint64
		done    atomic.Uint64
		failed  atomic.Bool
		mutex   sync.Mutex // guards counts, seed, violation
		workers sync.WaitGroup
	)
	work := func() {
		for n := next.Add(1) - 1; n < o.seeds && !failed.Load(); n = next.Add(1) - 1 {
			w := sim.Run(c, o.from+n)
			done.Add(1)
			mutex.Lock()
			counts.Add(w.Counts)
			if w.Violation != nil && (violation == nil || o.from+n < seed) {
				seed, violation = o.from+n, w.Violation
				failed.Store(true)
			}
			mutex.Unlock()
		}
	}
	for range o.workers {
		workers.Go(work)
	}
	finished := make(chan struct{})
	go func() {
		workers.Wait()
		close(finished)
	}()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-finished:
			return counts, seed, violation
		case <-ticker.C:
			fmt.Fprintf(progress, "%s: %d of %d schedules\n", c.Name, done.Load(), o.seeds)
		}
	}
}
