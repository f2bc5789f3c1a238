package entangle

import (
	"slices"
	"sync"

	"github.com/entangle-go/entangle/clone"
)

// broadcasts is the registry of a user agent's broadcast channels.
type broadcasts struct {
	mu     sync.Mutex // guards the map and who is in a group; taken before a group's
	groups map[broadcastKey]*broadcastGroup
}

type broadcastKey struct {
	storageKey StorageKey
	name       string
}

// broadcastGroup is the channels that hear each other.
type broadcastGroup struct {
	mu      sync.Mutex      // held while a message is handed to all, so that all get all in one order; taken before an end's and a global's
	members []*broadcastEnd // in order of creation; appended to or replaced, so that a part of it can be kept
}

// join adds a channel to its group, unless its global is closed.
func (r *broadcasts) join(e *broadcastEnd) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.global.closed.Load() {
		return false
	}
	key := broadcastKey{e.global.storageKey, e.name}
	g := r.groups[key]
	if g == nil {
		if r.groups == nil {
			r.groups = map[broadcastKey]*broadcastGroup{}
		}
		g = &broadcastGroup{}
		r.groups[key] = g
	}
	e.group = g
	g.mu.Lock()
	g.members = append(g.members, e)
	g.mu.Unlock()
	return true
}

// leave takes a channel out of its group.
func (r *broadcasts) leave(e *broadcastEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.group.mu.Lock()
	defer e.group.mu.Unlock()
	i := slices.Index(e.group.members, e)
	if i < 0 {
		return
	}
	if len(e.group.members) == 1 {
		e.group.members = nil
		delete(r.groups, broadcastKey{e.global.storageKey, e.name})
		return
	}
	rest := make([]*broadcastEnd, 0, len(e.group.members)-1)
	rest = append(rest, e.group.members[:i]...)
	e.group.members = append(rest, e.group.members[i+1:]...)
}

// closeAllOf closes the channels of a global that is closed.
func (r *broadcasts) closeAllOf(global *Global) {
	var ends []*broadcastEnd
	r.mu.Lock()
	for _, g := range r.groups {
		g.mu.Lock()
		for _, e := range g.members {
			if e.global == global {
				ends = append(ends, e)
			}
		}
		g.mu.Unlock()
	}
	r.mu.Unlock()
	for _, e := range ends {
		e.close()
	}
	global.waiting.drop()
}

// post hands a message to all channels that are eligible now, but the sender.
func (g *broadcastGroup) post(sender *broadcastEnd, record *clone.Record) {
	origin := sender.global.Origin()
	g.mu.Lock()
	defer g.mu.Unlock()
	for rest := g.members; len(rest) > 0; {
		if e := rest[0]; e == sender || e.global.loop == nil || !e.global.eligible() {
			if e != sender && e.global.eligible() {
				e.push(&MessageEvent{Type: messageType, Origin: origin, record: record.Share()})
			}
			rest = rest[1:]
			continue
		}
		// OPTIMIZATION: the tasks of neighbours in one agent are one entry.
		agent, n := rest[0].global.agent, 1
		for n < len(rest) && rest[n] != sender && rest[n].global.agent == agent && rest[n].global.eligible() {
			n++
		}
		agent.deliveries.push(&delivery{
			to: rest[:n], number: agent.loop.Numbers(n), record: record, origin: origin, from: sender.global,
		})
		rest = rest[n:]
	}
}
