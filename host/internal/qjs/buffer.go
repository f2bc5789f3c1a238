package qjs

import (
	"math"
	"runtime"
	"sync/atomic"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A Block is the memory of an ArrayBuffer that belongs to no heap: it was stolen from one, or is to
// be adopted by one. Its memory is freed when it is adopted by nobody, too. It belongs to one
// goroutine at a time.
//
// In memory it is what the engine takes for a large array: our header, the engine's, the bytes. So
// stealing and adopting only change who counts it.
type Block struct {
	p       uintptr // our header; 0 when adopted or freed
	n       int
	max     int // of a resizable buffer, else -1
	cleanup runtime.Cleanup
}

const (
	engineHeader = 8 // the engine's own header of a block
	blockData    = blockHeaderSize + engineHeader
	largeBlock   = lib.MFREE_NIL
)

// NewBlock makes a block of zeros.
func NewBlock(n int) (*Block, error) {
	if n < 0 || n > math.MaxInt32 {
		return nil, RangeError("invalid array buffer length")
	}
	p := libc.Xcalloc(nil, 1, libc.Tsize_t(blockData)+libc.Tsize_t(max(n, 1)))
	if p == 0 {
		return nil, RangeError("out of memory")
	}
	deref[blockHeader](p).size = uintptr(engineHeader + max(n, 1))
	*deref[uint16](p + blockHeaderSize) = largeBlock
	*deref[uint8](p + blockHeaderSize + 2) = 0xff
	return newBlock(p, n, -1), nil
}

func newBlock(p uintptr, n, maximum int) *Block {
	b := &Block{p: p, n: n, max: maximum}
	blockBytes.Add(blockSize(p))
	b.cleanup = runtime.AddCleanup(b, freeBlock, p)
	return b
}

// blockBytes counts the memory of all blocks that no runtime counts.
var blockBytes atomic.Int64

// BlockBytes is how much memory all blocks take that are not part of any heap. Any
// goroutine may call it.
func BlockBytes() int64 { return blockBytes.Load() }

func blockSize(p uintptr) int64 { return int64(deref[blockHeader](p).size) }

func freeBlock(p uintptr) {
	blockBytes.Add(-blockSize(p))
	libc.Xfree(nil, p)
}

// Len is the number of bytes.
func (b *Block) Len() int { return b.n }

// MaxLen is the largest number of bytes that the buffer may grow to; -1 if it is not resizable.
func (b *Block) MaxLen() int { return b.max }

// Bytes is the memory, valid until the block is freed or adopted, or is not referred to any more.
func (b *Block) Bytes() []byte {
	if b.p == 0 {
		return nil
	}
	return memory(b.p+blockData, b.n)
}

// Free frees the memory now. A second Free does nothing.
func (b *Block) Free() {
	if b.p != 0 {
		b.cleanup.Stop()
		freeBlock(b.p)
		b.p, b.n = 0, 0
	}
}

func arrayBuffer(v Value) *lib.TJSArrayBuffer { return deref[lib.TJSArrayBuffer](slot(v.pointer())) }

// isBuffer says whether v is an ArrayBuffer or a SharedArrayBuffer.
func (v Value) isBuffer() bool {
	class := v.Class()
	return class == ClassArrayBuffer || class == ClassSharedArrayBuffer
}

// IsDetached says whether v is a detached ArrayBuffer.
func (v Value) IsDetached() bool {
	return v.Class() == ClassArrayBuffer && arrayBuffer(v).Fdetached != 0
}

// BufferMaxLen is the maximal length of a resizable or growable buffer, else -1.
func (v Value) BufferMaxLen() int {
	if !v.isBuffer() {
		return -1
	}
	return int(arrayBuffer(v).Fmax_byte_length)
}

// Bytes returns the memory of an ArrayBuffer or SharedArrayBuffer itself, without copying. It may
// be used until script runs again. ok is false for any other value and for a detached buffer.
func (v Value) Bytes() (b []byte, ok bool) {
	if !v.isBuffer() || v.IsDetached() {
		return nil, false
	}
	a := arrayBuffer(v)
	return memory(a.Fdata, int(a.Fbyte_length)), true
}

// A View is the part of a buffer that a typed array or DataView shows.
type View struct {
	Buffer         Value
	Offset, Length int  // in bytes
	Tracking       bool // its length follows that of a resizable buffer
	OutOfBounds    bool // its buffer is detached or has become too short: Offset and Length are 0
}

// View describes a typed array or DataView; ok is false of anything else.
func (v Value) View(realm *Realm) (view View, ok bool) {
	class := v.Class()
	if !class.IsView() {
		return View{}, false
	}
	p := slot(v.pointer())
	t := deref[lib.TJSTypedArray](p)
	view.Buffer = realm.rt.own(dup(rawObject(t.Fbuffer)))
	view.Tracking = t.Ftrack_rab != 0
	buffer := arrayBuffer(view.Buffer)
	offset, length, available := int(t.Foffset), int(t.Flength), int(buffer.Fbyte_length)
	if view.Tracking {
		length = max(available-offset, 0) / class.ElementSize() * class.ElementSize()
	}
	if buffer.Fdetached != 0 || offset > available || offset+length > available {
		view.OutOfBounds = true
		return view, true
	}
	view.Offset, view.Length = offset, length
	return view, true
}

// ViewBytes is the memory that a buffer or view shows; the rules are those of Bytes.
func (v Value) ViewBytes(realm *Realm) (b []byte, ok bool) {
	if v.isBuffer() {
		return v.Bytes()
	}
	scope := realm.rt.OpenScope()
	defer scope.Close()
	view, ok := v.View(realm)
	if !ok || view.OutOfBounds {
		return nil, false
	}
	b, ok = view.Buffer.Bytes()
	if !ok {
		return nil, false
	}
	return b[view.Offset : view.Offset+view.Length], true
}

// ElementSize is the number of bytes of an element of a typed array; 1 of a DataView.
func (c Class) ElementSize() int {
	switch c {
	case ClassInt16Array, ClassUint16Array, ClassFloat16Array:
		return 2
	case ClassInt32Array, ClassUint32Array, ClassFloat32Array:
		return 4
	case ClassBigInt64Array, ClassBigUint64Array, ClassFloat64Array:
		return 8
	}
	return 1
}

// viewConstructors are the names of the constructors of the classes.
var viewConstructors = map[Class]string{
	ClassUint8ClampedArray: "Uint8ClampedArray", ClassInt8Array: "Int8Array", ClassUint8Array: "Uint8Array",
	ClassInt16Array: "Int16Array", ClassUint16Array: "Uint16Array", ClassInt32Array: "Int32Array", ClassUint32Array: "Uint32Array",
	ClassBigInt64Array: "BigInt64Array", ClassBigUint64Array: "BigUint64Array", ClassFloat16Array: "Float16Array",
	ClassFloat32Array: "Float32Array", ClassFloat64Array: "Float64Array", ClassDataView: "DataView",
}

// NewView makes a typed array or DataView of the class on a buffer; length is in bytes, negative
// for one that follows the buffer's.
func (r *Realm) NewView(class Class, buffer Value, offset, length int) (Value, error) {
	name, ok := viewConstructors[class]
	if !ok {
		return Value{}, TypeError("not a view")
	}
	if length < 0 {
		return r.Intrinsic(name).Construct(r, buffer, Number(float64(offset)))
	}
	return r.Intrinsic(name).Construct(r, buffer, Number(float64(offset)), Number(float64(length/class.ElementSize())))
}

// NewArrayBuffer makes an ArrayBuffer with a copy of the bytes.
func (r *Realm) NewArrayBuffer(data []byte) (Value, error) {
	b, err := NewBlock(len(data))
	if err != nil {
		return Value{}, err
	}
	copy(b.Bytes(), data)
	return r.AdoptBlock(b)
}

// NewUint8Array makes a Uint8Array with a copy of the bytes.
func (r *Realm) NewUint8Array(data []byte) (Value, error) {
	buffer, err := r.NewArrayBuffer(data)
	if err != nil {
		return Value{}, err
	}
	return r.NewView(ClassUint8Array, buffer, 0, len(data))
}

// AdoptBlock makes an ArrayBuffer of a block, without copying. It uses up the block, also
// when it fails.
func (r *Realm) AdoptBlock(b *Block) (Value, error) {
	rt := r.rt
	if rt.closed {
		return Value{}, ErrClosed
	}
	if b.p == 0 {
		return Value{}, TypeError("the memory was given away")
	}
	account := &engine(rt.rt).Fmalloc_ctx.Fmalloc_state
	size := lib.Tsize_t(deref[blockHeader](b.p).size)
	if account.Fmalloc_size+size > account.Fmalloc_limit {
		b.Free()
		return Value{}, RangeError("out of memory")
	}
	p, data := b.p, b.p+blockData
	v, err := r.result(lib.XJS_NewArrayBuffer(rt.tls, r.ctx, data, lib.Tsize_t(b.n), engineFreesBuffer, 0, 0))
	if err != nil {
		b.Free()
		return Value{}, err
	}
	b.cleanup.Stop()
	blockBytes.Add(-blockSize(p))
	linkBlock(p, account.Fopaque)
	account.Fmalloc_count++
	account.Fmalloc_size += size
	arrayBuffer(v).Fmax_byte_length = int32(b.max)
	b.p, b.n = 0, 0
	return v, nil
}

// StealBlock detaches an ArrayBuffer and returns its memory, without copying unless it is small.
// The error is a TypeError for any other value and for a detached buffer.
func (v Value) StealBlock(realm *Realm) (*Block, error) {
	if v.Class() != ClassArrayBuffer || v.IsDetached() {
		return nil, TypeError("not an ArrayBuffer, or it is detached")
	}
	rt, a := realm.rt, arrayBuffer(v)
	var b *Block
	n := int(a.Fbyte_length)
	if a.Ffree_func == engineFreesBuffer && *deref[uint16](a.Fdata - engineHeader) == largeBlock {
		p := a.Fdata - blockData
		unlinkBlock(p)
		account := &engine(rt.rt).Fmalloc_ctx.Fmalloc_state
		account.Fmalloc_count--
		account.Fmalloc_size -= lib.Tsize_t(deref[blockHeader](p).size)
		a.Ffree_func = 0
		b = newBlock(p, n, int(a.Fmax_byte_length))
	} else {
		var err error
		if b, err = NewBlock(n); err != nil {
			return nil, err
		}
		b.max = int(a.Fmax_byte_length)
		copy(b.Bytes(), memory(a.Fdata, n))
	}
	lib.XJS_DetachArrayBuffer(rt.tls, realm.ctx, v.raw())
	return b, nil
}

// Detach detaches an ArrayBuffer: its memory is freed, its views become empty.
func (v Value) Detach(realm *Realm) {
	if v.Class() == ClassArrayBuffer {
		lib.XJS_DetachArrayBuffer(realm.rt.tls, realm.ctx, v.raw())
	}
}

// engineFreesBuffer is the engine's function that frees the memory of an ordinary ArrayBuffer.
var engineFreesBuffer = findEngineFree()

func findEngineFree() uintptr {
	tls := libc.NewTLS()
	defer tls.Close()
	rt, blocks := newEngine(tls)
	defer freeBlocks(tls, blocks)
	ctx := lib.XJS_NewContext(tls, rt)
	if ctx == 0 {
		return 0
	}
	p := libc.Xcalloc(tls, 1, 8)
	defer libc.Xfree(tls, p)
	v := lib.XJS_NewArrayBufferCopy(tls, ctx, p, 8)
	return arrayBuffer(fromRaw(v)).Ffree_func
}
