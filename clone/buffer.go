package clone

import (
	"slices"
	"sync/atomic"
)

// Buffer is the buffer of a view: an *ArrayBuffer or a *SharedArrayBuffer.
type Buffer interface {
	Bytes() []byte      // the block itself; nil when detached
	ByteLength() int    // its length; 0 when detached
	MaxByteLength() int // how long it may become; ByteLength if its length is fixed
	Resizable() bool    // its length may change (growable, of a SharedArrayBuffer)
	Detached() bool
	isBuffer()
}

// ArrayBuffer is an ArrayBuffer: a block of bytes that is copied, or transferred without a copy.
// The zero value is an empty buffer of fixed length. It is not safe for concurrent use.
type ArrayBuffer struct {
	data      []byte
	block     Block // what data is memory of, if that is not Go's; only this package reads it in place
	max       int
	resizable bool
	detached  bool
}

// Block is memory of a heap other than Go's. It belongs to one goroutine at a time.
type Block interface {
	// Bytes returns the memory, valid until Free.
	Bytes() []byte
	// Free gives the memory back. A block that became garbage frees itself, without a call of Free.
	Free()
}

// NewBlockArrayBuffer makes a buffer of a block, which belongs to the buffer from now on. Its
// memory becomes Go's as soon as a Go program looks at it.
func NewBlockArrayBuffer(block Block, maxByteLength int, resizable bool) *ArrayBuffer {
	return &ArrayBuffer{data: owned(block.Bytes()), block: block, max: maxByteLength, resizable: resizable}
}

// TakeBlock detaches a buffer that still has the block it was made of, and returns the block.
// Otherwise it returns nil.
func (b *ArrayBuffer) TakeBlock() Block {
	block := b.block
	if block != nil {
		*b = ArrayBuffer{resizable: b.resizable, detached: true}
	}
	return block
}

// settle makes the buffer's memory Go's.
func (b *ArrayBuffer) settle() {
	if b.block != nil {
		b.data = append([]byte{}, b.data...)
		b.block.Free()
		b.block = nil
	}
}

// NewArrayBuffer makes a buffer of b, which belongs to the buffer from now on. After a transfer
// Bytes returns nil.
func NewArrayBuffer(b []byte) *ArrayBuffer { return &ArrayBuffer{data: owned(b)} }

// owned returns b with no capacity beyond its length, and never nil, which would look detached.
func owned(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return slices.Clip(b)
}

// NewResizableArrayBuffer makes a buffer of b, which belongs to the buffer from now on, that may
// grow to maxByteLength. The error is a RangeError if b is longer than that.
func NewResizableArrayBuffer(b []byte, maxByteLength int) (*ArrayBuffer, error) {
	if len(b) > maxByteLength {
		return nil, rangeError("the buffer is longer than its maximum")
	}
	return &ArrayBuffer{data: owned(b), max: maxByteLength, resizable: true}, nil
}

// Bytes returns the block itself, nil after a transfer.
func (b *ArrayBuffer) Bytes() []byte {
	b.settle()
	return b.data
}

// ByteLength returns the length in bytes, 0 after a transfer.
func (b *ArrayBuffer) ByteLength() int { return len(b.data) }

// MaxByteLength returns the maximal length of a resizable buffer, and the length of any other; 0
// after a transfer.
func (b *ArrayBuffer) MaxByteLength() int {
	if b.resizable && !b.detached {
		return b.max
	}
	return len(b.data)
}

// Resizable reports whether Resize may be called.
func (b *ArrayBuffer) Resizable() bool { return b.resizable }

// Resize changes the length; new bytes are zero. The error is a TypeError if the buffer is detached
// or of fixed length, a RangeError if n is negative or above the maximum.
func (b *ArrayBuffer) Resize(n int) error {
	b.settle()
	switch {
	case b.detached || !b.resizable:
		return typeError("the buffer is detached or of fixed length")
	case n < 0 || n > b.max:
		return rangeError("the length is out of range")
	case n <= len(b.data):
		b.data = b.data[:n]
	default:
		b.data = append(b.data, make([]byte, n-len(b.data))...)
	}
	return nil
}

