package clone

import (
	"encoding/binary"
	"iter"
	"reflect"
	"unsafe"
)

// enter fills an allocated pointer, slice or map, now or later.
func (a *assigner) enter(p *plan, dst reflect.Value, src any) bool {
	if a.depth >= maxDepth {
		a.work = append(a.work, assignment{p, dst, src})
		return true
	}
	a.depth++
	ok := a.fill(p, dst, src)
	a.depth--
	return ok
}

func (a *assigner) fill(p *plan, dst reflect.Value, src any) bool {
	switch p.op {
	case opPointer:
		return a.assign(p.elem, dst.Elem(), src)
	case opMap:
		return a.fillMap(p, dst, src)
	}
	return a.fillElements(p, dst, src)
}

// known returns the entry of an object that is converted by p; nil if it has no identity.
func (a *assigner) known(p *plan, src any) *entry {
	switch s := src.(type) {
	case []any:
		if len(s) == 0 {
			return nil
		}
		return a.memory.find(unsafe.Pointer(unsafe.SliceData(s)), p.id(), len(s))
	case bool, float64, string:
		return nil
	}
	if k := reflect.TypeOf(src).Kind(); k != reflect.Map && k != reflect.Pointer {
		return nil
	}
	return a.memory.find(pointerWord(src), p.id(), 0)
}

// again stores in dst the earlier result for an object, if it was converted before.
func (e *entry) again(dst reflect.Value) bool {
	if e == nil || e.value == nil {
		return false
	}
	*(*unsafe.Pointer)(dst.Addr().UnsafePointer()) = e.value.(unsafe.Pointer)
	return true
}

// keep notes the result of an object's conversion.
func (e *entry) keep(v reflect.Value) {
	if e != nil {
		e.value = v.UnsafePointer()
	}
}

func (a *assigner) assignPointer(p *plan, dst reflect.Value, src any) bool {
	e := a.known(p, src)
	if e.again(dst) {
		return true
	}
	v := reflect.New(p.elem.typ)
	if v.Type() != p.typ {
		v = v.Convert(p.typ)
	}
	e.keep(v)
	dst.Set(v)
	return a.enter(p, v, src)
}

// elements returns the number of elements of an Array or typed array; ok is false if it is neither.
func (a *assigner) elements(p *plan, src any) (n int, ok bool) {
	switch s := src.(type) {
	case []any:
		return len(s), true
	case *Array:
		// What is mostly holes would take far more memory than it did.
		if int64(s.length) > 1024+8*int64(s.Len()) {
			return 0, a.fail("sparse Array cannot be decoded into %s", p.typ)
		}
		return int(s.length), true
	case *TypedArray:
		if s.OutOfBounds() {
			return 0, a.fail("%s is out of bounds", s.Kind)
		}
		return s.Len(), true
	}
	return 0, a.mismatch(p, src)
}

func (a *assigner) assignSlice(p *plan, dst reflect.Value, src any) bool {
	if p.op == opView {
		if b, ok := viewOf(p, src); ok {
			dst.Set(b)
			return true
		}
	}
	n, ok := a.elements(p, src)
	if !ok {
		return false
	}
	e := a.known(p, src)
	if e.again(dst) {
		s := (*slice)(dst.Addr().UnsafePointer())
		s.len, s.cap = n, n
		return true
	}
	v := reflect.MakeSlice(p.typ, n, n)
	e.keep(v)
	dst.Set(v)
	return a.enter(p, v, src)
}

// viewOf returns the elements of a typed array as a slice of type p, and the bytes of an
// ArrayBuffer as a slice of bytes. It copies only if the memory is not aligned for the type.
func viewOf(p *plan, src any) (reflect.Value, bool) {
	var b []byte
	switch s := src.(type) {
	case *ArrayBuffer:
		if p.kind != Uint8Array {
			return reflect.Value{}, false
		}
		b = s.Bytes()
	case *TypedArray:
		same := s.Kind == p.kind || s.Kind == Uint8ClampedArray && p.kind == Uint8Array
		if !same || s.OutOfBounds() {
			return reflect.Value{}, false
		}
		b = s.Bytes()
	default:
		return reflect.Value{}, false
	}
	data := unsafe.Pointer(unsafe.SliceData(b))
	size := p.elem.size
	if size > 1 && (uintptr(data)%size != 0 || !littleEndian) {
		return reflect.Value{}, false
	}
	if data == nil {
		data = unsafe.Pointer(&nowhere)
	}
	n := len(b) / int(size)
	return reflect.NewAt(p.typ, unsafe.Pointer(&slice{data, n, n})).Elem(), true
}

