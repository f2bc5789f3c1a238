package qjs

import lib "modernc.org/libquickjs"

// Incumbent is the realm of the topmost function of script on the engine's stack, nil if there is
// none: native functions between it and the asker do not count.
//
// Source: https://html.spec.whatwg.org/multipage/webappapis.html#concept-incumbent-everything
func (rt *Runtime) Incumbent() *Realm {
	if rt.closed {
		return nil
	}
	for p := engine(rt.rt).Fcurrent_stack_frame; ; {
		if realm := rt.callbackAt(p); realm != nil || p == 0 {
			return realm
		}
		frame := deref[lib.TJSStackFrame](p)
		if f := fromRaw(frame.Fcur_func); f.IsObject() && hasBytecode(f.Class()) {
			return realmOfContext(bytecodeRealm(f.pointer()))
		}
		p = frame.Fprev_frame
	}
}

// IncumbentURL is the URL of the script that the topmost function of script is of.
func (rt *Runtime) IncumbentURL() string {
	for p := engine(rt.rt).Fcurrent_stack_frame; p != 0; {
		frame := deref[lib.TJSStackFrame](p)
		if f := fromRaw(frame.Fcur_func); f.IsObject() && hasBytecode(f.Class()) {
			bytecode := deref[lib.TJSFunctionBytecode](slot(f.pointer()))
			if bytecode.F__ccgo18&bytecodeHasDebug == 0 {
				return ""
			}
			scope := rt.OpenScope()
			defer scope.Close()
			return rt.own(lib.XJS_AtomToString(rt.tls, rt.anyContext, bytecode.Fdebug.Ffilename)).text()
		}
		p = frame.Fprev_frame
	}
	return ""
}

func hasBytecode(c Class) bool {
	switch c {
	case lib.EJS_CLASS_BYTECODE_FUNCTION, lib.EJS_CLASS_GENERATOR_FUNCTION, lib.EJS_CLASS_ASYNC_FUNCTION,
		lib.EJS_CLASS_ASYNC_GENERATOR_FUNCTION:
		return true
	}
	return false
}

// bytecodeRealm is the context of a function that has bytecode.
func bytecodeRealm(f uintptr) uintptr { return deref[lib.TJSFunctionBytecode](slot(f)).Frealm }

// RealmOf is the realm that a function or an object of Go was made in, and the realm of a global
// object; nil of anything else, and of what the engine does not tell.
//
// Source: https://tc39.es/ecma262/#sec-getfunctionrealm
func RealmOf(v Value) *Realm {
	for range 1000 {
		if !v.IsObject() {
			return nil
		}
		p := v.pointer()
		switch class := v.Class(); {
		case hasBytecode(class):
			return realmOfContext(bytecodeRealm(p))
		case class == lib.EJS_CLASS_C_FUNCTION:
			return realmOfContext(slot(p))
		case class == lib.EJS_CLASS_BOUND_FUNCTION:
			v = fromRaw(deref[lib.TJSBoundFunction](slot(p)).Ffunc_obj)
		case class == ClassProxy:
			v = fromRaw(deref[lib.TJSProxyData](slot(p)).Ftarget)
		case class.IsGo():
			return opaque[entry](p).realm
		default:
			return nil
		}
	}
	return nil
}

// RealmOfGlobal is the realm whose global object v is, nil if it is none.
func (rt *Runtime) RealmOfGlobal(v Value) *Realm {
	if v.Class() != ClassGlobal {
		return nil
	}
	for _, realm := range rt.realms {
		if rawPointer(context(realm.ctx).Fglobal_obj) == v.pointer() {
			return realm
		}
	}
	return nil
}
