package heap

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// sharedMemory represents a SharedArrayBuffer on its way.
type sharedMemory struct {
	agentCluster any
	block        *qjs.SharedBlock
}

// sharedBuffer returns the data of a SharedArrayBuffer, which travels by reference.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal,
// step 13.1
func (s *source) sharedBuffer(w *writer, v qjs.Value) (clone.BufferData, error) {
	realm := settings.Of(s.message.realm)
	if !realm.IsCrossOriginIsolated {
		return clone.BufferData{}, refuse(w, "a SharedArrayBuffer can only be cloned where crossOriginIsolated is true")
	}
	if s.message.forStorage {
		return clone.BufferData{}, refuse(w, "a SharedArrayBuffer cannot be stored")
	}
	bytes, _ := v.Bytes()
	data := clone.BufferData{Identity: identity(v), Data: bytes, MaxByteLength: v.BufferMaxLen(), Resizable: v.BufferMaxLen() >= 0}
	if !w.Written(data.Identity) {
		data.Beside = clone.NewSharedMemory(&sharedMemory{realm.AgentCluster, v.SharedBlock()}, bytes)
	}
	return data, nil
}

// sharedBuffer makes a SharedArrayBuffer of the same memory.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize, step 10
func (b *builder) sharedBuffer(o *clone.SharedArrayBuffer) (qjs.Value, error) {
	memory, ok := o.Memory().(*sharedMemory)
	if !ok || memory.agentCluster != settings.Of(b.realm).AgentCluster {
		return qjs.Value{}, webidl.DOMException("DataCloneError", "the SharedArrayBuffer is of another agent cluster")
	}
	return b.realm.AdoptShared(memory.block)
}
