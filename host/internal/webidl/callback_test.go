package webidl

import (
	"errors"
	"testing"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

func TestCallbacks(t *testing.T) {
	realm := page(t)
	v := run(t, realm, `
		var log = [];
		Promise.resolve().then(() => log.push("before"));
		(function (a, b) { log.push([this.x, a, b].join()); Promise.resolve().then(() => log.push("microtask")); return a + b; })`)
	cb, err := CallbackFunction(realm, v)
	if err != nil {
		t.Fatal(err)
	}
	this := run(t, realm, `({x: "this"})`)
	got, err := cb.Call(this, qjs.Int(1), qjs.Int(2))
	if err != nil || got.Int() != 3 {
		t.Errorf("%v, %v", got.Int(), err)
	}
	run(t, realm, `equal(log.join(";"), "before;this,1,2;microtask", "a microtask checkpoint follows when no script runs any more")`)

	// Called from script, the checkpoint waits for that to end.
	must(realm.Global().Set(realm, "call", realm.NewFunction("call", 0, func(*qjs.Call) (qjs.Value, error) { return cb.Call(this) })))
	run(t, realm, `log = []; call(); equal(log.length, 1, "no checkpoint while script runs")`)
	run(t, realm, `equal(log.length, 2, "checkpoint at the end")`)

	for _, wrong := range []string{`({})`, `1`, `null`, `undefined`} {
		if _, err := CallbackFunction(realm, run(t, realm, wrong)); err == nil {
			t.Errorf("%s is a callback function", wrong)
		}
	}
}

func TestCallbackInterface(t *testing.T) {
	realm := page(t)
	convert := CallbackInterface("handle")
	call := func(script string) (string, error) {
		cb, err := convert(realm, run(t, realm, script))
		if err != nil {
			t.Fatal(err)
		}
		v, err := cb.Call(qjs.Null(), qjs.Int(5))
		if err != nil {
			return "", err
		}
		return v.ToString(realm)
	}
	for script, want := range map[string]string{
		`({ handle(x) { return this.y + x; }, y: 1 })`:     "6", // `this` is the object
		`(function (x) { "use strict"; return this + x })`: "5", // a function is called itself, with the this value: null
		`({ get handle() { return x => "got " + x } })`:    "got 5",
	} {
		if got, err := call(script); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", script, got, err, want)
		}
	}
	for _, script := range []string{`({})`, `({ handle: 1 })`, `({ get handle() { throw new TypeError("no") } })`} {
		if _, err := call(script); err == nil {
			t.Errorf("%s can be called", script)
		}
	}
	if _, err := convert(realm, qjs.Int(1)); err == nil {
		t.Error("a number is a callback interface")
	}
}

func TestIncumbentOfCallbacks(t *testing.T) {
	realm := page(t)
	rt := realm.Runtime()
	other := newRealm(rt, Window)
	must(realm.Global().Set(realm, "other", other.Global()))
	var incumbent *qjs.Realm
	ask := other.NewFunction("ask", 0, func(c *qjs.Call) (qjs.Value, error) {
		incumbent = Incumbent(rt)
		return qjs.Value{}, nil
	})
	must(other.Global().Set(other, "ask", ask))
	var kept *Callback
	keep := other.NewFunction("keep", 1, func(c *qjs.Call) (_ qjs.Value, err error) {
		kept, err = CallbackFunction(c.Realm, c.Arg(0))
		return qjs.Value{}, err
	})
	must(other.Global().Set(other, "keep", keep))

	run(t, realm, `other.ask()`)
	if incumbent != realm {
		t.Error("called by script: its realm")
	}
	run(t, realm, `other.keep(other.ask)`) // a native function as the callback: no script between
	if _, err := kept.Call(qjs.Undefined()); err != nil || incumbent != realm {
		t.Error("a native callback: the realm of who handed it in")
	}
	run(t, other, `keep(new Function("ask()"))`)
	if _, err := kept.Call(qjs.Undefined()); err != nil || incumbent != other {
		t.Error("a function of script: its own realm")
	}
	if Incumbent(rt) != nil {
		t.Error("nobody is left")
	}
}

