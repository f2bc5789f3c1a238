package protocol

import "fmt"

// FormatError says why bytes are no frame, or no packet.
type FormatError struct {
	Offset int // from the beginning of what was decoded
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("at byte %d: %s", e.Offset, e.Reason) }

// AppendFrame appends the byte form of f to dst. The frame is taken as it is: who makes one keeps
// to the limits.
func AppendFrame(dst []byte, f *Frame) []byte {
	dst = append(dst, byte(f.Kind))
	switch f.Kind {
	case Hello:
		dst = appendUint(dst, f.Version)
		dst = append(dst, bit(f.Service, 1))
		dst = appendText(dst, f.Origin)
	case Welcome:
		dst = appendUint(dst, f.Version)
		dst = appendText(dst, f.Session)
		dst = appendText(dst, f.Origin)
		dst = appendText(dst, f.User)
		dst = appendUint(dst, f.MaxBody)
	case Error:
		dst = appendUint(dst, f.Code)
		dst = appendText(dst, f.Text)
	case Data:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Seq)
		dst = appendUint(dst, f.Next)
		dst = appendBytes(dst, f.Body)
		dst = appendPorts(dst, f.Ports, false)
	case Ack, Attach, Attached, Closed, Gone:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Next)
	case Refused:
		dst = appendUint(dst, uint64(f.Port))
	case Close:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Seq)
		dst = appendUint(dst, f.Next)
	case Listen:
		dst = appendUint(dst, f.Listener)
		dst = appendText(dst, f.Name)
	case Unlisten:
		dst = appendUint(dst, f.Listener)
	case Listening:
		dst = appendUint(dst, f.Listener)
		dst = appendUint(dst, f.Code)
	case Connect:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendText(dst, f.Name)
		dst = appendText(dst, f.Origin)
		dst = appendPorts(dst, f.Ports, false)
	case Connection:
		dst = appendUint(dst, f.Listener)
		dst = appendText(dst, f.Origin)
		dst = appendText(dst, f.User)
		dst = appendPorts(dst, f.Ports, false)
	case Subscribe, Unsubscribe, Subscribed:
		dst = appendText(dst, f.Name)
	case Broadcast:
		dst = appendText(dst, f.Name)
		dst = appendBytes(dst, f.Body)
	}
	return dst
}

// DecodeFrame reads the first frame of a batch and gives what follows it. The frame's bodies are
// parts of batch. Its error is a [*FormatError].
func DecodeFrame(batch []byte) (f Frame, rest []byte, err error) {
	r := reader{b: batch}
	f.Kind = Kind(r.byte())
	switch f.Kind {
	case Hello:
		f.Version = r.uint()
		f.Service = r.flags(1)&1 != 0
		f.Origin = r.text(MaxOrigin)
	case Welcome:
		f.Version = r.uint()
		f.Session = r.text(MaxText)
		f.Origin = r.text(MaxOrigin)
		f.User = r.text(MaxOrigin)
		f.MaxBody = r.uint()
	case Error:
		f.Code = r.uint()
		f.Text = r.text(MaxText)
	case Data:
		f.Port = r.handle()
		f.Seq = r.uint()
		f.Next = r.uint()
		f.Body = r.bytes(MaxBody)
		f.Ports = r.ports(MaxPortsPerMessage, 0)
	case Ack, Attach, Attached, Closed, Gone:
		f.Port = r.handle()
		f.Next = r.uint()
	case Refused:
		f.Port = r.handle()
	case Close:
		f.Port = r.handle()
		f.Seq = r.uint()
		f.Next = r.uint()
	case Listen:
		f.Listener = r.uint()
		f.Name = r.text(MaxName)
	case Unlisten:
		f.Listener = r.uint()
	case Listening:
		f.Listener = r.uint()
		f.Code = r.uint()
	case Connect:
		f.Port = r.handle()
		f.Name = r.text(MaxName)
		f.Origin = r.text(MaxOrigin)
		f.Ports = r.onePort()
	case Connection:
		f.Listener = r.uint()
		f.Origin = r.text(MaxOrigin)
		f.User = r.text(MaxOrigin)
		f.Ports = r.onePort()
	case Subscribe, Unsubscribe, Subscribed:
		f.Name = r.text(MaxName)
	case Broadcast:
		f.Name = r.text(MaxName)
		f.Body = r.bytes(MaxBody)
	default:
		r.fail("unknown kind of frame")
	}
	if r.off > MaxFrame {
		r.fail("frame too long")
	}
	if r.err != nil {
		return Frame{}, nil, r.err
	}
	return f, batch[r.off:], nil
}

// AppendPacket appends the byte form of p to dst.
func AppendPacket(dst []byte, p *Packet) []byte {
	dst = append(dst, byte(p.Kind))
	dst = append(dst, p.To[:]...)
	dst = append(dst, p.From[:]...)
	dst = appendToken(dst, p.Token)
	dst = appendUint(dst, p.ToN)
	dst = append(dst, p.ToR[:]...)
	dst = appendUint(dst, p.Next)
	switch p.Kind {
	case Data:
		dst = appendUint(dst, p.Seq)
		dst = appendBytes(dst, p.Body)
		dst = appendPorts(dst, p.Ports, true)
	case Attach:
		dst = append(dst, bit(p.Again, 1))
	case Close:
		dst = appendUint(dst, p.Seq)
	case Attached, Refused:
		dst = appendUint(dst, p.VN)
		dst = append(dst, p.VR[:]...)
	}
	return dst
}

// DecodePacket reads a packet. Its bodies are parts of b. Its error is a [*FormatError].
func DecodePacket(b []byte) (Packet, error) {
	r := reader{b: b, packet: true}
	p := Packet{Kind: Kind(r.byte())}
	copy(p.To[:], r.fixed(len(p.To)))
	copy(p.From[:], r.fixed(len(p.From)))
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
	case Attached, Refused:
		p.VN = r.uint()
		copy(p.VR[:], r.fixed(len(p.VR)))
	case Attach:
		p.Again = r.flags(1) != 0
	case Ack, Closed, Gone:
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
