package host

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// storage is a Storage object.
//
// https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface
type storage struct {
	webidl.Platform
	area    *storageArea
	window  *window
	session bool
}

var storageInterface = &webidl.Interface{Name: "Storage", Exposed: webidl.Window}

func init() { // changes are told to other windows, which makes Storage objects
	storageInterface.Attributes = []webidl.Attribute{{Name: "length", Get: webidl.Getter(func(_ *qjs.Realm, s *storage) (qjs.Value, error) {
		return qjs.Int(int32(len(s.area.list()))), nil
	})}}
	storageInterface.Operations = []webidl.Operation{
		{Name: "key", Length: 1, Func: webidl.Method(func(c *qjs.Call, s *storage) (qjs.Value, error) {
			index, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if keys := s.area.list(); err == nil && int64(index) < int64(len(keys)) {
				return c.Realm.String(keys[index]), nil
			}
			return qjs.Null(), err
		})},
		{Name: "getItem", Length: 1, Func: webidl.Method(func(c *qjs.Call, s *storage) (qjs.Value, error) {
			key, err := webidl.DOMString(c.Realm, c.Arg(0))
			if v, ok := s.area.get(key); ok && err == nil {
				return c.Realm.String(v), nil
			}
			return qjs.Null(), err
		})},
		{Name: "setItem", Length: 2, Func: webidl.Method(func(c *qjs.Call, s *storage) (qjs.Value, error) {
			key, err := webidl.DOMString(c.Realm, c.Arg(0))
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Undefined(), s.set(c.Realm, key, c.Arg(1))
		})},
		{Name: "removeItem", Length: 1, Func: webidl.Method(func(c *qjs.Call, s *storage) (qjs.Value, error) {
			key, err := webidl.DOMString(c.Realm, c.Arg(0))
			if err == nil {
				s.remove(key)
			}
			return qjs.Undefined(), err
		})},
		{Name: "clear", Func: webidl.Method(func(_ *qjs.Call, s *storage) (qjs.Value, error) {
			if s.area.clear() {
				s.broadcast(nil, nil, nil)
			}
			return qjs.Undefined(), nil
		})},
	}
}

func (s *storage) set(realm *qjs.Realm, key string, v qjs.Value) error {
	value, err := webidl.DOMString(realm, v)
	if err != nil {
		return err
	}
	old, had := s.area.get(key)
	if had && old == value {
		return nil
	}
	if !s.area.set(key, value) {
		return webidl.DOMException("QuotaExceededError", "the storage has no room for the value")
	}
	before := &old
	if !had {
		before = nil
	}
	s.broadcast(&key, before, &value)
	return nil
}

func (s *storage) remove(key string) {
	if old, had := s.area.get(key); had {
		s.area.remove(key)
		s.broadcast(&key, &old, nil)
	}
}

// isMember reports whether a name is one of the interface: named properties do not hide those.
func (s *storage) isMember(realm *qjs.Realm, key qjs.Key) bool {
	has, err := webidl.InterfacePrototype(realm, storageInterface).Has(realm, key)
	return err != nil || has
}

// GetNamed implements [qjs.Named], as do the methods below.
func (s *storage) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	name, ok := key.Name(realm)
	if !ok || s.isMember(realm, key) {
		return qjs.Property{}, false, nil
	}
	v, ok := s.area.get(name)
	if !ok {
		return qjs.Property{}, false, nil
	}
	return qjs.Property{Value: realm.String(v), Flags: qjs.Ordinary}, true, nil
}

// SetNamed stores.
func (s *storage) SetNamed(realm *qjs.Realm, key qjs.Key, value qjs.Value) (mine, ok bool, err error) {
	name, ok := key.Name(realm)
	if !ok || s.isMember(realm, key) {
		return false, false, nil
	}
	return true, true, s.set(realm, name, value)
}

// DeleteNamed removes.
func (s *storage) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	name, ok := key.Name(realm)
	if !ok || s.isMember(realm, key) {
		return false, false, nil
	}
	s.remove(name)
	return true, true, nil
}

// NamedKeys lists the keys.
func (s *storage) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for _, key := range s.area.list() {
		keys = append(keys, realm.String(key))
	}
	return keys, nil
}

type storageSlot struct{ session bool }

// storageOf returns the localStorage or sessionStorage of a window.
//
// https://html.spec.whatwg.org/multipage/webstorage.html#dom-localstorage
func storageOf(session bool) qjs.Func {
	return webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) { return w.storage(session) })
}

func (w *window) storage(session bool) (qjs.Value, error) {
	if w.origin.Opaque() {
		return qjs.Value{}, securityError()
	}
	realm := w.settings.Realm
	return w.settings.Slot(storageSlot{session}, func() any {
		from := &w.host.storages
		if session {
			w.host.mu.Lock()
			from = &w.navigable.top().session
			w.host.mu.Unlock()
		}
		area := from.area(w.settings.StorageKey())
		ref := realm.Runtime().NewRef(webidl.Wrap(realm, storageInterface, &storage{area: area, window: w, session: session}))
		w.settings.OnDestroy(ref.Free)
		return ref
	}).(*qjs.Ref).Value(), nil
}
