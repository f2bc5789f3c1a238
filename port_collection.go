package entangle

import (
	"iter"
	"slices"
	"sync"
)

// PortCollection is a list of ports, each at most once, for posting to all of them. The zero value
// is empty. All methods may be called concurrently.
//
// It is the interface of that name that former drafts of the standard had. It held its ports
// weakly, so that a script could watch the garbage collector; this one keeps them. Ports that are
// closed or transferred stay in it, too, until they are removed.
type PortCollection struct {
	mu    sync.Mutex
	ports []*MessagePort // never changed in place: iterations go on over what they began with
}

// Add appends a port, unless it is there already.
func (c *PortCollection) Add(port *MessagePort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.ports, port) {
		c.ports = append(c.ports[:len(c.ports):len(c.ports)], port)
	}
}

// Remove removes a port, if it is there.
func (c *PortCollection) Remove(port *MessagePort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.ports, port); i >= 0 {
		c.ports = slices.Concat(c.ports[:i], c.ports[i+1:])
	}
}

// Clear removes all ports.
func (c *PortCollection) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ports = nil
}

// All ranges over the ports that are there now, in the order in which they were added.
func (c *PortCollection) All() iter.Seq[*MessagePort] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Values(c.ports)
}
