package protocol

// portPacket takes a packet about a port from the bus. Each claim to the identity answers for
// itself, and so does a transit.
func (s *custody) portPacket(p *Packet) {
	claims := s.byID[p.To]
	if len(claims) == 1 {
		s.packetFor(claims[0], p)
	} else {
		for _, c := range append([]*claim(nil), claims...) {
			s.packetFor(c, p)
		}
	}
	for _, t := range s.transits[p.To] {
		if p.From != t.cap.Peer {
			continue
		}
		r := s.requestOf(t)
		if r != nil {
			r.heard, r.waits = s.now, 0
		}
		if n, _ := t.cap.Token.last(); r != nil && p.ToN > n {
			s.confirmed(r, p)
			return
		}
		if asks(p.Kind) && !s.off.NoAnswer {
			s.publish(tombstoneOf(t, t.cap), Packet{Kind: Alive, Transit: true, Waiting: r != nil})
		}
	}
}

// requestOf is the connect whose other end a transit is, or nil.
func (s *custody) requestOf(t *transit) *request {
	if r := s.requests[t.handle.twin()]; r != nil && r.end == t {
		return r
	}
	return nil
}

// asks reports whether whoever says it waits for an answer.
func asks(k Kind) bool { return k == Attach || k == Data || k == Close || k == Probe || k == Blocked }

// packetFor follows the steps of docs/protocol.md, 6. A claim that is only offered
// takes no part yet.
func (s *custody) packetFor(c *claim, p *Packet) {
	if p.From != c.peer || c.life == buried || c.hands == inOffer && !s.off.EarlyAttach {
		return
	}
	n, r := c.token.last()
	// 1. Somebody refuses a claim.
	if p.Kind == Refused {
		if p.VN == n && p.VR == r && (s.acceptable(c, p.Token) || s.off.AnyRefusal) {
			s.refuse(c)
		}
		return
	}
	// 2. Is it for this owner?
	if p.ToN > n {
		if s.acceptable(c, p.Token) || s.off.AnyRefusal {
			s.refuse(c)
		}
		return
	}
	if !c.token.has(p.ToN, p.ToR) {
		return
	}
	// 3. Is it from the owner?
	if !s.accept(c, p.Token) {
		// Not before the client has kept what was accepted: its next session may accept another one.
		if (c.kept || s.off.EarlyRefusal) && (p.Kind == Attach || p.Kind == Close || p.Kind == Gone || p.Kind == Probe) {
			vn, vr := p.Token.last()
			s.publish(c, Packet{Kind: Refused, VN: vn, VR: vr})
		}
		return
	}
	s.hear(c, p)
	// 4. What it has taken in.
	s.acknowledged(c, p.Next)
	// 5. to 8.
	switch {
	case c.life == tombstone:
		s.tombstone(c, p)
	case p.Kind == Probe || s.away && asks(p.Kind):
		s.publish(c, Packet{Kind: Alive})
	case p.Kind == Closed && s.away && (c.life == lingering || c.life == ending):
		c.alone = true // the client may come back and ask, but nobody waits for it
	case p.Kind == Alive || s.away:
	default:
		s.forward(c, p, n, r)
	}
}

// accept decides on the token of a packet's sender. A new one that is accepted fences its
// former owners.
func (s *custody) accept(c *claim, t Token) bool {
	n, r := t.last()
	switch {
	case !s.acceptable(c, t):
		return false
	case n == c.peerN:
		return true
	}
	c.peerN, c.peerR, c.floor = n, r, 0
	c.kept, c.stale = c.life == tombstone, c.asked
	if c.life != tombstone {
		s.ticket(c) // before anything that the client answers
	}
	return true
}

// acceptable reports whether a token is the present owner's, or a later one's.
func (s *custody) acceptable(c *claim, t Token) bool {
	n, r := t.last()
	if n == c.peerN {
		return r == c.peerR
	}
	return n > c.peerN && (t.has(c.peerN, c.peerR) || s.off.NoChain)
}

// acknowledged notes that the peer's owner has taken in everything below next: it is accountable
// for the ports in it now.
func (s *custody) acknowledged(c *claim, next uint64) {
	if next > c.sendNext {
		return
	}
	c.floor = max(c.floor, next)
	if next <= c.acked {
		return
	}
	c.acked = next
	n := 0
	for n < len(c.sent) && c.sent[n].seq < next {
		for _, t := range c.sent[n].ports {
			s.free(t)
		}
		n++
	}
	c.sent = trim(c.sent, n)
}

// refuse tells the client that its claim is not the owner's. It is not its business either what
// became of the ports in what it has posted as one: whoever goes back to a port that it has handed
// on, and hands others on over that as it did before, makes the same hops again, and could say that
// those are lost.
func (s *custody) refuse(c *claim) {
	c.silent = true
	switch {
	case c.life == tombstone:
		s.bury(c)
	case s.away: // whoever comes back hears it again
	case c.may(toRefuse):
		s.become(c, toRefuse)
		s.send(Frame{Kind: Refused, Port: c.handle})
	}
}

// forward passes on to the client what is for it. (n, r) was the present hop.
func (s *custody) forward(c *claim, p *Packet, n uint64, r Nonce) {
	f := Frame{Kind: p.Kind, Port: c.handle, Next: min(max(p.Next, c.floor), c.sendNext), Limit: p.Limit}
	switch p.Kind {
	case Data:
		if !c.open && !s.off.NoGate || c.life != held && c.life != doomed {
			return
		}
		if p.Seq != c.in {
			if p.Seq < c.next && !s.off.NoReceipt { // the acknowledgement was lost
				s.publish(c, Packet{Kind: Ack})
			}
			return
		}
		f.Ports = s.landIn(c, p)
		c.in++
		f.Seq, f.Body = p.Seq, p.Body
	case Attached:
		if p.VN != n || p.VR != r {
			return
		}
		c.alone = c.alone && c.open
		c.open = true
		if c.hands != inOffer {
			c.offer = nil
		}
		c.tries = 0
		c.token = c.token.confirmed()
	case Close:
		if !c.open || p.Seq > c.in && c.life != lingering || !c.may(toEnd) {
			return // it is said again after ATTACHED
		}
		f.Seq = p.Seq
		s.become(c, toEnd)
	case Closed:
		switch c.life {
		case lingering:
			// If the client has not kept who it is that answers, and does not hear it, its next session may
			// accept somebody else, who gets what was posted.
			c.silent = c.silent || !c.kept
			s.send(f)
			s.bury(c)
		case ending: // both were closed
			c.alone = true
		}
		return
	case Gone:
		if !c.may(toLose) {
			return // CLOSED follows
		}
		s.become(c, toLose)
	case Attach:
		c.asked++
		if !c.open && !p.Again {
			// Nobody, or another owner, was there when this port landed. Again, lest two that wait answer
			// each other for ever.
			s.publish(c, Packet{Kind: Attach, Again: true})
		}
	}
	s.send(f)
}

// tombstone answers for a port that is nobody's any more.
func (s *custody) tombstone(c *claim, p *Packet) {
	switch p.Kind {
	case Attach, Data, Probe, Blocked:
		s.publish(c, Packet{Kind: Gone})
	case Close, Gone:
		s.publish(c, Packet{Kind: Closed})
		s.bury(c)
	case Closed:
		s.bury(c)
	}
}

// dropped asks the other side of a port to send again what did not come, for want of room.
func (s *custody) dropped(id ID) {
	for _, c := range s.byID[id] {
		if c.open && (c.life == held || c.life == doomed) {
			s.publish(c, Packet{Kind: Dropped})
		}
	}
}
