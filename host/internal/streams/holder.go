package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// stream is what is held.
type stream interface {
	webidl.Object
	Interface() *webidl.Interface
}

// holder is how a reader, writer or controller holds the wrapper of its stream: both wrappers must
// be there. The one that is made last says so; while a constructor runs a script, that of the
// stream is not there yet.
type holder struct {
	realm  *qjs.Realm
	of     func() (s stream, wrapped bool)
	exists bool // the wrapper that holds is there
	held   *qjs.Ref
}

func (h *holder) hold() {
	if !h.exists || h.held != nil || h.of == nil {
		return
	}
	if s, wrapped := h.of(); wrapped {
		h.held = h.realm.Runtime().NewRef(webidl.ValueOf(s))
	}
}

// release lets go.
func (h *holder) release() {
	h.held.Free()
	h.held, h.of = nil, nil
}

// made is called when the wrapper that holds is there.
func (h *holder) made() {
	h.exists = true
	if h.of == nil {
		return
	}
	if s, wrapped := h.of(); !wrapped && s.Interface() != nil {
		webidl.ValueOf(s) // a stream of the host is wrapped when it is needed
	}
	h.hold()
}

// gone is called when it was collected; what it held is freed already.
func (h *holder) gone() { h.exists, h.held = false, nil }
