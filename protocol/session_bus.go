package protocol

// packet takes a packet from the bus. Each claim to the identity answers for itself.
func (s *Session) packet(p *Packet) {
	claims := s.byID[p.To]
	if len(claims) == 1 {
		s.packetFor(claims[0], p)
		return
	}
	for _, c := range append([]*claim(nil), claims...) {
		s.packetFor(c, p)
	}
}

// packetFor follows the steps of docs/protocol.md, 6.
func (s *Session) packetFor(c *claim, p *Packet) {
	if p.From != c.peer {
		return
	}
	n, r := c.token.last()
	// 1. Somebody refuses a claim.
	if p.Kind == Refused {
		if p.VN == n && p.VR == r {
			s.refused(c)
		}
		return
	}
	// 2. Is it for this owner?
	if p.ToN > n {
		s.refused(c)
		return
	}
	if !c.token.has(p.ToN, p.ToR) {
		return
	}
	// 3. Is it from the owner?
	if !s.accept(c, p.Token) {
		if p.Kind == Attach || p.Kind == Close {
			vn, vr := p.Token.last()
			s.publish(c, Packet{Kind: Refused, VN: vn, VR: vr})
		}
		return
	}
	s.connected(c)
	// 4. What it has taken in.
	s.acked(c, p.Next)
	if c.handle == 0 {
		s.tombstone(c, p)
	} else {
		s.forward(c, p, n, r)
	}
}

// accept decides on the token of a packet's sender. A new one that is accepted fences its
// former owners.
func (s *Session) accept(c *claim, t Token) bool {
	n, r := t.last()
	switch {
	case n == c.peerN:
		return r == c.peerR
	case n < c.peerN:
		return false
	case !t.has(c.peerN, c.peerR) && !s.off.noChain:
		return false
	}
	c.peerN, c.peerR = n, r
	return true
}

// acked notes that the peer's owner has taken in everything below next: it is accountable for the
// ports in it now.
func (s *Session) acked(c *claim, next uint64) {
	if next <= c.acked || next > c.sendNext {
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

// refused tells the client that its claim is not the owner's.
func (s *Session) refused(c *claim) {
	switch {
	case c.handle == 0:
		s.bury(c)
	case !c.ending:
		c.ending = true
		s.send(Frame{Kind: Refused, Port: c.handle})
	}
}

// forward passes on to the client what is for it. (n, r) was the present hop.
func (s *Session) forward(c *claim, p *Packet, n uint64, r Nonce) {
	f := Frame{Kind: p.Kind, Port: c.handle, Next: min(p.Next, c.sendNext)}
	switch p.Kind {
	case Data:
		if !c.confirmed && !s.off.noGate || c.lingering || c.givenUp || p.Seq != c.in {
			return
		}
		var ok bool
		if f.Ports, ok = s.landIn(c, p); !ok {
			return
		}
		c.in++
		f.Seq, f.Body = p.Seq, p.Body
	case Attached:
		if p.VN != n || p.VR != r {
			return
		}
		c.confirmed = true
		c.token = c.token.confirmed()
	case Close:
		if !c.confirmed || p.Seq > c.in && !c.lingering {
			return // it is said again after ATTACHED
		}
		f.Seq = p.Seq
		c.ending = true
	case Closed:
		if !c.lingering {
			return
		}
		s.send(f)
		s.bury(c)
		return
	case Gone:
		c.ending, c.peerGone = true, true
	case Attach:
		if !c.confirmed && !p.Again {
			// Nobody, or another owner, was there when this port landed. Again, lest two that wait answer
			// each other for ever.
			s.publish(c, Packet{Kind: Attach, Again: true})
		}
	case Ack:
	default:
		return
	}
	s.send(f)
}

// tombstone answers for a port that is nobody's any more.
func (s *Session) tombstone(c *claim, p *Packet) {
	switch p.Kind {
	case Attach:
		s.publish(c, Packet{Kind: Gone})
	case Close, Gone:
		s.publish(c, Packet{Kind: Closed})
		s.bury(c)
	case Closed:
		s.bury(c)
	}
}

// answer takes what the directory says.
func (s *Session) answer(a *DirectoryEffect) {
	switch a.Kind {
	case DirectoryConnection:
		s.connection(a)
	case DirectoryCanceled:
		c := s.connectingClaim(a.Port)
		switch {
		case c == nil:
			s.graves(&a.State) // the caller's end was handed on meanwhile
		case c.handle != 0 && !c.lingering:
			s.connected(c)
			s.graves(&a.State) // too many wait: the caller, who has not closed its end, hears GONE from the other one
		default:
			s.send(Frame{Kind: Closed, Port: a.Port})
			s.bury(c)
		}
	case DirectoryListening:
		s.send(Frame{Kind: Listening, Listener: a.Listener, Code: ListeningOK})
	case DirectorySubscribed:
		s.send(Frame{Kind: Subscribed, Name: a.Name})
	}
}

func (s *Session) connection(a *DirectoryEffect) {
	if s.ended || s.count+countPorts([]PortState{a.State}) > MaxPorts {
		// Nobody is there who could take it: answer for the port.
		s.graves(&a.State)
		return
	}
	f := Frame{Kind: Connection, Listener: a.Listener, Origin: a.Origin, User: a.User}
	f.Ports, _ = s.land([]PortState{a.State})
	s.send(f)
}

// connectingClaim finds the caller's end of a pending connect, which may be a tombstone by now.
func (s *Session) connectingClaim(h Handle) *claim {
	if c := s.claims[h]; c != nil {
		if c.connecting {
			return c
		}
		return nil
	}
	for _, c := range s.byID[s.identityOf(h.channel(), h.side())] {
		if c.connecting {
			return c
		}
	}
	return nil
}

// trim drops the first n items.
func trim[T any](list []T, n int) []T {
	clear(list[:n])
	if n == len(list) {
		return nil
	}
	return list[n:]
}
