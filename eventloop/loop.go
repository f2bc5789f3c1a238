package eventloop

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// ErrRunning is the error of Run when the loop is being run already.
var ErrRunning = errors.New("eventloop: the loop is running already")

// Clock tells a loop the time. For real time:
//
//	eventloop.Clock{
//		Now: time.Now,
//		AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
//	}
type Clock struct {
	Now       func() time.Time
	AfterFunc func(d time.Duration, f func()) (stop func() bool) // calls f once, on any goroutine, after d; unless stopped
}

// Loop is an event loop. Its zero value is not usable; see [New].
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-loop
type Loop struct {
	clock Clock
	wake  chan struct{} // one token: the loop that waits has something to do

	number atomic.Uint64 // the last number given to a task
	limit  atomic.Uint64 // tasks of the running queue may run without asking while their number is below; written under mu

	// Owned by the goroutine that runs the loop.
	microtasks    []func()
	engine        *Microtasks // nil: microtasks are what QueueMicrotask gets
	checkpointing bool
	budget        int // how many more tasks the running queue may run before the loop looks around

	mu      sync.Mutex // guards the fields below, and all Queues, Documents and Timers of the loop
	ready   readyHeap  // the queues that have a runnable task
	timers  timerHeap
	running bool
	idle    bool // Run waits for a token
	ending  bool // Finish was called
	quiet   bool // it is idle and has no timer
	onQuiet func(quiet bool)
	queues  map[TaskSource]*taskQueue // the function tasks that belong to no document
}

// batch is how many tasks of one queue run before the loop looks at its context and its timers.
const batch = 64

// New returns a loop. With a zero clock it has no timers.
func New(clock Clock) *Loop {
	return &Loop{clock: clock, wake: make(chan struct{}, 1)}
}

// Run runs tasks on the caller's goroutine until ctx is done, and returns its error. It waits while
// there is no runnable task. It can be called again afterwards: nothing is lost.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-loop-processing-model
func (l *Loop) Run(ctx context.Context) error {
	if !l.enter() {
		return ErrRunning
	}
	defer l.leave()
	// OPTIMIZATION: ctx is watched once, not by a select at every sleep.
	defer context.AfterFunc(ctx, l.ring)()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !l.runSome(batch) {
			l.sleep(ctx)
		}
	}
}

// Step runs one task and the microtasks after it, and reports whether there was a runnable one.
// Inside a task, or while another goroutine runs the loop, it does nothing.
func (l *Loop) Step() bool {
	if !l.enter() {
		return false
	}
	defer l.leave()
	return l.runSome(1)
}

func (l *Loop) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running {
		return false
	}
	l.running = true
	return true
}

func (l *Loop) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = false
}

// runSome runs tasks of the queue that comes next, at most n, and reports whether there was one.
func (l *Loop) runSome(n int) bool {
	l.PerformMicrotaskCheckpoint() // what was queued outside a task
	l.mu.Lock()
	l.fireTimers()
	next, ok := l.choose()
	l.mu.Unlock()
	if ok {
		l.budget = n
		next.tasks.RunTasks(l)
	}
	return ok
}

// choose takes the queue with the smallest number whose document is fully active, and sets the
// limit for it. l.mu is held.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#concept-task-runnable
func (l *Loop) choose() (entry, bool) {
	for len(l.ready) > 0 {
		e := l.ready.remove(0)
		if d := e.document; d != nil && d.State() == Inactive {
			d.park(e)
			continue
		}
		l.limit.Store(math.MaxUint64)
		if len(l.ready) > 0 {
			l.limit.Store(l.ready[0].number)
		}
		return e, true
	}
	return entry{}, false
}

// TaskDone ends a task: it performs a microtask checkpoint. For implementations of [Tasks],
// after each task.
func (l *Loop) TaskDone() {
	l.budget--
	l.PerformMicrotaskCheckpoint()
}

// May reports whether the running queue may run its next task, of the given number, at once. For
// implementations of [Tasks].
func (l *Loop) May(number uint64) bool { return l.budget > 0 && number < l.limit.Load() }

// Number returns the number of a task that is posted now. Numbers grow.
func (l *Loop) Number() uint64 { return l.number.Add(1) }

