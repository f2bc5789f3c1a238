package qjs

import (
	"errors"
	"testing"
)

// newRealm is a realm of a fresh runtime that the test closes, inside an open scope.
func newRealm(t testing.TB) *Realm {
	rt := NewRuntime(Options{})
	leave := rt.Enter()
	t.Cleanup(func() {
		leave()
		checkedClose(t, rt)
	})
	return rt.NewRealm()
}

// checkedClose fails the test if references were lost.
func checkedClose(t testing.TB, rt *Runtime) {
	t.Helper()
	if err := rt.CloseChecked(); err != nil {
		t.Error(err)
	}
}

// run evaluates source and gives its result as a string.
func run(t testing.TB, r *Realm, source string) string {
	t.Helper()
	v, err := r.Eval(source, "test.js")
	if err != nil {
		return "threw " + err.Error()
	}
	s, err := v.ToString(r)
	if err != nil {
		return "threw " + err.Error()
	}
	return s
}

func expect(t testing.TB, r *Realm, source, want string) {
	t.Helper()
	if got := run(t, r, source); got != want {
		t.Errorf("%s\n\tgot  %q\n\twant %q", source, got, want)
	}
}

func TestBasics(t *testing.T) {
	r := newRealm(t)
	expect(t, r, "1+1", "2")
	expect(t, r, "'ä\U0001F600\\ud800'", "ä\U0001F600\xed\xa0\x80")
	f := r.NewFunction("add", 2, func(c *Call) (Value, error) { return Number(c.Arg(0).Float() + c.Arg(1).Float()), nil })
	if err := r.Global().Set(r, "add", f); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "[add(1,2), add.name, add.length, typeof add, add instanceof Function].join()", "3,add,2,function,true")
	boom := r.NewFunction("boom", 0, func(c *Call) (Value, error) { panic("oh") })
	_ = r.Global().Set(r, "boom", boom)
	_, err := r.Eval("try { boom() } catch (e) { 'caught' } finally { for(;;); }", "x")
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "oh" {
		t.Fatal(err)
	}
	expect(t, r, "1+1", "2")
	_, err = r.Eval("\n  throw new TypeError('bad')", "https://a/b.js")
	var e *Exception
	if !errors.As(err, &e) || e.Message != "TypeError: bad" || e.URL != "https://a/b.js" || e.Line != 2 {
		t.Fatalf("%#v", err)
	}
	throws := r.NewFunction("throws", 0, func(c *Call) (Value, error) { return Value{}, TypeError("no %d", 1) })
	_ = r.Global().Set(r, "throws", throws)
	expect(t, r, "try { throws() } catch (e) { [e instanceof TypeError, e.message].join() }", "true,no 1")
	m := r.NewStatic(staticMethod)
	_ = r.Global().Set(r, "m", m)
	expect(t, r, "[m(7), m.name, m.length]+''", "7,m,1")
	o := r.NewPlatformObject(r.NewObject(), &struct{ n int }{3})
	_ = r.Global().Set(r, "o", o)
	got, _ := r.Global().Get(r, "o")
	if got.GoObject().(*struct{ n int }).n != 3 {
		t.Fatal("no Go object")
	}
	expect(t, r, "var log=[]; Promise.resolve().then(()=>log.push(1)); 0", "0")
	r.Runtime().EnqueueJob(r, func() { run(t, r, "log.push(2)") })
	expect(t, r, "Promise.resolve().then(()=>log.push(3)); 0", "0")
	if err := r.Runtime().RunJobs(0); err != nil {
		t.Fatal(err)
	}
	expect(t, r, "log.join()", "1,2,3")
}

var staticMethod = NewStatic("m", 1, func(c *Call) (Value, error) { return c.Arg(0), nil })
