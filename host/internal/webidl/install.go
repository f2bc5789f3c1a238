package webidl

import (
	"errors"
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Install makes the interfaces that are exposed in the realm properties of its global.
//
// https://webidl.spec.whatwg.org/#define-the-global-property-references
func Install(realm *qjs.Realm, interfaces ...*Interface) {
	defer realm.Runtime().Enter()()
	e, global := Of(realm), realm.Global()
	for _, i := range interfaces {
		if !e.exposed(i.Exposed, i.SecureContext, i.CrossOriginIsolated) {
			continue
		}
		if i.Deserialize != nil {
			if e.serializable == nil {
				e.serializable = map[string]*Interface{}
			}
			e.serializable[i.Name] = i
		}
		names := i.globalNames()
		must(global.DefineLazy(realm, i.Name, names[0]))
		if e.Kind == Window {
			for n, alias := range i.Aliases {
				must(global.DefineLazy(realm, alias, names[1+n]))
			}
		}
	}
}

// globalNames returns the properties that the interface object is of a global: its name
// and its aliases.
//
// OPTIMIZATION: an interface object is made when it is needed: few scripts use more than
// a few of them.
func (i *Interface) globalNames() []*qjs.Lazy {
	i.namesOnce.Do(func() {
		object := func(realm *qjs.Realm) qjs.Value { return InterfaceObject(realm, i) }
		i.names = append(i.names, qjs.NewLazy(i.Name, object))
		for _, alias := range i.Aliases {
			i.names = append(i.names, qjs.NewLazy(alias, object))
		}
	})
	return i.names
}

// InstallGlobal makes the global object implement a [Global] interface: o is what it stands
// for from now on.
//
// https://webidl.spec.whatwg.org/#Global
func InstallGlobal(realm *qjs.Realm, iface *Interface, o Object) {
	defer realm.Runtime().Enter()()
	e, global := Of(realm), realm.Global()
	p := o.platform()
	p.realm, p.iface, p.global = realm, iface, true
	e.global = o
	_, err := global.Delete(realm, qjs.SymbolToStringTag) // the engine's own; the prototype has one
	must(err)
	must(global.SetPrototype(realm, e.install(realm, iface).prototype.Value()))
	for i := iface; i != nil; i = i.Parent {
		if i.Global {
			e.defineMembers(realm, global, i.compile().members)
		}
		e.defineUnforgeables(realm, global, i)
	}
	global.FixPrototype()
	if e.Kind != Window {
		FixPrototypes(realm, iface)
	}
}

// FixPrototypes makes the prototypes of the interface prototype objects of a global immutable, once
// they are what they shall be: a window's gets its named properties object first.
//
// https://webidl.spec.whatwg.org/#js-immutable-prototype
func FixPrototypes(realm *qjs.Realm, iface *Interface) {
	for i := iface; i != nil && i.Parent != nil; i = i.Parent {
		InterfacePrototype(realm, i).FixPrototype()
	}
}

// install makes the interface object and the interface prototype object, unless there are some.
//
// https://webidl.spec.whatwg.org/#create-an-interface-object
// and #create-an-interface-prototype-object
func (e *Environment) install(realm *qjs.Realm, i *Interface) *installed {
	if in := e.installed[i]; in != nil {
		return in
	}
	rt := realm.Runtime()
	scope := rt.OpenScope()
	defer scope.Close()
	t := i.compile()

	parent := realm.Intrinsic("%Object.prototype%")
	object := realm.NewStatic(t.constructor)
	if i.Parent != nil {
		up := e.install(realm, i.Parent)
		parent = up.prototype.Value()
		must(object.SetPrototype(realm, up.object.Value()))
	} else if i.InheritsFrom != "" {
		parent = realm.Intrinsic(i.InheritsFrom)
	}
	prototype := realm.NewObjectWithPrototype(parent)
	in := &installed{object: rt.NewRef(object), prototype: rt.NewRef(prototype)}
	e.installed[i] = in

	must(object.Define(realm, "prototype", prototype, 0))
	e.defineMembers(realm, object, t.statics)
	e.defineConstants(realm, object, i)
	e.defineConstants(realm, prototype, i)
	if !i.Global {
		e.defineMembers(realm, prototype, t.members)
		e.defineIterable(realm, prototype, i)
	}
	if len(t.unscopables) > 0 {
		unscopables := realm.NewObjectWithPrototype(qjs.Null())
		for _, name := range t.unscopables {
			must(unscopables.Define(realm, name, qjs.Bool(true), qjs.Ordinary))
		}
		must(prototype.Define(realm, qjs.SymbolUnscopables, unscopables, qjs.Configurable))
	}
	must(prototype.Define(realm, "constructor", object, qjs.Hidden))
	must(prototype.Define(realm, qjs.SymbolToStringTag, realm.String(i.Name), qjs.Configurable))
	if i.Complete != nil {
		i.Complete(realm, prototype)
	}
	for _, m := range t.unforgeable {
		in.unforgeable = append(in.unforgeable, e.unforgeable(realm, m)...)
	}
	return in
}

// must is for what fails only by a mistake of this package, such as defining a new property of an
// object that no script has seen; or because the engine was told to end, or has no memory left:
// then nothing more comes of the realm, and the error is passed over.
func must(err error) {
	var thrown *qjs.Exception
	if errors.As(err, &thrown) && strings.HasPrefix(thrown.Message, "TypeError") {
		panic(err)
	}
}

// defineMembers defines attributes and operations.
//
// https://webidl.spec.whatwg.org/#define-the-regular-attributes and #define-the-regular-operations
func (e *Environment) defineMembers(realm *qjs.Realm, target qjs.Value, members []member) {
	for _, m := range members {
		switch {
		case !e.exposed(m.exposed, m.secureContext, m.crossOriginIsolated):
		case m.method != nil:
			must(target.Define(realm, m.name, realm.NewStatic(m.method), qjs.Ordinary))
		default:
			get, set := m.accessors(realm)
			must(target.DefineAccessor(realm, m.name, get, set, qjs.Configurable|qjs.Enumerable))
		}
	}
}

func (e *Environment) defineConstants(realm *qjs.Realm, target qjs.Value, i *Interface) {
	for _, c := range i.Constants {
		must(target.Define(realm, c.Name, qjs.Number(c.Value), qjs.Enumerable))
	}
}

// unforgeable makes the functions that all objects of the realm share: one of an operation, two
// of an attribute.
func (e *Environment) unforgeable(realm *qjs.Realm, m member) []*qjs.Ref {
	rt := realm.Runtime()
	if m.method != nil {
		return []*qjs.Ref{rt.NewRef(realm.NewStatic(m.method))}
	}
	get, set := m.accessors(realm)
	return []*qjs.Ref{rt.NewRef(get), rt.NewRef(set)}
}

// model returns an object that has the own properties that each object of the interface gets: its
// unforgeable members.
//
// OPTIMIZATION: the engine forgets the layout of objects that are gone. As long as there is one,
// and an empty one, the next gets its layout without a search.
func (e *Environment) model(realm *qjs.Realm, iface *Interface) qjs.Value {
	in := e.install(realm, iface)
	if in.models != nil {
		return in.models[1].Value()
	}
	rt, prototype := realm.Runtime(), in.prototype.Value()
	full := realm.NewObjectWithPrototype(prototype)
	for i := iface; i != nil; i = i.Parent {
		e.defineUnforgeables(realm, full, i)
	}
	in.models = []*qjs.Ref{rt.NewRef(realm.NewObjectWithPrototype(prototype)), rt.NewRef(full)}
	return full
}

// defineUnforgeables defines the unforgeable members of an interface on one of its objects.
//
// https://webidl.spec.whatwg.org/#define-the-unforgeable-regular-attributes
func (e *Environment) defineUnforgeables(realm *qjs.Realm, target qjs.Value, i *Interface) {
	members := i.compile().unforgeable
	if len(members) == 0 {
		return
	}
	functions := e.install(realm, i).unforgeable
	for _, m := range members {
		if m.method != nil {
			must(target.Define(realm, m.name, functions[0].Value(), qjs.Enumerable))
			functions = functions[1:]
			continue
		}
		must(target.DefineAccessor(realm, m.name, functions[0].Value(), functions[1].Value(), qjs.Enumerable))
		functions = functions[2:]
	}
}
