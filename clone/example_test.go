package clone_test

import (
	"fmt"

	"github.com/entangle-go/entangle/clone"
)

// A message is a snapshot; its receiver takes it as the type it was, as another, or in
// canonical form.
func ExampleRecord_Decode() {
	type Point struct {
		X int `json:"x"`
		Y int `json:"y"`
	}
	p := &Point{1, 2}
	record, err := clone.Serialize(map[string]any{"from": p, "to": p})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.X = 100 // too late

	var line struct {
		From, To *Point
	}
	var named struct {
		From *Point `json:"from"`
		To   *Point `json:"to"`
	}
	fmt.Println(record.Decode(&line), line.From) // names are compared exactly
	fmt.Println(record.Decode(&named), *named.From, named.From == named.To)
	fmt.Println(record.Data())
	// Output:
	// <nil> <nil>
	// <nil> {1 2} true
	// map[from:map[x:1 y:2] to:map[x:1 y:2]]
}

// What cannot be cloned is named by its path.
func ExampleSerialize() {
	_, err := clone.Serialize(map[string]any{"items": []any{1, map[string]any{"callback": func() {}}}})
	fmt.Println(err)
	// Output: DataCloneError: $.items[1].callback: func cannot be cloned
}

// A transferred buffer is moved, not copied.
func ExampleStructuredClone() {
	buffer := clone.NewArrayBuffer([]byte("block"))
	moved, err := clone.StructuredClone(buffer, buffer)
	fmt.Println(err, string(moved.(*clone.ArrayBuffer).Bytes()), buffer.Detached(), buffer.Bytes() == nil)
	// Output: <nil> block true true
}
