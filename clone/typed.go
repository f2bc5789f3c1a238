package clone

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
	"unsafe"
)

// This file copies values with their own types. A copy is made in two steps: move makes a shallow
// copy of what a value holds itself; fix completes it in place: checks it, and replaces what it
// refers to by copies.

// fill completes or builds an object that was put into the memory map.
func (c *copier) fill(t task) bool {
	switch into := t.into.(type) {
	case map[string]any:
		if t.plan == nil {
			return c.fillObject(into)
		}
	case []any:
		if t.plan == nil {
			return c.fillArray(into)
		}
	case unsafe.Pointer:
		return c.fillTyped(t, into)
	}
	if t.plan == nil {
		return c.fillPlatform(t.into)
	}
	return c.build(t)
}

func (c *copier) fillTyped(t task, into unsafe.Pointer) bool {
	switch t.plan.op {
	case opPointer:
		return c.fix(t.plan.elem, into)
	case opSlice:
		return c.fixAll(t.plan.elem, into, t.len)
	}
	return c.fillTypedMap(t.plan, into, t.source)
}

// fix completes the shallow copy of a value at ptr. If the plan says immutable it changes nothing.
func (c *copier) fix(p *plan, ptr unsafe.Pointer) bool {
	switch p.op {
	case opNever:
		return c.fail(p.reason)
	case opInt64:
		if i := *(*int64)(ptr); i > maxInteger || i < -maxInteger {
			return c.tooLarge()
		}
	case opUint64:
		if *(*uint64)(ptr) > maxInteger {
			return c.tooLarge()
		}
	case opString:
		return c.string(*(*string)(ptr))
	case opStruct:
		return c.fixFields(p, ptr)
	case opArray:
		return p.elem.inert || c.fixAll(p.elem, ptr, p.len)
	case opPointer:
		return c.fixPointer(p, (*unsafe.Pointer)(ptr))
	case opSlice:
		return c.fixSlice(p, (*slice)(ptr))
	case opView:
		return c.fixView(p, (*slice)(ptr))
	case opMap:
		return c.fixMap(p, (*unsafe.Pointer)(ptr))
	case opAny:
		w, ok := c.value(*(*any)(ptr))
		*(*any)(ptr) = w
		return ok
	case opList:
		return c.fixList((*[]any)(ptr))
	case opCanon:
		return c.fixCanonical(p, (*unsafe.Pointer)(ptr))
	case opError:
		return c.fixError((*error)(ptr))
	case opTime:
		return c.fixTime((*time.Time)(ptr))
	case opBigInt:
		return c.fixBigInt((*big.Int)(ptr))
	}
	return true
}

func (c *copier) fixFields(p *plan, ptr unsafe.Pointer) bool {
	for i := range p.checks {
		check := &p.checks[i]
		at := unsafe.Add(ptr, check.offset)
		if check.text {
			if s := *(*string)(at); ascii(s) { // OPTIMIZATION: one call less
				c.size += len(s)
			} else if !c.string(s) {
				return c.at(check.segment)
			}
		} else if !c.fix(check.plan, at) {
			return c.at(check.segment)
		}
	}
	return true
}

// fixAll completes n values that lie one after the other.
func (c *copier) fixAll(p *plan, ptr unsafe.Pointer, n int) bool {
	switch p.op { // OPTIMIZATION: frequent ones
	case opString:
		for i, s := range unsafe.Slice((*string)(ptr), n) {
			if ascii(s) {
				c.size += len(s)
			} else if !c.string(s) {
				return c.at(indexSegment(i))
			}
		}
		return true
	case opStruct:
		for i := range n {
			if !c.fixFields(p, unsafe.Add(ptr, uintptr(i)*p.size)) {
				return c.at(indexSegment(i))
			}
		}
		return true
	}
	for i := range n {
		if !c.fix(p, unsafe.Add(ptr, uintptr(i)*p.size)) {
			return c.at(indexSegment(i))
		}
	}
	return true
}

