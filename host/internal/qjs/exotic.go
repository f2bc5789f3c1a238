package qjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Exotic are the essential internal methods of an exotic object. realm is the one that the
// operation runs in, the caller's. A false becomes what the language makes of it: a TypeError in
// strict code, etc.
//
// Source: https://tc39.es/ecma262/#sec-object-internal-methods-and-internal-slots
type Exotic interface {
	GetPrototypeOf(realm *Realm) (Value, error)
	SetPrototypeOf(realm *Realm, prototype Value) (bool, error)
	IsExtensible(realm *Realm) (bool, error)
	PreventExtensions(realm *Realm) (bool, error)
	GetOwnProperty(realm *Realm, key Key) (p Property, found bool, err error)
	DefineOwnProperty(realm *Realm, key Key, p PropertyChange) (bool, error)
	HasProperty(realm *Realm, key Key) (bool, error)
	GetProperty(realm *Realm, key Key, receiver Value) (Value, error)
	SetProperty(realm *Realm, key Key, value, receiver Value) (bool, error)
	DeleteProperty(realm *Realm, key Key) (bool, error)
	OwnPropertyKeys(realm *Realm) ([]Value, error)
}

// Named are the own properties that a platform object has besides those that were really defined:
// indexed and named properties. SetNamed and DeleteNamed say whether the key is theirs at all; if
// it is not, the object is changed as any other.
//
// Source: https://webidl.spec.whatwg.org/#legacy-platform-object-abstract-ops
type Named interface {
	GetNamed(realm *Realm, key Key) (p Property, found bool, err error)
	SetNamed(realm *Realm, key Key, value Value) (mine, ok bool, err error)
	DeleteNamed(realm *Realm, key Key) (mine, ok bool, err error)
	NamedKeys(realm *Realm) ([]Value, error)
}

// A PropertyChange is a descriptor in which each part may be absent.
type PropertyChange struct {
	Property
	HasValue, HasGet, HasSet bool
	HasFlags                 int // which of Flags are present
}

// Index is the key as an array index.
func (k Key) Index() (int, bool) {
	if k.atom&lib.MJS_ATOM_TAG_INT != 0 {
		return int(k.atom &^ lib.MJS_ATOM_TAG_INT), true
	}
	return 0, false
}

// Value is the key as a String or Symbol.
func (k Key) Value(realm *Realm) Value {
	return realm.made(lib.XJS_AtomToValue(realm.rt.tls, realm.ctx, k.atom))
}

// Name is the key as a string; ok is false of a Symbol.
func (k Key) Name(realm *Realm) (name string, ok bool) {
	scope := realm.rt.OpenScope()
	defer scope.Close()
	v := k.Value(realm)
	return v.text(), v.IsString()
}

// The tables of traps of the two classes.
var exoticTable, namedTable = newExoticTable(), newNamedTable()

// Traps of the engine, in its order.
type (
	getOwnTrap    = func(tls *libc.TLS, ctx, descriptor uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32
	ownNamesTrap  = func(tls *libc.TLS, ctx, table, length uintptr, obj lib.TJSValue) int32
	keyTrap       = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32
	defineTrap    = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, value, get, set lib.TJSValue, flags int32) int32
	getTrap       = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, receiver lib.TJSValue) lib.TJSValue
	setTrap       = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, value, receiver lib.TJSValue, flags int32) int32
	prototypeTrap = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue) lib.TJSValue
	setProtoTrap  = func(tls *libc.TLS, ctx uintptr, obj, prototype lib.TJSValue) int32
	objectTrap    = func(tls *libc.TLS, ctx uintptr, obj lib.TJSValue) int32
)

var (
	exoticGetOwn    = getOwnTrap(exoticGetOwnProperty)
	exoticNames     = ownNamesTrap(exoticOwnKeys)
	exoticDelete    = keyTrap(exoticDeleteProperty)
	exoticDefine    = defineTrap(exoticDefineProperty)
	exoticHas       = keyTrap(exoticHasProperty)
	exoticGet       = getTrap(exoticGetProperty)
	exoticSet       = setTrap(exoticSetProperty)
	exoticPrototype = prototypeTrap(exoticGetPrototype)
	exoticSetProto  = setProtoTrap(exoticSetPrototype)
	exoticIsExt     = objectTrap(exoticIsExtensible)
	exoticPrevent   = objectTrap(exoticPreventExtensions)
	namedGetOwn     = getOwnTrap(namedGetOwnProperty)
	namedNames      = ownNamesTrap(namedOwnKeys)
	namedDelete     = keyTrap(namedDeleteProperty)
	namedDefine     = defineTrap(namedDefineProperty)
)

