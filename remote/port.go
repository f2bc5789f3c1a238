package remote

import (
	"fmt"
	"sync/atomic"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// networkPort is what a port of this process is entangled with when its other end is
// behind the hub.
type networkPort struct {
	client       *Client
	waiting      atomic.Int64 // messages in the outbox,
	waitingBytes atomic.Int64
	arrivals     arrivals

	// The client's lock guards the fields below.
	handle     protocol.Handle // 0: not yet known to the endpoint, or no longer
	ended      bool            // the other side has closed, or is lost
	why        entangle.CloseError
	sink       sink
	twin       protocol.Handle // of the other end of a channel that was made here
	twinParcel *parcel         // that other end, until it is sealed
	missed     []*clone.Record // came in after the end was shipped, before the sink was changed to a relay
	settled    chan struct{}   // of a pending ConnectTo: closed when somebody accepted, or nobody will
	opened     bool            // somebody accepted
}

// sink takes what comes in over a network port: the inbox of an end in this process, or a relay to
// another client.
type sink interface {
	Post(*clone.Record) bool // false: the end was shipped
	Close(why entangle.CloseError)
	Behind(n, bytes int)
}

// Post implements entangle.Peer. It is called with the end's lock held, in the goroutine of whoever
// posts, which so pays for the bytes of its message.
func (p *networkPort) Post(record *clone.Record) error {
	ports := countPorts(record)
	if ports > protocol.MaxPortsPerMessage {
		return tooMuch(fmt.Sprintf("%d ports in one message; the limit over a network is %d", ports, protocol.MaxPortsPerMessage))
	}
	body, err := encode(record)
	if err != nil {
		return err
	}
	c := command{kind: post, port: p, body: body}
	if ports > 0 {
		c.record = record
	}
	p.waiting.Add(1)
	p.waitingBytes.Add(int64(len(body)))
	if !p.client.outbox.put(c) {
		record.Discard()
	}
	return nil
}

// Close implements entangle.Peer.
func (p *networkPort) Close() { p.client.outbox.put(command{kind: shut, port: p}) }

// enter makes p the port of a handle. The client's lock is held.
func (c *Client) enter(p *networkPort, handle protocol.Handle, s sink) {
	p.handle, p.sink = handle, s
	c.ports[handle] = p
}

// forget ends p without telling its sink.
func (c *Client) forget(p *networkPort) {
	delete(c.ports, p.handle)
	p.handle, p.ended = 0, true
	p.settle(false)
}

// closed ends p, because its other side is not there any more or the client is being closed.
func (c *Client) closed(p *networkPort, why entangle.CloseError) {
	c.forget(p)
	p.why = why
	p.sink.Close(why)
}

// behind tells how many posted messages the other side has not taken. The client's lock is held.
func (p *networkPort) behind() {
	n, bytes := p.client.endpoint.Behind(p.handle)
	p.sink.Behind(n+int(p.waiting.Load()), bytes+int(p.waitingBytes.Load()))
}

// settle tells a pending ConnectTo what became of it.
func (p *networkPort) settle(opened bool) {
	if p.settled != nil {
		p.opened = opened
		close(p.settled)
		p.settled = nil
	}
}

// encode returns the byte form of a record. What has none becomes an undeliverable record, which is
// a messageerror at its receiver. What is too large is an error.
func encode(record *clone.Record) ([]byte, error) {
	body, err := record.Encode()
	if err != nil {
		return undeliverable(err.Error()), nil
	}
	if len(body) > protocol.MaxBody {
		return nil, tooMuch(fmt.Sprintf("a message of %d bytes; the limit over a network is %d", len(body), protocol.MaxBody))
	}
	return body, nil
}

// undeliverable returns the byte form of a record that could not be brought to its receiver.
func undeliverable(reason string) []byte {
	body, err := clone.Undeliverable(reason, nil).Encode()
	if err != nil {
		panic("remote: an undeliverable record has a byte form: " + err.Error())
	}
	return body
}

func tooMuch(message string) error { return domException("DataCloneError", message) }

func domException(name, message string) error {
	return &clone.DOMException{Name: name, Message: message}
}

// countPorts returns how many ports a record transfers.
func countPorts(record *clone.Record) int {
	n := 0
	for _, holder := range record.Holders() {
		if _, ok := holder.Value().(*entangle.MessagePort); ok {
			n++
		}
	}
	return n
}
