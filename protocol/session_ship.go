package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// connectSeq stands for the message's number where CONNECT carries a port.
const connectSeq = MaxInteger + 1

// prf makes identities and nonces. What is made of the same things is the same, so that a message
// sent again makes the same tokens.
func (s *Session) prf(purpose string, id ID, a, b uint64) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, s.key)
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], a)
	binary.BigEndian.PutUint64(n[8:], b)
	h.Write([]byte(purpose))
	h.Write(id[:])
	h.Write(n[:])
	h.Sum(sum[:0])
	return sum
}

func (s *Session) identityOf(channel, side uint64) (id ID) {
	session := s.prf("session", ID{}, uint64(s.id), 1)
	sum := s.prf("port", ID(session[:16]), channel, side)
	copy(id[:], sum[:])
	return id
}

// nonce is r_n of a port that leaves in message seq of the carrier.
func (s *Session) nonce(id ID, n uint64, carrier ID, seq uint64) (r Nonce) {
	h := s.prf("hop", id, n, seq)
	sum := s.prf("carrier", carrier, binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16]))
	copy(r[:], sum[:])
	return r
}

// shipping is one message on its way through ship.
type shipping struct {
	carrier ID
	seq     uint64
	reason  string // why the client may not do it
}

// ship takes the ports of a client's new message, or of a CONNECT (c is nil), out of its hands.
// states is what goes on the bus.
func (s *Session) ship(c *claim, f *Frame) (states []PortState, ports []*transit, ok bool) {
	if len(f.Ports) == 0 {
		return nil, nil, true
	}
	m := shipping{seq: connectSeq}
	if c != nil {
		m = shipping{carrier: c.id, seq: f.Seq}
		delete(s.claims, c.handle) // it cannot be in its own message
	}
	states, ports = s.shipPorts(&m, f.Ports)
	if c != nil {
		s.claims[c.handle] = c
	}
	if m.reason != "" {
		s.fail(CodeProtocol, m.reason)
		return nil, ports, false
	}
	return states, ports, true
}

func (s *Session) shipPorts(m *shipping, in []PortState) (out []PortState, ports []*transit) {
	if len(in) == 0 {
		return nil, nil
	}
	out = make([]PortState, len(in))
	for i := range in {
		if m.reason != "" {
			return out, ports
		}
		if in[i].Ended {
			out[i] = PortState{Ended: true, Lost: in[i].Lost}
			var queued []*transit
			out[i].Queue, queued = s.shipQueue(m, in[i].Queue)
			ports = append(ports, queued...)
			continue
		}
		c := s.claimToShip(m, in[i].Port)
		if c == nil {
			return out, ports
		}
		if t := s.shipPort(m, c, &in[i], &out[i]); t != nil {
			ports = append(ports, t)
		}
	}
	return out, ports
}

// claimToShip finds the claim that the client hands on, which is a new one if its channel is.
func (s *Session) claimToShip(m *shipping, h Handle) *claim {
	if h.minted() && h.channel() > s.channels {
		if s.count+2 > MaxPorts {
			m.reason = "too many ports"
			return nil
		}
		s.newChannel(h.channel())
	}
	c := s.claims[h]
	if c == nil || c.lingering || c.provisional {
		m.reason = "a port that is not this client's to hand on"
		return nil
	}
	return c
}

// newChannel makes the identities of both ends of a channel. They know each other.
func (s *Session) newChannel(n uint64) {
	s.channels = n
	var ends [2]*claim
	for side := range uint64(2) {
		id := s.identityOf(n, side)
		token := Token{0, []Nonce{s.nonce(id, 0, ID{}, 0)}}
		ends[side] = &claim{handle: handleOf(n, side), id: id, token: token, confirmed: true}
	}
	for side, c := range ends {
		other := ends[1-side]
		c.peer = other.id
		c.peerN, c.peerR = other.token.last()
		s.count++
		s.add(c)
	}
}

