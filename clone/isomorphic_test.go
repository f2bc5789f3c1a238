package clone

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
	"unsafe"
)

// isomorphism compares two graphs of Go values the slow and obvious way: same types, same scalars, and references that lead to the same places. It
// is the oracle of everything that copies.
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

// isomorphic returns why the two are not the same graph; nil if they are. No object may be part of both, unless shared.
func isomorphic(a, b any, shared bool) error {
	i := isomorphism{map[node]node{}, map[node]node{}, shared}
	return i.compare("$", reflect.ValueOf(a), reflect.ValueOf(b))
}

// met reports whether the two references were compared before; an error if with others.
func (i *isomorphism) met(path string, a, b node) (bool, error) {
	if a.length == 0 && a.typ.Kind() == reflect.Slice || a.typ.Kind() != reflect.Map && a.typ.Elem().Size() == 0 {
		return false, nil // no identity
	}
	if b1, ok := i.there[a]; ok || i.back[b] != (node{}) {
		if b1 != b || i.back[b] != a {
			return false, fmt.Errorf("%s: identities differ", path)
		}
		return true, nil
	}
	if a.pointer == b.pointer && !i.shared {
		return false, fmt.Errorf("%s: not a copy", path)
	}
	i.there[a], i.back[b] = b, a
	return false, nil
}

func (i *isomorphism) compare(path string, a, b reflect.Value) error {
	if a.IsValid() != b.IsValid() {
		return fmt.Errorf("%s: %v and %v", path, a, b)
	}
	if !a.IsValid() {
		return nil
	}
	if a.Type() != b.Type() {
		return fmt.Errorf("%s: %s and %s", path, a.Type(), b.Type())
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.IsNil() || b.IsNil() {
			return equal(path, a.IsNil(), b.IsNil())
		}
		return i.compareReferences(path, a, b)
	case reflect.Interface:
		return i.compare(path, a.Elem(), b.Elem())
	case reflect.Struct:
		return i.compareStructs(path, a, b)
	case reflect.Array:
		return i.compareElements(path, a, b)
	case reflect.Float32, reflect.Float64:
		return equal(path, math.Float64bits(a.Float()), math.Float64bits(b.Float()))
	case reflect.String:
		return equal(path, a.String(), b.String())
	case reflect.Bool:
		return equal(path, a.Bool(), b.Bool())
	}
	if a.CanInt() {
		return equal(path, a.Int(), b.Int())
	}
	return equal(path, a.Uint(), b.Uint())
}

func equal[T comparable](path string, a, b T) error {
	if a != b {
		return fmt.Errorf("%s: %v and %v", path, a, b)
	}
	return nil
}

func (i *isomorphism) compareReferences(path string, a, b reflect.Value) error {
	switch a.Type() {
	case reflect.TypeFor[*big.Int]():
		return equal(path, fmt.Sprint(a), fmt.Sprint(b))
	case reflect.TypeFor[*sharedBlock]():
		return equal(path, a.UnsafePointer(), b.UnsafePointer())
	}
	if a.Kind() != reflect.Pointer && a.Len() != b.Len() {
		return fmt.Errorf("%s: %d and %d elements", path, a.Len(), b.Len())
	}
	met, err := i.met(path, nodeOf(a), nodeOf(b))
	if met || err != nil {
		return err
	}
	switch a.Kind() {
	case reflect.Pointer:
		return i.compare(path, a.Elem(), b.Elem())
	case reflect.Slice:
		return i.compareElements(path, a, b)
	}
	for _, key := range a.MapKeys() {
		if key.Kind() == reflect.Pointer || key.Kind() == reflect.Interface {
			return fmt.Errorf("%s: the keys of %s cannot be compared", path, a.Type())
		}
		if err := i.compare(fmt.Sprintf("%s[%v]", path, key), a.MapIndex(key), b.MapIndex(key)); err != nil {
			return err
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

func (i *isomorphism) compareElements(path string, a, b reflect.Value) error {
	for j := range a.Len() {
		if err := i.compare(fmt.Sprintf("%s[%d]", path, j), a.Index(j), b.Index(j)); err != nil {
			return err
		}
	}
	return nil
}

func (i *isomorphism) compareStructs(path string, a, b reflect.Value) error {
	if a.Type() == reflect.TypeFor[time.Time]() {
		return equal(path, a.Interface().(time.Time), b.Interface().(time.Time))
	}
	for j := range a.NumField() {
		f := a.Type().Field(j)
		if f.Name == "index" && f.Type.Kind() == reflect.Map || f.Name == "data" && a.Type() == reflect.TypeFor[Blob]() {
			continue // how a type finds its own contents, and what clones share
		}
		if err := i.compare(path+"."+f.Name, a.Field(j), b.Field(j)); err != nil {
			return err
		}
	}
	return nil
}
