package clone

import (
	"cmp"
	"errors"
	"math/big"
	"reflect"
	"slices"
	"time"
	"unsafe"
)

// This file makes canonical values of Go values whose types are not canonical.

// foreign is value for types that this package does not know.
func (c *copier) foreign(v any) (any, bool) {
	p := planFor(reflect.TypeOf(v))
	word := pointerWord(v)
	if p.op == opCanon {
		return c.transferable(v, word)
	}
	if p.direct {
		return c.foreignDirect(p, word)
	}
	if p.op == opStruct || p.op == opArray {
		// The value in an interface stays as it is, so this may be put off, unlike other structs.
		into := c.blank(p, p.len)
		return into, c.enter(task{plan: p, into: into, source: word})
	}
	return c.canonical(p, word)
}

func (c *copier) foreignDirect(p *plan, word unsafe.Pointer) (any, bool) {
	ptr := unsafe.Pointer(&word)
	if p.op == opStruct || p.op == opArray {
		into := c.blank(p, p.len)
		return into, c.enter(task{plan: p, into: into, source: ptr})
	}
	return c.canonical(p, ptr)
}

// transferable returns the value that stands for a platform object that can only be transferred, or
// that is never changed.
func (c *copier) transferable(v any, word unsafe.Pointer) (any, bool) {
	if word == nil {
		return nil, true
	}
	if _, ok := v.(PlatformObject); ok || c.snapshot {
		return v, true
	}
	if c.transfer && c.memory.has(word, typeWord(v), 0) {
		return c.known(v).value, true
	}
	return nil, c.fail(reflect.TypeOf(v).Elem().Name() + " is not in the transfer list")
}

// canonical returns the canonical form of the value at ptr.
func (c *copier) canonical(p *plan, ptr unsafe.Pointer) (any, bool) {
	switch p.op {
	case opNever:
		return nil, c.fail(p.reason)
	case opUndefined:
		return Undefined, true
	case opBool:
		return *(*bool)(ptr), true
	case opString:
		s := *(*string)(ptr)
		return s, c.string(s)
	case opTime:
		return c.time(*(*time.Time)(ptr))
	case opBigInt:
		return c.bigInt((*big.Int)(ptr)), true
	case opAny:
		return c.value(*(*any)(ptr))
	case opError:
		return c.value(*(*error)(ptr))
	case opIface:
		v := reflect.NewAt(p.typ, ptr).Elem()
		if v.IsNil() {
			return nil, true
		}
		return c.value(v.Elem().Interface())
	case opCanon:
		return c.value(interfaceOf(p.typeWord(), *(*unsafe.Pointer)(ptr)))
	case opList:
		return c.value(*(*[]any)(ptr))
	case opThrown:
		return c.thrown(p, ptr)
	case opPointer, opSlice, opView, opMap:
		return c.canonicalReference(p, ptr)
	case opArray, opStruct:
		into := c.blank(p, p.len)
		return into, c.build(task{plan: p, into: into, source: ptr})
	}
	return c.canonicalNumber(p, ptr)
}

func (c *copier) canonicalNumber(p *plan, ptr unsafe.Pointer) (any, bool) {
	switch p.op {
	case opInt8:
		return number(float64(*(*int8)(ptr))), true
	case opInt16:
		return number(float64(*(*int16)(ptr))), true
	case opInt32:
		return number(float64(*(*int32)(ptr))), true
	case opInt64:
		return c.integer(*(*int64)(ptr))
	case opUint8:
		return number(float64(*(*uint8)(ptr))), true
	case opUint16:
		return number(float64(*(*uint16)(ptr))), true
	case opUint32:
		return number(float64(*(*uint32)(ptr))), true
	case opUint64:
		return c.unsigned(*(*uint64)(ptr))
	case opFloat32:
		return number(float64(*(*float32)(ptr))), true
	}
	return number(*(*float64)(ptr)), true
}

// blank returns the empty object or array that a value of plan p is cloned to, with room
// for n elements.
func (c *copier) blank(p *plan, n int) any {
	switch {
	case p.op == opArray || p.op == opSlice:
		return make([]any, n)
	case p.op == opMap && p.key.op != opString:
		return &Map{}
	case c.objects == objectsInOrder:
		return &Object{}
	case p.op == opStruct:
		return make(map[string]any, len(p.fields))
	}
	return make(map[string]any, n)
}

