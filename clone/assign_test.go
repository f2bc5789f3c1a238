package clone

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"
)

type base struct {
	ID int `json:"id"`
}

type embedding struct {
	*base
	Extra
	Name string `json:"name"`
}

type Extra struct{ X, Y float64 }

// decode decodes a canonical value into a new T.
func decode[T any](v any) (any, error) {
	r, err := Serialize(v)
	if err != nil {
		return nil, err
	}
	var got T
	err = r.Decode(&got)
	return got, err
}

func TestDecode(t *testing.T) {
	when := time.UnixMilli(123).UTC()
	sparse := NewArray(3)
	sparse.SetAt(1, 5)
	object := map[string]any{"a": 1, "b": 2}
	type Bytes []byte
	type Numbers []float64
	type Pair struct {
		A, B *Extra
		M, N map[string]int
		S, U []int
	}
	shared := map[string]any{"X": 1}
	list := []any{1}
	tests := []struct {
		name   string
		in     any
		decode func(any) (any, error)
		want   any
	}{
		{"any", []any{1}, decode[any], []any{1.0}},
		{"bool", true, decode[bool], true},
		{"string", "x", decode[named], named("x")},
		{"int", -5, decode[int], -5},
		{"uint8", 255, decode[uint8], uint8(255)},
		{"-0 is 0", math.Copysign(0, -1), decode[int], 0},
		{"large Number", float64(1 << 60), decode[int64], int64(1 << 60)},
		{"float32", 0.5, decode[float32], float32(0.5)},
		{"float", 5, decode[float64], 5.0},
		{"duration", 5, decode[time.Duration], time.Duration(5)},
		{"BigInt into int64", big.NewInt(math.MinInt64), decode[int64], int64(math.MinInt64)},
		{"BigInt into uint64", new(big.Int).SetUint64(math.MaxUint64), decode[uint64], uint64(math.MaxUint64)},
		{"BigInt", big.NewInt(5), decode[*big.Int], big.NewInt(5)},
		{"BigInt by value", big.NewInt(5), decode[big.Int], *big.NewInt(5)},
		{"null into a pointer", nil, decode[*int], (*int)(nil)},
		{"null into an int", nil, decode[int], 0},
		{"undefined into a slice", Undefined, decode[[]int], []int(nil)},
		{"undefined", Undefined, decode[any], Undefined},
		{"Undefined", Undefined, decode[UndefinedType], Undefined},
		{"pointer", 5, decode[**int], new(new(5))},
		{"Date", &Date{123}, decode[time.Time], when},
		{"time", when, decode[*Date], &Date{123}},
		{"slice", []any{1, 2}, decode[[]int8], []int8{1, 2}},
		{"slice of any", []any{"x"}, decode[[]any], []any{"x"}},
		{"slice of slices", []any{[]any{}, nil, []any{1}}, decode[[][]int], [][]int{{}, nil, {1}}},
		{"Array with holes", sparse, decode[[]int], []int{0, 5, 0}},
		{"array", []any{1, 2}, decode[[2]int], [2]int{1, 2}},
		{"bytes", []byte{1}, decode[Bytes], Bytes{1}},
		{"bytes of an ArrayBuffer", NewArrayBuffer([]byte{1}), decode[[]byte], []byte{1}},
		{"bytes of clamped ones", NewTypedArray(Uint8ClampedArray, []byte{1}), decode[[]byte], []byte{1}},
		{"bytes of nothing", NewTypedArray(Uint8Array, nil), decode[[]byte], []byte{}},
		{"typed array", []float64{1, 2}, decode[Numbers], Numbers{1, 2}},
		{"typed array of others", []int16{1, -2}, decode[[]float64], []float64{1, -2}},
		{"typed array into ints", []uint32{1, 2}, decode[[]int], []int{1, 2}},
		{"typed array into any", []uint32{1, 2}, decode[[]any], []any{1.0, 2.0}},
		{"typed array into an array", []byte{1, 2}, decode[[2]byte], [2]byte{1, 2}},
		{"BigInts into int", []int64{-1}, decode[[]int], []int{-1}},
		{"unaligned", &TypedArray{Kind: Float32Array, Buffer: NewArrayBuffer([]byte{0, 0, 0, 0, 0, 0, 0x80, 0x3f}), ByteOffset: 4, Length: 1},
			decode[[]float32], []float32{1}},
		{"map", object, decode[map[string]int], map[string]int{"a": 1, "b": 2}},
		{"map with named keys", object, decode[map[named]any], map[named]any{"a": 1.0, "b": 2.0}},
		{"Map", NewMap(MapEntry{1, "x"}), decode[map[int]string], map[int]string{1: "x"}},
		{"Map with string keys", NewMap(MapEntry{"1", "x"}), decode[map[string]string], map[string]string{"1": "x"}},
		{"Map into any keys", NewMap(MapEntry{"1", 2}, MapEntry{nil, 1}), decode[map[any]int], map[any]int{"1": 2, nil: 1}},
		{"Map as it is", NewSet(1), decode[*Set], NewSet(1.0)},
		{"struct", map[string]any{"X": 1, "unknown": true}, decode[Extra], Extra{X: 1}},
		{"pointer to a struct", map[string]any{"X": 1}, decode[*Extra], &Extra{X: 1}},
		{"embedded", map[string]any{"X": 1, "name": "n"}, decode[embedding], embedding{Extra: Extra{X: 1}, Name: "n"}},
		{"error", NewError("TypeError", "m"), decode[error], NewError("TypeError", "m")},
		{"DOMException", &DOMException{Name: "AbortError"}, decode[error], &DOMException{Name: "AbortError"}},
		{"Go error", errors.New("m"), decode[*Error], NewError("Error", "m")},
		{"identity", map[string]any{"A": shared, "B": shared, "M": shared, "N": shared, "S": list, "U": list}, func(v any) (any, error) {
			got, err := decode[Pair](v)
			p := got.(Pair)
			p.A.Y, p.M["new"], p.S[0] = 7, 1, 9
			return []any{p.B.Y, p.N["new"], p.U[0]}, err
		}, []any{7.0, 1, 9}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := test.decode(test.in); err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%#v %v, want %#v", got, err, test.want)
			}
		})
	}
}

