package qjs

import lib "modernc.org/libquickjs"

// Attach ties a Go object, which may be a [Tracer], to the realm: the Refs that it traces are held
// as long as the realm lives, and no root of the collector. There is one such object per realm.
//
// It is the prototype that the engine keeps for objects of one of the classes of Go, and that
// nobody asks for; the realm itself uses that of another.
func (r *Realm) Attach(object any) {
	v := r.NewPlatformObject(Null(), object)
	lib.XJS_SetClassProto(r.rt.tls, r.ctx, uint32(ClassNamed), dup(v.raw()))
}

// Running says whether script is running, or a Go function that it called.
func (rt *Runtime) Running() bool { return rt.entries > 0 || rt.depth > 0 }

// callbackEntry is where a callback was entered: the frame that was the topmost then.
type callbackEntry struct {
	frame     uintptr
	incumbent *Realm
}

// EnterCallback notes that Go calls script on its own account: until leave, a native function that
// is called without any function of script in between has the given incumbent.
//
// Source: https://html.spec.whatwg.org/multipage/webappapis.html#prepare-to-run-a-callback
func (rt *Runtime) EnterCallback(incumbent *Realm) (leave func()) {
	n := len(rt.callbacks)
	rt.callbacks = append(rt.callbacks, callbackEntry{engine(rt.rt).Fcurrent_stack_frame, incumbent})
	return func() {
		clear(rt.callbacks[n:])
		rt.callbacks = rt.callbacks[:n]
	}
}

// callbackAt is the incumbent of a callback that was entered when the frame was the topmost, nil if
// there is none.
func (rt *Runtime) callbackAt(frame uintptr) *Realm {
	if n := len(rt.callbacks); n > 0 && rt.callbacks[n-1].frame == frame {
		return rt.callbacks[n-1].incumbent
	}
	return nil
}

// FixPrototype makes the object's prototype immutable.
//
// Source: https://tc39.es/ecma262/#sec-immutable-prototype-exotic-objects
func (v Value) FixPrototype() {
	if v.IsObject() {
		object(v.pointer()).F__ccgo16 |= hasImmutablePrototype
	}
}

const hasImmutablePrototype = 0x40 // in the first byte of an object's flags
