package protocol

// What must hold, and an oracle that knows where everything is.

// checkSession checks what a session's books say against each other.
func (w *simWorld) checkSession(s *Session) {
	count := 0
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
	handles := 0
	for id, claims := range s.byID {
		for _, c := range claims {
			count++
			sent(c.sent)
			if c.id != id || c.handle != 0 && s.claims[c.handle] != c {
				w.bad("session %d: a claim is not where it should be", s.id)
			}
			if c.handle != 0 {
				handles++
			}
			if c.acked > c.sendNext || c.next > c.in {
				w.bad("session %d: numbers out of order", s.id)
			}
		}
	}
	if count != s.count || handles != len(s.claims) {
		w.bad("session %d counts %d ports, has %d; %d handles, has %d", s.id, s.count, count, len(s.claims), handles)
	}
}

// fate is what the oracle knows about an end.
type fate uint8

const (
	stuck fate = iota // in a circle of messages that wait for each other, or on its way to a listener that never comes
	alive             // somebody has it, or will when everything has been dispatched
	dead              // nobody will ever have it
)

// fate is computed after everything was dispatched. busy are the ends in question on the way here.
func (w *simWorld) fate(e *simEnd, busy map[*simEnd]bool) fate {
	switch {
	case e.closed:
		return dead
	case e.at != nil && e.at.dead:
		return dead
	case e.at != nil:
		return alive
	case busy[e]:
		return stuck
	}
	busy[e] = true
	defer delete(busy, e)
	m := e.in
	switch {
	case m.from == nil: // a connect
		if m.handedTo != nil && m.handedTo.dead {
			return dead
		}
		return stuck // waits
	case m.taken != nil:
		return w.fate(m.taken, busy) // it goes where the queue goes
	}
	from, to := w.custody(m.from, busy), w.fate(m.from.peer(), busy)
	switch {
	case from == stuck || to == stuck:
		return stuck
	case from == dead || to == dead:
		return dead
	}
	return alive // which is not how it may end: checkEnd says so of the carrier
}

// custody is the fate of what an end has sent and nobody has taken in: it is served after the
// application closed the end, too.
func (w *simWorld) custody(e *simEnd, busy map[*simEnd]bool) fate {
	if e.closed && !e.ended && !e.closedAt.dead {
		return alive
	}
	return w.fate(e, busy)
}

// check checks the world after it was drained.
func (w *simWorld) check() {
	for _, c := range w.channels {
		for side, e := range c.ends {
			w.checkEnd(c, side, e, c.ends[1-side])
		}
	}
	for _, ep := range w.endpoints {
		if !ep.dead {
			w.checkQuiet(ep)
		}
	}
}

func (w *simWorld) checkEnd(c *simChannel, side int, e, peer *simEnd) {
	if w.fate(e, map[*simEnd]bool{}) != alive {
		return
	}
	peerFate := w.fate(peer, map[*simEnd]bool{})
	switch {
	case peerFate == alive && (e.ended || peer.ended):
		w.bad("false loss: %v, %v", e, peer) // I7
	case peerFate == alive && c.dispatched[side] != c.posted[1-side]:
		w.bad("channel %d side %d: %d of %d messages", c.number, side, c.dispatched[side], c.posted[1-side]) // I7
	case peerFate == dead && !e.ended && !w.circles:
		w.bad("nobody told %v that its peer is gone: %v", e, peer) // I8
	case e.ended && !e.lost && peer.closed && !peer.lost && c.dispatched[side] != c.posted[1-side]:
		w.bad("channel %d side %d: closed after %d of %d messages", c.number, side, c.dispatched[side], c.posted[1-side]) // SPEC 33
	}
}

// checkQuiet is I10: nothing is retained for a peer that is there.
func (w *simWorld) checkQuiet(ep *simEndpoint) {
	for h, e := range ep.byHandle {
		if e.closed || w.fate(e.peer(), map[*simEnd]bool{}) != alive {
			continue
		}
		if p := ep.e.ports[h]; p == nil || p.state != open || len(p.retained) > 0 || p.owed > 0 {
			w.bad("endpoint %d: port %d is not quiet: %+v", ep.number, h, p)
		}
		if c := ep.s.claims[h]; c == nil || !c.confirmed || len(c.sent) > 0 || len(c.landed) > 0 {
			w.bad("session %d: port %d is not quiet: %+v", ep.number, h, c)
		}
	}
}
