package qjs

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Options are the limits of a [Runtime]. The zero value means the defaults.
type Options struct {
	MemoryLimit int  // bytes of the engine's heap; 0 is 512 MiB, negative is none
	StackSize   int  // nested calls, in units of the engine: a plain call takes one; 0 is 5000, at most 20000
	CanBlock    bool // Atomics.wait may block (agents of workers)
}

const (
	defaultMemoryLimit = 512 << 20
	maximalStackSize   = 20000
)

// A Runtime is one heap of the engine: the realms in it share objects synchronously, and
// values leave it only as copies. It is used by one goroutine at a time, except where a method
// says otherwise.
type Runtime struct {
	tls        *libc.TLS
	rt         uintptr // the engine's
	blocks     uintptr // list of its memory
	scratch    uintptr // C memory for results through pointers
	buffer     uintptr // C memory for strings on their way in
	bufferSize int
	anyContext uintptr // without intrinsics; lives as long as the runtime
	limbo      *Realm  // of anyContext: what no realm is left for runs there

	handles   []lib.TJSValue // what open scopes own
	calls     []*Call
	depth     int             // calls of native functions under way
	callbacks []callbackEntry // calls of script by Go that have an incumbent of their own, the innermost last
	args      []Value
	kept      []lib.TJSValue // by WeakRefs, until the job ends
	entries   int            // entries from Go under way
	realms    map[uintptr]*Realm
	live      []*entry // Go objects that live in the heap

	finalizing *entry     // whose wrapper is being finalized
	freeOwned  func(*Ref) // frees what it owns

	refs    []*Ref // all that are not freed
	traces  uint64 // visits of the collector so far
	atoms   map[string]lib.TJSAtom
	names   []string // of atoms that were asked for
	modules Modules

	errorToValue func(*Realm, error) Value
	onRejection  func(realm *Realm, promise, reason Value, handled bool)

	interrupt   atomic.Pointer[error]
	wake        chan struct{} // a token when Interrupt is called, for what blocks
	timeLimit   time.Duration
	started     time.Time // of the entry under way, as the interrupt handler saw it first
	terminated  error     // the uncatchable error that unwinds the engine now
	invocations uint64    // of Go functions by script
	closed      bool
	closing     bool        // Close was called by script
	broken      bool        // the engine itself panicked: it cannot be trusted any more
	failure     *PanicError // with which it did
	onFailure   func(*PanicError)
	collected   time.Time // by RoomForRealm
	freed       bool      // the heap's memory is given back
	canBlock    bool

	memoryLimit int          // 0: none
	external    atomic.Int64 // bytes that Charge counted
	sharedBytes int
	shared      map[uintptr]int // how many SharedArrayBuffers of this heap a block of shared memory has, by address
}

// NewRuntime makes a heap. It panics only when the engine differs from what this package
// was written for.
func NewRuntime(options Options) *Runtime {
	selfTest()
	return newRuntime(options)
}

func newRuntime(options Options) *Runtime {
	tls := libc.NewTLS()
	rt, blocks := newEngine(tls)
	if rt == 0 {
		panic("qjs: no memory for a runtime")
	}
	r := &Runtime{
		tls: tls, rt: rt, blocks: blocks,
		scratch: libc.Xcalloc(tls, 1, scratchSize),
		realms:  map[uintptr]*Realm{},
		atoms:   map[string]lib.TJSAtom{},
		wake:    make(chan struct{}, 1),
	}
	r.freeOwned = func(ref *Ref) { r.finalizing.freeOwned(ref) }
	*deref[*Runtime](rt + runtimeOpaque) = r
	if options.MemoryLimit == 0 {
		options.MemoryLimit = defaultMemoryLimit
	}
	if options.MemoryLimit > 0 {
		r.memoryLimit = options.MemoryLimit
		lib.XJS_SetMemoryLimit(tls, rt, lib.Tsize_t(options.MemoryLimit))
	}
	if options.StackSize > 0 {
		lib.XJS_SetMaxStackSize(tls, rt, lib.Tsize_t(min(options.StackSize, maximalStackSize)))
	}
	r.canBlock = options.CanBlock
	if options.CanBlock {
		lib.XJS_SetCanBlock(tls, rt, 1)
	}
	lib.XJS_SetInterruptHandler(tls, rt, funcPointer(&interruptHandler), 0)
	lib.XJS_SetHostPromiseRejectionTracker(tls, rt, funcPointer(&rejectionTracker), 0)
	r.registerClasses()
	r.initShared()
	r.initModules()
	r.anyContext = lib.XJS_NewContextRaw(tls, rt)
	r.limbo = &Realm{rt: r, ctx: r.anyContext, closed: true}
	*deref[*Realm](r.anyContext + contextOpaque) = r.limbo
	return r
}

const scratchSize = 128

