package protocol

import "slices"

// request is a connect of the client's: the other end of its channel, which goes to a listener. The
// client's endpoint keeps it until SETTLED. The session makes the offers.
type request struct {
	port     Handle   // the caller's end, wherever that is by now
	end      *transit // the other end. Its token has no hop yet: each offer has one of its own
	offers   []offer  // that have not been answered
	closing  bool     // the client has closed its end: nobody else is to be asked
	canceled bool     // nobody is to take it any more
	again    bool     // it was said after a resume: it may have been taken, and SETTLED lost
	heard    Time     // when the owner of the caller's end, which is somebody else, last said anything
	waits    Time     // since when it waits for that, or 0
}

// offer is a connect as it was offered to one listener.
type offer struct {
	session  ID // at the caller's session: the listener's. At the listener's: the caller's
	port     Handle
	number   uint64
	listener uint64
	hop      Nonce // at the caller's session
	accepted bool  // by the owner of the caller's end, so the listener's endpoint has taken it
}

// offerSeq stands for the message's number in the nonce of an offer. Messages have smaller ones.
const offerSeq = MaxInteger + 1

// connect takes CONNECT. Beyond what may wait the other end is a tombstone at once, so that the
// caller's end hears GONE. After a resume it may be one that the endpoint has kept.
func (s *custody) connect(f *Frame) {
	other := f.Ports[0]
	n := f.Port.channel()
	again := n >= 1 && n <= s.channels && s.requests[f.Port] == nil
	switch {
	case !f.Port.minted() || f.Port.side() != 0 || other.Port != f.Port.twin() || n <= s.channels && !again ||
		len(other.Queue) > 0 || other.SendNext > 0 || other.RecvNext > 0:
		s.blame("CONNECT without a new channel")
		return
	case s.count+2 > maxClaims:
		s.blame("too many ports")
		return
	}
	r := &request{port: f.Port}
	if again {
		r.again, r.end = true, &transit{handle: other.Port, cap: s.firstCap(other.Port)}
		s.carry(r.end)
		s.watchAt = min(s.watchAt, s.now+watchEvery)
	} else {
		s.newChannel(n)
		r.end = s.depart(s.claims[other.Port], 0, nil)
	}
	if s.requests == nil {
		s.requests = map[Handle]*request{}
	}
	crowded := len(s.requests) >= MaxPending
	s.requests[r.port] = r
	if crowded {
		s.conclude(r)
		return
	}
	s.ask(DirectoryEvent{Kind: DirectoryConnect, Port: f.Port, Name: f.Name, Origin: f.Origin})
}

// cancel ends a connect that nobody has taken. If it is offered to somebody their answer decides.
func (s *custody) cancel(r *request) {
	if r.canceled {
		return
	}
	r.canceled = true
	if !s.gone {
		s.ask(DirectoryEvent{Kind: DirectorySettled, Port: r.port})
	}
	s.withdraw(r)
}

// withdraw takes back what was offered.
func (s *custody) withdraw(r *request) {
	for _, o := range r.offers {
		s.publishTo(Packet{Kind: Withdraw, To: o.session, From: s.address, Request: r.port, Offer: o.number})
	}
	if len(r.offers) == 0 {
		s.conclude(r)
	}
}

// conclude ends a connect that nobody will take: the other end is lost.
func (s *custody) conclude(r *request) {
	delete(s.requests, r.port)
	r.offers = nil
	s.send(Frame{Kind: Settled, Port: r.port})
	s.grave(r.end, r.end.cap)
}

// settle ends a connect that a listener's endpoint has taken, which is accountable from now on.
func (s *custody) settle(r *request) {
	delete(s.requests, r.port)
	r.offers = nil
	s.send(Frame{Kind: Settled, Port: r.port})
	s.free(r.end)
	if !r.canceled && !s.gone {
		s.ask(DirectoryEvent{Kind: DirectorySettled, Port: r.port})
	}
}

