package protocol

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Mutations switch rules of docs/protocol.md off. They are for the simulator, which shows with them
// that each rule is needed and that its checker would see the rule broken.
type Mutations struct {
	NoGate      bool // messages pass before the peer's owner has confirmed the claim
	NoChain     bool // a higher number is accepted without its custody chain
	NoTransit   bool // ports in messages that are not acknowledged count as lost with their sender
	NoQueue     bool // the queue does not travel with its port
	NoRetained  bool // unacknowledged messages do not travel with their port
	NoOfferHop  bool // every offer of a connect has the same token
	EarlyAttach bool // a claim attaches before the listener's endpoint has taken the offer
	NoKeeping   bool // a connect is settled when it is offered, not when it is taken
	NoAnswer    bool // nobody answers for a port in transit
	NoFence     bool // an older session of an endpoint goes on
	NoSilence   bool // nobody notices that a peer is gone without a word

	EarlyRefusal bool // rivals are refused before the client has kept what was accepted
	NoAgain      bool // ATTACH is said once
	NoReceipt    bool // what was acknowledged unheard is not said again
	SilentGone   bool // silence proves that what is in messages is lost

	NoHeed    bool // an endpoint sends what the other side has not granted, and takes it in
	NoFlow    bool // the limits do not travel with their port
	NoBlocked bool // nobody asks whether what would let it go on was lost
	NoParking bool // the session is not told of ports in messages that may not be sent yet

	AnyRefusal    bool // a former owner of the peer may refuse a claim
	StaleAttached bool // what the client answers to one owner of the peer counts for the next one
}

// custody is the part of a session that knows who owns which port: claims, what is in transit, and
// connects. It talks to the client about handles and to other sessions about identities.
type custody struct {
	keys     *keySet
	address  ID // the session's
	endpoint ID // what the client's identities are made of; zero before HELLO
	off      Mutations

	claims   map[Handle]*claim
	byID     map[ID][]*claim // tombstones too
	transits map[ID][]*transit
	channels uint64   // the last channel that the client has shipped an end of
	minted   Handle   // the last handle given
	count    int      // claims, tombstones and transits
	graves   []*claim // tombstones, oldest first; some may be buried
	buried   int      // of those

	requests map[Handle]*request       // the client's connects, by the caller's end
	resumed  map[Handle]resumedTransit // while RESUME comes in
	eager    []*claim                  // to be attached, or attached again; some may be open by now
	sweepAt  Time
	watchAt  Time
	offered  []*claim // landed in an offer, and not taken
	timers   []timer  // by rising time

	now   Time
	away  bool // the client has no socket, and may come back
	gone  bool // the client is
	fault string
	out   *SessionOut
}

// timer is something that must have happened at a time.
type timer struct {
	at      Time
	claim   *claim // an offered port is confirmed
	request *request
	offer   uint64 // an offer of the request is answered
}

func newCustody(address ID, keys *keySet) custody {
	return custody{keys: keys, address: address, minted: ^Handle(0), claims: map[Handle]*claim{}, byID: map[ID][]*claim{},
		transits: map[ID][]*transit{}, sweepAt: Never, watchAt: Never}
}

func (s *custody) effect(f SessionEffect) { s.out.Effects = append(s.out.Effects, f) }

// send sends a frame to the client; there may be none any more.
func (s *custody) send(f Frame) {
	if !s.gone && !s.away {
		frame := s.out.arena.frames.one()
		*frame = f
		s.effect(SessionEffect{Kind: SessionSend, Frame: frame})
	}
}

// publish says something about c's port to the owner of its peer.
func (s *custody) publish(c *claim, p Packet) {
	p.To, p.From, p.Token, p.ToN, p.ToR, p.Next = c.peer, c.id, c.token, c.peerN, c.peerR, c.next
	s.publishTo(p)
}

func (s *custody) publishTo(p Packet) {
	packet := s.out.arena.packets.one()
	*packet = p
	s.effect(SessionEffect{Kind: SessionPublish, Packet: packet})
}

func (s *custody) ask(ev DirectoryEvent) {
	ask := s.out.arena.asks.one()
	*ask = ev
	ask.Session = s.address
	s.effect(SessionEffect{Kind: SessionAsk, Ask: ask})
}

// blame notes what the client did that the protocol does not allow. The session ends for
// the first one.
func (s *custody) blame(text string) {
	if s.fault == "" {
		s.fault = text
	}
}

func (s *custody) mint() Handle {
	s.minted += 2
	return s.minted
}

// known reports whether the handle is, or once was, in use.
func (s *custody) known(h Handle) bool {
	if h.minted() {
		return h.channel() >= 1 && h.channel() <= s.channels
	}
	return s.minted != ^Handle(0) && h <= s.minted
}

