package clone

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// slowMap is a Map the slow and obvious way.
type slowMap []MapEntry

func sameKey(a, b any) bool {
	if x, ok := a.(float64); ok && math.IsNaN(x) {
		y, ok := b.(float64)
		return ok && math.IsNaN(y)
	}
	if x, ok := a.(*big.Int); ok {
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	}
	if x, ok := a.([]any); ok {
		y, ok := b.([]any)
		return ok && len(x) > 0 && len(x) == len(y) && &x[0] == &y[0]
	}
	if x, ok := a.(map[string]any); ok {
		y, ok := b.(map[string]any)
		return ok && mapPointer(x) == mapPointer(y)
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

func (m *slowMap) set(key, value any) {
	for i := range *m {
		if sameKey((*m)[i].Key, key) {
			(*m)[i].Value = value
			return
		}
	}
	*m = append(*m, MapEntry{key, value})
}

func (m *slowMap) delete(key any) {
	*m = slices.DeleteFunc(*m, func(e MapEntry) bool { return sameKey(e.Key, key) })
}

// Map and Set do what a list would do, whatever their size. SPEC 74
func TestMap(t *testing.T) {
	list, object, pointer := []any{1}, map[string]any{}, &Date{}
	keys := []any{nil, Undefined, true, false, 0.0, 1.0, -1.5, math.NaN(), math.Inf(1), "", "1", "x", big.NewInt(1), big.NewInt(1),
		big.NewInt(2),
		list, []any{1}, object, map[string]any{}, pointer, &Date{}, NewMap(), NewSet()}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 2))
		var m Map
		var s Set
		var slow, slowSet slowMap
		for step := range 60 {
			key := keys[random.IntN(1+random.IntN(len(keys)))]
			switch random.IntN(4) {
			case 0:
				m.Delete(key)
				s.Delete(key)
				slow.delete(key)
				slowSet.delete(key)
			default:
				m.Set(key, step)
				slow.set(key, step)
				s.Add(key)
				slowSet.set(key, nil)
			}
			i := 0
			for k, v := range m.All() {
				if !sameKey(k, slow[i].Key) || v != slow[i].Value {
					t.Fatalf("seed %d: entry %d is %v: %v", seed, i, k, v)
				}
				i++
			}
			if i != len(slow) || m.Len() != i || s.Len() != len(slowSet) {
				t.Fatalf("seed %d: %d entries, want %d", seed, i, len(slow))
			}
			for _, k := range keys {
				at := slices.IndexFunc(slow, func(e MapEntry) bool { return sameKey(e.Key, k) })
				if v, ok := m.Get(k); ok != (at >= 0) || ok && v != slow[at].Value {
					t.Fatalf("seed %d: %v is %v, %v", seed, k, v, ok)
				}
				if s.Has(k) != slices.ContainsFunc(slowSet, func(e MapEntry) bool { return sameKey(e.Key, k) }) {
					t.Fatalf("seed %d: has %v", seed, k)
				}
			}
		}
	}
}

func TestMapKeys(t *testing.T) {
	// -0 becomes 0; numbers of Go's other types are numbers; what cannot be compared is itself only.
	m := NewMap(MapEntry{math.Copysign(0, -1), "zero"})
	for k := range m.All() {
		if math.Signbit(k.(float64)) {
			t.Error("-0 is a key")
		}
	}
	for _, same := range [][2]any{{0, 0.0}, {int8(5), uint64(5)}, {float32(0.5), 0.5}, {named("x"), "x"}, {float32(math.NaN()), math.NaN()},
		{map[int]int(nil), map[int]int(nil)}} {
		m := NewMap(MapEntry{same[0], 1})
		if _, ok := m.Get(same[1]); !ok {
			t.Errorf("%v is not %v", same[0], same[1])
		}
	}
	f, s := func() {}, []int{}
	m = NewMap(MapEntry{f, 1}, MapEntry{f, 2}, MapEntry{s, 1}, MapEntry{s, 2}, MapEntry{struct{ F any }{f}, 1})
	if m.Len() != 5 {
		t.Error(m.Len())
	}
	if m = NewMap(MapEntry{"a", 1}, MapEntry{"b", 2}, MapEntry{"a", 3}); m.Len() != 2 {
		t.Error(m.Len())
	}
	if s := NewSet(1, 1.0, "1"); s.Len() != 2 || !s.Has(1) {
		t.Error(s.Len())
	}
	for range NewSet(1, 2).All() {
		break
	}
	for range NewMap(MapEntry{1, 2}).All() {
		break
	}
}

// Object keeps the order of keys, whatever its size. SPEC 80
func TestObject(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 3))
		o := NewObject()
		var slow slowMap
		for step := range 60 {
			key := fmt.Sprint("k", random.IntN(1+random.IntN(20)))
			if random.IntN(3) == 0 {
				o.Delete(key)
				slow.delete(key)
			} else {
				o.Set(key, step)
				slow.set(key, step)
			}
			i := 0
			for k, v := range o.All() {
				if k != slow[i].Key || v != slow[i].Value {
					t.Fatalf("seed %d: %s is %v", seed, k, v)
				}
				if got, ok := o.Get(k); !ok || got != v {
					t.Fatalf("seed %d: %s is %v", seed, k, got)
				}
				i++
			}
			if _, ok := o.Get("no"); ok || i != len(slow) || o.Len() != i {
				t.Fatalf("seed %d: %d properties", seed, i)
			}
		}
	}
	if o := NewObject(Property{"a", 1}, Property{"b", 2}, Property{"a", 3}); !slices.Equal(keysOf(o), []string{"a", "b"}) {
		t.Error(keysOf(o))
	}
}