// Numbers returns the first of n consecutive numbers.
func (l *Loop) Numbers(n int) uint64 { return l.number.Add(uint64(n)) - uint64(n) + 1 }

// Microtasks is a microtask queue that is kept elsewhere: the job queue of a script engine.
type Microtasks struct {
	Queue   func(steps func())
	Perform func() // runs all of them, also those queued meanwhile
}

// SetMicrotasks makes the loop use another microtask queue. Before the loop runs.
func (l *Loop) SetMicrotasks(m Microtasks) { l.engine = &m }

// OnQuiet makes the loop tell when it becomes quiet, which is that it waits and has no timer: by
// itself it will never do anything again; and when that ends. The loop counts as not quiet at
// first. The observer is called with a lock held and must only take note. Before the loop runs.
//
// Whoever makes a loop run is told to have done so before QueueTask, Ready or RunAfter return: so
// when all loops of a program are quiet and nothing else is under way, nothing can happen any more.
func (l *Loop) OnQuiet(observer func(quiet bool)) { l.onQuiet = observer }

// QueueMicrotask queues a microtask. Only from a task or microtask of the loop, or while
// it does not run.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#queue-a-microtask
func (l *Loop) QueueMicrotask(steps func()) {
	if l.engine != nil {
		l.engine.Queue(steps)
		return
	}
	l.microtasks = append(l.microtasks, steps)
}

// PerformMicrotaskCheckpoint runs the microtasks, also those queued meanwhile. Inside a microtask
// it does nothing. The loop does it after each task; whoever calls several listeners in one task
// does it after each, when no script is running.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#perform-a-microtask-checkpoint
func (l *Loop) PerformMicrotaskCheckpoint() {
	if l.checkpointing || l.engine == nil && len(l.microtasks) == 0 {
		return
	}
	l.checkpointing = true
	if l.engine != nil {
		defer func() { l.checkpointing = false }()
		l.engine.Perform()
		return
	}
	done := 0
	defer func() { // also if a microtask panics: the rest is kept
		clear(l.microtasks[:done])
		l.microtasks = l.microtasks[:copy(l.microtasks, l.microtasks[done:])]
		l.checkpointing = false
	}()
	for done < len(l.microtasks) {
		steps := l.microtasks[done]
		done++
		steps()
	}
}

// sleep waits until there may be something to run, a timer may be due, or ctx is done.
func (l *Loop) sleep(ctx context.Context) {
	l.mu.Lock()
	if len(l.ready) > 0 || ctx.Err() != nil { // with the lock: whatever happens later finds the loop idle
		l.mu.Unlock()
		return
	}
	stop := func() bool { return true }
	if len(l.timers) > 0 {
		d := l.timers[0].when.Sub(l.clock.Now())
		if d <= 0 {
			l.mu.Unlock()
			return
		}
		stop = l.clock.AfterFunc(d, l.ring)
	}
	l.idle = true
	if l.quiet = len(l.timers) == 0; l.quiet && l.onQuiet != nil {
		l.onQuiet(true)
	}
	l.mu.Unlock()
	<-l.wake
	stop()
}

// ring wakes the loop, because a timer may be due or its context is done.
func (l *Loop) ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rouse()
}

// rouse wakes the loop if it waits. l.mu is held.
func (l *Loop) rouse() {
	if l.idle {
		l.idle = false
		if l.quiet && l.onQuiet != nil {
			l.onQuiet(false)
		}
		l.quiet = false
		l.wake <- struct{}{} // there is room: no token without a sleeper
	}
}

// Finish drops all tasks that belong to no document and all timers, queues a last task, and drops
// whatever comes later: it is how a loop ends whose running task is to run to its end. A second
// call does nothing. Any goroutine may call it.
//
// https://html.spec.whatwg.org/multipage/workers.html#close-a-worker
func (l *Loop) Finish(last func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending {
		return
	}
	for _, e := range l.ready {
		e.queue.at = 0
	}
	for _, t := range l.timers {
		t.at = 0
	}
	for _, q := range l.queues {
		q.tasks.clear()
	}
	l.ready, l.timers, l.queues = nil, nil, nil
	l.limit.Store(0)
	l.queueTask(DOMManipulation, nil, last)
	l.ending = true
}
