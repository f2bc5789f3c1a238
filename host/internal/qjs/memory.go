package qjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// The engine takes its memory from four functions. Ours link what a runtime holds, so that closing
// the runtime frees all of it at once, leaked or not, without a walk over the objects. (The engine
// cuts small things from arenas that it takes from here, so these are not called per object.)

// blockHeader stands before each block.
type blockHeader struct {
	prev, next uintptr
	size       uintptr
	_          uintptr
}

const blockHeaderSize = unsafe.Sizeof(blockHeader{})

type (
	mallocFunc  = func(tls *libc.TLS, state uintptr, size lib.Tsize_t) uintptr
	freeFunc    = func(tls *libc.TLS, state, ptr uintptr)
	reallocFunc = func(tls *libc.TLS, state, ptr uintptr, size lib.Tsize_t) uintptr
	usableFunc  = func(tls *libc.TLS, ptr uintptr) lib.Tsize_t
)

var (
	engineMalloc  = mallocFunc(memoryAllocate)
	engineFree    = freeFunc(memoryFree)
	engineRealloc = reallocFunc(memoryResize)
	engineUsable  = usableFunc(memoryUsable)
)

// An account is the engine's account of its memory: its opaque is the head of the list of blocks.
type account struct{ lib.TJSMallocState }

func mallocState(state uintptr) *account { return deref[account](state) }

const (
	memoryReserve = 128 << 10 // what small things may use beyond the limit, to report that it was reached
	smallBlock    = 8 << 10
)

// allows says whether size more bytes are within the limit. Where an allocation fails, the engine
// makes an error, for which there must be memory: small blocks may use a reserve, which is used up
// once and is there again when the heap has become smaller.
func (a *account) allows(size lib.Tsize_t) bool {
	if size > 1<<40 {
		return false
	}
	total, list := a.Fmalloc_size+size, deref[blockHeader](a.Fopaque)
	if total <= a.Fmalloc_limit {
		list.size = 0
		return true
	}
	if list.size == 0 { // the first failure
		list.size = 1
		return false
	}
	return size <= smallBlock && total <= a.Fmalloc_limit+memoryReserve
}

func memoryAllocate(tls *libc.TLS, state uintptr, size lib.Tsize_t) uintptr {
	account := mallocState(state)
	if !account.allows(size) {
		return 0
	}
	p := libc.Xmalloc(tls, libc.Tsize_t(size)+libc.Tsize_t(blockHeaderSize))
	if p == 0 {
		return 0
	}
	deref[blockHeader](p).size = uintptr(size)
	linkBlock(p, account.Fopaque)
	account.Fmalloc_count++
	account.Fmalloc_size += size
	return p + blockHeaderSize
}

func memoryFree(tls *libc.TLS, state, ptr uintptr) {
	if ptr == 0 {
		return
	}
	p := ptr - blockHeaderSize
	unlinkBlock(p)
	account := mallocState(state)
	account.Fmalloc_count--
	account.Fmalloc_size -= lib.Tsize_t(deref[blockHeader](p).size)
	libc.Xfree(tls, p)
}

func memoryResize(tls *libc.TLS, state, ptr uintptr, size lib.Tsize_t) uintptr {
	if ptr == 0 {
		return memoryAllocate(tls, state, size)
	}
	if size == 0 {
		memoryFree(tls, state, ptr)
		return 0
	}
	account, p := mallocState(state), ptr-blockHeaderSize
	old := lib.Tsize_t(deref[blockHeader](p).size)
	if size > old && !account.allows(size-old) {
		return 0
	}
	unlinkBlock(p)
	q := libc.Xrealloc(tls, p, libc.Tsize_t(size)+libc.Tsize_t(blockHeaderSize))
	if q == 0 {
		linkBlock(p, account.Fopaque)
		return 0
	}
	deref[blockHeader](q).size = uintptr(size)
	linkBlock(q, account.Fopaque)
	account.Fmalloc_size = account.Fmalloc_size - old + size
	return q + blockHeaderSize
}

func memoryUsable(_ *libc.TLS, ptr uintptr) lib.Tsize_t {
	if ptr == 0 {
		return 0
	}
	return lib.Tsize_t(deref[blockHeader](ptr - blockHeaderSize).size)
}

func linkBlock(p, head uintptr) {
	block, list := deref[blockHeader](p), deref[blockHeader](head)
	block.prev, block.next = head, list.next
	deref[blockHeader](list.next).prev = p
	list.next = p
}

func unlinkBlock(p uintptr) {
	block := deref[blockHeader](p)
	deref[blockHeader](block.prev).next = block.next
	deref[blockHeader](block.next).prev = block.prev
}

// newEngine makes an engine's runtime whose memory hangs on the list that starts at head.
func newEngine(tls *libc.TLS) (rt, head uintptr) {
	head = libc.Xmalloc(tls, libc.Tsize_t(blockHeaderSize))
	*deref[blockHeader](head) = blockHeader{prev: head, next: head}
	functions := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.TJSMallocFunctions{})))
	defer libc.Xfree(tls, functions)
	*deref[lib.TJSMallocFunctions](functions) = lib.TJSMallocFunctions{
		Fjs_malloc: funcPointer(&engineMalloc), Fjs_free: funcPointer(&engineFree),
		Fjs_realloc: funcPointer(&engineRealloc), Fjs_malloc_usable_size: funcPointer(&engineUsable),
	}
	return lib.XJS_NewRuntime2(tls, functions, head), head
}

// freeBlocks frees all memory of an engine, with the list itself.
func freeBlocks(tls *libc.TLS, head uintptr) {
	for p := deref[blockHeader](head).next; p != head; {
		next := deref[blockHeader](p).next
		libc.Xfree(tls, p)
		p = next
	}
	libc.Xfree(tls, head)
}