// Detached reports whether the buffer was transferred.
func (b *ArrayBuffer) Detached() bool { return b.detached }

func (*ArrayBuffer) isBuffer() {}

// SharedArrayBuffer is a SharedArrayBuffer: clones of it share one block. It has no byte form.
// Goroutines that share a block order their accesses themselves.
type SharedArrayBuffer struct {
	block *sharedBlock
}

type sharedBlock struct {
	data     []byte // as long as it may become
	length   atomic.Int64
	growable bool
	memory   any // whose memory data is, if not Go's; keeps it
}

// NewSharedArrayBuffer makes a buffer of b, which belongs to the buffer from now on.
func NewSharedArrayBuffer(b []byte) *SharedArrayBuffer {
	block := &sharedBlock{data: b}
	block.length.Store(int64(len(b)))
	return &SharedArrayBuffer{block}
}

// NewGrowableSharedArrayBuffer makes a zeroed buffer that may grow to maxByteLength. The error is a
// RangeError if byteLength is not between 0 and maxByteLength.
func NewGrowableSharedArrayBuffer(byteLength, maxByteLength int) (*SharedArrayBuffer, error) {
	if byteLength < 0 || byteLength > maxByteLength {
		return nil, rangeError("the length is out of range")
	}
	block := &sharedBlock{data: make([]byte, maxByteLength), growable: true}
	block.length.Store(int64(byteLength))
	return &SharedArrayBuffer{block}, nil
}

// NewSharedMemory makes a buffer of data, which is memory outside of Go's heap and lives as long
// as memory does.
func NewSharedMemory(memory any, data []byte) *SharedArrayBuffer {
	b := NewSharedArrayBuffer(data)
	b.block.memory = memory
	return b
}

// Memory returns the owner of the buffer's memory, nil if it is Go's.
func (b *SharedArrayBuffer) Memory() any {
	if b.block == nil {
		return nil
	}
	return b.block.memory
}

// Bytes returns the shared block.
func (b *SharedArrayBuffer) Bytes() []byte {
	if b.block == nil {
		return nil
	}
	return b.block.data[:b.block.length.Load()]
}

// ByteLength returns the length in bytes.
func (b *SharedArrayBuffer) ByteLength() int { return len(b.Bytes()) }

// MaxByteLength returns how long the buffer may become.
func (b *SharedArrayBuffer) MaxByteLength() int {
	if b.block == nil {
		return 0
	}
	return len(b.block.data)
}

// Resizable reports whether Grow may be called (the attribute growable).
func (b *SharedArrayBuffer) Resizable() bool { return b.block != nil && b.block.growable }

// Grow makes the buffer longer for everybody who shares it. It may be called concurrently.
// The error is a TypeError if the length is fixed, a RangeError if n is below the length or
// above the maximum.
func (b *SharedArrayBuffer) Grow(n int) error {
	if !b.Resizable() {
		return typeError("the buffer is of fixed length")
	}
	for {
		old := b.block.length.Load()
		if int64(n) < old || n > len(b.block.data) {
			return rangeError("the length is out of range")
		}
		if b.block.length.CompareAndSwap(old, int64(n)) {
			return nil
		}
	}
}

// Detached returns false: a SharedArrayBuffer is never transferred.
func (b *SharedArrayBuffer) Detached() bool { return false }

// Same reports whether both share one block.
func (b *SharedArrayBuffer) Same(other *SharedArrayBuffer) bool { return b.block == other.block }

func (*SharedArrayBuffer) isBuffer() {}

// discard drops the buffer's memory.
func (b *ArrayBuffer) discard() {
	if b.block != nil {
		b.block.Free()
	}
	*b = ArrayBuffer{resizable: b.resizable, detached: true}
}
