package sim

import "github.com/entangle-go/entangle/protocol"

// loot is a capability that somebody has copied while the port was its own.
type loot struct {
	cap    protocol.Capability
	n      uint64 // the number of its hop
	from   *Client
	port   protocol.ResumedPort // as its owner would have resumed it
	copied bool                 // a copy was handed on at the same time as the real one
}

// maxLoot is how many owners of an end are robbed.
const maxLoot = 3

// steal copies the capability of an end that an application has. Of each channel only one end is
// stolen: who once owned both can make its two old claims confirm each other, which disturbs
// nobody.
func (w *World) steal(e *End) {
	p, ok := e.At.session.machine.Inspect(e.Handle)
	switch {
	case !ok || e.Handle == 0 || p.Life != "held" || p.Hands != "in hands" || e.Channel.tainted:
		return
	case len(w.loot[e.Name()]) == maxLoot || w.loot[e.Peer().Name()] != nil:
		return
	}
	cap, _ := e.At.session.machine.Capability(e.Handle)
	stolen := &loot{cap: cap, n: hopOf(cap), from: e.At, port: e.resumed()} // whose nonces are never written to
	w.loot[e.Name()] = append(w.loot[e.Name()], stolen)
}

// resumed is the port as its owner would resume it.
func (e *End) resumed() protocol.ResumedPort {
	p := protocol.ResumedPort{Port: e.Handle, Ticket: e.At.tickets[e.Handle]}
	p.SendNext, _, p.RecvNext = e.At.session.machine.Numbers(e.Handle)
	p.Oldest = p.SendNext
	return p
}

// theft is a step of a thief's, if there is something to be had. thief is silent, speakers are not.
func (w *World) theft(thief *Client, speakers []*Client) Action {
	var spent, accepted []Action
	for _, channel := range w.Channels {
		if channel.tainted {
			continue
		}
		for _, e := range channel.Ends {
			for i, l := range w.loot[e.Name()] {
				a := Action{Do: Forge, End: e.Name(), At: thief.Number, Loot: i}
				switch {
				case w.accepted(e.Peer(), l):
					accepted = append(accepted, a)
				case w.handedOn(l) && e.Peer().At != nil:
					spent = append(spent, a)
				}
			}
		}
	}
	switch {
	case len(spent) > 0 && w.rand.IntN(3) == 0:
		// A copy that is spent at the same time as the real one, and may be there earlier. It says
		// nothing.
		a := spent[w.rand.IntN(len(spent))]
		a.Number = 1
		return a
	case len(accepted) > 0:
		a := accepted[w.rand.IntN(len(accepted))]
		a.Number, a.Attach = int64(1+w.rand.IntN(3)), w.rand.IntN(4) > 0
		if w.rand.IntN(2) == 0 {
			a.At = speakers[w.rand.IntN(len(speakers))].Number
		}
		return a
	}
	return Action{}
}

// forge replays a capability. One that attaches may do so when the peer has accepted a later owner:
// before, the one that it was copied from could as well have handed the port to the thief.
func (w *World) forge(a Action) {
	if a.Loot >= len(w.loot[a.End]) || a.At >= len(w.Clients) {
		return
	}
	l, c, channel := w.loot[a.End][a.Loot], w.Clients[a.At], w.byNumber[a.End.Channel]
	if c.hostile == nil || c.Dead || !c.session.greeted || channel.tainted {
		return
	}
	e := channel.Ends[a.End.Side]
	switch later := w.accepted(e.Peer(), l); {
	case later:
	case a.Attach || !c.hostile.silent || !w.handedOn(l) || e.Peer().At == nil || w.config.Cuts:
		return // after a resume everybody is asked, and the copy would answer
	default:
		l.copied = true
	}
	w.Counts.Thefts++
	s := c.session
	h := s.machine.Forge(l.cap, int(a.Number), uint64(w.steps), a.Attach, &s.out)
	c.hostile.forged = append(c.hostile.forged, h)
	w.carryOut(s)
	w.checkBooks(s)
}

func hopOf(c protocol.Capability) uint64 { return c.Token.Base + uint64(len(c.Token.Nonces)) - 1 }

// accepted reports whether the owner of an end has accepted a later owner of the other one than the
// one whose capability was copied, and will know that after a resume. A capability names the
// session that minted it: where that session's WELCOME never came, the client that owned it is
// another one by now, and the copy opens nothing that the peer knows of.
func (w *World) accepted(e *End, l *loot) bool {
	if e.At == nil || e.At.Dead {
		return false
	}
	if o := e.Channel.connect; o != nil && len(o.offers) > 1 {
		return false // whoever else was offered it may not have
	}
	p, ok := e.At.session.machine.Inspect(e.Handle)
	return ok && p.Peer == l.cap.ID && p.PeerN > l.n && (p.Kept || !w.config.Cuts)
}

// handedOn reports whether the hub has seen the owner whose capability was copied hand its end on:
// what its endpoint has said and the hub has not read yet may never be read.
func (w *World) handedOn(l *loot) bool {
	cap, ok := l.from.session.machine.Capability(l.port.Port)
	return !ok || hopOf(cap) > l.n
}

// contested reports whether it would depend on who is first which of two owners of the other end
// the next owner of this one accepts. Such an end stays where it is.
func (w *World) contested(e *End) bool {
	for _, l := range w.loot[e.Peer().Name()] {
		if l.copied && !w.accepted(e, l) {
			return true
		}
	}
	return false
}
