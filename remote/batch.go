package remote

import (
	"bytes"
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// batchSize is how many bytes of frames go together. A frame that is larger goes alone.
const batchSize = 64 << 10

// frameOverhead is more than a frame has besides its body, unless it carries ports.
const frameOverhead = 64

// buffers hold batches. They are the same for all clients, so that one that says nothing has none.
var buffers = sync.Pool{New: func() any { return new([batchSize]byte) }}

// newBatch is an empty buffer in which so many bytes have room.
func newBatch(size int) []byte {
	if size > batchSize {
		return make([]byte, 0, size)
	}
	return buffers.Get().(*[batchSize]byte)[:0]
}

// freeBatch gives a buffer back that nobody reads any more.
func freeBatch(batch []byte) {
	if cap(batch) == batchSize {
		buffers.Put((*[batchSize]byte)(batch[:batchSize]))
	}
}

// send appends a frame to what waits for the writer: HELLO is alone in its batch. The
// client's lock is held.
func (c *Client) send(f *protocol.Frame) {
	size := len(f.Body) + frameOverhead
	n := len(c.batches)
	if n == 0 || len(c.batches[n-1])+size > batchSize || protocol.Kind(c.batches[n-1][0]) == protocol.Hello {
		c.batches = append(c.batches, newBatch(size))
		n++
	}
	last := &c.batches[n-1]
	start := len(*last)
	*last = protocol.AppendFrame(*last, f)
	if len(*last) > batchSize && start > 0 { // it carries ports, with their queues
		c.batches = append(c.batches, bytes.Clone((*last)[start:]))
		*last = (*last)[:start]
	}
}
