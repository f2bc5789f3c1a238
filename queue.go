package entangle

// messageQueue is a queue of messages and of the goroutines that wait for one. It is guarded by the
// lock of its owner. Either there is no message or nobody waits.
type messageQueue struct {
	eventList
	receivers waiters
}

// push gives the event to the first receiver, or appends it to the queue. It reports whether the
// queue was empty and is no longer.
func (q *messageQueue) push(e *MessageEvent) bool {
	if w := q.receivers.first; w != nil && e.Type != closeType {
		q.receivers.first = w.next
		w.event = e
		w.done <- struct{}{}
		return false
	}
	return q.append(e)
}

// eventList is a list of messages, at its end perhaps a close event.
type eventList struct {
	first, last *MessageEvent
	length      int32 // without the close event
}

// append reports whether the list was empty.
func (q *eventList) append(e *MessageEvent) bool {
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
func (q *eventList) pop() *MessageEvent {
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

// unshift puts all of another list before what is in this one. That is empty afterwards.
func (q *eventList) unshift(other *eventList) {
	if other.first == nil {
		return
	}
	if other.last.next = q.first; q.first == nil {
		q.last = other.last
	}
	q.first = other.first
	q.length += other.length
	other.take()
}

// take empties the list and returns what was in it.
func (q *eventList) take() *MessageEvent {
	e := q.first
	q.first, q.last, q.length = nil, nil, 0
	return e
}