func newExoticTable() uintptr {
	return newTable(lib.TJSClassExoticMethods{
		Fget_own_property: funcPointer(&exoticGetOwn), Fget_own_property_names: funcPointer(&exoticNames),
		Fdelete_property: funcPointer(&exoticDelete), Fdefine_own_property: funcPointer(&exoticDefine),
		Fhas_property: funcPointer(&exoticHas), Fget_property: funcPointer(&exoticGet), Fset_property: funcPointer(&exoticSet),
		Fget_prototype: funcPointer(&exoticPrototype), Fset_prototype: funcPointer(&exoticSetProto),
		Fis_extensible: funcPointer(&exoticIsExt), Fprevent_extensions: funcPointer(&exoticPrevent),
	})
}

func newNamedTable() uintptr {
	return newTable(lib.TJSClassExoticMethods{
		Fget_own_property: funcPointer(&namedGetOwn), Fget_own_property_names: funcPointer(&namedNames),
		Fdelete_property: funcPointer(&namedDelete), Fdefine_own_property: funcPointer(&namedDefine),
	})
}

// newTable puts a table into C memory, for the life of the process.
func newTable(table lib.TJSClassExoticMethods) uintptr {
	p := libc.Xmalloc(nil, libc.Tsize_t(unsafe.Sizeof(table)))
	*deref[lib.TJSClassExoticMethods](p) = table
	return p
}

// registerExotic makes the two classes with traps known.
func (rt *Runtime) registerExotic() {
	rt.registerClass(ClassExotic, "Object", 0, exoticTable)
	rt.registerClass(ClassNamed, "Object", 0, namedTable)
}

// NewExotic makes an object whose internal methods are those of the Go object.
func (r *Realm) NewExotic(object Exotic) Value {
	return r.newEntry(ClassExotic, Null(), &entry{object: object})
}

// NewNamed makes a platform object with indexed or named properties.
func (r *Realm) NewNamed(prototype Value, object Named) Value {
	return r.newEntry(ClassNamed, prototype, &entry{object: object})
}

// trap runs a trap in the realm of the context; what it throws is -1.
func trap(ctx uintptr, f func(realm *Realm) (bool, error)) int32 {
	realm, result := realmOfContext(ctx), false
	if !realm.hook(func() (err error) { result, err = f(realm); return err }) {
		return -1
	}
	if result {
		return 1
	}
	return 0
}

// orThrow makes a TypeError of false where the language does.
func (r *Realm) orThrow(ok bool, err error, flags int32, what string) (bool, error) {
	if ok || err != nil {
		return ok, err
	}
	strict := false
	if p := engine(r.rt.rt).Fcurrent_stack_frame; p != 0 {
		strict = deref[lib.TJSStackFrame](p).Fjs_mode&1 != 0
	}
	if flags&lib.MJS_PROP_THROW != 0 || flags&lib.MJS_PROP_THROW_STRICT != 0 && strict {
		return false, TypeError("%s", what)
	}
	return false, nil
}

func exoticOf(obj lib.TJSValue) Exotic { return opaque[entry](rawPointer(obj)).object.(Exotic) }
func namedOf(obj lib.TJSValue) Named   { return opaque[entry](rawPointer(obj)).object.(Named) }

// writeDescriptor fills the engine's descriptor, if it wants one.
func writeDescriptor(address uintptr, p Property) {
	if address == 0 {
		return
	}
	d := lib.TJSPropertyDescriptor{Fflags: int32(p.Flags), Fvalue: rawUndefined, Fgetter: rawUndefined, Fsetter: rawUndefined}
	if p.Accessor {
		d.Fflags |= lib.MJS_PROP_GETSET
		d.Fgetter, d.Fsetter = dup(p.Get.raw()), dup(p.Set.raw())
	} else {
		d.Fvalue = dup(p.Value.raw())
	}
	*deref[lib.TJSPropertyDescriptor](address) = d
}