// connectPacket takes a packet about a connect.
func (s *custody) connectPacket(p *Packet, who *Identity, listens bool) {
	switch p.Kind {
	case Offer:
		s.offerTo(p, listens)
		return
	case Withdraw:
		for _, c := range s.offered {
			if o := c.offer; o.session == p.From && o.port == p.Request && o.number == p.Offer {
				s.decline(c)
				return
			}
		}
		return // it was taken, or declined: that answer is on its way
	case Settled:
		s.settled(p)
		return
	}
	r := s.requests[p.Request]
	if r == nil {
		if p.Kind == Taken {
			s.publishTo(Packet{Kind: Settled, To: p.From, From: s.address, Request: p.Request, Offer: p.Offer})
		}
		return
	}
	switch p.Kind {
	case Matched:
		s.matched(r, p, who)
	case Crowded:
		r.canceled = true // the directory has forgotten it
		if len(r.offers) == 0 {
			s.conclude(r)
		}
	case Taken:
		// Also of an offer that was given up: somebody's endpoint has it.
		s.settle(r)
	case Declined:
		s.declined(r, p.From, p.Offer, p.Lost, false)
	}
}

// confirmed notes that the owner of the caller's end has accepted somebody who took a connect: to
// whom it was offered, whose TAKEN may be lost with a former session of that endpoint, or else
// somebody who told a former session of this one.
func (s *custody) confirmed(r *request, p *Packet) {
	for i := range r.offers {
		if o := &r.offers[i]; o.hop == p.ToR {
			o.accepted = true
			return
		}
	}
	s.settle(r)
}

// settled is said to a listener's session that took an offer when the connect was settled already:
// if its claim is never confirmed somebody else answers for that end.
func (s *custody) settled(p *Packet) {
	for _, t := range s.timers {
		if c := t.claim; c != nil && !t.idle() && c.offer.session == p.From && c.offer.port == p.Request && c.offer.number == p.Offer {
			c.alone = true
		}
	}
}

// matched offers a connect to a listener: with a hop of its own, so that of several that take it
// one is the owner.
func (s *custody) matched(r *request, p *Packet, who *Identity) {
	if r.canceled {
		return
	}
	s.timers = append(s.timers, timer{at: s.now + OfferTimeout, request: r, offer: p.Offer})
	cap := *r.end.cap
	m := shipping{offerID(s.keys.prf, s.address, p.From), offerSeq + p.Offer}
	if s.off.NoOfferHop {
		m = shipping{ID{}, offerSeq}
	}
	cap.Token = s.hop(&cap, &m)
	_, hop := cap.Token.last()
	r.offers = append(r.offers, offer{session: p.From, number: p.Offer, hop: hop})
	states := s.out.arena.portStates(1)
	states[0] = PortState{Cap: &cap}
	s.publishTo(Packet{Kind: Offer, To: p.From, From: s.address, Request: r.port, Offer: p.Offer, Listener: p.Listener,
		Origin: who.Origin, User: who.User, Ports: states})
	if s.off.NoKeeping {
		s.settle(r)
	}
}

// declined asks the directory for somebody else, or (silent) for whoever has not answered if there
// is nobody else.
func (s *custody) declined(r *request, from ID, number uint64, lost, silent bool) {
	i := slices.IndexFunc(r.offers, func(o offer) bool { return o.session == from && o.number == number })
	if i < 0 {
		return
	}
	if silent && r.offers[i].accepted {
		s.settle(r)
		return
	}
	r.offers = slices.Delete(r.offers, i, i+1)
	switch {
	case lost && !r.canceled:
		s.cancel(r)
	case r.closing && !r.canceled:
		if len(r.offers) == 0 {
			s.cancel(r)
		}
	case !r.canceled:
		s.ask(DirectoryEvent{Kind: DirectoryDeclined, Port: r.port, Offer: number, Silent: silent})
	case len(r.offers) == 0:
		s.conclude(r)
	}
}

// offerTo lands an offer for the client. Nobody is told before the client's endpoint
// has taken it in.
func (s *custody) offerTo(p *Packet, listens bool) {
	if s.offeredBefore(p) {
		return
	}
	here, full := listens && !s.gone && !s.away, s.full(p.Ports)
	if !here || full {
		s.publishTo(Packet{Kind: Declined, To: p.From, From: s.address, Request: p.Request, Offer: p.Offer, Lost: here && full})
		return
	}
	states, claims := s.land(p.Ports, inOffer)
	c := claims[0]
	c.offer = &offer{session: p.From, port: p.Request, number: p.Offer, listener: p.Listener}
	s.offered = append(s.offered, c)
	s.send(Frame{Kind: Connection, Listener: p.Listener, Origin: p.Origin, User: p.User, Ports: states})
}

