package heap

import (
	"testing"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// BenchmarkClone is a value from one agent's heap to another's.
func BenchmarkClone(b *testing.B) {
	for _, test := range []struct{ name, value string }{
		{"small object", `({id: 7, type: "query", data: {q: "entangle", n: 3}})`},
		{"number", `1`},
		{"string", `"a string of some length"`},
		{"array of 100 numbers", `Array.from({length: 100}, (_, i) => i)`},
		{"100 objects", `Array.from({length: 100}, (_, i) => ({id: i, name: "n" + i, on: true}))`},
		{"1 MiB buffer", `new ArrayBuffer(1 << 20)`},
	} {
		b.Run(test.name, func(b *testing.B) {
			from, to := newRealm(b, false, cluster), newRealm(b, false, cluster)
			v := eval(b, from, test.value)
			b.ReportAllocs()
			for b.Loop() {
				scope := from.Runtime().OpenScope()
				r, err := clone.SerializeWithTransfer(NewMessage(from, v, nil), nil)
				scope.Close()
				if err != nil {
					b.Fatal(err)
				}
				scope = to.Runtime().OpenScope()
				if _, err := Deserialize(to, r, nil); err != nil {
					b.Fatal(err)
				}
				scope.Close()
			}
		})
	}
}

// BenchmarkTransfer is a buffer of 1 MiB that goes to and fro.
func BenchmarkTransfer(b *testing.B) {
	realms := [2]*qjs.Realm{newRealm(b, false, cluster), newRealm(b, false, cluster)}
	v := eval(b, realms[0], `new ArrayBuffer(1 << 20)`)
	for i := 0; b.Loop(); i++ {
		m := NewMessage(realms[i&1], v, []qjs.Value{v})
		r, err := clone.SerializeWithTransfer(m, m.Transfer())
		if err != nil {
			b.Fatal(err)
		}
		if v, err = Deserialize(realms[i&1^1], r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
