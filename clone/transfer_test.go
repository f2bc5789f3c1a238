package clone

import (
	"slices"
	"testing"
)

func transferError(t *testing.T, v any, message string, transfer ...Transferable) {
	t.Helper()
	_, err := SerializeWithTransfer(v, transfer)
	expectError(t, err, "DataCloneError", message)
}

func TestTransferChecks(t *testing.T) {
	log := []string{}
	port := func(name string) *fakePort { return &fakePort{name: name, log: &log} }

	t.Run("SPEC 89 duplicate", func(t *testing.T) {
		a, b := port("a"), NewArrayBuffer([]byte{1})
		transferError(t, nil, "fakePort is in the transfer list twice", b, a, a)
		if a.detached || b.Detached() || len(log) > 0 {
			t.Error("something was detached")
		}
	})
	t.Run("SPEC 89 nothing to transfer", func(t *testing.T) {
		transferError(t, nil, "something that cannot be transferred", nil)
		transferError(t, nil, "something that cannot be transferred", (*ArrayBuffer)(nil))
	})
	t.Run("SPEC 89 SharedArrayBuffer", func(t *testing.T) {
		if _, ok := any(NewSharedArrayBuffer(nil)).(Transferable); ok {
			t.Error("a SharedArrayBuffer may stand in a transfer list")
		}
	})
	t.Run("SPEC 90 the value first", func(t *testing.T) {
		a, b := port("a"), NewArrayBuffer([]byte{1})
		transferError(t, []any{a, func() {}}, "$[1]: func cannot be cloned", a, b)
		if a.detached || b.Detached() || len(log) > 0 {
			t.Error("something was detached")
		}
	})
	t.Run("SPEC 89 duplicates before the value", func(t *testing.T) {
		b := NewArrayBuffer(nil)
		transferError(t, func() {}, "twice", b, b)
	})
	t.Run("SPEC 90 partial effect", func(t *testing.T) {
		a, b, detached, c := port("a"), NewArrayBuffer([]byte{1}), port("b"), port("c")
		detached.detached = true
		transferError(t, a, "$: fakePort in the transfer list is detached", a, b, detached, c)
		if !a.detached || !b.Detached() || c.detached {
			t.Error("those before it, and no others, should be detached")
		}
		// SPEC 47: what was taken from them is lost.
		if !slices.Equal(log, []string{"transfer a", "discard a"}) {
			t.Error(log)
		}
	})
	t.Run("SPEC 90 detached buffer", func(t *testing.T) {
		b := NewArrayBuffer([]byte{1})
		if _, err := SerializeWithTransfer(nil, []Transferable{b}); err != nil {
			t.Fatal(err)
		}
		transferError(t, b, "$: ArrayBuffer in the transfer list is detached", b)
	})
	t.Run("SPEC 92 transfer steps fail", func(t *testing.T) {
		log = nil
		a, b := port("a"), port("b")
		b.fail = dataCloneError("no")
		transferError(t, nil, "no", a, b)
		if !slices.Equal(log, []string{"transfer a", "transfer b", "discard a"}) {
			t.Error(log)
		}
	})
}

// SPEC 91, SPEC 94: an ArrayBuffer moves its block.
func TestTransferArrayBuffer(t *testing.T) {
	block := []byte{1, 2, 3}
	b, err := NewResizableArrayBuffer(block, 8)
	if err != nil {
		t.Fatal(err)
	}
	view := &TypedArray{Kind: Uint8Array, Buffer: b, Tracking: true}
	got, err := StructuredClone(map[string]any{"view": view, "buffer": b}, b)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Detached() || b.Bytes() != nil || b.ByteLength() != 0 || b.MaxByteLength() != 0 || view.Bytes() != nil || !view.OutOfBounds() {
		t.Error("the source is not detached")
	}
	expectError(t, b.Resize(1), "TypeError", "the buffer is detached or of fixed length")
	moved := got.(map[string]any)["buffer"].(*ArrayBuffer)
	if &moved.Bytes()[0] != &block[0] || moved.MaxByteLength() != 8 || moved.Detached() {
		t.Error("the block was not moved")
	}
	if v := got.(map[string]any)["view"].(*TypedArray); v.Buffer != Buffer(moved) || v.Len() != 3 {
		t.Error("the view lost its buffer")
	}
	if err := moved.Resize(5); err != nil || !slices.Equal(moved.Bytes(), []byte{1, 2, 3, 0, 0}) {
		t.Error(err, moved.Bytes())
	}
	if err := moved.Resize(1); err != nil {
		t.Error(err)
	}
	if err := moved.Resize(2); err != nil || moved.Bytes()[1] != 0 {
		t.Error("new bytes are not zero")
	}
	expectError(t, moved.Resize(9), "RangeError", "the length is out of range")
}

