package qjs

import (
	"math"
	"sync/atomic"

	lib "modernc.org/libquickjs"
)

// The engine keeps the length of a growable SharedArrayBuffer per heap. Here it stands with the
// shared bytes, and each heap takes it over when it asks for byteLength or grows the buffer itself.
//
// DEVIATION: a view that follows the length of a buffer that another agent has grown sees it after
// byteLength of the buffer was asked for.

var (
	sharedGrow       = NewStatic("grow", 1, growShared)
	sharedByteLength = NewStatic("get byteLength", 0, byteLengthOfShared)
)

const (
	nativeGrow       = "%SharedArrayBuffer.prototype.grow%"
	nativeByteLength = "%get SharedArrayBuffer.prototype.byteLength%"
)

func (r *Realm) prepareShared() {
	prototype := r.Intrinsic("%SharedArrayBuffer.prototype%")
	_ = prototype.Define(r, "grow", r.NewStatic(sharedGrow), Hidden)
	_ = prototype.DefineAccessor(r, "byteLength", r.NewStatic(sharedByteLength), Value{}, Configurable)
}

// Source: https://tc39.es/ecma262/#sec-get-sharedarraybuffer.prototype.bytelength
func byteLengthOfShared(c *Call) (Value, error) {
	if c.This.Class() == ClassSharedArrayBuffer && arrayBuffer(c.This).Fmax_byte_length >= 0 {
		c.Realm.takeGrowth(c.This)
	}
	return c.Realm.Intrinsic(nativeByteLength).Call(c.Realm, c.This)
}

// Source: https://tc39.es/ecma262/#sec-sharedarraybuffer.prototype.grow
func growShared(c *Call) (Value, error) {
	realm := c.Realm
	if c.This.Class() != ClassSharedArrayBuffer || arrayBuffer(c.This).Fmax_byte_length < 0 {
		return realm.Intrinsic(nativeGrow).Call(realm, c.This, c.Args...) // throws
	}
	// 1. Let newByteLength be ToIndex(newLength).
	length, err := c.Arg(0).ToNumber(realm)
	if err != nil {
		return Value{}, err
	}
	if length = math.Trunc(length); math.IsNaN(length) {
		length = 0
	}
	// 2. Grow the length that all agents share, if it does not shrink by that.
	a := arrayBuffer(c.This)
	if length < 0 || length > float64(a.Fmax_byte_length) {
		return Value{}, RangeError("invalid array buffer length")
	}
	shareLength(a)
	for shared := sharedOf(a.Fdata); ; {
		current := atomic.LoadInt64(&shared.length)
		if length < float64(current) {
			return Value{}, RangeError("invalid array buffer length")
		}
		if atomic.CompareAndSwapInt64(&shared.length, current, int64(length)) {
			break
		}
	}
	realm.takeGrowth(c.This)
	return Value{}, nil
}

// shareLength writes the length that this heap knows, unless another one knows a larger one.
func shareLength(a *lib.TJSArrayBuffer) {
	for shared := sharedOf(a.Fdata); ; {
		current := atomic.LoadInt64(&shared.length)
		if current >= int64(a.Fbyte_length) || atomic.CompareAndSwapInt64(&shared.length, current, int64(a.Fbyte_length)) {
			return
		}
	}
}

// takeGrowth makes the engine's length of a growable buffer the shared one, with that of its views.
func (r *Realm) takeGrowth(v Value) {
	a := arrayBuffer(v)
	if length := atomic.LoadInt64(&sharedOf(a.Fdata).length); length > int64(a.Fbyte_length) {
		_, _ = r.Intrinsic(nativeGrow).Call(r, v, Number(float64(length)))
	}
}
