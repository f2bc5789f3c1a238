package webidl

import (
	"errors"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// table is an interface with its functions in the engine's form: the same for all realms, so that a
// realm only makes function objects of them.
type table struct {
	constructor                   *qjs.Static
	members, statics, unforgeable []member
	unscopables                   []string
	pairs                         *pairFunctions // of one with a pair iterator
}

// member is an attribute (get, set) or an operation (method).
type member struct {
	name             string
	get, set, method *qjs.Static

	exposed                            Exposure
	secureContext, crossOriginIsolated bool
}

func (m *member) accessors(realm *qjs.Realm) (get, set qjs.Value) {
	get = realm.NewStatic(m.get)
	if m.set != nil {
		set = realm.NewStatic(m.set)
	}
	return get, set
}

func (i *Interface) compile() *table {
	i.once.Do(func() {
		t := &i.table
		t.constructor = qjs.NewStaticConstructor(i.Name, i.ConstructorLength, i.construct)
		where := i.Exposed
		if where == 0 {
			where = Everywhere
		}
		for _, a := range i.Attributes {
			t.add(a.member(where, i), a.Unforgeable)
		}
		for _, o := range i.Operations {
			t.add(o.member(where, i), o.Unforgeable)
			if o.Unscopable {
				t.unscopables = append(t.unscopables, o.Name)
			}
		}
		for _, a := range i.StaticAttributes {
			t.statics = append(t.statics, a.member(where, nil))
		}
		if i.Iterable != nil && i.Iterable.Pair != nil {
			t.pairs = i.compilePairs()
		}
		for _, o := range i.Statics {
			t.statics = append(t.statics, o.member(where, nil))
		}
	})
	return &i.table
}

func (t *table) add(m member, unforgeable bool) {
	if unforgeable {
		t.unforgeable = append(t.unforgeable, m)
	} else {
		t.members = append(t.members, m)
	}
}

// member makes the attribute's functions, of an interface unless it is static.
//
// https://webidl.spec.whatwg.org/#dfn-attribute-getter and #dfn-attribute-setter
func (a *Attribute) member(where Exposure, of *Interface) member {
	if a.Exposed != 0 {
		where = a.Exposed
	}
	m := member{name: a.Name, exposed: where, secureContext: a.SecureContext, crossOriginIsolated: a.CrossOriginIsolated}
	get := branded(of, a.Get)
	if a.LenientThis {
		get = lenient(get)
	}
	if a.Promise {
		get = rejecting(get)
	}
	m.get = qjs.NewStatic("get "+a.Name, 0, get)
	if set := a.setter(of); set != nil {
		m.set = qjs.NewStatic("set "+a.Name, 1, set)
	}
	return m
}

// setter returns the function of the attribute's setter, nil if it has none.
func (a *Attribute) setter(of *Interface) qjs.Func {
	name := a.Name
	switch {
	case a.Set != nil:
		set := branded(of, a.Set)
		if a.LenientThis {
			set = lenient(set)
		}
		return func(c *qjs.Call) (qjs.Value, error) {
			if len(c.Args) == 0 {
				return qjs.Value{}, notEnough(name, 1, 0)
			}
			_, err := set(c)
			return qjs.Value{}, err
		}
	case a.Replaceable:
		return func(c *qjs.Call) (qjs.Value, error) {
			this, err := thisObject(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, this.Define(c.Realm, name, c.Arg(0), qjs.Ordinary)
		}
	case a.PutForwards != "":
		to, get := a.PutForwards, branded(of, a.Get)
		return func(c *qjs.Call) (qjs.Value, error) {
			q, err := get(c)
			if err != nil {
				return qjs.Value{}, err
			}
			if !q.IsObject() {
				return qjs.Value{}, TypeError("the value of '%s' is not an object", name)
			}
			return qjs.Value{}, q.Set(c.Realm, to, c.Arg(0))
		}
	case a.LenientSetter:
		return func(c *qjs.Call) (qjs.Value, error) {
			_, err := thisObject(c)
			return qjs.Value{}, err
		}
	}
	return nil
}

// thisObject is `this` of a setter that needs no more than a platform object.
func thisObject(c *qjs.Call) (qjs.Value, error) {
	this := c.This
	if this.IsNullish() {
		this = c.Realm.Global()
	}
	if _, ok := as[Object](c.Realm, this); !ok {
		return this, errIllegalInvocation
	}
	return this, nil
}

// member makes the operation's function, of an interface unless it is static.
//
// https://webidl.spec.whatwg.org/#dfn-create-operation-function
func (o *Operation) member(where Exposure, of *Interface) member {
	if o.Exposed != 0 {
		where = o.Exposed
	}
	steps := branded(of, requiring(o.Name, o.Length, o.Func))
	if o.Promise {
		steps = rejecting(steps)
	}
	return member{
		name: o.Name, method: qjs.NewStatic(o.Name, o.Length, steps),
		exposed: where, secureContext: o.SecureContext, crossOriginIsolated: o.CrossOriginIsolated,
	}
}

// branded checks that `this` implements the interface of a member. What is no platform object of
// this package, such as a WindowProxy of another origin, is left to the member's own check.
//
// https://webidl.spec.whatwg.org/#dfn-create-operation-function, steps 2.1.2.1 to 2.1.2.4
func branded(of *Interface, f qjs.Func) qjs.Func {
	if of == nil {
		return f
	}
	return func(c *qjs.Call) (qjs.Value, error) {
		this := c.This
		if this.IsNullish() {
			this = c.Realm.Global()
		}
		if !this.IsObject() {
			return qjs.Value{}, errIllegalInvocation
		}
		if o, ok := as[Object](c.Realm, this); ok {
			if !of.implementedBy(o) {
				return qjs.Value{}, errIllegalInvocation
			}
		} else if this.GoObject() == nil {
			return qjs.Value{}, errIllegalInvocation
		}
		return f(c)
	}
}

// implementedBy reports whether the object is of the interface, or one that inherits from it.
func (i *Interface) implementedBy(o Object) bool {
	for k := o.platform().iface; k != nil; k = k.Parent {
		if k == i {
			return true
		}
	}
	return false
}

// requiring checks how many arguments there are.
//
// https://webidl.spec.whatwg.org/#dfn-overload-resolution-algorithm, step 4
func requiring(name string, n int, f qjs.Func) qjs.Func {
	if n == 0 {
		return f
	}
	return func(c *qjs.Call) (qjs.Value, error) {
		if len(c.Args) < n {
			return qjs.Value{}, notEnough(name, n, len(c.Args))
		}
		return f(c)
	}
}

func notEnough(name string, required, present int) error {
	plural := "s"
	if required == 1 {
		plural = ""
	}
	return TypeError("'%s': %d argument%s required, but only %d present", name, required, plural, present)
}

// rejecting makes errors rejections.
//
// https://webidl.spec.whatwg.org/#dfn-create-operation-function, step 2.2 (and if an
// exception was thrown)
func rejecting(f qjs.Func) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		v, err := f(c)
		if err == nil || !Catchable(err) {
			return v, err
		}
		return RejectedPromise(c.Realm, err), nil
	}
}