type envelope struct {
	Text  string      `json:"text"`
	Port  *fakePort   `json:"port"`
	Ports []*fakePort `json:"ports"`
	Any   any         `json:"any"`
	Iface Transferable
}

// SPEC 93: all holders are received in order, before the value; also those that the value
// does not refer to.
func TestReceive(t *testing.T) {
	log := []string{}
	a, b, c := &fakePort{name: "a", log: &log}, &fakePort{name: "b", log: &log}, &fakePort{name: "c", log: &log}
	buffer := NewArrayBuffer([]byte{1})
	type sent struct {
		Text  string      `json:"text"`
		Port  *fakePort   `json:"port"`
		Ports []*fakePort `json:"ports"`
		Any   any         `json:"any"`
	}
	for _, v := range []any{
		sent{"x", b, []*fakePort{b, a}, map[string]any{"port": a}},
		&envelope{"x", b, []*fakePort{b, a}, map[string]any{"port": a}, nil},
		map[string]any{"text": "x", "port": b, "ports": []any{b, a}, "any": map[string]any{"port": a}},
	} {
		log = nil
		a.detached, b.detached, c.detached = false, false, false
		r, err := SerializeWithTransfer(v, []Transferable{c, b, a})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Holders()) != 3 || !a.detached || !b.detached || !c.detached {
			t.Error("not detached")
		}
		ports, err := r.Receive(nil)
		if err != nil || len(ports) != 3 {
			t.Fatal(ports, err)
		}
		if want := []string{"transfer c", "transfer b", "transfer a", "receive c", "receive b", "receive a"}; !slices.Equal(log, want) {
			t.Error(log)
		}
		var got envelope
		if err := r.Decode(&got); err != nil {
			t.Fatal(err)
		}
		pb, pa := ports[1].(*fakePort), ports[2].(*fakePort)
		if got.Port != pb || got.Ports[0] != pb || got.Ports[1] != pa || got.Any.(map[string]any)["port"] != pa || pa == a {
			t.Errorf("%+v", got)
		}
		if data := r.Data().(map[string]any); data["port"] != pb {
			t.Errorf("%v", data)
		}
		r.Discard() // has no effect any more
		if _, err := r.Receive(nil); err == nil {
			t.Error("received twice")
		}
		if len(log) != 6 {
			t.Error(log)
		}
	}
	// A port fits into an interface that it implements.
	a.detached = false
	r, err := SerializeWithTransfer(map[string]any{"Iface": a, "buffer": buffer}, []Transferable{a, buffer})
	if err != nil {
		t.Fatal(err)
	}
	var got envelope
	if err := r.Decode(&got); err != nil || got.Iface != r.Holders()[0].Value() {
		t.Error(got.Iface, err)
	}
}

// SPEC 48: if receiving fails, all is lost, also what was received.
func TestReceiveFails(t *testing.T) {
	log := []string{}
	a, buffer := &fakePort{name: "a", log: &log}, NewArrayBuffer([]byte{1})
	r, err := SerializeWithTransfer(a, []Transferable{buffer, a})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Receive("no ports here")
	expectError(t, err, "DataCloneError", "MessagePort is not exposed")
	if want := []string{"transfer a", "receive a", "discard a"}; !slices.Equal(log, want) {
		t.Error(log)
	}
	if !r.Holders()[0].Value().(*ArrayBuffer).Detached() {
		t.Error("the buffer is still there")
	}
}

// SPEC 47: discarding a record loses what it holds, at once and once.
func TestDiscard(t *testing.T) {
	log := []string{}
	a, b := &fakePort{name: "a", log: &log}, &fakePort{name: "b", log: &log}
	r, err := SerializeWithTransfer(a, []Transferable{a, b})
	if err != nil {
		t.Fatal(err)
	}
	log = nil
	r.Discard()
	r.Discard()
	if !slices.Equal(log, []string{"discard a", "discard b"}) {
		t.Error(log)
	}
	_, err = r.Receive(nil)
	expectError(t, err, "InvalidStateError", "")
}
