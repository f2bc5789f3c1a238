package qjs

import (
	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

// A Class is the exact class that the engine gives an object when it is made.
type Class uint16

// The classes of the language. Objects of Go have one of the last three.
const (
	ClassNone              Class = 0
	ClassObject            Class = lib.EJS_CLASS_OBJECT
	ClassArray             Class = lib.EJS_CLASS_ARRAY
	ClassError             Class = lib.EJS_CLASS_ERROR
	ClassNumber            Class = lib.EJS_CLASS_NUMBER
	ClassString            Class = lib.EJS_CLASS_STRING
	ClassBoolean           Class = lib.EJS_CLASS_BOOLEAN
	ClassSymbol            Class = lib.EJS_CLASS_SYMBOL
	ClassArguments         Class = lib.EJS_CLASS_ARGUMENTS
	ClassMappedArguments   Class = lib.EJS_CLASS_MAPPED_ARGUMENTS
	ClassDate              Class = lib.EJS_CLASS_DATE
	ClassModuleNamespace   Class = lib.EJS_CLASS_MODULE_NS
	ClassRegExp            Class = lib.EJS_CLASS_REGEXP
	ClassArrayBuffer       Class = lib.EJS_CLASS_ARRAY_BUFFER
	ClassSharedArrayBuffer Class = lib.EJS_CLASS_SHARED_ARRAY_BUFFER
	ClassUint8ClampedArray Class = lib.EJS_CLASS_UINT8C_ARRAY
	ClassInt8Array         Class = lib.EJS_CLASS_INT8_ARRAY
	ClassUint8Array        Class = lib.EJS_CLASS_UINT8_ARRAY
	ClassInt16Array        Class = lib.EJS_CLASS_INT16_ARRAY
	ClassUint16Array       Class = lib.EJS_CLASS_UINT16_ARRAY
	ClassInt32Array        Class = lib.EJS_CLASS_INT32_ARRAY
	ClassUint32Array       Class = lib.EJS_CLASS_UINT32_ARRAY
	ClassBigInt64Array     Class = lib.EJS_CLASS_BIG_INT64_ARRAY
	ClassBigUint64Array    Class = lib.EJS_CLASS_BIG_UINT64_ARRAY
	ClassFloat16Array      Class = lib.EJS_CLASS_FLOAT16_ARRAY
	ClassFloat32Array      Class = lib.EJS_CLASS_FLOAT32_ARRAY
	ClassFloat64Array      Class = lib.EJS_CLASS_FLOAT64_ARRAY
	ClassDataView          Class = lib.EJS_CLASS_DATAVIEW
	ClassBigInt            Class = lib.EJS_CLASS_BIG_INT
	ClassMap               Class = lib.EJS_CLASS_MAP
	ClassSet               Class = lib.EJS_CLASS_SET
	ClassWeakMap           Class = lib.EJS_CLASS_WEAKMAP
	ClassWeakSet           Class = lib.EJS_CLASS_WEAKSET
	ClassGlobal            Class = lib.EJS_CLASS_GLOBAL_OBJECT
	ClassProxy             Class = lib.EJS_CLASS_PROXY
	ClassPromise           Class = lib.EJS_CLASS_PROMISE
	ClassWeakRef           Class = lib.EJS_CLASS_WEAK_REF
)

// The classes of Go's objects, registered once per process.
var (
	ClassPlatform = Class(newClassID()) // made by NewPlatformObject
	ClassFunction = Class(newClassID()) // made by NewFunction
	ClassExotic   = Class(newClassID()) // made by NewExotic
	ClassNamed    = Class(newClassID()) // made by NewNamed
)

// IsView says whether it is a typed array or DataView.
func (c Class) IsView() bool { return c >= ClassUint8ClampedArray && c <= ClassDataView }

// IsGo says whether objects of the class stand for objects of Go.
func (c Class) IsGo() bool {
	return c == ClassPlatform || c == ClassFunction || c == ClassExotic || c == ClassNamed
}

// newClassID takes the next number of the process.
func newClassID() uint32 {
	tls := libc.NewTLS()
	defer tls.Close()
	p := libc.Xcalloc(tls, 1, 8)
	defer libc.Xfree(tls, p)
	return lib.XJS_NewClassID(tls, p)
}
