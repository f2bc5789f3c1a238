package clone

//lint:file-ignore U1000 fields are there to be refused, or left out

import (
	"math"
	"math/big"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// fakePort is a platform object that can only be transferred.
type fakePort struct {
	name     string
	detached bool
	log      *[]string
	fail     error
}

func (p *fakePort) Detached() bool { return p.detached }
func (p *fakePort) NewHolder() Holder {
	return &fakeHolder{source: p, port: &fakePort{name: p.name, log: p.log}}
}

type fakeHolder struct {
	source, port *fakePort
}

func (h *fakeHolder) note(what string) { *h.port.log = append(*h.port.log, what+" "+h.port.name) }
func (h *fakeHolder) Value() any       { return h.port }
func (h *fakeHolder) Transfer() error {
	h.note("transfer")
	h.source.detached = true
	return h.source.fail
}
func (h *fakeHolder) Receive(realm any) error {
	h.note("receive")
	if realm == "no ports here" {
		return dataCloneError("MessagePort is not exposed")
	}
	return nil
}
func (h *fakeHolder) Discard() { h.note("discard") }

type mapKey struct{ Any [1]any }

var one = &mapKey{}

type (
	mutex  struct{ state int }
	handle struct{ object *mutex }
	hiding struct {
		*hiding
		sync.Mutex
		mutex
	}
)

func TestCannotBeCloned(t *testing.T) {
	detached := NewArrayBuffer([]byte{1})
	if _, err := SerializeWithTransfer(nil, []Transferable{detached}); err != nil {
		t.Fatal(err)
	}
	type loop *loop
	var l loop
	l = &l
	var anyLoop any
	anyLoop = &anyLoop
	buffer := NewArrayBuffer(make([]byte, 4))
	three := callback{}
	three.Items = make([]struct {
		Callback func() `json:"callback"`
	}, 4)
	tests := []struct {
		name, message string
		in            any
	}{
		{"the example", "$.items[0].callback: func cannot be cloned", three},
		{"SPEC 68 Symbol", "$: complex128 cannot be cloned", 1i}, // Go has no symbols; this is its primitive that JavaScript does not have
		{"SPEC 71 detached ArrayBuffer", "$[0]: ArrayBuffer is detached", []any{detached}},
		{"SPEC 73 out of bounds", "$: Int8Array is out of bounds or its buffer is detached",
			&TypedArray{Kind: Int8Array, Buffer: buffer, ByteOffset: 2, Length: 3}},
		{"SPEC 73 view of a detached buffer", "$.a: DataView is out of bounds or its buffer is detached",
			map[string]any{"a": &DataView{Buffer: detached}}},
		{"view that tracks a fixed buffer", "$: DataView is out of bounds or its buffer is detached", &DataView{Buffer: buffer, Tracking: true}},
		{"view at an odd offset", "$: Int16Array is out of bounds or its buffer is detached",
			&TypedArray{Kind: Int16Array, Buffer: buffer, ByteOffset: 1, Length: 1}},
		{"view of no buffer", "$: DataView is out of bounds or its buffer is detached", &DataView{Buffer: (*ArrayBuffer)(nil)}},
		{"SPEC 78 platform object", "$.port: fakePort is not in the transfer list", map[string]any{"port": &fakePort{}}},
		{"SPEC 78 platform object in a field", "$.Port: fakePort is not in the transfer list", struct{ Port *fakePort }{&fakePort{}}},
		{"SPEC 78 only unexported fields", "$: clone.mutex cannot be cloned: it has no exported fields", mutex{}},
		{"SPEC 78 pointer to them", "$.w: clone.mutex cannot be cloned: it has no exported fields", map[string]any{"w": &mutex{}}},
		{"SPEC 78 them in a field", "$.Mu: sync.Mutex cannot be cloned: it has no exported fields", &struct{ Mu sync.Mutex }{}},
		{"SPEC 78 them in a slice", "$[1]: clone.mutex cannot be cloned: it has no exported fields", []any{nil, mutex{}}},
		{"SPEC 78 them embedded", "$[0]: clone.hiding cannot be cloned: it has no exported fields", []any{&hiding{}}},
		{"SPEC 78 one pointer", "$: clone.handle cannot be cloned: it has no exported fields", handle{}},
		{"SPEC 79 func", "$.a.b[1]: func cannot be cloned", map[string]any{"a": map[string]any{"b": []any{1, func() {}}}}},
		{"SPEC 79 chan", `$["a b"]: chan cannot be cloned`, map[string]chan int{"a b": nil}},
		{"SPEC 79 unsafe.Pointer", "$: unsafe.Pointer cannot be cloned", unsafe.Pointer(nil)},
		{"*func", "$.F: func cannot be cloned", &struct{ F *func() }{new(func())}},
		{"[]func", "$: func cannot be cloned", []func(){}},
		{"int64", "$: integer beyond 2^53-1 cannot be a Number, use *big.Int", int64(1 << 53)},
		{"int64 in a struct", "$.I: integer beyond 2^53-1 cannot be a Number, use *big.Int", struct{ I int64 }{-1 << 53}},
		{"uint64 in an array in a pointer", "$.U[1]: integer beyond 2^53-1 cannot be a Number, use *big.Int",
			&struct{ U [2]uint64 }{[2]uint64{0, math.MaxUint64}}},
		{"[]int", "$[1]: integer beyond 2^53-1 cannot be a Number, use *big.Int", []int{1, math.MinInt}},
		{"string", "$: string is not UTF-8", "\xff"},
		{"surrogate pair", "$: string is not UTF-8", "\xed\xa0\x80\xed\xb0\x80"},
		{"key", "$: key is not UTF-8", map[string]any{"\xff": 1}},
		{"typed key", "$.keys()[0]: string is not UTF-8", map[string]int{"\xff": 1}},
		{"string in a slice in a map", "$.x[1]: string is not UTF-8", map[string][]string{"x": {"", "\xff"}}},
		{"flags", "$: invalid flags of a regular expression", &RegExp{"", "gg"}},
		{"time", "$.T: time is out of a Date's range", struct{ T time.Time }{time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"Map value", `$.get("k"): func cannot be cloned`, NewMap(MapEntry{"k", func() {}})},
		{"Map key", `$.keys()[0]: func cannot be cloned`, NewMap(MapEntry{func() {}, 1})},
		{"Map value under a Number", `$.get(2): func cannot be cloned`, map[int]any{2: func() {}}},
		{"cause", "$.cause: func cannot be cloned", &Error{Cause: func() {}, HasCause: true}},
		{"extra property", "$.x: func cannot be cloned", func() any { a := NewArray(0); a.Set("x", func() {}); return a }()},
		{"FileList", "$[0]: FileList without a File", &FileList{[]*File{nil}}},
		{"SPEC 74 keys that pointed at the same", "$: two keys become the same", map[*int]int{new(1): 1, new(1): 2}},
		{"SPEC 74 keys in a field", "$.M: two keys become the same", &struct{ M map[*bool]int }{map[*bool]int{new(bool): 1, new(bool): 2}}},
		{"SPEC 74 pointers to pointers", "$: two keys become the same", map[**mapKey]int{new(one): 1, new(one): 2}},
		{"SPEC 74 array as a key", "$.keys()[0]: Array cannot be a key of map[interface {}]interface {}", map[any]any{[1]any{1}: 2}},
		{"SPEC 74 struct as a key", "$.m.keys()[0]: Object cannot be a key of map[interface {}]int",
			map[string]any{"m": map[any]int{mapKey{}: 2}}},
		{"SPEC 74 pointer as a key", "$.keys()[0]: Object cannot be a key of map[interface {}]int", map[any]int{one: 2}},
		{"SPEC 74 *Object as a key", "$.keys()[0]: Object cannot be a key of map[interface {}]int", map[any]int{NewObject(): 2}},
		{"SPEC 74 array in a key", "$.keys()[0]: Array cannot be a key of map[clone.mapKey]int", map[mapKey]int{{[1]any{[1]int{}}}: 2}},
		{"twin keys", "$: two keys become the same", map[any]int{1: 1, 1.0: 2}},
		{"twin keys of a Map", "$: two keys become the same", &Map{entries: []MapEntry{{[1]any{1}, 1}, {1, 2}, {1.0, 2}}}},
		{"NaN keys", "$: two keys become the same", map[float64]int{math.NaN(): 1, math.Inf(1): 3, -math.NaN(): 2}},
		{"value of a type of this package", "$.D: clone.Date cannot be cloned by value, use a pointer", struct{ D Date }{}},
		{"endless empty values", "$: too many values of size zero", make([]struct{}, 1<<40)},
		{"endless empty values", "$: too many values of size zero", &[1 << 40]struct{}{}},
		{"pointer to itself", "$: pointer that leads to itself", l},
		{"pointer to an any that holds it", "$: pointer that leads to itself", anyLoop},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Serialize(test.in)
			expectError(t, err, "DataCloneError", test.message)
			if err != nil && err.Error() != "DataCloneError: "+test.message {
				t.Errorf("message is %q", err)
			}
		})
	}
}

