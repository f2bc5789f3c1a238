package qjs

import (
	"unsafe"

	lib "modernc.org/libquickjs"
)

// The engine runs each module as an async function, and when that throws it passes the reason on
// and forgets the promise: so nobody ever handles it. Such a promise is nothing that script made,
// and is not reported.

// moduleThrew reports whether the promise that is being rejected is that of a module: some module
// is evaluating, and none of those that are is on the engine's stack any more.
func (r *Realm) moduleThrew() bool {
	head := uintptr(unsafe.Pointer(&context(r.ctx).Floaded_modules))
	evaluating := false
	for link := context(r.ctx).Floaded_modules.Fnext; link != head && link != 0; {
		module := deref[lib.TJSModuleDef](link - unsafe.Offsetof(lib.TJSModuleDef{}.Flink))
		if module.F__ccgo144>>moduleStatusShift == lib.EJS_MODULE_STATUS_EVALUATING {
			if r.rt.onStack(module.Ffunc_obj) {
				return false
			}
			evaluating = true
		}
		link = module.Flink.Fnext
	}
	return evaluating
}

// moduleStatusShift is where the status is in the bit fields of a module.
const moduleStatusShift = 24

// onStack reports whether a call of the function is under way.
func (rt *Runtime) onStack(f lib.TJSValue) bool {
	for p := engine(rt.rt).Fcurrent_stack_frame; p != 0; {
		frame := deref[lib.TJSStackFrame](p)
		if fromRaw(frame.Fcur_func).IsObject() && rawPointer(frame.Fcur_func) == rawPointer(f) {
			return true
		}
		p = frame.Fprev_frame
	}
	return false
}
