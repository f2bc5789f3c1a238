package remote

import (
	"time"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// lock takes the client's lock in order to step the endpoint, for which it reads the clock.
func (c *Client) lock() {
	c.mu.Lock()
	c.now = protocol.Time(time.Since(c.epoch))
}

// unlock releases the client's lock, wakes the writer if there is something for it, sets the timer,
// and does what could not be done with the lock held.
func (c *Client) unlock() {
	relays := c.relays
	c.relays = nil
	if len(c.batches) > 0 && !c.broke {
		c.outbox.signal()
	}
	// A deadline that is put off is looked at when the timer has fired too early.
	if d := c.endpoint.Deadline(); d < c.alarm {
		c.alarm = d
		c.timer.Reset(time.Duration(d - c.now))
	}
	c.mu.Unlock()
	for _, relay := range relays {
		relay()
	}
}

// step lets the endpoint take an event and carries the effects out, then takes what followed from
// them. The client's lock is held.
func (c *Client) step(event protocol.Event) {
	c.stepOnce(event)
	for len(c.follow) > 0 {
		event, c.follow = c.follow[0], c.follow[1:]
		c.stepOnce(event)
	}
	c.follow = nil
}

// stepOnce is one step of the endpoint. Its effects are parts of c.out, which the next step
// writes to, so whoever carries one out must not step: what follows from an effect is
// appended to c.follow.
func (c *Client) stepOnce(event protocol.Event) {
	if c.stepping {
		panic("remote: the endpoint is stepped while an effect is carried out")
	}
	c.stepping, c.taking, c.refusal = true, event.Kind, ""
	c.endpoint.Step(c.now, event, &c.out)
	for i := range c.out.Effects {
		c.carryOut(&c.out.Effects[i])
	}
	c.stepping = false
}

// carryOut carries out one effect. Bodies are parts of the batch that was read, which belongs to
// the garbage collector; everything else that is kept is copied.
func (c *Client) carryOut(e *protocol.Effect) {
	switch e.Kind {
	case protocol.EffectSend:
		c.send(e.Frame)
	case protocol.EffectChannel:
		c.made(e)
	case protocol.EffectDeliver:
		c.deliver(e)
	case protocol.EffectOpen, protocol.EffectAcked, protocol.EffectClosed:
		c.progress(e)
	case protocol.EffectConnection:
		c.connection(e)
	case protocol.EffectListening:
		c.listening(e)
	case protocol.EffectSubscribed:
		c.subscribed(e)
	case protocol.EffectBroadcast:
		c.spread(nil, e.Name, clone.FromBytes(e.Body, nil))
	case protocol.EffectWelcome:
		c.welcomed(e.Frame)
	case protocol.EffectRefused:
		c.refused(e)
	case protocol.EffectFailed:
		c.fail(e.Code, e.Text)
	}
}

// welcomed takes the hub's word for who the client is.
func (c *Client) welcomed(f *protocol.Frame) {
	switch {
	case f.Version != protocol.Version:
		c.fail(protocol.CodeVersion, "the hub speaks another version of the protocol")
	case c.known:
		c.fail(protocol.CodeProtocol, "a second WELCOME")
	case c.state == Connecting:
		c.origin, c.user = f.Origin, f.User
		close(c.ready)
		fallthrough
	default:
		c.known, c.away, c.welcomeAt = true, nil, c.now
		clear(c.warned)
		c.enterState(Open, nil)
	}
}

// channel makes a channel, by EventChannel or EventConnect. p becomes one of its ends. The
// client's lock is held.
func (c *Client) channel(event protocol.Event, p *networkPort) {
	c.unborn = p
	c.step(event)
}

// made gives the port that a channel is made for its handle.
func (c *Client) made(e *protocol.Effect) {
	p := c.unborn
	c.unborn, p.twin = nil, e.Twin
	c.enter(p, e.Port, p.sink)
}

// progress tells what became of a port's other side.
func (c *Client) progress(e *protocol.Effect) {
	p := c.ports[e.Port]
	switch {
	case p == nil:
	case e.Kind == protocol.EffectOpen:
		p.settle(true)
	case e.Kind == protocol.EffectAcked:
		p.behind()
	default:
		c.closed(p, c.why(p, e.Lost))
	}
}

// deliver puts a message into the queue of its port.
func (c *Client) deliver(e *protocol.Effect) {
	record := c.landMessage(e.Body, e.Ports)
	switch p := c.ports[e.Port]; {
	case p == nil:
		record.Discard() // the endpoint knows the port, so it was closed in this very moment
	case !p.sink.Post(record):
		p.missed = append(p.missed, record)
	}
}

// refused puts a word into the place of a message that cannot go. A broadcast has no place.
func (c *Client) refused(e *protocol.Effect) {
	if e.Port == 0 {
		c.log.Warn("a broadcast could not be sent", "reason", e.Text)
		return
	}
	c.log.Warn("a message with ports could not be sent; the ports are closed", "reason", e.Text)
	c.refusal = e.Text
	c.follow = append(c.follow, protocol.Event{Kind: protocol.EventPost, Port: e.Port, Body: undeliverable(e.Text)})
}

// fail ends the session because of what the hub said or did. It does not wait: the
// writer may be stuck.
func (c *Client) fail(code uint64, text string) {
	if c.failure == nil {
		c.failure = &Error{int(code), text}
		c.abort()
	}
}
