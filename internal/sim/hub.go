package sim

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// What a hub's shell does.

// sessionStep steps a session, and then does what follows of it with its heir.
func (w *World) sessionStep(s *Session, ev protocol.SessionEvent) {
	w.stepSession(s, ev)
	if s.bequeaths {
		s.bequeaths = false
		var ports []protocol.Handle
		if w.config.Heirs {
			s.inherited = true
			ports = s.heir.Inherit()
			w.Counts.Inherited += len(ports)
		}
		w.stepSession(s, protocol.SessionEvent{Kind: protocol.SessionInherit, Ports: ports, Attach: protocol.PaceAttach})
	}
	w.heirSays(s)
}

// heirSays lets a session take what its heir says.
func (w *World) heirSays(s *Session) {
	for b := s.heir.Answers(); len(b) > 0; b = s.heir.Answers() {
		for len(b) > 0 {
			f, rest, err := protocol.DecodeFrame(b)
			if err != nil {
				w.bad(rWire, "a frame of the heir of %s: %v", s, err)
				return
			}
			if w.trace != nil {
				w.say("the heir of %s sends %s", s, showFrame(&f))
			}
			w.stepSession(s, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: &f})
			b = rest
		}
	}
}

// stepSession steps a session and carries its effects out, before anything else steps it.
func (w *World) stepSession(s *Session, ev protocol.SessionEvent) {
	w.steps++
	put := len(s.Client.kept)
	s.machine.Step(w.hubTime(), ev, &s.out)
	w.carryOut(s)
	if w.config.misuse == keepPackets {
		s.Client.tooLate(put)
	}
	w.checkBooks(s)
}

// manyPorts is how many make it slow to look at all of them after each step.
const manyPorts = 256

// checkBooks looks whether the books of a session agree with each other.
func (w *World) checkBooks(s *Session) {
	if s.machine.Ports() > manyPorts && w.steps%64 != 0 {
		return
	}
	if err := s.machine.Check(); err != nil {
		w.bad(rBooks, "%s: %v", s, err)
	}
}

func (w *World) carryOut(s *Session) {
	for i := range s.out.Effects {
		f := &s.out.Effects[i]
		if w.config.misuse != noMisuse && w.misusedPacket(s, f) {
			continue
		}
		switch f.Kind {
		case protocol.SessionSend:
			w.toClient(s, f.Frame)
		case protocol.SessionPublish:
			w.watch(s, f.Packet)
			w.publish(s.Number(), f.Packet)
		case protocol.SessionSpread:
			w.spread(s.Number(), f.ID, f.Frame)
		case protocol.SessionSubscribe:
			w.subscribe(s, f.ID)
		case protocol.SessionUnsubscribe:
			w.unsubscribe(s, f.ID)
		case protocol.SessionAsk:
			w.push(&s.asks, item{kind: anyAsk, ask: cloneAsk(f.Ask)})
		case protocol.SessionFail:
			w.pushBuffer(&s.down)
			w.failed(s, f)
		case protocol.SessionBequeath:
			s.bequeaths = true
		case protocol.SessionDone:
			w.sessionDone(s)
		}
	}
	w.pushBuffer(&s.down)
}

// toClient puts a frame into what goes out to the client, if that is there.
func (w *World) toClient(s *Session, f *protocol.Frame) {
	c := s.Client
	w.offering(s, f)
	s.heir.Said(w.hubTime(), f)
	switch {
	case s.inherited:
		if w.trace != nil {
			w.say("%s sends to the heir %s", s, showFrame(f))
		}
	case c.Dead:
	case c.hostile != nil:
		w.steals(c, f)
	default:
		if w.trace != nil {
			w.say("%s sends %s", s, showFrame(f))
		}
		if c.online && c.session == s && !s.cut {
			w.frame(f)
		}
	}
	if f.Kind == protocol.Welcome {
		s.greeted, c.origin = true, f.Origin
	}
}

// offering notes which connect a client is offered.
func (w *World) offering(s *Session, f *protocol.Frame) {
	if f.Kind == protocol.Connection && s == s.Client.session {
		if p, ok := s.machine.Inspect(f.Ports[0].Port); ok {
			s.Client.offered[f.Ports[0].Port] = p.ID
		}
	}
}

// watch looks at what a session says about connects, which the applications cannot see.
func (w *World) watch(s *Session, p *protocol.Packet) {
	switch p.Kind {
	case protocol.Offer:
		if o := w.connectAt(s, p.Request); o != nil {
			o.offers[offerKey{s, p.Offer}] = w.listenerAt(p.To, p.Listener)
		}
	case protocol.Taken:
		to := w.byAddress[p.To]
		if to == nil {
			return
		}
		o := w.connectAt(to, p.Request)
		if o == nil {
			return
		}
		o.takers = append(o.takers, taker{s.Client, to.machine.Identify(uint64(o.Handle)/4, 1)})
		if l := o.offers[offerKey{to, p.Offer}]; l != nil && l.forgotten {
			w.bad(rConnect, "%v was taken by listener %d of %v, which was taken back", o, l.number, s.Client)
		}
	}
}

