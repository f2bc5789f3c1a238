package qjs

import (
	"unsafe"

	lib "modernc.org/libquickjs"
)

// Properties walks over the own enumerable properties of an object with String keys, in the language's
// order, as EnumerableOwnProperties does: the keys are those at the start; one that is gone when its
// turn comes is left out; getters run.
//
//	p := realm.Properties(v)
//	defer p.Close()
//	for p.Next() { p.Name(); p.Value() }
//	err := p.Err()
//
// OPTIMIZATION: as long as an object has only plain data properties and nobody changes its shape, its
// values are read from where they lie, without a call of the engine.
type Properties struct {
	realm *Realm
	v     Value
	err   error

	elements int // of an array whose elements lie side by side: how many there were
	next     int // the next element, then the next of the keys
	atom     lib.TJSAtom
	value    Value

	shape uintptr // held, so that it does not change under us; 0: table is used
	count int
	table uintptr // keys from the engine
}

// Properties starts a walk. Close it.
func (r *Realm) Properties(v Value) Properties {
	p := Properties{realm: r, v: v}
	o := object(v.pointer())
	fast := v.Class() == ClassObject
	if v.Class() == ClassArray && o.F__ccgo16&isFastArray != 0 {
		p.elements, fast = int(arrayOf(v.pointer()).count), true
	}
	if fast && r.rt.plainShape(o.Fshape) {
		p.shape = o.Fshape
		*refCount(p.shape)++
		p.count = int(deref[lib.TJSShape](p.shape).Fprop_count)
		return p
	}
	p.elements = 0
	p.table, p.count, p.err = r.ownKeys(v, Strings|OnlyEnumerable)
	return p
}

// arrayPart is the union of an object that is an array whose elements lie side by side.
type arrayPart struct {
	_      uintptr
	values uintptr
	count  uint32
}

func arrayOf(p uintptr) *arrayPart { return deref[arrayPart](p + objectUnion) }

const (
	isFastArray       = 0x10 // in the first byte of an object's flags
	shapeHeaderSize   = unsafe.Sizeof(lib.TJSShape{})
	shapePropertySize = unsafe.Sizeof(lib.TJSShapeProperty{})
	propertyFlags     = 26 // bits before the flags
)

func shapeProperties(shape uintptr) uintptr {
	return shape + shapeHeaderSize + uintptr(deref[lib.TJSShape](shape).Fprop_hash_mask)*4 + 4
}

// plainShape says whether all properties are data properties whose keys are in the order of the language.
// Only shapes that are shared by a hash table are copied before a change, so only those are held.
func (rt *Runtime) plainShape(shape uintptr) bool {
	s := deref[lib.TJSShape](shape)
	if s.Fis_hashed == 0 || s.Fdeleted_prop_count != 0 {
		return false
	}
	properties := unsafe.Slice(deref[lib.TJSShapeProperty](shapeProperties(shape)), s.Fprop_count)
	for i := range properties {
		p := &properties[i]
		if p.F__ccgo0>>propertyFlags&lib.MJS_PROP_TMASK != 0 || p.Fatom&lib.MJS_ATOM_TAG_INT != 0 {
			return false
		}
		// A large number may be an index, too; numbers come first.
		if c := *deref[byte](rt.atomString(p.Fatom) + stringData); c >= '0' && c <= '9' {
			return false
		}
	}
	return true
}

// Next goes to the next property; false at the end and after an error.
func (p *Properties) Next() bool {
	if p.err != nil {
		return false
	}
	for p.next < p.elements {
		i := p.next
		p.next++
		p.atom = lib.MJS_ATOM_TAG_INT | uint32(i)
		o := object(p.v.pointer())
		if part := arrayOf(p.v.pointer()); o.F__ccgo16&isFastArray != 0 && i < int(part.count) {
			p.value = p.realm.rt.own(dup(*deref[lib.TJSValue](part.values + uintptr(i)*valueSize)))
			return true
		}
		if found := p.get(); found || p.err != nil {
			return p.err == nil
		}
	}
	for p.next-p.elements < p.count {
		i := p.next - p.elements
		p.next++
		if p.shape == 0 {
			p.atom = propertyAtom(p.table, i)
			if i == 0 && p.getFirst() || i > 0 && p.get() {
				return true
			}
		} else if p.fromShape(i) {
			return true
		}
		if p.err != nil {
			return false
		}
	}
	return false
}

