package clone

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// vector is one example of testdata/vectors, which the TypeScript tests read too.
type vector struct {
	Name      string `json:"name"`
	Hex       string `json:"hex"`
	Value     string `json:"value"`     // in the notation of show
	Canonical string `json:"canonical"` // how the value is written, if not as Hex
	Error     string `json:"error"`     // of those that are refused
	Ports     int    `json:"ports"`     // how many come along
	Needs     string `json:"needs"`     // what an engine may lack
}

func readVectors(t testing.TB, file string) []vector {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "vectors", file))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(content, &vectors); err != nil {
		t.Fatal(file, err)
	}
	if len(vectors) == 0 {
		t.Fatal(file, "is empty")
	}
	return vectors
}

func (v vector) bytes(t testing.TB) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.Hex)
	if err != nil {
		t.Fatal(v.Name, err)
	}
	return b
}

// testHolder is the holder of a transferred object that is not a buffer.
type testHolder struct{ object *testObject }

type testObject struct{ n int }

func (h testHolder) Value() any        { return h.object }
func (h testHolder) Transfer() error   { return nil }
func (h testHolder) Receive(any) error { return nil }
func (h testHolder) Discard()          {}

// testHolders returns n holders of ports, a transferred buffer among them, and what stands
// for the ports.
func testHolders(n int) ([]Holder, []any) {
	holders := []Holder{NewArrayBuffer([]byte("transferred")).NewHolder()}
	var objects []any
	for i := range n {
		object := &testObject{i}
		holders = append(holders, testHolder{object})
		objects = append(objects, object)
	}
	return holders, objects
}

// SPEC 66, 67, 69, 70, 71, 73, 74, 75, 76, 80, 85, 86, 88: every type has a byte form that keeps
// what the standard keeps.
func TestVectors(t *testing.T) {
	for _, file := range []string{"primitives.json", "objects.json", "buffers.json", "identity.json"} {
		for _, v := range readVectors(t, file) {
			t.Run(strings.TrimSuffix(file, ".json")+"/"+v.Name, func(t *testing.T) { testVector(t, v) })
		}
	}
}

func testVector(t *testing.T, v vector) {
	body := v.bytes(t)
	if err := cbor.Wellformed(body); err != nil && !strings.Contains(err.Error(), "nested level") {
		t.Errorf("not CBOR: %v", err)
	}
	holders, ports := testHolders(v.Ports)
	if err := checkBody(body, holders); err != nil {
		t.Fatal("check:", err)
	}
	canonical := v.Canonical
	if canonical == "" {
		canonical = v.Hex
	}
	for _, options := range []decodeOptions{{}, {copy: true}, {ordered: true}} {
		value, err := decodeBody(body, holders, options)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(value, ports...); got != v.Value {
			t.Errorf("%+v: decoded\n%s, want\n%s", options, got, v.Value)
		}
		written, err := encodeValue(value, holders)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(written); got != canonical {
			t.Errorf("%+v: encoded\n%s, want\n%s", options, got, canonical)
		}
	}
}

// SPEC 83, 84, 87: what cannot be deserialized is an error, also for the reader that
// builds nothing.
func TestRefused(t *testing.T) {
	for _, v := range readVectors(t, "refused.json") {
		t.Run(v.Name, func(t *testing.T) {
			holders, _ := testHolders(v.Ports)
			value, err := decodeBody(v.bytes(t), holders, decodeOptions{})
			if err == nil {
				t.Fatalf("decoded as %s", show(value))
			}
			e, ok := err.(*DOMException)
			if !ok || e.Name != "DataCloneError" || v.Error != "" && e.Message != v.Error {
				t.Errorf("error\n%v, want\nDataCloneError: %s", err, v.Error)
			}
			if !strings.HasPrefix(e.Message, "offset ") && !strings.HasPrefix(e.Message, "the message could not") {
				t.Errorf("%q does not say where", e.Message)
			}
			if again := checkBody(v.bytes(t), holders); again == nil || again.Error() != err.Error() {
				t.Errorf("check says %v, decoding %v", again, err)
			}
		})
	}
}

// The undeliverable message keeps its reason.
func TestUndeliverable(t *testing.T) {
	body := encodeUndeliverable("an ImageBitmap\xff")
	want := "the message could not be delivered: an ImageBitmap\uFFFD"
	if err := checkBody(body, nil); err == nil || err.(*DOMException).Message != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The examples of docs/clone-format.md are the canonical form of what they say.
func TestDocumentedExamples(t *testing.T) {
	document, err := os.ReadFile("../docs/clone-format.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile(`(?m)^    ([0-9a-f]{2,})( |$)|[a-z0-9]: `+"`([0-9a-f]+)`").FindAllStringSubmatch(string(document), -1)
	if len(examples) < 20 {
		t.Errorf("%d examples found", len(examples))
	}
	for _, example := range examples {
		text := example[1] + example[3]
		body, err := hex.DecodeString(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		value, err := decodeBody(body, nil, decodeOptions{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if text == "82d81c80d81d00" {
			continue // a shared empty list: a []any has no identity then
		}
		if got := encodeHex(t, value); got != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}