// add makes c answer for its identity.
func (s *custody) add(c *claim) {
	if c.handle != 0 {
		s.claims[c.handle] = c
		s.watchAt = min(s.watchAt, s.now+watchEvery)
	}
	c.heard = s.now
	s.subscribe(c.id)
	s.byID[c.id] = append(s.byID[c.id], c)
	s.count++
}

// remove ends what add began.
func (s *custody) remove(c *claim) {
	if c.handle != 0 && s.claims[c.handle] == c {
		delete(s.claims, c.handle)
	}
	if c.hands == inOffer {
		s.offered = slices.DeleteFunc(s.offered, func(o *claim) bool { return o == c })
	}
	if c.life == tombstone {
		s.buried++
	}
	c.life = buried
	s.count--
	s.byID[c.id] = slices.DeleteFunc(s.byID[c.id], func(o *claim) bool { return o == c })
	s.unsubscribe(c.id)
}

// carry makes a transit answer for its identity; drop ends that.
func (s *custody) carry(t *transit) {
	s.count++
	if t.cap != nil {
		s.subscribe(t.cap.ID)
		s.transits[t.cap.ID] = append(s.transits[t.cap.ID], t)
	}
}

func (s *custody) drop(t *transit) {
	s.count--
	if t.cap != nil {
		id := t.cap.ID
		s.transits[id] = slices.DeleteFunc(s.transits[id], func(o *transit) bool { return o == t })
		s.unsubscribe(id)
	}
}

// subscribe is called before somebody answers for an identity, unsubscribe after somebody did.
func (s *custody) subscribe(id ID) {
	if len(s.byID[id])+len(s.transits[id]) == 0 {
		s.effect(SessionEffect{Kind: SessionSubscribe, ID: id})
	}
}

func (s *custody) unsubscribe(id ID) {
	if len(s.byID[id]) == 0 {
		delete(s.byID, id)
	}
	if len(s.transits[id]) == 0 {
		delete(s.transits, id)
	}
	if len(s.byID[id])+len(s.transits[id]) == 0 {
		s.effect(SessionEffect{Kind: SessionUnsubscribe, ID: id})
	}
}

// become takes a claim one step further in its life.
func (s *custody) become(c *claim, t transition) {
	if !c.may(t) {
		panic(fmt.Sprintf("protocol: a claim that is %s cannot %s", c.life, transitions[t].name))
	}
	if t == toBury {
		s.remove(c)
		return
	}
	c.life = transitions[t].to
	c.vain = c.vain || t == toDoom
	if t == toEntomb {
		delete(s.claims, c.handle)
		c.handle = 0
		s.dig(c)
	}
}

// dig counts a new tombstone. A session whose client is there has room for so many; the oldest is
// given up for one more.
func (s *custody) dig(c *claim) {
	if s.buried > len(s.graves)/2 {
		s.graves = slices.DeleteFunc(s.graves, func(o *claim) bool { return o.life == buried })
		s.buried = 0
	}
	s.graves = append(s.graves, c)
	s.watchAt = min(s.watchAt, s.now+watchEvery)
	for i := 0; !s.gone && len(s.graves)-s.buried > MaxGraves && i < len(s.graves); i++ {
		if oldest := s.graves[i]; oldest.life == tombstone {
			s.giveUp(oldest)
		}
	}
}

// acknowledge notes that the client has taken in everything below next; the ports in it
// are its own now.
func (s *custody) acknowledge(c *claim, next uint64) {
	c.next = max(c.next, next)
	n := 0
	for n < len(c.landed) && c.landed[n].seq < c.next {
		for _, p := range c.landed[n].claims {
			p.hands = inHands
		}
		n++
	}
	c.landed = trim(c.landed, n)
}

// release drops the claims that c's messages brought and the client has not acknowledged, without a
// word: who sent them is accountable.
func (s *custody) release(c *claim) {
	landed := c.landed
	c.landed = nil
	for _, l := range landed {
		for _, p := range l.claims {
			s.releaseClaim(p)
		}
	}
}

func (s *custody) releaseClaim(c *claim) {
	s.release(c)
	for _, p := range c.sent {
		for _, t := range p.ports {
			s.free(t)
		}
	}
	c.sent = nil
	s.become(c, toBury)
}

// free ends a transit: somebody else is accountable, for what is in it too.
func (s *custody) free(t *transit) {
	s.drop(t)
	for _, q := range t.queued {
		s.free(q)
	}
	for _, p := range t.sent {
		for _, q := range p.ports {
			s.free(q)
		}
	}
}

