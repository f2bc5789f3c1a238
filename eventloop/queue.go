package eventloop

// Tasks is a task queue kept outside the package, such as a message port's.
type Tasks interface {
	// RunTasks runs the first task of the queue and calls [Loop.TaskDone]. It may go on with the next
	// task as long as [Loop.May] allows its number. When it returns (or panics) with tasks left, it
	// must have called [Loop.Ready] again. It may find the queue empty, or no longer of this loop;
	// then it does nothing.
	RunTasks(*Loop)
}

// Queue registers a task queue with a loop; its zero value is in no loop. It must not be copied.
// Its fields are guarded by the loop.
type Queue struct {
	at     int32 // its place in the loop's heap, or in its document's parked list, counted from 1; 0 is none
	parked bool
}

// Ready tells the loop that the queue's first task has the given number. If the loop knew of
// another first task, this one replaces it; the document must be the same. The document is nil for
// tasks without one.
func (l *Loop) Ready(q *Queue, document *Document, number uint64, tasks Tasks) {
	l.mu.Lock()
	l.readyLocked(entry{number, q, document, tasks})
	l.mu.Unlock()
}

func (l *Loop) readyLocked(e entry) {
	if e.queue.at != 0 {
		l.remove(e.queue, e.document)
	}
	if l.ending || e.document != nil && State(e.document.state.Load()) == Destroyed {
		return
	}
	l.ready.push(e)
	if e.number < l.limit.Load() {
		l.limit.Store(e.number)
	}
	l.rouse()
}

// Unready tells the loop that the queue is empty, or leaves this loop or this document.
func (l *Loop) Unready(q *Queue, document *Document) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q.at != 0 {
		l.remove(q, document)
	}
}

// remove takes a queue out of the heap or out of its document's parked ones. l.mu is held.
func (l *Loop) remove(q *Queue, document *Document) {
	if q.parked {
		document.unpark(q)
	} else {
		l.ready.remove(int(q.at) - 1)
	}
}

// entry is a queue that has a task.
type entry struct {
	number   uint64 // of its first task
	queue    *Queue
	document *Document
	tasks    Tasks
}

// readyHeap is a binary heap, the smallest number first.
type readyHeap []entry

func (h *readyHeap) push(e entry) {
	*h = append(*h, e)
	h.up(len(*h) - 1)
}

// remove takes out the entry at i.
func (h *readyHeap) remove(i int) entry {
	old := *h
	e, last := old[i], old[len(old)-1]
	old[len(old)-1] = entry{}
	*h = old[:len(old)-1]
	if i < len(*h) {
		h.set(i, last)
		h.down(i)
		h.up(i)
	}
	e.queue.at = 0
	return e
}

func (h readyHeap) set(i int, e entry) {
	h[i] = e
	e.queue.at = int32(i + 1)
}

func (h readyHeap) up(i int) {
	e := h[i]
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].number <= e.number {
			break
		}
		h.set(i, h[parent])
		i = parent
	}
	h.set(i, e)
}

func (h readyHeap) down(i int) {
	e := h[i]
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].number < h[child].number {
			child++
		}
		if e.number <= h[child].number {
			break
		}
		h.set(i, h[child])
		i = child
	}
	h.set(i, e)
}