// lenient makes undefined of an illegal invocation.
func lenient(f qjs.Func) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		v, err := f(c)
		if errors.Is(err, errIllegalInvocation) {
			return qjs.Value{}, nil
		}
		return v, err
	}
}

// construct is what calling the interface object does.
//
// https://webidl.spec.whatwg.org/#internally-create-a-new-object-implementing-the-interface
func (i *Interface) construct(c *qjs.Call) (qjs.Value, error) {
	if i.Constructor == nil {
		return qjs.Value{}, TypeError("Illegal constructor")
	}
	if len(c.Args) < i.ConstructorLength {
		return qjs.Value{}, notEnough(i.Name, i.ConstructorLength, len(c.Args))
	}
	made, err := i.Constructor(c)
	if err != nil {
		return qjs.Value{}, err
	}
	if v, ok := made.(qjs.Value); ok {
		return v, nil
	}
	o := made.(Object)
	if p := o.platform(); p.realm == nil {
		p.realm, p.iface = c.Realm, i
	}
	// 1. newTarget's prototype, else that of the interface in newTarget's realm.
	prototype, err := c.NewTarget.Get(c.Realm, "prototype")
	if err != nil {
		return qjs.Value{}, err
	}
	if !prototype.IsObject() {
		prototype = InterfacePrototype(qjs.RealmOf(c.NewTarget), i)
	}
	return wrap(o, prototype), nil
}
