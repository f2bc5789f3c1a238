package heap

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// buffer is a transferred ArrayBuffer and its own transfer data holder. Receivers get it as a
// [clone.ArrayBuffer].
type buffer struct {
	realm *qjs.Realm
	value qjs.Value         // the source, until Transfer
	moved clone.ArrayBuffer // the content, after it
}

// Detached implements [clone.Transferable].
func (b *buffer) Detached() bool { return b.value.IsDetached() }

// NewHolder implements [clone.Transferable].
func (b *buffer) NewHolder() clone.Holder { return b }

// Value implements [clone.Holder].
func (b *buffer) Value() any { return &b.moved }

// Transfer moves the block out of the source, without a copy, and detaches that.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer,
// step 5.4
func (b *buffer) Transfer() error {
	block, err := b.value.StealBlock(b.realm)
	b.realm, b.value = nil, qjs.Value{}
	if err != nil {
		return err
	}
	b.moved = *clone.NewBlockArrayBuffer(block, block.MaxLen(), block.MaxLen() >= 0)
	return nil
}

// Receive implements [clone.Holder]: an ArrayBuffer is made of the block when the message
// is deserialized.
func (b *buffer) Receive(any) error { return nil }

// Discard implements [clone.Holder].
func (b *buffer) Discard() {
	if block := b.moved.TakeBlock(); block != nil {
		block.Free()
	}
}

// buffer returns the data of an ArrayBuffer or SharedArrayBuffer.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 13
func (s *source) buffer(w *writer, v qjs.Value) (clone.BufferData, error) {
	if v.Class() == qjs.ClassSharedArrayBuffer {
		return s.sharedBuffer(w, v)
	}
	bytes, ok := v.Bytes()
	if !ok {
		return clone.BufferData{}, refuse(w, "the ArrayBuffer is detached")
	}
	data := clone.BufferData{Identity: identity(v), Data: bytes, MaxByteLength: v.BufferMaxLen(), Resizable: v.BufferMaxLen() >= 0}
	for _, t := range s.message.transfer {
		if b, ok := t.(*buffer); ok && b.value.SameObject(v) {
			data.Beside = &b.moved
		}
	}
	if data.Beside == nil && !data.Resizable && len(bytes) >= largeBuffer && !w.Written(data.Identity) {
		block, err := qjs.NewBlock(len(bytes))
		if err != nil {
			return data, err
		}
		copy(block.Bytes(), bytes)
		data.Beside = clone.NewBlockArrayBuffer(block, 0, false)
	}
	return data, nil
}

// largeBuffer is the size from which on the copy of a buffer travels as a block of its own.
//
// OPTIMIZATION: so it is copied once.
const largeBuffer = 1 << 12

// kinds are the kinds of typed arrays by their class.
var kinds = map[qjs.Class]clone.Kind{
	qjs.ClassInt8Array: clone.Int8Array, qjs.ClassUint8Array: clone.Uint8Array, qjs.ClassUint8ClampedArray: clone.Uint8ClampedArray,
	qjs.ClassInt16Array: clone.Int16Array, qjs.ClassUint16Array: clone.Uint16Array, qjs.ClassInt32Array: clone.Int32Array,
	qjs.ClassUint32Array: clone.Uint32Array, qjs.ClassFloat16Array: clone.Float16Array, qjs.ClassFloat32Array: clone.Float32Array,
	qjs.ClassFloat64Array: clone.Float64Array, qjs.ClassBigInt64Array: clone.BigInt64Array, qjs.ClassBigUint64Array: clone.BigUint64Array,
}

// classes are the classes by kind.
var classes = func() map[clone.Kind]qjs.Class {
	m := map[clone.Kind]qjs.Class{}
	for class, kind := range kinds {
		m[kind] = class
	}
	return m
}()

// view describes a typed array or DataView.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 14
func (s *source) view(w *writer, v qjs.Value) error {
	view, _ := v.View(s.message.realm)
	if view.OutOfBounds {
		return refuse(w, "the view is out of the bounds of its buffer")
	}
	data, err := s.buffer(w, view.Buffer)
	if err != nil || w.Refer(identity(v)) {
		return err
	}
	class, length := v.Class(), view.Length/v.Class().ElementSize()
	if view.Tracking {
		length = -1
	}
	if class == qjs.ClassDataView {
		w.DataView(data, view.Offset, length)
	} else {
		w.TypedArray(kinds[class], data, view.Offset, length)
	}
	return nil
}
