package protocol

// maxClaims is how many ports a client may have that does not count them itself. An
// endpoint counts, and refuses one more than MaxPorts where it is posted; what lands
// meanwhile is why this is more.
const maxClaims = 2 * MaxPorts

// shipping is one message on its way through ship.
type shipping struct {
	carrier ID
	seq     uint64
}

// ship takes the ports of a client's new message out of its hands. states is what goes on the bus.
func (s *custody) ship(c *claim, f *Frame) (states []PortState, ports []*transit, ok bool) {
	if len(f.Ports) == 0 {
		return nil, nil, true
	}
	delete(s.claims, c.handle) // it cannot be in its own message
	states, ports = s.shipPorts(&shipping{c.id, f.Seq}, f.Ports)
	s.claims[c.handle] = c
	return states, ports, s.fault == ""
}

func (s *custody) shipPorts(m *shipping, in []PortState) (out []PortState, ports []*transit) {
	out = s.out.arena.portStates(len(in))
	for i := range in {
		if s.fault != "" {
			return out, ports
		}
		if in[i].Ended {
			out[i] = PortState{Ended: true, Lost: in[i].Lost}
			var queued []*transit
			out[i].Queue, queued = s.shipQueue(m, in[i].Queue)
			ports = append(ports, queued...)
		} else if c := s.claimToShip(in[i].Port); c != nil {
			if t := s.shipPort(m, c, &in[i], &out[i]); t != nil {
				ports = append(ports, t)
			}
		}
	}
	return out, ports
}

// claimToShip finds the claim that the client hands on, which is a new one if its channel is.
func (s *custody) claimToShip(h Handle) *claim {
	if h.minted() && h.channel() > s.channels {
		if s.count+2 > maxClaims {
			s.blame("too many ports")
			return nil
		}
		s.newChannel(h.channel())
	}
	c := s.claims[h]
	if c == nil || c.life == lingering || c.hands != inHands {
		s.blame("a port that is not this client's to hand on")
		return nil
	}
	return c
}

// newChannel makes the identities of both ends of a channel. They know each other.
func (s *custody) newChannel(n uint64) {
	s.channels = n
	var ends [2]*claim
	for side := range uint64(2) {
		id := portID(s.keys.prf, s.endpoint, n, side)
		token := Token{0, []Nonce{hopNonce(s.keys.prf, id, 0, ID{}, 0)}}
		ends[side] = &claim{handle: handleOf(n, side), hands: inHands, kept: true, open: true, id: id, token: token}
	}
	for side, c := range ends {
		other := ends[1-side]
		c.peer = other.id
		c.peerN, c.peerR = other.token.last()
		s.add(c)
	}
}

// depart turns a claim into a transit, with one hop more if m says of what message.
func (s *custody) depart(c *claim, recvNext uint64, m *shipping) *transit {
	s.acknowledge(c, recvNext)
	s.release(c)
	t := &transit{handle: c.handle, sendNext: c.sendNext, recvNext: recvNext, acked: c.acked, sent: c.sent}
	t.cap = &Capability{ID: c.id, Peer: c.peer, Token: c.token, PeerN: c.peerN, PeerR: c.peerR}
	if m != nil {
		t.cap.Token = s.hop(t.cap, m)
	}
	c.sent = nil
	s.carry(t)
	s.become(c, toBury)
	return t
}

// hop is the token of a port that leaves in a message.
func (s *custody) hop(cap *Capability, m *shipping) Token {
	n, _ := cap.Token.last()
	return cap.Token.hop(hopNonce(s.keys.prf, cap.ID, n+1, m.carrier, m.seq))
}

