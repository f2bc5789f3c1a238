package sim

import (
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// What a hub's shell does.

// sessionStep steps a client's session and carries its effects out, before anything else steps it.
func (w *World) sessionStep(c *Client, ev protocol.SessionEvent) {
	w.steps++
	put := len(c.kept)
	c.session.Step(w.now, ev, &c.sessionOut)
	w.carryOut(c)
	if w.config.misuse == keepPackets {
		c.tooLate(put)
	}
	w.checkBooks(c)
}

// manyPorts is how many make it slow to look at all of them after each step.
const manyPorts = 256

// checkBooks looks whether the books of a session agree with each other.
func (w *World) checkBooks(c *Client) {
	if c.session.Ports() > manyPorts && w.steps%64 != 0 {
		return
	}
	if err := c.session.Check(); err != nil {
		w.bad(rBooks, "%s: %v", c.hub(), err)
	}
}

func (w *World) carryOut(c *Client) {
	for i := range c.sessionOut.Effects {
		f := &c.sessionOut.Effects[i]
		if w.config.misuse != noMisuse && w.misusedPacket(c, f) {
			continue
		}
		switch f.Kind {
		case protocol.SessionSend:
			w.toClient(c, f.Frame)
		case protocol.SessionPublish:
			w.watch(c, f.Packet)
			w.publish(c.Number, f.Packet)
		case protocol.SessionSpread:
			w.spread(c.Number, f.ID, f.Frame)
		case protocol.SessionSubscribe:
			w.subscribe(c, f.ID)
		case protocol.SessionUnsubscribe:
			w.unsubscribe(c, f.ID)
		case protocol.SessionAsk:
			w.push(&c.asks, item{kind: anyAsk, ask: cloneAsk(f.Ask)})
		case protocol.SessionFail:
			w.failed(c, f)
		case protocol.SessionDone:
			w.sessionDone(c)
		}
	}
	w.pushFrames(&c.down)
}

// toClient puts a frame into what goes out to the client, if that is there.
func (w *World) toClient(c *Client, f *protocol.Frame) {
	switch {
	case c.Dead:
	case c.hostile != nil:
		w.steals(c, f)
	default:
		if w.trace != nil {
			w.say("%s sends %s", c.hub(), showFrame(f))
		}
		w.frame(f)
	}
	if f.Kind == protocol.Welcome {
		c.greeted = true
	}
}

// watch looks at what a session says about connects, which the applications cannot see.
func (w *World) watch(c *Client, p *protocol.Packet) {
	switch p.Kind {
	case protocol.Offer:
		if o := w.connectAt(c.address, p.Request); o != nil {
			o.offers[p.Offer] = w.listenerAt(p.To, p.Listener)
		}
	case protocol.Taken:
		o := w.connectAt(p.To, p.Request)
		if o == nil {
			return
		}
		o.takers = append(o.takers, c)
		if l := o.offers[p.Offer]; l != nil && l.forgotten {
			w.bad(rConnect, "%v was taken by listener %d of %v, which was taken back", o, l.number, c)
		}
	}
}

// connectAt finds a connect by its caller's session and the handle of the caller's end.
func (w *World) connectAt(session protocol.ID, h protocol.Handle) *Connect {
	for _, o := range w.connects {
		if o.Handle == h && o.Caller.address == session {
			return o
		}
	}
	return nil
}

// listenerAt finds a listener by its session. Those of hostile clients are not known.
func (w *World) listenerAt(session protocol.ID, number uint64) *listening {
	for _, c := range w.Clients {
		if c.address == session {
			return c.listener(number)
		}
	}
	return nil
}

func cloneAsk(ask *protocol.DirectoryEvent) *protocol.DirectoryEvent {
	a := *ask
	a.Name, a.Origin = strings.Clone(a.Name), strings.Clone(a.Origin)
	return &a
}

// failed is a session that ends its client.
func (w *World) failed(c *Client, f *protocol.SessionEffect) {
	if c.hostile == nil && !c.Dead {
		w.bad(rHonest, "%s fails its client: %d %s", c.hub(), f.Code, f.Text)
	}
	c.Dead = true
	w.cut(&c.up, 0)
	w.push(&c.up, item{kind: endOfFile})
}

func (w *World) sessionDone(c *Client) {
	c.done = true
	c.forgotten = w.now >= c.goneAt+protocol.ForgetAfter
	if !c.gone {
		w.bad(rBooks, "%s is done, and its client is there", c.hub())
	}
	if n := c.session.Ports(); n != 0 {
		w.bad(rQuiet, "%s is done with %d ports", c.hub(), n)
	}
}

// serve serves one item of a queue.
func (w *World) serve(q *queue) {
	i := w.pop(q)
	c := w.Clients[q.to]
	switch q.kind {
	case upQueue:
		w.serveUp(c, i)
	case downQueue:
		w.serveDown(c, i)
	case busQueue:
		w.serveBus(q, c, i)
	case askQueue:
		w.serveAsk(i)
	}
	i.batch.Release()
}

func (w *World) serveUp(c *Client, i item) {
	if i.kind == endOfFile {
		if w.trace != nil {
			w.say("%s loses its client", c.hub())
		}
		c.gone, c.goneAt = true, w.now
		w.sessionStep(c, protocol.SessionEvent{Kind: protocol.SessionEnd})
		return
	}
	w.Counts.Frames++
	f, rest, err := w.decoder.Frame(i.bytes)
	if err != nil || len(rest) > 0 {
		w.bad(rWire, "a frame of %v's: %v, %d bytes left", c, err, len(rest))
		return
	}
	if f.Kind == protocol.Unlisten {
		if l := c.listener(f.Listener); l != nil {
			l.forgotten = true
		}
	}
	w.sessionStep(c, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: f})
}

