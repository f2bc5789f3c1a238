package remote

import (
	"sync"

	"github.com/entangle-go/entangle/clone"
)

// command is what the application did to a port or a channel of the client, to be told
// to the endpoint.
type command struct {
	kind   commandKind
	port   *networkPort  // post, dispatched, shut
	from   *subscriber   // broadcast, join, leave
	body   []byte        // post, broadcast: the byte form of record
	record *clone.Record // post: nil if nothing was transferred. broadcast
}

type commandKind uint8

const (
	post commandKind = iota + 1
	dispatched
	shut
	broadcast
	join
	leave
	goodbye
)

// outbox holds what was posted until the writer takes it, in the order of posting. Ports put
// commands in with the lock of their end held, so nothing is locked after its lock.
type outbox struct {
	wake chan struct{} // holds one token if there is something for the writer

	mu       sync.Mutex // guards the fields below
	commands []command
	finished bool // the writer has ended
}

// put appends a command; false if nobody will take it any more. By then every end has been told
// that its peer is no longer there, so that only relays still come here.
func (o *outbox) put(c command) bool {
	o.mu.Lock()
	if o.finished {
		o.mu.Unlock()
		return false
	}
	o.commands = append(o.commands, c)
	first := len(o.commands) == 1
	o.mu.Unlock()
	if first {
		o.signal()
	}
	return true
}

// signal wakes the writer.
func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take returns what was put in. spare is what the last take returned, to be used again.
func (o *outbox) take(spare []command) []command {
	clear(spare)
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.commands
	o.commands = spare[:0]
	return taken
}

// empty reports whether nothing waits for the writer.
func (o *outbox) empty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.commands) == 0
}

// finish returns what is left and lets nothing in any more.
func (o *outbox) finish() []command {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.commands
	o.commands, o.finished = nil, true
	return taken
}
