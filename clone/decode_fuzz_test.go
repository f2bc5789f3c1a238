package clone

import (
	"bytes"
	"encoding/hex"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// FuzzDecode: decoding never panics, allocates no more than a small multiple of its input,
// agrees with the check, and what was read and written once stays the same when it is read and
// written again.
func FuzzDecode(f *testing.F) {
	for _, file := range []string{"primitives.json", "objects.json", "buffers.json", "identity.json", "refused.json"} {
		for _, v := range readVectors(f, file) {
			f.Add(v.bytes(f))
		}
	}
	for seed := range uint64(100) {
		holders, ports := testHolders(2)
		body, err := encodeValue(newValueGenerator(seed, ports, false).message(), holders)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		holders, _ := testHolders(2)
		input := bytes.Clone(body)
		var value any
		var err error
		got := allocated(func() { value, err = decodeBody(body, holders, decodeOptions{copy: true}) })
		if limit := uint64(memoryFactor*len(body) + memoryConstant); got > limit {
			t.Errorf("%d bytes of input allocate %d, limit %d", len(body), got, limit)
		}
		if !bytes.Equal(body, input) {
			t.Error("the input was changed")
		}
		checked := checkBody(body, holders)
		if (err == nil) != (checked == nil) || err != nil && err.Error() != checked.Error() {
			t.Fatalf("decode says %v, check %v", err, checked)
		}
		if err != nil {
			return
		}
		if err := cbor.Wellformed(body); err != nil && !strings.Contains(err.Error(), "exceeded max") {
			t.Errorf("accepted what is not CBOR: %v", err)
		}
		checkStable(t, value, holders)
	})
}

func checkStable(t *testing.T, value any, holders []Holder) {
	t.Helper()
	once, err := encodeValue(value, holders)
	if err != nil {
		t.Fatal("what was decoded has no byte form:", err)
	}
	again, err := decodeBody(once, holders, decodeOptions{})
	if err != nil {
		t.Fatalf("cannot be read again: %v: %x", err, once)
	}
	if got, want := show(again), show(value); got != want {
		t.Errorf("came back as\n%s, not\n%s", got, want)
	}
	twice, err := encodeValue(again, holders)
	if err != nil || !bytes.Equal(once, twice) {
		t.Errorf("written twice:\n%x, once:\n%x (%v)", twice, once, err)
	}
}

// SPEC 81: lists 1,000,000 deep are encoded and decoded on a stack of 8 MiB.
func TestDeepBytes(t *testing.T) {
	const levels = 1_000_000
	var list any
	for range levels {
		list = []any{list}
	}
	withSmallStack(t, func(t *testing.T) {
		body, err := encodeValue(list, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) != levels+1 {
			t.Errorf("%d bytes, want %d", len(body), levels+1)
		}
		value, err := Read(&goBuilder{}, body, ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; value != nil; n++ {
			value = value.([]any)[0]
		}
		if n != levels {
			t.Errorf("%d levels, want %d", n, levels)
		}
		if _, err := Read(nothing{}, body, ReadOptions{}); err != nil {
			t.Error(err)
		}
		if err := checkBody(body, nil); err == nil || !strings.Contains(err.Error(), "offset 1000: nested too deep") {
			t.Errorf("from the network: %v", err)
		}
	})
	debug.FreeOSMemory()
}

// Nothing of what the reader calls for parts of objects recurses with the input, whatever tags
// follow each other.
func TestNestedTags(t *testing.T) {
	withSmallStack(t, func(t *testing.T) {
		for _, prefix := range []string{
			"d81c", "c2", "c1", "d90111", "d840", "d90102", "d90103", "d9524a", "d81b84684461746156696577", // DataView
			"d81b826846696c654c69737481", "d81b8267426f6f6c65616e", "d81b83654572726f72654572726f72a1656361757365", "81", "a160",
			"d81b83654172726179 05a100",
		} {
			b, err := hex.DecodeString(strings.ReplaceAll(prefix, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			Read(nothing{}, bytes.Repeat(b, 1<<17), ReadOptions{}) // must end; most are refused
		}
	})
}
