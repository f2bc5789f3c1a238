package qjs

import lib "modernc.org/libquickjs"

// This file reads and defines properties for structured clones: many at a time, and without a conversion of keys.

// AppendEnumerableNames appends the names of v's own enumerable properties with string keys, in the language's order.
func (v Value) AppendEnumerableNames(realm *Realm, names []string) ([]string, error) {
	rt := realm.rt
	table, n, err := realm.ownKeys(v, Strings|OnlyEnumerable)
	if err != nil {
		return names, err
	}
	for i := range n {
		names = append(names, rt.atomName(realm, propertyAtom(table, i)))
	}
	lib.XJS_FreePropertyEnum(rt.tls, realm.ctx, table, uint32(n))
	return names, nil
}

// stringAtom is atom for a string.
func (rt *Runtime) stringAtom(key string) (atom lib.TJSAtom, release bool) {
	if atom, ok := rt.atoms[key]; ok {
		return atom, false
	}
	if len(key) <= 64 && len(rt.atoms) < cachedAtoms {
		return rt.internedAtom(key), false
	}
	return rt.newAtom(key), true
}

// OwnProperty is v[key] if v has an own property key. A getter runs.
func (v Value) OwnProperty(realm *Realm, key string) (value Value, found bool, err error) {
	atom, release := realm.rt.stringAtom(key)
	value, found, err = v.ownProperty(realm, atom)
	realm.rt.freeAtom(atom, release)
	return value, found, err
}

func (v Value) ownProperty(realm *Realm, atom lib.TJSAtom) (value Value, found bool, err error) {
	rt := realm.rt
	found, err = realm.status(lib.XJS_GetOwnProperty(rt.tls, realm.ctx, rt.scratch, v.raw(), atom))
	if err != nil || !found {
		return Value{}, false, err
	}
	d := *deref[lib.TJSPropertyDescriptor](rt.scratch)
	if d.Fflags&lib.MJS_PROP_GETSET == 0 {
		return rt.own(d.Fvalue), true, nil
	}
	get := rt.own(d.Fgetter)
	rt.own(d.Fsetter)
	if get.IsUndefined() {
		return Value{}, true, nil
	}
	value, err = get.Call(realm, v)
	return value, true, err
}

// fastArray is the elements of an array that lie side by side, or nil.
func (v Value) fastArray() *arrayPart {
	if v.Class() != ClassArray || object(v.pointer()).F__ccgo16&isFastArray == 0 {
		return nil
	}
	return arrayOf(v.pointer())
}

// PackedLength is the length of an array that has elements at all its indices and no other own properties; false of any other, and of some that are so.
func (v Value) PackedLength() (int, bool) {
	a := v.fastArray()
	if a == nil || deref[lib.TJSShape](object(v.pointer()).Fshape).Fprop_count != 1 {
		return 0, false
	}
	return int(a.count), v.ArrayLength() == int(a.count)
}

// OwnElement is OwnProperty of an array index.
func (v Value) OwnElement(realm *Realm, i int) (value Value, found bool, err error) {
	if a := v.fastArray(); a != nil && uint(i) < uint(a.count) {
		return realm.rt.own(dup(*deref[lib.TJSValue](a.values + uintptr(i)*valueSize))), true, nil
	}
	return v.ownProperty(realm, lib.MJS_ATOM_TAG_INT|uint32(i)) // 31 bits: more elements than memory has
}

// OwnData is v[key] if v has an own data property key.
func (v Value) OwnData(realm *Realm, key string) (value Value, found bool) {
	p, found, err := v.GetOwn(realm, key)
	return p.Value, found && err == nil && !p.Accessor
}

// NewErrorObject makes an error without message and stack, of the kind ("TypeError").
func (r *Realm) NewErrorObject(kind string) Value {
	prototype := r.Intrinsic("%" + kind + ".prototype%")
	return r.made(lib.XJS_NewObjectProtoClass(r.rt.tls, r.ctx, prototype.raw(), lib.EJS_CLASS_ERROR))
}

// DefineElement defines an element of an array as an ordinary property.
func (v Value) DefineElement(realm *Realm, i uint32, value Value) error {
	_, err := realm.status(lib.XJS_DefinePropertyValueUint32(realm.rt.tls, realm.ctx, v.raw(), i, dup(value.raw()), lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
	return err
}

// DefineOrdinary defines an ordinary property. key is WTF-8.
func (v Value) DefineOrdinary(realm *Realm, key []byte, value Value) error {
	rt := realm.rt
	atom, release := rt.atoms[string(key)], false
	if atom == 0 {
		atom, release = rt.stringAtom(string(key))
	}
	_, err := realm.status(lib.XJS_DefinePropertyValue(rt.tls, realm.ctx, v.raw(), atom, dup(value.raw()), lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
	rt.freeAtom(atom, release)
	return err
}