// bury ends a claim whose peer's owner has said its last number: ports in messages from
// there on are lost.
func (s *custody) bury(c *claim) {
	s.abandon(c)
	s.become(c, toBury)
}

// abandon tells the peers of all ports in c's unacknowledged messages that those are lost. If that
// is not certain it tells them nothing: whoever has the ports answers for them, and silence does if
// nobody has.
func (s *custody) abandon(c *claim) {
	sent := c.sent
	c.sent = nil
	for _, p := range sent {
		for _, t := range p.ports {
			if c.silent && !s.off.SilentGone {
				s.free(t)
			} else {
				s.grave(t, t.cap)
			}
		}
	}
}

// grave turns a transit that is lost into a tombstone, and those in its queue; the ones in its
// messages wait for its peer's answer.
func (s *custody) grave(t *transit, cap *Capability) {
	for _, q := range t.queued {
		s.grave(q, q.cap)
	}
	if cap == nil { // given up before
		s.drop(t)
		return
	}
	c := tombstoneOf(t, cap)
	s.add(c)
	s.drop(t)
	s.publish(c, Packet{Kind: Gone})
	s.dig(c)
}

func tombstoneOf(t *transit, cap *Capability) *claim {
	return &claim{hands: inHands, life: tombstone, kept: true, id: cap.ID, peer: cap.Peer, token: cap.Token,
		peerN: cap.PeerN, peerR: cap.PeerR,
		sendNext: t.sendNext, acked: t.acked, in: t.recvNext, next: t.recvNext, sent: t.sent}
}

// entomb ends a claim whose client is gone, or has given it up. The session answers for it, unless
// nobody waits for an answer.
func (s *custody) entomb(c *claim) {
	switch {
	case c.life == lost:
		s.publish(c, Packet{Kind: Closed})
		s.bury(c)
	case c.life == refused:
		s.bury(c)
	case c.alone:
		s.publish(c, Packet{Kind: Gone})
		s.bury(c)
	default:
		s.become(c, toEntomb)
		s.publish(c, Packet{Kind: Gone})
	}
}

// giveUp forgets a tombstone that nobody has answered. Its peer is told once more; those of the
// ports that it might still have been accountable for are not, for nobody knows whether they were
// taken in.
func (s *custody) giveUp(c *claim) {
	s.publish(c, Packet{Kind: Gone})
	sent := c.sent
	c.sent = nil
	s.become(c, toBury)
	for _, p := range sent {
		for _, t := range p.ports {
			s.free(t)
		}
	}
}

// unheard reports whether the client has posted what nobody has taken in, or closed a port whose
// peer does not know it yet.
func (s *custody) unheard() bool {
	for _, c := range s.claims {
		if c.unheard() {
			return true
		}
	}
	return false
}

// end is the loss of the client. Its session answers for what it owned until it is done; and goes
// on with those of the ports that are unheard, as if the client had come back with them alone. It
// reports whether there are any.
func (s *custody) end(ports []Handle) (goesOn bool) {
	s.gone, s.away = true, false
	left := map[Handle]bool{}
	for _, h := range ports {
		c, r := s.claims[h], s.requests[h]
		left[h] = c != nil && c.unheard() && c.hands == inHands && (r == nil || len(r.offers) > 0)
	}
	for len(s.offered) > 0 {
		s.decline(s.offered[0])
	}
	for _, h := range sortedKeys(s.requests) {
		switch r := s.requests[h]; {
		case left[h]:
			r.canceled = true // who was offered it may take it; nobody else is asked
		case r.canceled: // the heir's time is over, too
			s.withdraw(r)
		default:
			s.cancel(r)
		}
	}
	for _, c := range s.sorted() {
		s.release(c)
	}
	for _, c := range s.sorted() {
		switch {
		case left[c.handle]:
			goesOn = true
			c.open, c.tries = false, 0
			s.attachLater(c, s.now)
			continue
		case s.off.NoTransit:
			s.abandon(c)
		}
		s.entomb(c)
	}
	s.gone = !goesOn
	return goesOn
}

// done reports whether, after the end, nothing is left to answer for.
func (s *custody) done() bool { return s.gone && len(s.byID)+len(s.transits)+len(s.requests) == 0 }

// forget gives up on answers.
func (s *custody) forget() {
	for _, h := range sortedKeys(s.requests) {
		s.conclude(s.requests[h])
	}
	ids := slices.SortedFunc(maps.Keys(s.byID), func(a, b ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		for _, c := range slices.Clone(s.byID[id]) {
			s.giveUp(c)
		}
	}
}

func (s *custody) sorted() []*claim {
	claims := make([]*claim, 0, len(s.claims))
	for _, h := range sortedKeys(s.claims) {
		claims = append(claims, s.claims[h])
	}
	return claims
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
