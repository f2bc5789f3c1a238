package host

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// remoteMember is a property that script of other origins may use.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginproperties-(-o-)
type remoteMember struct {
	name   string
	length int
	method func(*qjs.Call, *navigable) (qjs.Value, error)
	get    func(*qjs.Call, *navigable) (qjs.Value, error)
	set    func(*qjs.Call, *navigable) (qjs.Value, error)
}

// remoteObject is a Window or Location of another origin: everything about it that is not one of
// its members is a SecurityError.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#cross-origin-objects
type remoteObject struct {
	navigable *navigable
	members   []remoteMember
}

func securityError() error {
	return webidl.DOMException("SecurityError", "the object is of another origin")
}

// remoteFunctions are the functions of remote objects that a realm has seen.
type remoteFunctions struct{ refs map[remoteKey]*qjs.Ref }

type remoteKey struct {
	navigable *navigable
	kind      string // "get", "set" or "method"
	name      string
	location  bool
}

type remoteFunctionsKey struct{}

// function returns the realm's function for a member, always the same one.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossorigingetownpropertyhelper-(-o,-p-)
func (o *remoteObject) function(realm *qjs.Realm, kind string, m *remoteMember, length int,
	f func(*qjs.Call, *navigable) (qjs.Value, error)) qjs.Value {
	s := settings.Of(realm)
	functions := s.Slot(remoteFunctionsKey{}, func() any {
		functions := &remoteFunctions{refs: map[remoteKey]*qjs.Ref{}}
		s.OnDestroy(func() {
			for _, ref := range functions.refs {
				ref.Free()
			}
		})
		return functions
	}).(*remoteFunctions)
	key := remoteKey{o.navigable, kind, m.name, len(o.members) == len(remoteLocationMembers)}
	if ref := functions.refs[key]; ref != nil {
		return ref.Value()
	}
	name := m.name
	if kind != "method" {
		name = kind + " " + name
	}
	n := o.navigable
	v := realm.NewFunction(name, length, func(c *qjs.Call) (qjs.Value, error) {
		if len(c.Args) < length {
			return qjs.Value{}, webidl.TypeError("%s: %d arguments are required", m.name, length)
		}
		return f(c, n)
	})
	functions.refs[key] = realm.Runtime().NewRef(v)
	return v
}

func (o *remoteObject) member(name string) *remoteMember {
	for i := range o.members {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

// own returns the property of a member.
func (o *remoteObject) own(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool) {
	name, ok := key.Name(realm)
	m := o.member(name)
	if !ok || m == nil {
		return qjs.Property{}, false
	}
	if m.method != nil {
		return qjs.Property{Value: o.function(realm, "method", m, m.length, m.method), Flags: qjs.Configurable}, true
	}
	p := qjs.Property{Accessor: true, Flags: qjs.Configurable}
	if m.get != nil {
		p.Get = o.function(realm, "get", m, 0, m.get)
	}
	if m.set != nil {
		p.Set = o.function(realm, "set", m, 1, m.set)
	}
	return p, true
}

// fallback returns the property of a name that script of the language itself asks for, or the
// SecurityError of any other.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginpropertyfallback-(-p-)
func fallback(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if name, ok := key.Name(realm); ok && name == "then" {
		return qjs.Property{Flags: qjs.Configurable}, true, nil
	}
	for _, symbol := range []qjs.Key{qjs.SymbolToStringTag, qjs.SymbolHasInstance, qjs.SymbolIsConcatSpreadable} {
		if key == symbol {
			return qjs.Property{Flags: qjs.Configurable}, true, nil
		}
	}
	return qjs.Property{}, false, securityError()
}

// GetOwnProperty implements [qjs.Exotic], as do the methods below.
func (o *remoteObject) GetOwnProperty(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if p, ok := o.own(realm, key); ok {
		return p, true, nil
	}
	return fallback(realm, key)
}

func (o *remoteObject) GetPrototypeOf(*qjs.Realm) (qjs.Value, error) { return qjs.Null(), nil }
func (o *remoteObject) SetPrototypeOf(_ *qjs.Realm, prototype qjs.Value) (bool, error) {
	return prototype.IsNull(), nil
}
func (o *remoteObject) IsExtensible(*qjs.Realm) (bool, error)      { return true, nil }
func (o *remoteObject) PreventExtensions(*qjs.Realm) (bool, error) { return false, nil }
func (o *remoteObject) DefineOwnProperty(*qjs.Realm, qjs.Key, qjs.PropertyChange) (bool, error) {
	return false, securityError()
}

func (o *remoteObject) HasProperty(realm *qjs.Realm, key qjs.Key) (bool, error) {
	_, found, err := o.GetOwnProperty(realm, key)
	return found, err
}

// GetProperty is CrossOriginGet.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginget-(-o,-p,-receiver-)
func (o *remoteObject) GetProperty(realm *qjs.Realm, key qjs.Key, receiver qjs.Value) (qjs.Value, error) {
	p, _, err := o.GetOwnProperty(realm, key)
	return getRemote(realm, p, receiver, err)
}

func getRemote(realm *qjs.Realm, p qjs.Property, receiver qjs.Value, err error) (qjs.Value, error) {
	switch {
	case err != nil:
		return qjs.Value{}, err
	case !p.Accessor:
		return p.Value, nil
	case p.Get.IsUndefined():
		return qjs.Value{}, securityError()
	}
	return p.Get.Call(realm, receiver)
}

// SetProperty is CrossOriginSet.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginset-(-o,-p,-v,-receiver-)
func (o *remoteObject) SetProperty(realm *qjs.Realm, key qjs.Key, value, receiver qjs.Value) (bool, error) {
	p, ok := o.own(realm, key)
	if !ok || p.Set.IsUndefined() {
		return false, securityError()
	}
	_, err := p.Set.Call(realm, receiver, value)
	return err == nil, err
}

func (o *remoteObject) DeleteProperty(*qjs.Realm, qjs.Key) (bool, error) {
	return false, securityError()
}

// OwnPropertyKeys is CrossOriginOwnPropertyKeys.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#crossoriginownpropertykeys-(-o-)
func (o *remoteObject) OwnPropertyKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for _, m := range o.members {
		keys = append(keys, realm.String(m.name))
	}
	keys = append(keys, realm.String("then"))
	for _, symbol := range []qjs.Key{qjs.SymbolToStringTag, qjs.SymbolHasInstance, qjs.SymbolIsConcatSpreadable} {
		keys = append(keys, symbol.Value(realm))
	}
	return keys, nil
}
