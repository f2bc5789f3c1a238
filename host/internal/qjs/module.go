package qjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// Modules are what the engine asks the host for. Load is called while a module is compiled, for
// each module that it imports and that the realm has not loaded yet, and for dynamic imports, in a
// job: who fetches asynchronously fetches what [Runtime.ModuleRequests] tells before.
type Modules struct {
	// Resolve makes a URL of a specifier; referrer is the URL of the module or script that imports it.
	Resolve func(realm *Realm, specifier, referrer string) (url string, err error)
	// Load gives a module's source; kind is the import attribute "type" ("json"), or empty.
	Load func(realm *Realm, url, kind string) (source string, err error)
	// Meta fills import.meta.
	Meta func(realm *Realm, url string, meta Value)
}

type (
	normalizeFunc  = func(tls *libc.TLS, ctx, base, name, opaque uintptr) uintptr
	loaderFunc     = func(tls *libc.TLS, ctx, name, opaque uintptr, attributes lib.TJSValue) uintptr
	moduleInitFunc = func(tls *libc.TLS, ctx, module uintptr) int32
)

var (
	moduleNormalize = normalizeFunc(normalizeModule)
	moduleLoad      = loaderFunc(loadModule)
	jsonModuleInit  = moduleInitFunc(initJSONModule)
)

// SetModules sets where modules come from.
func (rt *Runtime) SetModules(m Modules) { rt.modules = m }

func (rt *Runtime) initModules() {
	lib.XJS_SetModuleLoaderFunc2(rt.tls, rt.rt, funcPointer(&moduleNormalize), funcPointer(&moduleLoad), 0, 0)
}

// hook runs a hook of the host inside the engine: an error becomes the pending exception.
func (r *Realm) hook(f func() error) (ok bool) {
	scope := r.rt.OpenScope()
	if r.rt.depth == len(r.rt.calls) {
		r.rt.calls = append(r.rt.calls, new(Call))
	}
	r.rt.calls[r.rt.depth].frame = engine(r.rt.rt).Fcurrent_stack_frame
	r.rt.depth++
	defer func() {
		r.rt.depth--
		if p := recover(); p != nil {
			r.throwPanic(p)
			ok = false
		}
		scope.Close()
	}()
	if err := f(); err != nil {
		r.throw(err)
		return false
	}
	return true
}

func normalizeModule(tls *libc.TLS, ctx, base, name, _ uintptr) (url uintptr) {
	realm := realmOfContext(ctx)
	specifier, referrer := libc.GoString(name), libc.GoString(base)
	if realm == nil { // a context that only lists requests
		return engineString(tls, ctx, specifier)
	}
	realm.hook(func() error {
		resolved := specifier
		if f := realm.rt.modules.Resolve; f != nil {
			var err error
			if resolved, err = f(realm, specifier, referrer); err != nil {
				return err
			}
		}
		url = engineString(tls, ctx, resolved)
		return nil
	})
	return url
}

// engineString is a C string that the engine frees.
func engineString(tls *libc.TLS, ctx uintptr, s string) uintptr {
	p := lib.Xjs_malloc(tls, ctx, lib.Tsize_t(len(s)+1))
	if p != 0 {
		b := memory(p, len(s)+1)
		copy(b, s)
		b[len(s)] = 0
	}
	return p
}

func loadModule(tls *libc.TLS, ctx, name, _ uintptr, attributes lib.TJSValue) (module uintptr) {
	realm := realmOfContext(ctx)
	if realm == nil {
		return lib.XJS_NewCModule(tls, ctx, name, funcPointer(&jsonModuleInit))
	}
	realm.hook(func() error {
		url, kind := libc.GoString(name), ""
		if t := realm.dataProperty(fromRaw(attributes), realm.rt.internedAtom("type")); t.IsString() {
			kind = t.text()
		}
		if realm.rt.modules.Load == nil {
			return TypeError("cannot load module '%s'", url)
		}
		source, err := realm.rt.modules.Load(realm, url, kind)
		if err != nil {
			return err
		}
		if kind == "json" {
			module, err = realm.newJSONModule(name, url, source)
		} else {
			module, err = realm.compileModule(source, url)
		}
		return err
	})
	return module
}

// compileModule makes the module known to the realm, with all that it imports.
func (r *Realm) compileModule(source, url string) (module uintptr, err error) {
	v, err := r.evaluate(source, url, lib.MJS_EVAL_TYPE_MODULE|lib.MJS_EVAL_FLAG_COMPILE_ONLY)
	if err != nil {
		return 0, err
	}
	module = v.pointer()
	if r.rt.modules.Meta != nil {
		meta := r.made(lib.XJS_GetImportMeta(r.rt.tls, r.ctx, module))
		r.rt.modules.Meta(r, url, meta)
	}
	return module, nil
}

func (r *Realm) newJSONModule(name uintptr, url, source string) (module uintptr, err error) {
	v, err := r.ParseJSON(source)
	if err != nil {
		return 0, err
	}
	module = lib.XJS_NewCModule(r.rt.tls, r.ctx, name, funcPointer(&jsonModuleInit))
	if module == 0 {
		return 0, r.take()
	}
	export := cstring(r.rt.tls, "default")
	defer r.rt.freeMemory(export)
	lib.XJS_AddModuleExport(r.rt.tls, r.ctx, module, export)
	lib.XJS_SetModulePrivateValue(r.rt.tls, r.ctx, module, dup(v.raw()))
	return module, nil
}

