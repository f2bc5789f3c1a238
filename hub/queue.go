package hub

import "sync"

// queue is a list that is filled by many and then emptied by one, oldest first.
type queue[T any] struct {
	items []T
	next  int // the first that was not taken
}

// keptItems is how many items a queue may have had that is used again.
const keptItems = 4096

// queues is a pool of queues.
//
// OPTIMIZATION: what a session needs only while it is busy comes from pools, so that an idle one
// has none of it.
type queues[T any] struct{ pool sync.Pool }

// add adds an item to a queue; nil is an empty one.
func (p *queues[T]) add(q *queue[T], item T) *queue[T] {
	if q == nil {
		var ok bool
		if q, ok = p.pool.Get().(*queue[T]); !ok {
			q = new(queue[T])
		}
	}
	q.items = append(q.items, item)
	return q
}

// drop drops the oldest item, and gives what is left: nil if that is nothing.
func (p *queues[T]) drop(q *queue[T]) *queue[T] {
	if q.next++; q.next < len(q.items) {
		return q
	}
	clear(q.items)
	q.items, q.next = q.items[:0], 0
	if cap(q.items) <= keptItems {
		p.pool.Put(q)
	}
	return nil
}

// oldest is the oldest item of a queue that has one.
func (q *queue[T]) oldest() T { return q.items[q.next] }