func TestNoScriptWhereItCannotRun(t *testing.T) {
	realm := page(t)
	cb, err := CallbackFunction(realm, run(t, realm, `var ran = 0; () => ++ran`))
	if err != nil {
		t.Fatal(err)
	}
	Of(realm).CanRunScript = func() bool { return false }
	if v, err := cb.Call(qjs.Undefined()); !v.IsUndefined() || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	run(t, realm, `equal(ran, 0, "ran")`)
}

func TestReport(t *testing.T) {
	realm := page(t)
	var reported []string
	Of(realm).Report = func(err error) { reported = append(reported, err.Error()) }
	cb, err := CallbackFunction(realm, run(t, realm, `() => { throw new RangeError("far") }`))
	if err != nil {
		t.Fatal(err)
	}
	if v := cb.Report(qjs.Undefined()); !v.IsUndefined() || len(reported) != 1 || reported[0] != "RangeError: far" {
		t.Errorf("%q", reported)
	}
}

func TestDOMException(t *testing.T) {
	realm := page(t)
	must(realm.Global().Set(realm, "fail", realm.NewFunction("fail", 1, func(c *qjs.Call) (qjs.Value, error) {
		name, err := DOMString(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		return qjs.Value{}, DOMException(name, "it is %s", "bad")
	})))
	run(t, realm, `
		const e = new DOMException("m", "DataCloneError");
		equal(e.name + e.message + e.code, "DataCloneErrorm25", "attributes");
		equal(e instanceof Error, true, "instanceof Error");
		equal(Object.getPrototypeOf(DOMException.prototype), Error.prototype, "prototype chain");
		equal(Object.getPrototypeOf(DOMException), Function.prototype, "interface object");
		equal(String(e), "DataCloneError: m", "toString");
		equal(Object.prototype.toString.call(e), "[object DOMException]", "tag");
		const plain = new DOMException(); equal(plain.name + plain.message + plain.code, "Error0", "defaults");
		equal(new DOMException("x", "Unknown").code, 0, "no code"); equal(DOMException.length, 0, "length");
		equal(DOMException.DATA_CLONE_ERR, 25, "constants"); equal(DOMException.prototype.INDEX_SIZE_ERR, 1, "constants");
		equal(Object.keys(DOMException).length, 25, "number of constants");
		equal(typeof e.stack, "string", "stack"); equal(e.stack.includes("script.js"), true, "stack: " + e.stack);
		descriptor(DOMException.prototype, "name", "get get name enumerable configurable");
		throws(TypeError, () => DOMException.prototype.name, "brand check");
		const thrown = throws(DOMException, () => fail("SecurityError"), "thrown");
		equal(thrown.code + thrown.message, "18it is bad", "thrown by the platform");
		throws(TypeError, () => fail("TypeError"), "native"); throws(RangeError, () => fail("RangeError"), "native");
		throws(DOMException, () => fail("SyntaxError"), "this is a DOMException");`)
}

func TestErrorValue(t *testing.T) {
	realm := page(t)
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("plain"), "Error: plain"},
		{TypeError("wrong"), "TypeError: wrong"},
		{errors.Join(&clone.DOMException{Name: "DataCloneError", Message: "joined"}), "DataCloneError: joined"},
	} {
		s, err := ErrorValue(realm, test.err).ToString(realm)
		if s != test.want || err != nil {
			t.Errorf("%v: %q, %v", test.err, s, err)
		}
	}
	_, err := realm.Eval(`throw thrown = {}`, "")
	if v := ErrorValue(realm, err); !v.SameObject(run(t, realm, `thrown`)) {
		t.Error("what script threw is not the same any more")
	}
}