// connectAt finds a connect by its caller's session and the handle of the caller's end.
func (w *World) connectAt(s *Session, h protocol.Handle) *Connect {
	for _, o := range w.connects {
		if o.Handle == h && o.Caller == s.Client {
			return o
		}
	}
	return nil
}

// listenerAt finds a listener by its session. Those of hostile clients are not known.
func (w *World) listenerAt(session protocol.ID, number uint64) *listening {
	if s := w.byAddress[session]; s != nil {
		return s.Client.listener(number)
	}
	return nil
}

func cloneAsk(ask *protocol.DirectoryEvent) *protocol.DirectoryEvent {
	a := *ask
	a.Name, a.Origin, a.Ticket = strings.Clone(a.Name), strings.Clone(a.Origin), slices.Clone(a.Ticket)
	return &a
}

// failed is a session that ends its client, or sends it away.
func (w *World) failed(s *Session, f *protocol.SessionEffect) {
	c := s.Client
	switch {
	case c.hostile != nil:
		c.Dead, c.online = true, false
	case c.Dead || c.session != s || !c.online:
	case f.Code != protocol.CodeExpired || !c.doubt:
		w.bad(rHonest, "%s fails its client: %d %s", s, f.Code, f.Text)
	default:
		w.frame(&protocol.Frame{Kind: protocol.Error, Code: f.Code, Text: f.Text})
		w.pushBuffer(&s.down)
		w.push(&s.down, item{kind: endOfFile})
	}
	w.cut(&s.up, 0)
	s.half = false
	s.cut = true
	if !s.gone {
		w.push(&s.up, item{kind: endOfFile})
	}
}

func (w *World) sessionDone(s *Session) {
	s.done, s.heir = true, protocol.Heir{}
	s.forgot = s.gone && w.now >= s.goneAt+w.absence()+protocol.ForgetAfter
	if c := s.Client; !s.gone && c.session == s && c.online && !c.Dead {
		w.bad(rBooks, "%s is done, and its client is there", s)
	}
	if n := s.machine.Ports(); n != 0 {
		w.bad(rQuiet, "%s is done with %d ports", s, n)
	}
}

// serve serves one item of a queue.
func (w *World) serve(q *queue) {
	i := w.pop(q)
	switch q.kind {
	case upQueue:
		w.serveUp(q.session, i)
	case downQueue:
		w.serveDown(q.session.Client, i)
	case busQueue:
		w.serveBus(q, q.session, i)
	case askQueue:
		w.serveAsk(i)
	}
	i.batch.Release()
}

func (w *World) serveUp(s *Session, i item) {
	if i.kind == endOfFile {
		if w.trace != nil {
			w.say("%s loses its client", s)
		}
		s.gone, s.goneAt = true, w.now
		w.sessionStep(s, protocol.SessionEvent{Kind: protocol.SessionEnd})
		return
	}
	w.Counts.Frames++
	f, rest, err := w.decoder.Frame(i.bytes)
	if err != nil || len(rest) > 0 {
		w.bad(rWire, "a frame of %v's: %v, %d bytes left", s.Client, err, len(rest))
		return
	}
	switch {
	case f.Kind == protocol.Connect && s.greeted:
		w.called(s, f.Port)
	case f.Kind == protocol.Unlisten:
		if l := s.Client.listener(f.Listener); l != nil {
			l.forgotten = true
		}
	}
	w.sessionStep(s, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: f})
	if w.config.Heirs && s.greeted && !s.done {
		taken, wanted := s.machine.Wanted(f)
		s.heir.Posted(f, i.bytes, taken, wanted)
	}
}

func (w *World) serveDown(c *Client, i item) {
	if c.Dead || !c.online {
		return
	}
	if i.kind == endOfFile {
		w.lost(c)
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
	switch f.Kind {
	case protocol.Cap:
		c.tickets[f.Port] = slices.Clone(f.Ticket)
	case protocol.Welcome, protocol.Ticket:
		c.ticket = slices.Clone(f.Ticket)
	}
	w.step(c, protocol.Event{Kind: protocol.EventFrame, Frame: f, Batch: i.batch})
}

func (w *World) serveBus(q *queue, s *Session, i item) {
	if s.done {
		return // nobody is there any more
	}
	if i.kind == anySpread {
		w.passOn(s, i)
		return
	}
	var err error
	if w.packet, err = protocol.DecodePacket(i.bytes); err != nil {
		w.bad(rWire, "a packet from %s to %s: %v", hubName(q.from), s, err)
		return
	}
	if w.trace != nil {
		w.say("%s gets from %s: %s", s, hubName(q.from), showPacket(&w.packet))
	}
	w.sessionStep(s, protocol.SessionEvent{Kind: protocol.SessionPacket, Packet: &w.packet})
}

// passOn appends a broadcast to what goes out to a client. Its session is not asked.
func (w *World) passOn(s *Session, i item) {
	if c := s.Client; !s.gone && !s.cut && !c.Dead && c.hostile == nil && c.online && c.session == s {
		w.push(&s.down, item{kind: anyFrame, bytes: i.bytes, batch: i.batch.Retain()})
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