// met returns the memory map's entry of an object that is to be copied with its own type.
func (c *copier) met(p *plan, pointer unsafe.Pointer, length int) *entry {
	e := c.memory.find(pointer, p.id(), length)
	if c.mixed && e.value == nil && c.memory.has(pointer, p.canonical(), length) {
		c.conflict = true
	}
	return e
}

func (c *copier) fixPointer(p *plan, ptr *unsafe.Pointer) bool {
	if *ptr == nil {
		return true
	}
	if p.elem.op == opNever {
		return c.fail(p.elem.reason)
	}
	if !p.hasIdentity(0) {
		*ptr = reflect.New(p.elem.typ).UnsafePointer()
		return true
	}
	e := c.met(p, *ptr, 0)
	if e.value != nil {
		*ptr = e.value.(unsafe.Pointer)
		return true
	}
	dst := reflect.New(p.elem.typ).UnsafePointer()
	e.value = dst
	p.elem.move(dst, *ptr)
	*ptr = dst
	c.size += int(p.elem.size)
	return !c.conflict && (p.elem.inert || c.enter(task{plan: p, into: dst}))
}

func (c *copier) fixSlice(p *plan, s *slice) bool {
	if p.elem.op == opNever && s.data != nil {
		return c.fail(p.elem.reason)
	}
	if p.tooMany(s.len) {
		return c.fail(tooManyEmpty)
	}
	if !p.hasIdentity(s.len) {
		s.letGo()
		return true
	}
	e := c.met(p, s.data, s.len)
	if e.value != nil {
		*s = slice{e.value.(unsafe.Pointer), s.len, s.len}
		return true
	}
	c.size += s.len * int(p.elem.size)
	*s = slice{p.copyElements(s), s.len, s.len}
	e.value = s.data
	if p.elem.immutable { // refers to nothing
		return !c.conflict && (p.elem.inert || c.fixAll(p.elem, s.data, s.len))
	}
	return !c.conflict && c.enter(task{plan: p, into: s.data, len: s.len})
}

// letGo makes a slice without bytes point nowhere, so that nobody can append to another's memory.
func (s *slice) letGo() {
	if s.data != nil {
		*s = slice{unsafe.Pointer(&nowhere), s.len, s.len}
	}
}

// copyElements returns the address of shallow copies of all elements.
func (p *plan) copyElements(s *slice) unsafe.Pointer {
	elem := p.elem
	if !elem.pointers {
		return copyFlat(s.data, uintptr(s.len)*elem.size, uintptr(elem.typ.Align()))
	}
	switch elem.op {
	case opString:
		dst := make([]string, s.len)
		copy(dst, unsafe.Slice((*string)(s.data), s.len))
		return unsafe.Pointer(unsafe.SliceData(dst))
	case opPointer, opMap, opCanon:
		dst := make([]unsafe.Pointer, s.len)
		copy(dst, unsafe.Slice((*unsafe.Pointer)(s.data), s.len))
		return unsafe.Pointer(unsafe.SliceData(dst))
	}
	dst := reflect.MakeSlice(p.typ, s.len, s.len)
	if elem.whole {
		reflect.Copy(dst, reflect.NewAt(p.typ, unsafe.Pointer(s)).Elem())
		return dst.UnsafePointer()
	}
	for i := range s.len {
		offset := uintptr(i) * elem.size
		elem.move(unsafe.Add(dst.UnsafePointer(), offset), unsafe.Add(s.data, offset))
	}
	return dst.UnsafePointer()
}

func (c *copier) fixView(p *plan, s *slice) bool {
	if s.len == 0 {
		s.letGo()
		return true
	}
	e := c.met(p, s.data, s.len)
	if e.value == nil {
		n := uintptr(s.len) * p.elem.size
		c.size += int(n)
		e.value = copyFlat(s.data, n, p.elem.size)
	}
	*s = slice{e.value.(unsafe.Pointer), s.len, s.len}
	return !c.conflict
}

