package qjs

import (
	"math"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// This file reads and defines properties for structured clones: many at a time, and without a
// conversion of keys.

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

// PackedLength is the length of an array that has elements at all its indices and no other own
// properties; false of any other, and of some that are so.
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

// NewPackedArray makes an array of n elements that are undefined, to be set by SetElement.
//
// OPTIMIZATION: they lie side by side from the beginning.
func (r *Realm) NewPackedArray(n int) Value {
	v := r.made(lib.XJS_NewArray(r.rt.tls, r.ctx))
	if n == 0 || n > math.MaxInt32 {
		return v
	}
	elements := lib.Xjs_malloc_rt(r.rt.tls, r.rt.rt, lib.Tsize_t(n)*lib.Tsize_t(valueSize))
	if elements == 0 {
		panic(outOfMemory{ErrMemory})
	}
	for i := range n {
		*deref[lib.TJSValue](elements + uintptr(i)*valueSize) = rawUndefined
	}
	part := arrayOf(v.pointer())
	*deref[uint32](v.pointer() + objectUnion) = uint32(n) // how many there is room for
	part.values, part.count = elements, uint32(n)
	*deref[lib.TJSValue](object(v.pointer()).Fprop) = tagged(lib.EJS_TAG_INT, uint64(n)) // the length
	return v
}

// SetElement defines an element of an array as an ordinary property.
func (v Value) SetElement(realm *Realm, i int, value Value) error {
	if a := v.fastArray(); a != nil && uint(i) < uint(a.count) {
		place := deref[lib.TJSValue](a.values + uintptr(i)*valueSize)
		old := *place
		*place = dup(value.raw())
		realm.rt.drop(old)
		return nil
	}
	_, err := realm.status(lib.XJS_DefinePropertyValueUint32(realm.rt.tls, realm.ctx, v.raw(), uint32(i), dup(value.raw()),
		lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
	return err
}

// DefineOrdinary defines an ordinary property. key is WTF-8.
func (v Value) DefineOrdinary(realm *Realm, key []byte, value Value) error {
	rt := realm.rt
	atom, release := realm.cachedAtom(key)
	err := v.defineOrdinary(realm, atom, value)
	rt.freeAtom(atom, release)
	if shape := object(v.pointer()).Fshape; err == nil && *refCount(shape) == 1 {
		realm.keepLayout(shape)
	}
	return err
}

// defineOrdinary is DefineOrdinary of the engine's form of a key.
//
// OPTIMIZATION: an ordinary object without the property gets it without the checks for what it
// could be otherwise.
func (v Value) defineOrdinary(realm *Realm, atom lib.TJSAtom, value Value) error {
	rt, p := realm.rt, v.pointer()
	if o := object(p); v.Class() == ClassObject && o.F__ccgo16&(isExtensible|isExotic) == isExtensible &&
		findOwnProperty(rt.tls, rt.scratch, p, atom) == 0 {
		place := addProperty(rt.tls, realm.ctx, p, atom, lib.MJS_PROP_C_W_E)
		if place == 0 {
			return realm.take()
		}
		*deref[lib.TJSValue](place) = dup(value.raw())
		return nil
	}
	_, err := realm.status(lib.XJS_DefinePropertyValue(rt.tls, realm.ctx, v.raw(), atom, dup(value.raw()),
		lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
	return err
}

// findOwnProperty returns where the shape of an object describes a property, 0 if it has none, and
// stores where its value is.
//
//go:linkname findOwnProperty modernc.org/libquickjs._find_own_property
func findOwnProperty(tls *libc.TLS, place, p uintptr, atom lib.TJSAtom) uintptr

// addProperty makes place for a property that an object does not have; 0 after an exception.
//
//go:linkname addProperty modernc.org/libquickjs._add_property
func addProperty(tls *libc.TLS, ctx, p uintptr, atom lib.TJSAtom, flags int32) uintptr

// cachedKey is a key that occurred.
type cachedKey struct {
	name string
	atom lib.TJSAtom
}

// cachedAtom is atom for the key of a message.
//
// OPTIMIZATION: most messages have keys that others had.
func (r *Realm) cachedAtom(key []byte) (atom lib.TJSAtom, release bool) {
	n := len(key)
	if n == 0 {
		return r.rt.stringAtom("")
	}
	if r.keys == nil {
		r.keys = new([64]cachedKey)
	}
	cached := &r.keys[(n+int(key[0])*7+int(key[n-1])*31)%len(r.keys)]
	if cached.name == string(key) {
		return cached.atom, false
	}
	name := string(key)
	atom, release = r.rt.stringAtom(name)
	if !release {
		*cached = cachedKey{name, atom}
	}
	return atom, release
}

const (
	keptLayouts    = 256 // per realm
	keptProperties = 12  // of a layout
)

// keepLayout keeps the layout that only one object has.
//
// OPTIMIZATION: the engine forgets the layout of objects that are gone. As long as there is one,
// the next message of the same kind gets its layouts without a search, and without memory for them.
func (r *Realm) keepLayout(shape uintptr) {
	properties := shapeProperties(shape)
	if len(properties) > keptProperties || r.modelCount >= keptLayouts || deref[lib.TJSShape](shape).Fis_hashed == 0 || r.closed {
		return
	}
	rt := r.rt
	scope := rt.OpenScope()
	defer scope.Close()
	model := r.NewObject()
	for i := range properties {
		lib.XJS_DefinePropertyValue(rt.tls, r.ctx, model.raw(), properties[i].Fatom, rawUndefined, lib.MJS_PROP_C_W_E)
	}
	lib.XJS_DefinePropertyValueUint32(rt.tls, r.ctx, r.models.raw(), r.modelCount, dup(model.raw()), lib.MJS_PROP_C_W_E)
	r.modelCount++
}

// DefineLike defines the own properties of model, which are accessors or hold values, on an object
// that has none.
//
// OPTIMIZATION: without a conversion of keys, for objects of which there are many.
func (v Value) DefineLike(realm *Realm, model Value) {
	rt, o := realm.rt, object(model.pointer())
	properties := shapeProperties(o.Fshape)
	for i := range properties {
		p := &properties[i]
		flags := int32(p.F__ccgo0 >> propertyFlags)
		place := o.Fprop + uintptr(i)*unsafe.Sizeof(lib.TJSProperty{})
		if flags&lib.MJS_PROP_TMASK == lib.MJS_PROP_GETSET {
			pair := deref[[2]uintptr](place)
			lib.XJS_DefinePropertyGetSet(rt.tls, realm.ctx, v.raw(), p.Fatom, functionOrUndefined(pair[0]), functionOrUndefined(pair[1]),
				flags&Ordinary)
		} else {
			lib.XJS_DefinePropertyValue(rt.tls, realm.ctx, v.raw(), p.Fatom, dup(*deref[lib.TJSValue](place)), flags&Ordinary)
		}
	}
}

// functionOrUndefined is one more reference of the getter or setter of a property.
func functionOrUndefined(p uintptr) lib.TJSValue {
	if p == 0 {
		return rawUndefined
	}
	return dup(rawObject(p))
}

// Guard runs f for Go code that is not called by script. If the heap comes to its memory limit f
// ends there, and the error says so.
func (rt *Runtime) Guard(f func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case outOfMemory:
			err = p.err
		default:
			panic(p)
		}
	}()
	f()
	return nil
}
