package qjs

import (
	"strings"
	"testing"
)

// What a message defines on an object is an ordinary property, whatever the object has: the last of
// two of one name counts.
func TestDefineOrdinary(t *testing.T) {
	r := newRealm(t)
	setup := func(source string, keys ...string) {
		t.Helper()
		v, err := r.Eval(source, "x")
		if err != nil {
			t.Fatal(err)
		}
		for i, key := range keys {
			if err := v.DefineOrdinary(r, []byte(key), Int(int32(i))); err != nil {
				t.Errorf("%s, %s: %v", source, key, err)
			}
		}
		_ = r.Global().Set(r, "o", v)
	}
	for _, test := range []struct {
		source string
		keys   []string
		want   string
	}{
		{"({})", []string{"a", "b"}, `{"a":0,"b":1}`},
		{"({})", []string{"b", "1", "a", "0"}, `{"0":3,"1":1,"b":0,"a":2}`},
		{"({})", []string{"a", "b", "a"}, `{"a":2,"b":1}`},
		{"({})", []string{"__proto__", "", "é", "一"}, `{"__proto__":0,"":1,"é":2,"一":3}`},
		{"({get a() { return 7 }})", []string{"a"}, `{"a":0}`},
		{"[5]", []string{"0", "1", "x"}, `[0,1]`},
	} {
		setup(test.source, test.keys...)
		expect(t, r, "JSON.stringify(o)", test.want)
		expect(t, r, "Object.values(Object.getOwnPropertyDescriptors(o)).every(d => d.writable && 'value' in d)", "true")
	}
	many := make([]string, 200)
	for i := range many {
		many[i] = strings.Repeat("k", i+1)
	}
	setup("({})", many...)
	expect(t, r, "Object.keys(o).every((k, i) => k.length === i + 1 && o[k] === i) && Object.keys(o).length", "200")
	frozen, err := r.Eval("Object.preventExtensions({})", "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := frozen.DefineOrdinary(r, []byte("a"), Int(1)); err == nil {
		t.Error("a property was added to an object that is not extensible")
	}
}

func TestText(t *testing.T) {
	r := newRealm(t)
	for source, want := range map[string]string{
		"''": "", "'abc'": "abc", `'\xe4b'`: "äb", `'\u4e00'`: "一", `'\ud800'`: "\xed\xa0\x80",
		"'a'.repeat(9000) + 'b'.repeat(9000)": strings.Repeat("a", 9000) + strings.Repeat("b", 9000),
	} {
		v, err := r.Eval(source, "x")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := v.Text(r); got != want || err != nil {
			t.Errorf("%s: %.20q, %v", source, got, err)
		}
	}
}
