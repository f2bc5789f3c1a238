package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// SequenceOf is the conversion to a sequence, by the iterator protocol.
//
// https://webidl.spec.whatwg.org/#js-sequence
func SequenceOf[T any](convert Convert[T]) Convert[[]T] {
	return func(realm *qjs.Realm, v qjs.Value) ([]T, error) {
		if !v.IsObject() {
			return nil, TypeError("the value cannot be converted to a sequence: it is not an object")
		}
		method, err := v.Get(realm, qjs.SymbolIterator)
		if err != nil {
			return nil, err
		}
		if method.IsNullish() {
			return nil, TypeError("the value cannot be converted to a sequence: it is not iterable")
		}
		return iterate(realm, v, method, convert)
	}
}

// iterate creates a sequence from an iterable and its iterator method.
//
// https://webidl.spec.whatwg.org/#create-sequence-from-iterable
func iterate[T any](realm *qjs.Realm, iterable, method qjs.Value, convert Convert[T]) ([]T, error) {
	if !method.IsFunction() {
		return nil, TypeError("the iterator method is not a function")
	}
	iterator, err := method.Call(realm, iterable)
	if err != nil {
		return nil, err
	}
	if !iterator.IsObject() {
		return nil, TypeError("the iterator is not an object")
	}
	next, err := iterator.Get(realm, "next")
	if err != nil {
		return nil, err
	}
	var values []T
	for {
		result, err := next.Call(realm, iterator)
		if err != nil {
			return nil, err
		}
		if !result.IsObject() {
			return nil, TypeError("the iterator's result is not an object")
		}
		done, err := result.Get(realm, "done")
		if err != nil {
			return nil, err
		}
		if done.Bool() {
			return values, nil
		}
		v, err := result.Get(realm, "value")
		if err != nil {
			return nil, err
		}
		t, err := convert(realm, v)
		if err != nil {
			return nil, err
		}
		values = append(values, t)
	}
}

// Entry is an entry of a record.
type Entry[T any] struct {
	Key   string
	Value T
}

// RecordOf is the conversion to a record with keys of the given string type: [DOMString],
// [USVString] or [ByteString]. A key that comes twice (two strings that became the same) keeps its
// place and takes the later value.
//
// https://webidl.spec.whatwg.org/#js-record
func RecordOf[T any](key Convert[string], convert Convert[T]) Convert[[]Entry[T]] {
	return func(realm *qjs.Realm, v qjs.Value) ([]Entry[T], error) {
		if !v.IsObject() {
			return nil, TypeError("the value cannot be converted to a record: it is not an object")
		}
		keys, err := v.OwnKeys(realm, qjs.Strings|qjs.Symbols)
		if err != nil {
			return nil, err
		}
		var entries []Entry[T]
		at := map[string]int{}
		for _, k := range keys {
			property, found, err := v.GetOwn(realm, k)
			if err != nil {
				return nil, err
			}
			if !found || property.Flags&qjs.Enumerable == 0 {
				continue
			}
			typed, err := key(realm, k)
			if err != nil {
				return nil, err
			}
			value, err := v.Get(realm, k)
			if err != nil {
				return nil, err
			}
			t, err := convert(realm, value)
			if err != nil {
				return nil, err
			}
			if i, twice := at[typed]; twice {
				entries[i].Value = t
				continue
			}
			at[typed] = len(entries)
			entries = append(entries, Entry[T]{typed, t})
		}
		return entries, nil
	}
}

// A Dict is a dictionary that is being read. Errors stick: after the first one members keep their
// defaults and run no script.
//
// https://webidl.spec.whatwg.org/#js-dictionary
type Dict struct {
	realm  *qjs.Realm
	object qjs.Value // undefined: all members are missing
	name   string
	err    error
}

// ToDictionary begins to read a dictionary. Its members must be read in the order of the standard:
// those of the dictionaries it inherits from first, each dictionary's own in lexicographical order.
// The error is a TypeError for what is neither an object nor undefined or null.
func ToDictionary(realm *qjs.Realm, v qjs.Value, name string) (*Dict, error) {
	if v.IsNullish() {
		return &Dict{realm: realm, name: name}, nil
	}
	if !v.IsObject() {
		return nil, TypeError("the provided value is not of type '%s'", name)
	}
	return &Dict{realm: realm, name: name, object: v}, nil
}

// Err returns the first error that reading the members met.
func (d *Dict) Err() error { return d.err }

// Has reports whether the dictionary was given at all (neither undefined nor null).
func (d *Dict) Has() bool { return d.object.IsObject() }

// Value reads a member unconverted; ok is false if it is missing.
func (d *Dict) Value(name string) (v qjs.Value, ok bool) {
	if d.err != nil || !d.object.IsObject() {
		return v, false
	}
	v, d.err = d.object.Get(d.realm, name)
	return v, d.err == nil && !v.IsUndefined()
}

// Member reads a member of a dictionary; a missing one has the default.
func Member[T any](d *Dict, name string, convert Convert[T], missing T) T {
	t, ok := Optional(d, name, convert)
	if !ok {
		return missing
	}
	return t
}

// Optional reads a member that has no default; ok tells whether it exists.
func Optional[T any](d *Dict, name string, convert Convert[T]) (t T, ok bool) {
	v, ok := d.Value(name)
	if !ok {
		return t, false
	}
	t, d.err = convert(d.realm, v)
	return t, d.err == nil
}

// Required reads a required member: a missing one is a TypeError.
func Required[T any](d *Dict, name string, convert Convert[T]) T {
	t, ok := Optional(d, name, convert)
	if !ok && d.err == nil {
		d.err = TypeError("required member %s of %s is undefined", name, d.name)
	}
	return t
}

// FrozenArray creates a frozen array.
//
// https://webidl.spec.whatwg.org/#dfn-create-frozen-array
func FrozenArray(realm *qjs.Realm, values ...qjs.Value) qjs.Value {
	array := realm.NewArray(values...)
	_, _ = Of(realm).freeze.Value().Call(realm, qjs.Undefined(), array) // an array can be frozen
	return array
}
