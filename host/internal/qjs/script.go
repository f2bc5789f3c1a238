package qjs

import (
	"crypto/sha256"
	"sync"

	lib "modernc.org/libquickjs"
)

// Parsing a large script takes much longer than reading its bytecode, and pages load the same
// libraries again and again, each in a heap of its own. So bytecode of large classic scripts is
// kept, by the hash of source and URL, for the whole process.
var scripts struct {
	sync.Mutex
	bytecode map[[sha256.Size]byte][]byte
	size     int
}

const (
	cachedScript  = 8 << 10  // scripts of at least this length are kept
	cachedScripts = 64 << 20 // bytes of bytecode; when there are more, all are forgotten
)

// Eval runs a classic script: its top-level this is the global, its declarations become global.
func (r *Realm) Eval(source, url string) (Value, error) {
	if len(source) < cachedScript {
		return r.evaluate(source, url, lib.MJS_EVAL_TYPE_GLOBAL)
	}
	key := sha256.Sum256([]byte(url + "\x00" + source))
	scripts.Lock()
	bytecode := scripts.bytecode[key]
	scripts.Unlock()
	if bytecode != nil {
		return r.Run(bytecode)
	}
	bytecode, err := r.Compile(source, url)
	if err != nil {
		return Value{}, err
	}
	scripts.Lock()
	if scripts.bytecode == nil || scripts.size+len(bytecode) > cachedScripts {
		scripts.bytecode, scripts.size = map[[sha256.Size]byte][]byte{}, 0
	}
	scripts.bytecode[key] = bytecode
	scripts.size += len(bytecode)
	scripts.Unlock()
	return r.Run(bytecode)
}

func (r *Realm) evaluate(source, url string, flags int32) (v Value, err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	text, name := cstring(rt.tls, source), cstring(rt.tls, url)
	defer rt.freeMemory(text)
	defer rt.freeMemory(name)
	return r.result(lib.XJS_Eval(rt.tls, r.ctx, text, lib.Tsize_t(len(source)), name, flags))
}

// Compile gives the bytecode of a classic script, for Run in any runtime of this process. Bytecode
// from elsewhere must not be run: the engine believes it.
func (r *Realm) Compile(source, url string) (bytecode []byte, err error) {
	rt := r.rt
	scope := rt.OpenScope()
	compiled, err := r.evaluate(source, url, lib.MJS_EVAL_TYPE_GLOBAL|lib.MJS_EVAL_FLAG_COMPILE_ONLY)
	if err != nil {
		return nil, err // the scope of the caller frees the exception
	}
	defer scope.Close()
	if err := rt.begin(); err != nil {
		return nil, err
	}
	defer rt.end(&err)
	p := lib.XJS_WriteObject(rt.tls, r.ctx, rt.scratch, compiled.raw(), lib.MJS_WRITE_OBJ_BYTECODE)
	if p == 0 {
		return nil, r.take()
	}
	defer lib.Xjs_free(rt.tls, r.ctx, p)
	return append([]byte(nil), memory(p, int(*deref[lib.Tsize_t](rt.scratch)))...), nil
}

// Run runs what Compile gave, as Eval would.
func (r *Realm) Run(bytecode []byte) (v Value, err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	compiled := lib.XJS_ReadObject(rt.tls, r.ctx, rt.inboundBytes(bytecode), lib.Tsize_t(len(bytecode)), lib.MJS_READ_OBJ_BYTECODE)
	if isException(compiled) {
		return Value{}, r.take()
	}
	return r.result(lib.XJS_EvalFunction(rt.tls, r.ctx, compiled))
}
