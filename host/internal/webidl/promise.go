package webidl

import (
	"errors"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Catchable reports whether script may learn of the error: not of what ends the script itself.
func Catchable(err error) bool {
	var terminated *qjs.Termination
	var panicked *qjs.PanicError
	return !errors.As(err, &terminated) && !errors.As(err, &panicked)
}

// RejectedPromise returns a promise that is rejected with an error.
//
// https://webidl.spec.whatwg.org/#a-promise-rejected-with
func RejectedPromise(realm *qjs.Realm, err error) qjs.Value {
	promise, _, reject := realm.NewPromise()
	reject(ErrorValue(realm, err))
	return promise
}

// ResolvedPromise returns a promise that is resolved with a value.
//
// https://webidl.spec.whatwg.org/#a-promise-resolved-with
func ResolvedPromise(realm *qjs.Realm, v qjs.Value) qjs.Value {
	promise, resolve, _ := realm.NewPromise()
	resolve(v)
	return promise
}

// React performs steps when a promise settles. Either function may be nil.
//
// https://webidl.spec.whatwg.org/#dfn-perform-steps-once-promise-is-settled
func React(realm *qjs.Realm, promise qjs.Value, fulfilled, rejected func(v qjs.Value)) {
	handler := func(steps func(qjs.Value)) qjs.Value {
		return realm.NewFunction("", 1, func(c *qjs.Call) (qjs.Value, error) {
			if steps != nil {
				steps(c.Arg(0))
			}
			return qjs.Value{}, nil
		})
	}
	_, _ = realm.Intrinsic("%Promise.prototype.then%").Call(realm, promise, handler(fulfilled), handler(rejected)) // of a promise of ours
}

// Promise is the conversion to a promise type: a promise is itself, anything else becomes a promise
// that is resolved with it.
//
// https://webidl.spec.whatwg.org/#js-promise
func Promise(realm *qjs.Realm, v qjs.Value) (qjs.Value, error) {
	if v.IsPromise() {
		return v, nil
	}
	return ResolvedPromise(realm, v), nil
}