// shipPort turns a claim into a transit, and its state into what goes on the bus.
func (s *custody) shipPort(m *shipping, c *claim, in, out *PortState) *transit {
	first := in.SendNext - uint64(len(in.Retained))
	switch {
	case in.SendNext < c.sendNext || first > c.acked:
		s.blame("a port with other messages than were sent on it")
		return nil
	case in.RecvNext > c.in || in.RecvNext < c.next:
		s.blame("a port with another number of messages than it got")
		return nil
	}
	c.sendNext = in.SendNext // what could not be sent yet has no ports, or was parked
	// What was doomed may be lost by now. Its peer is gone in either case: what travels
	// on is the queue.
	ended := len(c.token.Nonces) > MaxChain || c.life == doomed || c.life == lost
	hop := m
	if ended {
		hop = nil
	}
	t := s.depart(c, in.RecvNext, hop)
	if ended {
		rest := &transit{handle: t.handle, sendNext: t.sendNext, recvNext: t.recvNext, acked: t.acked}
		s.grave(t, t.cap)
		s.carry(rest) // a transit without a port
		t = rest
	}
	var ok bool
	if *out, ok = s.state(t, in); !ok {
		s.blame("a port with other ports in its messages than were sent")
		return t
	}
	out.Queue, t.queued = s.shipQueue(m, in.Queue)
	if s.off.NoQueue {
		out.Queue = nil
	}
	return t
}

func (s *custody) shipQueue(m *shipping, in []Message) (out []Message, ports []*transit) {
	out = s.out.arena.messageList(len(in))
	for i := range in {
		var more []*transit
		out[i].Body = in[i].Body
		out[i].Ports, more = s.shipPorts(m, in[i].Ports)
		ports = append(ports, more...)
	}
	return out, ports
}

// state is what goes on the bus of a port in transit, without its queue.
func (s *custody) state(t *transit, in *PortState) (out PortState, ok bool) {
	if t.cap == nil {
		return PortState{Ended: true, Lost: true}, true
	}
	out = PortState{Cap: t.cap, SendNext: t.sendNext, RecvNext: t.recvNext, Flow: in.Flow}
	first := in.SendNext - uint64(len(in.Retained))
	if in.SendNext != t.sendNext || first > t.acked {
		return out, false
	}
	retained := in.Retained
	if first < t.acked { // the peer's owner has those
		retained = retained[min(t.acked-first, uint64(len(retained))):]
		first = t.acked
	}
	if s.off.NoRetained {
		return out, true
	}
	out.Retained = s.out.arena.messageList(len(retained))
	for i, m := range retained {
		ports, ok := s.reship(m.Ports, portsOf(t.sent, first+uint64(i)))
		if !ok {
			return out, false
		}
		out.Retained[i] = Message{m.Body, ports}
	}
	return out, true
}

// reship translates the ports of a message that is sent again: they are the same as at
// the first time.
func (s *custody) reship(in []PortState, ports []*transit) (out []PortState, ok bool) {
	if len(in) == 0 {
		return nil, len(ports) == 0
	}
	return s.reshipPorts(in, ports)
}

func (s *custody) reshipPorts(in []PortState, ports []*transit) (out []PortState, ok bool) {
	out = s.out.arena.portStates(len(in))
	for i := range in {
		queued := ports
		if in[i].Ended {
			out[i] = PortState{Ended: true, Lost: in[i].Lost}
		} else {
			t := find(ports, in[i].Port)
			if t == nil {
				return nil, false
			}
			if out[i], ok = s.state(t, &in[i]); !ok {
				return nil, false
			}
			queued = t.queued
		}
		if s.off.NoQueue {
			continue
		}
		out[i].Queue = s.out.arena.messageList(len(in[i].Queue))
		for j, m := range in[i].Queue {
			states, ok := s.reshipPorts(m.Ports, queued)
			if !ok {
				return nil, false
			}
			out[i].Queue[j] = Message{m.Body, states}
		}
	}
	return out, true
}

func find(ports []*transit, h Handle) *transit {
	for _, t := range ports {
		if t.handle == h {
			return t
		}
	}
	return nil
}

func portsOf(sent []sentPorts, seq uint64) []*transit {
	for _, p := range sent {
		if p.seq == seq {
			return p.ports
		}
	}
	return nil
}
