package qjs

import (
	"strconv"
	"unsafe"

	lib "modernc.org/libquickjs"
)

// This file reads internal slots of objects, and own properties many at a time, for structured clones. None of it runs script, but for getters.

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

const atomIsInteger = 1 << 31

// atomName is the text of an atom that is not a symbol.
func (rt *Runtime) atomName(realm *Realm, atom lib.TJSAtom) string {
	if atom&atomIsInteger != 0 {
		return strconv.Itoa(int(atom &^ atomIsInteger))
	}
	if name, ok := rt.names[atom]; ok {
		return name
	}
	scope := rt.OpenScope()
	name := realm.made(lib.XJS_AtomToString(rt.tls, realm.ctx, atom)).text()
	scope.Close()
	// OPTIMIZATION: few names are very frequent. One that is remembered is interned, so that its atom stays the same.
	if _, ok := rt.atoms[name]; ok || len(name) <= 64 && len(rt.atoms) < cachedAtoms {
		if rt.internedAtom(name) == atom {
			if rt.names == nil {
				rt.names = make(map[lib.TJSAtom]string)
			}
			rt.names[atom] = name
		}
	}
	return name
}

// OwnValue is v[key] if v has an own property key. A getter runs.
func (v Value) OwnValue(realm *Realm, key any) (value Value, found bool, err error) {
	atom, release, err := realm.rt.atom(realm, key)
	if err != nil {
		return Value{}, false, err
	}
	value, found, err = v.ownValue(realm, atom)
	realm.rt.freeAtom(atom, release)
	return value, found, err
}

func (v Value) ownValue(realm *Realm, atom lib.TJSAtom) (value Value, found bool, err error) {
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

// OwnData is v[key] if v has an own data property key.
func (v Value) OwnData(realm *Realm, key any) (value Value, found bool) {
	p, found, err := v.GetOwn(realm, key)
	return p.Value, found && err == nil && !p.Accessor
}

const isFastArray = 0x10 // in an object's first byte of flags

// array is how the engine keeps the elements of an array that is fast.
type array struct {
	_      uint64
	values uintptr
	count  uint32
}

func (v Value) fastArray() *array {
	if v.Class() != ClassArray || object(v.pointer()).F__ccgo16&isFastArray == 0 {
		return nil
	}
	return deref[array](v.pointer() + objectUnion)
}

// PackedLength is the length of an array that has elements at all its indices, and no other own properties; false of any other, and of some that do.
func (v Value) PackedLength() (int, bool) {
	a := v.fastArray()
	if a == nil {
		return 0, false
	}
	o := object(v.pointer())
	if deref[lib.TJSShape](o.Fshape).Fprop_count != 1 {
		return 0, false
	}
	length := fromRaw(*deref[lib.TJSValue](o.Fprop)) // the first property
	return int(a.count), length.Float() == float64(a.count)
}

// Length is the length of an array.
func (v Value) Length() uint32 {
	if v.Class() != ClassArray {
		return 0
	}
	return uint32(fromRaw(*deref[lib.TJSValue](object(v.pointer()).Fprop)).Float())
}

// OwnElement is OwnValue of an array index.
func (v Value) OwnElement(realm *Realm, i int) (value Value, found bool, err error) {
	if a := v.fastArray(); a != nil && uint(i) < uint(a.count) {
		return realm.rt.own(dup(*deref[lib.TJSValue](a.values + uintptr(i)*valueSize))), true, nil
	}
	return v.OwnValue(realm, i)
}

// PrimitiveValue is the primitive in a Boolean, Number, String, BigInt or Symbol object, and the time value in a Date.
func (v Value) PrimitiveValue(realm *Realm) Value {
	return realm.rt.own(dup(*deref[lib.TJSValue](v.pointer() + objectUnion)))
}

const (
	offsetRecords = unsafe.Offsetof(lib.TJSMapState{}.Frecords)
	offsetLink    = unsafe.Offsetof(lib.TJSMapRecord{}.Flink)
)

const mapRecordIsEmpty = 1 // in a record's flags: it was deleted while somebody iterated

// AppendEntries appends the keys and values of a Map, or the values of a Set.
func (v Value) AppendEntries(realm *Realm, entries []Value) []Value {
	rt := realm.rt
	state := slot(v.pointer())
	head := state + offsetRecords
	for link := deref[lib.TJSMapState](state).Frecords.Fnext; link != head; {
		record := deref[lib.TJSMapRecord](link - offsetLink)
		if record.F__ccgo4&mapRecordIsEmpty == 0 {
			entries = append(entries, rt.own(dup(record.Fkey)))
			if v.Class() == ClassMap {
				entries = append(entries, rt.own(dup(record.Fvalue)))
			}
		}
		link = record.Flink.Fnext
	}
	return entries
}

// RegExp is the source and the flags that a regular expression was made of.
func (v Value) RegExp() (source, flags string) {
	r := deref[lib.TJSRegExp](v.pointer() + objectUnion)
	bits := lib.Xlre_get_flags(nil, r.Fbytecode+stringData)
	for _, f := range regExpFlags {
		if bits&f.bit != 0 {
			flags += f.letter
		}
	}
	return stringText(r.Fpattern), flags
}

var regExpFlags = []struct {
	bit    int32
	letter string
}{
	{lib.MLRE_FLAG_INDICES, "d"}, {lib.MLRE_FLAG_GLOBAL, "g"}, {lib.MLRE_FLAG_IGNORECASE, "i"}, {lib.MLRE_FLAG_MULTILINE, "m"},
	{lib.MLRE_FLAG_DOTALL, "s"}, {lib.MLRE_FLAG_UNICODE, "u"}, {lib.MLRE_FLAG_UNICODE_SETS, "v"}, {lib.MLRE_FLAG_STICKY, "y"},
}

// View is what a typed array or a DataView looks at.
type View struct {
	Buffer     Value
	ByteOffset int
	ByteLength int  // of one that does not track
	Tracking   bool // its length is that of the buffer
}

// View returns what a typed array or a DataView looks at, wherever its bounds are.
func (v Value) View(realm *Realm) View {
	t := deref[lib.TJSTypedArray](slot(v.pointer()))
	return View{
		Buffer:     realm.rt.own(dup(rawObject(t.Fbuffer))),
		ByteOffset: int(t.Foffset), ByteLength: int(t.Flength), Tracking: t.Ftrack_rab != 0,
	}
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

// DefineOrdinary defines an ordinary property.
func (v Value) DefineOrdinary(realm *Realm, key string, value Value) error {
	atom, release, err := realm.rt.atom(realm, key)
	if err != nil {
		return err
	}
	_, err = realm.status(lib.XJS_DefinePropertyValue(realm.rt.tls, realm.ctx, v.raw(), atom, dup(value.raw()), lib.MJS_PROP_C_W_E|lib.MJS_PROP_THROW))
	realm.rt.freeAtom(atom, release)
	return err
}
