package clone

import (
	"bytes"
	"errors"
	"testing"
)

// foreign is a value of a heap that is not Go's, as a message.
type foreign struct {
	value any
	err   error
}

// foreignSource describes canonical Go values, with what need not be copied beside the bytes.
type foreignSource struct{ goSource }

func (f foreign) SerializeWithTransfer(r *Record, transfer []Transferable) error {
	if f.err != nil {
		return f.err
	}
	w := NewWriter[any]()
	s := &foreignSource{goSource{beside: true}}
	if err := w.Serialize(new(Record), s, Undefined, nil); err != nil { // a writer can be used again
		return err
	}
	return w.Serialize(r, s, f.value, transfer)
}

// block is memory of another heap.
type block struct {
	data  []byte
	freed *int
}

func (b *block) Bytes() []byte { return b.data }

func (b *block) Free() {
	*b.freed++
	b.data = nil
}

// picture is a PlatformObject.
type picture struct{ name string }

func (*picture) InterfaceName() string { return "Picture" }

func TestSerializer(t *testing.T) {
	blob, shared, pic := NewBlob([]byte("blob"), "text/plain"), NewSharedArrayBuffer([]byte("shared")), &picture{"p"}
	message := foreign{value: map[string]any{
		"blob": blob, "again": blob, "shared": shared, "view": &TypedArray{Uint8Array, shared, 1, 2, false}, "pic": pic,
		"file": NewFileAt([]byte("file"), "f", "", 5), "list": &FileList{Files: []*File{NewFileAt(nil, "g", "", 0)}}, "n": []any{1.0, "two"},
	}}
	r, err := SerializeWithTransfer(message, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	if r.Size() < len("blob")+len("file") || r.Size() > 1000 {
		t.Error(r.Size())
	}
	second := r.Share()
	for _, r := range []*Record{r.Share(), second} {
		m := r.Data().(map[string]any)
		if m["blob"] != m["again"] || m["blob"].(*Blob) != blob {
			t.Error("the blob was copied")
		}
		if got := m["shared"].(*SharedArrayBuffer); !got.Same(shared) || m["view"].(*TypedArray).Buffer != got {
			t.Error("the memory is not shared")
		}
		if m["pic"] != pic || m["file"].(*File).Name() != "f" || m["list"].(*FileList).Files[0].Name() != "g" || m["n"].([]any)[1] != "two" {
			t.Error(m)
		}
	}
	var into struct {
		Blob *Blob    `json:"blob"`
		N    []any    `json:"n"`
		Pic  *picture `json:"pic"`
	}
	if err := r.Share().Decode(&into); err != nil || into.Blob != blob || into.N[0] != 1.0 || into.Pic != pic {
		t.Error(into, err)
	}
	if _, err := r.Encode(); err == nil {
		t.Error("what cannot leave its process was encoded")
	}
	// what has a byte form has it there
	r, err = SerializeWithTransfer(foreign{value: []any{blob, NewFileAt([]byte("x"), "f", "", 1)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got := show(FromBytes(body, nil).Data()); got != show(r.Data()) {
		t.Error(got)
	}
	// the error is returned as it is
	thrown := errors.New("thrown")
	if _, err := SerializeWithTransfer(foreign{err: thrown}, nil); err != thrown {
		t.Error(err)
	}
}

// What is beside the bytes of another record is not reachable by bytes from the network.
func TestBesideIsLocal(t *testing.T) {
	r, err := SerializeWithTransfer(foreign{value: NewBlob(nil, "")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := r.body()
	if err := FromBytes(body, nil).Check(); err == nil {
		t.Error("it passed")
	}
}

// SPEC 91: a buffer of another heap's memory is transferred without a copy, and is Go's once a
// program looks at it.
func TestBlockArrayBuffer(t *testing.T) {
	freed := 0
	memory := []byte("memory")
	b := NewBlockArrayBuffer(&block{memory, &freed}, 0, false)
	if b.ByteLength() != 6 || freed != 0 {
		t.Error("it was touched")
	}
	r, err := SerializeWithTransfer([]any{b}, []Transferable{b})
	if err != nil {
		t.Fatal(err)
	}
	values, err := r.Receive(nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := r.Encode(); err != nil || !bytes.Contains(body, memory) {
		t.Errorf("%x, %v", body, err)
	}
	moved := values[0].(*ArrayBuffer)
	if taken := moved.TakeBlock(); taken == nil || &taken.Bytes()[0] != &memory[0] || !moved.Detached() || moved.TakeBlock() != nil {
		t.Error("it is not the block")
	}
	b = NewBlockArrayBuffer(&block{memory, &freed}, 9, true)
	if got := b.Bytes(); string(got) != "memory" || &got[0] == &memory[0] || freed != 1 || b.TakeBlock() != nil {
		t.Error("it is not Go's")
	}
	if err := b.Resize(9); err != nil || b.ByteLength() != 9 {
		t.Error(err)
	}
	b = NewBlockArrayBuffer(&block{memory, &freed}, 0, false)
	if r, err = SerializeWithTransfer(nil, []Transferable{b}); err != nil {
		t.Fatal(err)
	}
	r.Discard()
	if freed != 2 {
		t.Error("a lost buffer keeps its memory")
	}
}

// Records of every form can be built in another heap; here Go's again.
func TestBuild(t *testing.T) {
	type point struct{ X, Y int }
	shared := NewSharedArrayBuffer([]byte("s"))
	buffer := NewArrayBuffer([]byte("moved"))
	for _, test := range []struct {
		name     string
		message  any
		transfer []Transferable
		want     string
	}{
		{"canonical", map[string]any{"a": []any{1.0, nil, Undefined}}, nil, `{"a": [1, null, undefined]}`},
		{"primitive", "text", nil, `"text"`},
		{"typed", []point{{1, 2}, {3, 4}}, nil, `[{"X": 1, "Y": 2}, {"X": 3, "Y": 4}]`},
		{"transferred", []any{buffer, &TypedArray{Uint8Array, buffer, 0, 5, false}}, []Transferable{buffer}, ""},
		{"shared", []any{shared, &DataView{shared, 0, 1, false}}, nil, ""},
		{"of a heap", foreign{value: []any{1.0}}, nil, `[1]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := SerializeWithTransfer(test.message, test.transfer)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Receive(nil); err != nil {
				t.Fatal(err)
			}
			v, err := Build(&goBuilder{ports: portValues(r.holders)}, r)
			if err != nil {
				t.Fatal(err)
			}
			want := r.Data()
			if show(v) != show(want) {
				t.Errorf("%s, want %s", show(v), show(want))
			}
			if list, ok := v.([]any); ok && test.transfer != nil && (list[0] != r.holders[0].Value() || list[1].(*TypedArray).Buffer != list[0]) {
				t.Error("the buffer was copied")
			}
		})
	}
	for _, r := range []*Record{Undeliverable("why", nil), FromBytes([]byte{0xff}, nil)} {
		if _, err := Build(&goBuilder{}, r); err == nil {
			t.Error("no error")
		}
	}
}

// A platform object that this package does not know goes through a Go program as it is.
func TestPlatformObject(t *testing.T) {
	type letter struct {
		To  string
		Pic *picture
	}
	sent := letter{"you", &picture{"p"}}
	r, err := Serialize(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got letter
	if err := r.Decode(&got); err != nil || got != sent {
		t.Error(got, err)
	}
	if r, err = Serialize([]any{sent.Pic}); err != nil || r.Data().([]any)[0] != sent.Pic {
		t.Error(err)
	}
	if _, err := r.Encode(); err == nil {
		t.Error("it was encoded")
	}
}
