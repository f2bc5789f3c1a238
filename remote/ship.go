package remote

import (
	"errors"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// maxShipDepth is how deep ports may lie in the queues of ports that are shipped with them.
const maxShipDepth = protocol.MaxDepth - 1

// shipping is how the ports of one message leave. The client's lock is held all the time; others
// may still post to ports that are on their way in this process. So it goes in three turns:
//
//  1. Ports are shipped, and those in their queues, and so on. From then on nobody posts to them.
//  2. What was posted on them before, and is still in the outbox, is given to the endpoint.
//  3. They get their handles, in the order in which they stand in the message: that in which
//     sessions take channels in.
type shipping struct {
	client *Client
	posted []*networkPort // shipped, but with messages in the outbox
}

// parcel is a port that was shipped. What it becomes depends on where its other end is:
//
//   - In this process: the two become a network channel. The partner stays; near is what it is
//     entangled with now.
//   - Behind this hub: far is handed over, and nothing of it stays.
//   - Behind another hub: this process stays between the two, with near for a relay.
//   - Nowhere, as it closed: the queue travels alone.
type parcel struct {
	near, far *networkPort
	lost      bool
	queue     []letter
	depth     int
}

// letter is a message in the queue of a parcel.
type letter struct {
	body  []byte
	ports []*parcel
}

// ship gives the ports that a record transfers to the endpoint, in slot order. The
// client's lock is held.
func (c *Client) ship(record *clone.Record) []protocol.Held {
	if record == nil {
		return nil
	}
	s := shipping{client: c}
	parcels := s.ports(record, 0)
	for len(s.posted) > 0 {
		p := s.posted[len(s.posted)-1]
		s.posted = s.posted[:len(s.posted)-1]
		c.hasten(p, &s)
	}
	return c.seal(parcels)
}

// ports is the first turn for a record.
func (s *shipping) ports(record *clone.Record, depth int) []*parcel {
	if record == nil {
		return nil
	}
	var parcels []*parcel
	for _, holder := range record.Holders() {
		if port, ok := holder.Value().(*entangle.MessagePort); ok {
			parcels = append(parcels, s.port(port, depth))
		}
	}
	return parcels
}

// port is the first turn for a port.
func (s *shipping) port(port *entangle.MessagePort, depth int) *parcel {
	near := &networkPort{client: s.client}
	shipment, err := entangle.Ship(port, near)
	if err != nil {
		s.client.log.Warn("a port in a message is lost", "error", err)
		return &parcel{lost: true}
	}
	p := &parcel{lost: shipment.Lost, depth: depth}
	switch far, ok := shipment.Peer.(*networkPort); {
	case shipment.Partner != nil:
		p.near, near.sink, near.twinParcel = near, shipment.Partner, p
	case shipment.Peer == nil: // closed
	case !ok:
		s.client.log.Warn("a port in a message is lost: it is no port of a remote client")
		p.lost = true
	case far.client == s.client:
		p.far = far
		if far.waiting.Load() > 0 {
			s.posted = append(s.posted, far)
		}
	default:
		p.near, near.sink = near, relay{near, far}
		s.client.relays = append(s.client.relays, func() { far.relayTo(near) })
	}
	for _, record := range shipment.Queue {
		s.append(p, record, nil)
	}
	return p
}

// append puts a message into a parcel's queue. One that has no byte form, or is too large, keeps
// its place and its ports. body is its byte form if that is known already.
func (s *shipping) append(p *parcel, record *clone.Record, body []byte) {
	if body == nil {
		var err error
		if body, err = encode(record); err != nil {
			body = undeliverable(err.Error())
		}
	}
	if p.depth == maxShipDepth && record != nil && countPorts(record) > 0 {
		s.client.log.Warn("ports in a message are lost: they lie too deep in the queues of other ports")
		record.Discard()
		record, body = nil, undeliverable("its ports lay too deep in the queues of other ports")
	}
	p.queue = append(p.queue, letter{body, s.ports(record, p.depth+1)})
}

// hasten is the second turn for a port: its messages leave the outbox before their time.
func (c *Client) hasten(p *networkPort, s *shipping) {
	c.commands = append(c.commands, c.outbox.take(nil)...)
	for i := range c.commands { // the slice may become another one meanwhile: what is appended is not for p
		cmd := c.commands[i]
		if cmd.kind != post || cmd.port != p {
			continue
		}
		c.commands[i] = command{}
		if twin := p.twinParcel; twin != nil { // the other end is here too, still to be sealed
			p.waiting.Add(-1)
			p.waitingBytes.Add(-int64(len(cmd.body)))
			s.append(twin, cmd.record, cmd.body)
		} else {
			c.post(&cmd)
		}
	}
}

// seal is the third turn.
func (c *Client) seal(parcels []*parcel) []protocol.Held {
	var ports []protocol.Held
	for _, p := range parcels {
		held := protocol.Held{Lost: p.lost}
		switch {
		case p.near != nil:
			c.makeChannel(p.near)
			held.Port = p.near.twin
			p.near.twinParcel = nil
		case p.far != nil:
			if p.far.twinParcel != nil {
				c.makeChannel(p.far)
			}
			held.Port, held.Lost = p.far.handle, errors.Is(p.far.why, entangle.ErrLost)
			c.forget(p.far)
		}
		for _, l := range p.queue {
			held.Queue = append(held.Queue, protocol.Queued{Body: l.body, Ports: c.seal(l.ports)})
		}
		ports = append(ports, held)
	}
	return ports
}

// makeChannel makes the network channel of an end that stays, unless it was made when that end was
// shipped in turn.
func (c *Client) makeChannel(near *networkPort) {
	if near.twin != 0 {
		return
	}
	c.channel(protocol.Event{Kind: protocol.EventChannel}, near)
}
