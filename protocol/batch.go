package protocol

import "sync/atomic"

// Batch is a buffer of frames, or of messages, that bodies are parts of. It is counted: who keeps a
// body longer than the call that brought it calls Retain, and Release when it is done. At the last
// Release the buffer goes back to whom it was borrowed from. A nil Batch counts nothing: its bodies
// belong to the garbage collector.
//
// Its methods may be called concurrently.
type Batch struct {
	bytes []byte
	count atomic.Int32
	free  func(*Batch)
}

// NewBatch makes a batch that is retained once. free takes the buffer back; it may be nil.
func NewBatch(bytes []byte, free func(*Batch)) *Batch {
	b := &Batch{bytes: bytes, free: free}
	b.count.Store(1)
	return b
}

// Bytes is the whole buffer. Nobody writes to it as long as the batch is retained.
func (b *Batch) Bytes() []byte {
	if b == nil {
		return nil
	}
	return b.bytes
}

// Retain keeps the buffer for one more who will call Release. It returns b.
func (b *Batch) Retain() *Batch {
	if b != nil && b.count.Add(1) <= 1 {
		panic("protocol: a batch is retained after its last Release")
	}
	return b
}

// Release gives the buffer up. In a program with the race detector it is overwritten when nobody
// retains it any more, so that a body which is used too long is seen.
func (b *Batch) Release() {
	if b == nil {
		return
	}
	switch n := b.count.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("protocol: a batch is released twice")
	}
	if poisoned {
		poison(b.bytes[:cap(b.bytes)])
	}
	if b.free != nil {
		b.free(b)
	}
}