// canonicalReference is canonical for values with an identity.
func (c *copier) canonicalReference(p *plan, ptr unsafe.Pointer) (any, bool) {
	pointer, length := *(*unsafe.Pointer)(ptr), 0
	if pointer == nil {
		return nil, true
	}
	switch p.op {
	case opPointer:
		if p.elem.op != opStruct && p.elem.op != opArray {
			return c.pointee(p.elem, pointer)
		}
		return c.canonicalObject(p, p.elem, pointer, 0, p.elem.len)
	case opSlice:
		length = (*slice)(ptr).len
		return c.canonicalObject(p, p, pointer, length, length)
	case opView:
		return c.canonicalView(p, pointer, (*slice)(ptr).len)
	}
	return c.canonicalObject(p, p, pointer, 0, p.mapLen(pointer))
}

// mapLen returns the number of entries of a map.
func (p *plan) mapLen(m unsafe.Pointer) int {
	return reflect.NewAt(p.typ, unsafe.Pointer(&m)).Elem().Len()
}

// maxHops is the maximal number of pointers to pointers that are followed.
const maxHops = 1000

// pointee returns the canonical form of the value behind a pointer, other than an object.
func (c *copier) pointee(p *plan, pointer unsafe.Pointer) (any, bool) {
	if c.depth > maxDepth+maxHops {
		return nil, c.fail("pointer that leads to itself")
	}
	c.depth++
	v, ok := c.canonical(p, pointer)
	c.depth--
	return v, ok
}

// canonicalObject is canonical for an object at pointer, of n elements, which is known by the plan
// p of what refers to it.
func (c *copier) canonicalObject(p, object *plan, pointer unsafe.Pointer, length, n int) (any, bool) {
	if p.op == opSlice && p.tooMany(n) {
		return nil, c.fail(tooManyEmpty)
	}
	if !p.hasIdentity(length) {
		into := c.blank(object, n)
		return into, c.build(task{plan: object, into: into, source: pointer})
	}
	e := c.memory.find(pointer, p.canonical(), length)
	if e.value != nil {
		return e.value, true
	}
	if c.mixed && c.memory.has(pointer, p.id(), length) {
		c.conflict = true
		return nil, false
	}
	into := c.blank(object, n)
	e.value = into
	return into, c.enter(task{plan: object, into: into, source: pointer})
}

// hasIdentity reports whether a pointer, map or slice of this length refers to memory
// of nonzero size.
func (p *plan) hasIdentity(length int) bool {
	switch p.op {
	case opPointer:
		return p.elem.size > 0
	case opSlice, opView:
		return length > 0 && p.elem.size > 0
	}
	return true
}

func (c *copier) canonicalView(p *plan, pointer unsafe.Pointer, n int) (any, bool) {
	if n == 0 {
		return NewTypedArray(p.kind, []byte{}), true
	}
	e := c.memory.find(pointer, p.canonical(), n)
	if e.value != nil {
		return e.value, true
	}
	if c.mixed && c.memory.has(pointer, p.id(), n) {
		c.conflict = true
		return nil, false
	}
	size := uintptr(n) * p.elem.size
	c.size += int(size)
	if !c.alias {
		pointer = copyFlat(pointer, size, p.elem.size)
	}
	e.value = NewTypedArray(p.kind, unsafe.Slice((*byte)(pointer), size))
	return e.value, true
}

// thrown returns the Error that a value which implements error is cloned to.
//
// FIXME: several causes (Unwrap() []error) are left out; there is no serializable AggregateError.
func (c *copier) thrown(p *plan, ptr unsafe.Pointer) (any, bool) {
	if p.typ.Kind() == reflect.Pointer && *(*unsafe.Pointer)(ptr) == nil {
		return nil, true
	}
	err := reflect.NewAt(p.typ, ptr).Elem().Interface().(error)
	into := &Error{}
	if p.typ.Kind() == reflect.Pointer {
		e := c.memory.find(*(*unsafe.Pointer)(ptr), p.canonical(), 0)
		if e.value != nil {
			return e.value, true
		}
		e.value = into
	}
	*into = Error{Name: "Error", Message: err.Error(), HasMessage: true}
	if cause := errors.Unwrap(err); cause != nil {
		into.Cause, into.HasCause = cause, true
	}
	return into, c.enter(task{into: into})
}

// build fills a canonical object from the Go value at t.source.
func (c *copier) build(t task) bool {
	c.size += 48
	switch into := t.into.(type) {
	case []any:
		return c.buildArray(t.plan, into, t.source)
	case map[string]any:
		return c.buildObject(t.plan, t.source, func(key string, v any) { into[key] = v })
	case *Object:
		return c.buildObject(t.plan, t.source, into.Set)
	case *Map:
		return c.buildMap(t.plan, into, t.source)
	}
	return true
}

