package clone

import (
	"fmt"
	"syscall"
	"testing"
)

// reportCPU adds the processor time to a benchmark's figures, garbage collection included: it is
// steadier than the wall clock.
func reportCPU(b *testing.B) func() {
	b.ReportAllocs()
	before := cpuTime()
	return func() { b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op") }
}

func cpuTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

type smallData struct {
	Q string `json:"q"`
	N int    `json:"n"`
}

type smallObject struct {
	ID   int       `json:"id"`
	Type string    `json:"type"`
	Data smallData `json:"data"`
}

func smallMap() map[string]any {
	return map[string]any{"id": 1.0, "type": "search", "data": map[string]any{"q": "abc", "n": 42.0}}
}

type person struct {
	ID     int      `json:"id"`
	Name   string   `json:"name"`
	Email  string   `json:"email"`
	Active bool     `json:"active"`
	Score  float64  `json:"score"`
	Tags   []string `json:"tags"`
}

func people() []person {
	list := make([]person, 100)
	for i := range list {
		list[i] = person{i, fmt.Sprintf("Person number %d", i), fmt.Sprintf("person%d@example.com", i), i%2 == 0, float64(i) * 1.5,
			[]string{"a", "b"}}
	}
	return list
}

func peopleMaps() []any {
	var list []any
	for _, p := range people() {
		list = append(list, map[string]any{"id": float64(p.ID), "name": p.Name, "email": p.Email, "active": p.Active, "score": p.Score,
			"tags": []any{"a", "b"}})
	}
	return list
}

// benchmarkAny posts v and receives its canonical form.
func benchmarkAny(b *testing.B, v any) {
	defer reportCPU(b)()
	for b.Loop() {
		r, err := Serialize(v)
		if err != nil {
			b.Fatal(err)
		}
		if r.Data() == nil {
			b.Fatal("nothing")
		}
	}
}

// benchmarkTyped posts v and receives it as what it is.
func benchmarkTyped[T any](b *testing.B, v T) {
	defer reportCPU(b)()
	for b.Loop() {
		r, err := Serialize(v)
		if err != nil {
			b.Fatal(err)
		}
		var got T
		if err := r.Decode(&got); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkString(b *testing.B)   { benchmarkAny(b, "hello, world") }
func BenchmarkSmallMap(b *testing.B) { benchmarkAny(b, smallMap()) }
func BenchmarkSmallStruct(b *testing.B) {
	benchmarkTyped(b, smallObject{1, "search", smallData{"abc", 42}})
}
func BenchmarkSmallStructAsMap(b *testing.B) {
	benchmarkAny(b, smallObject{1, "search", smallData{"abc", 42}})
}
func BenchmarkPeopleMaps(b *testing.B)          { benchmarkAny(b, peopleMaps()) }
func BenchmarkPeopleStructs(b *testing.B)       { benchmarkTyped(b, people()) }
func BenchmarkPeopleStructsAsMaps(b *testing.B) { benchmarkAny(b, people()) }
func BenchmarkBytes1MB(b *testing.B)            { benchmarkTyped(b, make([]byte, 1<<20)) }
func BenchmarkArrayBuffer1MB(b *testing.B)      { benchmarkAny(b, NewArrayBuffer(make([]byte, 1<<20))) }

func BenchmarkTransfer1MB(b *testing.B) {
	defer reportCPU(b)()
	buffer := NewArrayBuffer(make([]byte, 1<<20))
	for b.Loop() {
		r, err := SerializeWithTransfer(buffer, []Transferable{buffer})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Receive(nil); err != nil {
			b.Fatal(err)
		}
		buffer = r.Data().(*ArrayBuffer)
	}
}

// BenchmarkMapsToStructs is what a message from elsewhere costs after its bytes were read.
func BenchmarkMapsToStructs(b *testing.B) {
	defer reportCPU(b)()
	r, err := Serialize(peopleMaps())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var got []person
		if err := r.Decode(&got); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShare(b *testing.B) {
	defer reportCPU(b)()
	r, err := Serialize(smallMap())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r.Share().Data() == nil {
			b.Fatal("nothing")
		}
	}
}

// copyOnce is the floor: what a program would write by hand to copy maps and slices, without checks
// and without identity.
func copyOnce(v any) any {
	switch x := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(x))
		for key, v := range x {
			m[key] = copyOnce(v)
		}
		return m
	case []any:
		a := make([]any, len(x))
		for i, v := range x {
			a[i] = copyOnce(v)
		}
		return a
	}
	return v
}

func BenchmarkFloorSmallMap(b *testing.B) {
	defer reportCPU(b)()
	v := any(smallMap())
	for b.Loop() {
		copyOnce(v)
	}
}

func BenchmarkFloorPeopleMaps(b *testing.B) {
	defer reportCPU(b)()
	v := any(peopleMaps())
	for b.Loop() {
		copyOnce(v)
	}
}

func BenchmarkFloorSmallStruct(b *testing.B) {
	defer reportCPU(b)()
	v := any(smallObject{1, "search", smallData{"abc", 42}})
	for b.Loop() {
		s := v.(smallObject)
		sinkAny = s
	}
}

var sinkAny any

func BenchmarkFloorPeopleStructs(b *testing.B) {
	defer reportCPU(b)()
	v := people()
	for b.Loop() {
		list := make([]person, len(v))
		for i, p := range v {
			p.Tags = append([]string(nil), p.Tags...)
			list[i] = p
		}
		sinkAny = list
	}
}
