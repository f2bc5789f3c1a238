package sim

import "slices"

// What must hold when nothing is left to do, and an oracle that knows where everything is.

// fate is what the oracle knows about an end.
type fate uint8

const (
	stuck   fate = iota // in a circle of messages that wait for each other, or in a connect that nobody has answered
	alive               // somebody has it, or will when everything has been dispatched
	dead                // nobody will ever have it
	unclear             // in a connect that several have taken, or too late: either may be
)

// fate is computed after everything was dispatched. busy are the ends in question on the way here.
func (w *World) fate(e *End, busy []*End) fate {
	switch {
	case e.Closed || e.lapsed:
		return dead
	case e.At != nil && e.At.Dead:
		return dead
	case e.doubt:
		return unclear
	case e.At != nil:
		return alive
	case slices.Contains(busy, e):
		return stuck
	}
	busy = append(busy, e)
	m := e.in
	switch {
	case m.taken != nil:
		return w.fate(m.taken, busy) // it goes where the queue goes
	case m.connect != nil:
		return w.fateOfConnect(m.connect)
	}
	from, to := w.custody(m.from, busy), w.fate(m.from.Peer(), busy)
	switch {
	case from == stuck || to == stuck:
		return stuck
	case from == unclear || to == unclear:
		return unclear
	case from == dead || to == dead:
		return dead
	}
	return alive // which is not how it may end: checkEnd says so of the carrier
}

// fateOfConnect is that of the end which no application has been shown.
func (w *World) fateOfConnect(o *Connect) fate {
	switch {
	case o.doubt:
		return unclear
	case o.withdrawn && o.shown == nil && w.Counts.Cuts+w.Counts.Restarts > 0:
		return unclear // the session that comes back does not know to whom it was offered, and takes it back
	}
	for _, c := range o.claimers {
		if w.holes() && (c.Dead || c.doubt) {
			return unclear // that one may have had it
		}
	}
	living := 0
	takers := 0
	for _, t := range o.takers {
		if t.id != o.id {
			continue
		}
		takers++
		if t.client.doubt {
			return unclear
		}
		if !t.client.Dead {
			living++
		}
	}
	switch {
	case takers == 0 && !w.late && (o.Caller.Dead || o.withdrawn):
		return dead
	case takers == 0:
		return stuck // it waits
	case living == 0:
		return dead
	case w.late || living < takers || takers > 1 && w.Counts.Restarts > 0:
		return unclear // which one has it depends on whose ATTACH came first, or on who came too late
	}
	return alive
}

// custody is the fate of what an end has sent and nobody has taken in: it is served after the
// application closed the end, too.
func (w *World) custody(e *End, busy []*End) fate {
	if e.Closed && !e.Ended && e.doubt && !e.lapsed {
		return unclear
	}
	if e.Closed && !e.Ended && !e.lapsed && !e.closedAt.Dead {
		return alive
	}
	return w.fate(e, busy)
}

// check checks the world after it was drained.
func (w *World) check() {
	if w.Violation != nil {
		return
	}
	for _, c := range w.Channels {
		if c.tainted {
			continue
		}
		for _, e := range c.Ends {
			w.checkEnd(e)
		}
	}
	for _, s := range w.sessions {
		if c := s.Client; c.Dead || c.session != s {
			w.checkGone(s)
		} else if c.endpoint != nil {
			w.checkQuiet(c)
		}
	}
	if w.config.Hostile == 0 && !w.config.Circles {
		w.checkLeft()
	}
	w.checkConnects()
	w.checkBroadcasts()
}

func (w *World) checkEnd(e *End) {
	if e.At == nil || w.fate(e, nil) != alive {
		return
	}
	peer, c := e.Peer(), e.Channel
	peerFate, posted, dispatched := w.fate(peer, nil), c.Posted[peer.Side], c.Dispatched[e.Side]
	switch {
	case peerFate == alive && peer.At == nil && peer.in.connect != nil && !e.Ended:
		w.bad(rConnect, "%v was taken, and never shown", peer.in.connect)
	case peerFate == unclear && peer.doubt && peer.At != nil && peer.fateKnown() != e.fateKnown():
		w.bad(rLoss, "only one of them is told of a loss: %v, %v", e, peer)
	case peerFate == unclear && peer.At == nil && peer.in != nil && peer.in.connect != nil && !peer.in.connect.doubt &&
		!e.Ended && e.Handle != 0 && !w.waits(peer.in.connect):
		w.bad(rLoss, "%v was taken and given up, and nobody told (%v)", peer.in.connect, e)
	case peerFate == alive && (e.Ended || peer.Ended):
		w.bad(rArrives, "a false loss: %v, %v", e, peer)
	case peerFate == alive && dispatched != posted:
		w.bad(rArrives, "at %v %d of %d messages were dispatched", e, dispatched, posted)
	case peerFate == dead && !e.Ended && !w.config.Circles:
		w.bad(rLoss, "nobody told %v that its peer is gone: %v", e, peer)
	case e.Ended && !e.Lost && peer.Closed && !peer.Lost && dispatched != posted: // SPEC 33
		w.bad(rLoss, "%v was closed after %d of %d messages", e, dispatched, posted)
	}
}

