package clone

import (
	"errors"
	"slices"
	"testing"
)

// The sender's copy and the receiver's are two.
func TestSnapshotIsPrivate(t *testing.T) {
	v := []person{{Tags: []string{"a"}}}
	r, err := Serialize(v)
	if err != nil {
		t.Fatal(err)
	}
	v[0].Tags[0], v[0].Name = "changed", "changed"
	var got []person
	if err := r.Decode(&got); err != nil || got[0].Tags[0] != "a" || got[0].Name != "" {
		t.Errorf("%v %v", got, err)
	}
	_ = append(v[0].Tags[:0:0], "x")
}

// An empty slice of the sender's lends no room to the receiver.
func TestEmptySliceIsPrivate(t *testing.T) {
	room := []string{"mine"}
	buffer := []byte{1}
	r, err := Serialize(struct {
		S []string
		B []byte
	}{room[:0], buffer[:0]})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		S []string
		B []byte
	}
	if err := r.Decode(&got); err != nil || got.S == nil || got.B == nil {
		t.Fatal(got, err)
	}
	_, _ = append(got.S, "other"), append(got.B, 2)
	if room[0] != "mine" || buffer[0] != 1 {
		t.Error("the receiver wrote into the sender's memory")
	}
}

// Data is the same value at every call, and Decode hands the snapshot over: nothing
// is copied twice.
func TestNothingIsCopiedTwice(t *testing.T) {
	r, err := Serialize([]byte{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	var first []byte
	if err := r.Decode(&first); err != nil {
		t.Fatal(err)
	}
	data := r.Data().(*TypedArray)
	if &data.Bytes()[0] != &first[0] || r.Data() != any(data) {
		t.Error("copied")
	}
	var second []byte
	if err := r.Decode(&second); err != nil || &second[0] != &first[0] {
		t.Error("copied", err)
	}
	m, err := Serialize(map[string]any{"list": []any{1}})
	if err != nil {
		t.Fatal(err)
	}
	m.Data().(map[string]any)["seen"] = true
	if m.Data().(map[string]any)["seen"] != true {
		t.Error("Data is another value")
	}
	var asked any
	if err := m.Decode(&asked); err != nil || asked.(map[string]any)["seen"] != true {
		t.Error(asked, err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = Serialize("a string") }); n > 1 {
		t.Errorf("%v allocations for a string", n)
	}
}

// Of a shared message everybody gets a copy of their own.
func TestShare(t *testing.T) {
	for name, v := range map[string]any{
		"canonical": map[string]any{"list": []any{1, "x"}, "buffer": NewArrayBuffer([]byte{1}), "date": &Date{1}},
		"typed":     struct{ List []any }{[]any{1}},
		"ordered":   NewObject(Property{"a", []any{}}),
		"bytes":     []byte{1, 2, 3},
		"people":    people(),
		"error":     errors.New("m"),
	} {
		r, err := Serialize(v)
		if err != nil {
			t.Fatal(err)
		}
		body, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Record{r, FromBytes(body, nil)} {
			one, two := r.Share(), r.Share()
			if err := isomorphic(one.Data(), two.Data(), false); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if one.Data() != nil && isomorphic(one.Data(), one.Data(), true) != nil {
				t.Errorf("%s: Data is not the same at every call", name)
			}
		}
	}
	r, err := Serialize("x")
	if err != nil || r.Share() != r {
		t.Error("a string was copied", err)
	}
}

// Shares may be read at the same time.
func TestShareConcurrently(t *testing.T) {
	for _, v := range []any{"x", nil, people(), peopleMaps(), []byte{1}, NewObject(Property{"a", 1})} {
		r, err := Serialize(v)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan any)
		for range 4 {
			go func() {
				share := r.Share()
				defer func() { done <- share.Data() }()
				var list []person
				if err := share.Decode(&list); err == nil && len(list) > 0 {
					list[0].Tags[0] = "mine"
				}
				_, _ = r.Encode()
			}()
		}
		for range 4 {
			<-done
		}
	}
}

// A message that cannot be delivered keeps its ports until it is discarded. SPEC 29, 83
func TestUndeliverableRecord(t *testing.T) {
	log := []string{}
	a := &fakePort{name: "a", log: &log}
	sent, err := SerializeWithTransfer([]any{a, NewSharedArrayBuffer([]byte{1})}, []Transferable{a})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sent.Encode()
	if err == nil {
		t.Fatal("a SharedArrayBuffer has a byte form")
	}
	r := Undeliverable(err.Error(), sent.Holders())
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Record{r, FromBytes(body, nil)} {
		expectError(t, r.Check(), "DataCloneError", "")
		if r.Data() != nil {
			t.Error("there is data")
		}
		var got any
		for _, dst := range []any{&got, new(string), new(Object), new(*Object)} {
			expectError(t, r.Decode(dst), "DataCloneError", "")
		}
	}
	log = nil
	r.Discard()
	if !slices.Equal(log, []string{"discard a"}) {
		t.Error(log)
	}
}

// Encode leaves the record as it was.
func TestEncodeChangesNothing(t *testing.T) {
	b, log := NewArrayBuffer([]byte{7}), []string{}
	port := &fakePort{name: "p", log: &log}
	r, err := SerializeWithTransfer(struct {
		B *ArrayBuffer
		P any
		O *Object
	}{b, port, NewObject(Property{"z", 1}, Property{"a", 2})}, []Transferable{b, port})
	if err != nil {
		t.Fatal(err)
	}
	one, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.Encode()
	if err != nil || !slices.Equal(one, other) {
		t.Error(err)
	}
	// Ports are numbered without the buffers, which are part of the bytes.
	received := FromBytes(one, r.Holders()[1:])
	if err := received.Check(); err != nil {
		t.Fatal(err)
	}
	data := received.Data().(map[string]any)
	if data["P"] != r.Holders()[1].Value() || data["B"].(*ArrayBuffer).Bytes()[0] != 7 {
		t.Errorf("%v", data)
	}
	var ordered *Object
	if err := FromBytes(one, r.Holders()[1:]).Decode(&ordered); err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(ordered); !slices.Equal(keys, []string{"B", "P", "O"}) {
		t.Error(keys)
	}
	inner, _ := ordered.Get("O")
	if keys := keysOf(inner.(*Object)); !slices.Equal(keys, []string{"z", "a"}) {
		t.Error(keys)
	}
}

func keysOf(o *Object) (keys []string) {
	for key := range o.All() {
		keys = append(keys, key)
	}
	return keys
}

// The order of keys is there for whoever asks for it.
func TestDecodeInOrder(t *testing.T) {
	inner := NewObject(Property{"y", 1}, Property{"x", 2})
	for _, test := range []struct {
		in   any
		want []string
	}{
		{NewObject(Property{"b", inner}, Property{"a", 1}), []string{"b", "a"}},
		{map[string]any{"b": inner, "a": 1, "10": 2, "9": 3}, []string{"9", "10", "a", "b"}},
		{struct {
			B any `json:"b"`
			A int `json:"a"`
		}{inner, 1}, []string{"b", "a"}},
		{map[named]any{"b": inner, "a": 1}, []string{"a", "b"}},
	} {
		r, err := Serialize(test.in)
		if err != nil {
			t.Fatal(err)
		}
		body, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Record{FromBytes(body, nil), r.Share(), r} {
			var o Object
			var p *Object
			if err := r.Decode(&o); err != nil {
				t.Fatal(err)
			}
			if err := r.Decode(&p); err != nil {
				t.Fatal(err)
			}
			b, _ := o.Get("b")
			if !slices.Equal(keysOf(&o), test.want) || !slices.Equal(keysOf(p), test.want) ||
				!slices.Equal(keysOf(b.(*Object)), []string{"y", "x"}) {
				t.Errorf("%v: %v", test.in, keysOf(&o))
			}
			if data := r.Data(); data.(map[string]any)["b"].(map[string]any)["y"] != 1.0 {
				t.Errorf("%v", data)
			}
		}
	}
	r, err := Serialize([]any{})
	if err != nil {
		t.Fatal(err)
	}
	expectError(t, r.Decode(new(Object)), "DataCloneError", "$: Array cannot be decoded into *clone.Object")
}

// Fields that are not cloned stay as they are, also when a value is handed over.
func TestDecodeKeepsUnexportedFields(t *testing.T) {
	type state struct {
		A      int
		secret string
	}
	for _, v := range []any{state{A: 1}, &state{A: 1}, map[string]any{"A": 1}} {
		r, err := Serialize(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Record{r.Share(), r} {
			got := state{2, "kept"}
			if err := r.Decode(&got); err != nil || got != (state{1, "kept"}) {
				t.Errorf("%T: %v %v", v, got, err)
			}
		}
	}
}
