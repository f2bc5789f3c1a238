package entangle

import (
	"sync"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

// deliveries are broadcast messages on the DOM manipulation task source: those of an agent, and
// those of a window that wait until its document is fully active.
type deliveries struct {
	loop     *eventloop.Loop
	document *eventloop.Document // nil for an agent's

	mu          sync.Mutex // guards the fields below; taken before the loop's
	first, last *delivery
	task        eventloop.Queue
	draining    bool // the loop is at it, and looks itself whether there are more
}

// delivery is a message on its way to neighbours in a group: as many tasks as there are.
type delivery struct {
	to     []*broadcastEnd // never changed
	done   int             // how many of them had their turn
	number uint64          // of the task of to[done]
	record *clone.Record
	origin Origin
	from   *Global
	next   *delivery
}

func (q *deliveries) push(d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.first != nil {
		q.last.next = d
		q.last = d
		return
	}
	q.first, q.last = d, d
	if !q.draining {
		q.loop.Ready(&q.task, q.document, d.number, q)
	}
}

// drop forgets what waits in a window that is destroyed.
func (q *deliveries) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.first, q.last = nil, nil
}

// pop takes the first task, of channel e. q.mu is held.
func (q *deliveries) pop() (e *broadcastEnd, d *delivery, number uint64) {
	d = q.first
	e, number = d.to[d.done], d.number
	d.done++ // OPTIMIZATION: a counter; to cut the slice would be a write that the garbage collector watches
	d.number++
	if d.done == len(d.to) {
		q.first = d.next
	}
	return e, d, number
}

// RunTasks implements [eventloop.Tasks].
func (q *deliveries) RunTasks(l *eventloop.Loop) {
	q.mu.Lock()
	q.draining = true
	locked := true
	defer func() { // also if a listener panics
		if !locked {
			q.mu.Lock()
		}
		q.draining = false
		if q.first != nil {
			q.loop.Ready(&q.task, q.document, q.first.number, q)
		}
		q.mu.Unlock()
	}()
	for q.first != nil {
		e, d, number := q.pop()
		q.mu.Unlock()
		locked = false
		if e.global.suspended() && q != &e.global.waiting {
			e.global.waiting.push(&delivery{to: []*broadcastEnd{e}, number: number, record: d.record, origin: d.origin, from: d.from})
		} else {
			e.dispatch(d)
		}
		l.TaskDone()
		q.mu.Lock()
		locked = true
		if q.first != nil && !l.May(q.first.number) {
			return
		}
	}
}

// dispatch fires a message at a pushed channel, unless it was closed meanwhile. Each
// gets its own copy.
func (e *broadcastEnd) dispatch(d *delivery) {
	on := e.on.Load()
	if on == nil { // closed, or nobody listens
		return
	}
	on.dispatch(&MessageEvent{Type: messageType, Origin: d.origin, record: d.record.Share(), from: d.from}, e.global)
}
