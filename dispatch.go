package entangle

import "github.com/entangle-go/entangle/eventloop"

// OPTIMIZATION: an end is a task queue of its loop without an object of its own: the two types are
// two views of a channel.
type (
	firstEnd  channel
	secondEnd channel
)

func (c *firstEnd) RunTasks(l *eventloop.Loop)  { (*channel)(c).runTasks(0, l) }
func (c *secondEnd) RunTasks(l *eventloop.Loop) { (*channel)(c).runTasks(1, l) }

// tasks returns an end as a task queue.
func (c *channel) tasks(side uint64) eventloop.Tasks {
	if side == 0 {
		return (*firstEnd)(c)
	}
	return (*secondEnd)(c)
}

// runTasks dispatches messages of an end, as many as the loop allows.
func (c *channel) runTasks(side uint64, l *eventloop.Loop) {
	e, batch := &c.ends[side], &c.batches[side]
	batch.mu.Lock()
	c.mu.Lock()
	if e.loop() != l || e.draining || !e.runnable() {
		c.mu.Unlock() // it was closed or transferred after the loop chose it
		batch.mu.Unlock()
		return
	}
	e.draining = true
	c.fetch(side)
	turn, realm, locked := e.turn, e.global, true
	c.mu.Unlock()
	defer func() { // also if a listener panics
		if locked {
			batch.mu.Unlock()
		}
		c.lock(side)
		if e.turn == turn && e.draining {
			e.draining = false
			c.queueTasks(side)
		}
		c.unlock(side)
	}()
	for {
		event, on := batch.take(), e.listeners
		if event.Type == closeType {
			c.endListening(side)
		}
		batch.mu.Unlock()
		locked = false
		on.dispatch(event, realm)
		l.TaskDone()
		batch.mu.Lock()
		locked = true
		if e.turn != turn || e.closed || !c.next(side) || !l.May(batch.first.number) {
			return
		}
	}
}

// next reports whether there is an event in the batch, or fetches those that came meanwhile.
// batch.mu is held.
func (c *channel) next(side uint64) bool {
	if c.batches[side].first != nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ends[side].runnable() {
		return false
	}
	c.fetch(side)
	return true
}

// endListening drops the listeners of an end that gets close. batch.mu is held.
func (c *channel) endListening(side uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &c.ends[side]
	e.listeners = nil
	e.holdWhileListening(nil)
}

// dispatch calls the listener of an event, if there is one.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps
func (on *listeners) dispatch(event *MessageEvent, realm *Global) {
	if on == nil {
		on = &listeners{}
	}
	if event.Type == closeType {
		realm.trace(event, nil, realm, "")
		if on.onclose != nil {
			on.onclose()
		}
		return
	}
	event.deserialize(realm)
	realm.trace(event, event.from, realm, "")
	if event.Type == messageErrorType {
		if on.onmessageerror != nil {
			on.onmessageerror(event)
		}
	} else if on.onmessage != nil {
		on.onmessage(event)
	}
}
