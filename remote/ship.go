package remote

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// maxShipDepth is how deep ports may lie in the queues of ports that are shipped with them.
const maxShipDepth = protocol.MaxDepth - 1

// shipPorts gives the ports that a record transfers to the endpoint, in slot order. The client's lock is held.
func (c *Client) shipPorts(record *clone.Record, depth int) []protocol.Held {
	if record == nil {
		return nil
	}
	var ports []protocol.Held
	for _, holder := range record.Holders() {
		if port, ok := holder.Value().(*entangle.MessagePort); ok {
			ports = append(ports, c.shipPort(port, depth))
		}
	}
	return ports
}

// shipPort gives up a port of this process. What it becomes depends on where its other end is:
//
//   - In this process: the two become a network channel. The partner stays, entangled with its end at the endpoint.
//   - Behind this hub: it is handed over, and nothing of it stays.
//   - Behind another hub: this process stays between the two, as a relay.
//   - Nowhere, as it closed: the queue travels alone.
func (c *Client) shipPort(port *entangle.MessagePort, depth int) protocol.Held {
	near := &networkPort{client: c}
	shipment, err := entangle.Ship(port, near)
	if err != nil {
		c.log.Warn("a port in a message is lost", "error", err)
		return protocol.Held{Lost: true}
	}
	held := protocol.Held{Lost: shipment.Lost, Queue: c.shipQueue(shipment.Queue, depth)}
	switch {
	case shipment.Partner != nil:
		held.Port = c.newChannel(near, shipment.Partner)
	case shipment.Peer != nil:
		far, ok := shipment.Peer.(*networkPort)
		switch {
		case !ok:
			c.log.Warn("a port in a message is lost: it is no port of a remote client")
			held.Lost = true
		case far.client == c:
			held.Port, held.Lost = far.handle, far.lost
			c.forget(far)
		default:
			held.Port = c.newChannel(near, relay{far})
			c.relays = append(c.relays, func() { far.relayTo(near) })
		}
	}
	return held
}

// shipQueue turns the messages of a port's queue to bytes. One that has no byte form, or is too large, keeps its place and its ports.
func (c *Client) shipQueue(queue []*clone.Record, depth int) []protocol.Queued {
	messages := make([]protocol.Queued, 0, len(queue))
	for _, record := range queue {
		body, err := encode(record)
		if err != nil {
			body = undeliverable(err.Error())
		}
		if depth == maxShipDepth && countPorts(record) > 0 {
			c.log.Warn("ports in a message are lost: they lie too deep in the queues of other ports")
			record.Discard()
			messages = append(messages, protocol.Queued{Body: undeliverable("its ports lay too deep in the queues of other ports")})
			continue
		}
		messages = append(messages, protocol.Queued{Body: body, Ports: c.shipPorts(record, depth+1)})
	}
	return messages
}

// newChannel makes a network channel. One end stays here and fills the sink; the handle of the other is returned. The client's lock is held.
func (c *Client) newChannel(near *networkPort, s sink) (far protocol.Handle) {
	for _, e := range c.endpoint.Step(protocol.Event{Kind: protocol.EventChannel}, nil) {
		c.enter(near, e.Port, s)
		far = e.Twin
	}
	return far
}
