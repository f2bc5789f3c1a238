package clone

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"testing"
	"time"
)

// Of SPEC 66-95 these do not exist for Go values and are tested where a JavaScript engine is: the
// message of an Error by ToString of an accessor (75), Proxies and exotic objects (76, 79), getters
// and prototypes (80), realms' intrinsics and interfaces that are not exposed (82, 85-87),
// WebAssembly memory (91), interfaces of other specifications (88, 95). SharedArrayBuffer (72) is
// always allowed in process, as in a cross-origin isolated context.

type callback struct {
	Items []struct {
		Callback func() `json:"callback"`
	} `json:"items"`
}

type named string

type point struct{ X, Y int }

type pointError struct{ At point }

func (e *pointError) Error() string { return fmt.Sprint("at ", e.At) }

// cloned returns what a receiver gets, and checks that the byte form says the same.
func cloned(t *testing.T, v any) any {
	t.Helper()
	r, err := Serialize(v)
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Encode()
	got := r.Data()
	if err != nil {
		t.Fatal(err)
	}
	if err := isomorphic(got, FromBytes(body, nil).Data(), true); err != nil {
		t.Errorf("the byte form differs: %v", err)
	}
	return got
}

func TestSerialize(t *testing.T) {
	when := time.Date(2026, 8, 21, 12, 0, 0, 123_456_789, time.FixedZone("", 3600))
	ms := float64(when.UnixMilli())
	seven := 7
	big1 := new(big.Int).Lsh(big.NewInt(1), 100)
	sparse := NewArray(5)
	sparse.SetAt(3, "x")
	sparse.Set("extra", 1)
	sparseWant := NewArray(5)
	sparseWant.SetAt(3, "x")
	sparseWant.Set("extra", 1.0)
	bytes := func() []byte { return []byte{1, 2, 3, 4} }
	resizable := func() *ArrayBuffer {
		b, _ := NewResizableArrayBuffer(bytes(), 16)
		return b
	}

	tests := []struct {
		name     string
		in, want any
	}{
		{"SPEC 67 undefined", Undefined, Undefined},
		{"SPEC 67 null", nil, nil},
		{"SPEC 67 undefined and null", []any{nil, Undefined}, []any{nil, Undefined}},
		{"SPEC 67 Boolean", []any{true, false}, []any{true, false}},
		{"SPEC 67 Numbers", []any{math.Copysign(0, -1), math.NaN(), math.Inf(-1), 5e-324},
			[]any{math.Copysign(0, -1), math.NaN(), math.Inf(-1), 5e-324}},
		{"SPEC 67 BigInt", big1, new(big.Int).Set(big1)},
		{"SPEC 67 String", "a\x00é😀", "a\x00é😀"},
		{"SPEC 67 lone surrogates", []any{"\xed\xa0\x80", "a\xed\xb0\x80b\xed\xa0\x80c"}, []any{"\xed\xa0\x80", "a\xed\xb0\x80b\xed\xa0\x80c"}},
		{"SPEC 69 Boolean object", &BooleanObject{true}, &BooleanObject{true}},
		{"SPEC 69 Number object", &NumberObject{-1.5}, &NumberObject{-1.5}},
		{"SPEC 69 String object", &StringObject{"\xed\xa0\x80"}, &StringObject{"\xed\xa0\x80"}},
		{"SPEC 69 BigInt object", &BigIntObject{big1}, &BigIntObject{new(big.Int).Set(big1)}},
		{"SPEC 69 BigInt object, zero", &BigIntObject{}, &BigIntObject{new(big.Int)}},
		{"SPEC 70 Date", &Date{1.5}, &Date{1}},
		{"SPEC 70 invalid Date", &Date{math.NaN()}, &Date{math.NaN()}},
		{"SPEC 70 Date out of range", &Date{8.64e15 + 1}, &Date{math.NaN()}},
		{"SPEC 70 RegExp", &RegExp{"a+", "gi"}, &RegExp{"a+", "gi"}},
		{"SPEC 71 ArrayBuffer", NewArrayBuffer(bytes()), NewArrayBuffer(bytes())},
		{"SPEC 71 ArrayBuffer, empty", NewArrayBuffer(nil), NewArrayBuffer([]byte{})},
		{"SPEC 71 resizable ArrayBuffer", resizable(), resizable()},
		{"SPEC 73 typed array", NewTypedArray(Int16Array, bytes()), NewTypedArray(Int16Array, bytes())},
		{"SPEC 73 part of a buffer", &TypedArray{Kind: Float16Array, Buffer: NewArrayBuffer(bytes()), ByteOffset: 2, Length: 1},
			&TypedArray{Kind: Float16Array, Buffer: NewArrayBuffer(bytes()), ByteOffset: 2, Length: 1}},
		{"SPEC 73 length-tracking", &TypedArray{Kind: Uint8ClampedArray, Buffer: resizable(), ByteOffset: 1, Tracking: true},
			&TypedArray{Kind: Uint8ClampedArray, Buffer: resizable(), ByteOffset: 1, Tracking: true}},
		{"SPEC 73 DataView", &DataView{Buffer: NewArrayBuffer(bytes()), ByteOffset: 1, ByteLength: 2},
			&DataView{Buffer: NewArrayBuffer(bytes()), ByteOffset: 1, ByteLength: 2}},
		{"SPEC 73 length-tracking DataView", &DataView{Buffer: resizable(), Tracking: true}, &DataView{Buffer: resizable(), Tracking: true}},
		{"SPEC 74 Map", NewMap(MapEntry{"b", 1}, MapEntry{math.NaN(), []any{}}, MapEntry{Undefined, nil}),
			NewMap(MapEntry{"b", 1.0}, MapEntry{math.NaN(), []any{}}, MapEntry{Undefined, nil})},
		{"SPEC 74 Set", NewSet("b", 1, "a"), NewSet("b", 1.0, "a")},
		{"SPEC 75 Error", &Error{Name: "RangeError", Message: "m", HasMessage: true, Stack: "s", Cause: 1, HasCause: true},
			&Error{Name: "RangeError", Message: "m", HasMessage: true, Stack: "s", Cause: 1.0, HasCause: true}},
		{"SPEC 75, SPEC 86 Error without message", &Error{Name: "MyError"}, &Error{Name: "Error"}},
		{"SPEC 76 Array with holes and properties", sparse, sparseWant},
		{"SPEC 77 DOMException", &DOMException{Name: "AbortError", Message: "m"}, &DOMException{Name: "AbortError", Message: "m"}},
		{"SPEC 80 Object", map[string]any{"b": 1, "": Undefined}, map[string]any{"b": 1.0, "": Undefined}},
		{"SPEC 80 Object in order", NewObject(Property{"b", 1}, Property{"a", 2}), map[string]any{"a": 2.0, "b": 1.0}},
		{"SPEC 88 Blob", NewBlob(bytes(), "text/plain"), NewBlob(bytes(), "text/plain")},
		{"SPEC 88 File", NewFile(bytes(), "n", "text/plain", when), NewFile(bytes(), "n", "text/plain", when)},
		{"SPEC 88 FileList", &FileList{[]*File{NewFile(nil, "n", "", when)}}, &FileList{[]*File{NewFile(nil, "n", "", when)}}},

		{"ints", []any{1, int8(-2), int16(3), int32(4), int64(-5), uint(6), uint8(7), uint16(8), uint32(9), uint64(10), uintptr(11),
			float32(0.5)},
			[]any{1.0, -2.0, 3.0, 4.0, -5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 0.5}},
		{"named scalars", []any{named("x"), time.Duration(5), fs.FileMode(7)}, []any{"x", 5.0, 7.0}},
		{"largest integers", []any{int64(maxInteger), int64(-maxInteger), uint64(maxInteger)},
			[]any{9007199254740991.0, -9007199254740991.0, 9007199254740991.0}},
		{"[]byte", bytes(), NewTypedArray(Uint8Array, bytes())},
		{"[]byte, empty", []byte{}, NewTypedArray(Uint8Array, []byte{})},
		{"[]int64", []int64{-1}, NewTypedArray(BigInt64Array, []byte{255, 255, 255, 255, 255, 255, 255, 255})},
		{"[]float32", []any{[]float32{1}}, []any{NewTypedArray(Float32Array, []byte{0, 0, 0x80, 0x3f})}},
		{"[]int", []int{1, 2}, []any{1.0, 2.0}},
		{"[][]string", [][]string{{"a"}, nil, {}}, []any{[]any{"a"}, nil, []any{}}},
		{"array", [2]bool{true}, []any{true, false}},
		{"time", when, &Date{ms}},
		{"time in a slice", []time.Time{when}, []any{&Date{ms}}},
		{"nil pointer, map, slice", []any{(*point)(nil), (*int)(nil), map[string]int(nil), map[string]any(nil), []string(nil), []any(nil),
			[]byte(nil), (*big.Int)(nil), (*Date)(nil), (*pointError)(nil)},
			[]any{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}},
		{"pointers", []any{&seven, new(&seven), &[]int{1}, &point{1, 2}}, []any{7.0, 7.0, []any{1.0}, map[string]any{"X": 1.0, "Y": 2.0}}},
		{"map[named]int", map[named]int{"x": 1}, map[string]any{"x": 1.0}},
		{"map[int]string", map[int]string{10: "b", 9: "a", -1: "c"}, NewMap(MapEntry{-1.0, "c"}, MapEntry{9.0, "a"}, MapEntry{10.0, "b"})},
		{"map[bool]int", map[bool]int{true: 1, false: 0}, NewMap(MapEntry{false, 0.0}, MapEntry{true, 1.0})},
		{"map[any]any", map[any]any{"b": 1, 2: 3, true: nil}, NewMap(MapEntry{true, nil}, MapEntry{2.0, 3.0}, MapEntry{"b", 1.0})},
		{"map[point]int", map[point]int{{1, 2}: 3}, NewMap(MapEntry{map[string]any{"X": 1.0, "Y": 2.0}, 3.0})},
		{"error", errors.New("m"), &Error{Name: "Error", Message: "m", HasMessage: true}},
		{"error with cause", fmt.Errorf("m: %w", &pointError{}), &Error{Name: "Error", Message: "m: at {0 0}", HasMessage: true,
			Cause: &Error{Name: "Error", Message: "at {0 0}", HasMessage: true}, HasCause: true}},
		{"error fields", struct {
			A error
			B *pointError
			C error
		}{errors.New("m"), &pointError{}, nil}, map[string]any{"A": NewError("Error", "m"), "B": NewError("Error", "at {0 0}"), "C": nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := isomorphic(test.want, cloned(t, test.in), true); err != nil {
				t.Error(err)
			}
			// In a typed position, if there is one of this type.
			got, ok := cloned(t, struct{ V any }{test.in}).(map[string]any)
			if !ok || isomorphic(test.want, got["V"], true) != nil {
				t.Errorf("in a struct: %v", got)
			}
		})
	}
}

