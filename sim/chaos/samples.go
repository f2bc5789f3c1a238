package main

import (
	"runtime"
	"runtime/metrics"
	"slices"
	"time"
)

// samples say how much the clients need, from time to time.
type samples []sample

type sample struct {
	at         time.Duration
	goroutines int64
	heap       int64 // of Go, what the last collection left
	node       int64 // of Node, after a collection
}

const sampleEvery = 250 * time.Millisecond

const liveHeap = "/gc/heap/live:bytes"

func (s *samples) take(at time.Duration, node int64) {
	live := []metrics.Sample{{Name: liveHeap}}
	metrics.Read(live)
	*s = append(*s, sample{at, int64(runtime.NumGoroutine()), int64(live[0].Value.Uint64()), node})
}

// compared are the compared figures, with the growth allowed for each: a quarter, and an
// allowance for chance.
var compared = []struct {
	what   string
	of     func(sample) int64
	chance int64
	unit   int64
}{
	{"goroutines", func(s sample) int64 { return s.goroutines }, 200, 1},
	{"KiB of Go", func(s sample) int64 { return s.heap }, 16 << 20, 1 << 10},
	{"KiB of Node", func(s sample) int64 { return s.node }, 16 << 20, 1 << 10},
}

// between are the medians of the sixth of the time after the first third, and of the last sixth.
func (s samples) between(of func(sample) int64) (then, last int64) {
	if len(s) == 0 {
		return 0, 0
	}
	all := s[len(s)-1].at
	median := func(from, to time.Duration) int64 {
		var values []int64
		for _, x := range s {
			if x.at >= from && x.at <= to {
				values = append(values, of(x))
			}
		}
		if len(values) == 0 {
			return 0
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return median(all/3, all/2), median(all*5/6, all)
}

// compare fails if something grew.
func (s samples) compare(book *ledger) {
	for _, c := range compared {
		if then, last := s.between(c.of); last > then+then/4+c.chance {
			book.fail("%s grew from %d to %d", c.what, then/c.unit, last/c.unit)
		}
	}
}

func (s samples) tell(row func(what, format string, args ...any)) {
	for _, c := range compared {
		then, last := s.between(c.of)
		row(c.what, "%d after a third of the time, %d in the end", then/c.unit, last/c.unit)
	}
}
