package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// Iterable says how the objects of an interface are iterated over. Exactly one of its
// fields is set.
//
// https://webidl.spec.whatwg.org/#idl-iterable
type Iterable struct {
	// Pair returns the object's value pair at an index: a pair iterator reads them one by one, so that
	// it sees changes.
	Pair func(realm *qjs.Realm, object any, index int) (key, value qjs.Value, ok bool)
	// Values says that it has indexed properties and is declared iterable: it has the
	// methods of an array.
	Values bool
	// Indexed says that it has indexed properties only: just @@iterator is that of an array.
	Indexed bool
}

// kind is what an iterator gives.
type kind int

const (
	keys kind = iota
	values
	entries
)

// defineIterable defines the iteration methods.
//
// https://webidl.spec.whatwg.org/#define-the-iteration-methods
func (e *Environment) defineIterable(realm *qjs.Realm, prototype qjs.Value, i *Interface) {
	switch it := i.Iterable; {
	case it == nil:
	case it.Pair != nil:
		of := i.pairFunctions()
		entries := realm.NewStatic(of.entries)
		must(prototype.Define(realm, "entries", entries, qjs.Ordinary))
		must(prototype.Define(realm, "keys", realm.NewStatic(of.keys), qjs.Ordinary))
		must(prototype.Define(realm, "values", realm.NewStatic(of.values), qjs.Ordinary))
		must(prototype.Define(realm, "forEach", realm.NewStatic(of.forEach), qjs.Ordinary))
		must(prototype.Define(realm, qjs.SymbolIterator, entries, qjs.Hidden))
	default:
		must(prototype.Define(realm, qjs.SymbolIterator, realm.Intrinsic("%Array.prototype.values%"), qjs.Hidden))
		if it.Values {
			for _, name := range []string{"entries", "keys", "values", "forEach"} {
				must(prototype.Define(realm, name, realm.Intrinsic("%Array.prototype."+name+"%"), qjs.Ordinary))
			}
		}
	}
}

// pairFunctions are the methods of an interface with a pair iterator.
type pairFunctions struct{ entries, keys, values, forEach, next *qjs.Static }

func (i *Interface) pairFunctions() *pairFunctions {
	if i.table.pairs == nil {
		panic("webidl: " + i.Name + " is not compiled")
	}
	return i.table.pairs
}

func (i *Interface) compilePairs() *pairFunctions {
	method := func(name string, of kind) *qjs.Static {
		return qjs.NewStatic(name, 0, func(c *qjs.Call) (qjs.Value, error) {
			object, err := i.iterated(c)
			if err != nil {
				return qjs.Value{}, err
			}
			it := &iterator{iface: i, object: object, target: c.Runtime().NewRef(ValueOf(object)), kind: of}
			return c.Realm.NewPlatformObject(Of(c.Realm).iteratorPrototype(c.Realm, i), it), nil
		})
	}
	return &pairFunctions{
		entries: method("entries", entries), keys: method("keys", keys), values: method("values", values),
		forEach: qjs.NewStatic("forEach", 1, requiring("forEach", 1, i.forEach)),
		next:    qjs.NewStatic("next", 0, i.next),
	}
}

// iterated is the brand check of the iteration methods: the object must be of the interface, or one
// that inherits from it.
func (i *Interface) iterated(c *qjs.Call) (Object, error) {
	object, err := This[Object](c)
	if err != nil {
		return nil, err
	}
	if !i.implementedBy(object) {
		return nil, errIllegalInvocation
	}
	return object, nil
}

// iterator is a default iterator object.
//
// https://webidl.spec.whatwg.org/#dfn-default-iterator-object
type iterator struct {
	iface  *Interface
	object Object
	target *qjs.Ref // keeps the object's wrapper
	kind   kind
	index  int
}

// Trace implements [qjs.Tracer].
func (it *iterator) Trace(visit func(*qjs.Ref)) { visit(it.target) }

// next is https://webidl.spec.whatwg.org/#js-iterator-prototype-object.
func (i *Interface) next(c *qjs.Call) (qjs.Value, error) {
	it, ok := As[*iterator](c.This)
	if !ok || it.iface != i {
		return qjs.Value{}, TypeError("next() called on an object that is not an iterator of %s", i.Name)
	}
	key, value, ok := i.Iterable.Pair(c.Realm, it.object, it.index)
	result := c.Realm.NewObject()
	if ok {
		it.index++
		switch it.kind {
		case keys:
			value = key
		case entries:
			value = c.Realm.NewArray(key, value)
		}
	} else {
		value = qjs.Undefined()
	}
	must(result.Define(c.Realm, "value", value, qjs.Ordinary))
	must(result.Define(c.Realm, "done", qjs.Bool(!ok), qjs.Ordinary))
	return result, nil
}

// forEach is step 5 of https://webidl.spec.whatwg.org/#define-the-iteration-methods.
func (i *Interface) forEach(c *qjs.Call) (qjs.Value, error) {
	object, err := i.iterated(c)
	if err != nil {
		return qjs.Value{}, err
	}
	callback, err := CallbackFunction(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	defer callback.Free()
	wrapper := ValueOf(object)
	for index := 0; ; index++ {
		scope := c.Runtime().OpenScope()
		key, value, ok := i.Iterable.Pair(c.Realm, object, index)
		if !ok {
			scope.Close()
			return qjs.Value{}, nil
		}
		if _, err := callback.Call(c.Arg(1), value, key, wrapper); err != nil {
			return qjs.Value{}, err // the scope ends with the call
		}
		scope.Close()
	}
}

// iteratorPrototype returns the iterator prototype object.
func (e *Environment) iteratorPrototype(realm *qjs.Realm, i *Interface) qjs.Value {
	if ref := e.iterators[i]; ref != nil {
		return ref.Value()
	}
	arrayIterator, err := realm.Intrinsic("%Array.prototype.values%").Call(realm, realm.NewArray())
	must(err)
	prototype := realm.NewObjectWithPrototype(arrayIterator.Prototype(realm).Prototype(realm)) // that of %Iterator%
	must(prototype.Define(realm, "next", realm.NewStatic(i.pairFunctions().next), qjs.Ordinary))
	must(prototype.Define(realm, qjs.SymbolToStringTag, realm.String(i.Name+" Iterator"), qjs.Configurable))
	e.iterators[i] = realm.Runtime().NewRef(prototype)
	return prototype
}
