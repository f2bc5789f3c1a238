package sim

import (
	"encoding/binary"

	"github.com/entangle-go/entangle/protocol"
)

// subscription is what a client knows of a broadcast channel.
type subscription struct {
	name   string
	sent   int // broadcasts of its own
	wanted bool
	joined bool            // SUBSCRIBED came: what is broadcast from now on arrives
	since  map[*Client]int // how many each of the others had sent by then
	heard  map[*Client]int // how many of each it has heard, or missed before it joined
	all    map[[2]int]bool // sender and number of what it has heard
}

func (c *Client) channel(name string) *subscription {
	s := c.channels[name]
	if s == nil {
		s = &subscription{name: name, heard: map[*Client]int{}, all: map[[2]int]bool{}}
		if c.channels == nil {
			c.channels = map[string]*subscription{}
		}
		c.channels[name] = s
	}
	return s
}

// Subscribe subscribes a client to a broadcast channel.
func (w *World) Subscribe(c *Client, name string) {
	s := c.channel(name)
	if !s.wanted {
		s.wanted = true
		w.step(c, protocol.Event{Kind: protocol.EventSubscribe, Name: name})
	}
}

// Unsubscribe ends what Subscribe began.
func (w *World) Unsubscribe(c *Client, name string) {
	s := c.channel(name)
	if s.joined { // a client waits for the answer
		s.wanted, s.joined = false, false
		w.step(c, protocol.Event{Kind: protocol.EventUnsubscribe, Name: name})
	}
}

const broadcastMark = 0xb40a_dca5

// Broadcast broadcasts the next number on a channel.
func (w *World) Broadcast(c *Client, name string) {
	s := c.channel(name)
	b := binary.BigEndian.AppendUint32(nil, broadcastMark)
	b = binary.BigEndian.AppendUint32(b, uint32(c.Number))
	b = binary.BigEndian.AppendUint32(b, uint32(s.sent))
	s.sent++
	w.Counts.Broadcasts++
	w.step(c, protocol.Event{Kind: protocol.EventBroadcast, Name: name, Body: b})
}

// subscribed is the hub's answer.
func (w *World) subscribed(c *Client, f *protocol.Effect) {
	s := c.channel(f.Name)
	if f.Code == protocol.TooMany && len(c.channels) > protocol.MaxChannels-slack {
		s.wanted = false
		w.Counts.Limited++
		return
	}
	if f.Code == protocol.Registered && s.wanted && s.joined && w.holes() {
		return // it has come back
	}
	if f.Code != protocol.Registered || !s.wanted || s.joined {
		w.bad(rChannel, "%v hears that it has joined %q with code %d", c, f.Name, f.Code)
	}
	s.joined, s.since = true, map[*Client]int{}
	for _, o := range w.Clients {
		s.since[o] = 0
		if other := o.channels[f.Name]; other != nil {
			s.since[o] = other.sent
		}
	}
}

// heard is a broadcast that comes to a client.
func (w *World) heard(c *Client, f *protocol.Effect) {
	s := c.channel(f.Name)
	if len(f.Body) != 12 || binary.BigEndian.Uint32(f.Body) != broadcastMark {
		if w.config.Hostile == 0 {
			w.bad(rChannel, "%x is broadcast to %v", f.Body, c)
		}
		return
	}
	from, n := w.Clients[binary.BigEndian.Uint32(f.Body[4:])], int(binary.BigEndian.Uint32(f.Body[8:]))
	switch {
	case !s.joined: // it was on its way when the client left
		s.heard[from] = max(s.heard[from], n+1)
		return
	case from == c || !samePartition(c, from):
		w.bad(rChannel, "broadcast %d of %v on %q comes to %v", n, from, f.Name, c)
	case s.all[[2]int{from.Number, n}]:
		w.bad(rChannel, "broadcast %d of %v on %q comes to %v twice", n, from, f.Name, c)
	case n < s.heard[from] && !w.holes(): // what comes by two sockets has no order
		w.bad(rChannel, "broadcast %d of %v on %q comes to %v, which has heard %d", n, from, f.Name, c, s.heard[from])
	case n > max(s.heard[from], s.since[from]) && !w.holes():
		w.bad(rChannel, "broadcast %d of %v on %q comes to %v instead of %d", n, from, f.Name, c, max(s.heard[from], s.since[from]))
	}
	s.heard[from] = max(s.heard[from], n+1)
	s.all[[2]int{from.Number, n}] = true
}

// holes reports whether broadcasts may be missing: nobody keeps those that a socket has lost.
func (w *World) holes() bool { return w.Counts.Cuts+w.Counts.Restarts > 0 }

// checkBroadcasts looks, after everything was drained, whether everything arrived.
func (w *World) checkBroadcasts() {
	for _, c := range w.live() {
		for _, s := range c.channels {
			if !s.joined || w.holes() {
				continue
			}
			for _, from := range w.live() {
				sent := 0
				if other := from.channels[s.name]; other != nil {
					sent = other.sent
				}
				if heard := max(s.heard[from], s.since[from]); from != c && samePartition(c, from) && heard != sent {
					w.bad(rChannel, "%v has heard %d of %d broadcasts of %v on %q", c, heard, sent, from, s.name)
				}
			}
		}
	}
}
