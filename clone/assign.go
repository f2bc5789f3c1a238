package clone

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
	"unsafe"
)

// Decode stores the message in what dst points at.
//
// A message that was posted as a T and is decoded into a T is handed over as it is. Otherwise
// Decode converts its canonical form: Objects to structs by their json tags or to maps, Arrays and
// typed arrays to slices and arrays, Maps to maps, Dates to time.Time, and so on, and keeps shared
// and cyclic references wherever the type has pointers, maps or slices for them. Numbers and
// BigInts must fit, without a fraction, into an integer. As in encoding/json, null makes pointers,
// maps, slices and interfaces nil and leaves others as they are, properties that a struct does not
// have are ignored, and fields that the message does not have are left as they are. Undefined is
// taken for null except where a type can hold it. A canonical value is stored where its type fits,
// so ports end up in fields of their type. With an *Object or **Object all Objects of the message
// become *Object.
//
// What was decoded may share memory with what further calls of Data and Decode return. After an
// error, *dst may be half filled.
//
// The error is a *DOMException DataCloneError that names the path, or that of Check; a TypeError if
// dst is not a pointer.
func (r *Record) Decode(dst any) error {
	target := reflect.ValueOf(dst)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return typeError("Decode needs a pointer that is not nil")
	}
	switch d := dst.(type) {
	case *any:
		value, err := r.data()
		*d = value
		return err
	case *Object, **Object:
		return r.decodeOrdered(target.Elem())
	}
	if r.form == formTyped {
		if done, err := r.handOver(target); done {
			return err
		}
	}
	value, err := r.data()
	if err != nil {
		return err
	}
	return assign(target.Elem(), value)
}

func (r *Record) decodeOrdered(target reflect.Value) (err error) {
	var value any
	switch {
	case r.form == formUndeliverable:
		return undeliverable(r.value.(string))
	case r.isBytes():
		value, err = r.decode(r.shared, true)
	default:
		value, err = inOrder(r.value, r.shared)
	}
	if err != nil {
		return err
	}
	if target.Kind() == reflect.Pointer {
		return assign(target, value)
	}
	var object *Object
	if err := assign(reflect.ValueOf(&object).Elem(), value); err != nil || object == nil {
		return err
	}
	target.Set(reflect.ValueOf(object).Elem())
	return nil
}

// handOver stores a typed snapshot, or the value that it points at, in *target if the types are the
// same. Fields that are not cloned stay as they are.
func (r *Record) handOver(target reflect.Value) (done bool, err error) {
	snapshot := reflect.TypeOf(r.value)
	p, into := planFor(snapshot), target.UnsafePointer()
	if p.typ == target.Type() {
		return true, r.handOverPointee(p, into)
	}
	if p.typ != target.Type().Elem() {
		return false, nil
	}
	v := r.value
	if r.shared {
		c := copier{snapshot: true}
		var ok bool
		v, ok = c.typed(p, v)
		if err := c.end(ok && c.finish()); err != nil {
			return true, err
		}
	}
	if p.direct {
		word := pointerWord(v)
		p.move(into, unsafe.Pointer(&word))
	} else {
		p.move(into, pointerWord(v))
	}
	return true, nil
}

// handOverPointee stores the value that the snapshot, a pointer, points at.
func (r *Record) handOverPointee(p *plan, into unsafe.Pointer) error {
	pointer := pointerWord(r.value)
	p.elem.move(into, pointer)
	if !r.shared && !p.cyclic {
		return nil
	}
	c := copier{snapshot: true}
	c.memory.find(pointer, p.id(), 0).value = into // what refers to the message's own object will refer to *target
	return c.end(c.fix(p.elem, into) && c.finish())
}

// end releases the memory and returns the error, if there was one.
func (c *copier) end(ok bool) error {
	c.memory.release()
	if !ok {
		return c.failure.err()
	}
	return nil
}

// assigner is one conversion of a canonical value to Go types. Like the copier it recurses to a
// fixed depth and puts off the rest.
type assigner struct {
	// memory maps an object, and the plan by which it was converted, to an unsafe.Pointer: a pointer,
	// a map, or the address of the elements of a slice
	memory  memory
	work    []assignment
	depth   int
	failure failure
}

// assignment is a pointer, slice or map that was allocated but not filled.
type assignment struct {
	plan *plan
	dst  reflect.Value
	src  any
}

// assign stores a canonical value in dst.
func assign(dst reflect.Value, src any) error {
	a := assigner{}
	ok := a.assign(planFor(dst.Type()), dst, src)
	for ok && len(a.work) > 0 {
		last := len(a.work) - 1
		t := a.work[last]
		a.work = a.work[:last]
		if ok = a.enter(t.plan, t.dst, t.src); !ok {
			a.failure.short = true
		}
	}
	a.memory.release()
	if !ok {
		return a.failure.err()
	}
	return nil
}

