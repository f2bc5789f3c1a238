package eventloop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal notes what happened, in order.
type journal []string

func (j *journal) note(what string) func() { return func() { *j = append(*j, what) } }

func (j *journal) check(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(*j, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	*j = nil
}

func runAll(l *Loop) {
	for l.Step() {
	}
}

// SPEC 96, 97, 100: one loop, whose sources are never reordered; this one keeps the order
// over all sources.
func TestTasksRunInOrderOfPosting(t *testing.T) {
	l := New(Clock{})
	d := l.NewDocument()
	var j journal
	l.QueueTask(DOMManipulation, nil, j.note("1"))
	l.QueueTask(PostedMessage, d, j.note("2"))
	l.QueueTask(DOMManipulation, d, j.note("3"))
	l.QueueTask(Networking, nil, j.note("4"))
	l.QueueTask(DOMManipulation, nil, j.note("5"))
	l.QueueTask(PostedMessage, d, func() {
		j.note("6")()
		l.QueueTask(PostedMessage, d, j.note("7"))
	})
	runAll(l)
	j.check(t, "1 2 3 4 5 6 7")
	if l.Step() {
		t.Error("a step without a task")
	}
}

// SPEC 98, 102: the tasks of a document that is not fully active wait, in order, and run
// afterwards; the others go on.
func TestTasksOfInactiveDocumentWait(t *testing.T) {
	l := New(Clock{})
	a, b := l.NewDocument(), l.NewDocument()
	var j journal
	for i := range 3 {
		l.QueueTask(PostedMessage, a, j.note(fmt.Sprint("a", i)))
		l.QueueTask(PostedMessage, b, j.note(fmt.Sprint("b", i)))
		l.QueueTask(DOMManipulation, a, j.note(fmt.Sprint("A", i)))
	}
	l.Step()
	a.SetFullyActive(false)
	runAll(l)
	j.check(t, "a0 b0 b1 b2")
	l.QueueTask(PostedMessage, a, j.note("a3"))
	l.QueueTask(PostedMessage, b, j.note("b3"))
	a.SetFullyActive(true)
	a.SetFullyActive(true)
	runAll(l)
	j.check(t, "A0 a1 A1 a2 A2 a3 b3")
	if a.State() != FullyActive || a.Loop() != l {
		t.Error("state", a.State())
	}
}

// SPEC 98: a task may make the document of the very next one inactive.
func TestDocumentBecomesInactiveInItsTask(t *testing.T) {
	l := New(Clock{})
	d := l.NewDocument()
	q := newTestQueue(l, d)
	var j journal
	q.post(func() { j.note("1")(); d.SetFullyActive(false) })
	q.post(j.note("2"))
	l.QueueTask(DOMManipulation, nil, j.note("3"))
	l.runSome(10)
	runAll(l)
	j.check(t, "1 3")
	d.SetFullyActive(true)
	runAll(l)
	j.check(t, "2")
}

// SPEC 101: the tasks of a destroyed document are removed from all queues, and so are its timers.
func TestDestroyRemovesTasks(t *testing.T) {
	for _, parked := range []bool{false, true} {
		clock := &manualClock{}
		l := New(clock.clock())
		a, b := l.NewDocument(), l.NewDocument()
		var j journal
		for i := range 10 {
			l.QueueTask(TaskSource(fmt.Sprint(i)), a, j.note(fmt.Sprint("a", i)))
			l.QueueTask(TaskSource(fmt.Sprint(i)), b, j.note(fmt.Sprint("b", i)))
			l.QueueTask(PostedMessage, a, j.note(fmt.Sprint("A", i)))
			mustRunAfter(t, l, a, time.Duration(10-i), j.note("a timer"))
			mustRunAfter(t, l, b, time.Duration(10-i), j.note(fmt.Sprint("t", i)))
		}
		if parked {
			a.SetFullyActive(false)
			for range 5 {
				l.Step()
			}
			j.check(t, "b0 b1 b2 b3 b4")
		}
		a.Destroy()
		a.SetFullyActive(true)
		l.QueueTask(PostedMessage, a, j.note("too late"))
		mustRunAfter(t, l, a, 0, j.note("too late"))
		clock.now += 100
		runAll(l)
		rest := "b5 b6 b7 b8 b9 t9 t8 t7 t6 t5 t4 t3 t2 t1 t0"
		if !parked {
			rest = "b0 b1 b2 b3 b4 " + rest
		}
		j.check(t, rest)
	}
}

// SPEC 99: a microtask checkpoint after each task, and whenever somebody asks for it
// outside a microtask.
func TestMicrotasks(t *testing.T) {
	l := New(Clock{})
	var j journal
	l.QueueMicrotask(j.note("before"))
	l.QueueTask(DOMManipulation, nil, func() {
		j.note("task")()
		l.QueueMicrotask(func() {
			j.note("m1")()
			l.QueueMicrotask(j.note("m3"))
			l.PerformMicrotaskCheckpoint() // no effect inside one
			j.note("end of m1")()
		})
		l.QueueMicrotask(j.note("m2"))
		j.note("end of task")()
	})
	l.QueueTask(DOMManipulation, nil, func() {
		l.QueueMicrotask(j.note("m4"))
		l.PerformMicrotaskCheckpoint() // between two listeners
		j.note("second listener")()
	})
	l.Step()
	j.check(t, "before task end of task m1 end of m1 m2 m3")
	l.Step()
	j.check(t, "m4 second listener")
}

func TestPanicsLeaveTheLoopUsable(t *testing.T) {
	l := New(Clock{})
	q := newTestQueue(l, nil)
	var j journal
	q.post(func() { panic("task") })
	q.post(func() {
		l.QueueMicrotask(func() { panic("microtask") })
		l.QueueMicrotask(j.note("microtask after the panic"))
	})
	q.post(j.note("after"))
	for range 2 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			l.runSomeEntered()
		}()
	}
	runAll(l)
	j.check(t, "microtask after the panic after")
}

