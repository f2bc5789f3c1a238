package clone

import (
	"math"
	"testing"
)

// SPEC 70: flags that no regular expression has are refused where they are sent.
func TestRegExpFlags(t *testing.T) {
	for flags, ok := range map[string]bool{"": true, "gi": true, "dgimsuy": true, "uv": false, "gg": false, "x": false} {
		record, err := Serialize(&RegExp{Source: "a", Flags: flags})
		if (err == nil) != ok {
			t.Errorf("flags %q: %v", flags, err)
		}
		if err != nil {
			continue
		}
		body, err := record.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := FromBytes(body, nil).Check(); err != nil {
			t.Errorf("flags %q: the bytes are refused: %v", flags, err)
		}
	}
}

// SPEC 74: a Map knows no key -0.
func TestMapKeyMinusZero(t *testing.T) {
	record, err := Serialize(map[float64]string{math.Copysign(0, -1): "zero"})
	if err != nil {
		t.Fatal(err)
	}
	for key := range record.Data().(*Map).All() {
		if math.Signbit(key.(float64)) {
			t.Error("the key is -0")
		}
	}
}
