package eventloop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A loop does not fall asleep over what came while it was about to: a task, the end of its context,
// a timer that is due.
func TestSleepLooksAgain(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	clock := &manualClock{} // it cannot wait: to ask it is a panic
	for name, test := range map[string]struct {
		ctx     context.Context
		prepare func(*Loop)
	}{
		"task":             {t.Context(), func(l *Loop) { l.QueueTask(Networking, nil, func() {}) }},
		"end":              {done, func(*Loop) {}},
		"timer":            {t.Context(), func(l *Loop) { mustRunAfter(t, l, nil, 0, func() {}) }},
		"timer of the end": {done, func(l *Loop) { mustRunAfter(t, l, nil, time.Hour, func() {}) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which finds a sleeper whom nobody wakes
				l := New(clock.clock())
				l.OnQuiet(func(bool) { t.Error("it counts as asleep") })
				test.prepare(l)
				l.sleep(test.ctx)
			})
		})
	}
}

// Half a clock is none.
func TestHalfAClock(t *testing.T) {
	whole := (&manualClock{}).clock()
	for _, clock := range []Clock{{Now: whole.Now}, {AfterFunc: whole.AfterFunc}} {
		if _, err := New(clock).RunAfter(nil, 1, func() {}); err != ErrNoClock {
			t.Error(err)
		}
	}
}

// SPEC 101, 108: a timer that is made when its document is destroyed, or its loop finished, is over
// from the beginning, and a loop does not wait for it.
func TestTimersAfterTheEnd(t *testing.T) {
	l := New((&manualClock{}).clock())
	d := l.NewDocument()
	d.Destroy()
	if mustRunAfter(t, l, d, time.Hour, func() {}).Stop() {
		t.Error("a destroyed document has a timer")
	}
	l.Finish(func() {})
	for _, document := range []*Document{nil, l.NewDocument()} {
		if mustRunAfter(t, l, document, time.Hour, func() {}).Stop() {
			t.Error("a finished loop has a timer")
		}
	}
	if len(l.timers) != 0 {
		t.Error("the loop waits for", len(l.timers))
	}
}

// Timers of one time run in the order of their making, however many there are and whichever are
// stopped meanwhile.
func TestTimersOfOneTime(t *testing.T) {
	clock := &manualClock{}
	l := New(clock.clock())
	var j journal
	var timers []*Timer
	var want []string
	const n = 40
	for i := range n {
		timers = append(timers, mustRunAfter(t, l, nil, time.Duration(5-i%2), j.note(fmt.Sprint(i))))
	}
	for _, odd := range []int{1, 0} { // the odd ones are earlier
		for i := odd; i < n; i += 2 {
			if i%3 != 0 {
				want = append(want, fmt.Sprint(i))
			}
		}
	}
	for i := 0; i < n; i += 3 {
		if !timers[i].Stop() {
			t.Error("timer", i, "does not wait")
		}
	}
	clock.now = 5
	runAll(l)
	j.check(t, strings.Join(want, " "))
	if slices.ContainsFunc(timers, (*Timer).Stop) {
		t.Error("a timer still waits")
	}
}
