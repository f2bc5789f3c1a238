package protocol

import "fmt"

// What is in this file is for simulators, which look into machines and bring them into states that
// no honest client does.

// Inspection is what a session knows of a port.
type Inspection struct {
	ID, Peer ID
	PeerN    uint64 // the number of the peer's hop that was accepted
	Kept     bool   // the client has the ticket that says so
	Chain    int    // hops that the peer's owner has not confirmed, and the present one
	Open     bool   // the peer's owner has confirmed the claim
	Hands    string // "in hands", "in a message", "in an offer"
	Life     string // as in docs/protocol.md, 6
	Sent     int    // messages with ports that are not acknowledged
	Landed   int    // messages with ports that the client has not acknowledged
}

// Inspect tells what the session knows of a port of its client.
func (s *Session) Inspect(h Handle) (Inspection, bool) {
	c := s.custody.claims[h]
	if c == nil {
		return Inspection{}, false
	}
	return Inspection{c.id, c.peer, c.peerN, c.kept, len(c.token.Nonces), c.open, c.hands.String(), c.life.String(),
		len(c.sent), len(c.landed)}, true
}

// Handles are the ports of the session's client, in order.
func (s *Session) Handles() []Handle { return sortedKeys(s.custody.claims) }

// Numbers are those of a port: of the next message from the client, of the next one to it, and what
// the client last said it expects.
func (s *Session) Numbers(h Handle) (sendNext, in, next uint64) {
	if c := s.custody.claims[h]; c != nil {
		return c.sendNext, c.in, c.next
	}
	return 0, 0, 0
}

// Channels is the number of the last channel of the client's that the session knows.
func (s *Session) Channels() uint64 { return s.custody.channels }

// Internal is what the client's identities are made of: what nobody may learn.
func (s *Session) Internal() ID { return s.custody.endpoint }

// Identify is the identity that a side of the client's n-th channel has, or will have.
func (s *Session) Identify(n, side uint64) ID {
	return portID(s.custody.keys.prf, s.custody.endpoint, n, side)
}

// Capability is what a thief would copy of a port.
func (s *Session) Capability(h Handle) (Capability, bool) {
	c := s.custody.claims[h]
	if c == nil {
		return Capability{}, false
	}
	return Capability{ID: c.id, Peer: c.peer, Token: c.token, PeerN: c.peerN, PeerR: c.peerR}, true
}

// Forge gives the client a port by a capability that is not its own to use, handed on to itself as
// often as hops says with nonces made of salt, and attaches it if attach. It stands for a ticket
// that is replayed.
func (s *Session) Forge(cap Capability, hops int, salt uint64, attach bool, out *SessionOut) Handle {
	out.reset()
	s.custody.out = out
	for i := range hops {
		n, _ := cap.Token.last()
		cap.Token = cap.Token.hop(hopNonce(s.custody.keys.prf, cap.ID, n+1, ID{byte(salt >> 8)}, salt+uint64(i)))
	}
	c := &claim{handle: s.custody.mint(), hands: inHands, id: cap.ID, peer: cap.Peer, token: cap.Token, peerN: cap.PeerN, peerR: cap.PeerR}
	s.custody.add(c)
	if attach {
		s.custody.publish(c, Packet{Kind: Attach})
	}
	s.custody.out = nil
	return c.handle
}

// Switch switches rules off.
func (s *Session) Switch(m Mutations) { s.custody.off = m }

// Pending is the number of the client's connects that are not settled.
func (s *Session) Pending() int { return len(s.custody.requests) }

// Check tells what is wrong with the session's books, or nil.
func (s *Session) Check() error {
	k := &s.custody
	count, handles, graves, offered := 0, 0, 0, 0
	var transits func([]*transit)
	sent := func(list []sentPorts) {
		for _, p := range list {
			transits(p.ports)
		}
	}
	transits = func(list []*transit) {
		for _, t := range list {
			count++
			transits(t.queued)
			sent(t.sent)
		}
	}
	for id, claims := range k.byID {
		for _, c := range claims {
			count++
			sent(c.sent)
			switch {
			case c.id != id || c.life == buried || c.handle != 0 && k.claims[c.handle] != c:
				return fmt.Errorf("a claim is not where it should be: %+v", *c)
			case (c.handle == 0) != (c.life == tombstone):
				return fmt.Errorf("a claim that is %s has handle %d", c.life, c.handle)
			case c.acked > c.sendNext || c.next > c.in:
				return fmt.Errorf("numbers out of order: %+v", *c)
			case c.hands == inOffer && !k.off.EarlyAttach && (c.offer == nil || c.open):
				return fmt.Errorf("an offer that is open: %+v", *c)
			}
			if c.handle != 0 {
				handles++
			} else {
				graves++
			}
			if c.hands == inOffer {
				offered++
			}
		}
	}
	for h, r := range k.requests {
		transits([]*transit{r.end})
		if r.port != h || r.canceled && len(r.offers) == 0 {
			return fmt.Errorf("a connect is not where it should be: %+v", *r)
		}
	}
	switch {
	case count != k.count:
		return fmt.Errorf("it counts %d ports, has %d", k.count, count)
	case handles != len(k.claims):
		return fmt.Errorf("%d handles, has %d", handles, len(k.claims))
	case graves != len(k.graves)-k.buried:
		return fmt.Errorf("it counts %d tombstones, has %d", len(k.graves)-k.buried, graves)
	case offered != len(k.offered):
		return fmt.Errorf("%d offers, has %d", offered, len(k.offered))
	}
	return nil
}

// PortInspection is what an endpoint knows of a port.
type PortInspection struct {
	Open     bool // the peer's owner is known
	Retained int  // posted and not acknowledged
	Owed     int  // taken in and not acknowledged
}

// Narrow sets what every port grants at first, for a simulation of small messages. All endpoints of
// one have the same.
func (e *Endpoint) Narrow(first Limit) { e.first = first }

// Switch switches rules off.
func (e *Endpoint) Switch(m Mutations) { e.off = m }

// Inspect tells what the endpoint knows of a port.
func (e *Endpoint) Inspect(h Handle) (PortInspection, bool) {
	p := e.ports[h]
	if p == nil {
		return PortInspection{}, false
	}
	return PortInspection{p.state == open, len(p.retained), p.owed}, true
}

// Pending is the number of connects that the endpoint keeps.
func (e *Endpoint) Pending() int { return len(e.connects) }

// Check tells what is wrong with the endpoint's books, or nil.
func (e *Endpoint) Check() error {
	count := len(e.connects)
	for _, p := range e.ports {
		if p.state == local {
			continue
		}
		count++
		for _, m := range p.retained {
			count += countLive(m.Ports)
		}
	}
	if count != e.count && !e.ended {
		return fmt.Errorf("it counts %d ports, has %d", e.count, count)
	}
	return nil
}
