package remote

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
)

// relay is the sink of a network port whose messages go on to a network port of another client: a
// port of one hub that was sent through another. It ends with this process. A message counts as
// dispatched here when the other side has taken it.
type relay struct{ from, to *networkPort }

// Post implements sink. A message that was small enough for one hub may not be for the other.
func (r relay) Post(record *clone.Record) bool {
	if err := r.to.Post(record); err != nil {
		r.to.client.log.Warn("a message could not be relayed", "error", err)
		r.to.Post(clone.Undeliverable(err.Error(), record.Holders()))
	}
	r.from.arrivals.relay()
	return true
}

// Close implements sink.
func (r relay) Close(entangle.CloseError) { r.to.Close() }

// Behind implements sink.
func (r relay) Behind(n, bytes int) { r.to.taken(n, bytes) }

// relayTo makes p fill to from now on, with what came in since its end was shipped first. No
// client's lock is held.
func (p *networkPort) relayTo(to *networkPort) {
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	p.sink = relay{p, to}
	for _, record := range p.missed {
		p.sink.Post(record)
	}
	p.missed = nil
	if p.ended {
		p.sink.Close(p.why)
	}
}
