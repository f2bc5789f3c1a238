package hub

import (
	"sync"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// A client is read until so many bytes of its own wait to be looked at.
const maxUnread = 1 << 20

// A session for which more than crowd bytes wait is crowded: who sends to it is read more slowly,
// one batch in pause, so that a receiver that is merely slower than the sender is not cut off at
// maxWaiting. One that stays crowded is closed: it would slow its senders down, and with them
// everybody who talks to them, for as long as it likes.
const (
	maxWaiting = 4 << 20
	crowd      = 1 << 20
	pause      = 100 * time.Millisecond
	maxCrowded = 2 * time.Second
)

// failure is why a connection ends.
type failure struct {
	code uint64
	text string
}

// signal is what the hub wants of a session; several are a sum.
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

// inbox is what waits for a session. Of its client there may be maxUnread bytes and one batch more;
// what others publish is limited by maxWaiting.
type inbox struct {
	mu       sync.Mutex              // guards the fields below
	parts    *queue[part]            // published by others
	batches  *queue[*protocol.Batch] // from the client
	last     *failure                // of the client, after its batches
	lost     bool                    // the connection has ended, after all of these
	urgent   *failure                // before all of these
	signals  signal
	payload  string    // of the ping to be answered
	unread   int       // bytes that the buffers of batches take which were not looked at
	ready    sync.Cond // unread has become less, or there is no use in waiting
	waiting  int       // bytes of what others have published and was not written
	crowded  protocol.Time
	relieved chan struct{} // closed when the session is not crowded any more; nil if nobody waits for that
	running  bool          // a goroutine is in run
	finished bool          // nothing is taken any more
}

// arrived is what put tells of the inbox it was put into.
type arrived struct {
	start    bool // the caller sees to it that run begins
	finished bool // it was not put in
	crowded  bool
	waiting  int
}

// put lets add put something in.
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

// addPart is called by put's caller.
func (b *inbox) addPart(p part, size int, now protocol.Time) {
	b.parts = partQueues.add(b.parts, p)
	if b.waiting += size; b.waiting > crowd && b.crowded == 0 {
		b.crowded = max(1, now)
	}
}

// staysCrowded reports whether the session has been crowded for longer than it may be.
func (b *inbox) staysCrowded(now protocol.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.crowded != 0 && now-b.crowded > protocol.Time(maxCrowded)
}

// relief is closed when the session is not crowded any more; nil if it is not now.
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

// awaitRelief waits a little while the session is crowded.
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

// written notes that so much does not wait any more.
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

// read notes that batches of the client's were looked at.
func (b *inbox) read(size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unread -= size
	b.ready.Broadcast()
}

// wake lets the client's reader see that there is no use in waiting.
func (b *inbox) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready.Broadcast()
}
