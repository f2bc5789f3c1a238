package sim

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/entangle-go/entangle/protocol"
)

// Hostile clients have no endpoint: they say what they like, and know what they should not. Their
// sessions take their frames at once, and what they are told is heeded by looking into the session.

// hostile is what a hostile client has.
type hostile struct {
	forged []protocol.Handle // ports of others, by capabilities that were copied
	silent bool              // it only listens
	was    *Client           // an honest one, until it died
}

// The kinds of hostile clients: the last digit says of what the secret is made, the one before it
// who the hub thinks they are.
const (
	ownSecret     = iota
	publicSecret  // of what others see of an honest endpoint
	publicHashed  // the same
	internalID    // of what an honest endpoint's identities are made of
	internalHash  // the same
	stolenSecret  // an honest one's, but in another partition
	secretKinds   // so many
	silentThief   = 9
	partitionStep = 10
)

// partitions are who hostile clients may be. The first one is that of the honest ones.
var partitions = []protocol.Identity{
	{User: "dev", Origin: pageOrigin},
	{User: "eve", Origin: pageOrigin},
	{User: "dev", Origin: "null", Opaque: true},
	{User: "dev", Origin: "https://evil.example"},
}

// anyKind draws who the next hostile client is.
func (w *World) anyKind() int64 {
	who := 0
	if w.rand.IntN(3) == 0 {
		who = w.rand.IntN(len(partitions))
	}
	kind := w.rand.IntN(secretKinds)
	if who == 0 && kind == stolenSecret {
		kind = ownSecret
	}
	return int64(who*partitionStep + kind)
}

// joinHostile lets a hostile client join. If those before it were left out they are there, and say
// nothing.
func (w *World) joinHostile(number, kind int) {
	for len(w.Clients) < number {
		w.join(member{identity: partitions[0], hostile: true})
	}
	if len(w.Clients) > number || kind < 0 || kind/partitionStep >= len(partitions) {
		return
	}
	victim := w.Clients[0].session.machine
	c := w.join(member{identity: partitions[kind/partitionStep], hostile: true})
	c.hostile.silent = kind%partitionStep == silentThief
	c.secret = secretOf(number)
	public, internal := victim.Endpoint(), victim.Internal()
	switch kind % partitionStep {
	case publicSecret:
		c.secret = protocol.Secret{}
		copy(c.secret[:], hex.EncodeToString(public[:]))
	case publicHashed:
		c.secret = sha256.Sum256(public[:])
	case internalID:
		c.secret = protocol.Secret{}
		copy(c.secret[:], internal[:])
	case internalHash:
		c.secret = sha256.Sum256(internal[:])
	case stolenSecret:
		c.secret = w.Clients[0].secret
	}
	hello := protocol.Frame{Kind: protocol.Hello, Version: protocol.Version, Secret: c.secret[:]}
	w.hostileSays(c, protocol.AppendFrame(nil, &hello))
	for _, o := range w.Clients {
		if o.endpoint == nil || !o.session.greeted || !c.session.greeted {
			continue
		}
		if a, b := o.session.machine, c.session.machine; a.Internal() == b.Internal() || a.Endpoint() == b.Endpoint() {
			w.bad(rThief, "%v is the same endpoint as %v", c, o)
		}
	}
}

// hostileSays gives a frame to the session, at once.
func (w *World) hostileSays(c *Client, frame []byte) {
	if c.hostile == nil || c.Dead {
		return
	}
	f, _, err := w.decoder.Frame(frame)
	if err != nil {
		return // a shell ends that client
	}
	w.Counts.Hostile++
	if w.trace != nil {
		w.say("%v says %s", c, showFrame(f))
	}
	w.sessionStep(c.session, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: f})
}

// steals looks at what a hostile client is given.
func (w *World) steals(c *Client, f *protocol.Frame) {
	if w.trace != nil {
		w.say("%s sends %s", c.session, showFrame(f))
	}
	switch f.Kind {
	case protocol.Connection:
		if o := w.connectOf(c, f.Ports[0].Port); o != nil {
			w.taint(o.channel)
		}
	case protocol.Data:
		for _, h := range c.hostile.forged {
			if h == f.Port {
				w.bad(rThief, "a message came to %v, which copied the capability of its port", c)
			}
		}
		if m := w.messageOf(f.Body); m != nil && m.from != nil && !m.from.Channel.tainted {
			w.bad(rThief, "message %d of (%v) came to %v", m.id, m.from, c)
		}
	}
}

// attack is something that a hostile client does.
func (w *World) attack() Action {
	var speakers, thieves []*Client
	for _, c := range w.Clients {
		switch {
		case c.hostile == nil || c.Dead:
		case c.hostile.silent:
			thieves = append(thieves, c)
		default:
			speakers = append(speakers, c)
		}
	}
	switch {
	case len(speakers) < w.config.Hostile:
		return Action{Do: Join, At: len(w.Clients), Number: w.anyKind()}
	case w.config.Thefts && len(thieves) == 0:
		return Action{Do: Join, At: len(w.Clients), Number: silentThief}
	}
	if w.config.Tickets && w.rand.IntN(8) == 0 {
		return w.anyTicket()
	}
	if w.config.Thefts && (w.rand.IntN(4) == 0 || w.config.Private && w.rand.IntN(2) == 0) {
		return w.theft(thieves[0], speakers)
	}
	c := speakers[w.rand.IntN(len(speakers))]
	f := w.anyFrame(c)
	return Action{Do: Say, At: c.Number, Frame: protocol.AppendFrame(nil, &f)}
}