func (c *copier) buildArray(p *plan, into []any, source unsafe.Pointer) bool {
	for i := range into {
		v, ok := c.canonical(p.elem, unsafe.Add(source, uintptr(i)*p.elem.size))
		if !ok {
			return c.at(indexSegment(i))
		}
		into[i] = v
	}
	c.size += 16 * len(into)
	return true
}

func (c *copier) buildObject(p *plan, source unsafe.Pointer, set func(string, any)) bool {
	if p.op == opMap {
		return c.buildFromMap(p, source, set)
	}
	for i := range p.fields {
		f := &p.fields[i]
		at := f.at(source)
		if at == nil || f.omitted(at) {
			continue
		}
		v, ok := c.canonical(f.plan, at)
		if !ok {
			return c.at(f.segment)
		}
		set(f.name, v)
	}
	return true
}

// buildFromMap makes properties of the entries of a map with string keys.
func (c *copier) buildFromMap(p *plan, source unsafe.Pointer, set func(string, any)) bool {
	m := reflect.NewAt(p.typ, unsafe.Pointer(&source)).Elem()
	keys := m.MapKeys()
	if c.objects == objectsInOrder {
		slices.SortFunc(keys, func(a, b reflect.Value) int { return compareKeys(a.String(), b.String()) })
	}
	elem := reflect.New(p.elem.typ).Elem()
	for _, k := range keys {
		key := k.String()
		if !c.string(key) {
			return false
		}
		elem.Set(m.MapIndex(k))
		v, ok := c.canonical(p.elem, elem.Addr().UnsafePointer())
		if !ok {
			return c.at(propertySegment(key))
		}
		set(key, v)
	}
	return true
}

// buildMap makes entries of those of a map with other keys. Numbers and the like are sorted.
func (c *copier) buildMap(p *plan, into *Map, source unsafe.Pointer) bool {
	m := reflect.NewAt(p.typ, unsafe.Pointer(&source)).Elem()
	into.entries = make([]MapEntry, 0, m.Len())
	key, elem := reflect.New(p.key.typ).Elem(), reflect.New(p.elem.typ).Elem()
	for it := m.MapRange(); it.Next(); {
		i := len(into.entries)
		key.SetIterKey(it)
		k, ok := c.canonical(p.key, key.Addr().UnsafePointer())
		if !ok {
			return c.at(keySegment(i))
		}
		if name := p.key.notAKey(k); name != "" {
			return c.fail(name+" cannot be a key of "+p.typ.String()) || c.at(keySegment(i))
		}
		elem.SetIterValue(it)
		v, ok := c.canonical(p.elem, elem.Addr().UnsafePointer())
		if !ok {
			return c.at(entrySegment(k, i))
		}
		if k == 0.0 {
			k = 0.0 // a Map's keys know no -0
		}
		into.entries = append(into.entries, MapEntry{k, v})
	}
	slices.SortStableFunc(into.entries, func(a, b MapEntry) int { return compareMapKeys(a.Key, b.Key) })
	if into.reindex(); into.hasTwins() {
		return c.fail("two keys become the same")
	}
	return true
}

// notAKey returns the type name of a value inside k, the canonical form of a key of p's type, that
// an interface in a Go map key cannot hold, so that the map could not be decoded into its own type;
// "" if there is none.
func (p *plan) notAKey(k any) string {
	switch key := k.(type) {
	case []any:
		if p.op == opArray {
			for _, v := range key {
				if name := p.elem.notAKey(v); name != "" {
					return name
				}
			}
			return ""
		}
	case map[string]any:
		if p.op == opStruct {
			for i := range p.fields {
				if name := p.fields[i].plan.notAKey(key[p.fields[i].name]); name != "" {
					return name
				}
			}
			return ""
		}
	}
	if p.op != opAny && p.op != opIface || k == nil {
		return ""
	}
	if name := nameOf(k); name == "Array" || name == "Object" {
		return name
	}
	return ""
}

// compareMapKeys orders false, true, numbers, strings; other keys come after these, in any order.
func compareMapKeys(a, b any) int {
	if x, ok := a.(float64); ok {
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return compareKeys(x, y)
		}
	}
	return cmp.Compare(rank(a), rank(b))
}

func rank(key any) int {
	switch k := key.(type) {
	case bool:
		if k {
			return 1
		}
		return 0
	case float64:
		return 2
	case string:
		return 3
	}
	return 4
}
