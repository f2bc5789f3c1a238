package qjs

import (
	"math"
	"runtime"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// sharedHeader stands before the bytes of a SharedArrayBuffer. Heaps of several
// goroutines share it.
type sharedHeader struct {
	refs     int64 // atomic: SharedArrayBuffers of all heaps, and SharedBlocks
	length   int64 // atomic: of a growable one, what it has grown to
	capacity int64
	_        int64
}

const sharedHeaderSize = unsafe.Sizeof(sharedHeader{})

func sharedOf(data uintptr) *sharedHeader { return deref[sharedHeader](data - sharedHeaderSize) }

func releaseShared(data uintptr) {
	if atomic.AddInt64(&sharedOf(data).refs, -1) == 0 {
		libc.Xfree(nil, data-sharedHeaderSize)
	}
}

// A SharedBlock is the memory of a SharedArrayBuffer on its way between heaps of one agent cluster.
// Any goroutine may use it; memory that nobody refers to any more is freed.
type SharedBlock struct {
	data     uintptr
	capacity int
	growable bool
}

// Len is the number of bytes now.
func (b *SharedBlock) Len() int {
	if b.growable {
		return int(atomic.LoadInt64(&sharedOf(b.data).length))
	}
	return b.capacity
}

// MaxLen is the number of bytes that it may grow to; -1 if it cannot grow.
func (b *SharedBlock) MaxLen() int {
	if b.growable {
		return b.capacity
	}
	return -1
}

// Identity is the same for all SharedBlocks of the same memory.
func (b *SharedBlock) Identity() uintptr { return b.data }

// SharedBlock takes the memory of a SharedArrayBuffer along; nil of anything else.
func (v Value) SharedBlock() *SharedBlock {
	if v.Class() != ClassSharedArrayBuffer {
		return nil
	}
	a := arrayBuffer(v)
	b := &SharedBlock{data: a.Fdata, growable: a.Fmax_byte_length >= 0, capacity: int(a.Fbyte_length)}
	if b.growable {
		b.capacity = int(a.Fmax_byte_length)
		shareLength(a)
	}
	atomic.AddInt64(&sharedOf(b.data).refs, 1)
	runtime.AddCleanup(b, releaseShared, b.data)
	return b
}

// AdoptShared makes a SharedArrayBuffer of shared memory.
func (r *Realm) AdoptShared(b *SharedBlock) (Value, error) {
	rt := r.rt
	if rt.closed {
		return Value{}, ErrClosed
	}
	v, err := r.result(lib.XJS_NewArrayBuffer(rt.tls, r.ctx, b.data, lib.Tsize_t(b.Len()), 0, 0, 1))
	runtime.KeepAlive(b)
	if err != nil {
		return Value{}, err
	}
	if b.growable {
		a := arrayBuffer(v)
		a.Fmax_byte_length = int32(b.capacity)
		a.Ffree_func = engineFreesBuffer // never called for shared memory; without it the engine does not grow
	}
	return v, nil
}

type (
	sharedAllocate = func(tls *libc.TLS, opaque uintptr, size lib.Tsize_t) uintptr
	sharedChange   = func(tls *libc.TLS, opaque, data uintptr)
)

var (
	engineSharedAllocate = sharedAllocate(func(tls *libc.TLS, opaque uintptr, size lib.Tsize_t) uintptr {
		rt := runtimeOfEngine(opaque)
		if size > math.MaxInt32 || rt.memoryLimit > 0 && rt.sharedBytes+int(size) > rt.memoryLimit {
			return 0
		}
		p := libc.Xcalloc(tls, 1, libc.Tsize_t(sharedHeaderSize)+libc.Tsize_t(size))
		if p == 0 {
			return 0
		}
		*deref[sharedHeader](p) = sharedHeader{refs: 1, capacity: int64(size)}
		data := p + sharedHeaderSize
		rt.shared[data]++
		rt.sharedBytes += int(size)
		return data
	})
	engineSharedDup = sharedChange(func(_ *libc.TLS, opaque, data uintptr) {
		rt := runtimeOfEngine(opaque)
		if rt.shared[data]++; rt.shared[data] == 1 {
			rt.sharedBytes += int(sharedOf(data).capacity)
		}
		atomic.AddInt64(&sharedOf(data).refs, 1)
	})
	engineSharedFree = sharedChange(func(_ *libc.TLS, opaque, data uintptr) {
		rt := runtimeOfEngine(opaque)
		if rt.shared[data]--; rt.shared[data] == 0 {
			delete(rt.shared, data)
			rt.sharedBytes -= int(sharedOf(data).capacity)
		}
		releaseShared(data)
	})
)

func (rt *Runtime) initShared() {
	rt.shared = map[uintptr]int{}
	size := int(unsafe.Sizeof(lib.TJSSharedArrayBufferFunctions{}))
	p := rt.tls.Alloc(size)
	defer rt.tls.Free(size)
	*deref[lib.TJSSharedArrayBufferFunctions](p) = lib.TJSSharedArrayBufferFunctions{
		Fsab_alloc: funcPointer(&engineSharedAllocate), Fsab_free: funcPointer(&engineSharedFree),
		Fsab_dup: funcPointer(&engineSharedDup), Fsab_opaque: rt.rt,
	}
	lib.XJS_SetSharedArrayBufferFunctions(rt.tls, rt.rt, p)
}

// closeShared gives back what the heap holds of shared memory.
func (rt *Runtime) closeShared() {
	for data, n := range rt.shared {
		for range n {
			releaseShared(data)
		}
	}
	rt.shared = nil
}
