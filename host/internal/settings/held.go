package settings

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// held is a value kept for an operation under way. It is released when the global is gone, because
// the operation has no effect then.
type held struct {
	last  int
	drops map[int]func()
}

type heldKey struct{}

// Hold registers a function that releases a value when the global is gone; forget unregisters it
// after another release.
func (s *Object) Hold(drop func()) (forget func()) {
	if s.Gone() {
		drop()
		return func() {}
	}
	h := s.Slot(heldKey{}, func() any {
		h := &held{drops: map[int]func(){}}
		s.OnDestroy(func() {
			for _, drop := range h.drops {
				drop()
			}
			h.drops = nil
		})
		return h
	}).(*held)
	h.last++
	n := h.last
	h.drops[n] = drop
	return func() { delete(h.drops, n) }
}

// NewPromise makes a pending promise of the realm and the functions that settle it, in a scope. It
// keeps nothing when the global is gone.
func (s *Object) NewPromise() (promise qjs.Value, resolve, reject func(qjs.Value)) {
	promise, resolve, reject, drop := s.Realm.NewDroppablePromise()
	forget := s.Hold(drop)
	settle := func(settle func(qjs.Value)) func(qjs.Value) {
		return func(v qjs.Value) {
			forget()
			settle(v)
		}
	}
	return promise, settle(resolve), settle(reject)
}

// Keep keeps a platform object's wrapper from being collected until release is called, or the
// global is gone.
func (s *Object) Keep(o webidl.Object) (release func()) {
	webidl.Keep(o)
	released := false
	unkeep := func() {
		if !released {
			released = true
			webidl.Unkeep(o)
		}
	}
	forget := s.Hold(unkeep)
	return func() {
		forget()
		unkeep()
	}
}
