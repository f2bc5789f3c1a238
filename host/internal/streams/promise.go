package streams

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// promise is a promise about a state. Its object is made when it is asked for; a rejection that
// nobody handles is no news.
type promise struct {
	settled, rejected bool
	reason            *qjs.Ref // of a rejection
	object            *qjs.Ref // nil until asked for
	resolve, reject   func(qjs.Value)
}

// fulfilled and rejectedWith are settled promises.
func fulfilled() *promise { return &promise{settled: true} }

func rejectedWith(realm *qjs.Realm, reason qjs.Value) *promise {
	return &promise{settled: true, rejected: true, reason: realm.Runtime().NewRef(reason)}
}

// value returns the object.
func (p *promise) value(realm *qjs.Realm) qjs.Value {
	if p.object != nil {
		return p.object.Value()
	}
	var object qjs.Value
	object, p.resolve, p.reject = settings.Of(realm).NewPromise()
	webidl.React(realm, object, nil, nil) // handled
	p.object = realm.Runtime().NewRef(object)
	if p.settled {
		p.settle()
	}
	return object
}

func (p *promise) settle() {
	if p.object == nil {
		return
	}
	if p.rejected {
		p.reject(p.reason.Value())
	} else {
		p.resolve(qjs.Undefined())
	}
}

// fulfil fulfils a pending promise with undefined.
func (p *promise) fulfil() {
	if !p.settled {
		p.settled = true
		p.settle()
	}
}

// fail rejects a pending promise.
func (p *promise) fail(realm *qjs.Realm, reason qjs.Value) {
	if !p.settled {
		p.settled, p.rejected, p.reason = true, true, realm.Runtime().NewRef(reason)
		p.settle()
	}
}

// free lets a promise go that another takes the place of.
func (p *promise) free() {
	p.object.Free()
	p.reason.Free()
}

// trace visits what the promise owns; it may be nil.
func (p *promise) trace(visit func(*qjs.Ref)) {
	if p != nil {
		visit(p.reason)
		visit(p.object)
	}
}

// deferred is a promise that a method returns.
type deferred struct {
	object          qjs.Value // valid in the scope that it was made in
	resolve, reject func(qjs.Value)
}

func newDeferred(realm *qjs.Realm) *deferred {
	d := &deferred{}
	d.object, d.resolve, d.reject = settings.Of(realm).NewPromise()
	return d
}

// root is a value that something under way needs. It is let go when the global is gone.
type root struct {
	ref    *qjs.Ref
	forget func()
}

func newRoot(realm *qjs.Realm, v qjs.Value) *root {
	r := &root{ref: realm.Runtime().NewRef(v)}
	r.forget = settings.Of(realm).Hold(r.ref.Free)
	return r
}

// Value returns the value.
func (r *root) Value() qjs.Value { return r.ref.Value() }

// Free lets it go; it may be nil.
func (r *root) Free() {
	if r != nil {
		r.forget()
		r.ref.Free()
	}
}

// perform calls a callback that may be missing, and returns a promise for what it returns.
//
// https://webidl.spec.whatwg.org/#invoke-a-callback-function
func perform(realm *qjs.Realm, callback *webidl.Callback, this qjs.Value, args ...qjs.Value) qjs.Value {
	if callback == nil {
		return webidl.ResolvedPromise(realm, qjs.Undefined())
	}
	v, err := callback.Call(this, args...)
	if err != nil {
		return webidl.RejectedPromise(realm, err)
	}
	return webidl.ResolvedPromise(realm, v)
}

// undefinedAfter returns a promise that is fulfilled with undefined after another, or
// rejected as it is.
func undefinedAfter(realm *qjs.Realm, of qjs.Value) qjs.Value {
	d := newDeferred(realm)
	webidl.React(realm, of, func(qjs.Value) { d.resolve(qjs.Undefined()) }, d.reject)
	return d.object
}

// resolved is a promise fulfilled with undefined.
func resolved(realm *qjs.Realm) qjs.Value { return webidl.ResolvedPromise(realm, qjs.Undefined()) }

// rejectedValue is a promise rejected with a value.
func rejectedValue(realm *qjs.Realm, reason qjs.Value) qjs.Value {
	d := newDeferred(realm)
	d.reject(reason)
	return d.object
}

// typeError makes a TypeError object.
func typeError(realm *qjs.Realm, text string) qjs.Value { return realm.NewError("TypeError", text) }
