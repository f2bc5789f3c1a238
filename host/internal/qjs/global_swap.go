package qjs

// A WindowProxy is one object for script, while the window behind it changes by navigation. Here it
// is the global object that the first realm was made with: on navigation it changes its innards
// with the global of the next realm, and the engine's references to the globals change with them.
// So the held identity is always the current realm's global itself, at no cost per access.
//
// Source:
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-windowproxy-exotic-object

// SwapGlobals gives fresh the global object's identity of old, and old that of fresh. Afterwards
// fresh.Global() is the object that old.Global() was before, with the properties of fresh.
func (rt *Runtime) SwapGlobals(old, fresh *Realm) {
	a, b := context(old.ctx), context(fresh.ctx)
	swapInnards(rawPointer(a.Fglobal_obj), rawPointer(b.Fglobal_obj))
	a.Fglobal_obj, b.Fglobal_obj = b.Fglobal_obj, a.Fglobal_obj // the references go with the pointers
	scope := rt.OpenScope()
	defer scope.Close()
	_ = fresh.Global().Define(fresh, "globalThis", fresh.Global(), Hidden)
}

// SwapGlobal exchanges the identity of the realm's global object with that of an exotic object:
// what script held as the global is now exotic, and is the result; the realm goes on with another
// identity. Done again with the result, it undoes itself.
func (rt *Runtime) SwapGlobal(realm *Realm, exotic Value) (wasGlobal Value) {
	if exotic.Class() != ClassExotic {
		return Value{}
	}
	ctx := context(realm.ctx)
	global := ctx.Fglobal_obj
	swapInnards(rawPointer(global), exotic.pointer())
	opaque[entry](rawPointer(global)).p = rawPointer(global)
	ctx.Fglobal_obj = dup(exotic.raw())
	wasGlobal = rt.own(global) // the reference that the context had
	scope := rt.OpenScope()
	defer scope.Close()
	_ = realm.Global().Define(realm, "globalThis", realm.Global(), Hidden)
	return wasGlobal
}

// swapInnards exchanges all that two objects are but their identity: its reference counts and its
// place in the collector's list.
func swapInnards(p, q uintptr) {
	x, y := object(p), object(q)
	x.Fshape, y.Fshape = y.Fshape, x.Fshape
	x.Fprop, y.Fprop = y.Fprop, x.Fprop
	x.Fu, y.Fu = y.Fu, x.Fu
	x.Fclass_id, y.Fclass_id = y.Fclass_id, x.Fclass_id
	x.F__ccgo16, y.F__ccgo16 = y.F__ccgo16, x.F__ccgo16
	x.F__ccgo17, y.F__ccgo17 = y.F__ccgo17, x.F__ccgo17
}
