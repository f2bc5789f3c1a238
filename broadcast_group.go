package entangle

import (
	"slices"
	"sync"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

// broadcasts is the registry of a user agent's broadcast channels.
type broadcasts struct {
	mu     sync.Mutex // guards the map and who is in a group; taken before a group's
	groups map[broadcastKey]*broadcastGroup
}

type broadcastKey struct {
	storageKey StorageKey
	name       string
}

// broadcastGroup is the channels that hear each other.
type broadcastGroup struct {
	mu      sync.Mutex      // held while a message is handed to all, so that all get all in one order; taken before an end's and a global's
	members []*broadcastEnd // in order of creation; appended to or replaced, so that a part of it can be kept
}

// join adds a channel to its group, unless its global is closed.
func (r *broadcasts) join(e *broadcastEnd) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.global.closed.Load() {
		return false
	}
	key := broadcastKey{e.global.storageKey, e.name}
	g := r.groups[key]
	if g == nil {
		if r.groups == nil {
			r.groups = map[broadcastKey]*broadcastGroup{}
		}
		g = &broadcastGroup{}
		r.groups[key] = g
	}
	e.group = g
	g.mu.Lock()
	g.members = append(g.members, e)
	g.mu.Unlock()
	return true
}

// leave takes a channel out of its group.
func (r *broadcasts) leave(e *broadcastEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.group.mu.Lock()
	defer e.group.mu.Unlock()
	i := slices.Index(e.group.members, e)
	if i < 0 {
		return
	}
	if len(e.group.members) == 1 {
		e.group.members = nil
		delete(r.groups, broadcastKey{e.global.storageKey, e.name})
		return
	}
	rest := make([]*broadcastEnd, 0, len(e.group.members)-1)
	rest = append(rest, e.group.members[:i]...)
	e.group.members = append(rest, e.group.members[i+1:]...)
}

// closeAllOf closes the channels of a global that is closed.
func (r *broadcasts) closeAllOf(global *Global) {
	var ends []*broadcastEnd
	r.mu.Lock()
	for _, g := range r.groups {
		g.mu.Lock()
		for _, e := range g.members {
			if e.global == global {
				ends = append(ends, e)
			}
		}
		g.mu.Unlock()
	}
	r.mu.Unlock()
	for _, e := range ends {
		e.close()
	}
	global.deliveries.drop()
}

// post hands a message to all channels that are eligible now, but the sender.
func (g *broadcastGroup) post(sender *broadcastEnd, record *clone.Record) {
	origin := sender.global.Origin()
	g.mu.Lock()
	defer g.mu.Unlock()
	for rest := g.members; len(rest) > 0; {
		global, n := rest[0].global, 1
		for n < len(rest) && rest[n].global == global {
			n++
		}
		to := rest[:n]
		rest = rest[n:]
		if !global.eligible() || n == 1 && to[0] == sender {
			continue
		}
		if global.loop != nil {
			global.deliveries.push(global, &delivery{to: to, sender: sender, record: record, origin: origin})
			continue
		}
		for _, e := range to {
			if e != sender {
				e.push(&MessageEvent{Type: messageType, Origin: origin, record: record.Share()})
			}
		}
	}
}

// deliveries is a global's part of the DOM manipulation task source: broadcast messages.
//
// OPTIMIZATION: the tasks of neighbours in a group are one entry, with as many numbers as it has tasks.
type deliveries struct {
	mu          sync.Mutex // guards the fields below; taken before the loop's
	first, last *delivery
	task        eventloop.Queue
	draining    bool // the loop is at it
}

// delivery is a message on its way to channels of one global.
type delivery struct {
	to     []*broadcastEnd // whose turn is still to come
	number uint64          // of the task of to[0]
	sender *broadcastEnd   // gets nothing
	record *clone.Record
	origin Origin
	next   *delivery
}

func (q *deliveries) push(global *Global, d *delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.number = global.loop.Numbers(len(d.to))
	if q.first != nil {
		q.last.next = d
		q.last = d
		return
	}
	q.first, q.last = d, d
	if !q.draining {
		global.loop.Ready(&q.task, global.document, d.number, (*broadcastTasks)(global))
	}
}

func (q *deliveries) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.first, q.last = nil, nil
}

// pop returns the next channel and its message, or nil.
func (q *deliveries) pop() (*broadcastEnd, *delivery) {
	for q.first != nil {
		d := q.first
		e := d.to[0]
		d.to = d.to[1:]
		d.number++
		if len(d.to) == 0 {
			q.first = d.next
		}
		if e != d.sender {
			return e, d
		}
	}
	return nil, nil
}

// broadcastTasks is a global's deliveries as a task queue.
type broadcastTasks Global

// RunTasks implements [eventloop.Tasks].
func (t *broadcastTasks) RunTasks(l *eventloop.Loop) {
	global := (*Global)(t)
	q := &global.deliveries
	q.mu.Lock()
	q.draining = true
	locked := true
	defer func() { // also if a listener panics
		if !locked {
			q.mu.Lock()
		}
		q.draining = false
		if q.first != nil {
			l.Ready(&q.task, global.document, q.first.number, t)
		}
		q.mu.Unlock()
	}()
	for {
		e, d := q.pop()
		if e == nil {
			return
		}
		q.mu.Unlock()
		locked = false
		e.dispatch(d)
		l.TaskDone()
		q.mu.Lock()
		locked = true
		if q.first == nil || !l.May(q.first.number) {
			return
		}
	}
}

// dispatch fires a message at a pushed channel, unless it was closed meanwhile. Each gets its own copy.
func (e *broadcastEnd) dispatch(d *delivery) {
	on := e.on.Load()
	if on == nil { // closed, or nobody listens
		return
	}
	on.dispatch(&MessageEvent{Type: messageType, Origin: d.origin, record: d.record.Share()}, e.global)
}