// fateKnown reports whether the runtime was told that there is no peer.
func (e *End) fateKnown() bool { return e.Ended || e.Closed }

// waits reports whether some connect of the caller's goes on waiting.
func (w *World) waits(o *Connect) bool { return o.Caller.session.machine.Pending() > 0 }

// checkQuiet is I10: nothing is retained or owed for a peer that is there.
func (w *World) checkQuiet(c *Client) {
	if c.endpoint.Deadline() != never && !w.config.Circles && w.config.Hostile == 0 && !w.asks(c) {
		w.bad(rQuiet, "%v waits for a time", c)
	}
	w.checkPending(c)
	for _, e := range c.exposed {
		if e.Handle == 0 || e.Channel.tainted || w.fate(e.Peer(), nil) != alive {
			continue
		}
		if p, ok := c.endpoint.Inspect(e.Handle); !ok || !p.Open || p.Retained > 0 || p.Owed > 0 {
			w.bad(rQuiet, "%v: %+v", e, p)
		}
		if p, ok := c.session.machine.Inspect(e.Handle); !ok || !p.Open || p.Sent > 0 || p.Landed > 0 || p.Chain != 1 {
			w.bad(rQuiet, "%s has %v: %+v", c.session, e, p)
		}
	}
}

// asks reports whether a client may go on asking what became of a port's other end: that waits in
// something that nobody takes.
func (w *World) asks(c *Client) bool {
	for _, channel := range w.Channels {
		for _, e := range channel.Ends {
			if (e.At == c || e.closedAt == c) && !e.Ended && !channel.tainted && w.fate(e.Peer(), nil) != alive {
				return true
			}
		}
	}
	return false
}

// checkLeft looks for what sessions answer for although nothing is under way: tombstones that
// nobody asks, ports that nobody has. Ends in messages that wait in each other, or for somebody who
// listens, may be left.
func (w *World) checkLeft() {
	waiting, left := 0, 0
	for _, c := range w.Channels {
		for _, e := range c.Ends {
			if f := w.fate(e, nil); f == stuck || f == unclear {
				waiting += 2 // or its peer's tombstone does
			}
		}
	}
	for _, o := range w.connects {
		if end := o.channel.Ends[0]; len(o.takers) > 1 && (o.Caller.Dead || o.handedOn || end.Ended || end.Closed) {
			waiting++ // nobody can tell the one that came too late that it need not answer
		}
	}
	for _, c := range w.live() {
		handles := c.session.machine.Handles()
		left += c.session.machine.Ports() - len(handles)
		for _, h := range handles {
			if c.byHandle[h] == nil {
				left++
			}
		}
	}
	if left > waiting {
		w.bad(rQuiet, "sessions answer for %d ports that are nobody's, and %d wait", left, waiting)
	}
	for _, s := range w.sessions {
		if s.forgot && waiting == 0 && !w.holes() { // else whoever knew of the peer may not have come to say so
			w.bad(rQuiet, "nobody answered %s until it was forgotten, and nothing waits", s)
		}
	}
}

// checkPending looks for connects that sessions and endpoints keep and that do not wait.
func (w *World) checkPending(c *Client) {
	waiting, maybe := 0, 0
	for _, o := range w.connects {
		taken := slices.ContainsFunc(o.takers, func(t taker) bool { return t.id == o.id })
		over := o.shown != nil || o.withdrawn || o.channel.Ends[0].Ended && !o.handedOn || taken && !w.late
		switch {
		case o.Caller != c:
		case o.doubt || len(o.claimers) > 0 && o.shown == nil && w.holes(): // who took it may not have come to say so
			maybe++
		case over:
		case o.handedOn && w.fate(o.channel.Ends[0], nil) != alive: // which may have been noticed
			maybe++
		default:
			waiting++
		}
	}
	keeps, session := c.endpoint.Pending(), c.session.machine.Pending()
	if keeps != session || session > waiting+maybe || session < waiting && !w.late {
		w.bad(rQuiet, "%v keeps %d connects, its session %d; %d wait", c, keeps, session, waiting)
	}
}

// checkGone looks for what a session that lost its client still does.
func (w *World) checkGone(s *Session) {
	if !s.done {
		w.bad(rQuiet, "%s answers for %d ports long after its client was gone", s, s.machine.Ports())
	}
	for id, list := range w.subjects {
		if slices.Contains(list, s) {
			w.bad(rQuiet, "%s is subscribed to %x after it was done", s, id[:2])
		}
	}
}
