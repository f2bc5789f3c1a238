package main

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
)

func TestPrintValue(t *testing.T) {
	port := &entangle.MessagePort{}
	holes := clone.NewArray(3)
	holes.SetAt(2, "c")
	shared := []any{1.0}
	cycle := map[string]any{"a": []any{nil}}
	cycle["a"].([]any)[0] = cycle
	day := time.Date(2026, 8, 21, 12, 0, 0, 5e6, time.UTC)
	view := &clone.TypedArray{Kind: clone.Int16Array, Buffer: clone.NewArrayBuffer([]byte{9, 9, 0xff, 0xff, 2, 0}), ByteOffset: 2, Length: 2}
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, `null`},
		{true, `true`},
		{1.5, `1.5`},
		{1e21, `1e+21`},
		{math.Copysign(0, -1), `{"$Number":"-0"}`},
		{math.NaN(), `{"$Number":"NaN"}`},
		{math.Inf(1), `{"$Number":"Infinity"}`},
		{math.Inf(-1), `{"$Number":"-Infinity"}`},
		{"a<b> \"\\\n\té🎈", `"a<b> \"\\\n\té🎈"`},
		{"\x1b[31m\u009b\u202e", `"\u001b[31m\u009b\u202e"`},
		{"\xed\xa0\x80x", `"\ud800x"`},
		{clone.Undefined, `{"$undefined":true}`},
		{new(big.Int).Lsh(big.NewInt(1), 70), `{"$BigInt":"1180591620717411303424"}`},
		{[]any{}, `[]`},
		{[]any{1.0, "x"}, `[1,"x"]`},
		{map[string]any{"b": 1.0, "a": nil}, `{"a":null,"b":1}`},
		{map[string]any{"$Map": 1.0}, `{"$$Map":1}`},
		{clone.NewObject(clone.Property{Key: "b", Value: 1.0}, clone.Property{Key: "a", Value: 2.0}), `{"b":1,"a":2}`},
		{clone.NewMap(clone.MapEntry{Key: 1.0, Value: "x"}), `{"$Map":[[1,"x"]]}`},
		{clone.NewSet("x", nil), `{"$Set":["x",null]}`},
		{clone.NewDate(day), `{"$Date":"2026-08-21T12:00:00.005Z"}`},
		{&clone.Date{Time: -8.64e15}, `{"$Date":"-271821-04-20T00:00:00.000Z"}`},
		{&clone.Date{Time: math.NaN()}, `{"$Date":null}`},
		{&clone.RegExp{Source: `\d`, Flags: "g"}, `{"$RegExp":["\\d","g"]}`},
		{&clone.NumberObject{Value: 1}, `{"$Object":1}`},
		{&clone.BigIntObject{Value: big.NewInt(7)}, `{"$Object":{"$BigInt":"7"}}`},
		{clone.NewArrayBuffer([]byte{0, 1, 2}), `{"$ArrayBuffer":"AAEC"}`},
		{clone.NewTypedArray(clone.Uint8Array, []byte{0, 255}), `{"$Uint8Array":[0,255]}`},
		{view, `{"$Int16Array":[-1,2]}`},
		{clone.NewTypedArray(clone.Float16Array, []byte{0, 0x3c, 0, 0xfc, 1, 0}),
			`{"$Float16Array":[1,{"$Number":"-Infinity"},5.960464477539063e-8]}`},
		{clone.NewTypedArray(clone.BigInt64Array, []byte{255, 255, 255, 255, 255, 255, 255, 255}), `{"$BigInt64Array":[{"$BigInt":"-1"}]}`},
		{&clone.Error{Name: "TypeError", Message: "m", HasMessage: true, Cause: 1.0, HasCause: true},
			`{"$Error":{"name":"TypeError","message":"m","cause":1}}`},
		{&clone.Error{Name: "Error"}, `{"$Error":{"name":"Error"}}`},
		{&clone.DOMException{Name: "AbortError", Message: "m"}, `{"$DOMException":{"name":"AbortError","message":"m"}}`},
		{holes, `{"$Array":{"length":3,"2":"c"}}`},
		{clone.NewBlob([]byte("hi"), "text/plain"), `{"$Blob":{"type":"text/plain","bytes":"aGk="}}`},
		{&clone.FileList{Files: []*clone.File{clone.NewFile([]byte("hi"), "n", "t", day)}},
			`{"$FileList":[{"$File":{"name":"n","lastModified":1787313600005,"type":"t","bytes":"aGk="}}]}`},
		{[]any{port}, `[{"$MessagePort":0}]`},
		{map[string]any{"a": shared, "b": []any{shared}}, `{"a":[1],"b":[{"$ref":"$.a"}]}`},
		{cycle, `{"a":[{"$ref":"$"}]}`},
	} {
		got := printValue(c.value, []*entangle.MessagePort{port})
		if string(got) != c.want {
			t.Errorf("%#v is printed as\n%s, want\n%s", c.value, got, c.want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
	}
}