func (w *World) serveDown(c *Client, i item) {
	if c.Dead {
		return
	}
	w.Counts.Frames++
	f, rest, err := w.decoder.Frame(i.bytes)
	if err != nil || len(rest) > 0 {
		w.bad(rWire, "a frame to %v: %v, %d bytes left", c, err, len(rest))
		return
	}
	if w.trace != nil {
		w.say("%v gets %s", c, showFrame(f))
	}
	w.step(c, protocol.Event{Kind: protocol.EventFrame, Frame: f, Batch: i.batch})
}

func (w *World) serveBus(q *queue, c *Client, i item) {
	if c.done {
		return // nobody is there any more
	}
	if i.kind == anySpread {
		w.passOn(c, i)
		return
	}
	var err error
	if w.packet, err = protocol.DecodePacket(i.bytes); err != nil {
		w.bad(rWire, "a packet from %s to %s: %v", hubName(q.from), c.hub(), err)
		return
	}
	if w.trace != nil {
		w.say("%s gets from %s: %s", c.hub(), hubName(q.from), showPacket(&w.packet))
	}
	w.sessionStep(c, protocol.SessionEvent{Kind: protocol.SessionPacket, Packet: &w.packet})
}

// passOn appends a broadcast to what goes out to a client. Its session is not asked.
func (w *World) passOn(c *Client, i item) {
	switch {
	case c.gone || c.Dead:
	case c.hostile != nil:
	default:
		w.push(&c.down, item{kind: anyFrame, bytes: i.bytes, batch: i.batch.Retain()})
	}
}

func (w *World) serveAsk(i item) {
	if w.trace != nil {
		w.say("directory is asked: %s", showAsk(i.ask))
	}
	w.steps++
	w.directory.Step(*i.ask, &w.answers)
	for i := range w.answers.Effects {
		f := &w.answers.Effects[i]
		if f.Kind != protocol.SessionPublish {
			w.bad(rBooks, "the directory does %d", f.Kind)
			continue
		}
		w.publish(Directory, f.Packet)
	}
}
