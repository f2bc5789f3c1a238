package clone

//lint:file-ignore SA5008 odd tags are what is tested
//lint:file-ignore U1000 a field that nobody uses is not cloned

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

type Top struct {
	A int
	Left
	*Right
	small
	Renamed `json:"renamed"`
	Named   string         `json:"named,omitempty"`
	Skip    int            `json:"-"`
	Dash    int            `json:"-,"`
	Zero    time.Time      `json:",omitzero"`
	Never   never          `json:"never,omitzero"`
	Empty   []int          `json:",omitempty"`
	Omit    *int           `json:"omit,omitempty,omitzero"`
	Struct  struct{}       `json:",omitempty"`
	E       any            `json:"e,omitempty"`
	M       map[string]int `json:"m,omitempty"`
	F       float64        `json:"f,omitempty"`
	Array   [0]int         `json:"array,omitempty"`
	Sp      string         `json:"with space"`
	private int
}

type never struct{ N int }

func (n never) IsZero() bool { return n.N == 7 }

type Left struct {
	A, B, C int
	D       int `json:"d"`
	Both    int
}

type Right struct {
	B    int `json:"B"`
	C    int
	Both int
	*Right
	Deepest
}

type Deepest struct {
	Z    int
	A, C int
}

type small struct {
	Both string
	Tiny int
	tiny int
}

type Renamed struct{ Inside int }

type Twice struct {
	OneA
	OneB
}
type OneA struct{ Common }
type OneB struct{ Common }
type Common struct{ X int }

// Which properties a struct has, and with a typed snapshot in which order, is what
// encoding/json says.
func TestFieldsAreThoseOfJSON(t *testing.T) {
	seven := 7
	for _, v := range []any{
		Top{}, Top{Right: &Right{}}, Top{Right: &Right{Right: &Right{}}},
		Top{Named: "x", Zero: time.Now(), Never: never{7}, Empty: []int{}, Omit: &seven, E: 0, M: map[string]int{"a": 1}, F: 1},
		Top{Never: never{1}, Empty: []int{1}, M: map[string]int{}, E: false},
		Twice{}, embedding{}, thing{}, struct{}{}, Left{},
		reflect.Zero(reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"a"`},
			{Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"a"`}, // neither counts
			{Name: "C", Type: reflect.TypeFor[int](), Tag: `json:"c,string"`},
		})).Interface(),
	} {
		text, err := json.Marshal(v)
		if err != nil {
			// NaN and so on do not occur here.
			t.Fatal(err)
		}
		r, err := Serialize(v)
		if err != nil {
			t.Fatal(err)
		}
		var o *Object
		if err := r.Decode(&o); err != nil {
			t.Fatal(err)
		}
		got, want := keysOf(o), keysOfJSON(t, text)
		if !planFor(reflect.TypeOf(v)).typed {
			slices.Sort(want) // embedded pointers: it was a map[string]any meanwhile
		}
		if !slices.Equal(got, want) {
			t.Errorf("%T\n%v, want\n%v", v, got, want)
		}
	}
}

// keysOfJSON returns the keys of an object in order.
func keysOfJSON(t *testing.T, text []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// Embedded structs by value are part of a typed snapshot, promoted fields that are hidden by
// others are not.
func TestTypedEmbedding(t *testing.T) {
	v := struct {
		Left
		small
		A int
	}{Left{1, 2, 3, 4, 5}, small{"both", 6, 7}, 8}
	r, err := Serialize(&v)
	if err != nil {
		t.Fatal(err)
	}
	got, want := v, v
	got.Left.A, got.Left.D, got.small.Both, got.tiny = 10, 11, "kept", 12 // A, Both and tiny are not cloned: hidden, ambiguous, unexported
	if err := r.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want.Left.A, want.small.Both, want.tiny = 10, "kept", 12
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
