package qjs

import (
	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

type rejectionFunc = func(tls *libc.TLS, ctx uintptr, promise, reason lib.TJSValue, handled int32, opaque uintptr)

var rejectionTracker = rejectionFunc(func(_ *libc.TLS, ctx uintptr, promise, reason lib.TJSValue, handled int32, _ uintptr) {
	realm := realmOfContext(ctx)
	if realm == nil || realm.rt.onRejection == nil || handled == 0 && realm.moduleThrew() {
		return
	}
	scope := realm.rt.OpenScope()
	defer scope.Close()
	defer func() { _ = recover() }()
	realm.rt.onRejection(realm, fromRaw(promise), fromRaw(reason), handled != 0)
})

// RunJob runs the first job of the queue: a reaction of a promise, or a job of EnqueueJob. ran is
// false if there was none. The error is the exception that the job threw.
func (rt *Runtime) RunJob() (ran bool, err error) {
	if err := rt.begin(); err != nil {
		return false, err
	}
	defer rt.end(&err)
	n := lib.XJS_ExecutePendingJob(rt.tls, rt.rt, rt.scratch+16)
	if n == 0 {
		return false, nil
	}
	if n > 0 {
		return true, nil
	}
	realm := rt.realms[*deref[uintptr](rt.scratch + 16)]
	if realm == nil {
		realm = rt.limbo
	}
	return true, realm.take()
}

// RunJobs runs at most limit jobs (0: until there is none), and stops at the first that throws.
func (rt *Runtime) RunJobs(limit int) error {
	for n := 0; limit == 0 || n < limit; n++ {
		scope := rt.OpenScope()
		ran, err := rt.RunJob()
		if err != nil {
			return err
		}
		scope.Close()
		if !ran {
			return nil
		}
	}
	return nil
}

// HasJobs says whether a job waits.
func (rt *Runtime) HasJobs() bool { return !rt.closed && lib.XJS_IsJobPending(rt.tls, rt.rt) != 0 }

type jobFunc = func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) lib.TJSValue

var nativeJob = jobFunc(func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) lib.TJSValue {
	return lib.XJS_Call(tls, ctx, *deref[lib.TJSValue](argv), rawUndefined, 0, 0)
})

// EnqueueJob puts a job of Go at the end of the queue. It runs in a scope; its panic ends RunJob
// with an error.
func (rt *Runtime) EnqueueJob(realm *Realm, f func()) {
	rt.EnqueueCall(realm, realm.NewFunction("", 0, func(*Call) (Value, error) {
		f()
		return Value{}, nil
	}))
}

// EnqueueCall puts the call of a function without arguments at the end of the queue.
func (rt *Runtime) EnqueueCall(realm *Realm, f Value) {
	if rt.closed {
		return
	}
	argv := rt.arguments([]Value{f})
	defer rt.tls.Free(int(valueSize) * 2)
	lib.XJS_EnqueueJob(rt.tls, realm.ctx, funcPointer(&nativeJob), 1, argv)
}

// NewPromise makes a pending promise and the functions that settle it. resolve and reject may
// be called in any later scope of the runtime; the promise's resolving functions are held until
// one is called.
func (r *Realm) NewPromise() (promise Value, resolve, reject func(Value)) {
	promise, resolve, reject, _ = r.NewDroppablePromise()
	return promise, resolve, reject
}

// NewDroppablePromise is NewPromise with a function that lets the resolving functions go, so that a
// promise that will never be settled keeps nothing.
func (r *Realm) NewDroppablePromise() (promise Value, resolve, reject func(Value), drop func()) {
	rt := r.rt
	if rt.closed {
		return Value{}, func(Value) {}, func(Value) {}, func() {}
	}
	p := rt.tls.Alloc(int(2 * valueSize))
	defer rt.tls.Free(int(2 * valueSize))
	promise = r.made(lib.XJS_NewPromiseCapability(rt.tls, r.ctx, p))
	refs := [2]*Ref{rt.adoptRef(*deref[lib.TJSValue](p)), rt.adoptRef(*deref[lib.TJSValue](p + valueSize))}
	settle := func(i int) func(Value) {
		return func(v Value) {
			if rt.closed || refs[i].rt == nil {
				return
			}
			scope := rt.OpenScope()
			defer scope.Close()
			_, _ = refs[i].Value().Call(r, Value{}, v)
			refs[0].Free()
			refs[1].Free()
		}
	}
	return promise, settle(0), settle(1), func() {
		refs[0].Free()
		refs[1].Free()
	}
}

// PromiseState is the state of a promise.
type PromiseState int32

// The states of a promise.
const (
	Pending   PromiseState = lib.EJS_PROMISE_PENDING
	Fulfilled PromiseState = lib.EJS_PROMISE_FULFILLED
	Rejected  PromiseState = lib.EJS_PROMISE_REJECTED
)

// PromiseState gives the state of a promise and its result.
func (v Value) PromiseState(realm *Realm) (PromiseState, Value) {
	if !v.IsPromise() {
		return Pending, Value{}
	}
	state := PromiseState(lib.XJS_PromiseState(realm.rt.tls, realm.ctx, v.raw()))
	if state == Pending {
		return state, Value{}
	}
	return state, realm.rt.own(lib.XJS_PromiseResult(realm.rt.tls, realm.ctx, v.raw()))
}