// SPEC 66, SPEC 82, SPEC 85: identity and cycles; objects are filled after they were entered
// into the memory.
func TestIdentity(t *testing.T) {
	buffer := NewArrayBuffer(make([]byte, 8))
	list := []any{"x"}
	cycle := map[string]any{"list": list, "list2": list, "view": &DataView{Buffer: buffer, ByteLength: 8},
		"view2": NewTypedArray(Uint8Array, nil)}
	cycle["view2"].(*TypedArray).Buffer = buffer
	cycle["self"] = cycle
	m := NewMap()
	m.Set(m, m)
	cycle["map"] = m
	set := NewSet()
	set.Add(set)
	cycle["set"] = set
	e := &Error{Name: "Error", HasCause: true}
	e.Cause = e
	cycle["error"] = e
	list[0] = cycle
	if err := isomorphic(cycle, cloned(t, cycle), false); err != nil {
		t.Error(err)
	}
	// A Map finds its copied keys, also when it has many.
	for i := range 20 {
		m.Set(map[string]any{}, i)
	}
	copied := cloned(t, m).(*Map)
	for key, v := range copied.All() {
		if got, ok := copied.Get(key); !ok || v != any(copied) && v != got {
			t.Errorf("%v is not found", key)
		}
	}
	if _, ok := copied.Get(copied); !ok {
		t.Error("a Map does not find itself")
	}
}

