package qjs

import lib "modernc.org/libquickjs"

// prepareErrors makes what the engine throws for lack of stack or memory a RangeError, as
// elsewhere; its own InternalError is none of the language.
func (r *Realm) prepareErrors(global Value) {
	prototypes := &context(r.ctx).Fnative_error_proto
	own := prototypes[lib.EJS_INTERNAL_ERROR]
	prototypes[lib.EJS_INTERNAL_ERROR] = dup(r.intrinsics["%RangeError.prototype%"].raw())
	_, _ = global.Delete(r, "InternalError")
	r.rt.drop(own)
}
