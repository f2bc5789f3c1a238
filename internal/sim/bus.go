package sim

import (
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// The bus keeps the order between each pair of sessions. It loses and doubles nothing, unless an
// action says so.

// publish hands a packet to whoever is subscribed to its subject.
func (w *World) publish(from int, p *protocol.Packet) {
	w.Counts.Packets++
	subscribers := w.subjects[p.To]
	if w.trace != nil {
		w.say("%s publishes to %s: %s", hubName(from), hubNames(subscribers), showPacket(p))
	}
	if len(subscribers) == 0 {
		return
	}
	batch := protocol.NewBatch(protocol.AppendPacket(w.fresh(), p), w.recycle)
	for _, to := range subscribers {
		w.carry(from, to, item{kind: anyPacket, bytes: batch.Bytes(), batch: batch})
	}
	batch.Release()
}

// spread hands a broadcast to whoever is subscribed to its subject, but its sender. Its bytes are
// made once.
func (w *World) spread(from int, subject protocol.ID, f *protocol.Frame) {
	subscribers := w.subjects[subject]
	if w.trace != nil {
		w.say("%s spreads to %s: %s", hubName(from), hubNames(subscribers), showFrame(f))
	}
	batch := protocol.NewBatch(protocol.AppendFrame(w.fresh(), f), w.recycle)
	for _, to := range subscribers {
		if to.Number()%eachSession != from%eachSession { // not a newer session of the same endpoint
			w.carry(from, to, item{kind: anySpread, bytes: batch.Bytes(), batch: batch})
		}
	}
	batch.Release()
}

// carry puts an item into the queue between two sessions.
func (w *World) carry(from int, to *Session, i item) {
	i.batch.Retain()
	w.push(w.pair(from, to), i)
}

// lose drops what would come next out of a queue of the bus. A hub that has to do so may tell the
// session.
func (w *World) lose(q *queue, told bool) {
	w.Counts.Lost++
	next := w.pop(q)
	p, err := protocol.DecodePacket(next.bytes)
	next.batch.Release()
	if err == nil && told && p.Kind == protocol.Data {
		w.sessionStep(q.session, protocol.SessionEvent{Kind: protocol.SessionDropped, Dropped: []protocol.ID{p.To}})
	}
}

// double lets what would come next out of a queue of the bus come twice.
func (w *World) double(q *queue) {
	w.Counts.Doubled++
	next := q.list[q.head]
	next.batch.Retain()
	q.list = slices.Insert(q.list, q.head, next)
}

// pair is the queue from one session, or the directory, to another session.
func (w *World) pair(from int, to *Session) *queue {
	key := [2]int{from, to.Number()}
	q := w.pairs[key]
	if q == nil {
		q = &queue{kind: busQueue, from: from, session: to}
		w.pairs[key] = q
	}
	return q
}

func (w *World) subscribe(s *Session, id protocol.ID) {
	if slices.Contains(w.subjects[id], s) {
		w.bad(rBooks, "%s subscribes twice to %x", s, id[:2])
	}
	w.subjects[id] = append(w.subjects[id], s)
}

func (w *World) unsubscribe(s *Session, id protocol.ID) {
	list := w.subjects[id]
	i := slices.Index(list, s)
	if i < 0 {
		w.bad(rBooks, "%s unsubscribes from %x, to which it is not subscribed", s, id[:2])
		return
	}
	if len(list) == 1 {
		delete(w.subjects, id)
	} else {
		w.subjects[id] = slices.Delete(list, i, i+1)
	}
}
