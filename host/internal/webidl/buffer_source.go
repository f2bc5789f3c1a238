package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// BufferSource converts a buffer or a view to the memory that it shows, which may be used until
// script runs again. A detached one is empty. Shared memory is refused.
//
// https://webidl.spec.whatwg.org/#BufferSource and #dfn-get-buffer-source-copy
func BufferSource(realm *qjs.Realm, v qjs.Value) ([]byte, error) {
	b, err := AllowSharedBufferSource(realm, v)
	if err != nil {
		return nil, err
	}
	if view, ok := v.View(realm); v.Class() == qjs.ClassSharedArrayBuffer || ok && view.Buffer.Class() == qjs.ClassSharedArrayBuffer {
		return nil, TypeError("the memory is shared")
	}
	return b, nil
}

// AllowSharedBufferSource is [BufferSource] for memory that may be shared.
//
// https://webidl.spec.whatwg.org/#AllowSharedBufferSource
func AllowSharedBufferSource(realm *qjs.Realm, v qjs.Value) ([]byte, error) {
	if !IsBufferSource(v) {
		return nil, TypeError("the value is neither an ArrayBuffer nor a view")
	}
	b, _ := v.ViewBytes(realm)
	return b, nil
}

// IsBufferSource reports whether v is a buffer or a view, shared or not.
func IsBufferSource(v qjs.Value) bool {
	class := v.Class()
	return class == qjs.ClassArrayBuffer || class == qjs.ClassSharedArrayBuffer || class.IsView()
}
