package clone

import (
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// naive makes the canonical form of Go values the slow and obvious way, for values that can be
// cloned and tags that say no more than a name.
type naive map[node]any

func naiveCanonical(v any) any { return naive{}.canonical(reflect.ValueOf(v)) }

func (n naive) canonical(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	switch x := v.Interface().(type) {
	case UndefinedType:
		return x
	case time.Time:
		return &Date{float64(x.UnixMilli())}
	case *big.Int:
		if x == nil {
			return nil
		}
		return new(big.Int).Set(x)
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Interface:
		return n.canonical(v.Elem())
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return n.reference(v)
	case reflect.Struct, reflect.Array:
		return n.object(v, nil)
	}
	if v.CanInt() {
		return float64(v.Int())
	}
	return float64(v.Uint())
}

func (n naive) reference(v reflect.Value) any {
	if v.IsNil() {
		return nil
	}
	id := nodeOf(v)
	if v.Kind() == reflect.Pointer {
		if k := v.Elem().Kind(); k != reflect.Struct && k != reflect.Array {
			return n.canonical(v.Elem())
		}
		if v.Elem().Type().Size() == 0 {
			return n.object(v.Elem(), nil)
		}
		if known, ok := n[id]; ok {
			return known
		}
		return n.object(v.Elem(), func(made any) { n[id] = made })
	}
	if v.Kind() == reflect.Slice && (v.Len() == 0 || v.Type().Elem().Size() == 0) {
		return n.object(v, nil)
	}
	if known, ok := n[id]; ok {
		return known
	}
	return n.object(v, func(made any) { n[id] = made })
}

// object makes an object, tells made, and fills it.
func (n naive) object(v reflect.Value, made func(any)) any {
	if made == nil {
		made = func(any) {}
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		made(m)
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || name == "-" {
				continue
			}
			if name == "" {
				name = f.Name
			}
			m[name] = n.canonical(v.Field(i))
		}
		return m
	case reflect.Map:
		return n.fromMap(v, made)
	}
	if kind, ok := viewKind(v.Type().Elem().Kind()); ok && v.Kind() == reflect.Slice {
		size := int(v.Type().Elem().Size())
		b := slices.Clone(unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*size))
		if b == nil {
			b = []byte{}
		}
		view := NewTypedArray(kind, b)
		made(view)
		return view
	}
	list := make([]any, v.Len())
	made(list)
	for i := range list {
		list[i] = n.canonical(v.Index(i))
	}
	return list
}

func (n naive) fromMap(v reflect.Value, made func(any)) any {
	if v.Type().Key().Kind() == reflect.String {
		m := map[string]any{}
		made(m)
		for _, key := range v.MapKeys() {
			m[key.String()] = n.canonical(v.MapIndex(key))
		}
		return m
	}
	m := &Map{entries: []MapEntry{}}
	made(m)
	for _, key := range v.MapKeys() {
		m.entries = append(m.entries, MapEntry{n.canonical(key), n.canonical(v.MapIndex(key))})
	}
	slices.SortFunc(m.entries, func(a, b MapEntry) int { return compareMapKeys(a.Key, b.Key) })
	return m
}
