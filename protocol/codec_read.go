package protocol

// reader decodes one frame or packet. After its first error it reads zeros.
type reader struct {
	b      []byte
	off    int
	arena  *arena // where port states go
	packet bool   // port states begin with flags and capabilities
	states int    // port states so far
	queued int    // messages within them so far
	err    error
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = &FormatError{r.off, reason}
	}
}

// left is how much can still be read.
func (r *reader) left() int {
	if r.err != nil {
		return 0
	}
	return len(r.b) - r.off
}

func (r *reader) byte() byte {
	if r.left() < 1 {
		r.fail("cut off")
		return 0
	}
	r.off++
	return r.b[r.off-1]
}

// flags reads a byte in which only the bits of mask may be set.
func (r *reader) flags(mask byte) byte {
	b := r.byte()
	if b&^mask != 0 {
		r.fail("unknown flag")
	}
	return b
}

func (r *reader) uint() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		switch {
		case b >= 0x80 && shift < 49:
			continue
		case b >= 0x80 || n > MaxInteger:
			r.fail("integer too large")
		case b == 0 && shift > 0:
			r.fail("integer not in its shortest form")
		default:
			return n
		}
		return 0
	}
}

func (r *reader) handle() Handle {
	h := Handle(r.uint())
	if h == 0 {
		r.fail("no handle")
	}
	return h
}

// count reads how many items follow, each of which needs at least size bytes.
func (r *reader) count(size, limit int, reason string) int {
	n := r.uint()
	if n > uint64(limit) {
		r.fail(reason)
		return 0
	}
	if int(n)*size > r.left() {
		r.fail("more items announced than there are bytes")
		return 0
	}
	return int(n)
}

func (r *reader) fixed(n int) []byte {
	if r.left() < n {
		r.fail("cut off")
		return nil
	}
	r.off += n
	return r.b[r.off-n : r.off : r.off]
}

// bytes reads a length and as many bytes. Nothing is copied.
func (r *reader) bytes(limit int) []byte {
	return r.fixed(r.count(1, limit, "too long"))
}

func (r *reader) text(limit int) string { return string(r.bytes(limit)) }

func (r *reader) token() Token {
	t := Token{Base: r.uint()}
	n := r.count(len(Nonce{}), MaxChain+1, "token too long")
	if n == 0 {
		r.fail("empty token")
		return t
	}
	t.Nonces = make([]Nonce, n)
	for i := range t.Nonces {
		copy(t.Nonces[i][:], r.fixed(len(Nonce{})))
	}
	return t
}

func (r *reader) limit() Limit { return Limit{r.uint(), r.uint()} }

// flow reads what travels with a port. Who takes it in adds to the numbers.
func (r *reader) flow() Flow {
	f := Flow{r.uint(), r.limit(), r.uint(), r.limit()}
	if max(f.SendBytes, f.RecvBytes) > MaxInteger/2 {
		r.fail("numbers that nobody has reached")
	}
	return f
}

func (r *reader) onePort() []PortState {
	ports := r.ports(1, 0)
	if len(ports) != 1 {
		r.fail("no port")
	}
	return ports
}

func (r *reader) ports(limit, depth int) []PortState {
	n := r.count(2, limit, "too many ports in one message")
	r.states += n
	switch {
	case n == 0:
		return nil
	case depth > MaxDepth:
		r.fail("ports in the queues of ports too deep")
		return nil
	case r.states > MaxPortsPerFrame:
		r.fail("too many ports in the queues of ports")
		return nil
	}
	ports := r.arena.portStates(n)
	for i := range ports {
		r.port(&ports[i], depth)
	}
	return ports
}

func (r *reader) port(p *PortState, depth int) {
	if r.packet {
		flags := r.flags(3)
		p.Ended, p.Lost = flags&1 != 0, flags&2 != 0
		if !p.Ended {
			p.Cap = r.capability()
		}
	} else {
		p.Port = Handle(r.uint())
		if p.Port == 0 {
			p.Ended, p.Lost = true, r.flags(1) != 0
		}
	}
	if p.Lost && !p.Ended {
		r.fail("lost, but not ended")
	}
	if !p.Ended {
		p.SendNext = r.uint()
		p.RecvNext = r.uint()
		p.Retained = r.messages(depth)
		if uint64(len(p.Retained)) > p.SendNext {
			r.fail("more messages retained than were sent")
		}
		p.Flow = r.flow()
	}
	p.Queue = r.messages(depth)
}

func (r *reader) capability() *Capability {
	c := new(Capability)
	copy(c.ID[:], r.fixed(len(c.ID)))
	copy(c.Peer[:], r.fixed(len(c.Peer)))
	c.Token = r.token()
	c.PeerN = r.uint()
	copy(c.PeerR[:], r.fixed(len(c.PeerR)))
	return c
}

func (r *reader) messages(depth int) []Message {
	n := r.count(2, MaxQueuedPerFrame, "too many messages in the queues of ports")
	r.queued += n
	if r.queued > MaxQueuedPerFrame {
		r.fail("too many messages in the queues of ports")
	}
	if n == 0 || r.err != nil {
		return nil
	}
	messages := r.arena.messageList(n)
	for i := range messages {
		messages[i].Body = r.bytes(MaxBody)
		messages[i].Ports = r.ports(MaxPortsPerMessage, depth+1)
	}
	return messages
}
