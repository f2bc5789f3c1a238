package hub

import (
	"slices"
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// bus carries packets between the sessions of one process. The order from one session to another is
// that of publishing; a packet for which nobody is subscribed is dropped.
type bus struct {
	shards [64]busShard
}

type busShard struct {
	mu   sync.RWMutex               // guards subs
	subs map[protocol.ID][]*session // slices are replaced, never written to
}

func newBus() *bus {
	b := new(bus)
	for i := range b.shards {
		b.shards[i].subs = map[protocol.ID][]*session{}
	}
	return b
}

func (b *bus) shard(id protocol.ID) *busShard { return &b.shards[id[0]%64] }

func (b *bus) publish(from *session, p *protocol.Packet) {
	shard := b.shard(p.To)
	shard.mu.RLock()
	to := shard.subs[p.To]
	shard.mu.RUnlock()
	for _, s := range to {
		s.putFrom(from, item{kind: itemEvent, event: protocol.SessionEvent{Kind: protocol.SessionPacket, Packet: p}, cost: p.Size()})
	}
}

func (b *bus) subscribe(id protocol.ID, s *session) {
	shard := b.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.subs[id] = append(slices.Clip(shard.subs[id]), s)
}

func (b *bus) unsubscribe(id protocol.ID, s *session) {
	shard := b.shard(id)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if rest := slices.DeleteFunc(slices.Clone(shard.subs[id]), func(o *session) bool { return o == s }); len(rest) > 0 {
		shard.subs[id] = rest
	} else {
		delete(shard.subs, id)
	}
}
