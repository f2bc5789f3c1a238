package entangle

import (
	"context"
	"iter"
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
// that ctx ends got nothing. w is nil, or the waiter of a series of waits, see newSeries.
func (l *waiters) wait(ctx context.Context, mu *sync.Mutex, w *waiter) (*MessageEvent, error) {
	if err := ctx.Err(); err != nil { // with the lock: whatever ends ctx later finds the waiter in the list
		mu.Unlock()
		return nil, err
	}
	series := w != nil
	if !series {
		w = newWaiter()
	}
	at := &l.first
	for *at != nil {
		at = &(*at).next
	}
	*at = w
	mu.Unlock()

	if done := ctx.Done(); done == nil || series {
		<-w.done
	} else {
		select {
		case <-w.done:
		case <-done:
			l.cancel(w, mu, ctx)
			<-w.done // perhaps it got its message in the meantime; then it returns it
		}
	}
	event, err := w.event, w.err
	w.next, w.event, w.err = nil, nil, nil
	return event, err
}

// newWaiter returns a waiter. They are not pooled: a Go channel must not leave a bubble of testing/synctest.
func newWaiter() *waiter { return &waiter{done: make(chan struct{}, 1)} }

// newSeries returns a waiter for waits of one goroutine in this list, one after the other, all with the same ctx, and what to call after the last.
//
// OPTIMIZATION: ctx is watched once, not by a select at every wait, which costs more than all the rest; and nothing is allocated for a wait.
func (l *waiters) newSeries(ctx context.Context, mu *sync.Mutex) (w *waiter, stop func() bool) {
	w = newWaiter()
	if ctx.Done() == nil {
		return w, func() bool { return true }
	}
	return w, context.AfterFunc(ctx, func() { l.cancel(w, mu, ctx) })
}

// cancel ends a wait, if it is still one.
func (l *waiters) cancel(w *waiter, mu *sync.Mutex, ctx context.Context) {
	mu.Lock()
	defer mu.Unlock()
	if l.withdraw(w) {
		w.err = ctx.Err()
		w.done <- struct{}{}
	}
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

// messages ranges over what receive returns, with waits in the list.
func (l *waiters) messages(ctx context.Context, mu *sync.Mutex, receive func(context.Context, *waiter) (*MessageEvent, error)) iter.Seq2[*MessageEvent, error] {
	return func(yield func(*MessageEvent, error) bool) {
		w, stop := l.newSeries(ctx, mu)
		defer stop()
		for {
			event, err := receive(ctx, w)
			if err == ErrClosed {
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}
