package protocol

import "slices"

// receive takes a frame from the hub.
func (e *Endpoint) receive(f *Frame) {
	switch f.Kind {
	case Data, Ack, Attach, Attached, Refused, Close, Closed, Gone, Blocked:
		// Frames for a handle that is not known (any more) are ignored, with everything in them: whoever
		// owns the port now is served by its session.
		if p := e.ports[f.Port]; p != nil && p.state != local {
			e.receiveFor(f.Port, p, f)
		} else {
			e.loseTickets(f.Ports)
		}
	case Settled:
		e.settled(f.Port)
	case Cap:
		e.tickets[f.Port] = slices.Clone(f.Ticket)
	case Ticket:
		e.ticket = slices.Clone(f.Ticket)
	case Dropped:
		if p := e.ports[f.Port]; p != nil && p.attached {
			e.sendAgain(f.Port, p)
		}
	case Pong:
	case Welcome:
		e.welcome(f)
	case Error:
		if f.Code == CodeExpired {
			e.lose()
		}
		e.effect(Effect{Kind: EffectFailed, Code: f.Code, Text: f.Text})
	case Listening:
		if l := e.listeners[f.Listener]; l == nil {
			return
		} else if f.Code != Registered {
			delete(e.listeners, f.Listener)
		} else if known := l.ticket != nil; known || len(f.Ticket) > 0 {
			l.ticket = slices.Clone(f.Ticket)
			if known {
				return // it was said before
			}
		}
		e.effect(Effect{Kind: EffectListening, Listener: f.Listener, Code: f.Code})
	case Connection:
		e.connection(f)
	case Subscribed:
		told, joined := e.joined[f.Name]
		switch {
		case !joined || told: // it was said before, on another socket
			return
		case f.Code != Registered:
			delete(e.joined, f.Name)
		default:
			e.joined[f.Name] = true
		}
		e.effect(Effect{Kind: EffectSubscribed, Name: f.Name, Code: f.Code})
	case Broadcast:
		e.effect(Effect{Kind: EffectBroadcast, Name: f.Name, Body: f.Body})
	default:
		e.fail("a frame that a hub does not send")
	}
}

func (e *Endpoint) fail(text string) {
	e.effect(Effect{Kind: EffectFailed, Code: CodeProtocol, Text: text})
}

func (e *Endpoint) receiveFor(h Handle, p *port, f *Frame) {
	if f.Kind != Attach && f.Kind != Attached { // these two check for a gap first
		e.acknowledged(h, p, f.Next)
	}
	switch f.Kind {
	case Data:
		e.take(h, p, f)
	case Ack:
		if e.ports[h] == p {
			e.raise(h, p, f.Limit)
		}
	case Blocked:
		if p.state != linger {
			e.acknowledge(h, p)
			e.effect(Effect{Kind: EffectBlocked, Port: h})
		}
	case Attach, Attached:
		e.attach(h, p, f)
	case Close:
		switch {
		case p.state == linger || p.recvNext >= f.Seq:
			e.free(h, p, false)
		default: // a hub passes CLOSE only after everything before it
			e.acknowledge(h, p)
		}
	case Closed:
		if p.state == linger {
			e.forget(h, p, false)
		}
	case Gone, Refused:
		e.free(h, p, true)
	}
}

// free answers CLOSED, which gives the handle back.
func (e *Endpoint) free(h Handle, p *port, lost bool) {
	e.send(Frame{Kind: Closed, Port: h, Next: p.recvNext})
	e.forget(h, p, lost)
}

// settled ends a connect, whose caller's end is h, that need not be said again.
func (e *Endpoint) settled(h Handle) {
	if _, ok := e.connects[h]; ok {
		delete(e.connects, h)
		delete(e.tickets, h.twin())
		e.count--
	}
}