// An object that is referred to by its own type and from an `any` is one object.
func TestIdentityAcrossTypes(t *testing.T) {
	type mixed struct {
		P   *mixed
		Any any
		S   []string
	}
	v := &mixed{S: []string{"a"}}
	v.P, v.Any = v, []any{v, v.S}
	got := cloned(t, v).(map[string]any)
	want := map[string]any{"S": []any{"a"}}
	want["P"], want["Any"] = want, []any{want, want["S"]}
	if err := isomorphic(want, got, false); err != nil {
		t.Error(err)
	}
	// In this order, too.
	later := struct {
		Any any
		P   *mixed
		S   []string
	}{P: &mixed{}, S: []string{"a"}}
	later.Any = []any{later.P, later.S}
	got = cloned(t, later).(map[string]any)
	list := got["Any"].([]any)
	if err := isomorphic([]any{list[0], list[1], list[0], list[1]}, []any{got["P"], got["S"], list[0], list[1]}, true); err != nil {
		t.Error(err)
	}
	r, err := Serialize(v)
	if err != nil {
		t.Fatal(err)
	}
	var typed *mixed
	if err := r.Decode(&typed); err != nil || typed.P != typed {
		t.Errorf("%v %v", typed, err)
	}
}

// Values of size zero have no identity: Go gives different variables the same address.
func TestNoIdentity(t *testing.T) {
	a, b := &struct{}{}, &struct{}{}
	got := cloned(t, []any{a, b, []struct{}{{}}, []struct{}{{}}, []any{}, []any{}}).([]any)
	got[0].(map[string]any)["x"] = 1
	if len(got[1].(map[string]any)) != 0 {
		t.Error("two empty structs became one object")
	}
	got[2].([]any)[0] = 1
	if got[3].([]any)[0] == 1 {
		t.Error("two slices of empty structs became one array")
	}
}
