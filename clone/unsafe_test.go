package clone

import (
	"reflect"
	"testing"
	"unsafe"
)

// What unsafe.go takes for granted about Go values.
func TestLayout(t *testing.T) {
	n := 5
	m := map[string]any{"a": 1}
	for _, test := range []struct {
		v      any
		direct bool
	}{
		{&n, true}, {m, true}, {struct{ P *int }{&n}, true}, {[1]*int{&n}, true}, {func() {}, true}, {make(chan int), true},
		{unsafe.Pointer(&n), true}, {5, false}, {"x", false}, {[]int{1}, false}, {struct{}{}, false}, {struct{ A, B *int }{}, false},
		{[0]*int{}, false}, {uintptr(5), false}, {struct{ A any }{}, false},
	} {
		typ := reflect.TypeOf(test.v)
		if storedDirectly(typ) != test.direct {
			t.Errorf("%s: stored directly: %v", typ, !test.direct)
		}
		if typeWord(test.v) != pointerWord(typ) {
			t.Errorf("%s: the type word is not the type", typ)
		}
		same := interfaceOf(typeWord(test.v), pointerWord(test.v))
		if reflect.TypeOf(same) != typ {
			t.Errorf("%T is not %s", same, typ)
		}
	}
	if mapPointer(m) != reflect.ValueOf(m).UnsafePointer() || pointerWord(m) != mapPointer(m) || pointerWord(&n) != unsafe.Pointer(&n) {
		t.Error("not the pointers")
	}
	s := make([]int, 1, 3)
	if got := *(*slice)(unsafe.Pointer(&s)); got != (slice{unsafe.Pointer(&s[0]), 1, 3}) {
		t.Error(got)
	}
}

func TestCopyFlat(t *testing.T) {
	for _, align := range []uintptr{1, 2, 4, 8} {
		source := make([]byte, 64)
		for i := range source {
			source[i] = byte(i)
		}
		p := copyFlat(unsafe.Pointer(&source[0]), 56, align)
		if got := unsafe.Slice((*byte)(p), 56); string(got) != string(source[:56]) || uintptr(p)%align != 0 {
			t.Error(align, got)
		}
	}
}

// The memory map finds what was put in, whatever its size.
func TestMemory(t *testing.T) {
	for _, n := range []int{0, 1, 8, 9, 31, 32, 33, 300, 5000, 40000} {
		var m memory
		objects := make([]struct{ a, b int }, n+1)
		for round := range 2 {
			for i := range objects {
				for length := range 2 {
					e := m.find(unsafe.Pointer(&objects[i]), unsafe.Pointer(&n), length)
					if want := i*2 + length; round == 0 && e.value == nil {
						e.value = want
					} else if e.value != want {
						t.Fatalf("%d of %d is %v", i, n, e.value)
					}
					if !m.has(unsafe.Pointer(&objects[i]), unsafe.Pointer(&n), length) || m.has(unsafe.Pointer(&objects[i]), unsafe.Pointer(&m), length) {
						t.Fatal("has")
					}
				}
			}
		}
		m.release()
	}
	// A table that comes back is empty.
	var m memory
	objects := make([]int, 20)
	for i := range objects {
		if m.find(unsafe.Pointer(&objects[i]), nil, 0).value != nil {
			t.Error("not empty")
		}
	}
}