// fromShape reads the i-th property of the shape that the object had at the start.
func (p *Properties) fromShape(i int) bool {
	property := deref[lib.TJSShapeProperty](shapeProperties(p.shape) + uintptr(i)*shapePropertySize)
	flags := property.F__ccgo0 >> propertyFlags
	if flags&Enumerable == 0 || property.Fatom == lib.MJS_ATOM_NULL || !p.realm.rt.isString(property.Fatom) {
		return false
	}
	p.atom = property.Fatom
	o := object(p.v.pointer())
	if o.Fshape != p.shape {
		return p.get()
	}
	p.value = p.realm.rt.own(dup(*deref[lib.TJSValue](o.Fprop + uintptr(i)*unsafe.Sizeof(lib.TJSProperty{}))))
	return true
}

// getFirst reads the first property: nothing could have removed it yet.
func (p *Properties) getFirst() bool {
	p.value, p.err = p.v.Get(p.realm, Key{p.atom})
	return p.err == nil
}

// get reads a property that is perhaps gone.
func (p *Properties) get() bool {
	found, err := p.v.HasOwn(p.realm, Key{p.atom})
	if err != nil || !found {
		p.err = err
		return false
	}
	return p.getFirst()
}

// Name is the property's key. Names of properties that come again and again are made once per runtime.
func (p *Properties) Name() string { return p.realm.rt.atomName(p.realm, p.atom) }

// Index is the property's key as an array index.
func (p *Properties) Index() (int, bool) { return Key{p.atom}.Index() }

// Value is the property's value, owned by the scope that was open at Next.
func (p *Properties) Value() Value { return p.value }

// Err is what a getter or a trap of a proxy threw.
func (p *Properties) Err() error { return p.err }

// Close ends the walk.
func (p *Properties) Close() {
	rt := p.realm.rt
	switch {
	case rt.closed:
	case p.shape != 0:
		if count := refCount(p.shape); *count > 1 {
			*count--
		} else {
			p.realm.freeShape(p.shape)
		}
	case p.table != 0:
		lib.XJS_FreePropertyEnum(rt.tls, p.realm.ctx, p.table, uint32(p.count))
	}
	p.shape, p.table, p.count, p.elements = 0, 0, 0, 0
}

// freeShape gives back the last reference of a shape: an object is given it, and freed with it.
func (r *Realm) freeShape(shape uintptr) {
	rt := r.rt
	if rt.emptyObject == 0 { // with it, the shape of empty objects has more than one reference
		rt.emptyObject = rawPointer(lib.XJS_NewObjectProto(rt.tls, r.ctx, rawNull))
	}
	v := lib.XJS_NewObjectProto(rt.tls, r.ctx, rawNull)
	size := uintptr(max(deref[lib.TJSShape](shape).Fprop_size, 1)) * unsafe.Sizeof(lib.TJSProperty{})
	values := lib.Xjs_malloc_rt(rt.tls, rt.rt, lib.Tsize_t(size))
	if isException(v) || rt.emptyObject == 0 || values == 0 {
		panic(outOfMemory{ErrMemory}) // the shape is freed with the runtime
	}
	for i := range uintptr(deref[lib.TJSShape](shape).Fprop_count) {
		*deref[lib.TJSValue](values + i*valueSize) = rawUndefined
	}
	o := object(rawPointer(v))
	*refCount(o.Fshape)--
	lib.Xjs_free_rt(rt.tls, rt.rt, o.Fprop)
	o.Fshape, o.Fprop = shape, values
	rt.drop(v)
}

// isString says whether an atom is of a String; the atoms of Symbols are of another kind.
func (rt *Runtime) isString(atom lib.TJSAtom) bool {
	if atom&lib.MJS_ATOM_TAG_INT != 0 {
		return true
	}
	return *deref[uint32](rt.atomString(atom) + 4)>>atomTypeShift == atomTypeString
}

// atomString is the string that an atom stands for.
func (rt *Runtime) atomString(atom lib.TJSAtom) uintptr {
	return *deref[uintptr](engine(rt.rt).Fatom_array + uintptr(atom)*8)
}

const (
	atomTypeShift  = 30 // of the word after a string's length
	atomTypeString = 1
)

// atomName is the name of a String's atom.
func (rt *Runtime) atomName(realm *Realm, atom lib.TJSAtom) string {
	if name, ok := rt.names[atom]; ok {
		return name
	}
	v := lib.XJS_AtomToString(rt.tls, realm.ctx, atom)
	name := fromRaw(v).text()
	rt.drop(v)
	if len(rt.names) < cachedAtoms && atom&lib.MJS_ATOM_TAG_INT == 0 && len(name) <= 64 {
		rt.names[atom] = name
		lib.XJS_DupAtom(rt.tls, realm.ctx, atom)
	}
	return name
}
