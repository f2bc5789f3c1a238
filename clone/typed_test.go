package clone

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"
)

type inner struct {
	Text   string
	hidden int
}

// everything has a field of each sort that a typed snapshot may have.
type everything struct {
	Bool      bool
	I8        int8
	I16       int16
	I32       int32
	I64       int64
	I         int
	U8        uint8
	U16       uint16
	U32       uint32
	U64       uint64
	U         uint
	Ptr       uintptr
	F32       float32
	F64       float64
	Text      string
	Named     named
	Undefined UndefinedType
	Time      time.Time
	BigValue  big.Int
	Big       *big.Int
	Error     error
	None      error
	Any       any
	List      []any
	Object    map[string]any
	Date      *Date
	Map       *Map
	Buffer    *ArrayBuffer
	Inner     inner
	Inners    []inner
	Array     [2]inner
	Pointers  []*inner
	Pointer   **inner
	Views     [][]uint16
	Maps      []map[int8]inner
	ByInner   map[inner]*inner
	Texts     map[string]string
	Times     []time.Time
	Errors    []error
	Bigs      []big.Int
	Empty     []struct{}
	Nothing   *struct{}
	Funcless  *inner
	hidden    *everything
	Skipped   chan int `json:"-"`
}

func newEverything() *everything {
	in := inner{"a", 1}
	p := &in
	e := &everything{true, -8, -16, -32, -64, -1, 8, 16, 32, 64, 1, 2, 0.5, 0.25, "text", "named", Undefined, time.UnixMilli(5).UTC(),
		*big.NewInt(-7), big.NewInt(8), errors.New("e"), nil, 1, []any{"x"}, map[string]any{"k": 2}, &Date{3}, NewMap(MapEntry{"m", 4}),
		NewArrayBuffer([]byte{5}), in, []inner{in, in}, [2]inner{in, in}, []*inner{p, nil, p}, &p, [][]uint16{{1}, nil, {}},
		[]map[int8]inner{{1: in}, nil}, map[inner]*inner{in: p}, map[string]string{"a": "b"}, []time.Time{time.UnixMilli(6).UTC()},
		[]error{fmt.Errorf("f: %w", errors.New("g")), nil}, []big.Int{*big.NewInt(9)}, make([]struct{}, 3), &struct{}{}, nil, nil, make(chan int)}
	e.hidden = e
	return e
}

// clean makes e what a receiver should see, the slow and obvious way.
func (e *everything) clean() {
	e.hidden, e.Skipped = nil, nil
	e.Inner.hidden, e.Inners[0].hidden, e.Inners[1].hidden, e.Array[0].hidden, e.Array[1].hidden = 0, 0, 0, 0, 0
	(*e.Pointer).hidden = 0
	e.Maps[0] = map[int8]inner{1: {Text: "a"}}
	e.ByInner = map[inner]*inner{{Text: "a"}: *e.Pointer}
	e.Error = NewError("Error", "e")
	e.Errors[0] = &Error{Name: "Error", Message: "f: g", HasMessage: true, Cause: NewError("Error", "g"), HasCause: true}
	e.Any, e.Object = 1.0, map[string]any{"k": 2.0}
	e.Map = NewMap(MapEntry{"m", 4.0})
}

// A snapshot keeps the sender's type, by whatever way its receiver gets it.
func TestEverything(t *testing.T) {
	want := newEverything()
	want.clean()
	r, err := Serialize(newEverything())
	if err != nil {
		t.Fatal(err)
	}
	if r.form != formTyped {
		t.Error("the snapshot is not typed")
	}
	if r.Size() < 300 {
		t.Errorf("size %d", r.Size())
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var value everything
	own, shared, encoded := new(*everything), new(*everything), new(*everything)
	for _, way := range []struct {
		name   string
		record *Record
		dst    any
	}{
		{"shared", r.Share(), shared}, {"shared, by value", r.Share(), &value}, {"bytes", FromBytes(body, nil), encoded}, {"own", r, own},
	} {
		if err := way.record.Decode(way.dst); err != nil {
			t.Fatalf("%s: %v", way.name, err)
		}
		got := reflect.Indirect(reflect.ValueOf(way.dst).Elem())
		for i := range got.NumField() {
			g, w := got.Field(i), reflect.ValueOf(want).Elem().Field(i)
			if !g.CanInterface() && !g.IsNil() || g.CanInterface() && !reflect.DeepEqual(g.Interface(), w.Interface()) {
				t.Errorf("%s: %s is %#v, want %#v", way.name, got.Type().Field(i).Name, g, w)
			}
		}
	}
	for _, got := range []*everything{*own, *shared, *encoded, &value} {
		if p := *got.Pointer; got.Pointers[0] != p || got.Pointers[2] != p || got.ByInner[inner{Text: "a"}] != p {
			t.Error("identity is lost")
		}
	}
}

// The canonical form of each scalar type behind a pointer, in a slice and in a map.
func TestCanonicalScalars(t *testing.T) {
	e := newEverything()
	for i := range reflect.TypeOf(*e).NumField() {
		f := reflect.ValueOf(e).Elem().Field(i)
		if !f.CanInterface() || f.Kind() == reflect.Chan || f.Kind() == reflect.Interface && f.IsNil() {
			continue
		}
		want, err := StructuredClone([]any{f.Interface()})
		if f.Type() == reflect.TypeFor[big.Int]() {
			want, err = StructuredClone([]any{e.BigValue.String()})
			want.([]any)[0] = &e.BigValue
		}
		if err != nil {
			t.Fatal(err)
		}
		m := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), f.Type()))
		m.SetMapIndex(reflect.ValueOf("k"), f)
		a := reflect.New(reflect.ArrayOf(1, f.Type())).Elem()
		a.Index(0).Set(f)
		got, err := StructuredClone([]any{f.Addr().Interface(), a.Interface(), m.Interface()})
		if err != nil {
			t.Fatal(err)
		}
		list := got.([]any)
		for _, v := range []any{list[0], list[1].([]any)[0], list[2].(map[string]any)["k"]} {
			if err := isomorphic(want, []any{v}, false); err != nil {
				t.Errorf("%s: %v", reflect.TypeOf(*e).Field(i).Name, err)
			}
		}
	}
}

// The fields of an interface with methods are canonical.
func TestInterfaceFields(t *testing.T) {
	type shape struct {
		S fmt.Stringer
		N fmt.Stringer
		B Buffer
	}
	got := cloned(t, shape{S: time.Duration(5), B: NewArrayBuffer(nil)}).(map[string]any)
	if got["S"] != 5.0 || got["N"] != nil || got["B"].(*ArrayBuffer).ByteLength() != 0 {
		t.Error(got)
	}
}
