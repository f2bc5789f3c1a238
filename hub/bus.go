package hub

import (
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// receiver subscribes to subjects of a bus.
type receiver interface {
	// take receives a part of a publication. It does not block, and retains the batch of a part
	// that it keeps.
	take(part)
}

// bus carries publications from sessions, and from the directory, to the receivers that are
// subscribed to their subjects: identities of ports, addresses of sessions, broadcast channels.
// It guarantees:
//
//   - A subscription is effective before anything that the same receiver publishes later.
//   - Publications of one publisher to one receiver arrive in the order of publishing,
//     whatever the subjects.
//
// A bus need not deliver everything, once, or soon. This bus, for one process, delivers everything
// once before publish returns, and drops publications that nobody is subscribed to.
type bus struct {
	shards [64]busShard
}

type busShard struct {
	mu     sync.RWMutex             // guards the fields below
	one    map[protocol.ID]receiver // of subjects with one receiver, which ports and sessions are
	groups map[protocol.ID]*group   // of the others
}

// group is the receivers of a subject that had several.
type group struct {
	members map[receiver]struct{}
	list    []receiver // of members, never written to; nil: to be made
}

func newBus() *bus {
	b := new(bus)
	for i := range b.shards {
		b.shards[i].one = map[protocol.ID]receiver{}
		b.shards[i].groups = map[protocol.ID]*group{}
	}
	return b
}

func (b *bus) shard(id protocol.ID) *busShard { return &b.shards[id[0]%64] }

// publish gives each part of p to the receivers of its subject, and takes over the caller's hold on
// p.
func (b *bus) publish(p *publication) {
	p.publish()
	for i := range p.entries {
		e := &p.entries[i]
		one, others := b.shard(e.subject).receivers(e.subject)
		if one != nil {
			p.give(i, one)
		}
		for _, r := range others {
			p.give(i, r)
		}
	}
	p.release()
}

// receivers returns the receivers of a subject: one, or a list.
func (s *busShard) receivers(id protocol.ID) (one receiver, others []receiver) {
	s.mu.RLock()
	one, g := s.one[id], s.groups[id]
	if g != nil {
		others = g.list
	}
	s.mu.RUnlock()
	if g == nil || others != nil {
		return one, others
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.list == nil {
		g.list = make([]receiver, 0, len(g.members))
		for r := range g.members {
			g.list = append(g.list, r)
		}
	}
	return nil, g.list
}

func (b *bus) subscribe(id protocol.ID, r receiver) {
	s := b.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	one, g := s.one[id], s.groups[id]
	switch {
	case g != nil:
		g.members[r] = struct{}{}
		g.list = nil
	case one != nil && one != r:
		delete(s.one, id)
		s.groups[id] = &group{members: map[receiver]struct{}{one: {}, r: {}}}
	default:
		s.one[id] = r
	}
}

func (b *bus) unsubscribe(id protocol.ID, r receiver) {
	s := b.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.one[id] == r {
		delete(s.one, id)
	}
	if g := s.groups[id]; g != nil {
		delete(g.members, r)
		g.list = nil
		if len(g.members) == 0 {
			delete(s.groups, id)
		}
	}
}
