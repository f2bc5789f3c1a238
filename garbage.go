package entangle

import (
	"runtime"
	"weak"
)

// A port that nobody holds is closed (SPEC 51). A cleanup of its handle does that, but cleanups are
// dear: two of them, and the weak pointer they need, cost several times what a channel costs. So a
// handle is only watched once somebody would notice: the other side listens, waits, is elsewhere,
// or put something into the port's queue that must not stay there for ever. Until then its end
// holds the handle, so that it can be watched later; that the handle is garbage otherwise makes no
// difference. When both sides are garbage so is the channel, with all that is in it.

// unwatchedMessages is how many messages may wait in a port that is not watched.
const unwatchedMessages = 16

// watchEnd has the end closed when nobody holds its port, from now on. c.mu is held.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#ports-and-garbage-collection
func (c *channel) watchEnd(side uint64) {
	e := &c.ends[side]
	e.watch = true
	if e.watched || e.handle == nil || e.closed {
		return
	}
	e.watched = true
	runtime.AddCleanup(e.handle, collected, formerPort{c.selfLocked(), e.turn})
	e.holdWhileListening(e.handle)
}

// holdWhileListening makes the end hold its handle p exactly as long as it must: while it listens
// and there is something to hear, or while it is not watched.
func (e *end) holdWhileListening(p *MessagePort) {
	switch {
	case !e.watched: // it is held anyway
	case e.listeners.hear() && !(e.ended && e.first == nil && !e.draining):
		e.handle = p
	default:
		e.handle = nil
	}
}

// hear reports whether there is a listener for messages.
func (on *listeners) hear() bool {
	return on != nil && (on.onmessage != nil || on.onmessageerror != nil)
}

// formerPort is a handle that is no longer there. It must not reach the handle, nor the channel,
// which may hold anything.
type formerPort struct {
	channel weak.Pointer[channel]
	turn    uint64
}

// collected closes a port that nobody holds any more. If the channel is gone too there is
// nobody to tell.
func collected(p formerPort) {
	if c := p.channel.Value(); c != nil {
		c.closePort(p.turn)
	}
}

// self returns a weak pointer to the channel, always the same.
func (c *channel) self() weak.Pointer[channel] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.selfLocked()
}

func (c *channel) selfLocked() weak.Pointer[channel] {
	if c.weak == (weak.Pointer[channel]{}) {
		c.weak = weak.Make(c)
	}
	return c.weak
}
