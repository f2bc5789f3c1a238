package sim

import (
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// What the world knows about connects: whose they are, and who may answer them.

// listening is the hub's answer to LISTEN.
func (w *World) listening(c *Client, f *protocol.Effect) {
	l := c.listener(f.Listener)
	if l == nil {
		w.bad(rConnect, "%v hears of listener %d, which it does not have", c, f.Listener)
		return
	}
	switch {
	case l.registered || l.denied && w.Counts.Cuts+w.Counts.Restarts == 0:
		w.bad(rConnect, "%v hears twice of listener %d", c, f.Listener)
	case f.Code == protocol.Registered:
		l.registered = true
	default:
		l.denied = true
		w.Counts.Limited++
		if n := c.registered(); f.Code != protocol.TooMany || n < protocol.MaxListeners-slack {
			w.bad(rConnect, "listener %d of %v is denied with code %d, and it has %d", l.number, c, f.Code, n)
		}
	}
}

// slack is how much the hub's count may differ from what a client knows, for what is under way.
const slack = 64

func (c *Client) registered() (n int) {
	for _, l := range c.listens {
		if l.registered && !l.over {
			n++
		}
	}
	return n
}

// connection is a caller that comes to an application.
func (w *World) connection(c *Client, batch *protocol.Batch, f *protocol.Effect) {
	h := f.Ports[0]
	o := w.connectOf(c, h.Port)
	l := c.listener(f.Listener)
	switch {
	case o == nil && w.config.Hostile > 0:
		w.landWild(c, f.Ports)
		return
	case o == nil:
		w.bad(rConnect, "a connection from nowhere comes to %v", c)
		return
	case o.shown != nil:
		w.bad(rConnect, "%v comes to %v, and was at %v", o, c, o.shown)
		return
	case l == nil || l.name != o.Name || o.Target == "" && !samePartition(c, o.Caller) || !c.serves(o.Target) || c == o.Caller && !o.doubt:
		w.bad(rConnect, "%v comes to listener %d of %v", o, f.Listener, c)
	case f.Origin != o.Caller.origin || f.User != o.Caller.identity.User:
		w.bad(rConnect, "%v comes from %q, %q", o, f.Origin, f.User)
	}
	w.Counts.Connections++
	o.shown, o.message.taken = c, o.channel.Ends[1]
	w.landEnd(c, batch, o.channel.Ends[1], h)
	w.expose(c, o.channel.Ends[1])
	if l != nil && l.over {
		c.unwanted = append(c.unwanted, o.channel.Ends[1]) // it was taken in before, and nobody is there who would have it now
	}
}

// claims notes that an endpoint takes the other end of a connect. Its session may not hear of it.
func (w *World) claims(c *Client, f *protocol.Frame) {
	if f.Kind != protocol.Taken {
		return
	}
	if o := w.connectOf(c, f.Port); o != nil {
		o.claimers = append(o.claimers, c)
	}
}

// serves reports whether the client may answer a connect with a target origin.
func (c *Client) serves(target string) bool {
	who := c.session.machine.Identity()
	return target == "" && !who.Service || target != "" && who.Service && who.Origin == target
}

func samePartition(a, b *Client) bool {
	x, y := a.session.machine.Identity(), b.session.machine.Identity()
	return x.Origin == y.Origin && x.User == y.User && !x.Opaque && !y.Opaque
}

// connectOf finds the connect whose other end a handle is.
func (w *World) connectOf(c *Client, h protocol.Handle) *Connect {
	id, ok := c.offered[h]
	if !ok {
		return nil
	}
	for _, o := range w.connects {
		if slices.Contains(o.ids, id) {
			return o
		}
	}
	return nil
}

// called is a session that is asked for a connect.
func (w *World) called(s *Session, h protocol.Handle) {
	for _, o := range w.connects {
		if o.Caller != s.Client || o.Handle != h {
			continue
		}
		id := s.machine.Identify(uint64(h)/4, 1)
		o.ids = append(o.ids, id)
		if s.Nth >= o.nth {
			o.nth, o.id = s.Nth, id
		}
	}
}

// checkConnects looks, after everything was drained, for callers that wait although somebody
// listens.
func (w *World) checkConnects() {
	for _, o := range w.connects {
		caller := o.channel.Ends[0]
		taken := o.shown != nil || len(o.takers) > 0 || len(o.claimers) > 0 && w.holes()
		if taken || o.Caller.Dead || caller.Closed || caller.Ended || o.channel.tainted || o.doubt || w.late {
			continue
		}
		if o.handedOn && w.fate(caller, nil) != alive { // which may have been noticed
			continue
		}
		for _, c := range w.live() {
			if c == o.Caller || !c.serves(o.Target) || o.Target == "" && !samePartition(c, o.Caller) {
				continue
			}
			for _, l := range c.listens {
				if l.name == o.Name && l.registered && !l.over {
					w.bad(rConnect, "%v waits, and %v listens", o, c)
				}
			}
		}
	}
}