// forget takes a port out of the books, with what was posted on it and not taken.
func (e *Endpoint) forget(h Handle, p *port, lost bool) {
	delete(e.ports, h)
	e.backlog -= p.sendBytes - p.ackedBytes
	delete(e.tickets, h)
	e.count--
	e.settled(h) // nobody needs the other end any more
	e.drop(p.retained)
	if p.state != linger && p.connection == nil {
		e.effect(Effect{Kind: EffectClosed, Port: h, Lost: lost})
	}
}

// drop ends messages that are not to be sent again: the ports in them are not this endpoint's to
// answer for any more.
func (e *Endpoint) drop(messages []Message) {
	for i := range messages {
		e.count -= countLive(messages[i].Ports)
		e.loseTickets(messages[i].Ports)
	}
}

// loseTickets forgets the tickets of ports that are not this endpoint's, at all depths.
func (e *Endpoint) loseTickets(states []PortState) {
	for i := range states {
		delete(e.tickets, states[i].Port)
		for _, q := range states[i].Queue {
			e.loseTickets(q.Ports)
		}
		for _, q := range states[i].Retained {
			e.loseTickets(q.Ports)
		}
	}
}

// countLive is how many ports that have a peer there are, at all depths.
func countLive(states []PortState) (n int) {
	for i := range states {
		if !states[i].Ended {
			n++
		}
		for _, q := range states[i].Queue {
			n += countLive(q.Ports)
		}
		for _, q := range states[i].Retained {
			n += countLive(q.Ports)
		}
	}
	return n
}

// acknowledged drops what the other side has taken. A number above what was sent says nothing.
func (e *Endpoint) acknowledged(h Handle, p *port, next uint64) {
	oldest := p.oldest()
	if next <= oldest || next > p.sendNext {
		return
	}
	n := int(next - oldest)
	if !p.resent {
		e.trip.sample(e.now - p.sentAt)
	}
	again := p.resent
	p.resent, p.tries, p.sentAt = false, 0, e.now
	for _, m := range p.retained[:n] {
		p.ackedBytes += uint64(len(m.Body))
		e.backlog -= uint64(len(m.Body))
	}
	if p.sent < next { // it was sent over another socket
		p.sent, p.sentBytes = next, p.ackedBytes
	}
	e.drop(p.retained[:n])
	clear(p.retained[:n])
	p.retained = p.retained[n:]
	if len(p.retained) == 0 {
		p.retained = nil
	}
	if p.state != linger {
		e.effect(Effect{Kind: EffectAcked, Port: h, Behind: uint64(len(p.retained))})
	}
	switch {
	case again:
		e.sendAgain(h, p) // what was sent after it was out of its turn
	case p.orphan:
		e.sendClose(h, p)
	default:
		e.pump(h, p)
	}
}

// take takes a message into the port's queue.
func (e *Endpoint) take(h Handle, p *port, f *Frame) {
	if p.state == linger || f.Seq != p.recvNext || !p.in.granted.allows(f.Seq, p.in.bytes) && !e.off.NoHeed {
		if f.Seq > p.recvNext {
			e.loseTickets(f.Ports)
		}
		return
	}
	held, ok := e.land(f.Ports)
	if !ok {
		return
	}
	p.recvNext++
	p.in.take(len(f.Body))
	p.owed++
	p.owedBytes += len(f.Body)
	switch {
	case len(f.Ports) > 0 || p.owed >= ackMessages || p.owedBytes >= ackBytes:
		// Before anything that may be said about the ports in it.
		e.acknowledge(h, p)
	case !p.listed:
		p.listed = true
		e.owed = append(e.owed, h)
		if len(e.owed) == 1 {
			e.due = e.now + AckDelay
		}
	}
	e.effect(Effect{Kind: EffectDeliver, Port: h, Body: f.Body, Ports: held})
}

