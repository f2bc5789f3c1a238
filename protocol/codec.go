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
		dst = append(dst, f.Secret...)
		dst = appendText(dst, f.Origin)
		dst = appendBytes(dst, f.Ticket)
		dst = appendUint(dst, uint64(f.Handles))
		dst = appendUint(dst, f.Channels)
	case Welcome:
		dst = appendUint(dst, f.Version)
		dst = appendText(dst, f.Endpoint)
		dst = appendText(dst, f.Origin)
		dst = appendText(dst, f.User)
		dst = appendUint(dst, f.MaxBody)
		dst = appendUint(dst, f.Absence)
		dst = appendBytes(dst, f.Ticket)
	case Ticket:
		dst = appendBytes(dst, f.Ticket)
	case Error:
		dst = appendUint(dst, f.Code)
		dst = appendText(dst, f.Text)
	case Data:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Seq)
		dst = appendUint(dst, f.Next)
		dst = appendBytes(dst, f.Body)
		dst = appendPorts(dst, f.Ports, false)
	case Parked:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Seq)
		dst = appendPorts(dst, f.Ports, false)
	case Ack, Attached:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Next)
		dst = appendLimit(dst, f.Limit)
	case Attach, Closed, Gone, Blocked:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Next)
	case Refused, Taken, Settled, Dropped:
		dst = appendUint(dst, uint64(f.Port))
	case Cap:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendBytes(dst, f.Ticket)
	case Resume:
		dst = appendResumed(dst, f.Resumed)
	case Close:
		dst = appendUint(dst, uint64(f.Port))
		dst = appendUint(dst, f.Seq)
		dst = appendUint(dst, f.Next)
	case Listen:
		dst = appendUint(dst, f.Listener)
		dst = appendText(dst, f.Name)
		dst = appendBytes(dst, f.Ticket)
	case Unlisten:
		dst = appendUint(dst, f.Listener)
	case Listening:
		dst = appendUint(dst, f.Listener)
		dst = appendUint(dst, f.Code)
		dst = appendBytes(dst, f.Ticket)
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
	case Subscribe, Unsubscribe:
		dst = appendText(dst, f.Name)
	case Subscribed:
		dst = appendText(dst, f.Name)
		dst = appendUint(dst, f.Code)
	case Broadcast:
		dst = appendText(dst, f.Name)
		dst = appendBytes(dst, f.Body)
	}
	return dst
}

// Decoder decodes frames, one after the other, into memory of its own. The zero value is ready. It
// is an arena as [Out]: a frame is valid until the next one is decoded.
type Decoder struct {
	frame Frame
	arena arena
}

// Frame reads the first frame of a batch and gives what follows it. The frame's bodies are parts of
// batch. Its error is a [*FormatError].
func (d *Decoder) Frame(batch []byte) (f *Frame, rest []byte, err error) {
	d.arena.reset()
	d.frame = Frame{}
	r := reader{b: batch, arena: &d.arena}
	r.frame(&d.frame)
	if r.err != nil {
		return nil, nil, r.err
	}
	return &d.frame, batch[r.off:], nil
}

// DecodeFrame is [Decoder.Frame] for one frame, which belongs to the caller.
func DecodeFrame(batch []byte) (f Frame, rest []byte, err error) {
	d := new(Decoder)
	decoded, rest, err := d.Frame(batch)
	if err != nil {
		return Frame{}, nil, err
	}
	return *decoded, rest, nil
}

func (r *reader) frame(f *Frame) {
	f.Kind = Kind(r.byte())
	switch f.Kind {
	case Hello:
		f.Version = r.uint()
		f.Service = r.flags(1)&1 != 0
		f.Secret = r.fixed(len(Secret{}))
		f.Origin = r.text(MaxOrigin)
		f.Ticket = r.bytes(MaxTicket)
		f.Handles = Handle(r.uint())
		f.Channels = r.uint()
	case Welcome:
		f.Version = r.uint()
		f.Endpoint = r.text(MaxText)
		f.Origin = r.text(MaxOrigin)
		f.User = r.text(MaxOrigin)
		f.MaxBody = r.uint()
		f.Absence = r.uint()
		f.Ticket = r.bytes(MaxTicket)
	case Ticket:
		f.Ticket = r.bytes(MaxTicket)
	case Bye, Ping, Pong:
	case Error:
		f.Code = r.uint()
		f.Text = r.text(MaxText)
	case Data:
		f.Port = r.handle()
		f.Seq = r.uint()
		f.Next = r.uint()
		f.Body = r.bytes(MaxBody)
		f.Ports = r.ports(MaxPortsPerMessage, 0)
	case Parked:
		f.Port = r.handle()
		f.Seq = r.uint()
		f.Ports = r.ports(MaxPortsPerMessage, 0)
	case Ack, Attached:
		f.Port = r.handle()
		f.Next = r.uint()
		f.Limit = r.limit()
	case Attach, Closed, Gone, Blocked:
		f.Port = r.handle()
		f.Next = r.uint()
	case Refused, Taken, Settled, Dropped:
		f.Port = r.handle()
	case Cap:
		f.Port = r.handle()
		f.Ticket = r.bytes(MaxTicket)
	case Resume:
		f.Resumed = r.resumed()
	case Close:
		f.Port = r.handle()
		f.Seq = r.uint()
		f.Next = r.uint()
	case Listen:
		f.Listener = r.uint()
		f.Name = r.text(MaxName)
		f.Ticket = r.bytes(MaxTicket)
	case Unlisten:
		f.Listener = r.uint()
	case Listening:
		f.Listener = r.uint()
		f.Code = r.uint()
		f.Ticket = r.bytes(MaxTicket)
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
	case Subscribe, Unsubscribe:
		f.Name = r.text(MaxName)
	case Subscribed:
		f.Name = r.text(MaxName)
		f.Code = r.uint()
	case Broadcast:
		f.Name = r.text(MaxName)
		f.Body = r.bytes(MaxBody)
	default:
		r.fail("unknown kind of frame")
	}
	if r.off > MaxFrame {
		r.fail("frame too long")
	}
}
