package qjs

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A Lazy is a property whose value is made when it is asked for first, by whatever way; script
// cannot tell. It is for what every realm has and few scripts use. Lazies are package variables:
// they are never freed.
type Lazy struct {
	value func(realm *Realm) Value
	entry uintptr // what the engine knows of it
}

// lazyEntry is the engine's description of a native function that is made when it is needed, and
// behind it what only this package reads.
type lazyEntry struct {
	entry lib.TJSCFunctionListEntry
	lazy  *Lazy
}

// lazies keeps all of them.
var lazies struct {
	sync.Mutex
	all []*Lazy
}

// NewLazy makes a property of the flags of interface objects on a global, [Hidden]. value is called
// in a scope of its own and must neither run script nor touch the object that has the property.
func NewLazy(name string, value func(realm *Realm) Value) *Lazy {
	p := libc.Xcalloc(nil, 1, libc.Tsize_t(unsafe.Sizeof(lazyEntry{})))
	l := &Lazy{value, p}
	e := deref[lazyEntry](p)
	e.entry.Fname, e.entry.Fprop_flags, e.entry.Fdef_type = cstring(nil, name), Hidden, lib.MJS_DEF_CFUNC
	*entryFunction(p) = lazyMark
	e.lazy = l
	lazies.Lock()
	defer lazies.Unlock()
	lazies.all = append(lazies.all, l)
	return l
}

// DefineLazy makes an own property, unless there is one of that name.
func (v Value) DefineLazy(realm *Realm, name string, l *Lazy) error {
	if has, err := v.HasOwn(realm, name); has || err != nil {
		return err
	}
	rt := realm.rt
	_, err := realm.status(lib.XJS_SetPropertyFunctionList(rt.tls, realm.ctx, v.raw(), l.entry, 1))
	return err
}

// entryFunction is where an entry has its native function.
func entryFunction(p uintptr) *uintptr {
	return (*uintptr)(unsafe.Pointer(&deref[lib.TJSCFunctionListEntry](p).Fu.Ffunc1.Fcfunc))
}

// instantiateFunc is what the engine calls for a property that is there, but has no value yet.
type instantiateFunc = func(tls *libc.TLS, ctx, p uintptr, atom lib.TJSAtom, entry uintptr) lib.TJSValue

var (
	instantiate      = instantiateFunc(instantiateLazy)
	instantiateEntry uintptr // the engine's own
	mark             byte
	lazyMark         = uintptr(unsafe.Pointer(&mark)) // stands for the native function of our entries, which tells them from the engine's
)

// autoinitFunctions is the engine's table of what it calls for such properties, by their kind. The
// engine has no other way to let the host make values late.
//
//go:linkname autoinitFunctions modernc.org/libquickjs._js_autoinit_func_table
var autoinitFunctions [3]uintptr

// The engine's own function gives its place in the table to ours when the program starts, before
// there is a runtime.
func init() {
	instantiateEntry = autoinitFunctions[lib.EJS_AUTOINIT_ID_PROP]
	if instantiateEntry == 0 {
		panic("qjs: the engine differs from what this package was written for")
	}
	autoinitFunctions[lib.EJS_AUTOINIT_ID_PROP] = funcPointer(&instantiate)
}

func instantiateLazy(tls *libc.TLS, ctx, p uintptr, atom lib.TJSAtom, entry uintptr) (result lib.TJSValue) {
	if *entryFunction(entry) != lazyMark {
		return (*(*instantiateFunc)(unsafe.Pointer(&instantiateEntry)))(tls, ctx, p, atom, entry)
	}
	realm := realmOfContext(ctx)
	defer func() {
		if p := recover(); p != nil {
			result = realm.throwPanic(p)
		}
	}()
	scope := realm.rt.OpenScope()
	defer scope.Close()
	return dup(deref[lazyEntry](entry).lazy.value(realm).raw())
}
