package host

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// memory watches the heap of the Go program, where messages wait that scripts have posted: neither
// the engine's limit nor the time that a script has would end a script that posts to a window that
// does not get to run.
type memory struct {
	limit  uint64
	posted atomic.Int64 // bytes since the heap was looked at
}

// How many bytes are posted before the heap is looked at again, and what a message takes
// besides its own.
const (
	lookAfter   = 1 << 20
	messageSize = 256
)

// room fails if a message of so many bytes must not be posted. Any goroutine may call it.
func (m *memory) room(bytes int) error {
	if m.posted.Add(int64(bytes)+messageSize) < lookAfter && uint64(qjs.BlockBytes()) < m.limit/2 {
		return nil
	}
	m.posted.Store(0)
	if heapSize()+uint64(bytes) <= m.limit {
		return nil
	}
	runtime.GC()
	if heapSize()+uint64(bytes) <= m.limit {
		return nil
	}
	m.posted.Store(lookAfter) // look again at the next one
	return webidl.RangeError("the messages that wait would take more than %d bytes", m.limit)
}

// heapSize returns how many bytes the objects of the Go heap take, and the buffers on their way.
func heapSize() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() + uint64(qjs.BlockBytes())
}