// offeredBefore reports whether an offer comes twice: its hop is one that the session has.
func (s *custody) offeredBefore(p *Packet) bool {
	if len(p.Ports) != 1 || p.Ports[0].Cap == nil {
		return true // sessions offer one port
	}
	cap := p.Ports[0].Cap
	return slices.ContainsFunc(s.byID[cap.ID], func(c *claim) bool { return c.token.has(cap.Token.last()) })
}

// decline takes an offer back that the client has not taken.
func (s *custody) decline(c *claim) {
	o := c.offer
	s.send(Frame{Kind: Refused, Port: c.handle})
	s.publishTo(Packet{Kind: Declined, To: o.session, From: s.address, Request: o.port, Offer: o.number})
	s.releaseClaim(c)
}

// unlisten declines what was offered to a listener that is no more.
func (s *custody) unlisten(listener uint64) {
	for _, c := range slices.Clone(s.offered) {
		if c.offer.listener == listener {
			s.decline(c)
		}
	}
}

// taken is the client's word that it has taken in an offered port. Its session tells the owner of
// the peer, and the caller's session.
func (s *custody) taken(c *claim, h Handle) {
	switch {
	case c == nil && s.known(h):
		return // it was taken back
	case c == nil || c.hands != inOffer:
		s.blame("TAKEN without an offer")
		return
	}
	c.hands = inHands
	s.offered = slices.DeleteFunc(s.offered, func(o *claim) bool { return o == c })
	s.timers = append(s.timers, timer{at: s.now + OfferTimeout, claim: c})
	s.attach(c)
	s.publishTo(Packet{Kind: Taken, To: c.offer.session, From: s.address, Request: c.offer.port, Offer: c.offer.number})
}

// deadline is when expire has something to do.
func (s *custody) deadline() Time {
	for len(s.timers) > 0 && s.timers[0].idle() {
		s.timers = trim(s.timers, 1)
	}
	if len(s.timers) == 0 {
		return Never
	}
	return s.timers[0].at
}

// idle reports whether what was to happen has happened.
func (t *timer) idle() bool {
	if c := t.claim; c != nil {
		return c.open || c.life == buried
	}
	return !slices.ContainsFunc(t.request.offers, func(o offer) bool { return o.number == t.offer })
}

// expire looks after offers that nobody answered in time.
func (s *custody) expire() {
	for s.deadline() <= s.now {
		t := s.timers[0]
		s.timers = trim(s.timers, 1)
		switch {
		case t.claim != nil && (s.away || t.claim.heard > t.at-OfferTimeout):
			// Somebody answers for the caller's end, or who took it may come back.
			s.timers = append(s.timers, timer{at: s.now + OfferTimeout, claim: t.claim})
			continue
		case t.claim != nil:
			s.unconfirmed(t.claim)
			continue
		}
		i := slices.IndexFunc(t.request.offers, func(o offer) bool { return o.number == t.offer })
		to := t.request.offers[i].session
		s.publishTo(Packet{Kind: Withdraw, To: to, From: s.address, Request: t.request.port, Offer: t.offer})
		s.declined(t.request, to, t.offer, false, true)
	}
}

// unconfirmed gives up a taken connection that nobody has confirmed in time: the caller's end
// is somewhere on its way, or another offer was taken. The listener's application has not seen
// it. An owner of the peer that has accepted this very hop hears GONE when it attaches; any
// other one refuses.
func (s *custody) unconfirmed(c *claim) {
	s.refuse(c)
	if c.alone {
		s.publish(c, Packet{Kind: Gone})
		return
	}
	g := tombstoneOf(&transit{sendNext: c.sendNext, recvNext: c.next, acked: c.acked},
		&Capability{ID: c.id, Peer: c.peer, Token: c.token, PeerN: c.peerN, PeerR: c.peerR})
	s.add(g)
	s.publish(g, Packet{Kind: Gone})
	s.dig(g)
}
