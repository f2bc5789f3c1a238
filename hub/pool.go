package hub

import (
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// OPTIMIZATION: what a session needs only while it is busy comes from pools, so that an idle one
// has none of it.

// lists is a pool of slices that are empty and have some capacity.
type lists[T any] struct {
	pool  sync.Pool
	least int // capacity of a new one
	most  int // capacity of one that is kept
}

func (l *lists[T]) get() []T {
	if list, ok := l.pool.Get().(*[]T); ok {
		return *list
	}
	return make([]T, 0, l.least)
}

// put takes a slice back, whose items the caller has cleared if they hold anything.
func (l *lists[T]) put(list []T) {
	if cap(list) > 0 && cap(list) <= l.most {
		list = list[:0]
		l.pool.Put(&list)
	}
}

var (
	itemLists   = lists[item]{least: 16, most: 4096}
	effectLists = lists[protocol.SessionEffect]{least: 16, most: 1024}
	outBuffers  = lists[byte]{least: 4 << 10, most: 4 * batchSize}
)
