package clone

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
	"unsafe"
)

// isomorphism compares two graphs of Go values the slow and obvious way: same types, same scalars,
// and references that lead to the same places. It is the oracle of everything that copies.
type isomorphism struct {
	there, back map[node]node
	shared      bool // the graphs may share memory
}

// node is an object by its identity.
type node struct {
	pointer unsafe.Pointer
	typ     reflect.Type
	length  int
}

// isomorphic returns why the two are not the same graph; nil if they are. No object may be part of
// both, unless shared.
func isomorphic(a, b any, shared bool) error {
	i := isomorphism{map[node]node{}, map[node]node{}, shared}
	return within("$", i.compare(reflect.ValueOf(a), reflect.ValueOf(b)))
}

// met reports whether the two references were compared before; an error if with others.
func (i *isomorphism) met(a, b node) (bool, error) {
	if a.length == 0 && a.typ.Kind() == reflect.Slice || a.typ.Kind() != reflect.Map && a.typ.Elem().Size() == 0 {
		return false, nil // no identity
	}
	if b1, ok := i.there[a]; ok || i.back[b] != (node{}) {
		if b1 != b || i.back[b] != a {
			return false, errors.New(": identities differ")
		}
		return true, nil
	}
	if a.pointer == b.pointer && !i.shared {
		return false, errors.New(": not a copy")
	}
	i.there[a], i.back[b] = b, a
	return false, nil
}

// within puts where an error is before what it says.
func within(where string, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(where + err.Error())
}

func (i *isomorphism) compare(a, b reflect.Value) error {
	if a.IsValid() != b.IsValid() {
		return fmt.Errorf(": %v and %v", a, b)
	}
	if !a.IsValid() {
		return nil
	}
	if a.Type() != b.Type() {
		return fmt.Errorf(": %s and %s", a.Type(), b.Type())
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.IsNil() || b.IsNil() {
			return equal(a.IsNil(), b.IsNil())
		}
		return i.compareReferences(a, b)
	case reflect.Interface:
		return i.compare(a.Elem(), b.Elem())
	case reflect.Struct:
		return i.compareStructs(a, b)
	case reflect.Array:
		return i.compareElements(a, b)
	case reflect.Float32, reflect.Float64:
		return equal(math.Float64bits(a.Float()), math.Float64bits(b.Float()))
	case reflect.String:
		return equal(a.String(), b.String())
	case reflect.Bool:
		return equal(a.Bool(), b.Bool())
	}
	if a.CanInt() {
		return equal(a.Int(), b.Int())
	}
	return equal(a.Uint(), b.Uint())
}

func equal[T comparable](a, b T) error {
	if a != b {
		return fmt.Errorf(": %v and %v", a, b)
	}
	return nil
}

func (i *isomorphism) compareReferences(a, b reflect.Value) error {
	switch a.Type() {
	case reflect.TypeFor[*big.Int]():
		return equal(fmt.Sprint(a), fmt.Sprint(b))
	case reflect.TypeFor[*sharedBlock]():
		return equal(a.UnsafePointer(), b.UnsafePointer())
	}
	if a.Kind() != reflect.Pointer && a.Len() != b.Len() {
		return fmt.Errorf(": %d and %d elements", a.Len(), b.Len())
	}
	met, err := i.met(nodeOf(a), nodeOf(b))
	if met || err != nil {
		return err
	}
	switch a.Kind() {
	case reflect.Pointer:
		return i.compare(a.Elem(), b.Elem())
	case reflect.Slice:
		return i.compareElements(a, b)
	}
	for _, key := range a.MapKeys() {
		if key.Kind() == reflect.Pointer || key.Kind() == reflect.Interface {
			return fmt.Errorf(": the keys of %s cannot be compared", a.Type())
		}
		if err := i.compare(a.MapIndex(key), b.MapIndex(key)); err != nil {
			return within(fmt.Sprintf("[%v]", key), err)
		}
	}
	return nil
}

func nodeOf(v reflect.Value) node {
	n := node{v.UnsafePointer(), v.Type(), 0}
	if v.Kind() == reflect.Slice {
		n.length = v.Len()
	}
	return n
}

func (i *isomorphism) compareElements(a, b reflect.Value) error {
	for j := range a.Len() {
		if err := i.compare(a.Index(j), b.Index(j)); err != nil {
			return within(fmt.Sprintf("[%d]", j), err)
		}
	}
	return nil
}

func (i *isomorphism) compareStructs(a, b reflect.Value) error {
	if a.Type() == reflect.TypeFor[time.Time]() {
		return equal(a.Interface().(time.Time), b.Interface().(time.Time))
	}
	for j := range a.NumField() {
		f := a.Type().Field(j)
		if f.Name == "index" && f.Type.Kind() == reflect.Map || f.Name == "data" && a.Type() == reflect.TypeFor[Blob]() {
			continue // how a type finds its own contents, and what clones share
		}
		if err := i.compare(a.Field(j), b.Field(j)); err != nil {
			return within("."+f.Name, err)
		}
	}
	return nil
}
