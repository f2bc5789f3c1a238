package protocol

// AppendPacket appends the byte form of p to dst.
func AppendPacket(dst []byte, p *Packet) []byte {
	dst = append(dst, byte(p.Kind))
	dst = append(dst, p.To[:]...)
	dst = append(dst, p.From[:]...)
	switch p.Kind {
	case Offer, Taken, Declined, Withdraw, Settled, Matched, Crowded, Listening:
		return appendConnectPacket(dst, p)
	case Takeover:
		return appendUint(dst, p.VN)
	}
	dst = appendToken(dst, p.Token)
	dst = appendUint(dst, p.ToN)
	dst = append(dst, p.ToR[:]...)
	dst = appendUint(dst, p.Next)
	switch p.Kind {
	case Data:
		dst = appendUint(dst, p.Seq)
		dst = appendBytes(dst, p.Body)
		dst = appendPorts(dst, p.Ports, true)
	case Ack:
		dst = appendLimit(dst, p.Limit)
	case Attach:
		dst = append(dst, bit(p.Again, 1))
	case Alive:
		dst = append(dst, bit(p.Transit, 1)|bit(p.Waiting, 2))
	case Close:
		dst = appendUint(dst, p.Seq)
	case Attached:
		dst = appendLimit(dst, p.Limit)
		fallthrough
	case Refused:
		dst = appendUint(dst, p.VN)
		dst = append(dst, p.VR[:]...)
	}
	return dst
}

func appendConnectPacket(dst []byte, p *Packet) []byte {
	if p.Kind == Listening {
		return appendBytes(appendUint(appendUint(dst, p.Listener), p.Code), p.Ticket)
	}
	dst = appendUint(dst, uint64(p.Request))
	switch p.Kind {
	case Offer:
		dst = appendUint(dst, p.Offer)
		dst = appendUint(dst, p.Listener)
		dst = appendText(dst, p.Origin)
		dst = appendText(dst, p.User)
		dst = appendPorts(dst, p.Ports, true)
	case Matched:
		dst = appendUint(dst, p.Offer)
		dst = appendUint(dst, p.Listener)
	case Declined:
		dst = appendUint(dst, p.Offer)
		dst = append(dst, bit(p.Lost, 1))
	case Taken, Withdraw, Settled:
		dst = appendUint(dst, p.Offer)
	}
	return dst
}

// DecodePacket reads a packet, which belongs to the caller. Its bodies are parts of b. Its error is
// a [*FormatError].
func DecodePacket(b []byte) (Packet, error) {
	r := reader{b: b, packet: true, arena: new(arena)}
	p := Packet{Kind: Kind(r.byte())}
	copy(p.To[:], r.fixed(len(p.To)))
	copy(p.From[:], r.fixed(len(p.From)))
	switch p.Kind {
	case Offer, Taken, Declined, Withdraw, Settled, Matched, Crowded, Listening:
		r.connectPacket(&p)
	case Takeover:
		p.VN = r.uint()
	case Data, Ack, Attach, Attached, Refused, Close, Closed, Gone, Probe, Alive, Blocked, Dropped:
		r.portPacket(&p)
	default:
		r.fail("unknown kind of packet")
	}
	if r.err == nil && r.off != len(b) {
		r.fail("bytes after the packet")
	}
	if r.err != nil {
		return Packet{}, r.err
	}
	return p, nil
}

func (r *reader) portPacket(p *Packet) {
	p.Token = r.token()
	p.ToN = r.uint()
	copy(p.ToR[:], r.fixed(len(p.ToR)))
	p.Next = r.uint()
	switch p.Kind {
	case Data:
		p.Seq = r.uint()
		p.Body = r.bytes(MaxBody)
		p.Ports = r.ports(MaxPortsPerMessage, 0)
	case Close:
		p.Seq = r.uint()
	case Ack:
		p.Limit = r.limit()
	case Attached:
		p.Limit = r.limit()
		fallthrough
	case Refused:
		p.VN = r.uint()
		copy(p.VR[:], r.fixed(len(p.VR)))
	case Attach:
		p.Again = r.flags(1) != 0
	case Alive:
		flags := r.flags(3)
		p.Transit, p.Waiting = flags&1 != 0, flags&2 != 0
	}
}

func (r *reader) connectPacket(p *Packet) {
	if p.Kind == Listening {
		p.Listener, p.Code, p.Ticket = r.uint(), r.uint(), r.bytes(MaxTicket)
		return
	}
	p.Request = r.handle()
	switch p.Kind {
	case Offer:
		p.Offer = r.uint()
		p.Listener = r.uint()
		p.Origin = r.text(MaxOrigin)
		p.User = r.text(MaxOrigin)
		p.Ports = r.onePort()
	case Matched:
		p.Offer = r.uint()
		p.Listener = r.uint()
	case Declined:
		p.Offer = r.uint()
		p.Lost = r.flags(1) != 0
	case Taken, Withdraw, Settled:
		p.Offer = r.uint()
	}
}
