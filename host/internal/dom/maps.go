package dom

import (
	"strconv"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func itoa(i int) string { return strconv.Itoa(i) }

// attached is an object that shows an attribute or all attributes of an element, and keeps the
// element's wrapper.
type attached struct {
	webidl.Platform
	element *Element
	ref     *qjs.Ref
}

// Wrapped is called when the wrapper was made.
func (a *attached) Wrapped() { a.ref = a.Realm().Runtime().NewRef(a.element.Value()) }

// Trace implements [qjs.Tracer].
func (a *attached) Trace(visit func(*qjs.Ref)) { visit(a.ref) }

// NamedNodeMap is the list of an element's attributes.
//
// https://dom.spec.whatwg.org/#interface-namednodemap
type NamedNodeMap struct{ attached }

// GetNamed implements [qjs.Named].
func (m *NamedNodeMap) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if i, ok := key.Index(); ok {
		if i >= len(m.element.attributes) {
			return qjs.Property{}, false, nil
		}
		return qjs.Property{Value: m.element.attributes[i].AsValue(), Flags: qjs.Configurable | qjs.Enumerable}, true, nil
	}
	name, ok := key.Name(realm)
	if !ok || inherits(realm, m, key) {
		return qjs.Property{}, false, nil
	}
	a := m.element.AttrByName(name)
	return qjs.Property{Value: a.AsValue(), Flags: qjs.Configurable}, a != nil, nil
}

// SetNamed implements [qjs.Named].
func (m *NamedNodeMap) SetNamed(realm *qjs.Realm, key qjs.Key, _ qjs.Value) (mine, ok bool, err error) {
	_, found, err := m.GetNamed(realm, key)
	return found, false, err
}

// DeleteNamed implements [qjs.Named].
func (m *NamedNodeMap) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, found, err := m.GetNamed(realm, key)
	return found, false, err
}

// NamedKeys implements [qjs.Named].
func (m *NamedNodeMap) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var indices, names []qjs.Value
	for i, a := range m.element.attributes {
		indices = append(indices, realm.String(itoa(i)))
		if name := a.QualifiedName(); !m.element.IsHTML() || name == lower(name) {
			names = append(names, realm.String(name))
		}
	}
	return append(indices, names...), nil
}

// StringMap is the dataset of an element: its data-* attributes.
//
// https://html.spec.whatwg.org/multipage/dom.html#domstringmap
type StringMap struct{ attached }

// dataName is the property's name of an attribute: "data-foo-bar" is fooBar.
func dataName(attribute string) (string, bool) {
	rest, ok := strings.CutPrefix(attribute, "data-")
	if !ok || rest != lower(rest) {
		return "", false
	}
	var b []byte
	for i := 0; i < len(rest); i++ {
		if rest[i] == '-' && i+1 < len(rest) && rest[i+1] >= 'a' && rest[i+1] <= 'z' {
			i++
			b = append(b, rest[i]-('a'-'A'))
		} else {
			b = append(b, rest[i])
		}
	}
	return string(b), true
}

// dataAttribute is the attribute's name of a property; ok is false of a name that no
// attribute can have.
func dataAttribute(name string) (attribute string, ok bool) {
	b := []byte("data-")
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '-' && i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z':
			return "", false
		case c >= 'A' && c <= 'Z':
			b = append(b, '-', c+('a'-'A'))
		default:
			b = append(b, c)
		}
	}
	return string(b), true
}

// GetNamed implements [qjs.Named].
func (m *StringMap) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	name, ok := key.Name(realm)
	if !ok {
		return qjs.Property{}, false, nil
	}
	attribute, ok := dataAttribute(name)
	if !ok {
		return qjs.Property{}, false, nil
	}
	value, ok := m.element.Get(attribute)
	return qjs.Property{Value: realm.String(value), Flags: qjs.Ordinary}, ok, nil
}

// SetNamed implements [qjs.Named].
func (m *StringMap) SetNamed(realm *qjs.Realm, key qjs.Key, v qjs.Value) (mine, ok bool, err error) {
	name, ok := key.Name(realm)
	if !ok {
		return false, false, nil
	}
	value, err := webidl.DOMString(realm, v)
	if err != nil {
		return true, false, err
	}
	attribute, ok := dataAttribute(name)
	if !ok {
		return true, false, webidl.DOMException("SyntaxError", "'%s' is not a valid property name", name)
	}
	if !validName(attribute) {
		return true, false, webidl.DOMException("InvalidCharacterError", "'%s' is not a valid attribute name", attribute)
	}
	if err := m.element.document.Room(len(value)); err != nil {
		return true, false, err
	}
	m.element.Set(attribute, value)
	return true, true, nil
}

// DeleteNamed implements [qjs.Named].
func (m *StringMap) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, found, err := m.GetNamed(realm, key)
	if !found || err != nil {
		return false, false, err
	}
	name, _ := key.Name(realm)
	attribute, _ := dataAttribute(name)
	m.element.Unset(attribute)
	return true, true, nil
}

// NamedKeys implements [qjs.Named].
func (m *StringMap) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for _, a := range m.element.attributes {
		if name, ok := dataName(a.local); ok && a.namespace == "" {
			keys = append(keys, realm.String(name))
		}
	}
	return keys, nil
}

// validName reports whether a name is a valid attribute or element local name.
//
// https://dom.spec.whatwg.org/#valid-attribute-local-name
func validName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "\t\n\f\r \x00/>=")
}

// validElementName reports whether it is a valid element local name.
//
// https://dom.spec.whatwg.org/#valid-element-local-name
func validElementName(name string) bool {
	if name == "" {
		return false
	}
	c := name[0]
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return !strings.ContainsAny(name, "\t\n\f\r \x00/>")
	}
	if c != ':' && c != '_' && c < 0x80 {
		return false
	}
	for i := 1; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':' || c == '_' || c >= 0x80) {
			return false
		}
	}
	return true
}