// shipPort turns a claim into a transit, and its state into what goes on the bus.
func (s *Session) shipPort(m *shipping, c *claim, in, out *PortState) *transit {
	first := in.SendNext - uint64(len(in.Retained))
	switch {
	case in.SendNext != c.sendNext || first > c.acked:
		m.reason = "a port with other messages than were sent on it"
		return nil
	case in.RecvNext > c.in || in.RecvNext < c.next:
		m.reason = "a port with another number of messages than it got"
		return nil
	}
	s.acknowledge(c, in.RecvNext)
	s.release(c)
	s.remove(c)
	t := &transit{handle: c.handle, sendNext: c.sendNext, recvNext: in.RecvNext, acked: c.acked, sent: c.sent}
	n, _ := c.token.last()
	if len(c.token.Nonces) > MaxChain || c.doomed || c.givenUp {
		s.count++
		s.grave(t, &Capability{ID: c.id, Peer: c.peer, Token: c.token, PeerN: c.peerN, PeerR: c.peerR})
		t.sent = nil
	} else {
		t.cap = &Capability{ID: c.id, Peer: c.peer, Token: c.token.hop(s.nonce(c.id, n+1, m.carrier, m.seq)), PeerN: c.peerN, PeerR: c.peerR}
	}
	var ok bool
	if *out, ok = s.state(t, in); !ok {
		m.reason = "a port with other ports in its messages than were sent"
		return t
	}
	out.Queue, t.queued = s.shipQueue(m, in.Queue)
	if s.off.noQueue {
		out.Queue = nil
	}
	return t
}

func (s *Session) shipQueue(m *shipping, in []Message) (out []Message, ports []*transit) {
	if len(in) == 0 {
		return nil, nil
	}
	out = make([]Message, len(in))
	for i := range in {
		var more []*transit
		out[i].Body = in[i].Body
		out[i].Ports, more = s.shipPorts(m, in[i].Ports)
		ports = append(ports, more...)
	}
	return out, ports
}

// state is what goes on the bus of a port in transit, without its queue.
func (s *Session) state(t *transit, in *PortState) (out PortState, ok bool) {
	if t.cap == nil {
		return PortState{Ended: true, Lost: true}, true
	}
	out = PortState{Cap: t.cap, SendNext: t.sendNext, RecvNext: t.recvNext}
	first := in.SendNext - uint64(len(in.Retained))
	if in.SendNext != t.sendNext || first > t.acked {
		return out, false
	}
	for i, m := range in.Retained {
		seq := first + uint64(i)
		if seq < t.acked {
			continue // the peer's owner has it
		}
		ports, ok := s.reship(m.Ports, portsOf(t.sent, seq))
		if !ok {
			return out, false
		}
		out.Retained = append(out.Retained, Message{m.Body, ports})
	}
	if s.off.noRetained {
		out.Retained = nil
	}
	return out, true
}

// reship translates the ports of a message that is sent again: they are the same as at
// the first time.
func (s *Session) reship(in []PortState, ports []*transit) (out []PortState, ok bool) {
	if len(in) == 0 {
		return nil, len(ports) == 0
	}
	out = make([]PortState, len(in))
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
		for _, m := range in[i].Queue {
			states, ok := s.reshipQueued(m.Ports, queued)
			if !ok {
				return nil, false
			}
			out[i].Queue = append(out[i].Queue, Message{m.Body, states})
		}
		if s.off.noQueue {
			out[i].Queue = nil
		}
	}
	return out, true
}

// reshipQueued is reship for one of several messages that share a list of transits.
func (s *Session) reshipQueued(in []PortState, ports []*transit) ([]PortState, bool) {
	if len(in) == 0 {
		return nil, true
	}
	return s.reship(in, ports)
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

// contains reports whether the port, or one in its queue, has the identity. Those in its own
// messages do not count: they may have arrived already.
func (t *transit) contains(id ID) bool {
	return t.cap != nil && t.cap.ID == id || slices.ContainsFunc(t.queued, func(q *transit) bool { return q.contains(id) })
}