// anyHandle is one of the client's own, or of somebody's fancy.
func (w *World) anyHandle(c *Client) protocol.Handle {
	if handles := c.session.machine.Handles(); len(handles) > 0 && w.rand.IntN(40) > 0 {
		return handles[w.rand.IntN(len(handles))]
	}
	return protocol.Handle(1 + w.rand.IntN(40))
}

func (w *World) anyPorts(c *Client, depth int) (ports []protocol.PortState) {
	for range max(0, w.rand.IntN(5)-2) {
		p := protocol.PortState{Port: w.anyHandle(c), RecvNext: uint64(w.rand.IntN(2))}
		if _, ok := c.session.machine.Inspect(p.Port); ok && w.rand.IntN(30) > 0 {
			p.SendNext, _, p.RecvNext = c.session.machine.Numbers(p.Port)
		}
		if w.rand.IntN(6) == 0 {
			p = protocol.PortState{Ended: true, Lost: w.rand.IntN(2) == 0}
		}
		for depth < 3 && w.rand.IntN(3) == 0 {
			p.Queue = append(p.Queue, protocol.Message{Body: []byte{1}, Ports: w.anyPorts(c, depth+1)})
		}
		for !p.Ended && uint64(len(p.Retained)) < p.SendNext && w.rand.IntN(30) == 0 {
			p.Retained = append(p.Retained, protocol.Message{Body: []byte{2}, Ports: w.anyPorts(c, depth+1)})
		}
		ports = append(ports, p)
	}
	return ports
}

// anyFrame is often nearly right, so that it gets far.
func (w *World) anyFrame(c *Client) protocol.Frame {
	h := w.anyHandle(c)
	f := protocol.Frame{Port: h, Body: []byte{0}, Name: []string{"a", "b", "a", "b", "_"}[w.rand.IntN(81)/20]}
	f.Listener = w.rand.Uint64N(1000)
	sendNext, in, next := c.session.machine.Numbers(h)
	p, known := c.session.machine.Inspect(h)
	f.Seq, f.Next = sendNext, next
	switch w.rand.IntN(20) {
	case 0:
		f.Seq += w.rand.Uint64N(2)
	case 1:
		f.Seq -= min(f.Seq, w.rand.Uint64N(3))
	case 2:
		f.Next = in + w.rand.Uint64N(2)
	case 3, 4, 5, 6, 7, 8:
		f.Next = in
	}
	n := w.rand.IntN(100)
	if len(c.session.machine.Handles()) == 0 {
		n = 88 + n/8 // there is not much else to say
	}
	switch {
	case known && p.Hands == "in an offer" && w.rand.IntN(4) > 0:
		f.Kind = protocol.Taken
	case n < 50:
		f.Kind, f.Ports = protocol.Data, w.anyPorts(c, 0)
	case n < 60:
		f.Kind = protocol.Ack
	case n < 68:
		f.Kind = protocol.Attached
	case n < 74:
		f.Kind = protocol.Close
	case n < 79:
		f.Kind = protocol.Closed
		if known && p.Life != "ending" && p.Life != "lost" && p.Life != "refused" && w.rand.IntN(20) > 0 {
			f.Kind = protocol.Ack
		}
	case n < 82:
		f.Kind = protocol.Gone
	case n < 83:
		f.Kind = protocol.Taken
	case n < 88:
		f.Kind = protocol.Listen
	case n < 90:
		f.Kind = protocol.Unlisten
	case n < 99:
		w.anyConnect(c, &f)
	default:
		w.anyOther(&f)
	}
	return f
}

func (w *World) anyConnect(c *Client, f *protocol.Frame) {
	f.Kind, f.Port = protocol.Connect, protocol.Handle(4*(c.session.machine.Channels()+1))
	f.Ports = []protocol.PortState{{Port: f.Port + 2}}
	if w.rand.IntN(10) == 0 {
		f.Ports[0].Queue = []protocol.Message{{Ports: w.anyPorts(c, 0)}}
	}
	if w.rand.IntN(6) == 0 {
		f.Origin = serviceOrigin
	}
}

func (w *World) anyOther(f *protocol.Frame) {
	if w.rand.IntN(4) > 0 {
		f.Kind, f.Name = protocol.Broadcast, "a"
		return
	}
	f.Kind = []protocol.Kind{protocol.Hello, protocol.Welcome, protocol.Attach, protocol.Refused, protocol.Settled,
		protocol.Connection, protocol.Broadcast, protocol.Subscribe}[w.rand.IntN(8)]
	if f.Kind == protocol.Hello {
		f.Secret = make([]byte, len(protocol.Secret{}))
	}
	if f.Kind == protocol.Connection {
		f.Ports = []protocol.PortState{{Port: f.Port}}
	}
}
