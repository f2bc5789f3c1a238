package protocol

// slab hands out items that are valid until reset. It keeps their memory for the next round, so
// that a machine that is stepped again and again allocates nothing.
type slab[T any] struct {
	chunks [][]T
	chunk  int // the one that is being used
	used   int // items of that one
}

// chunkItems is how many items the first chunk of a slab has. Each one has twice as many as the one
// before.
const chunkItems = 16

// keepItems bounds what a slab keeps for the next round.
const keepItems = 4096

// one hands out one item, which is zero.
func (s *slab[T]) one() *T { return &s.list(1)[0] }

// list hands out n items, which are zero.
func (s *slab[T]) list(n int) []T {
	for s.chunk < len(s.chunks) && len(s.chunks[s.chunk])-s.used < n {
		s.chunk, s.used = s.chunk+1, 0
	}
	if s.chunk == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, max(n, chunkItems<<min(s.chunk, 8))))
	}
	items := s.chunks[s.chunk][s.used : s.used+n : s.used+n]
	s.used += n
	return items
}

// reset takes everything back. wipe overwrites an item: with zero, or, where ended arenas are
// poisoned, with what nobody can take for an item.
func (s *slab[T]) reset(wipe func(*T)) {
	if s.chunk == 0 && s.used == 0 {
		return
	}
	total := 0
	for i, chunk := range s.chunks {
		used := chunk
		if i == s.chunk {
			used = chunk[:s.used]
		} else if i > s.chunk {
			used = nil
		}
		if poisoned && wipe != nil {
			// What was handed out stays poisoned: the next round gets other memory.
			for j := range used {
				wipe(&used[j])
			}
			continue
		}
		clear(used)
		total += len(chunk)
		if total > keepItems {
			s.chunks = s.chunks[:i]
			break
		}
	}
	if poisoned && wipe != nil {
		s.chunks = nil
	}
	s.chunk, s.used = 0, 0
}

// arena holds the frames, packets and port states that the effects of a step point to.
type arena struct {
	frames   slab[Frame]
	packets  slab[Packet]
	asks     slab[DirectoryEvent]
	states   slab[PortState]
	messages slab[Message]
	held     slab[Held]
	queued   slab[Queued]
}

func (a *arena) reset() {
	a.frames.reset(func(f *Frame) { *f = Frame{Kind: poisonByte, Port: poisonHandle} })
	a.packets.reset(func(p *Packet) { *p = Packet{Kind: poisonByte} })
	a.asks.reset(func(e *DirectoryEvent) { *e = DirectoryEvent{Kind: poisonByte} })
	a.states.reset(func(p *PortState) { *p = PortState{Port: poisonHandle} })
	a.messages.reset(func(m *Message) { *m = Message{Body: poisonBody} })
	a.held.reset(func(h *Held) { *h = Held{Port: poisonHandle} })
	a.queued.reset(func(q *Queued) { *q = Queued{Body: poisonBody} })
}

// poisonHandle is a handle that no endpoint and no session ever gives.
const poisonHandle = Handle(0xdbdb_dbdb_dbdb_dbdb)

var poisonBody = []byte{poisonByte, poisonByte, poisonByte, poisonByte}

// portStates, messageList and heldList make lists of n items, or nil.

func (a *arena) portStates(n int) []PortState {
	if n == 0 {
		return nil
	}
	return a.states.list(n)
}

func (a *arena) messageList(n int) []Message {
	if n == 0 {
		return nil
	}
	return a.messages.list(n)
}

func (a *arena) heldList(n int) []Held {
	if n == 0 {
		return nil
	}
	return a.held.list(n)
}

func (a *arena) queuedList(n int) []Queued {
	if n == 0 {
		return nil
	}
	return a.queued.list(n)
}

// Out is where [Endpoint.Step] puts what is to be done. The zero value is ready.
//
// It is an arena: the effects, and the frames, held ports and queues that they point to, are valid
// until the next Step with the same Out. Bodies are parts of the batch of the effect; who keeps one
// longer retains that. In programs with the race detector what ended is overwritten.
type Out struct {
	Effects []Effect
	arena   arena
}

func (o *Out) reset() {
	if poisoned {
		for i := range o.Effects {
			o.Effects[i] = Effect{Kind: poisonByte, Port: poisonHandle}
		}
		o.Effects = nil
	}
	clear(o.Effects)
	o.Effects = o.Effects[:0]
	o.arena.reset()
}

// SessionOut is where [Session.Step] and [Directory.Step] put what is to be done: an
// arena as [Out].
type SessionOut struct {
	Effects []SessionEffect
	arena   arena
}

func (o *SessionOut) reset() {
	if poisoned {
		for i := range o.Effects {
			o.Effects[i] = SessionEffect{Kind: poisonByte}
		}
		o.Effects = nil
	}
	clear(o.Effects)
	o.Effects = o.Effects[:0]
	o.arena.reset()
}
