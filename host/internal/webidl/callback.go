package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// Callback is a callback function, or an object that implements a callback interface. Who stores
// one visits it in its Trace.
//
// https://webidl.spec.whatwg.org/#idl-callback-functions and #idl-callback-interfaces
type Callback struct {
	ref       *qjs.Ref
	identity  uintptr    // of the object, which ref keeps
	realm     *qjs.Realm // the object's own
	incumbent *qjs.Realm // the callback context
	operation string     // of a callback interface
}

// CallbackFunction is https://webidl.spec.whatwg.org/#js-callback-function.
func CallbackFunction(realm *qjs.Realm, v qjs.Value) (*Callback, error) {
	if !v.IsFunction() {
		return nil, TypeError("the callback is not a function")
	}
	return newCallback(realm, v, ""), nil
}

// CallbackInterface is the conversion to a callback interface with one operation, such as
// "handleEvent".
//
// https://webidl.spec.whatwg.org/#js-callback-interface
func CallbackInterface(operation string) Convert[*Callback] {
	return func(realm *qjs.Realm, v qjs.Value) (*Callback, error) {
		if !v.IsObject() {
			return nil, TypeError("the callback is not an object")
		}
		return newCallback(realm, v, operation), nil
	}
}

// LegacyTreatNonObjectAsNull is the conversion to an event handler: what is no object becomes nil,
// an object that cannot be called is kept, but calling it does nothing.
//
// https://webidl.spec.whatwg.org/#LegacyTreatNonObjectAsNull
func LegacyTreatNonObjectAsNull(realm *qjs.Realm, v qjs.Value) (*Callback, error) {
	if !v.IsObject() {
		return nil, nil
	}
	return newCallback(realm, v, ""), nil
}

func newCallback(realm *qjs.Realm, v qjs.Value, operation string) *Callback {
	of := qjs.RealmOf(v)
	if of == nil || of.Data == nil {
		of = realm.Runtime().RealmOfGlobal(v)
	}
	if of == nil {
		of = realm // an ordinary object has no realm in this engine
	}
	incumbent := Incumbent(realm.Runtime())
	if incumbent == nil {
		incumbent = realm
	}
	return &Callback{ref: realm.Runtime().NewRef(v), identity: v.Identity(), realm: of, incumbent: incumbent, operation: operation}
}

// Value returns the callback object; null for nil.
func (cb *Callback) Value() qjs.Value {
	if cb == nil {
		return qjs.Null()
	}
	return cb.ref.Value()
}

// Is reports whether v is the callback object.
func (cb *Callback) Is(v qjs.Value) bool { return cb != nil && cb.identity == v.Identity() }

// Realm returns the callback object's realm.
func (cb *Callback) Realm() *qjs.Realm { return cb.realm }

// Trace visits what the callback owns. It may be nil.
func (cb *Callback) Trace(visit func(*qjs.Ref)) {
	if cb != nil {
		visit(cb.ref)
	}
}

// Free gives the callback up before its owner's wrapper is collected. It may be nil.
func (cb *Callback) Free() {
	if cb != nil {
		cb.ref.Free()
	}
}

// Call invokes a callback function, or calls a user object's operation (with the given callback
// this value). The result is valid in the current scope.
//
// https://webidl.spec.whatwg.org/#invoke-a-callback-function and #call-a-user-objects-operation
func (cb *Callback) Call(this qjs.Value, args ...qjs.Value) (v qjs.Value, err error) {
	f := cb.ref.Value()
	if cb.operation == "" && !f.IsFunction() { // only with LegacyTreatNonObjectAsNull
		return qjs.Value{}, nil
	}
	err = RunScript(cb.realm, cb.incumbent, func() error {
		if !f.IsFunction() { // 10. Get the operation of the object, and let the object be `this`.
			object := f
			if f, err = object.Get(cb.realm, cb.operation); err != nil {
				return err
			}
			if !f.IsFunction() {
				return TypeError("%s is not a function", cb.operation)
			}
			this = object
		}
		v, err = f.Call(cb.realm, this, args...)
		return err
	})
	return v, err
}

// Report is Call, with what it throws reported.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
func (cb *Callback) Report(this qjs.Value, args ...qjs.Value) qjs.Value {
	v, err := cb.Call(this, args...)
	if err != nil {
		ReportException(cb.realm, err)
		return qjs.Value{}
	}
	return v
}

// ReportException reports an exception at the realm's global.
func ReportException(realm *qjs.Realm, err error) {
	if e := Of(realm); e.Report != nil {
		e.Report(err)
	}
}

// RunScript prepares to run script in a realm (and to run a callback, if there is an incumbent),
// runs it, and cleans up: if no script runs any more, it performs a microtask checkpoint. If script
// cannot run in the realm, it does nothing.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#prepare-to-run-script
// and #clean-up-after-running-script
func RunScript(realm, incumbent *qjs.Realm, script func() error) error {
	e, rt := Of(realm), realm.Runtime()
	if e.CanRunScript != nil && !e.CanRunScript() {
		return nil
	}
	if incumbent == nil {
		incumbent = realm
	}
	leave := rt.EnterCallback(incumbent)
	err := script()
	leave()
	if !rt.Running() && e.Checkpoint != nil {
		e.Checkpoint()
	}
	return err
}

// Incumbent returns the realm of the incumbent settings object, nil if there is none.
//
// FIXME: a promise's reaction that is a native function has none: the engine does not keep that of
// the script that called then.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#incumbent-settings-object
func Incumbent(rt *qjs.Runtime) *qjs.Realm { return rt.Incumbent() }
