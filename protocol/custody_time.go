package protocol

import "slices"

const (
	// watchEvery is how often a session looks at which ports have waited for too long.
	watchEvery = 10 * second
	// probeAfter is how long a peer may say nothing before it is asked whether it is there.
	probeAfter = 300 * second
	// TransitTimeout is how long only the transit of a peer may answer. Ports that were shipped
	// through each other are found by it.
	TransitTimeout Time = 600 * second
	// attachAgain is when ATTACH is said again for the first time; each time after twice as long.
	attachAgain    = 1 * second
	attachAgainMax = 32 * second
	// PaceAttach is how many ports the sessions of a user attach at once, when they come back; the
	// next ones PaceEvery later.
	PaceAttach      = 1000
	PaceEvery  Time = 100 * millisecond
)

// attach says ATTACH, and again until the peer's owner has answered.
func (s *custody) attach(c *claim) {
	s.publish(c, Packet{Kind: Attach})
	if !s.off.NoAgain {
		s.attachLater(c, s.now+attachAgain)
	}
}

func (s *custody) attachLater(c *claim, at Time) {
	c.again = at
	s.eager = append(s.eager, c)
	s.sweepAt = min(s.sweepAt, at)
}

// sweep says ATTACH for those ports whose time has come, for so many at most.
func (s *custody) sweep(most int) {
	next, said := Never, 0
	s.eager = slices.DeleteFunc(s.eager, func(c *claim) bool {
		if c.open || c.tries > 0 && s.off.NoAgain || c.life == buried || c.life == tombstone || c.told() {
			return true
		}
		if c.again <= s.now && said < most {
			said++
			s.publish(c, Packet{Kind: Attach})
			c.again = s.now + min(Time(attachAgain)<<min(c.tries, 6), attachAgainMax)
			c.tries++
		}
		next = min(next, max(c.again, s.now+PaceEvery))
		return false
	})
	s.sweepAt = next
}

// hear notes that the peer's side has said something.
func (s *custody) hear(c *claim, p *Packet) {
	c.heard, c.waits = s.now, 0
	switch {
	case p.Kind != Alive || !p.Transit || p.Waiting:
		c.transit = 0
	case c.transit == 0:
		c.transit = s.now
	}
}

// watch gives up ports whose peer's side has said nothing for too long, and asks those that have
// been quiet. It looks at the clock of a session whose client is there: a client that is away
// cannot wait.
func (s *custody) watch(absence Time) {
	s.watchAt = Never
	if s.gone || s.away {
		return
	}
	for _, c := range slices.Clone(s.graves) {
		if c.life == tombstone && s.now-c.heard > ForgetAfter {
			s.giveUp(c)
		}
	}
	if len(s.claims)+len(s.requests)+len(s.graves)-s.buried == 0 {
		return
	}
	s.watchAt = s.now + watchEvery
	var late []Handle
	for h, c := range s.claims {
		switch {
		case c.life != held && c.life != lingering || c.hands == inOffer:
			continue
		case s.now-c.heard > probeAfter:
		case c.open && c.acked == c.sendNext && c.life == held:
			c.waits = 0
			continue
		case c.waits == 0:
			c.waits = s.now
			continue
		}
		late = append(late, h) // it has waited since it was looked at last
	}
	slices.Sort(late)
	for _, h := range late {
		s.late(s.claims[h], absence)
	}
	for _, h := range sortedKeys(s.requests) {
		s.lateRequest(s.requests[h], absence)
	}
}

// lateRequest asks whether the caller's end of a connect is anywhere, if it is not here and the
// connect was said again: that may have been settled, and its channel have come to its end, while
// the client was away.
func (s *custody) lateRequest(r *request, absence Time) {
	switch {
	case !r.again || r.canceled || s.claims[r.port] != nil || r.heard != 0 && s.now-r.heard < probeAfter:
	case r.waits != 0 && s.now-r.waits > absence:
		s.cancel(r)
	default:
		if r.waits == 0 {
			r.waits = s.now
		}
		s.publish(tombstoneOf(r.end, r.end.cap), Packet{Kind: Probe})
	}
}

// late asks whether the peer's side is there, or gives it up.
func (s *custody) late(c *claim, absence Time) {
	switch {
	case s.off.NoSilence:
	case c.transit != 0 && s.now-c.transit > TransitTimeout, c.waits != 0 && s.now-c.waits > absence:
		c.silent = true
		s.become(c, toLose)
		s.send(Frame{Kind: Gone, Port: c.handle, Next: c.acked})
	default:
		if c.waits == 0 {
			c.waits = s.now
		}
		s.publish(c, Packet{Kind: Probe})
	}
}