// littleEndian reports whether this machine is little-endian.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

func (a *assigner) assignArray(p *plan, dst reflect.Value, src any) bool {
	n, ok := a.elements(p, src)
	if !ok {
		return false
	}
	if n != p.len {
		return a.fail("%s of length %d cannot be decoded into %s", nameOf(src), n, p.typ)
	}
	return a.fillElements(p, dst, src)
}

// fillElements stores the elements of src in the slice or array dst, which is as long.
func (a *assigner) fillElements(p *plan, dst reflect.Value, src any) bool {
	for i, v := range elementsOf(src) {
		if !a.assign(p.elem, dst.Index(i), v) {
			return a.at(indexSegment(i))
		}
	}
	return true
}

// elementsOf yields the elements of an Array or typed array, without holes.
func elementsOf(src any) iter.Seq2[int, any] {
	return func(yield func(int, any) bool) {
		switch s := src.(type) {
		case []any:
			for i, v := range s {
				if !yield(i, v) {
					return
				}
			}
		case *Array:
			for key, v := range s.All() {
				if i, ok := arrayIndex(key); ok && !yield(int(i), v) {
					return
				}
			}
		case *TypedArray:
			b, size := s.Bytes(), s.Kind.ElementSize()
			for i := range len(b) / size {
				if !yield(i, s.Kind.element(b[i*size:])) {
					return
				}
			}
		}
	}
}

func (a *assigner) assignMap(p *plan, dst reflect.Value, src any) bool {
	n := 0
	switch s := src.(type) {
	case map[string]any:
		n = len(s)
		if p.key.op != opString {
			return a.mismatch(p, src)
		}
	case *Map:
		n = s.Len()
	default:
		return a.mismatch(p, src)
	}
	e := a.known(p, src)
	if e.again(dst) {
		return true
	}
	v := reflect.MakeMapWithSize(p.typ, n)
	e.keep(v)
	dst.Set(v)
	return a.enter(p, v, src)
}

// entriesOf yields the properties of an Object or the entries of a Map.
func entriesOf(src any) iter.Seq2[any, any] {
	if m, ok := src.(*Map); ok {
		return m.All()
	}
	return func(yield func(any, any) bool) {
		for key, v := range src.(map[string]any) {
			if !yield(key, v) {
				return
			}
		}
	}
}

func (a *assigner) fillMap(p *plan, dst reflect.Value, src any) bool {
	n := 0
	for k, v := range entriesOf(src) {
		key, elem := reflect.New(p.key.typ).Elem(), reflect.New(p.elem.typ).Elem()
		if !a.assign(p.key, key, k) {
			return a.at(keySegment(n))
		}
		if !key.Comparable() {
			return a.fail("%s cannot be a key of %s", nameOf(k), p.typ) || a.at(keySegment(n))
		}
		if !a.assign(p.elem, elem, v) {
			return a.at(mapSegment(key, n))
		}
		dst.SetMapIndex(key, elem)
		n++
	}
	if dst.Len() < n {
		return a.fail("two keys become the same in %s", p.typ)
	}
	return true
}

func (a *assigner) assignStruct(p *plan, dst reflect.Value, src any) bool {
	object, ok := src.(map[string]any)
	if !ok {
		return a.mismatch(p, src)
	}
	for i := range p.fields {
		f := &p.fields[i]
		v, ok := object[f.name]
		if !ok {
			continue
		}
		if !a.assign(f.plan, f.in(dst), v) {
			return a.at(f.segment)
		}
	}
	return true
}

// in returns the field of a struct. It allocates embedded pointers on the way, also those to
// unexported types, unlike encoding/json: their fields are promoted like any others.
func (f *field) in(v reflect.Value) reflect.Value {
	for i, x := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				embedded := reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
				embedded.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(x)
	}
	return v
}
