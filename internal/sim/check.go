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
	case e.Closed:
		return dead
	case e.At != nil && e.At.Dead:
		return dead
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
	living := 0
	for _, c := range o.takers {
		if !c.Dead {
			living++
		}
	}
	switch {
	case len(o.takers) == 0 && !w.late && (o.Caller.Dead || o.withdrawn):
		return dead
	case len(o.takers) == 0:
		return stuck // it waits
	case living == 0:
		return dead
	case w.late || living < len(o.takers):
		return unclear // which one has it depends on whose ATTACH came first, or on who came too late
	}
	return alive
}

// custody is the fate of what an end has sent and nobody has taken in: it is served after the
// application closed the end, too.
func (w *World) custody(e *End, busy []*End) fate {
	if e.Closed && !e.Ended && !e.closedAt.Dead {
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
	for _, c := range w.Clients {
		switch {
		case c.gone:
			w.checkGone(c)
		case c.endpoint != nil && !c.Dead:
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
	case peerFate == unclear && peer.in.connect != nil && !e.Ended && e.Handle != 0 && !w.waits(peer.in.connect):
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

// waits reports whether some connect of the caller's goes on waiting.
func (w *World) waits(o *Connect) bool { return o.Caller.session.Pending() > 0 }

// checkQuiet is I10: nothing is retained or owed for a peer that is there.
func (w *World) checkQuiet(c *Client) {
	if c.endpoint.Deadline() != never || c.session.Deadline() != never && w.config.Hostile == 0 {
		w.bad(rQuiet, "%v or its session waits for a time", c)
	}
	w.checkPending(c)
	for _, e := range c.exposed {
		if e.Handle == 0 || e.Channel.tainted || w.fate(e.Peer(), nil) != alive {
			continue
		}
		if p, ok := c.endpoint.Inspect(e.Handle); !ok || !p.Open || p.Retained > 0 || p.Owed > 0 {
			w.bad(rQuiet, "%v: %+v", e, p)
		}
		if p, ok := c.session.Inspect(e.Handle); !ok || !p.Open || p.Sent > 0 || p.Landed > 0 || p.Chain != 1 {
			w.bad(rQuiet, "%s has %v: %+v", c.hub(), e, p)
		}
	}
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
		if o.Caller.Dead && len(o.takers) > 1 {
			waiting++ // nobody can tell the one that came too late that it need not answer
		}
	}
	for _, c := range w.live() {
		handles := c.session.Handles()
		left += c.session.Ports() - len(handles)
		for _, h := range handles {
			if c.byHandle[h] == nil {
				left++
			}
		}
	}
	if left > waiting {
		w.bad(rQuiet, "sessions answer for %d ports that are nobody's, and %d wait", left, waiting)
	}
	for _, c := range w.Clients {
		if c.forgotten && waiting == 0 {
			w.bad(rQuiet, "nobody answered %s until it was forgotten, and nothing waits", c.hub())
		}
	}
}

// checkPending looks for connects that sessions and endpoints keep and that do not wait.
func (w *World) checkPending(c *Client) {
	waiting := 0
	for _, o := range w.connects {
		over := o.shown != nil || o.withdrawn || o.channel.Ends[0].Ended && !o.handedOn || len(o.takers) > 0 && !w.late
		if o.Caller == c && !over {
			waiting++
		}
	}
	keeps, session := c.endpoint.Pending(), c.session.Pending()
	if keeps != session || session > waiting || session < waiting && !w.late {
		w.bad(rQuiet, "%v keeps %d connects, its session %d; %d wait", c, keeps, session, waiting)
	}
}

// checkGone looks for what a session that lost its client still does.
func (w *World) checkGone(c *Client) {
	if !c.done {
		w.bad(rQuiet, "%s answers for %d ports long after its client was gone", c.hub(), c.session.Ports())
	}
	for id, list := range w.subjects {
		if slices.Contains(list, c) {
			w.bad(rQuiet, "%s is subscribed to %x after it was done", c.hub(), id[:2])
		}
	}
}
