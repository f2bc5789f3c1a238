package protocol

// frame takes what the client says about one of its ports.
func (s *custody) frame(f *Frame) {
	c := s.claims[f.Port]
	switch {
	case f.Kind == Taken:
		s.taken(c, f.Port)
	case c == nil && !s.known(f.Port):
		s.blame("a handle that was never given")
	case c == nil: // it was given back, and this frame had left before
		if f.Kind == Close {
			s.uncall(f.Port) // or somebody answered for it before CONNECT was said again
		}
	case c.hands != inHands:
		s.blame("a port of a message that was not acknowledged")
	case f.Next > c.in:
		s.blame("an acknowledgement of what was not sent")
	default:
		s.acknowledge(c, f.Next)
		s.frameFor(c, f)
	}
}

func (s *custody) frameFor(c *claim, f *Frame) {
	switch f.Kind {
	case Data:
		s.data(c, f)
	case Parked:
		s.park(c, f)
	case Ack:
		s.publish(c, Packet{Kind: Ack, Limit: f.Limit})
	case Blocked:
		s.publish(c, Packet{Kind: Blocked})
	case Attached:
		s.attached(c, f)
	case Close:
		s.close(c, f)
	case Closed:
		s.closed(c)
	case Gone:
		s.release(c)
		s.entomb(c)
		s.uncall(f.Port)
	}
}

// attached is the client's answer to an ATTACH. What answers one of a former owner says nothing
// about the present one: the client may not have its ticket.
func (s *custody) attached(c *claim, f *Frame) {
	switch {
	case c.asked == 0:
		s.blame("ATTACHED without being asked")
		return
	case c.stale > 0 && !s.off.StaleAttached:
		c.asked, c.stale = c.asked-1, c.stale-1
		return
	}
	c.asked--
	c.kept = true
	s.publish(c, Packet{Kind: Attached, VN: c.peerN, VR: c.peerR, Limit: f.Limit})
}

// uncall takes a connect back whose caller's end is no more.
func (s *custody) uncall(h Handle) {
	if r := s.requests[h]; r != nil {
		s.cancel(r)
	}
}

// close is the client's. It is said again after each ATTACH.
func (s *custody) close(c *claim, f *Frame) {
	switch {
	case f.Seq != c.sendNext:
		s.blame("CLOSE with another number than the next")
		return
	case c.told():
		return // CLOSED follows
	case c.may(toLinger):
		s.become(c, toLinger)
	}
	s.release(c)
	s.publish(c, Packet{Kind: Close, Seq: f.Seq})
	if r := s.requests[f.Port]; r != nil && !r.closing {
		// Whoever was offered it may take it, with what was posted before; nobody else is asked.
		r.closing = true
		s.ask(DirectoryEvent{Kind: DirectoryCancel, Port: r.port})
	}
}

// closed is the client's answer to CLOSE, GONE or REFUSED.
func (s *custody) closed(c *claim) {
	if !c.told() {
		s.blame("CLOSED without being asked")
		return
	}
	s.release(c)
	if c.life != refused {
		s.publish(c, Packet{Kind: Closed})
	}
	s.uncall(c.handle)
	s.bury(c)
}

// data is a message from the client, new or repeated.
func (s *custody) data(c *claim, f *Frame) {
	var states []PortState
	switch {
	case f.Seq > c.sendNext || f.Seq == c.sendNext && c.life == lingering:
		s.blame("DATA with another number than the next")
		return
	case f.Seq == MaxInteger:
		s.blame("a number that no message has")
		return
	case f.Seq == c.sendNext:
		var ports []*transit
		var ok bool
		c.sendNext++
		states, ports, ok = s.ship(c, f)
		if len(ports) > 0 {
			c.sent = append(c.sent, sentPorts{f.Seq, ports})
		}
		if !ok || s.futile(c, ports) {
			return
		}
	case f.Seq < c.acked: // it was said with a packet that was not passed on
		if !s.off.NoReceipt {
			s.send(Frame{Kind: Ack, Port: f.Port, Next: c.acked})
		}
		return
	case c.life != held && c.life != lingering || c.vain: // the ports in it were given up
		return
	default:
		var ok bool
		if states, ok = s.reship(f.Ports, portsOf(c.sent, f.Seq)); !ok {
			s.blame("a repeated message with other ports")
			return
		}
	}
	s.publish(c, Packet{Kind: Data, Seq: f.Seq, Body: f.Body, Ports: states})
}

// park takes the ports in of a message that the client has posted and may not send yet: they are in
// transit. What it has posted before that message has no ports.
func (s *custody) park(c *claim, f *Frame) {
	switch {
	case f.Seq < c.sendNext || c.life == lingering:
		s.blame("PARKED after that message was sent")
		return
	case f.Seq > MaxInteger/2:
		s.blame("numbers that nobody has reached")
		return
	}
	c.sendNext = f.Seq + 1
	_, ports, ok := s.ship(c, f)
	if len(ports) > 0 {
		c.sent = append(c.sent, sentPorts{f.Seq, ports})
	}
	if ok {
		s.futile(c, ports)
	}
}

// futile reports whether a new message cannot arrive: its port has come to an end that the client
// does not know of yet, or c's peer is in it. The ports in it are given up then; of an end that the
// client does not know of when it does, for until then it may hand on the port with them.
func (s *custody) futile(c *claim, ports []*transit) bool {
	if c.life == held {
		for _, t := range ports {
			if t.contains(c.peer) {
				s.become(c, toDoom)
				break
			}
		}
	}
	if c.life == doomed {
		s.abandon(c)
	}
	return c.life != held
}