// runSomeEntered is Run's inside.
func (l *Loop) runSomeEntered() {
	l.enter()
	defer l.leave()
	l.runSome(batch)
}

func TestOneRunAtATime(t *testing.T) {
	l := New(Clock{})
	ctx, cancel := context.WithCancel(t.Context())
	l.QueueTask(DOMManipulation, nil, func() {
		if l.Step() {
			t.Error("a step inside a task")
		}
		if err := l.Run(ctx); err != ErrRunning {
			t.Error("Run inside a task:", err)
		}
		cancel()
	})
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRunSleepsUntilSomethingIsPosted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Clock{})
		d := l.NewDocument()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		for i := range 100 {
			synctest.Wait()
			if l.mu.Lock(); !l.idle {
				t.Fatal("the loop does not sleep")
			}
			l.mu.Unlock()
			ran := make(chan struct{})
			if i%2 == 1 {
				d.SetFullyActive(false)
			}
			l.QueueTask(DOMManipulation, d, func() { close(ran) })
			d.SetFullyActive(true)
			<-ran
		}
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Error(err)
		}
	})
}

// Every poster's tasks run in its order, and none is lost, whatever the others do.
func TestConcurrentPosters(t *testing.T) {
	const posters, tasks = 8, 2000
	l := New(Clock{})
	docs := []*Document{nil, l.NewDocument(), l.NewDocument()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last [posters]int
	left := posters * tasks
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			q := newTestQueue(l, docs[p%3])
			for i := 1; i <= tasks; i++ {
				steps := func() {
					if last[p] != i-1 {
						t.Errorf("poster %d: %d after %d", p, i, last[p])
					}
					last[p] = i
					if left--; left == 0 {
						cancel()
					}
				}
				if i%2 == 0 {
					q.post(steps)
				} else {
					l.QueueTask(PostedMessage, docs[p%3], steps)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 1000 {
			docs[1].SetFullyActive(i%2 == 1)
		}
	})
	if err := l.Run(ctx); err != context.Canceled {
		t.Error(err)
	}
	wg.Wait()
	if left != 0 {
		t.Error(left, "tasks are missing")
	}
}

func TestUnready(t *testing.T) {
	for _, parked := range []bool{false, true} {
		l := New(Clock{})
		d := l.NewDocument()
		var j journal
		var queues []*testQueue
		for i := range 6 {
			q := newTestQueue(l, d)
			q.post(j.note(fmt.Sprint(i)))
			queues = append(queues, q)
		}
		if parked {
			d.SetFullyActive(false)
			l.Step()
		}
		for _, i := range []int{0, 3, 5, 5} {
			l.Unready(&queues[i].queue, d)
		}
		d.SetFullyActive(true)
		runAll(l)
		j.check(t, "1 2 4")
	}
}

// testQueue is a task queue outside the loop, as a port's is.
type testQueue struct {
	loop     *Loop
	document *Document
	queue    Queue

	mu       sync.Mutex
	tasks    []task
	enabled  bool
	draining bool
}

func newTestQueue(l *Loop, d *Document) *testQueue {
	return &testQueue{loop: l, document: d, enabled: true}
}

func (q *testQueue) post(steps func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = append(q.tasks, task{q.loop.Number(), steps})
	if len(q.tasks) == 1 {
		q.ready()
	}
}

func (q *testQueue) enable() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.enabled = true
	q.ready()
}

func (q *testQueue) ready() {
	if len(q.tasks) > 0 && q.enabled && !q.draining {
		q.loop.Ready(&q.queue, q.document, q.tasks[0].number, q)
	}
}

func (q *testQueue) RunTasks(l *Loop) {
	q.mu.Lock()
	q.draining = true
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.draining = false
		q.ready()
		q.mu.Unlock()
	}()
	for {
		q.mu.Lock()
		t := q.tasks[0]
		q.tasks = slices.Delete(q.tasks, 0, 1)
		q.mu.Unlock()
		t.steps()
		l.TaskDone()
		q.mu.Lock()
		more := len(q.tasks) > 0 && l.May(q.tasks[0].number)
		q.mu.Unlock()
		if !more {
			return
		}
	}
}
