package qjs

import lib "modernc.org/libquickjs"

// prepareErrors makes the engine throw a RangeError for lack of stack or memory, as other engines
// do; its InternalError is not part of the language.
func (r *Realm) prepareErrors(global Value) {
	prototypes := &context(r.ctx).Fnative_error_proto
	own := prototypes[lib.EJS_INTERNAL_ERROR]
	prototypes[lib.EJS_INTERNAL_ERROR] = dup(r.intrinsics["%RangeError.prototype%"].raw())
	_, _ = global.Delete(r, "InternalError")
	r.rt.drop(own)
}
