package heap

import (
	"sync"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Message is a script value to be posted. It is a [clone.Serializer]: the methods of package
// entangle that post messages serialize it once, at their step for that. It is valid in the scope
// in which it was made.
type Message struct {
	source   *source // that it is part of
	realm    *qjs.Realm
	value    qjs.Value
	objects  []qjs.Value          // the transfer list
	transfer []clone.Transferable // the same for package clone
	refused  string               // why the list is refused, or ""

	forStorage bool
}

// Transferable is a Go object behind a wrapper that can be transferred.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#transferable-objects
type Transferable interface {
	// Transferable returns the Go object to transfer: a port, or a [clone.Transferable] that is its
	// own [clone.Holder] and whose Value is a [clone.PlatformObject].
	Transferable() clone.Transferable
	// Transferred is called after the transfer.
	Transferred()
}

// NewMessage returns a message for a value, with a transfer list. Errors of the list show when the
// message is serialized. Exceptions of the engine belong to realm, which also says whether a
// SharedArrayBuffer may be sent.
func NewMessage(realm *qjs.Realm, value qjs.Value, transfer []qjs.Value) *Message {
	s := sources.Get().(*source)
	m := &s.message
	*m = Message{source: s, realm: realm, value: value, objects: transfer}
	for i, v := range transfer {
		t, reason := transferable(realm, v)
		if reason == "" && contains(transfer[:i], v) {
			reason = "is in the list twice"
		}
		if reason != "" {
			m.refuse(i, v, reason)
			continue
		}
		m.transfer = append(m.transfer, t)
	}
	return m
}

func (m *Message) refuse(i int, v qjs.Value, reason string) {
	if m.refused == "" {
		m.refused = describe(v) + " at index " + itoa(i) + " of the transfer list " + reason
	}
}

// transferable returns the Go object behind an object that can be transferred, or an error.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer,
// step 2
func transferable(realm *qjs.Realm, v qjs.Value) (t clone.Transferable, reason string) {
	switch v.Class() {
	case qjs.ClassArrayBuffer:
		return &buffer{realm: realm, value: v}, ""
	case qjs.ClassSharedArrayBuffer:
		return nil, "cannot be transferred: it is shared"
	}
	if object, ok := v.GoObject().(Transferable); ok {
		return object.Transferable(), ""
	}
	return nil, "cannot be transferred"
}

func contains(list []qjs.Value, v qjs.Value) bool {
	for _, w := range list {
		if w.SameObject(v) {
			return true
		}
	}
	return false
}

// Transfer returns the transfer list for package entangle.
func (m *Message) Transfer() []clone.Transferable { return m.transfer }

// SerializeWithTransfer implements [clone.Serializer]. An exception that a getter throws is
// returned as a *[qjs.Exception].
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer
func (m *Message) SerializeWithTransfer(into *clone.Record, transfer []clone.Transferable) error {
	// 1-2. The transfer list.
	if m.refused != "" {
		return webidl.DOMException("DataCloneError", "%s", m.refused)
	}
	// 3-5. Serialize and transfer.
	s := m.source
	err := s.writer.Serialize(into, s, m.value, transfer)
	if room := settings.Of(m.realm).Room; err == nil && room != nil {
		err = room(into.Size())
	}
	for _, v := range m.objects {
		if object, ok := v.GoObject().(Transferable); ok && object.Transferable().Detached() {
			object.Transferred() // perhaps also if one after it in the list could not be
		}
	}
	*m = Message{}
	sources.Put(s)
	return err
}

// sources are kept with their writers and messages for the next message.
var sources = sync.Pool{New: func() any { return &source{writer: clone.NewWriter[qjs.Value]()} }}

// Serialize is StructuredSerialize.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserialize
func Serialize(realm *qjs.Realm, value qjs.Value) (*clone.Record, error) {
	return clone.Serialize(NewMessage(realm, value, nil))
}

// SerializeForStorage is StructuredSerializeForStorage: shared memory cannot be stored.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeforstorage
func SerializeForStorage(realm *qjs.Realm, value qjs.Value) (*clone.Record, error) {
	m := NewMessage(realm, value, nil)
	m.forStorage = true
	return clone.Serialize(m)
}

// Deserialize is StructuredDeserialize of a record that was received already: ports are the
// wrappers of its ports, in order. The error is a DataCloneError or the engine's exception.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize
func Deserialize(realm *qjs.Realm, record *clone.Record, ports []qjs.Value) (qjs.Value, error) {
	b := builders.Get().(*builder)
	b.realm, b.ports = realm, ports
	var v qjs.Value
	var err error
	if full := realm.Runtime().Guard(func() { v, err = b.reader.Build(b, record) }); full != nil {
		return qjs.Value{}, noMemory(full)
	}
	b.realm, b.ports = nil, nil
	builders.Put(b)
	return v, err
}

// builders are kept with their readers for the next message.
var builders = sync.Pool{New: func() any { return new(builder) }}
