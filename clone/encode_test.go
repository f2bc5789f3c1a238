package clone

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func encodeHex(t *testing.T, value any, holders ...Holder) string {
	t.Helper()
	b, err := encodeValue(value, holders)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b)
}

// SPEC 80: property order is kept; array indices come first, as a script would see them. A Go map
// has none: it is sorted.
func TestKeyOrder(t *testing.T) {
	ordered := NewObject(Property{"b", 1.0}, Property{"10", 2.0}, Property{"a", 3.0}, Property{"9", 4.0})
	if got, want := encodeHex(t, ordered), "a461390462313002616201616103"; got != want {
		t.Errorf("*Object: %s, want %s", got, want)
	}
	unordered := map[string]any{"b": 1.0, "10": 2.0, "a": 3.0, "9": 4.0}
	if got, want := encodeHex(t, unordered), "a461390462313002616103616201"; got != want {
		t.Errorf("map: %s, want %s", got, want)
	}
	value, err := decodeBody([]byte("\xa2\x61b\x01\x61a\x02"), nil, decodeOptions{ordered: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := encodeHex(t, value), "a2616201616102"; got != want {
		t.Errorf("order does not come back: %s, want %s", got, want)
	}
}

// A snapshot that still has its Go types is written as its canonical value, with the fields of a
// struct in their order.
func TestTypedRecordInBytes(t *testing.T) {
	type inner struct{ Z, A int }
	shared := &inner{1, 2}
	r, err := Serialize(struct {
		B     string
		A     []*inner
		Bytes []byte
	}{"x", []*inner{shared, shared}, []byte{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := "a3" + "61426178" + "614182d81ca2615a01614102d81d00" + "654279746573" + "d840420102"
	if got := hex.EncodeToString(body); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := show(FromBytes(body, nil).Data()), show(r.Data()); got != want {
		t.Errorf("came back as %s, not %s", got, want)
	}
}

// SPEC 71, 72, 73, 78: what has no byte form is a DataCloneError that says where.
func TestNoByteForm(t *testing.T) {
	detached := &ArrayBuffer{detached: true}
	buffer := NewArrayBuffer(make([]byte, 4))
	shared := NewSharedArrayBuffer(make([]byte, 4))
	for _, test := range []struct {
		value any
		want  string
	}{
		{map[string]any{"a": []any{1.0, shared}}, "$.a[1]: "},
		{&TypedArray{Kind: Uint8Array, Buffer: shared, Length: 4}, "$: "},
		{[]any{detached}, "$[0]: the ArrayBuffer is detached"},
		{&DataView{Buffer: detached}, "$: the ArrayBuffer is detached"},
		{&TypedArray{Kind: Uint8Array, Buffer: buffer, Length: 5}, "$: the view is out of bounds"},
		{&TypedArray{Kind: Uint16Array, Buffer: buffer, ByteOffset: 1, Length: 1}, "$: the view is out of bounds"},
		{&TypedArray{Kind: Uint8Array, Buffer: buffer, Length: -1}, "$: the view is out of bounds"},
		{&TypedArray{Kind: Uint8Array, Buffer: buffer, Tracking: true}, "$: the view is out of bounds"},
		{&TypedArray{Kind: kindCount, Buffer: buffer}, "$: invalid typed array"},
		{&DataView{}, "$: the view has no buffer"},
		{[]any{"ok", "\xff"}, "$[1]: the string is neither UTF-8 nor WTF-8"},
		{"\xed\xa0\xbd\xed\xb8\x80", "$: the string is neither UTF-8 nor WTF-8"},
		{&testObject{}, "$: it has no byte form"},
		{[]any{func() {}}, "$[0]: it has no byte form"},
	} {
		b, err := encodeValue(test.value, nil)
		e, ok := err.(*DOMException)
		if !ok || e.Name != "DataCloneError" || !strings.HasPrefix(e.Message, test.want) {
			t.Errorf("%T: %x, %v; want DataCloneError: %s", test.value, b, err, test.want)
		}
	}
}

// SPEC 89, 93: transferred buffers become part of the bytes, ports are numbered without them.
func TestTransferredInBytes(t *testing.T) {
	holders, ports := testHolders(2)
	if err := holders[0].Transfer(); err != nil {
		t.Fatal(err)
	}
	value := []any{ports[1], holders[0].Value(), ports[0], ports[1]}
	want := "84" + "d81c" + "d81b826b4d657373616765506f727401" + "4b7472616e73666572726564" +
		"d81b826b4d657373616765506f727400" + "d81d00"
	if got := encodeHex(t, value, holders...); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// SPEC 66: what was shared is shared again, and no more than that.
func TestGeneratedRoundTrip(t *testing.T) {
	for seed := range uint64(3000) {
		holders, ports := testHolders(3)
		value := newValueGenerator(seed, ports, false).message()
		written, err := encodeValue(value, holders)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := cbor.Wellformed(written); err != nil && !strings.Contains(err.Error(), "nested level") {
			t.Fatalf("seed %d: not CBOR: %v: %x", seed, err, written)
		}
		if err := checkBody(written, holders); err != nil {
			t.Fatalf("seed %d: check: %v", seed, err)
		}
		again, err := decodeBody(written, holders, decodeOptions{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got, want := show(again, ports...), show(value, ports...); got != want {
			t.Fatalf("seed %d: decoded\n%s, want\n%s", seed, got, want)
		}
		if rewritten, err := encodeValue(again, holders); err != nil || !bytes.Equal(rewritten, written) {
			t.Fatalf("seed %d: encoded again\n%x, want\n%x (%v)", seed, rewritten, written, err)
		}
	}
}

// scripted is a heap with getters, as an engine has: objects whose properties run code when
// they are read.
type scripted struct {
	log []string
}

type scriptObject struct {
	name  string
	array bool
	keys  []string
	props map[string]any // a func() any is a getter
}

func (s *scripted) Describe(w *Writer[any], v any) error {
	switch v := v.(type) {
	case *scriptObject:
		if w.Refer(pointerIdentity(v)) {
			return nil
		}
		if v.array {
			w.Array(v, len(v.keys), false)
		} else {
			w.Object(v, v.keys)
		}
	case float64:
		w.Number(v)
	case error:
		return v
	default:
		w.Null()
	}
	return nil
}

func (s *scripted) Property(v any, _ int, key string) (any, bool, error) {
	o := v.(*scriptObject)
	value, ok := o.props[key]
	if getter, isGetter := value.(func() any); isGetter {
		s.log = append(s.log, o.name+"."+key)
		value = getter()
	}
	if err, failed := value.(error); failed {
		return nil, false, err
	}
	return value, ok, nil
}

func (s *scripted) Element(v any, i int) (any, bool, error) {
	return s.Property(v, i, fmt.Sprint(i))
}

// SPEC 80: getters run once and in order; what they delete is not there, and what they
// throw ends it.
func TestGetters(t *testing.T) {
	s := &scripted{}
	shared := &scriptObject{name: "shared", props: map[string]any{}}
	o := &scriptObject{name: "o", keys: []string{"a", "b", "c", "d"}}
	o.props = map[string]any{
		"a": func() any { delete(o.props, "b"); return shared },
		"b": func() any { return 1.0 },
		"c": func() any { return shared },
		"d": o,
	}
	b, err := Write(s, any(o))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"o.a", "o.c"}; !slices.Equal(s.log, want) {
		t.Errorf("getters ran: %v, want %v", s.log, want)
	}
	if got, want := hex.EncodeToString(b), "d81ca3"+"6161d81ca0"+"6163d81d01"+"6164d81d00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}

	thrown := errors.New("thrown by a getter")
	o.props["c"] = func() any { return thrown }
	if _, err := Write(s, any(o)); err != thrown {
		t.Errorf("got %v, want what the getter threw", err)
	}
}

// SPEC 76, 80: an element that a getter deletes is a hole, though the array was written without
// holes up to there.
func TestGetterMakesHoles(t *testing.T) {
	s := &scripted{}
	a := &scriptObject{name: "a", array: true, keys: []string{"0", "1", "2", "3"}}
	inner := &scriptObject{name: "inner", keys: []string{"x", "y"}}
	inner.props = map[string]any{"x": func() any { delete(a.props, "2"); return a }, "y": func() any { return inner }}
	a.props = map[string]any{"0": 7.0, "1": inner, "2": 8.0, "3": inner}
	b, err := Write(s, any(a))
	if err != nil {
		t.Fatal(err)
	}
	value, err := decodeBody(b, nil, decodeOptions{})
	if err != nil {
		t.Fatalf("%v: %x", err, b)
	}
	if got, want := show(value), `#1=Array(4){0: 7, 1: #2={"x": #1, "y": #2}, 3: #2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}

	// the same within an object whose own head has to be corrected, with more than 23 members
	big := &scriptObject{name: "big", props: map[string]any{}}
	for i := range 24 {
		big.keys = append(big.keys, fmt.Sprintf("k%02d", i))
		big.props[big.keys[i]] = float64(i)
	}
	big.props["k00"] = func() any { delete(big.props, "k23"); return big }
	if b, err = Write(s, any(big)); err != nil {
		t.Fatal(err)
	}
	if value, err = decodeBody(b, nil, decodeOptions{}); err != nil || len(value.(map[string]any)) != 23 {
		t.Errorf("got %v, %v", value, err)
	}
}
