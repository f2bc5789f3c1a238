package entangle

import (
	"errors"

	"github.com/entangle-go/entangle/clone"
)

// Peer is what an end is entangled with when the other end is elsewhere: the network's side of it.
// For whoever carries ports over a network; nobody else needs it.
//
// Its methods are called with the end's lock held, so that their order is that of posting. They
// must only enqueue: neither wait nor call into this package.
type Peer interface {
	// Post takes a message. With an error, which PostMessage returns, the message does not go: it was
	// not taken, and is discarded.
	Post(*clone.Record) error
	// Dispatched says that a message which Inbox.Post brought has left the end's queue: Receive
	// returned it, or its listener is called. It is called with another lock of the end.
	Dispatched(*clone.Record)
	// Close says that the end was closed, after everything posted before. It is the last call.
	Close()
}

// Inbox is the network's hold on an end. Its methods must not be called from within a Peer's.
type Inbox struct {
	channel *channel
	side    uint64
}

// EntanglePeer returns a port whose other end is elsewhere, and the inbox for what
// comes from there.
func EntanglePeer(peer Peer) (*MessagePort, *Inbox) {
	c := newChannel()
	c.ends[0].attach().peer = peer
	c.ends[1].closed = true
	port := c.newPort(0)
	c.watchEnd(0) // the other side is to be told
	return port, &Inbox{c, 0}
}

// Post appends a message to the end's queue. If the end is closed, or got Close before, the message
// is discarded. If it was shipped, Post returns false: the message was not taken.
func (i *Inbox) Post(record *clone.Record) bool {
	event := &MessageEvent{Type: messageType, record: record, distant: true}
	c := i.channel
	c.mu.Lock()
	e := &c.ends[i.side]
	if e.attached.shipped || e.closed || e.ended {
		shipped := e.attached.shipped
		c.mu.Unlock()
		if !shipped {
			discard(record)
		}
		return !shipped
	}
	if peer := e.peer(); peer != nil && e.receivers.first != nil { // who gets it at once
		peer.Dispatched(record)
	}
	c.push(i.side, event)
	c.mu.Unlock()
	return true
}

// Close says that the other side was closed, or lost, and why. After its last message the end gets
// close. Its Peer is not called any more.
func (i *Inbox) Close(why CloseError) {
	c := i.channel
	var request *connectRequest
	c.mu.Lock()
	if e := &c.ends[i.side]; !e.closed && !e.ended {
		c.endMessages(i.side, why)
		request = e.attached.request
	}
	c.mu.Unlock()
	if request != nil {
		request.cancel()
	}
}

// Behind says how many of the messages given to the Peer were not taken at the other side, and how
// many bytes those are. Every message given to it from then on is one more. [MessagePort.Post]
// waits while there are 1024 or more, or 4 MiB.
func (i *Inbox) Behind(n, bytes int) {
	c := i.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := &c.ends[i.side]; e.peer() != nil {
		e.attached.behind, e.attached.bytes = n, bytes
		if n <= sendWindow/2 && bytes <= sendBytes/2 {
			e.attached.senders.dismiss(nil)
		}
	}
}

// Shipment is what a port was that left for elsewhere.
type Shipment struct {
	Queue   []*clone.Record // the messages it did not dispatch
	Peer    Peer            // what it was entangled with, if that is elsewhere; it is not closed by this
	Partner *Inbox          // that of its partner, if that is here
	Closed  bool            // no more messages come: the other side was closed, or lost. Then Peer and Partner are nil
	Lost    bool            // with Closed: nobody closed it
}

// Ship gives up a port, which the caller holds, or which is the Value of a holder in a queued
// record. The handle is detached. If the port's partner is here it is entangled with peer from now
// on, with nothing in between: what it posted before is in the queue, what it posts later goes to
// peer. Otherwise peer is not used. The error is ErrDetached or ErrClosed.
func Ship(port *MessagePort, peer Peer) (Shipment, error) {
	if port.blank() {
		return Shipment{}, ErrDetached
	}
	c, side := port.channel, port.turn&1
	c.lock(side)
	defer c.unlock(side)
	e, err := port.open()
	if err != nil {
		return Shipment{}, err
	}
	shipment := Shipment{Closed: e.ended, Lost: e.ended && errors.Is(e.endError(), ErrLost), Peer: e.peer()}
	e.attach().shipped = true
	e.turn += 2
	e.leave(ErrDetached)
	e.closed = true
	for event := e.take(); event != nil; event = event.next {
		if event.Type != closeType {
			shipment.Queue = append(shipment.Queue, event.record)
		}
	}
	if shipment.Peer != nil {
		e.attached.peer = nil
	} else if !e.ended {
		a := c.ends[side^1].attach()
		a.peer, a.behind, a.bytes = peer, 0, 0
		c.watchEnd(side ^ 1) // the other side is to be told
		a.senders.dismiss(nil)
		shipment.Partner = &Inbox{c, side ^ 1}
	}
	return shipment, nil
}