func initJSONModule(tls *libc.TLS, ctx, module uintptr) int32 {
	export := cstring(tls, "default")
	defer libc.Xfree(tls, export)
	return lib.XJS_SetModuleExport(tls, ctx, module, export, lib.XJS_GetModulePrivateValue(tls, ctx, module))
}

// ParseJSON is JSON.parse.
func (r *Realm) ParseJSON(source string) (v Value, err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	text, name := cstring(rt.tls, source), cstring(rt.tls, "<json>")
	defer rt.freeMemory(text)
	defer rt.freeMemory(name)
	return r.result(lib.XJS_ParseJSON(rt.tls, r.ctx, text, lib.Tsize_t(len(source)), name))
}

// EvalModule compiles and evaluates a module. The promise settles when its evaluation, with all
// awaits at top level, is done. err is of parsing, loading or linking.
func (r *Realm) EvalModule(source, url string) (promise Value, err error) {
	module, err := r.compileModule(source, url)
	if err != nil {
		return Value{}, err
	}
	return r.evaluateModule(module)
}

func (r *Realm) evaluateModule(module uintptr) (promise Value, err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	v := lib.TJSValue{Ftag: lib.EJS_TAG_MODULE}
	v.Fu.Fuint641 = uint64(module)
	return r.result(lib.XJS_EvalFunction(rt.tls, r.ctx, dup(v)))
}

// CompileModule makes a module and all that it imports known to the realm, without running any of
// it: afterwards ImportModule runs it. A second module of the same URL is not used by imports.
func (r *Realm) CompileModule(source, url string) (*Module, error) {
	module, err := r.compileModule(source, url)
	if err != nil {
		return nil, err
	}
	v := lib.TJSValue{Ftag: lib.EJS_TAG_MODULE}
	v.Fu.Fuint641 = uint64(module)
	return &Module{realm: r, ref: r.rt.adoptRef(dup(v))}, nil
}

// A Module is compiled, and run at most once.
type Module struct {
	realm *Realm
	ref   *Ref
}

// Evaluate links and runs the module, once, and gives the promise of its evaluation.
func (m *Module) Evaluate() (promise Value, err error) {
	if m.ref.rt == nil {
		return Value{}, ErrClosed
	}
	defer m.ref.Free()
	return m.realm.evaluateModule(rawPointer(m.ref.v))
}

// ImportModule is import(specifier): its promise is that of the namespace object.
func (r *Realm) ImportModule(specifier, referrer string) (promise Value, err error) {
	rt := r.rt
	if err := rt.begin(); err != nil {
		return Value{}, err
	}
	defer rt.end(&err)
	base, name := cstring(rt.tls, referrer), cstring(rt.tls, specifier)
	defer rt.freeMemory(base)
	defer rt.freeMemory(name)
	return r.result(lib.XJS_LoadModule(rt.tls, r.ctx, base, name))
}

// A ModuleRequest is one import of a module's source.
type ModuleRequest struct{ Specifier, Kind string }

// ModuleRequests lists what a module imports statically, without loading any of it. A source with
// an error of syntax imports nothing.
func (rt *Runtime) ModuleRequests(source string) (requests []ModuleRequest) {
	ctx := lib.XJS_NewContextRaw(rt.tls, rt.rt)
	if ctx == 0 {
		return nil
	}
	defer lib.XJS_FreeContext(rt.tls, ctx)
	lib.XJS_AddIntrinsicBaseObjects(rt.tls, ctx)
	lib.XJS_AddIntrinsicEval(rt.tls, ctx)
	lib.XJS_AddIntrinsicRegExpCompiler(rt.tls, ctx)
	text, name := cstring(rt.tls, source), cstring(rt.tls, "<requests>")
	defer rt.freeMemory(text)
	defer rt.freeMemory(name)
	v := lib.XJS_Eval(rt.tls, ctx, text, lib.Tsize_t(len(source)), name, lib.MJS_EVAL_TYPE_MODULE|lib.MJS_EVAL_FLAG_COMPILE_ONLY)
	if isException(v) {
		rt.drop(lib.XJS_GetException(rt.tls, ctx))
		return nil
	}
	defer rt.drop(v)
	scope := rt.OpenScope()
	defer scope.Close()
	module := deref[lib.TJSModuleDef](rawPointer(v))
	reader := &Realm{rt: rt, ctx: ctx}
	for i := range module.Freq_module_entries_count {
		entry := deref[lib.TJSReqModuleEntry](module.Freq_module_entries + uintptr(i)*unsafe.Sizeof(lib.TJSReqModuleEntry{}))
		request := ModuleRequest{Specifier: rt.own(lib.XJS_AtomToString(rt.tls, ctx, entry.Fmodule_name)).text()}
		if t := reader.dataProperty(fromRaw(entry.Fattributes), rt.internedAtom("type")); t.IsString() {
			request.Kind = t.text()
		}
		requests = append(requests, request)
	}
	return requests
}
