package eventloop

import (
	"fmt"
	"testing"
)

// A queue runs as many tasks in a row as the loop allows, then the loop looks around: Step is one
// task, Run a batch.
func TestTasksInARow(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		l := New(Clock{})
		q := newTestQueue(l, nil)
		ran := 0
		for range 12 {
			q.post(func() { ran++ })
		}
		for want := n; want < 12; want += n {
			if l.runSome(n); ran != want {
				t.Errorf("%d tasks at a time: %d ran, want %d", n, ran, want)
			}
		}
	}
	l := New(Clock{})
	q := newTestQueue(l, nil)
	var j journal
	for i := range 3 {
		q.post(j.note(fmt.Sprint(i)))
		if i == 2 {
			l.Step()
			j.check(t, "0")
		}
	}
	runAll(l)
	j.check(t, "1 2")
}

// Numbers grow, by one and by several at a time: what is posted later has a larger one.
func TestNumbers(t *testing.T) {
	l := New(Clock{})
	want := l.Number() + 1
	for _, n := range []int{1, 3, 1, 10} {
		if got := l.Numbers(n); got != want {
			t.Errorf("%d numbers begin with %d, want %d", n, got, want)
		}
		want += uint64(n)
		if got := l.Number(); got != want {
			t.Errorf("the next one is %d, want %d", got, want)
		}
		want++
	}
}
