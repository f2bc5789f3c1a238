package eventloop

import (
	"testing"
	"time"
)

// SPEC 108: a loop that is finished runs the task that it is in to its end, with its microtasks,
// then the last one, and nothing else.
func TestFinish(t *testing.T) {
	clock := &manualClock{}
	l := New(clock.clock())
	var j journal
	q := newTestQueue(l, nil)
	q.post(func() {
		l.Finish(j.note("last"))
		l.Finish(j.note("a second last one"))
		l.QueueTask(PostedMessage, nil, j.note("later"))
		mustRunAfter(t, l, nil, 0, j.note("a later timer"))
		l.QueueMicrotask(j.note("microtask"))
		j.note("end of task")()
	})
	q.post(j.note("of the same queue"))
	l.QueueTask(DOMManipulation, nil, j.note("queued before"))
	mustRunAfter(t, l, nil, time.Millisecond, j.note("timer"))
	l.runSome(10)
	clock.now += 100
	q.post(j.note("posted afterwards"))
	runAll(l)
	j.check(t, "end of task microtask last")
}
