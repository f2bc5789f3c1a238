package entangle

import (
	"context"
	"iter"
	"sync"
)

// waiters are goroutines that wait, the first one first.
type waiters struct{ first *waiter }

// waiter is a goroutine that waits. While it stands in a list it is guarded by the list's lock.
type waiter struct {
	next  *waiter
	event *MessageEvent // what it got
	err   error         // or why it gets nothing
	done  chan struct{} // one token

	series bool // somebody else watches the context
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

// add puts a waiter behind those that wait already. w is nil, or the waiter of a series of waits,
// see newSeries. The list's lock is held.
func (l *waiters) add(ctx context.Context, w *waiter) (*waiter, error) {
	if err := ctx.Err(); err != nil { // with the lock: whatever ends ctx later finds the waiter in the list
		return nil, err
	}
	if w == nil {
		w = newWaiter()
	}
	at := &l.first
	for *at != nil {
		at = &(*at).next
	}
	*at = w
	return w, nil
}

// wait waits, after add, until push or dismiss. mu guards the list and is not held. A wait that ctx
// ends got nothing.
func (l *waiters) wait(ctx context.Context, mu *sync.Mutex, w *waiter) (*MessageEvent, error) {
	if done := ctx.Done(); done == nil || w.series {
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

// newWaiter returns a waiter. They are not pooled: a Go channel must not leave a bubble of
// testing/synctest.
func newWaiter() *waiter { return &waiter{done: make(chan struct{}, 1)} }

// newSeries returns a waiter for waits of one goroutine in this list, one after the other, all with
// the same ctx, and what to call after the last.
//
// OPTIMIZATION: ctx is watched once, not by a select at every wait, which costs more than all the
// rest; and nothing is allocated for a wait.
func (l *waiters) newSeries(ctx context.Context, mu *sync.Mutex) (w *waiter, stop func() bool) {
	w = newWaiter()
	w.series = true
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
func (l *waiters) messages(ctx context.Context, mu *sync.Mutex,
	receive func(context.Context, *waiter) (*MessageEvent, error)) iter.Seq2[*MessageEvent, error] {
	return func(yield func(*MessageEvent, error) bool) {
		w, stop := l.newSeries(ctx, mu)
		defer stop()
		for {
			event, err := receive(ctx, w)
			if _, ended := err.(CloseError); ended {
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}
