package qjs

import "testing"

func BenchmarkRuntime(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		rt := NewRuntime(Options{})
		leave := rt.Enter()
		rt.NewRealm()
		leave()
		rt.Close()
	}
}

func BenchmarkRealm(b *testing.B) {
	rt := NewRuntime(Options{})
	defer rt.Close()
	defer rt.Enter()()
	b.ReportAllocs()
	for b.Loop() {
		rt.NewRealm().Close()
		rt.GC()
	}
}

func benchmarkCall(b *testing.B, f Value, r *Realm, args string) {
	if err := r.Global().Set(r, "f", f); err != nil {
		b.Fatal(err)
	}
	v, err := r.Eval("(n) => { for (let i = 0; i < n; i++) f("+args+") }", "x")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := v.Call(r, Value{}, Number(float64(b.N))); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkCallGo(b *testing.B) {
	r := newRealm(b)
	get := func(c *Call) (Value, error) { return Int(int32(c.Arg(0).Int() + 1)), nil }
	text := func(c *Call) (Value, error) {
		s, err := c.Arg(0).ToString(c.Realm)
		return Int(int32(len(s))), err
	}
	b.Run("static", func(b *testing.B) { benchmarkCall(b, r.NewStatic(NewStatic("f", 1, get)), r, "i") })
	b.Run("function", func(b *testing.B) { benchmarkCall(b, r.NewFunction("f", 1, get), r, "i") })
	b.Run("string", func(b *testing.B) { benchmarkCall(b, r.NewStatic(NewStatic("f", 1, text)), r, "'hello'") })
}

func BenchmarkCallScript(b *testing.B) {
	r := newRealm(b)
	f, _ := r.Eval("(x) => x", "x")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Call(r, Value{}, Int(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	r := newRealm(b)
	v, _ := r.Eval("({id: 1, type: 'search', data: {q: 'abc', n: 42}})", "x")
	var walk func(v Value) int
	walk = func(v Value) (size int) {
		var array [8]string
		names, _ := v.AppendEnumerableNames(r, array[:0])
		for i, name := range names {
			size += len(name)
			switch w, _, _ := v.OwnPropertyAt(r, i, name); {
			case w.IsString():
				s, _ := w.ToString(r)
				size += len(s)
			case w.IsObject():
				size += walk(w)
			}
		}
		return size
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := r.Runtime().OpenScope()
			if walk(v) != 21 {
				b.Fatal(walk(v))
			}
			scope.Close()
		}
	})
	b.Run("build", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scope := r.Runtime().OpenScope()
			o, d := r.NewObject(), r.NewObject()
			_ = o.DefineOrdinary(r, []byte("id"), Int(1))
			_ = o.DefineOrdinary(r, []byte("type"), r.String("search"))
			_ = d.DefineOrdinary(r, []byte("q"), r.String("abc"))
			_ = d.DefineOrdinary(r, []byte("n"), Int(42))
			_ = o.DefineOrdinary(r, []byte("data"), d)
			scope.Close()
		}
	})
}