// What is not cloned is not looked at either.
func TestLeftOut(t *testing.T) {
	v := struct {
		A       int
		private func()
		Skipped chan int `json:"-"`
		mu      mutex
	}{A: 1, private: func() {}, Skipped: make(chan int)}
	r, err := Serialize(&v)
	if err != nil {
		t.Fatal(err)
	}
	got := v
	got.private, got.Skipped = nil, nil
	if err := r.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.A != 1 || got.private != nil || got.Skipped != nil {
		t.Errorf("%+v", got)
	}
}

// SPEC 78: structs that hide nothing, or not everything, are no platform objects.
func TestEmptyObjects(t *testing.T) {
	type empty struct{}
	type visible struct{ Text string }
	for _, v := range []any{
		struct{}{}, &struct{}{}, struct{ empty }{},
		struct {
			Skipped chan int `json:"-"`
			hidden  int
		}{},
		struct{ *visible }{},
	} {
		if got := cloned(t, v); len(got.(map[string]any)) != 0 {
			t.Errorf("%T became %v", v, got)
		}
	}
	if got := cloned(t, (*mutex)(nil)); got != nil {
		t.Errorf("a nil pointer became %v", got)
	}
}

// SPEC 72: a SharedArrayBuffer shares its block.
func TestSharedArrayBuffer(t *testing.T) {
	b, err := NewGrowableSharedArrayBuffer(1, 8)
	if err != nil {
		t.Fatal(err)
	}
	got, err := StructuredClone([]any{b, &TypedArray{Kind: Uint8Array, Buffer: b, Tracking: true}})
	if err != nil {
		t.Fatal(err)
	}
	other := got.([]any)[0].(*SharedArrayBuffer)
	if other == b || !other.Same(b) {
		t.Error("the block is not shared")
	}
	if err := other.Grow(2); err != nil {
		t.Fatal(err)
	}
	b.Bytes()[1] = 7
	view := got.([]any)[1].(*TypedArray)
	if view.Buffer != Buffer(other) || view.Len() != 2 || view.Bytes()[1] != 7 {
		t.Errorf("the view sees %v", view.Bytes())
	}
	r, err := Serialize(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Encode(); err == nil {
		t.Error("a SharedArrayBuffer has a byte form")
	}
	for _, n := range []int{1, 9} {
		expectError(t, other.Grow(n), "RangeError", "the length is out of range")
	}
	expectError(t, NewSharedArrayBuffer(nil).Grow(0), "TypeError", "the buffer is of fixed length")
}

// Numbers that are kept ready are the numbers they should be.
func TestNumber(t *testing.T) {
	for _, f := range []float64{0, 1, 1023, 1024, -1, 0.5, math.Copysign(0, -1), math.NaN(), math.Inf(1), 1e300} {
		if got := number(f).(float64); math.Float64bits(got) != math.Float64bits(f) {
			t.Errorf("%v became %v", f, got)
		}
	}
	if got, err := StructuredClone(big.NewInt(-5)); err != nil || got.(*big.Int).Int64() != -5 {
		t.Errorf("%v %v", got, err)
	}
}
