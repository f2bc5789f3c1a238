package entangle

import (
	"context"
	"sync"
)

// messageQueue is a queue of messages and of the goroutines that wait for one. It is guarded by the lock of its owner. Either there is no
// message or nobody waits.
type messageQueue struct {
	first, last *MessageEvent
	receivers   waiters
	length      int32 // messages; a close event is not counted
}

// waiters are goroutines that wait, the first one first.
type waiters struct{ first *waiter }

// waiter is a goroutine that waits. While it stands in a list it is guarded by the list's lock.
type waiter struct {
	next  *waiter
	event *MessageEvent // what it got
	err   error         // or why it gets nothing
	done  chan struct{} // one token
}

// OPTIMIZATION: a waiter and its Go channel are used again, so that a wait allocates nothing, and an idle port has none.
var idleWaiters = sync.Pool{New: func() any { return &waiter{done: make(chan struct{}, 1)} }}

// push gives the event to the first receiver, or appends it to the queue. It reports whether the queue was empty and is no longer.
func (q *messageQueue) push(e *MessageEvent) bool {
	if w := q.receivers.first; w != nil && e.Type != closeType {
		q.receivers.first = w.next
		w.event = e
		w.done <- struct{}{}
		return false
	}
	if e.Type != closeType {
		q.length++
	}
	if q.first == nil {
		q.first, q.last = e, e
		return true
	}
	q.last.next = e
	q.last = e
	return false
}

// pop takes the first event.
func (q *messageQueue) pop() *MessageEvent {
	e := q.first
	q.first = e.next
	if q.first == nil {
		q.last = nil
	}
	e.next = nil
	if e.Type != closeType {
		q.length--
	}
	return e
}

// message reports whether the first event is there and a message.
func (q *messageQueue) message() bool { return q.first != nil && q.first.Type != closeType }

// take empties the queue and returns what was in it.
func (q *messageQueue) take() *MessageEvent {
	e := q.first
	q.first, q.last, q.length = nil, nil, 0
	return e
}

// dismiss ends all waits, with an error or nil.
func (l *waiters) dismiss(err error) {
	w := l.first
	l.first = nil
	for w != nil {
		next := w.next // after the token w is its goroutine's
		w.err = err
		w.done <- struct{}{}
		w = next
	}
}

// wait waits behind those that wait already, until push or dismiss. mu guards the list; it is held, and released meanwhile. A wait
// that ctx ends got nothing.
func (l *waiters) wait(ctx context.Context, mu *sync.Mutex) (*MessageEvent, error) {
	if err := ctx.Err(); err != nil {
		mu.Unlock()
		return nil, err
	}
	w := idleWaiters.Get().(*waiter)
	at := &l.first
	for *at != nil {
		at = &(*at).next
	}
	*at = w
	mu.Unlock()

	if done := ctx.Done(); done == nil {
		<-w.done
	} else {
		select {
		case <-w.done:
		case <-done:
			mu.Lock()
			withdrawn := l.withdraw(w)
			mu.Unlock()
			if withdrawn {
				w.err = ctx.Err()
			} else {
				<-w.done // it got its message in the meantime, and returns it
			}
		}
	}
	e, err := w.event, w.err
	w.next, w.event, w.err = nil, nil, nil
	idleWaiters.Put(w)
	return e, err
}

// withdraw takes a waiter out of the list and reports whether it was still there.
func (l *waiters) withdraw(w *waiter) bool {
	for at := &l.first; *at != nil; at = &(*at).next {
		if *at == w {
			*at = w.next
			return true
		}
	}
	return false
}