// Close frees the heap with all that script left in it. Go objects behind wrappers are finalized.
// No Value may be used afterwards; Refs and Realms do no harm, and give undefined and ErrClosed.
// Called while script runs, it ends the script first, and closes when the engine has returned to
// its caller. A second Close does nothing.
func (rt *Runtime) Close() {
	if rt.freed {
		return
	}
	if rt.entries > 0 || rt.depth > 0 {
		rt.closing = true
		rt.Interrupt(ErrClosed)
		return
	}
	rt.closed, rt.freed = true, true
	rt.closeShared()
	for _, e := range rt.live {
		e.p = 0
		if f, ok := e.object.(Finalizer); ok {
			f.Finalize()
		}
	}
	rt.free()
}

// free frees the memory of the heap.
func (rt *Runtime) free() {
	freeBlocks(rt.tls, rt.blocks)
	libc.Xfree(rt.tls, rt.scratch)
	libc.Xfree(rt.tls, rt.buffer)
	rt.tls.Close()
	rt.live, rt.refs, rt.realms, rt.handles, rt.calls, rt.args, rt.atoms, rt.names = nil, nil, nil, nil, nil, nil, nil, nil
}

// CloseChecked is Close for tests: it frees the heap's objects one by one, and reports leaks:
// references that were counted and never given back.
func (rt *Runtime) CloseChecked() error {
	if rt.closed {
		rt.Close()
		return nil
	}
	rt.release(0)
	rt.clearKept()
	for len(rt.refs) > 0 {
		rt.refs[len(rt.refs)-1].Free()
	}
	for _, realm := range rt.realms {
		realm.Close()
	}
	for _, atom := range rt.atoms {
		lib.XJS_FreeAtomRT(rt.tls, rt.rt, atom)
	}
	for atom, name := range rt.names {
		if name != "" {
			lib.XJS_FreeAtomRT(rt.tls, rt.rt, lib.TJSAtom(atom))
		}
	}
	lib.XJS_FreeContext(rt.tls, rt.anyContext)
	lib.XJS_FreeRuntime(rt.tls, rt.rt)
	rt.closed, rt.freed = true, true
	rt.closeShared()
	n := 0
	for p := deref[blockHeader](rt.blocks).next; p != rt.blocks; p = deref[blockHeader](p).next {
		n++
	}
	defer rt.free()
	if n > 0 || len(rt.live) > 0 {
		return fmt.Errorf("qjs: %d blocks of memory and %d Go objects are left in the heap", n, len(rt.live))
	}
	return nil
}

// Closed reports whether the runtime is unusable: Close was called, or the engine failed.
func (rt *Runtime) Closed() bool { return rt.closed }

// GC collects cycles. What is not part of a cycle is freed at once, without it.
func (rt *Runtime) GC() {
	if !rt.closed {
		lib.XJS_RunGC(rt.tls, rt.rt)
	}
}

// MemoryUsed is the number of bytes that the heap has taken from the system.
func (rt *Runtime) MemoryUsed() int {
	if rt.closed {
		return 0
	}
	return int(engine(rt.rt).Fmalloc_ctx.Fmalloc_state.Fmalloc_size)
}

// OnRejection sets the function that hears of rejected promises: when a promise is rejected without
// a handler (handled is false), and when such a promise gets its first handler (true). It runs in a
// scope, inside script: it must only take notes.
func (rt *Runtime) OnRejection(f func(realm *Realm, promise, reason Value, handled bool)) {
	rt.onRejection = f
}

// OnError sets the function that makes a value of an error that a [Func] returns and that is no
// [*Exception]. This package itself converts errors of [TypeError] and the like.
func (rt *Runtime) OnError(f func(realm *Realm, err error) Value) { rt.errorToValue = f }

// ErrClosed is the error of operations on a closed runtime.
var ErrClosed = errors.New("qjs: the runtime is closed")

// Enter opens a handle scope and returns the function that closes it: defer rt.Enter()().
func (rt *Runtime) Enter() (leave func()) {
	mark := len(rt.handles)
	return func() { rt.release(mark) }
}

// A Scope is an open handle scope. It costs less than Enter.
type Scope struct {
	rt   *Runtime
	mark int
}

// OpenScope opens a scope. Scopes are closed in the reverse order.
func (rt *Runtime) OpenScope() Scope { return Scope{rt, len(rt.handles)} }

// Close ends the scope: the values made in it are gone.
func (s Scope) Close() { s.rt.release(s.mark) }

// Escape ends the scope and hands v to the one around it.
func (s Scope) Escape(v Value) Value {
	raw := dup(v.raw())
	s.rt.release(s.mark)
	return s.rt.own(raw)
}

// release frees the handles above mark.
func (rt *Runtime) release(mark int) {
	if rt.closed {
		return
	}
	for len(rt.handles) > mark {
		last := len(rt.handles) - 1
		v := rt.handles[last]
		rt.handles = rt.handles[:last]
		rt.drop(v)
	}
}

// own gives the reference that v counts to the innermost scope.
func (rt *Runtime) own(v lib.TJSValue) Value {
	if counted(v) {
		rt.handles = append(rt.handles, v)
	}
	return fromRaw(v)
}
