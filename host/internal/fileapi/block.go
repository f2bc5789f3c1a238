package fileapi

import (
	"bytes"
	"sync/atomic"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// block is the bytes that blobs of one runtime share. They count as memory of the runtime until
// nobody has them any more.
type block struct {
	runtime *qjs.Runtime
	size    int
	users   atomic.Int32 // blob: URLs are among them, which any goroutine may revoke
}

// newBlock counts bytes for one user.
func newBlock(runtime *qjs.Runtime, size int) (*block, error) {
	if err := runtime.ChargeOrCollect(size); err != nil {
		return nil, err
	}
	b := &block{runtime: runtime, size: size}
	b.users.Store(1)
	return b, nil
}

// use counts one more user; it may be nil.
func (b *block) use() *block {
	if b != nil {
		b.users.Add(1)
	}
	return b
}

// release says that a user is gone; it may be nil.
func (b *block) release() {
	if b != nil && b.users.Add(-1) == 0 {
		b.runtime.Refund(b.size)
	}
}

// Wrapped counts the bytes of a blob of the host, or of one whose wrapper is made anew. They are
// there already, so it cannot fail.
func (b *Blob) Wrapped() {
	if b.block == nil {
		b.block, _ = newBlock(b.Realm().Runtime(), len(b.data))
	}
}

// Finalize implements qjs.Finalizer.
func (b *Blob) Finalize() {
	b.block.release()
	b.block = nil
}

// hold counts the bytes of a new blob.
func (b *Blob) hold(realm *qjs.Realm) (err error) {
	b.block, err = newBlock(realm.Runtime(), len(b.data))
	return err
}

// travelling returns the bytes for somebody else to keep: a copy if they are a small part of many.
func (b *Blob) travelling() []byte {
	if b.block != nil && 2*len(b.data) < b.block.size {
		return bytes.Clone(b.data)
	}
	return b.data
}

// Retain returns the bytes for a blob: URL, and what to call when it is revoked.
func (b *Blob) Retain() (data []byte, release func()) {
	block := b.block.use()
	return b.data, block.release
}