func TestDecodeFails(t *testing.T) {
	sparse := NewArray(1 << 31)
	tests := []struct {
		name    string
		in      any
		decode  func(any) (any, error)
		message string
	}{
		{"fraction", 1.5, decode[int], "$: 1.5 is not an integer"},
		{"NaN", math.NaN(), decode[int64], "$: NaN is not an integer"},
		{"infinity", math.Inf(1), decode[uint], "$: +Inf is not an integer"},
		{"overflow", []any{1, 128}, decode[[]int8], "$[1]: 128 does not fit into int8"},
		{"negative", -1, decode[uint8], "$: -1 does not fit into uint8"},
		{"2^63", float64(1 << 63), decode[int64], "$: 9223372036854775808 does not fit into int64"},
		{"huge", 1e300, decode[uint64], " does not fit into uint64"},
		{"float32", 1e300, decode[float32], "$: 1e+300 does not fit into float32"},
		{"BigInt into float", big.NewInt(1), decode[float64], "$: BigInt cannot be decoded into float64"},
		{"BigInt overflow", big.NewInt(256), decode[byte], "$: 256 does not fit into uint8"},
		{"Number into BigInt", 1, decode[*big.Int], "$: Number cannot be decoded into *big.Int"},
		{"Number into BigInt by value", 1, decode[big.Int], "$: Number cannot be decoded into big.Int"},
		{"string into bool", "x", decode[bool], "$: String cannot be decoded into bool"},
		{"bool into string", map[string]any{"name": true}, decode[embedding], "$.name: Boolean cannot be decoded into string"},
		{"invalid Date", &Date{math.NaN()}, decode[time.Time], "$: invalid Date cannot be decoded into time.Time"},
		{"Number into time", 1, decode[time.Time], "$: Number cannot be decoded into time.Time"},
		{"Array into struct", []any{}, decode[Extra], "$: Array cannot be decoded into clone.Extra"},
		{"Object into slice", map[string]any{}, decode[[]int], "$: Object cannot be decoded into []int"},
		{"Float64Array into bytes", []float64{1.5}, decode[[]byte], "$[0]: 1.5 is not an integer"},
		{"too short", []any{1}, decode[[2]int], "$: Array of length 1 cannot be decoded into [2]int"},
		{"too long", []byte{1}, decode[[0]int], "$: Uint8Array of length 1 cannot be decoded into [0]int"},
		{"mostly holes", sparse, decode[[]int], "$: sparse Array cannot be decoded into []int"},
		{"Object into map with other keys", map[string]any{"1": 1}, decode[map[int]int], "$: Object cannot be decoded into map[int]int"},
		{"Map key", NewMap(MapEntry{"x", 1}), decode[map[int]int], "$.keys()[0]: String cannot be decoded into int"},
		{"Map value", NewMap(MapEntry{1, "x"}), decode[map[int]int], "$.get(1): String cannot be decoded into int"},
		{"Object as a key", NewMap(MapEntry{[]any{1}, 1}), decode[map[any]int], "$.keys()[0]: Array cannot be a key of map[interface {}]int"},
		{"twin keys", NewMap(MapEntry{1, 1}, MapEntry{1 + 1e-12, 1}), decode[map[float32]int], "$: two keys become the same in map[float32]int"},
		{"func", map[string]any{"F": 1}, decode[struct{ F func() }], "$.F: func cannot be cloned"},
		{"error", "x", decode[error], "$: String cannot be decoded into error"},
		{"concrete error", NewError("Error", ""), decode[*pointError], "$: Error cannot be decoded into *clone.pointError"},
		{"undefined type", 1, decode[UndefinedType], "$: Number cannot be decoded into clone.UndefinedType"},
		{"clone type", map[string]any{}, decode[*Map], "$: Object cannot be decoded into *clone.Map"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.decode(test.in)
			expectError(t, err, "DataCloneError", test.message)
		})
	}
	r, err := Serialize(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, dst := range []any{nil, 1, (*int)(nil), map[string]any{}} {
		expectError(t, r.Decode(dst), "TypeError", "Decode needs a pointer that is not nil")
	}
}

