package clone

import (
	"runtime/debug"
	"testing"
)

const deep = 1_000_000

// deepEnough would need far more than the stack that is allowed, too.
const deepEnough = 60_000

// withSmallStack runs f while no stack may be larger than 8 MiB: beyond that the process ends.
func withSmallStack(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	defer debug.SetMaxStack(debug.SetMaxStack(8 << 20))
	f(t)
}

type link struct {
	Value int   `json:"value"`
	Next  *link `json:"next"`
}

// lengthOf follows a list without recursion.
func lengthOf(next func(any) (any, bool), v any) int {
	n := 0
	for ok := true; ok; n++ {
		v, ok = next(v)
	}
	return n
}

func nextOfMap(v any) (any, bool) {
	v = v.(map[string]any)["next"]
	return v, v != nil
}

// SPEC 81: depth is not limited, and the stack does not overflow.
func TestDeepLists(t *testing.T) {
	lists := map[string]struct {
		make func(inner any) any
		next func(any) (any, bool)
	}{
		"maps": {func(inner any) any { return map[string]any{"next": inner} }, nextOfMap},
		"slices": {func(inner any) any { return []any{inner} }, func(v any) (any, bool) {
			v = v.([]any)[0]
			return v, v != nil
		}},
		"Map values": {func(inner any) any { return NewMap(MapEntry{"next", inner}) }, func(v any) (any, bool) {
			v, _ = v.(*Map).Get("next")
			return v, v != nil
		}},
		"Map keys": {func(inner any) any { return NewMap(MapEntry{inner, 1}) }, func(v any) (any, bool) {
			v = v.(*Map).entries[0].Key
			return v, v != nil
		}},
		"Sets": {func(inner any) any { return NewSet(inner) }, func(v any) (any, bool) {
			v = v.(*Set).values.entries[0].Key
			return v, v != nil
		}},
		"causes": {func(inner any) any { return &Error{Cause: inner, HasCause: true} }, func(v any) (any, bool) {
			v = v.(*Error).Cause
			return v, v != nil
		}},
		"Arrays": {func(inner any) any {
			a := NewArray(2)
			a.SetAt(1, inner)
			return a
		}, func(v any) (any, bool) {
			v, _ = v.(*Array).At(1)
			return v, v != nil
		}},
		"Objects": {func(inner any) any { return NewObject(Property{"next", inner}) }, nextOfMap},
		"structs by value": {func(inner any) any {
			return struct {
				Next any `json:"next"`
			}{inner}
		}, nextOfMap},
		"pointers to structs": {func(inner any) any {
			return &struct {
				Next any `json:"next"`
			}{inner}
		}, nextOfMap},
		"arrays by value": {func(inner any) any { return [1]any{inner} }, func(v any) (any, bool) {
			v = v.([]any)[0]
			return v, v != nil
		}},
		"typed maps": {func(inner any) any { return map[int]any{7: inner} }, func(v any) (any, bool) {
			v, _ = v.(*Map).Get(7.0)
			return v, v != nil
		}},
	}
	for name, list := range lists {
		t.Run(name, func(t *testing.T) {
			withSmallStack(t, func(t *testing.T) {
				n := deepEnough
				if name == "maps" {
					n = deep
				}
				var v any
				for range n {
					v = list.make(v)
				}
				r, err := Serialize(v)
				if err != nil {
					t.Fatal(err)
				}
				copied := r.Share() // of which Data makes another copy
				for _, r := range []*Record{r, copied} {
					if got := lengthOf(list.next, r.Data()); got != n {
						t.Errorf("length %d", got)
					}
				}
				r.Discard()
			})
		})
	}
}

func TestDeepTypedList(t *testing.T) {
	withSmallStack(t, func(t *testing.T) {
		var list *link
		for i := range deep {
			list = &link{i, list}
		}
		r, err := Serialize(list)
		if err != nil {
			t.Fatal(err)
		}
		check := func(got *link) {
			t.Helper()
			i := deep - 1
			for l, source := got, list; l != nil; l, source, i = l.Next, source.Next, i-1 {
				if l.Value != i || l == source {
					t.Fatalf("%d is %d", i, l.Value)
				}
			}
			if i != -1 {
				t.Fatalf("%d are missing", i+1)
			}
		}
		var shared, typed, converted *link
		if err := r.Share().Decode(&shared); err != nil {
			t.Fatal(err)
		}
		check(shared)
		if err := r.Decode(&typed); err != nil {
			t.Fatal(err)
		}
		check(typed)
		if n := lengthOf(nextOfMap, r.Data()); n != deep {
			t.Errorf("length %d", n)
		}
		if err := r.Decode(&converted); err != nil {
			t.Fatal(err)
		}
		check(converted)
	})
}

// A value deeper than the recursion is named by the end of its path.
func TestDeepPath(t *testing.T) {
	v := any(map[string]any{"x": func() {}})
	for range 3*maxDepth + 10 {
		v = []any{v}
	}
	_, err := Serialize(v)
	if err == nil || len(err.Error()) > 20*maxDepth {
		t.Fatal(err)
	}
	expectError(t, err, "DataCloneError", `[0].x: func cannot be cloned`)
}
