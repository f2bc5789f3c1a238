package sim

import "github.com/entangle-go/entangle/protocol"

// Tickets that are stolen, and old ones that come back.

// The kinds of theft of tickets.
const (
	sessionTicket = iota // a session ticket, without the endpoint's secret
	portTicket           // a port's, in an endpoint of the thief's own
	otherUser            // the session ticket and the secret, by somebody whom the hub knows as another
	ticketThefts         // so many
)

// anyTicket is a theft of a ticket of some honest client, or the return of one that has died, with
// tickets of ports that it has handed on.
func (w *World) anyTicket() Action {
	victim := w.Clients[w.rand.IntN(w.config.Endpoints)]
	a := Action{Do: UseTicket, At: len(w.Clients), From: victim.Number, Number: int64(w.rand.IntN(ticketThefts))}
	if victim.Dead && w.returnedAs(victim) == nil {
		a.Do = Return
	}
	return a
}

// returnedAs is the hostile client that a dead one has become, or nil.
func (w *World) returnedAs(c *Client) *Client {
	for _, o := range w.Clients {
		if o.hostile != nil && o.hostile.was == c {
			return o
		}
	}
	return nil
}

// useTicket lets a hostile client use a ticket of somebody's: it must not open anything.
func (w *World) useTicket(a Action) {
	if a.From >= len(w.Clients) || a.At != len(w.Clients) || a.Number >= ticketThefts {
		return
	}
	victim := w.Clients[a.From]
	if victim.endpoint == nil || len(victim.ticket) == 0 {
		return
	}
	who := partitions[0]
	if a.Number == otherUser {
		who = partitions[1]
	}
	w.Counts.Thefts++
	c := w.join(member{identity: who, hostile: true})
	hello := protocol.Frame{Kind: protocol.Hello, Version: protocol.Version, Ticket: victim.ticket}
	c.secret = secretOf(a.At)
	switch a.Number {
	case otherUser:
		c.secret = victim.secret
	case portTicket:
		hello.Ticket = nil
	}
	hello.Secret = c.secret[:]
	w.hostileSays(c, protocol.AppendFrame(nil, &hello))
	if a.Number != portTicket && c.session.greeted {
		w.bad(rThief, "%v comes back with a session ticket of %v", c, victim)
		return
	}
	for h, ticket := range victim.tickets {
		if a.Number == portTicket && !c.Dead {
			resume := protocol.Frame{Kind: protocol.Resume, Resumed: []protocol.ResumedPort{{Port: h, Ticket: ticket}}}
			w.hostileSays(c, protocol.AppendFrame(nil, &resume))
			if !c.Dead || len(c.session.machine.Handles()) > 0 {
				w.bad(rThief, "%v has a port by a ticket of %v", c, victim)
			}
		}
	}
	c.Dead = true
	w.cutUp(c.session, 0, false)
}

// comeBackHostile lets a client that has died come back with its secret, its last session ticket,
// and old tickets of ports that it has handed on, whose next owners their peers have accepted. Its
// session says ATTACH for them.
func (w *World) comeBackHostile(a Action) {
	if a.From >= len(w.Clients) || a.At != len(w.Clients) {
		return
	}
	old := w.Clients[a.From]
	if old.endpoint == nil || !old.Dead || len(old.ticket) == 0 || w.returnedAs(old) != nil {
		return
	}
	var resumed []protocol.ResumedPort
	for _, channel := range w.Channels {
		for _, e := range channel.Ends {
			for _, l := range w.loot[e.Name()] {
				if l.from == old && !channel.tainted && w.accepted(e.Peer(), l) && (len(l.port.Ticket) > 0 || l.port.Port%2 == 0) {
					resumed = append(resumed, l.port)
				}
			}
		}
	}
	if len(resumed) == 0 {
		return
	}
	w.Counts.Thefts++
	c := w.join(member{identity: old.identity, hostile: true})
	c.hostile.was, c.secret = old, old.secret
	hello := protocol.Frame{Kind: protocol.Hello, Version: protocol.Version, Secret: c.secret[:], Origin: old.start.Origin,
		Ticket: old.ticket, Handles: 100_001, Channels: 10_000}
	w.hostileSays(c, protocol.AppendFrame(nil, &hello))
	seen := map[protocol.Handle]bool{}
	for _, p := range resumed {
		if !seen[p.Port] && c.session.greeted && !c.Dead {
			seen[p.Port] = true
			c.hostile.forged = append(c.hostile.forged, p.Port)
			frame := protocol.Frame{Kind: protocol.Resume, Resumed: []protocol.ResumedPort{p}}
			w.hostileSays(c, protocol.AppendFrame(nil, &frame))
		}
	}
}