// writeKeys gives the engine a table of keys.
func (r *Realm) writeKeys(keys []Value, table, length uintptr) {
	rt, size := r.rt, unsafe.Sizeof(lib.TJSPropertyEnum{})
	p := lib.Xjs_malloc_rt(rt.tls, rt.rt, lib.Tsize_t(size*uintptr(max(len(keys), 1))))
	if p == 0 {
		panic(outOfMemory{ErrMemory})
	}
	for i, key := range keys {
		*deref[lib.TJSPropertyEnum](p + uintptr(i)*size) = lib.TJSPropertyEnum{Fis_enumerable: 1,
			Fatom: lib.XJS_ValueToAtom(rt.tls, r.ctx, key.raw())}
	}
	*deref[uintptr](table), *deref[uint32](length) = p, uint32(len(keys))
}

func exoticGetOwnProperty(_ *libc.TLS, ctx, descriptor uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		p, found, err := exoticOf(obj).GetOwnProperty(realm, Key{atom})
		if err == nil && found {
			writeDescriptor(descriptor, p)
		}
		return found, err
	})
}

func exoticOwnKeys(_ *libc.TLS, ctx, table, length uintptr, obj lib.TJSValue) int32 {
	n := trap(ctx, func(realm *Realm) (bool, error) {
		keys, err := exoticOf(obj).OwnPropertyKeys(realm)
		if err == nil {
			realm.writeKeys(keys, table, length)
		}
		return false, err
	})
	return n
}

func exoticDeleteProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) { return exoticOf(obj).DeleteProperty(realm, Key{atom}) })
}

func exoticDefineProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, value, get, set lib.TJSValue, flags int32) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		change := PropertyChange{
			Property: Property{Value: fromRaw(value), Get: fromRaw(get), Set: fromRaw(set), Flags: int(flags) & Ordinary},
			HasValue: flags&lib.MJS_PROP_HAS_VALUE != 0, HasGet: flags&lib.MJS_PROP_HAS_GET != 0, HasSet: flags&lib.MJS_PROP_HAS_SET != 0,
			HasFlags: int(flags>>lib.MJS_PROP_HAS_SHIFT) & Ordinary,
		}
		change.Accessor = change.HasGet || change.HasSet
		ok, err := exoticOf(obj).DefineOwnProperty(realm, Key{atom}, change)
		return realm.orThrow(ok, err, flags, "property is not configurable")
	})
}

func exoticHasProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) { return exoticOf(obj).HasProperty(realm, Key{atom}) })
}

func exoticGetProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, receiver lib.TJSValue) lib.TJSValue {
	realm, result := realmOfContext(ctx), rawThrown
	realm.hook(func() error {
		v, err := exoticOf(obj).GetProperty(realm, Key{atom}, fromRaw(receiver))
		if err == nil {
			result = dup(v.raw())
		}
		return err
	})
	return result
}

func exoticSetProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, value, receiver lib.TJSValue, flags int32) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		ok, err := exoticOf(obj).SetProperty(realm, Key{atom}, fromRaw(value), fromRaw(receiver))
		return realm.orThrow(ok, err, flags, "property is read-only")
	})
}

func exoticGetPrototype(_ *libc.TLS, ctx uintptr, obj lib.TJSValue) lib.TJSValue {
	realm, result := realmOfContext(ctx), rawThrown
	realm.hook(func() error {
		v, err := exoticOf(obj).GetPrototypeOf(realm)
		if err == nil {
			result = dup(v.raw())
		}
		return err
	})
	return result
}

func exoticSetPrototype(_ *libc.TLS, ctx uintptr, obj, prototype lib.TJSValue) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) { return exoticOf(obj).SetPrototypeOf(realm, fromRaw(prototype)) })
}

func exoticIsExtensible(_ *libc.TLS, ctx uintptr, obj lib.TJSValue) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) { return exoticOf(obj).IsExtensible(realm) })
}

func exoticPreventExtensions(_ *libc.TLS, ctx uintptr, obj lib.TJSValue) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) { return exoticOf(obj).PreventExtensions(realm) })
}
