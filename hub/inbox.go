package hub

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// The hub reads a client until this many bytes of it wait to be processed.
const maxUnread = 1 << 20

// A session for which more than maxQueued bytes of what ports say are queued does not get more
// messages: the hub drops them, and says so when the client has read half of it, so that they are
// sent again. Nobody is slowed down for it, and it is not closed. Of what is not a message only, it
// gets twice as much.
const (
	maxQueued  = 4 << 20
	maxDropped = 1024 // ports of which that is noted; of others it is noticed when time has passed
)

// Of broadcasts nobody keeps a copy. A session with more than crowd bytes of them queued is
// crowded: the hub reads the clients that send them more slowly, one batch in pause, so that a
// receiver that is merely slower than the sender is not cut off at maxWaiting. The hub closes a
// session that stays crowded; otherwise it would slow down its senders, and everybody who talks to
// them, for as long as it likes.
const (
	maxWaiting = 4 << 20
	crowd      = 1 << 20
	pause      = 100 * time.Millisecond
	maxCrowded = 2 * time.Second
)

// failure is the reason for which a connection ends.
type failure struct {
	code uint64
	text string
}

// signal is something that the hub wants a session to do; several signals are added up.
type signal uint8

const (
	signalTime     signal = 1 << iota // the machine's deadline has come
	signalPing                        // ask the client for a sign of life
	signalPong                        // answer its ping
	signalShutdown                    // the hub is closed: tell the client
	signalEnd                         // the client was told that
	signalForget                      // give the tombstones up
	signalRoom                        // the ports for which messages were dropped may have them again
)

var (
	partQueues  queues[part]
	batchQueues queues[*protocol.Batch]
)

// inbox holds the events that wait for a session: at most maxUnread bytes and one batch of its
// client, and of other sessions' publications at most maxWaiting bytes of broadcasts and 2
// maxQueued bytes of the rest.
type inbox struct {
	mu       sync.Mutex              // guards the fields below
	parts    *queue[part]            // published by others
	batches  *queue[*protocol.Batch] // from the client
	last     *failure                // of the client; comes after its batches
	lost     bool                    // the connection has ended; comes after all of these
	urgent   *failure                // comes before all of these
	signals  signal
	payload  string    // of the ping to be answered
	unread   int       // bytes of the buffers of batches that were not processed
	ready    sync.Cond // unread has become less, or waiting is pointless
	queued   int       // bytes of others' packets that were not written
	dropped  map[protocol.ID]struct{}
	waiting  int // bytes of others' broadcasts that were not written
	crowded  protocol.Time
	relieved chan struct{} // closed when the session is not crowded any more; nil if nobody waits for that
	running  bool          // a goroutine is in run
	finished bool          // nothing is taken any more
}

// arrived describes the inbox after put.
type arrived struct {
	start    bool // the caller has to start run
	finished bool // it was not put in
	crowded  bool
	waiting  int
}

// put calls add to put something in.
func (b *inbox) put(add func()) arrived {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.finished {
		return arrived{finished: true}
	}
	add()
	a := arrived{start: !b.running, crowded: b.waiting > crowd, waiting: b.waiting}
	b.running = true
	return a
}

// addPart puts a part in, within put.
func (b *inbox) addPart(p part, size int, now protocol.Time) {
	b.parts = partQueues.add(b.parts, p)
	if p.entries[p.index].frames == 0 {
		b.queued += size
	} else if b.waiting += size; b.waiting > crowd && b.crowded == 0 {
		b.crowded = max(1, now)
	}
}

// drops reports whether there is no room for a part with packets, and notes the port that it was
// for.
func (b *inbox) drops(p part) bool {
	e := &p.entries[p.index]
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.finished || b.queued == 0 || b.queued+e.size <= maxQueued || !p.messages() && b.queued+e.size <= 2*maxQueued {
		return false
	}
	if len(b.dropped) < maxDropped {
		if b.dropped == nil {
			b.dropped = map[protocol.ID]struct{}{}
		}
		b.dropped[e.subject] = struct{}{}
	}
	return true
}

// room takes the ports for which something was dropped.
func (b *inbox) room() []protocol.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := slices.Collect(maps.Keys(b.dropped))
	b.dropped = nil
	return ids
}

// staysCrowded reports whether the session has been crowded for too long.
func (b *inbox) staysCrowded(now protocol.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.crowded != 0 && now-b.crowded > protocol.Time(maxCrowded)
}

// relief returns a channel that is closed when the session is not crowded any more; nil if it
// is not crowded.
func (b *inbox) relief() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting <= crowd {
		return nil
	}
	if b.relieved == nil {
		b.relieved = make(chan struct{})
	}
	return b.relieved
}

// awaitRelief waits for up to pause while the session is crowded.
func (b *inbox) awaitRelief() {
	relief := b.relief()
	if relief == nil {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-relief:
	case <-timer.C:
	}
}

// written notes that so many bytes of packets and of broadcasts were written.
func (b *inbox) written(packets, broadcasts int) {
	if packets+broadcasts == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queued -= packets; b.queued <= maxQueued/2 && len(b.dropped) > 0 {
		b.signals |= signalRoom
	}
	if b.waiting -= broadcasts; b.waiting <= crowd {
		b.crowded = 0
		if b.relieved != nil {
			close(b.relieved)
			b.relieved = nil
		}
	}
}

// read notes that batches of the client were processed.
func (b *inbox) read(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unread -= size
	b.ready.Broadcast()
}

// wake tells the client's reader that waiting is pointless.
func (b *inbox) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready.Broadcast()
}
