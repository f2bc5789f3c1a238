package hub

import (
	"sync"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// The hub reads a client until this many bytes of it wait to be processed.
const maxUnread = 1 << 20

// A session with more than crowd bytes queued is crowded: the hub reads the clients that send to it
// more slowly, one batch in pause, so that a receiver that is merely slower than the sender is not
// cut off at maxWaiting. The hub closes a session that stays crowded; otherwise it would slow down
// its senders, and everybody who talks to them, for as long as it likes.
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
)

var (
	partQueues  queues[part]
	batchQueues queues[*protocol.Batch]
)

// inbox holds the events that wait for a session: at most maxUnread bytes and one batch of its
// client, and at most maxWaiting bytes of other sessions' publications.
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
	waiting  int       // bytes of publications of others that were not written
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
	if b.waiting += size; b.waiting > crowd && b.crowded == 0 {
		b.crowded = max(1, now)
	}
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

// written notes that n bytes of publications were written.
func (b *inbox) written(size int) {
	if size == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting -= size; b.waiting <= crowd {
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
