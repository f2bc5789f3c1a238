package qjs

import (
	"unsafe"

	lib "modernc.org/libquickjs"
)

// Structured clones read the own enumerable properties of many small objects. Their names and
// values are read from where they lie: a call of the engine, with a conversion of the key, costs
// several times as much.

const (
	isFastArray       = 0x10 // in the first byte of an object's flags
	shapeHeaderSize   = unsafe.Sizeof(lib.TJSShape{})
	shapePropertySize = unsafe.Sizeof(lib.TJSShapeProperty{})
	propertyFlags     = 26 // bits before the flags
	atomTypeShift     = 30 // of the word after a string's length
	atomTypeString    = 1
)

// shapeProperties are the keys and flags of an object's properties, in the order in which
// they were made.
func shapeProperties(shape uintptr) []lib.TJSShapeProperty {
	s := deref[lib.TJSShape](shape)
	p := shape + shapeHeaderSize + uintptr(s.Fprop_hash_mask)*4 + 4
	return unsafe.Slice(deref[lib.TJSShapeProperty](p), s.Fprop_count)
}

// AppendEnumerableNames appends the names of v's own enumerable properties with String keys, in the
// language's order. Only the traps of a proxy or exotic object run script.
func (v Value) AppendEnumerableNames(realm *Realm, names []string) ([]string, error) {
	rt, n := realm.rt, len(names)
	if v.Class() == ClassObject {
		if names, ok := rt.appendShapeNames(realm, object(v.pointer()).Fshape, names); ok {
			return names, nil
		}
	}
	names = names[:n]
	table, count, err := realm.ownKeys(v, Strings|OnlyEnumerable)
	if err != nil {
		return names, err
	}
	for i := range count {
		names = append(names, rt.atomName(realm, propertyAtom(table, i)))
	}
	lib.XJS_FreePropertyEnum(rt.tls, realm.ctx, table, uint32(count))
	return names, nil
}

// appendShapeNames does it without the engine, unless a key is a number: numbers come first.
func (rt *Runtime) appendShapeNames(realm *Realm, shape uintptr, names []string) (_ []string, ok bool) {
	properties := shapeProperties(shape)
	for i := range properties {
		p := &properties[i]
		if p.Fatom&lib.MJS_ATOM_TAG_INT != 0 {
			return names, false
		}
		if p.Fatom == lib.MJS_ATOM_NULL {
			continue // deleted
		}
		text := *deref[uintptr](engine(rt.rt).Fatom_array + uintptr(p.Fatom)*8)
		if *deref[uint32](text + 4)>>atomTypeShift != atomTypeString {
			continue // a Symbol
		}
		if c := *deref[byte](text + stringData); c >= '0' && c <= '9' {
			return names, false
		}
		if p.F__ccgo0>>propertyFlags&Enumerable != 0 {
			names = append(names, rt.atomName(realm, p.Fatom))
		}
	}
	return names, true
}

// OwnPropertyAt is OwnProperty of what was the i-th of the names when
// AppendEnumerableNames gave them.
func (v Value) OwnPropertyAt(realm *Realm, i int, key string) (value Value, found bool, err error) {
	if v.Class() == ClassObject && key != "" {
		o, names := object(v.pointer()), realm.rt.names
		if properties := shapeProperties(o.Fshape); i < len(properties) {
			p := &properties[i]
			if p.F__ccgo0>>propertyFlags&lib.MJS_PROP_TMASK == 0 && int(p.Fatom) < len(names) && names[p.Fatom] == key {
				return realm.rt.own(dup(*deref[lib.TJSValue](o.Fprop + uintptr(i)*valueSize))), true, nil
			}
		}
	}
	return v.OwnProperty(realm, key)
}

// atomName is the name of a String's atom. Those of names that were seen before are kept.
func (rt *Runtime) atomName(realm *Realm, atom lib.TJSAtom) string {
	if int(atom) < len(rt.names) && rt.names[atom] != "" {
		return rt.names[atom]
	}
	v := lib.XJS_AtomToString(rt.tls, realm.ctx, atom)
	name := fromRaw(v).text()
	rt.drop(v)
	if atom < cachedAtomNames && len(name) <= cachedAtomLength && name != "" {
		if int(atom) >= len(rt.names) {
			rt.names = append(rt.names, make([]string, int(atom)+1-len(rt.names))...)
		}
		rt.names[atom] = name
		lib.XJS_DupAtom(rt.tls, realm.ctx, atom)
	}
	return name
}

// Atoms up to this number have their names kept.
const (
	cachedAtomNames  = 1 << 13
	cachedAtomLength = 64
)

// arrayPart is the union of an object that is an array whose elements lie side by side.
type arrayPart struct {
	_      uintptr
	values uintptr
	count  uint32
}

func arrayOf(p uintptr) *arrayPart { return deref[arrayPart](p + objectUnion) }
