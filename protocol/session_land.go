package protocol

import "slices"

// landIn lands the ports of a message for c. They are provisional: until the client acknowledges
// the message its sender is accountable for them.
func (s *Session) landIn(c *claim, p *Packet) (states []PortState, ok bool) {
	if len(p.Ports) == 0 {
		return nil, true
	}
	if s.count+countPorts(p.Ports) > MaxPorts {
		// The client holds all that it may: the channel ends, not the session.
		c.ending, c.doomed, c.givenUp = true, true, true
		s.send(Frame{Kind: Gone, Port: c.handle})
		return nil, false
	}
	states, claims := s.land(p.Ports)
	for _, p := range claims {
		p.provisional = true
	}
	if len(claims) > 0 {
		c.landed = append(c.landed, landedPorts{p.Seq, claims})
	}
	return states, true
}

func countPorts(states []PortState) (n int) {
	for i := range states {
		n++
		for _, q := range states[i].Queue {
			n += countPorts(q.Ports)
		}
		for _, q := range states[i].Retained {
			n += countPorts(q.Ports)
		}
	}
	return n
}

// land gives ports to the client: a handle for each, and ATTACH to its peer's owner.
func (s *Session) land(in []PortState) (out []PortState, claims []*claim) {
	if len(in) == 0 {
		return nil, nil
	}
	out = make([]PortState, len(in))
	for i := range in {
		out[i] = PortState{Ended: in[i].Ended, Lost: in[i].Lost, SendNext: in[i].SendNext, RecvNext: in[i].RecvNext}
		if !in[i].Ended {
			c := s.landPort(&in[i], &out[i])
			claims = append(claims, c)
		}
		for _, q := range in[i].Queue {
			ports, more := s.land(q.Ports)
			out[i].Queue = append(out[i].Queue, Message{q.Body, ports})
			claims = append(claims, more...)
		}
	}
	return out, claims
}

func (s *Session) landPort(in, out *PortState) *claim {
	c := &claim{handle: s.mint(), id: in.Cap.ID, peer: in.Cap.Peer, token: in.Cap.Token, peerN: in.Cap.PeerN, peerR: in.Cap.PeerR,
		sendNext: in.SendNext, acked: in.SendNext - uint64(len(in.Retained)), in: in.RecvNext, next: in.RecvNext}
	out.Port = c.handle
	c.sent, out.Retained = s.landRetained(in)
	s.count++
	s.add(c)
	s.publish(c, Packet{Kind: Attach})
	return c
}

// landRetained gives handles to the ports in messages that are not acknowledged. They stay in
// transit, unchanged.
func (s *Session) landRetained(in *PortState) (sent []sentPorts, out []Message) {
	first := in.SendNext - uint64(len(in.Retained))
	for i, m := range in.Retained {
		states, ports := s.landTransits(m.Ports)
		if len(ports) > 0 {
			sent = append(sent, sentPorts{first + uint64(i), ports})
		}
		out = append(out, Message{m.Body, states})
	}
	return sent, out
}

func (s *Session) landTransits(in []PortState) (out []PortState, ports []*transit) {
	for i := range in {
		state := PortState{Ended: in[i].Ended, Lost: in[i].Lost, SendNext: in[i].SendNext, RecvNext: in[i].RecvNext}
		t := s.landTransit(&in[i])
		var queued []*transit
		for _, q := range in[i].Queue {
			states, more := s.landTransits(q.Ports)
			state.Queue = append(state.Queue, Message{q.Body, states})
			queued = append(queued, more...)
		}
		if t == nil {
			ports = append(ports, queued...)
		} else {
			state.Port = t.handle
			t.sent, state.Retained = s.landRetained(&in[i])
			t.queued = queued
			ports = append(ports, t)
		}
		out = append(out, state)
	}
	return out, ports
}

// landTransit is nil for a port without a peer.
func (s *Session) landTransit(in *PortState) *transit {
	if in.Ended {
		return nil
	}
	s.count++
	return &transit{handle: s.mint(), cap: in.Cap, sendNext: in.SendNext, recvNext: in.RecvNext, acked: in.SendNext - uint64(len(in.Retained))}
}

// release drops the claims that c's messages brought and the client has not acknowledged, without a
// word: who sent them is accountable.
func (s *Session) release(c *claim) {
	for _, l := range c.landed {
		for _, p := range l.claims {
			s.releaseClaim(p)
		}
	}
	c.landed = nil
}

func (s *Session) releaseClaim(c *claim) {
	s.release(c)
	for _, p := range c.sent {
		for _, t := range p.ports {
			s.free(t)
		}
	}
	c.sent = nil
	s.count--
	s.remove(c)
}

// free ends a transit: somebody else is accountable, for what is in it too.
func (s *Session) free(t *transit) {
	s.count--
	for _, q := range t.queued {
		s.free(q)
	}
	for _, p := range t.sent {
		for _, q := range p.ports {
			s.free(q)
		}
	}
}

// bury ends a claim whose peer's owner has said its last number: ports in messages from
// there on are lost.
func (s *Session) bury(c *claim) {
	s.abandon(c)
	s.count--
	s.remove(c)
}

// abandon tells the peers of all ports in c's unacknowledged messages that those are lost.
func (s *Session) abandon(c *claim) {
	sent := c.sent
	c.sent = nil
	for _, p := range sent {
		for _, t := range p.ports {
			s.grave(t, t.cap)
		}
	}
}

// grave turns a transit that is lost into a tombstone, and those in its queue; the ones in its
// messages wait for its peer's answer.
func (s *Session) grave(t *transit, cap *Capability) {
	for _, q := range t.queued {
		s.grave(q, q.cap)
	}
	if cap == nil { // given up before
		s.count--
		return
	}
	c := &claim{id: cap.ID, peer: cap.Peer, token: cap.Token, peerN: cap.PeerN, peerR: cap.PeerR,
		sendNext: t.sendNext, acked: t.acked, in: t.recvNext, next: t.recvNext, sent: t.sent}
	s.add(c)
	s.publish(c, Packet{Kind: Gone})
}

// graves makes tombstones of a port that the directory gives back, and of those in its queue.
func (s *Session) graves(state *PortState) {
	_, ports := s.landTransits([]PortState{*state})
	for _, t := range ports {
		s.grave(t, t.cap)
	}
}

// entomb turns a claim into a tombstone.
func (s *Session) entomb(c *claim) {
	if c.peerGone {
		s.publish(c, Packet{Kind: Closed})
		s.bury(c)
		return
	}
	delete(s.claims, c.handle)
	c.handle = 0
	s.publish(c, Packet{Kind: Gone})
}

// end is the loss of the client. Its session answers for what it owned until it is done.
func (s *Session) end() {
	s.ended = true
	s.listeners, s.joined = nil, nil
	for _, c := range s.sorted() {
		s.release(c)
	}
	for _, c := range s.sorted() {
		if s.off.noTransit {
			s.abandon(c)
		}
		s.entomb(c)
	}
	if s.greeted {
		s.ask(DirectoryEvent{Kind: DirectoryLeave})
	}
}

func (s *Session) sorted() []*claim {
	claims := make([]*claim, 0, len(s.claims))
	for _, h := range sortedKeys(s.claims) {
		claims = append(claims, s.claims[h])
	}
	return claims
}

// forget gives up on answers.
func (s *Session) forget() {
	s.ended = true
	ids := make([]ID, 0, len(s.byID))
	for id := range s.byID {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		s.effect(SessionEffect{Kind: SessionUnsubscribe, ID: id})
	}
	clear(s.byID)
	clear(s.claims)
	s.count = 0
}