func (c *copier) fixCanonical(p *plan, ptr *unsafe.Pointer) bool {
	if *ptr == nil {
		return true
	}
	typ := p.typeWord()
	w, ok := c.value(interfaceOf(typ, *ptr))
	if !ok {
		return false
	}
	if w != nil && typeWord(w) != typ {
		return c.fail(reflect.TypeOf(w).String() + " cannot take the place of " + p.typ.String())
	}
	*ptr = pointerWord(w)
	return true
}

// typeWord returns the type as interfaces hold it.
func (p *plan) typeWord() unsafe.Pointer { return pointerWord(p.typ) }

func (c *copier) fixList(ptr *[]any) bool {
	if *ptr == nil {
		return true
	}
	w, ok := c.array(*ptr)
	if !ok {
		return false
	}
	*ptr = w.([]any)
	return true
}

func (c *copier) fixError(ptr *error) bool {
	if *ptr == nil {
		return true
	}
	w, ok := c.value(*ptr)
	if !ok {
		return false
	}
	*ptr, ok = w.(error)
	if !ok && w != nil {
		return c.fail(reflect.TypeOf(w).String() + " is no error")
	}
	return true
}

func (c *copier) fixTime(ptr *time.Time) bool {
	d, ok := c.time(*ptr)
	if ok {
		*ptr, _ = d.(*Date).GoTime()
	}
	return ok
}

func (c *copier) fixBigInt(ptr *big.Int) bool {
	*ptr = *c.bigInt(ptr)
	return true
}

func (c *copier) fixMap(p *plan, ptr *unsafe.Pointer) bool {
	if *ptr == nil {
		return true
	}
	e := c.met(p, *ptr, 0)
	if e.value != nil {
		*ptr = e.value.(unsafe.Pointer)
		return true
	}
	source := *ptr
	n := reflect.NewAt(p.typ, unsafe.Pointer(ptr)).Elem().Len()
	*ptr = reflect.MakeMapWithSize(p.typ, n).UnsafePointer()
	e.value = *ptr
	c.size += n * int(p.key.size+p.elem.size)
	return !c.conflict && c.enter(task{plan: p, into: *ptr, source: source})
}

// fillTypedMap copies the entries of the map source into the map into.
func (c *copier) fillTypedMap(p *plan, into, source unsafe.Pointer) bool {
	dst := reflect.NewAt(p.typ, unsafe.Pointer(&into)).Elem()
	src := reflect.NewAt(p.typ, unsafe.Pointer(&source)).Elem()
	key, elem := newSlot(p.key), newSlot(p.elem)
	n, notNumbers := 0, 0
	for it := src.MapRange(); it.Next(); n++ {
		key.source.SetIterKey(it)
		if key.source.CanFloat() && math.IsNaN(key.source.Float()) {
			notNumbers++
		}
		if !c.fix(p.key, key.moved()) {
			return c.at(keySegment(n))
		}
		elem.source.SetIterValue(it)
		if !c.fix(p.elem, elem.moved()) {
			return c.at(mapSegment(key.copy, n))
		}
		dst.SetMapIndex(key.copy, elem.copy)
	}
	if dst.Len() < n || notNumbers > 1 {
		return c.fail("two keys become the same")
	}
	return true
}

func mapSegment(key reflect.Value, i int) string {
	switch {
	case key.Kind() == reflect.String:
		return propertySegment(key.String())
	case key.CanInt(), key.CanUint():
		return fmt.Sprintf(".get(%v)", key)
	}
	return entrySegment(key.Interface(), i)
}

// slot is where a key or value of a map is copied: maps cannot be pointed into.
type slot struct {
	plan         *plan
	source, copy reflect.Value // the same if there is nothing to leave out
}

func newSlot(p *plan) slot {
	s := slot{plan: p, source: reflect.New(p.typ).Elem()}
	s.copy = s.source
	if !p.whole {
		s.copy = reflect.New(p.typ).Elem()
	}
	return s
}

// moved returns the address of a shallow copy of the source.
func (s *slot) moved() unsafe.Pointer {
	to := s.copy.Addr().UnsafePointer()
	if s.copy != s.source {
		s.plan.move(to, s.source.Addr().UnsafePointer())
	}
	return to
}