func (a *assigner) fail(format string, args ...any) bool {
	a.failure.message = fmt.Sprintf(format, args...)
	return false
}

func (a *assigner) at(segment string) bool {
	a.failure.path = append(a.failure.path, segment)
	return false
}

func (a *assigner) mismatch(p *plan, src any) bool {
	return a.fail("%s cannot be decoded into %s", nameOf(src), p.typ)
}

// nameOf returns the name of the type of a canonical value.
func nameOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case UndefinedType:
		return "undefined"
	case bool:
		return "Boolean"
	case float64:
		return "Number"
	case string:
		return "String"
	case *big.Int:
		return "BigInt"
	case []any, *Array:
		return "Array"
	case map[string]any:
		return "Object"
	case *TypedArray:
		return v.Kind.String()
	}
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// assign stores src in dst, whose plan is p.
func (a *assigner) assign(p *plan, dst reflect.Value, src any) bool {
	if src == nil || src == any(Undefined) {
		return a.assignNothing(p, dst, src)
	}
	switch p.op {
	case opNever:
		return a.fail("%s", p.reason)
	case opAny, opCanon, opList, opError, opIface, opThrown:
		return a.assignAsItIs(p, dst, src)
	case opBool:
		b, ok := src.(bool)
		if !ok {
			return a.mismatch(p, src)
		}
		dst.SetBool(b)
	case opString:
		s, ok := src.(string)
		if !ok {
			return a.mismatch(p, src)
		}
		dst.SetString(s)
	case opTime:
		return a.assignTime(p, dst, src)
	case opBigInt:
		i, ok := src.(*big.Int)
		if !ok {
			return a.mismatch(p, src)
		}
		dst.Addr().Interface().(*big.Int).Set(i)
	case opPointer:
		return a.assignPointer(p, dst, src)
	case opSlice, opView:
		return a.assignSlice(p, dst, src)
	case opArray:
		return a.assignArray(p, dst, src)
	case opMap:
		return a.assignMap(p, dst, src)
	case opStruct:
		return a.assignStruct(p, dst, src)
	case opUndefined:
		return a.mismatch(p, src)
	default:
		return a.assignNumber(p, dst, src)
	}
	return true
}

// assignNothing stores null or undefined.
func (a *assigner) assignNothing(p *plan, dst reflect.Value, src any) bool {
	switch {
	case p.op == opAny && src != nil:
		dst.Set(reflect.ValueOf(src))
	case p.op == opAny, p.op == opCanon, p.op == opList, p.op == opError, p.op == opIface,
		p.op == opPointer, p.op == opSlice, p.op == opView, p.op == opMap:
		dst.SetZero()
	}
	return true
}

// assignAsItIs stores src where its own type fits.
func (a *assigner) assignAsItIs(p *plan, dst reflect.Value, src any) bool {
	v := reflect.ValueOf(src)
	if v.Type().AssignableTo(p.typ) {
		dst.Set(v)
		return true
	}
	if p.op == opList {
		return a.assignSlice(p, dst, src)
	}
	return a.mismatch(p, src)
}

func (a *assigner) assignTime(p *plan, dst reflect.Value, src any) bool {
	d, ok := src.(*Date)
	if !ok {
		return a.mismatch(p, src)
	}
	t, ok := d.GoTime()
	if !ok {
		return a.fail("invalid Date cannot be decoded into %s", p.typ)
	}
	*dst.Addr().Interface().(*time.Time) = t
	return true
}

func (a *assigner) assignNumber(p *plan, dst reflect.Value, src any) bool {
	switch n := src.(type) {
	case float64:
		if dst.CanFloat() {
			if dst.OverflowFloat(n) {
				return a.fail("%v does not fit into %s", n, p.typ)
			}
			dst.SetFloat(n)
			return true
		}
		if n != math.Trunc(n) || math.IsInf(n, 0) { // NaN is unequal
			return a.fail("%v is not an integer", n)
		}
		return a.assignInteger(p, dst, n, nil)
	case *big.Int:
		if !dst.CanFloat() {
			return a.assignInteger(p, dst, 0, n)
		}
	}
	return a.mismatch(p, src)
}

// assignInteger stores the integral number n, or i if that is not nil.
func (a *assigner) assignInteger(p *plan, dst reflect.Value, n float64, i *big.Int) bool {
	if i == nil {
		i, _ = big.NewFloat(n).Int(nil)
	}
	switch {
	case dst.CanInt() && i.IsInt64() && !dst.OverflowInt(i.Int64()):
		dst.SetInt(i.Int64())
	case dst.CanUint() && i.IsUint64() && !dst.OverflowUint(i.Uint64()):
		dst.SetUint(i.Uint64())
	default:
		return a.fail("%s does not fit into %s", i, p.typ)
	}
	return true
}
