package protocol

// landIn lands the ports of a message for c. They are provisional: until the client acknowledges
// the message its sender is accountable for them. A client that has all the ports that it may have
// gets the message with ports that are lost.
func (s *custody) landIn(c *claim, p *Packet) []PortState {
	if len(p.Ports) == 0 {
		return nil
	}
	if s.full(p.Ports) {
		return s.lose(p.Ports)
	}
	states, claims := s.land(p.Ports, inMessage)
	if len(claims) > 0 {
		c.landed = append(c.landed, landedPorts{p.Seq, claims})
	}
	return states
}

func (s *custody) full(ports []PortState) bool {
	return s.count-(len(s.graves)-s.buried)+countPorts(ports) > MaxPorts
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
func (s *custody) land(in []PortState, in0 hands) (out []PortState, claims []*claim) {
	out = s.out.arena.portStates(len(in))
	for i := range in {
		out[i] = PortState{Ended: in[i].Ended, Lost: in[i].Lost, SendNext: in[i].SendNext, RecvNext: in[i].RecvNext, Flow: in[i].Flow}
		if !in[i].Ended {
			claims = append(claims, s.landPort(&in[i], &out[i], in0))
		}
		out[i].Queue = s.out.arena.messageList(len(in[i].Queue))
		for j, q := range in[i].Queue {
			ports, more := s.land(q.Ports, in0)
			out[i].Queue[j] = Message{q.Body, ports}
			claims = append(claims, more...)
		}
	}
	return out, claims
}

func (s *custody) landPort(in, out *PortState, in0 hands) *claim {
	c := &claim{handle: s.mint(), hands: in0, kept: true, id: in.Cap.ID, peer: in.Cap.Peer, token: in.Cap.Token,
		peerN: in.Cap.PeerN, peerR: in.Cap.PeerR,
		sendNext: in.SendNext, acked: in.SendNext - uint64(len(in.Retained)), in: in.RecvNext, next: in.RecvNext}
	c.floor = c.acked
	out.Port = c.handle
	c.sent, out.Retained = s.landRetained(in)
	s.add(c)
	s.ticket(c)
	if in0 == inMessage || s.off.EarlyAttach {
		s.attach(c)
	}
	return c
}

// landRetained gives handles to the ports in messages that are not acknowledged. They stay in
// transit, unchanged.
func (s *custody) landRetained(in *PortState) (sent []sentPorts, out []Message) {
	first := in.SendNext - uint64(len(in.Retained))
	out = s.out.arena.messageList(len(in.Retained))
	for i, m := range in.Retained {
		states, ports := s.landTransits(m.Ports)
		if len(ports) > 0 {
			sent = append(sent, sentPorts{first + uint64(i), ports})
		}
		out[i] = Message{m.Body, states}
	}
	return sent, out
}

func (s *custody) landTransits(in []PortState) (out []PortState, ports []*transit) {
	out = s.out.arena.portStates(len(in))
	for i := range in {
		state := PortState{Ended: in[i].Ended, Lost: in[i].Lost, SendNext: in[i].SendNext, RecvNext: in[i].RecvNext, Flow: in[i].Flow}
		t := s.landTransit(&in[i])
		var queued []*transit
		state.Queue = s.out.arena.messageList(len(in[i].Queue))
		for j, q := range in[i].Queue {
			states, more := s.landTransits(q.Ports)
			state.Queue[j] = Message{q.Body, states}
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
		out[i] = state
	}
	return out, ports
}

// landTransit is nil for a port without a peer.
func (s *custody) landTransit(in *PortState) *transit {
	if in.Ended {
		return nil
	}
	t := &transit{handle: s.mint(), cap: in.Cap, sendNext: in.SendNext, recvNext: in.RecvNext, acked: in.SendNext - uint64(len(in.Retained))}
	s.carry(t)
	s.send(Frame{Kind: Cap, Port: t.handle, Ticket: s.keys.sealPort(s.endpoint, t.handle, t.cap, true)})
	return t
}

// lose makes tombstones of ports that there is no room for. The client gets what is left of
// them: their queues.
func (s *custody) lose(in []PortState) []PortState {
	_, ports := s.landTransits(in)
	for _, t := range ports {
		s.grave(t, t.cap)
	}
	return s.left(in)
}

func (s *custody) left(in []PortState) []PortState {
	out := s.out.arena.portStates(len(in))
	for i := range in {
		out[i] = PortState{Ended: true, Lost: in[i].Lost || !in[i].Ended}
		out[i].Queue = s.out.arena.messageList(len(in[i].Queue))
		for j, q := range in[i].Queue {
			out[i].Queue[j] = Message{q.Body, s.left(q.Ports)}
		}
	}
	return out
}
