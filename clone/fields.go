package clone

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// field is a property that a struct is cloned to.
type field struct {
	name   string
	plan   *plan
	hops   []uintptr // offsets of embedded pointers to follow first
	offset uintptr
	empty  bool                      // omitempty
	zero   bool                      // omitzero
	isZero func(unsafe.Pointer) bool // of omitzero, if the type has an IsZero method

	segment string // of a path
	depth   int
	tagged  bool
	index   []int
}

// fields returns the properties of a struct type, in the order of the declaration. As in
// encoding/json the fields of embedded structs are promoted; of several fields of one name the
// least nested counts, then the tagged; if that leaves several, none.
func (b planner) fields(t reflect.Type) []field {
	var all []field
	b.collect(t, field{}, map[reflect.Type]bool{t: true}, &all)
	slices.SortStableFunc(all, func(x, y field) int {
		tagged := 0
		if x.tagged != y.tagged {
			tagged = 1
			if x.tagged {
				tagged = -1
			}
		}
		return cmp.Or(strings.Compare(x.name, y.name), cmp.Compare(x.depth, y.depth), tagged)
	})
	var dominant []field
	for i := 0; i < len(all); {
		j := i + 1
		for j < len(all) && all[j].name == all[i].name {
			j++
		}
		if j == i+1 || all[i+1].depth > all[i].depth || all[i].tagged && !all[i+1].tagged {
			dominant = append(dominant, all[i])
		}
		i = j
	}
	slices.SortFunc(dominant, func(x, y field) int { return slices.Compare(x.index, y.index) })
	return dominant
}

// collect appends the fields of t, which lies where outer says, and of what is embedded in it.
func (b planner) collect(t reflect.Type, outer field, within map[reflect.Type]bool, all *[]field) {
	for i := range t.NumField() {
		sf := t.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" || !sf.IsExported() && !(sf.Anonymous && structOf(sf.Type) != nil) {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !wellFormed(name) {
			name = ""
		}
		f := field{
			name: name, tagged: name != "", depth: outer.depth, hops: outer.hops, offset: outer.offset + sf.Offset,
			index: append(slices.Clip(outer.index), i),
		}
		if inner := structOf(sf.Type); sf.Anonymous && name == "" && inner != nil {
			if within[inner] {
				continue // it is less nested further out
			}
			f.depth++
			if sf.Type.Kind() == reflect.Pointer {
				f.hops, f.offset = append(slices.Clip(f.hops), f.offset), 0
			}
			within[inner] = true
			b.collect(inner, f, within, all)
			delete(within, inner)
			continue
		}
		if !sf.IsExported() {
			continue
		}
		if name == "" {
			f.name = sf.Name
		}
		f.segment = propertySegment(f.name)
		f.plan = b.plan(sf.Type)
		for option := range strings.SplitSeq(options, ",") {
			f.empty = f.empty || option == "omitempty"
			f.zero = f.zero || option == "omitzero"
		}
		if f.zero {
			f.isZero = isZeroMethod(sf.Type)
		}
		*all = append(*all, f)
	}
}

// structOf returns t, or what t points at, if that is a struct whose fields are promoted when
// it is embedded.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	if _, ok := special(t); ok {
		return nil
	}
	if _, ok := special(reflect.PointerTo(t)); ok {
		return nil
	}
	return t
}

// visible reports whether a struct has fields, and exported ones, those of embedded structs in
// place of these. What hides everything is an object of somebody's own, as a Window or a Mutex: a
// copy without its fields would be useless.
func visible(t reflect.Type, seen map[reflect.Type]bool) (fields, exported bool) {
	seen[t] = true
	for i := range t.NumField() {
		sf := t.Field(i)
		if inner := structOf(sf.Type); !sf.Anonymous || inner == nil || !strings.HasPrefix(sf.Tag.Get("json")+",", ",") {
			fields, exported = true, exported || sf.IsExported()
		} else if !seen[inner] {
			f, e := visible(inner, seen)
			fields, exported = fields || f, exported || e
		}
	}
	return fields, exported
}

// countLeaves returns how many fields a struct has, those of structs embedded by value counted in
// place of these.
func countLeaves(t reflect.Type) int {
	n := 0
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct && structOf(sf.Type) != nil && strings.HasPrefix(sf.Tag.Get("json")+",", ",") {
			n += countLeaves(sf.Type)
		} else {
			n++
		}
	}
	return n
}

var isZeroer = reflect.TypeFor[interface{ IsZero() bool }]()

// isZeroMethod returns a function that calls the IsZero method of a value of type t, nil if
// there is none.
func isZeroMethod(t reflect.Type) func(unsafe.Pointer) bool {
	switch {
	case t.Implements(isZeroer):
		return func(p unsafe.Pointer) bool {
			v := reflect.NewAt(t, p).Elem()
			if (t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface) && v.IsNil() {
				return true
			}
			return v.Interface().(interface{ IsZero() bool }).IsZero()
		}
	case reflect.PointerTo(t).Implements(isZeroer):
		return func(p unsafe.Pointer) bool {
			return reflect.NewAt(t, p).Interface().(interface{ IsZero() bool }).IsZero()
		}
	}
	return nil
}

// at returns where the field is in the struct at p; nil if an embedded pointer on the way is nil.
func (f *field) at(p unsafe.Pointer) unsafe.Pointer {
	for _, hop := range f.hops {
		p = *(*unsafe.Pointer)(unsafe.Add(p, hop))
		if p == nil {
			return nil
		}
	}
	return unsafe.Add(p, f.offset)
}

// omitted reports whether the field at p is left out, as in encoding/json.
func (f *field) omitted(p unsafe.Pointer) bool {
	if f.isZero != nil && f.isZero(p) {
		return true
	}
	if !f.empty && !f.zero {
		return false
	}
	v := reflect.NewAt(f.plan.typ, p).Elem()
	if f.zero && f.isZero == nil && v.IsZero() {
		return true
	}
	if !f.empty {
		return false
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.Kind() >= reflect.Bool && v.Kind() <= reflect.Float64 && v.IsZero() ||
		(v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) && v.IsZero()
}
