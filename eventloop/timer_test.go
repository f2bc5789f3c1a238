package eventloop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// manualClock is a clock that the test moves.
type manualClock struct{ now time.Duration }

func (c *manualClock) clock() Clock {
	return Clock{
		Now:       func() time.Time { return time.Time{}.Add(c.now) },
		AfterFunc: func(time.Duration, func()) func() bool { panic("Step does not wait") },
	}
}

func mustRunAfter(t *testing.T, l *Loop, d *Document, after time.Duration, steps func()) *Timer {
	t.Helper()
	timer, err := l.RunAfter(d, after, steps)
	if err != nil {
		t.Fatal(err)
	}
	return timer
}

func TestTimersRunInTheOrderOfTheirTimes(t *testing.T) {
	clock := &manualClock{}
	l := New(clock.clock())
	d := l.NewDocument()
	var j journal
	mustRunAfter(t, l, d, 3, j.note("3"))
	mustRunAfter(t, l, nil, 1, j.note("1"))
	mustRunAfter(t, l, nil, 3, j.note("3b"))
	stopped := mustRunAfter(t, l, nil, 2, j.note("stopped"))
	mustRunAfter(t, l, nil, -5, j.note("0"))
	mustRunAfter(t, l, nil, 9, j.note("9"))
	runAll(l)
	j.check(t, "0")
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop")
	}
	clock.now = 5
	l.QueueTask(DOMManipulation, nil, j.note("task"))
	d.SetFullyActive(false)
	runAll(l)
	j.check(t, "task 1 3b")
	d.SetFullyActive(true)
	runAll(l)
	j.check(t, "3")
	clock.now = 9
	runAll(l)
	j.check(t, "9")
}

func TestNoClock(t *testing.T) {
	if _, err := New(Clock{}).RunAfter(nil, 1, func() {}); err != ErrNoClock {
		t.Error(err)
	}
}

func TestRunWaitsForTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Clock{
			Now:       time.Now,
			AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
		})
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		var at []time.Duration
		lap := func() { at = append(at, time.Since(start)) }
		mustRunAfter(t, l, nil, time.Hour, func() {
			lap()
			mustRunAfter(t, l, nil, time.Second, func() { lap(); cancel() })
		})
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		synctest.Wait()
		mustRunAfter(t, l, nil, time.Minute, lap) // earlier than what Run waits for
		mustRunAfter(t, l, nil, time.Minute, func() {}).Stop()
		if err := <-ended; err != context.Canceled {
			t.Error(err)
		}
		if len(at) != 3 || at[0] != time.Minute || at[1] != time.Hour || at[2] != time.Hour+time.Second {
			t.Error(at)
		}
	})
}
