package event

import "github.com/entangle-go/entangle/host/internal/qjs"

// NewDependentSignal creates a signal that is aborted when the given one is; nil for one
// that never is.
//
// https://dom.spec.whatwg.org/#create-a-dependent-abort-signal
func NewDependentSignal(realm *qjs.Realm, source *AbortSignal) *AbortSignal {
	s := newAbortSignal(realm)
	switch {
	case source == nil:
	case source.aborted:
		s.setAborted(source.reason.Value())
	default:
		s.dependOn(source)
	}
	return s
}
