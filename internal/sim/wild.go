package sim

import (
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// Ports that a hostile client had in its hands are wild: the world does not follow them. What
// honest clients do with them must not disturb what they say to each other.

// taint notes that an end of a channel may be a hostile client's: what is said on it is anybody's,
// and so are the ports that are under way on it.
func (w *World) taint(c *Channel) {
	if c.tainted {
		return
	}
	c.tainted = true
	for _, m := range c.messages {
		for _, e := range m.ends {
			if e.in == m {
				w.taint(e.Channel)
			}
		}
	}
}

// stray is a message of a hostile client, or to a port that came from one.
func (w *World) stray(c *Client, e *End, f *protocol.Effect) {
	if m := w.messageOf(f.Body); e == nil && m != nil && m.from != nil && !m.from.Channel.tainted {
		w.bad(rThief, "message %d of (%v) came to port %d of %v, which came from a hostile client", m.id, m.from, f.Port, c)
	}
	if e == nil && !slices.Contains(c.wild, f.Port) {
		w.bad(rTwice, "a message for port %d, which is not there", f.Port)
	}
	w.landWild(c, f.Ports)
}

// landWild takes in ports that the world does not know, or does not follow any more.
func (w *World) landWild(c *Client, ports []protocol.Held) {
	for _, h := range ports {
		if h.Port != 0 {
			c.wild = append(c.wild, h.Port)
		}
		for _, q := range h.Queue {
			w.landWild(c, q.Ports)
		}
	}
}

// holdWild gives up the wild ports of a message. Those that have come to an end go without a peer.
func (c *Client) holdWild(m *Message) (held []protocol.Held) {
	for _, h := range m.wild {
		if c.tame(h) {
			held = append(held, protocol.Held{Port: h})
		} else {
			held = append(held, protocol.Held{Lost: true})
		}
	}
	return held
}

// tame takes a wild port out of a client's hands, if it has it.
func (c *Client) tame(h protocol.Handle) bool {
	i := slices.Index(c.wild, h)
	if i >= 0 {
		c.wild = slices.Delete(c.wild, i, i+1)
	}
	return i >= 0
}

// wildOne is a list of one wild port, if the client has it.
func (c *Client) wildOne(h protocol.Handle) []protocol.Handle {
	if h == 0 || !slices.Contains(c.wild, h) {
		return nil
	}
	return []protocol.Handle{h}
}

// actWild is something that an application does with a wild port.
func (w *World) actWild(c *Client) Action {
	a := Action{Do: WildPost, At: c.Number, Port: c.wild[w.rand.IntN(len(c.wild))]}
	switch n := w.rand.IntN(6); {
	case n == 0:
		a.Do = WildClose
	case n < 3 && len(c.exposed) > 0:
		a.Carried = []EndName{c.exposed[w.rand.IntN(len(c.exposed))].Name()}
	}
	return a
}

func (w *World) wildPost(c *Client, a Action) {
	if !slices.Contains(c.wild, a.Port) {
		return
	}
	var ports []protocol.Held
	for _, name := range a.Carried {
		e := w.named(name)
		if e == nil || e.At != c {
			continue
		}
		w.taint(e.Channel)
		c.hide(e)
		e.in = &Message{from: e} // for ever
		w.Counts.Ships++
		ports = append(ports, w.hold(c, e))
	}
	w.step(c, protocol.Event{Kind: protocol.EventPost, Port: a.Port, Body: []byte{1}, Ports: ports})
}

func (w *World) wildClose(c *Client, h protocol.Handle) {
	if c.tame(h) {
		w.step(c, protocol.Event{Kind: protocol.EventClose, Port: h})
	}
}