func TestSortedKeys(t *testing.T) {
	m := map[string]any{}
	want := []string{"0", "9", "10", "4294967294", "", "-1", "00", "1.5", "4294967295", "99999999999", "9x", "a", "é"}
	for _, key := range want {
		m[key] = 1
	}
	if got := sortedKeys(m); !slices.Equal(got, want) {
		t.Error(got)
	}
}

func TestArray(t *testing.T) {
	a := NewArray(2)
	a.SetAt(5, "x")
	a.Set("extra", 1)
	a.SetAt(5, "y")
	if a.Length() != 6 || a.Len() != 2 {
		t.Error(a.Length(), a.Len())
	}
	if v, ok := a.At(5); !ok || v != "y" {
		t.Error(v)
	}
	if _, ok := a.At(0); ok {
		t.Error("no hole")
	}
	if v, ok := a.Get("extra"); !ok || v != 1 {
		t.Error(v)
	}
	for range a.All() {
		break
	}
}

// Elements of typed arrays are read by kind.
func TestElements(t *testing.T) {
	for kind, want := range map[Kind]any{
		Int8Array: -2.0, Uint8Array: 254.0, Uint8ClampedArray: 254.0, Int16Array: -2.0, Uint16Array: 65534.0, Int32Array: -2.0,
		Uint32Array: 4294967294.0, BigInt64Array: "-2", BigUint64Array: "18446744073709551614",
	} {
		b := slices.Repeat([]byte{255}, kind.ElementSize())
		b[0] = 254
		got := kind.element(b)
		if i, ok := got.(*big.Int); ok {
			got = i.String()
		}
		if got != want {
			t.Errorf("%s: %v", kind, got)
		}
		if name, ok := KindOf(kind.String()); !ok || name != kind {
			t.Error(kind)
		}
		if v := NewTypedArray(kind, make([]byte, 17)); v.Len() != 17/kind.ElementSize() || len(v.Bytes()) != v.Len()*kind.ElementSize() ||
			v.OutOfBounds() {
			t.Error(kind, v.Len())
		}
	}
	for bits, want := range map[uint16]float64{0: 0, 1: 0x1p-24, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x7c00: math.Inf(1),
		0xfc00: math.Inf(-1), 0x3555: 0x1.554p-2, 0x83ff: -1023 * 0x1p-24} {
		if got := halfFloat(bits); got != want {
			t.Errorf("%x is %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(halfFloat(0x7e00)) || !math.Signbit(halfFloat(0x8000)) {
		t.Error("half floats")
	}
	if Kind(99).String() != "invalid typed array" || Kind(99).ElementSize() != 0 || NewTypedArray(99, nil) != nil {
		t.Error("an invalid kind is valid")
	}
	if _, ok := KindOf("Array"); ok {
		t.Error("Array is a kind")
	}
}

func TestDate(t *testing.T) {
	if _, ok := (&Date{math.NaN()}).GoTime(); ok {
		t.Error("NaN is valid")
	}
	when := time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	if d := NewDate(when); d.Time != -1 {
		t.Error(d.Time)
	}
	if got, ok := (&Date{-0.5}).GoTime(); !ok || !got.Equal(time.Unix(0, 0)) || math.Signbit(timeClip(-0.5)) {
		t.Error(got)
	}
	if d := NewDate(time.Unix(1<<55, 0)); !math.IsNaN(d.Time) {
		t.Error(d.Time)
	}
}

func TestErrors(t *testing.T) {
	cause := NewError("TypeError", "inner")
	err := &Error{Name: "Error", Message: "outer", HasMessage: true, Cause: cause, HasCause: true}
	if !errors.Is(err, cause) || err.Error() != "Error: outer" || (&Error{Name: "URIError"}).Error() != "URIError" ||
		NewError("Error", "").Unwrap() != nil {
		t.Error(err)
	}
	exception := error(&DOMException{Name: "DataCloneError", Message: "m"})
	if !errors.Is(exception, &DOMException{Name: "DataCloneError"}) ||
		errors.Is(exception, &DOMException{Name: "DataCloneError", Message: "x"}) || errors.Is(exception, &DOMException{Name: "AbortError"}) {
		t.Error("Is")
	}
	if e := exception.(*DOMException); e.Code() != 25 || e.Error() != "DataCloneError: m" || (&DOMException{Name: "DataError"}).Code() != 0 {
		t.Error(e.Code())
	}
}

func TestBlob(t *testing.T) {
	b := NewBlob([]byte{1, 2}, "text/plain")
	b.Bytes()[0] = 9
	if b.Size() != 2 || b.Type() != "text/plain" || b.Bytes()[0] != 1 || b.NewReader().Len() != 2 {
		t.Error(b)
	}
	f := NewFile([]byte{1}, "n", "t", time.UnixMilli(5))
	if f.Name() != "n" || f.LastModified() != 5 || f.Type() != "t" {
		t.Error(f)
	}
}

// The check for ASCII is right at every length and place.
func TestASCII(t *testing.T) {
	for n := range 40 {
		b := slices.Repeat([]byte{'a'}, n)
		if !ascii(string(b)) {
			t.Errorf("%q is ASCII", b)
		}
		for i := range b {
			b[i] = 0x80
			if ascii(string(b)) || wellFormed(string(b)) {
				t.Errorf("%q is not ASCII", b)
			}
			b[i] = 'a'
		}
	}
}
