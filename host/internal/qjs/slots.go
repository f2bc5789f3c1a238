package qjs

import (
	"unsafe"

	lib "modernc.org/libquickjs"
)

// What follows reads internal slots, which script can neither see nor change.

// SlotValue is the value of a Date (a Number) and of a boxed Number, String, Boolean,
// BigInt or Symbol.
func (v Value) SlotValue(realm *Realm) Value {
	switch v.Class() {
	case ClassDate, ClassNumber, ClassString, ClassBoolean, ClassBigInt, ClassSymbol:
		return realm.rt.own(dup(*deref[lib.TJSValue](v.pointer() + objectUnion)))
	}
	return Value{}
}

// RegExp is a regular expression's source, as it was written, and its flags.
func (v Value) RegExp() (source, flags string) {
	if v.Class() != ClassRegExp {
		return "", ""
	}
	re := deref[lib.TJSRegExp](v.pointer() + objectUnion)
	bits := *deref[uint16](re.Fbytecode + stringData)
	for i, letter := range regexpFlags {
		if letter != ' ' && bits>>i&1 != 0 {
			flags += string(letter)
		}
	}
	return stringText(re.Fpattern), sortFlags(flags)
}

// regexpFlags are the letters of the engine's bits.
const regexpFlags = "gimsuyd v"

// sortFlags puts flags in the order of RegExp.prototype.flags, which is that of the alphabet.
func sortFlags(flags string) string {
	b := []byte(flags)
	for i := 1; i < len(b); i++ {
		for j := i; j > 0 && b[j] < b[j-1]; j-- {
			b[j], b[j-1] = b[j-1], b[j]
		}
	}
	return string(b)
}

// Entries are the entries of a Map (key, value, key, value...) or Set, as they are now.
func (v Value) Entries(realm *Realm) []Value {
	class := v.Class()
	if class != ClassMap && class != ClassSet {
		return nil
	}
	state := slot(v.pointer())
	head := state + unsafe.Offsetof(lib.TJSMapState{}.Frecords)
	entries := make([]Value, 0, deref[lib.TJSMapState](state).Frecord_count*2)
	for link := deref[lib.Tlist_head](head).Fnext; link != head; link = deref[lib.Tlist_head](link).Fnext {
		record := deref[lib.TJSMapRecord](link - unsafe.Offsetof(lib.TJSMapRecord{}.Flink))
		if record.F__ccgo4 != 0 {
			continue // deleted, but somebody iterates over it
		}
		entries = append(entries, realm.rt.own(dup(record.Fkey)))
		if class == ClassMap {
			entries = append(entries, realm.rt.own(dup(record.Fvalue)))
		}
	}
	return entries
}

// ArrayLength is the length of an array.
func (v Value) ArrayLength() int {
	if v.Class() != ClassArray {
		return 0
	}
	length := fromRaw(*deref[lib.TJSValue](object(v.pointer()).Fprop)) // its first property
	return int(length.Float())
}

// ProxyTarget is what a proxy stands for; undefined of anything else, and of a revoked one.
func (v Value) ProxyTarget(realm *Realm) Value {
	if v.Class() != ClassProxy {
		return Value{}
	}
	data := deref[lib.TJSProxyData](slot(v.pointer()))
	if data.Fis_revoked != 0 {
		return Value{}
	}
	return realm.rt.own(dup(data.Ftarget))
}

// DataProperty finds a data property on the object or its prototypes without running script:
// undefined if there is none, or a getter, a proxy or an exotic object is in the way.
func (v Value) DataProperty(realm *Realm, key Key) Value { return realm.dataProperty(v, key.atom) }

// NewRegExp makes a regular expression; a source or flags that are none are a SyntaxError.
func (r *Realm) NewRegExp(source, flags string) (Value, error) {
	return r.Intrinsic("RegExp").Construct(r, r.String(source), r.String(flags))
}

// NewBoxed makes the object of a primitive value, as Object(v) does.
func (r *Realm) NewBoxed(primitive Value) (Value, error) {
	return r.Intrinsic("Object").Call(r, Value{}, primitive)
}

// NewMap makes an empty Map.
func (r *Realm) NewMap() (Value, error) { return r.Intrinsic("Map").Construct(r) }

// NewSet makes an empty Set.
func (r *Realm) NewSet() (Value, error) { return r.Intrinsic("Set").Construct(r) }

// MapSet is the untampered Map.prototype.set.
func (r *Realm) MapSet(m, key, value Value) error {
	_, err := r.Intrinsic("%Map.prototype.set%").Call(r, m, key, value)
	return err
}

// SetAdd is the untampered Set.prototype.add.
func (r *Realm) SetAdd(s, value Value) error {
	_, err := r.Intrinsic("%Set.prototype.add%").Call(r, s, value)
	return err
}
