package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// Object is a Go value that implements an interface: it embeds [Platform].
type Object interface{ platform() *Platform }

// Platform is what a platform object has: its interface, its relevant realm, and its wrapper
// while there is one.
//
// https://webidl.spec.whatwg.org/#dfn-platform-object
type Platform struct {
	realm   *qjs.Realm
	iface   *Interface
	wrapper qjs.Weak // the wrapper, while it lives
	kept    *qjs.Ref // what Keep holds
	keeps   int
	global  bool // the wrapper is the realm's global object
}

// platform makes what embeds a Platform an [Object].
func (p *Platform) platform() *Platform { return p }

// Realm returns the relevant realm; nil for an object that has neither been given one
// nor been wrapped.
func (p *Platform) Realm() *qjs.Realm { return p.realm }

// Interface returns the interface that the object was made as.
func (p *Platform) Interface() *Interface { return p.iface }

// InterfaceOf returns the interface that an object was made as.
func InterfaceOf(o Object) *Interface { return o.platform().iface }

// Init says which interface a new object implements, and its relevant realm.
func Init(o Object, realm *qjs.Realm, iface *Interface) {
	p := o.platform()
	p.realm, p.iface = realm, iface
}

// ValueOf returns the wrapper of an object that was wrapped, or prepared by [Init],
// before; null for nil.
func ValueOf(o Object) qjs.Value {
	if o == nil {
		return qjs.Null()
	}
	p := o.platform()
	if v, ok := p.wrapper.Value(); ok {
		return v
	}
	if p.global {
		return p.realm.Global()
	}
	return wrap(o, InterfacePrototype(p.realm, p.iface))
}

// Wrap returns the wrapper of an object. A new one belongs to the realm, if the
// object has none yet.
//
// https://webidl.spec.whatwg.org/#new
func Wrap(realm *qjs.Realm, iface *Interface, o Object) qjs.Value {
	if p := o.platform(); p.realm == nil {
		p.realm, p.iface = realm, iface
	}
	return ValueOf(o)
}

// wrap makes the wrapper of an object that has none.
//
// https://webidl.spec.whatwg.org/#internally-create-a-new-object-implementing-the-interface,
// steps 7 to 11
func wrap(o Object, prototype qjs.Value) qjs.Value {
	p := o.platform()
	var v qjs.Value
	if named, ok := o.(qjs.Named); ok && hasNamedProperties(o) {
		v = p.realm.NewNamed(prototype, named)
	} else {
		v = p.realm.NewPlatformObject(prototype, o)
	}
	p.wrapper = v.Weak()
	v.DefineLike(p.realm, Of(p.realm).model(p.realm, p.iface))
	if w, ok := o.(interface {
		wrapped(*qjs.Realm, qjs.Value)
	}); ok {
		w.wrapped(p.realm, v)
	}
	if w, ok := o.(interface{ Wrapped() }); ok { // a node, whose wrapper is held by others
		w.Wrapped()
	}
	return v
}

// hasNamedProperties is true of a qjs.Named, unless it says that this one has none: elements are of
// one Go type, only forms have named properties.
func hasNamedProperties(o Object) bool {
	some, ok := o.(interface{ HasNamedProperties() bool })
	return !ok || some.HasNamedProperties()
}

// Keep keeps the wrapper, and the values that its object owns, from being collected until as many
// calls of Unkeep.
func Keep(o Object) {
	p := o.platform()
	if p.keeps++; p.keeps > 1 {
		return
	}
	if e := Of(p.realm); !e.keepsNothing {
		p.kept = p.realm.Runtime().NewRef(ValueOf(o))
		if e.kept == nil {
			e.kept = map[*Platform]struct{}{}
		}
		e.kept[p] = struct{}{}
	}
}

// Unkeep ends a [Keep].
func Unkeep(o Object) {
	p := o.platform()
	if p.keeps--; p.keeps == 0 {
		p.drop()
	}
}

// drop lets go of what Keep holds.
func (p *Platform) drop() {
	p.kept.Free()
	p.kept = nil
	delete(Of(p.realm).kept, p)
}

// DropKept ends what [Keep] does for all objects of a realm whose global is gone: no event comes to
// them any more.
func DropKept(realm *qjs.Realm) {
	e := Of(realm)
	e.keepsNothing = true
	for p := range e.kept {
		p.drop()
	}
}

// Release frees the values that an object owns, if it has no wrapper whose end would do that.
func Release(o Object) {
	if t, ok := o.(qjs.Tracer); ok {
		if _, wrapped := o.platform().wrapper.Value(); !wrapped {
			t.Trace((*qjs.Ref).Free)
		}
	}
}

// As returns the Go object behind a platform object, if it is a T: a pointer to a Go type, or a Go
// interface that all its subclasses implement. It does not see what a global object stands for;
// [To] and [This] do.
func As[T any](v qjs.Value) (t T, ok bool) {
	t, ok = v.GoObject().(T)
	return t, ok
}

// as is As for any object.
func as[T any](realm *qjs.Realm, v qjs.Value) (t T, ok bool) {
	if v.Class() != qjs.ClassGlobal {
		return As[T](v)
	}
	if of := realm.Runtime().RealmOfGlobal(v); of != nil {
		t, ok = any(Of(of).global).(T)
	}
	return t, ok
}

// To returns the conversion to an interface type.
//
// https://webidl.spec.whatwg.org/#js-interface
func To[T any](name string) Convert[T] {
	return func(realm *qjs.Realm, v qjs.Value) (T, error) {
		t, ok := as[T](realm, v)
		if !ok {
			return t, TypeError("the value is not of type '%s'", name)
		}
		return t, nil
	}
}

// This is the brand check of a member's `this` value: it must be a platform object, of any realm,
// whose Go object is a T. Null and undefined stand for the global object.
//
// https://webidl.spec.whatwg.org/#dfn-create-operation-function, steps 2.1.2.1 to 2.1.2.4
func This[T any](c *qjs.Call) (T, error) {
	v := c.This
	if v.IsNullish() {
		v = c.Realm.Global()
	}
	t, ok := as[T](c.Realm, v)
	if !ok {
		return t, errIllegalInvocation
	}
	return t, nil
}

var errIllegalInvocation = TypeError("Illegal invocation")

// Getter makes an attribute's getter.
func Getter[T any](get func(realm *qjs.Realm, object T) (qjs.Value, error)) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		object, err := This[T](c)
		if err != nil {
			return qjs.Value{}, err
		}
		return get(c.Realm, object)
	}
}

// Setter makes an attribute's setter.
func Setter[T any](set func(realm *qjs.Realm, object T, v qjs.Value) error) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		object, err := This[T](c)
		if err != nil {
			return qjs.Value{}, err
		}
		return qjs.Value{}, set(c.Realm, object, c.Arg(0))
	}
}

// Method makes an operation's function.
func Method[T any](steps func(c *qjs.Call, object T) (qjs.Value, error)) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		object, err := This[T](c)
		if err != nil {
			return qjs.Value{}, err
		}
		return steps(c, object)
	}
}
