package dom

import "github.com/entangle-go/entangle/host/internal/qjs"

// Forms and select elements have indexed and named properties: their kinds say which.

// HasNamedProperties reports whether the element has indexed or named properties.
func (e *Element) HasNamedProperties() bool { return e.kind.Item != nil }

// GetNamed implements [qjs.Named], for elements that have such properties.
func (e *Element) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if i, ok := key.Index(); ok {
		n := e.kind.Item(e, i)
		return qjs.Property{Value: n.Value(), Flags: qjs.Configurable | qjs.Enumerable}, n != nil, nil
	}
	name, ok := key.Name(realm)
	if !ok || name == "" || e.kind.NamedItem == nil {
		return qjs.Property{}, false, nil
	}
	v := e.kind.NamedItem(e, name)
	return qjs.Property{Value: v, Flags: qjs.Configurable}, !v.IsUndefined(), nil
}

// SetNamed implements [qjs.Named].
func (e *Element) SetNamed(realm *qjs.Realm, key qjs.Key, _ qjs.Value) (mine, ok bool, err error) {
	if _, index := key.Index(); index {
		return true, false, nil
	}
	return false, false, nil // a named property does not stand in the way of an attribute
}

// DeleteNamed implements [qjs.Named].
func (e *Element) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, found, err := e.GetNamed(realm, key)
	return found, false, err
}

// NamedKeys implements [qjs.Named].
func (e *Element) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := 0; e.kind.Item(e, i) != nil; i++ {
		keys = append(keys, realm.String(itoa(i)))
	}
	return keys, nil
}
