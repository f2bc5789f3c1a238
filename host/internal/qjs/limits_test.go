package qjs

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	rt := NewRuntime(Options{MemoryLimit: 16 << 20})
	defer checkedClose(t, rt)
	defer rt.Enter()()
	r := rt.NewRealm()
	expect(t, r, "try { var z = []; for (;;) z.push({a: [1, 2, 3]}) } catch (e) { z = null; e.name }", "RangeError")
	expect(t, r, "try { (function f() { f() })() } catch (e) { e.name }", "RangeError")
	expect(t, r, "new Array(10).fill(1).join('')", "1111111111")
	expect(t, r, "try { new SharedArrayBuffer(1e9) } catch (e) { 'refused' }", "refused")
	rt.SetTimeLimit(50 * time.Millisecond)
	_, err := r.Eval("for (;;) { try { for (;;); } catch (e) {} finally { continue } }", "x")
	if !errors.Is(err, ErrTimeLimit) {
		t.Error(err)
	}
	rt.SetTimeLimit(0)
	expect(t, r, "1 + 1", "2")
	go rt.Interrupt(errStop)
	_, err = r.Eval("for (;;) { try { for (;;); } catch (e) {} }", "x")
	if !errors.Is(err, errStop) {
		t.Error(err)
	}
	if _, err := r.Eval("1", "x"); !errors.Is(err, errStop) {
		t.Error(err)
	}
	rt.ClearInterrupt()
	expect(t, r, "1 + 1", "2")
	// Through Go functions, too.
	_ = r.Global().Set(r, "again", r.NewFunction("again", 1, func(c *Call) (Value, error) { return c.Arg(0).Call(c.Realm, Value{}) }))
	expect(t, r, "try { (function f() { again(f) })() } catch (e) { e.name }", "RangeError")
	rt.SetTimeLimit(50 * time.Millisecond)
	_, err = r.Eval("again(function() { try { again(function() { for (;;); }) } catch (e) { } })", "x")
	if !errors.Is(err, ErrTimeLimit) {
		t.Error(err)
	}
	rt.SetTimeLimit(0)
	expect(t, r, "'alive'", "alive")
	if err := rt.RunJobs(0); err != nil {
		t.Error(err)
	}
}

// TestTimeLimitOfLongCalls ends a loop that does little but call Go functions that take long.
func TestTimeLimitOfLongCalls(t *testing.T) {
	r := newRealm(t)
	r.Runtime().SetTimeLimit(50 * time.Millisecond)
	calls := 0
	_ = r.Global().Set(r, "long", r.NewFunction("long", 0, func(*Call) (Value, error) {
		calls++
		for started := time.Now(); time.Since(started) < time.Millisecond; {
		}
		return Value{}, nil
	}))
	if _, err := r.Eval("for (;;) try { long() } catch {}", "x"); !errors.Is(err, ErrTimeLimit) {
		t.Error(err)
	}
	if calls > 300 {
		t.Errorf("%d calls of a millisecond in a limit of 50", calls)
	}
}

func TestRejections(t *testing.T) {
	r := newRealm(t)
	rt := r.Runtime()
	var log []string
	rt.OnRejection(func(realm *Realm, promise, reason Value, handled bool) {
		s, _ := reason.ToString(realm)
		log = append(log, strings.TrimSpace(fmt.Sprintln(s, handled, realm == r)))
	})
	run(t, r, "var p = Promise.reject('why'); p.catch(() => {}); Promise.resolve(1)")
	if got := strings.Join(log, ","); got != "why false true,why true true" {
		t.Error(got)
	}
	promise, resolve, _ := r.NewPromise()
	resolve(Number(5))
	if state, v := promise.PromiseState(r); state != Fulfilled || v.Int() != 5 {
		t.Error(state)
	}
}

func TestExceptions(t *testing.T) {
	r := newRealm(t)
	_ = r.Global().Set(r, "fail", r.NewFunction("fail", 0, func(*Call) (Value, error) { return Value{}, TypeError("from Go") }))
	for source, want := range map[string]Exception{
		"let x = ;": {Message: "SyntaxError: unexpected token in expression: ';'", URL: "https://h/s.js",
			Line: 1, Column: 9},
		"\n\n  null.x": {Message: "TypeError: cannot read property 'x' of null", URL: "https://h/s.js", Line: 3,
			Column: 7},
		"throw 'text'":                               {Message: "text"},
		"throw {name: 'N', message: 1}":              {Message: "N"},
		"throw undefined":                            {Message: "undefined"},
		"throw Symbol('s')":                          {Message: "Symbol()"},
		"throw () => 1":                              {Message: "[object Function]"},
		"throw {get name() { for (;;); }}":           {Message: "[object Object]"},
		"throw new Proxy({}, {get() { for (;;); }})": {Message: "[object Object]"},
		"\nclass E extends Error { get name() { return 'x' } }; throw new E('m')": {Message: "[object Object]", URL: "https://h/s.js", Line: 2},
		" fail()": {Message: "TypeError: from Go", URL: "https://h/s.js", Line: 1},
	} {
		_, err := r.Eval(source, "https://h/s.js")
		var e *Exception
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if e.Message != want.Message || e.URL != want.URL || e.Line != want.Line || want.Column != 0 && e.Column != want.Column {
			t.Errorf("%s: %q %s:%d:%d (%s)", source, e.Message, e.URL, e.Line, e.Column, e.Stack)
		}
	}
	// What script throws goes through Go as the same value.
	_ = r.Global().Set(r, "again", r.NewFunction("again", 1, func(c *Call) (Value, error) { return c.Arg(0).Call(c.Realm, Value{}) }))
	expect(t, r, "var o = {}; try { again(() => { throw o }) } catch (e) { e === o }", "true")
}

func TestWeakRefKeepsDuringJob(t *testing.T) {
	r := newRealm(t)
	expect(t, r, "var w = new WeakRef({a: 1}); [typeof w.deref(), WeakRef.length, WeakRef.prototype.deref.name].join()", "object,1,deref")
	expect(t, r, "w.deref()", "undefined")
	expect(t, r, "try { WeakRef({}) } catch (e) { e.name }", "TypeError")
	expect(t, r, "try { new WeakRef(1) } catch (e) { e.name }", "TypeError")
}

// A failure inside the engine is an error, and ends the runtime, not the program.
func TestBrokenEngine(t *testing.T) {
	rt := NewRuntime(Options{})
	defer rt.Close()
	defer rt.Enter()()
	r := rt.NewRealm()
	wild := fromRaw(rawObject(1 << 40))
	_, err := wild.Get(r, "x")
	var p *PanicError
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	if _, err := r.Eval("1", "x"); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}
