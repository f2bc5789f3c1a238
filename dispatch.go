package entangle

import "github.com/entangle-go/entangle/eventloop"

// OPTIMIZATION: an end is a task queue of its loop without an object of its own: the two types are two views of a channel.
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
	e := &c.ends[side]
	c.mu.Lock()
	if e.loop() != l || e.draining || !e.runnable() {
		c.mu.Unlock() // it was closed or transferred after the loop chose it
		return
	}
	e.draining = true
	turn, realm, locked := e.turn, e.global, true
	defer func() { // also if a listener panics
		if !locked {
			c.mu.Lock()
		}
		if e.turn == turn && e.draining {
			e.draining = false
			c.queueTasks(side)
		}
		c.mu.Unlock()
	}()
	for {
		event := e.pop()
		var listen listeners
		if e.attached != nil {
			listen = e.attached.listeners
			if event.Type == closeType {
				e.attached.listeners = listeners{}
				e.holdWhileListening(nil)
			}
		}
		c.caughtUp(side)
		c.mu.Unlock()
		locked = false
		listen.dispatch(event, realm)
		l.TaskDone()
		c.mu.Lock()
		locked = true
		if e.turn != turn || !e.draining || !e.runnable() || !l.May(e.first.number) {
			return
		}
	}
}

// dispatch calls the listener of an event.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps
func (on *listeners) dispatch(event *MessageEvent, realm *Global) {
	if event.Type == closeType {
		if on.onclose != nil {
			on.onclose()
		}
		return
	}
	event.deserialize(realm)
	if event.Type == messageErrorType {
		if on.onmessageerror != nil {
			on.onmessageerror(event)
		}
	} else if on.onmessage != nil {
		on.onmessage(event)
	}
}
