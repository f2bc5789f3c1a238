package qjs

import (
	"fmt"
	"strconv"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// Flags of properties.
const (
	Configurable = lib.MJS_PROP_CONFIGURABLE
	Writable     = lib.MJS_PROP_WRITABLE
	Enumerable   = lib.MJS_PROP_ENUMERABLE
	Ordinary     = Configurable | Writable | Enumerable // as by assignment
	Hidden       = Configurable | Writable              // as interface objects on a global
)

// A Key is a property key of a runtime. Where a method takes a key of type any, it is a string, an
// int, a Key or a Value (a Symbol, or what converts to a String).
type Key struct{ atom lib.TJSAtom }

// The well-known symbols.
var (
	SymbolIterator      = Key{lib.EJS_ATOM_Symbol_iterator}
	SymbolAsyncIterator = Key{lib.EJS_ATOM_Symbol_asyncIterator}
	SymbolToStringTag   = Key{lib.EJS_ATOM_Symbol_toStringTag}
	SymbolHasInstance   = Key{lib.EJS_ATOM_Symbol_hasInstance}
	SymbolToPrimitive   = Key{lib.EJS_ATOM_Symbol_toPrimitive}
	SymbolUnscopables   = Key{lib.EJS_ATOM_Symbol_unscopables}
	SymbolSpecies       = Key{lib.EJS_ATOM_Symbol_species}

	SymbolIsConcatSpreadable = Key{lib.EJS_ATOM_Symbol_isConcatSpreadable}
)

// Key interns a property name for the life of the runtime.
func (rt *Runtime) Key(name string) Key { return Key{rt.internedAtom(name)} }

func (rt *Runtime) internedAtom(name string) lib.TJSAtom {
	if atom, ok := rt.atoms[name]; ok {
		return atom
	}
	atom := rt.newAtom(name)
	if atom != lib.MJS_ATOM_NULL {
		rt.atoms[name] = atom
	}
	return atom
}

func (rt *Runtime) newAtom(name string) lib.TJSAtom {
	if rt.closed {
		return lib.MJS_ATOM_NULL
	}
	atom := lib.XJS_NewAtomLen(rt.tls, rt.anyContext, rt.inbound(name), lib.Tsize_t(len(name)))
	if atom == lib.MJS_ATOM_NULL {
		panic(outOfMemory{ErrMemory})
	}
	return atom
}

// cachedAtoms bounds the names that are interned because they were used as keys.
const cachedAtoms = 2048

// atom gives the engine's form of a key; release frees it if it must be.
func (rt *Runtime) atom(realm *Realm, key any) (atom lib.TJSAtom, release bool, err error) {
	switch key := key.(type) {
	case string:
		if atom, ok := rt.atoms[key]; ok {
			return atom, false, nil
		}
		if len(key) <= 64 && len(rt.atoms) < cachedAtoms {
			return rt.internedAtom(key), false, nil
		}
		return rt.newAtom(key), true, nil
	case Key:
		if key.atom == lib.MJS_ATOM_NULL {
			return 0, false, TypeError("no property key")
		}
		return key.atom, false, nil
	case int:
		if key < 0 || key > 1<<31-1 {
			return rt.atom(realm, strconv.Itoa(key))
		}
		return lib.XJS_NewAtomUInt32(rt.tls, realm.ctx, uint32(key)), true, nil
	case Value:
		atom = lib.XJS_ValueToAtom(rt.tls, realm.ctx, key.raw())
		if atom == lib.MJS_ATOM_NULL {
			return 0, false, realm.take()
		}
		return atom, true, nil
	}
	return 0, false, fmt.Errorf("qjs: %T is no property key", key)
}

func (rt *Runtime) freeAtom(atom lib.TJSAtom, release bool) {
	if release {
		lib.XJS_FreeAtomRT(rt.tls, rt.rt, atom)
	}
}

// withKey runs one operation of the engine on a property.
func (r *Realm) withKey(key any, f func(atom lib.TJSAtom) error) (err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return err
	}
	defer rt.end(&err)
	atom, release, err := rt.atom(r, key)
	if err != nil {
		return err
	}
	defer rt.freeAtom(atom, release)
	return f(atom)
}

// Get is v[key]. Getters run.
func (v Value) Get(realm *Realm, key any) (result Value, err error) {
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	atom, release, err := rt.atom(realm, key)
	if err != nil {
		return Value{}, err
	}
	raw := lib.XJS_GetPropertyInternal(rt.tls, realm.ctx, v.raw(), atom, v.raw(), 0)
	rt.freeAtom(atom, release)
	return realm.result(raw)
}

// GetIndex is v[index].
func (v Value) GetIndex(realm *Realm, index int) (Value, error) { return v.Get(realm, index) }

// Set is v[key] = value in strict mode.
func (v Value) Set(realm *Realm, key any, value Value) error {
	return realm.withKey(key, func(atom lib.TJSAtom) error {
		_, err := realm.status(lib.XJS_SetPropertyInternal(realm.rt.tls, realm.ctx, v.raw(), atom, dup(value.raw()), v.raw(), lib.MJS_PROP_THROW))
		return err
	})
}

// SetIndex is v[index] = value.
func (v Value) SetIndex(realm *Realm, index int, value Value) error {
	return v.Set(realm, index, value)
}

// Define makes or replaces an own data property with exactly these flags; if it
// cannot, a TypeError.
func (v Value) Define(realm *Realm, key any, value Value, flags int) error {
	return realm.withKey(key, func(atom lib.TJSAtom) error {
		_, err := realm.status(lib.XJS_DefinePropertyValue(realm.rt.tls, realm.ctx, v.raw(), atom, dup(value.raw()),
			int32(flags)|lib.MJS_PROP_THROW))
		return err
	})
}

