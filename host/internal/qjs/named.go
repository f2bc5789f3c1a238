package qjs

import (
	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// The engine looks for properties that were really defined first, and asks these traps for others.

func namedGetOwnProperty(_ *libc.TLS, ctx, descriptor uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		p, found, err := namedOf(obj).GetNamed(realm, Key{atom})
		if err == nil && found {
			writeDescriptor(descriptor, p)
		}
		return found, err
	})
}

func namedOwnKeys(_ *libc.TLS, ctx, table, length uintptr, obj lib.TJSValue) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		keys, err := namedOf(obj).NamedKeys(realm)
		if err == nil {
			realm.writeKeys(keys, table, length)
		}
		return false, err
	})
}

func namedDeleteProperty(_ *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom) int32 {
	return trap(ctx, func(realm *Realm) (bool, error) {
		mine, ok, err := namedOf(obj).DeleteNamed(realm, Key{atom})
		return !mine || ok, err
	})
}

func namedDefineProperty(tls *libc.TLS, ctx uintptr, obj lib.TJSValue, atom lib.TJSAtom, value, get, set lib.TJSValue, flags int32) int32 {
	if flags&(lib.MJS_PROP_HAS_GET|lib.MJS_PROP_HAS_SET) == 0 {
		mine := false
		result := trap(ctx, func(realm *Realm) (ok bool, err error) {
			mine, ok, err = namedOf(obj).SetNamed(realm, Key{atom}, fromRaw(value))
			if !mine {
				return false, err
			}
			return realm.orThrow(ok, err, flags, "property is read-only")
		})
		if mine || result < 0 {
			return result
		}
	}
	return lib.XJS_DefineProperty(tls, ctx, obj, atom, value, get, set, flags|lib.MJS_PROP_NO_EXOTIC)
}
