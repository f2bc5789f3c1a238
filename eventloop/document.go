package eventloop

import "sync/atomic"

// State says whether the event loop runs a document's tasks.
type State int32

const (
	FullyActive State = iota
	Inactive          // not fully active, e.g. kept for going back to: its tasks wait
	Destroyed         // for good: its tasks are dropped
)

// Document tells an event loop whether a document's tasks are runnable.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#concept-task-document
type Document struct {
	loop   *Loop
	state  atomic.Int32              // a State; written under loop.mu
	parked []entry                   // queues with tasks that wait; guarded by loop.mu
	queues map[TaskSource]*taskQueue // its function tasks; guarded by loop.mu
}

// NewDocument returns a fully active document.
func (l *Loop) NewDocument() *Document { return &Document{loop: l} }

// Loop returns the document's loop.
func (d *Document) Loop() *Loop { return d.loop }

// State returns the document's state.
func (d *Document) State() State { return State(d.state.Load()) }

// SetFullyActive makes the document fully active or not. Its tasks wait while it is not and run
// afterwards, in their order. A destroyed document stays destroyed.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#fully-active
func (d *Document) SetFullyActive(active bool) {
	l := d.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	switch d.State() {
	case Destroyed:
		return
	case FullyActive:
		if !active {
			d.state.Store(int32(Inactive))
			l.limit.Store(0) // the running queue may be the document's
		}
	case Inactive:
		if !active {
			return
		}
		d.state.Store(int32(FullyActive))
		parked := d.parked
		d.parked = nil
		for _, e := range parked {
			e.queue.at, e.queue.parked = 0, false
			l.readyLocked(e)
		}
	}
}

// Destroy destroys the document: its tasks are removed from all queues, its timers stopped.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#destroy-a-document
func (d *Document) Destroy() {
	l := d.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	d.state.Store(int32(Destroyed))
	l.limit.Store(0)
	for _, e := range d.parked {
		e.queue.at, e.queue.parked = 0, false
	}
	for _, q := range d.queues {
		q.tasks.clear()
	}
	d.parked, d.queues = nil, nil
	ready := l.ready
	l.ready = nil
	for _, e := range ready {
		e.queue.at = 0
		if e.document != d {
			l.ready.push(e)
		}
	}
	timers := l.timers
	l.timers = nil
	for _, t := range timers {
		t.at = 0
		if t.document != d {
			l.timers.push(t)
		}
	}
}

// park keeps the queue until the document is fully active again. loop.mu is held.
func (d *Document) park(e entry) {
	d.parked = append(d.parked, e)
	e.queue.at, e.queue.parked = int32(len(d.parked)), true
}

// unpark takes the queue out of the parked ones; their order does not matter. loop.mu is held.
func (d *Document) unpark(q *Queue) {
	i, last := int(q.at)-1, len(d.parked)-1
	d.parked[i] = d.parked[last]
	d.parked[i].queue.at = int32(i + 1)
	d.parked[last] = entry{}
	d.parked = d.parked[:last]
	q.at, q.parked = 0, false
}