// DefineAccessor makes or replaces an own accessor; get and set may be undefined.
func (v Value) DefineAccessor(realm *Realm, key any, get, set Value, flags int) error {
	return realm.withKey(key, func(atom lib.TJSAtom) error {
		_, err := realm.status(lib.XJS_DefinePropertyGetSet(realm.rt.tls, realm.ctx, v.raw(), atom, dup(get.raw()), dup(set.raw()),
			int32(flags)|lib.MJS_PROP_THROW))
		return err
	})
}

// Delete is delete v[key]: false if it stayed.
func (v Value) Delete(realm *Realm, key any) (deleted bool, err error) {
	err = realm.withKey(key, func(atom lib.TJSAtom) error {
		deleted, err = realm.status(lib.XJS_DeleteProperty(realm.rt.tls, realm.ctx, v.raw(), atom, 0))
		return err
	})
	return deleted, err
}

// Has is key in v.
func (v Value) Has(realm *Realm, key any) (has bool, err error) {
	err = realm.withKey(key, func(atom lib.TJSAtom) error {
		has, err = realm.status(lib.XJS_HasProperty(realm.rt.tls, realm.ctx, v.raw(), atom))
		return err
	})
	return has, err
}

// HasOwn is Object.hasOwn(v, key).
func (v Value) HasOwn(realm *Realm, key any) (has bool, err error) {
	if !v.IsObject() {
		return false, nil
	}
	err = realm.withKey(key, func(atom lib.TJSAtom) error {
		has, err = realm.status(lib.XJS_GetOwnProperty(realm.rt.tls, realm.ctx, 0, v.raw(), atom))
		return err
	})
	return has, err
}

// A Property is a property descriptor. Of an accessor, Value is not used; Get and Set
// may be undefined.
type Property struct {
	Value    Value
	Get, Set Value
	Accessor bool
	Flags    int // Configurable, Writable, Enumerable
}

// GetOwn is Object.getOwnPropertyDescriptor(v, key).
func (v Value) GetOwn(realm *Realm, key any) (p Property, found bool, err error) {
	if !v.IsObject() {
		return Property{}, false, nil
	}
	err = realm.withKey(key, func(atom lib.TJSAtom) error {
		rt := realm.rt
		d := rt.tls.Alloc(int(unsafe.Sizeof(lib.TJSPropertyDescriptor{})))
		defer rt.tls.Free(int(unsafe.Sizeof(lib.TJSPropertyDescriptor{})))
		found, err = realm.status(lib.XJS_GetOwnProperty(rt.tls, realm.ctx, d, v.raw(), atom))
		if err != nil || !found {
			return err
		}
		descriptor := deref[lib.TJSPropertyDescriptor](d)
		p = Property{
			Value: rt.own(descriptor.Fvalue), Get: rt.own(descriptor.Fgetter), Set: rt.own(descriptor.Fsetter),
			Accessor: descriptor.Fflags&lib.MJS_PROP_GETSET != 0, Flags: int(descriptor.Fflags) & Ordinary,
		}
		return nil
	})
	return p, found, err
}

// What OwnKeys lists.
const (
	Strings        = lib.MJS_GPN_STRING_MASK
	Symbols        = lib.MJS_GPN_SYMBOL_MASK
	OnlyEnumerable = lib.MJS_GPN_ENUM_ONLY
)

// OwnKeys lists the own property keys in the language's order, as Strings and Symbols.
func (v Value) OwnKeys(realm *Realm, what int) (keys []Value, err error) {
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return nil, err
	}
	defer rt.end(&err)
	table, n, err := realm.ownKeys(v, what)
	if err != nil {
		return nil, err
	}
	defer lib.XJS_FreePropertyEnum(rt.tls, realm.ctx, table, uint32(n))
	for i := range n {
		keys = append(keys, realm.made(lib.XJS_AtomToValue(rt.tls, realm.ctx, propertyAtom(table, i))))
	}
	return keys, nil
}

func propertyAtom(table uintptr, i int) lib.TJSAtom {
	return deref[lib.TJSPropertyEnum](table + uintptr(i)*unsafe.Sizeof(lib.TJSPropertyEnum{})).Fatom
}

func (r *Realm) ownKeys(v Value, what int) (table uintptr, n int, err error) {
	p := r.rt.tls.Alloc(16)
	defer r.rt.tls.Free(16)
	if lib.XJS_GetOwnPropertyNames(r.rt.tls, r.ctx, p, p+8, v.raw(), int32(what)) < 0 {
		return 0, 0, r.take()
	}
	return *deref[uintptr](p), int(*deref[uint32](p + 8)), nil
}

// Prototype is the object's prototype, or null.
func (v Value) Prototype(realm *Realm) Value {
	if !v.IsObject() {
		return Null()
	}
	raw := lib.XJS_GetPrototype(realm.rt.tls, realm.ctx, v.raw())
	if isException(raw) {
		_ = realm.take()
		return Null()
	}
	return realm.rt.own(raw)
}

// SetPrototype is Object.setPrototypeOf.
func (v Value) SetPrototype(realm *Realm, prototype Value) error {
	_, err := realm.status(lib.XJS_SetPrototype(realm.rt.tls, realm.ctx, v.raw(), prototype.raw()))
	return err
}

// SetHTMLDDA makes an object like document.all: its typeof is "undefined" and it is falsy.
func (v Value) SetHTMLDDA(realm *Realm) {
	if v.IsObject() {
		lib.XJS_SetIsHTMLDDA(realm.rt.tls, realm.ctx, v.raw())
	}
}