// As in encoding/json, what the message does not have stays as it was.
func TestDecodeKeepsTheRest(t *testing.T) {
	r, err := Serialize(map[string]any{"X": 1, "Y": nil})
	if err != nil {
		t.Fatal(err)
	}
	got := embedding{Name: "n", Extra: Extra{Y: 2}}
	if err := r.Decode(&got); err != nil || got != (embedding{Name: "n", Extra: Extra{1, 2}}) {
		t.Errorf("%+v %v", got, err)
	}
}

// A cycle closes in the variable that is decoded into.
func TestDecodeCycle(t *testing.T) {
	type node struct {
		Self *node
		Kids []*node
	}
	n := &node{}
	n.Self, n.Kids = n, []*node{n}
	for _, v := range []any{n, func() any { m := map[string]any{}; m["Self"] = m; m["Kids"] = []any{m}; return m }()} {
		r, err := Serialize(v)
		if err != nil {
			t.Fatal(err)
		}
		var p *node
		if err := r.Decode(&p); err != nil || p.Self != p || p.Kids[0] != p || p == n {
			t.Errorf("%v %v", p, err)
		}
		var got node
		if err := r.Decode(&got); err != nil || got.Self != got.Self.Self || got.Kids[0] != got.Self {
			t.Errorf("%v %v", got, err)
		}
	}
	r, err := Serialize(n)
	if err != nil {
		t.Fatal(err)
	}
	var got node
	if err := r.Decode(&got); err != nil || got.Self != &got || got.Kids[0] != &got {
		t.Errorf("%v %v", got, err)
	}
}

// SPEC 85: what was serialized can be decoded into its own type.
func TestDecodeIntoItsOwnType(t *testing.T) {
	one := 1
	outer := &struct {
		*base
		B int
	}{&base{5}, 6}
	for _, v := range []any{
		map[*int]string{&one: "one", new(int): "zero"}, map[**base]int{new(outer.base): 1},
		map[any]any{1.0: "number", "x": nil, Undefined: true}, map[[1]any]bool{{"x"}: true}, map[mapKey]int{{[1]any{false}}: 2},
		outer, *outer, embedding{base: &base{1}, Name: "n"}, []embedding{{base: &base{2}}},
	} {
		r, err := Serialize(v)
		if err != nil {
			t.Errorf("%T: %v", v, err)
			continue
		}
		body, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Record{r, FromBytes(body, nil)} {
			got := reflect.New(reflect.TypeOf(v))
			if err := r.Decode(got.Interface()); err != nil {
				t.Errorf("%T: %v", v, err)
			} else if want := cloned(t, v); isomorphic(want, cloned(t, got.Elem().Interface()), false) != nil {
				t.Errorf("%T: %v, want %v", v, cloned(t, got.Elem().Interface()), want)
			}
		}
	}
}
