package sim

import "github.com/entangle-go/entangle/protocol"

// A queue keeps its order. The world serves its queues in any order.
type queue struct {
	kind    queueKind
	from    int      // of a bus queue: which session published; Directory: the directory
	session *Session // that it belongs to, or leads to
	list    []item
	head    int
	busy    int // its place in World.busy, from 1; 0: empty
}

type queueKind uint8

const (
	upQueue   queueKind = iota // frames from a client to its session
	downQueue                  // and back
	busQueue                   // packets and broadcasts from one session to another
	askQueue                   // what a session asks of the directory
)

// Directory is the directory's number, as one who publishes.
const Directory = -1

// item is what waits in a queue.
type item struct {
	kind   itemKind
	number int // how many were pushed before it
	at     protocol.Time
	bytes  []byte
	batch  *protocol.Batch // what bytes is a part of
	ask    *protocol.DirectoryEvent
}

type itemKind uint8

const (
	anyFrame  itemKind = iota // on a socket
	endOfFile                 // the socket is gone
	anyPacket                 // on the bus
	anySpread                 // a BROADCAST on the bus, which is passed on as it is
	anyAsk
)

func (q *queue) len() int { return len(q.list) - q.head }

// push appends an item, and makes the queue one that can be served.
func (w *World) push(q *queue, i item) {
	w.pushed++
	i.number, i.at = w.pushed, w.now
	q.list = append(q.list, i)
	if q.busy == 0 {
		w.busy = append(w.busy, q)
		q.busy = len(w.busy)
	}
}

// pop takes the first item of a queue that is not empty.
func (w *World) pop(q *queue) item {
	i := q.list[q.head]
	q.list[q.head] = item{}
	q.head++
	if q.len() == 0 {
		w.empty(q)
	}
	return i
}

// cut leaves the first n items of a queue, and releases the others.
func (w *World) cut(q *queue, n int) {
	for q.len() > n {
		last := len(q.list) - 1
		q.list[last].batch.Release()
		q.list = q.list[:last]
	}
	if q.len() == 0 {
		w.empty(q)
	}
}

func (w *World) empty(q *queue) {
	q.list, q.head = q.list[:0], 0
	if q.busy == 0 {
		return
	}
	last := w.busy[len(w.busy)-1]
	w.busy[q.busy-1], last.busy = last, q.busy
	w.busy = w.busy[:len(w.busy)-1]
	q.busy = 0
}

// oldest is the queue whose next item has waited longest, or nil.
func (w *World) oldest() (q *queue) {
	for _, o := range w.busy {
		if q == nil || o.list[o.head].number < q.list[q.head].number {
			q = o
		}
	}
	return q
}

// A buffer collects what one step says in one batch, as a shell would.
type buffer struct {
	bytes []byte
	ends  []int
}

// frame appends the bytes of a frame to the buffer.
func (w *World) frame(f *protocol.Frame) {
	b := &w.buffer
	if b.bytes == nil {
		b.bytes = w.fresh()
	}
	b.bytes = protocol.AppendFrame(b.bytes, f)
	b.ends = append(b.ends, len(b.bytes))
}

// pushFrames sends what the buffer has collected to the client's session.
func (w *World) pushFrames(c *Client) {
	if s := c.session; c.online && !s.cut && !c.Dead {
		w.pushBuffer(&s.up)
	} else {
		w.buffer = buffer{}
	}
}

// pushBuffer makes what the buffer has collected items of a queue, which share a batch.
func (w *World) pushBuffer(q *queue) {
	b := &w.buffer
	if len(b.ends) == 0 {
		return
	}
	batch := protocol.NewBatch(b.bytes, w.recycle)
	start := 0
	for _, end := range b.ends {
		w.push(q, item{kind: anyFrame, bytes: b.bytes[start:end:end], batch: batch.Retain()})
		start = end
	}
	batch.Release()
	b.bytes, b.ends = nil, b.ends[:0]
}

// fresh is an empty buffer's memory, which may have been a batch before.
func (w *World) fresh() []byte {
	if n := len(w.pool); n > 0 {
		b := w.pool[n-1]
		w.pool = w.pool[:n-1]
		return b
	}
	return make([]byte, 0, 512)
}

// keepBuffers bounds the pool of buffers.
const keepBuffers = 64

func (w *World) recycle(b *protocol.Batch) {
	if len(w.pool) < keepBuffers {
		w.pool = append(w.pool, b.Bytes()[:0])
	}
}
