package eventloop

import (
	"errors"
	"time"
)

// ErrNoClock is the error of RunAfter on a loop that was made without a clock.
var ErrNoClock = errors.New("eventloop: the loop has no clock")

// Timer is a task that the loop will queue later.
type Timer struct {
	loop     *Loop
	document *Document
	steps    func()
	when     time.Time
	number   uint64
	at       int // its place in the loop's heap, counted from 1; 0 is none; guarded by loop.mu
}

// RunAfter queues a task on the timer task source when d has passed; a negative d counts as 0.
// Timers that are due run in the order of their times; timers of one time run in the order in which
// they were made.
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#run-steps-after-a-timeout
func (l *Loop) RunAfter(document *Document, d time.Duration, steps func()) (*Timer, error) {
	if l.clock.Now == nil || l.clock.AfterFunc == nil {
		return nil, ErrNoClock
	}
	t := &Timer{loop: l, document: document, steps: steps, when: l.clock.Now().Add(max(d, 0)), number: l.Number()}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending || document != nil && document.State() == Destroyed {
		return t, nil
	}
	l.timers.push(t)
	if t.at == 1 {
		l.rouse() // it waits for a later one
	}
	return t, nil
}

// Stop cancels the timer and reports whether it did so in time, before its task was queued. A
// queued task still runs.
func (t *Timer) Stop() bool {
	t.loop.mu.Lock()
	defer t.loop.mu.Unlock()
	if t.at == 0 {
		return false
	}
	t.loop.timers.remove(t.at - 1)
	return true
}

// fireTimers queues the tasks of the timers that are due. l.mu is held.
func (l *Loop) fireTimers() {
	if len(l.timers) == 0 {
		return
	}
	now := l.clock.Now()
	for len(l.timers) > 0 && !l.timers[0].when.After(now) {
		t := l.timers.remove(0)
		l.queueTask(Timers, t.document, t.steps)
	}
}

// timerHeap is a binary heap, the earliest first.
type timerHeap []*Timer

func (h timerHeap) less(i, j int) bool {
	if c := h[i].when.Compare(h[j].when); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i+1, j+1
}

func (h *timerHeap) push(t *Timer) {
	*h = append(*h, t)
	t.at = len(*h)
	h.up(len(*h) - 1)
}

func (h *timerHeap) remove(i int) *Timer {
	t, last := (*h)[i], len(*h)-1
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	if i < last {
		h.down(i)
		h.up(i)
	}
	t.at = 0
	return t
}

func (h timerHeap) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h timerHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.swap(i, child)
		i = child
	}
}
