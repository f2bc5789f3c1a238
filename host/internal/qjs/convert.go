package qjs

import (
	"math"
	"unicode/utf8"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// inbound copies s to C memory. The copy stays there until the next call.
func (rt *Runtime) inbound(s string) uintptr {
	if len(s) > rt.bufferSize || rt.buffer == 0 {
		libc.Xfree(rt.tls, rt.buffer)
		rt.bufferSize = max(len(s), 1024)
		rt.buffer = libc.Xmalloc(rt.tls, libc.Tsize_t(rt.bufferSize))
	}
	copy(memory(rt.buffer, len(s)), s)
	if rt.bufferSize > 1<<20 && len(s) < 1<<16 {
		rt.bufferSize = 0 // a large one is given back at the next use
	}
	return rt.buffer
}

// inboundBytes is inbound of bytes.
func (rt *Runtime) inboundBytes(b []byte) uintptr {
	return rt.inbound(unsafe.String(unsafe.SliceData(b), len(b)))
}

func (rt *Runtime) freeMemory(p uintptr) { libc.Xfree(rt.tls, p) }

func stringLength(p uintptr) int  { return int(*deref[uint32](p) & 0x7fffffff) }
func stringIsWide(p uintptr) bool { return *deref[uint32](p)&0x80000000 != 0 }

// text is the Go string of a String.
func (v Value) text() string {
	if v.kind() != lib.EJS_TAG_STRING {
		return ""
	}
	return stringText(v.pointer())
}

// Text is ToString of a String, valid until the engine is used again.
//
// OPTIMIZATION: characters that are ASCII are not copied.
func (v Value) Text(realm *Realm) (string, error) {
	if v.kind() != lib.EJS_TAG_STRING {
		return v.ToString(realm)
	}
	p := v.pointer()
	if stringIsWide(p) {
		return stringText(p), nil
	}
	b := memory(p+stringData, stringLength(p))
	for _, c := range b {
		if c >= 0x80 {
			return latin1(b), nil
		}
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), nil
}

// stringText reads the characters of a flat string as WTF-8.
func stringText(p uintptr) string {
	n := stringLength(p)
	if !stringIsWide(p) {
		return latin1(memory(p+stringData, n))
	}
	return wtf8(unsafe.Slice(deref[uint16](p+stringData), n))
}

func latin1(b []byte) string {
	high := 0
	for _, c := range b {
		high += int(c >> 7)
	}
	if high == 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b)+high)
	for _, c := range b {
		if c < 0x80 {
			out = append(out, c)
		} else {
			out = append(out, 0xC0|c>>6, 0x80|c&0x3F)
		}
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}

func wtf8(units []uint16) string {
	out := make([]byte, 0, len(units)*3/2+8)
	for i := 0; i < len(units); i++ {
		u := rune(units[i])
		switch {
		case u >= 0xD800 && u < 0xDC00 && i+1 < len(units) && units[i+1] >= 0xDC00 && units[i+1] < 0xE000:
			i++
			out = utf8.AppendRune(out, 0x10000+(u-0xD800)<<10+rune(units[i])-0xDC00)
		case u >= 0xD800 && u < 0xE000:
			out = append(out, 0xE0|byte(u>>12), 0x80|byte(u>>6)&0x3F, 0x80|byte(u)&0x3F)
		default:
			out = utf8.AppendRune(out, u)
		}
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}

// ToString is the language's conversion; lone surrogates are three bytes each (WTF-8).
func (v Value) ToString(realm *Realm) (s string, err error) {
	if v.kind() == lib.EJS_TAG_STRING {
		return stringText(v.pointer()), nil
	}
	rt := realm.rt
	if v.IsObject() {
		if err := rt.begin(); err != nil {
			return "", err
		}
		defer rt.end(&err)
	}
	p := lib.XJS_ToCStringLen2(rt.tls, realm.ctx, rt.scratch, v.raw(), 0)
	if p == 0 {
		return "", realm.take()
	}
	s = string(memory(p, int(*deref[lib.Tsize_t](rt.scratch))))
	lib.XJS_FreeCString(rt.tls, realm.ctx, p)
	return s, nil
}

// ToNumber is the language's conversion to a Number: NaN is a result, an exception an error.
func (v Value) ToNumber(realm *Realm) (f float64, err error) {
	if v.IsNumber() {
		return v.Float(), nil
	}
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return 0, err
	}
	defer rt.end(&err)
	if lib.XJS_ToFloat64(rt.tls, realm.ctx, rt.scratch, v.raw()) < 0 {
		return 0, realm.take()
	}
	return *deref[float64](rt.scratch), nil
}

// ToInt32 is the language's conversion.
func (v Value) ToInt32(realm *Realm) (int32, error) {
	f, err := v.ToNumber(realm)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, err
	}
	return int32(uint32(int64(math.Mod(math.Trunc(f), 1<<32)))), nil
}

// ToBigInt64 is the language's conversion of a BigInt to 64 bits.
func (v Value) ToBigInt64(realm *Realm) (n int64, err error) {
	rt := realm.rt
	if err := rt.begin(); err != nil {
		return 0, err
	}
	defer rt.end(&err)
	if lib.XJS_ToBigInt64(rt.tls, realm.ctx, rt.scratch, v.raw()) < 0 {
		return 0, realm.take()
	}
	return *deref[int64](rt.scratch), nil
}
