package protocol

import "math/bits"

func bit(set bool, mask byte) byte {
	if set {
		return mask
	}
	return 0
}

func appendUint(dst []byte, n uint64) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

func appendText(dst []byte, s string) []byte {
	dst = appendUint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendBytes(dst []byte, b []byte) []byte {
	dst = appendUint(dst, uint64(len(b)))
	return append(dst, b...)
}

func appendToken(dst []byte, t Token) []byte {
	dst = appendUint(dst, t.Base)
	dst = appendUint(dst, uint64(len(t.Nonces)))
	for i := range t.Nonces {
		dst = append(dst, t.Nonces[i][:]...)
	}
	return dst
}

// appendPorts appends port states as frames have them, with handles, or as packets do,
// with capabilities.
func appendPorts(dst []byte, ports []PortState, packet bool) []byte {
	dst = appendUint(dst, uint64(len(ports)))
	for i := range ports {
		dst = appendPort(dst, &ports[i], packet)
	}
	return dst
}

func appendPort(dst []byte, p *PortState, packet bool) []byte {
	switch {
	case packet:
		dst = append(dst, bit(p.Ended, 1)|bit(p.Lost, 2))
		if !p.Ended {
			dst = appendCapability(dst, p.Cap)
		}
	case p.Ended:
		dst = append(dst, 0, bit(p.Lost, 1))
	default:
		dst = appendUint(dst, uint64(p.Port))
	}
	if !p.Ended {
		dst = appendUint(dst, p.SendNext)
		dst = appendUint(dst, p.RecvNext)
		dst = appendMessages(dst, p.Retained, packet)
		dst = appendFlow(dst, &p.Flow)
	}
	return appendMessages(dst, p.Queue, packet)
}

func appendLimit(dst []byte, l Limit) []byte {
	return appendUint(appendUint(dst, l.Bytes), l.Messages)
}

func appendFlow(dst []byte, f *Flow) []byte {
	dst = appendLimit(appendUint(dst, f.SendBytes), f.SendLimit)
	return appendLimit(appendUint(dst, f.RecvBytes), f.RecvLimit)
}

func appendCapability(dst []byte, c *Capability) []byte {
	dst = append(dst, c.ID[:]...)
	dst = append(dst, c.Peer[:]...)
	dst = appendToken(dst, c.Token)
	dst = appendUint(dst, c.PeerN)
	return append(dst, c.PeerR[:]...)
}

func appendMessages(dst []byte, messages []Message, packet bool) []byte {
	dst = appendUint(dst, uint64(len(messages)))
	for i := range messages {
		dst = appendBytes(dst, messages[i].Body)
		dst = appendPorts(dst, messages[i].Ports, packet)
	}
	return dst
}

// uintSize is the length of n's byte form.
func uintSize(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }

// measure adds up what the byte form of ports in a frame needs, and checks the limits on the way.
type measure struct {
	size, ports, queued int
	reason              string // what is too much
}

func (m *measure) list(ports []PortState, depth int) {
	if len(ports) > MaxPortsPerMessage {
		m.reason = "too many ports in one message"
		return
	}
	if depth > MaxDepth {
		m.reason = "ports in the queues of ports too deep"
		return
	}
	m.size += uintSize(uint64(len(ports)))
	m.ports += len(ports)
	for i := range ports {
		p := &ports[i]
		m.size += 9*8 + 2 // numbers may grow on the way
		m.messages(p.Retained, depth)
		m.messages(p.Queue, depth)
	}
	switch {
	case m.reason != "":
	case m.ports > MaxPortsPerFrame:
		m.reason = "too many ports in the queues of ports"
	case m.queued > MaxQueuedPerFrame:
		m.reason = "too many messages in the queues of ports"
	}
}

func (m *measure) messages(messages []Message, depth int) {
	m.size += uintSize(uint64(len(messages)))
	m.queued += len(messages)
	for i := range messages {
		m.size += uintSize(uint64(len(messages[i].Body))) + len(messages[i].Body)
		m.list(messages[i].Ports, depth+1)
	}
}
