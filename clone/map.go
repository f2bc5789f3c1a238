package clone

import (
	"iter"
	"math"
	"math/big"
	"reflect"
	"slices"
	"unsafe"
)

// MapEntry is one entry of a [Map].
type MapEntry struct {
	Key, Value any
}

// Map is a Map: entries in order of insertion, keys compared as by SameValueZero (NaN equals NaN,
// BigInts by value, objects by identity). The zero value is empty and ready for use.
type Map struct {
	entries []MapEntry
	index   map[any]int // from identityOf(key); only when there are more than linearLimit entries
}

// NewMap returns a map with the given entries; of equal keys the first has the place and the
// last the value.
func NewMap(entries ...MapEntry) *Map {
	m := &Map{entries: make([]MapEntry, 0, len(entries))}
	for _, e := range entries {
		m.Set(e.Key, e.Value)
	}
	return m
}

// Len returns the number of entries.
func (m *Map) Len() int { return len(m.entries) }

// Get returns the value of a key, and whether there is one.
func (m *Map) Get(key any) (any, bool) {
	if i := m.find(identityOf(key)); i >= 0 {
		return m.entries[i].Value, true
	}
	return nil, false
}

// Set changes an entry, or appends a new one.
func (m *Map) Set(key, value any) {
	id := identityOf(key)
	if i := m.find(id); i >= 0 {
		m.entries[i].Value = value
		return
	}
	if f, ok := key.(float64); ok && f == 0 {
		key = 0.0 // -0 becomes +0
	}
	m.entries = append(m.entries, MapEntry{key, value})
	switch {
	case m.index != nil:
		m.index[id] = len(m.entries) - 1
	case len(m.entries) > linearLimit:
		m.reindex()
	}
}

// Delete removes an entry. It takes time proportional to the size of the map.
func (m *Map) Delete(key any) {
	if i := m.find(identityOf(key)); i >= 0 {
		m.entries = slices.Delete(m.entries, i, i+1)
		m.reindex()
	}
}

// All yields the entries in order. The map must not be changed meanwhile.
func (m *Map) All() iter.Seq2[any, any] {
	return func(yield func(any, any) bool) {
		for _, e := range m.entries {
			if !yield(e.Key, e.Value) {
				return
			}
		}
	}
}

func (m *Map) find(id any) int {
	if m.index != nil {
		if i, ok := m.index[id]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if identityOf(m.entries[i].Key) == id {
			return i
		}
	}
	return -1
}

func (m *Map) reindex() {
	m.index = nil
	if len(m.entries) <= linearLimit {
		return
	}
	m.index = make(map[any]int, cap(m.entries))
	for i := range m.entries {
		m.index[identityOf(m.entries[i].Key)] = i
	}
}

// hasTwins reports whether two keys are the same.
func (m *Map) hasTwins() bool {
	seen := make(map[any]bool, len(m.entries))
	for i := range m.entries {
		seen[identityOf(m.entries[i].Key)] = true
	}
	return len(seen) < len(m.entries)
}

// Set is a Set: values in order of insertion, compared as the keys of a [Map]. The zero value is
// empty and ready for use.
type Set struct {
	values Map
}

// NewSet returns a set of the given values.
func NewSet(values ...any) *Set {
	s := &Set{}
	for _, v := range values {
		s.Add(v)
	}
	return s
}

// Len returns the number of values.
func (s *Set) Len() int { return s.values.Len() }

// Has reports whether value is in the set.
func (s *Set) Has(value any) bool { return s.values.find(identityOf(value)) >= 0 }

// Add appends a value that is not yet in the set.
func (s *Set) Add(value any) {
	if !s.Has(value) {
		s.values.Set(value, nil)
	}
}

// Delete removes a value. It takes time proportional to the size of the set.
func (s *Set) Delete(value any) { s.values.Delete(value) }

// All yields the values in order. The set must not be changed meanwhile.
func (s *Set) All() iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, e := range s.values.entries {
			if !yield(e.Key) {
				return
			}
		}
	}
}

type (
	notANumber    struct{}
	bigIntegerKey string
	referenceKey  struct {
		typ     unsafe.Pointer
		pointer unsafe.Pointer
		length  int
	}
)

// identityOf returns a comparable value that is equal for two keys exactly if SameValueZero says
// that they are the same.
//
// https://tc39.es/ecma262/#sec-samevaluezero
func identityOf(key any) any {
	switch k := key.(type) {
	case nil, bool, string, UndefinedType:
		return key
	case float64:
		if math.IsNaN(k) {
			return notANumber{}
		}
		return k
	case *big.Int:
		if k == nil {
			return nil
		}
		return bigIntegerKey(k.String())
	case []any:
		if len(k) == 0 {
			return new(byte) // equal to nothing, not even to itself
		}
		return referenceKey{typeWord(key), unsafe.Pointer(unsafe.SliceData(k)), len(k)}
	case map[string]any:
		return referenceKey{typeWord(key), mapPointer(k), 0}
	}
	return foreignIdentity(key)
}

// foreignIdentity is identityOf for objects, and for keys that are not canonical yet.
func foreignIdentity(key any) any {
	v := reflect.ValueOf(key)
	switch v.Kind() {
	case reflect.Pointer:
		return key
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return float64(v.Uint())
	case reflect.Float32, reflect.Float64:
		return identityOf(v.Float())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Map:
		return referenceKey{typeWord(key), v.UnsafePointer(), 0}
	case reflect.Slice:
		if v.Len() > 0 {
			return referenceKey{typeWord(key), v.UnsafePointer(), v.Len()}
		}
	}
	return new(byte)
}
