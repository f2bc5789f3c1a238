package clone

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// UndefinedType is the type of [Undefined].
type UndefinedType struct{}

// Undefined is the value undefined. Compare with ==.
var Undefined = UndefinedType{}

// String returns "undefined".
func (UndefinedType) String() string { return "undefined" }

// Property is one own property of an [Object] or [Array].
type Property struct {
	Key   string
	Value any
}

// Object is an Object with the order of its keys. The zero value is empty and ready for use.
//
// In canonical values an Object is a map[string]any; a program that wants the order asks for it
// with Decode(&object), and then gets an *Object at every level.
type Object struct {
	properties properties
}

// NewObject returns an object with the given properties; of equal keys the first has the place and
// the last the value.
func NewObject(list ...Property) *Object {
	o := &Object{}
	o.properties.grow(len(list))
	for _, p := range list {
		o.Set(p.Key, p.Value)
	}
	return o
}

// Len returns the number of properties.
func (o *Object) Len() int { return len(o.properties.list) }

// Get returns the value of a property, and whether there is one.
func (o *Object) Get(key string) (any, bool) { return o.properties.get(key) }

// Set changes a property, or appends a new one.
func (o *Object) Set(key string, value any) { o.properties.set(key, value) }

// Delete removes a property. It takes time proportional to the size of the object.
func (o *Object) Delete(key string) { o.properties.delete(key) }

// All yields the properties in order. The object must not be changed meanwhile.
func (o *Object) All() iter.Seq2[string, any] { return o.properties.all() }

// properties is an ordered list of properties with unique keys.
type properties struct {
	list  []Property
	index map[string]int // only when the list is longer than linearLimit
}

// linearLimit is the length up to which looking through a list beats an index.
const linearLimit = 8

func (p *properties) grow(n int) { p.list = slices.Grow(p.list, n) }

func (p *properties) find(key string) int {
	if p.index != nil {
		if i, ok := p.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range p.list {
		if p.list[i].Key == key {
			return i
		}
	}
	return -1
}

func (p *properties) get(key string) (any, bool) {
	if i := p.find(key); i >= 0 {
		return p.list[i].Value, true
	}
	return nil, false
}

func (p *properties) set(key string, value any) {
	if i := p.find(key); i >= 0 {
		p.list[i].Value = value
		return
	}
	p.list = append(p.list, Property{key, value})
	switch {
	case p.index != nil:
		p.index[key] = len(p.list) - 1
	case len(p.list) > linearLimit:
		p.reindex()
	}
}

func (p *properties) delete(key string) {
	i := p.find(key)
	if i < 0 {
		return
	}
	p.list = slices.Delete(p.list, i, i+1)
	p.reindex()
}

func (p *properties) reindex() {
	p.index = nil
	if len(p.list) <= linearLimit {
		return
	}
	p.index = make(map[string]int, cap(p.list))
	for i := range p.list {
		p.index[p.list[i].Key] = i
	}
}

func (p *properties) all() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, property := range p.list {
			if !yield(property.Key, property.Value) {
				return
			}
		}
	}
}

// arrayIndex reports whether key is an array index (a canonical decimal below 2^32-1), and which.
//
// https://tc39.es/ecma262/#array-index
func arrayIndex(key string) (uint32, bool) {
	if key == "" || len(key) > 10 || key[0] < '0' || key[0] > '9' || key[0] == '0' && len(key) > 1 {
		return 0, false
	}
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, false
	}
	return uint32(n), true
}

// compareKeys orders the keys of a Go map: array indices first, by number, then the
// rest, as strings.
func compareKeys(a, b string) int {
	i, aIndex := arrayIndex(a)
	j, bIndex := arrayIndex(b)
	switch {
	case aIndex && bIndex:
		return int(int64(i) - int64(j))
	case aIndex:
		return -1
	case bIndex:
		return 1
	}
	return strings.Compare(a, b)
}

// sortedKeys returns the keys of m in the order of [compareKeys].
func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}

// Array is an Array with holes or extra properties. One with neither is a []any.
type Array struct {
	length     uint32
	properties properties
}

// NewArray returns an array of the given length that is nothing but holes.
func NewArray(length uint32) *Array { return &Array{length: length} }

// Length returns the length, holes included.
func (a *Array) Length() uint32 { return a.length }

// Get returns the value of a property, an array index ("0", "17") or any other string, and
// whether there is one.
func (a *Array) Get(key string) (any, bool) { return a.properties.get(key) }

// Set changes or adds a property. An array index at or beyond the length makes the array longer.
func (a *Array) Set(key string, value any) {
	if i, ok := arrayIndex(key); ok && i >= a.length {
		a.length = i + 1
	}
	a.properties.set(key, value)
}

// At returns the element at an index; false for a hole.
func (a *Array) At(i uint32) (any, bool) { return a.Get(strconv.FormatUint(uint64(i), 10)) }

// SetAt changes or adds the element at an index below 2^32-1.
func (a *Array) SetAt(i uint32, value any) { a.Set(strconv.FormatUint(uint64(i), 10), value) }

// Len returns the number of properties, "length" excluded.
func (a *Array) Len() int { return len(a.properties.list) }

// All yields the properties in the order in which they were added. The array must not be
// changed meanwhile.
func (a *Array) All() iter.Seq2[string, any] { return a.properties.all() }
