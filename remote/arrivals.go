package remote

import (
	"sync/atomic"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// The endpoint is told of dispatched messages when there are so many, or so many bytes: the other
// side may then send more.
const (
	tellMessages = 64
	tellBytes    = 16 << 10
)

// arrivals are messages that came over a network port and were dispatched since the endpoint was
// told.
type arrivals struct {
	messages, bytes atomic.Int64
	telling         atomic.Bool

	relayed, passed atomic.Int64 // of a relay: messages that went on, and those of them that were taken
}

// Dispatched implements entangle.Peer.
func (p *networkPort) Dispatched(record *clone.Record) { p.dispatched(1, record.Size()) }

func (p *networkPort) dispatched(messages, bytes int) {
	a := &p.arrivals
	n, size := a.messages.Add(int64(messages)), a.bytes.Add(int64(bytes))
	if (n >= tellMessages || size >= tellBytes) && a.telling.CompareAndSwap(false, true) {
		p.client.outbox.put(command{kind: dispatched, port: p})
	}
}

// tellDispatched lets the endpoint know. The client's lock is held.
func (c *Client) tellDispatched(p *networkPort) {
	p.arrivals.telling.Store(false)
	n := p.arrivals.messages.Swap(0)
	p.arrivals.bytes.Store(0)
	if !p.ended {
		c.step(protocol.Event{Kind: protocol.EventDispatched, Port: p.handle, Count: int(n)})
	}
}

// relay notes that a message went on to another client.
func (a *arrivals) relay() { a.relayed.Add(1) }

// taken is told how many of those wait at the other client. The others count as dispatched.
func (p *networkPort) taken(behind, bytes int) {
	done := p.arrivals.relayed.Load() - int64(behind)
	if n := done - p.arrivals.passed.Load(); n > 0 {
		p.arrivals.passed.Add(n)
		p.dispatched(int(n), tellBytes) // at once: it is rare
	}
}
