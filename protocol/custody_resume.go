package protocol

import (
	"maps"
	"slices"
)

// resumedTransit is a transit that RESUME has brought back, and the message that it left in.
type resumedTransit struct {
	t *transit
	m shipping
}

// ticket gives the client what it needs to come back with a port of its own.
func (s *custody) ticket(c *claim) {
	if c.handle != 0 && !s.gone && !s.away {
		cap := Capability{ID: c.id, Peer: c.peer, Token: c.token, PeerN: c.peerN, PeerR: c.peerR}
		s.send(Frame{Kind: Cap, Port: c.handle, Ticket: s.keys.sealPort(s.endpoint, c.handle, &cap, false)})
	}
}

// firstCap is the capability of a channel's end as the endpoint made it, which never moved.
func (s *custody) firstCap(h Handle) *Capability {
	id, peer := portID(s.keys.prf, s.endpoint, h.channel(), h.side()), portID(s.keys.prf, s.endpoint, h.channel(), 1-h.side())
	return &Capability{ID: id, Peer: peer, Token: Token{0, []Nonce{hopNonce(s.keys.prf, id, 0, ID{}, 0)}},
		PeerR: hopNonce(s.keys.prf, peer, 0, ID{}, 0)}
}

// resume takes a RESUME: ports that the endpoint has, and ports in messages that it keeps. Each
// comes after the port whose message it is in.
func (s *custody) resume(f *Frame) {
	for i := range f.Resumed {
		if s.fault == "" {
			s.resumePort(&f.Resumed[i])
		}
	}
}

func (s *custody) resumePort(p *ResumedPort) {
	_, twice := s.resumed[p.Port]
	if p.Port.minted() && p.Port.channel() <= MaxInteger/8 {
		s.channels = max(s.channels, p.Port.channel()) // made since HELLO
	}
	switch {
	case !s.known(p.Port) || twice || s.claims[p.Port] != nil:
		s.blame("a port that cannot be resumed")
		return
	case s.count >= maxClaims:
		s.blame("too many ports")
		return
	case max(p.SendNext, p.RecvNext) > MaxInteger/2:
		s.blame("numbers that nobody has reached")
		return
	}
	cap, hopped := s.firstCap(p.Port), false
	if len(p.Ticket) > 0 || !p.Port.minted() {
		var ok bool
		if cap, hopped, ok = s.keys.openPort(s.endpoint, p.Port, p.Ticket); !ok {
			s.blame("a forged ticket")
			return
		}
	}
	if p.Where >= InMessage {
		s.resumeTransit(p, cap, hopped)
		return
	}
	if hopped {
		s.blame("a ticket of another port")
		return
	}
	c := &claim{handle: p.Port, hands: inHands, kept: true, id: cap.ID, peer: cap.Peer, token: cap.Token, peerN: cap.PeerN, peerR: cap.PeerR,
		sendNext: p.SendNext, acked: p.Oldest, floor: p.Oldest, in: p.RecvNext, next: p.RecvNext}
	if p.Where == Closing {
		c.life = lingering
	}
	s.add(c)
	s.attachLater(c, s.now)
}

func (s *custody) resumeTransit(p *ResumedPort, cap *Capability, hopped bool) {
	t := &transit{handle: p.Port, cap: cap, sendNext: p.SendNext, recvNext: p.RecvNext, acked: p.Oldest}
	parent, inTransit := s.resumed[p.Parent]
	c := s.claims[p.Parent]
	var m shipping
	switch {
	case p.Where == InQueue && inTransit:
		m = parent.m
		parent.t.queued = append(parent.t.queued, t)
	case p.Where == InMessage && inTransit && p.Seq >= parent.t.acked && p.Seq < parent.t.sendNext:
		m = shipping{parent.t.cap.ID, p.Seq}
		parent.t.sent = s.resumeSent(parent.t.sent, p.Seq, t)
	case p.Where == InMessage && c != nil && p.Seq >= c.acked && p.Seq < c.sendNext:
		m = shipping{c.id, p.Seq}
		c.sent = s.resumeSent(c.sent, p.Seq, t)
	default:
		s.blame("a port within one that is not resumed")
		return
	}
	if !hopped {
		t.cap.Token = s.hop(t.cap, &m)
	}
	if s.resumed == nil {
		s.resumed = map[Handle]resumedTransit{}
	}
	s.resumed[p.Port] = resumedTransit{t, m}
	s.carry(t)
}

// resumeSent adds a port to those of message seq, which is the last one or a new one after it.
func (s *custody) resumeSent(sent []sentPorts, seq uint64, t *transit) []sentPorts {
	switch n := len(sent) - 1; {
	case n < 0 || sent[n].seq < seq:
		sent = append(sent, sentPorts{seq, []*transit{t}})
	case sent[n].seq == seq:
		sent[n].ports = append(sent[n].ports, t)
	default:
		s.blame("resumed ports out of their order")
	}
	return sent
}

// leave makes the session of an endpoint that is at a newer one forget everything, without a word:
// that one answers for it.
func (s *custody) leave() {
	s.gone = true
	ids := append(slices.Collect(maps.Keys(s.byID)), slices.Collect(maps.Keys(s.transits))...)
	slices.SortFunc(ids, func(a, b ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(ids) {
		s.effect(SessionEffect{Kind: SessionUnsubscribe, ID: id})
	}
	for _, list := range s.byID {
		for _, c := range list {
			c.life = buried
		}
	}
	clear(s.claims)
	clear(s.byID)
	clear(s.transits)
	clear(s.requests)
	s.offered, s.eager, s.timers, s.graves, s.resumed, s.count, s.buried = nil, nil, nil, nil, nil, 0, 0
}
