package remote

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// land makes a port of this process from one that came from the hub. The client's lock is held.
func (c *Client) land(held protocol.Held) *entangle.MessagePort {
	p := &networkPort{client: c}
	port, inbox := entangle.EntanglePeer(p)
	if held.Port == 0 {
		p.sink, p.ended, p.why = inbox, true, entangle.CloseError{Reason: entangle.ReasonClosed}
		if held.Lost {
			p.why = entangle.CloseError{Reason: entangle.ReasonLost, Text: "before the port came here"}
		}
	} else {
		c.enter(p, held.Port, inbox)
		p.behind()
	}
	for _, message := range held.Queue {
		inbox.Post(c.landMessage(message.Body, message.Ports))
	}
	if held.Port == 0 {
		inbox.Close(p.why)
	}
	return port
}

// landMessage makes a record of a message from the hub. Its ports land at once, but nobody gets
// them before the message is dispatched. The client's lock is held.
func (c *Client) landMessage(body []byte, ports []protocol.Held) *clone.Record {
	var holders []clone.Holder
	for _, held := range ports {
		holder := c.land(held).NewHolder()
		if err := holder.Transfer(); err != nil {
			panic("remote: a port that just landed can be transferred: " + err.Error())
		}
		holders = append(holders, holder)
	}
	return clone.FromBytes(body, holders)
}
