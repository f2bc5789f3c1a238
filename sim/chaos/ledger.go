package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// phase is the present activity of all clients.
type phase int32

const (
	running phase = iota // posts, and hands over
	resting              // takes what comes
	ending               // closes, and ends
)

func (p phase) String() string { return [...]string{"running", "resting", "ending"}[p] }

// ledger knows what happened. It may be used concurrently.
type ledger struct {
	phase    atomic.Int32
	messages atomic.Int64 // dispatched on channels
	handed   atomic.Int64 // ends that arrived
	resumes  atomic.Int64
	cuts     atomic.Int64
	kills    atomic.Int64
	latency  histogram // of ends, from posting to arrival
	failed   chan struct{}

	mu       sync.Mutex // guards the fields below
	channels int
	ends     map[end]rest
	failures []string
	unsaid   int // failures that are too many
}

// end names one.
type end struct{ channel, side int }

// rest is where an end came to rest.
type rest struct {
	holder       string
	next, expect int
	trace        []string
}

func newLedger(channels int) *ledger {
	return &ledger{failed: make(chan struct{}), channels: channels, ends: map[end]rest{}}
}

func (l *ledger) now() phase { return phase(l.phase.Load()) }

// enough is the maximal number of reported failures.
const enough = 10

// fail notes that something is wrong. After that everything ends.
func (l *ledger) fail(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) == 0 {
		close(l.failed)
	}
	if len(l.failures) == enough {
		l.unsaid++
		return
	}
	l.failures = append(l.failures, fmt.Sprintf(format, args...))
}

// err is what went wrong.
func (l *ledger) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) == 0 {
		return nil
	}
	text := strings.Join(l.failures, "\n  ")
	if l.unsaid > 0 {
		text += fmt.Sprintf("\n  and %d more", l.unsaid)
	}
	return fmt.Errorf("something was wrong:\n  %s", text)
}

// settle notes where an end came to rest, and how far it is by now.
func (l *ledger) settle(e end, r rest) {
	l.mu.Lock()
	before, known := l.ends[e]
	l.ends[e] = r
	l.mu.Unlock()
	if known && before.holder != r.holder {
		l.fail("end %d of channel %d is at %s and at %s", e.side, e.channel, before.holder, r.holder)
	}
}

// open tells of the channels whose ends are not both at rest, or disagree.
func (l *ledger) open() (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for channel := range l.channels {
		a, haveA := l.ends[end{channel, 0}]
		b, haveB := l.ends[end{channel, 1}]
		if haveA && haveB && a.next == b.expect && b.next == a.expect {
			continue
		}
		list = append(list, fmt.Sprintf("channel %d: end 0 %s, end 1 %s", channel, a.tell(haveA), b.tell(haveB)))
	}
	return list
}

func (r rest) tell(known bool) string {
	if !known {
		return "is nowhere"
	}
	return fmt.Sprintf("is at %s, posted %d and got %d, and was at %s", r.holder, r.next-1, r.expect-1, strings.Join(r.trace, ", "))
}

// numbers are those of all ends, to see whether something still moves.
func (l *ledger) numbers() map[end]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[end]int{}
	for e, r := range maps.All(l.ends) {
		all[e] = r.next + r.expect
	}
	return all
}

// histogram counts times.
type histogram struct {
	mu     sync.Mutex // guards counts
	counts map[int]int
}

// add notes a time in milliseconds.
func (h *histogram) add(ms float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.counts == nil {
		h.counts = map[int]int{}
	}
	h.counts[slot(ms)]++
}

// Below 10 ms a slot is a tenth of one, above it a hundredth of the time or less.
func slot(ms float64) int {
	tenths, base := max(0, int(ms*10)), 0
	for tenths >= 1000 {
		tenths, base = tenths/10, base+1000
	}
	return base + tenths
}

func unslot(n int) float64 {
	ms := float64(n%1000) / 10
	for range n / 1000 {
		ms *= 10
	}
	return ms
}

// quantile is the time that a share of all are not above.
func (h *histogram) quantile(q float64) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := 0
	for _, n := range h.counts {
		all += n
	}
	left := int(q * float64(all))
	slots := slices.Sorted(maps.Keys(h.counts))
	for _, s := range slots {
		if left -= h.counts[s]; left < 0 {
			return unslot(s)
		}
	}
	if len(slots) == 0 {
		return 0
	}
	return unslot(slots[len(slots)-1])
}