// attach is ATTACH, a new owner of the peer, or ATTACHED, the confirmation by the present one.
func (e *Endpoint) attach(h Handle, p *port, f *Frame) {
	first := !p.attached
	if (f.Kind == Attach || first) && f.Next < p.oldest() {
		// A gap: what the owner expects was acknowledged by somebody before it. Only a cheat gets here.
		e.send(Frame{Kind: Gone, Port: h, Next: p.recvNext})
		e.forget(h, p, true)
		return
	}
	p.attached = true
	if c := p.connection; c != nil && f.Kind == Attached {
		// The listener has it, and no other one: now it is shown.
		p.connection = nil
		held := e.out.arena.heldList(1)
		held[0].Port = h
		e.effect(Effect{Kind: EffectConnection, Listener: c.listener, Ports: held, Origin: c.origin, User: c.user})
	}
	if p.state == claimed && p.connection == nil {
		p.state = open
		e.effect(Effect{Kind: EffectOpen, Port: h})
	}
	e.acknowledged(h, p, f.Next)
	switch {
	case f.Kind == Attach:
		p.owed, p.owedBytes = 0, 0
		e.send(Frame{Kind: Attached, Port: h, Next: p.recvNext, Limit: p.grant(e.first)})
	case first:
		p.limit = p.limit.raised(f.Limit)
	default:
		e.raise(h, p, f.Limit)
		return
	}
	e.sendAgain(h, p)
}

// land takes the ports of a message into this endpoint's hands.
func (e *Endpoint) land(states []PortState) (held []Held, ok bool) {
	if !e.mayLand(states) {
		e.fail("a port that is here already")
		return nil, false
	}
	return e.landed(states), true
}

func (e *Endpoint) mayLand(states []PortState) bool {
	for i := range states {
		s := &states[i]
		if !s.Ended && (s.Port.minted() || e.ports[s.Port] != nil) {
			return false
		}
		for _, q := range s.Queue {
			if !e.mayLand(q.Ports) {
				return false
			}
		}
	}
	return true
}

func (e *Endpoint) landed(states []PortState) []Held {
	held := e.out.arena.heldList(len(states))
	for i := range states {
		s := &states[i]
		if !s.Ended {
			e.minted = max(e.minted, s.Port)
			p := e.newPort(claimed, s)
			e.ports[s.Port] = p
			e.backlog += p.sendBytes - p.ackedBytes
			e.count++
			for _, m := range s.Retained {
				e.count += countLive(m.Ports)
				e.minted = max(e.minted, highest(m.Ports))
			}
		}
		held[i] = Held{Port: s.Port, Lost: s.Lost, Queue: e.out.arena.queuedList(len(s.Queue))}
		for j, q := range s.Queue {
			held[i].Queue[j] = Queued{q.Body, e.landed(q.Ports)}
		}
	}
	return held
}

// highest is the highest handle of ports, at all depths.
func highest(states []PortState) (h Handle) {
	for i := range states {
		h = max(h, states[i].Port)
		for _, q := range states[i].Queue {
			h = max(h, highest(q.Ports))
		}
		for _, q := range states[i].Retained {
			h = max(h, highest(q.Ports))
		}
	}
	return h
}

// keep copies messages that came with a port, which is to send them again, out of the batch.
func keep(messages []Message) []Message {
	kept := cloneMessages(messages)
	for i := range kept {
		kept[i].Body = slices.Clone(kept[i].Body)
		keepPorts(kept[i].Ports)
	}
	return kept
}

func keepPorts(states []PortState) {
	for i := range states {
		for _, list := range [][]Message{states[i].Retained, states[i].Queue} {
			for j := range list {
				list[j].Body = slices.Clone(list[j].Body)
				keepPorts(list[j].Ports)
			}
		}
	}
}

// connection takes in a caller's port, and says so. It is shown to nobody before it is confirmed:
// another listener may have been offered it too.
func (e *Endpoint) connection(f *Frame) {
	s := &f.Ports[0]
	if s.Ended || len(s.Queue) > 0 || len(s.Retained) > 0 {
		e.fail("a connection with more than a new port")
		return
	}
	if _, ok := e.land(f.Ports); !ok {
		return
	}
	e.ports[s.Port].connection = &connection{f.Listener, f.Origin, f.User}
	e.send(Frame{Kind: Taken, Port: s.Port})
}
