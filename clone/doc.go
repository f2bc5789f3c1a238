// Package clone is structured clone: the values that a message may hold, how they are copied,
// transferred, and turned into bytes.
//
// It implements "Safe passing of structured data" of the HTML Standard (2026-08-21),
// https://html.spec.whatwg.org/multipage/structured-data.html, for Go values. It knows nothing of
// ports: objects that can be transferred implement [Transferable].
//
// # The value model
//
// A value that this package returns without being asked for a Go type is canonical:
//
//	nil                          null
//	Undefined                    undefined
//	bool, float64, string        Boolean, Number, String (UTF-8; lone surrogates as WTF-8)
//	*big.Int                     BigInt
//	[]any                        Array without holes or extra properties
//	*Array                       Array with holes or extra properties
//	map[string]any               Object
//	*Object                      Object with its key order, only when asked for: Decode(&object)
//	*Map, *Set                   Map, Set, in order
//	*Date, *RegExp               Date, RegExp
//	*BooleanObject, *NumberObject, *StringObject, *BigIntObject
//	*ArrayBuffer, *SharedArrayBuffer
//	*TypedArray, *DataView       views on one of these
//	*Error, *DOMException        both implement error
//	*Blob, *File, *FileList
//	a transferred object         e.g. a *entangle.MessagePort
//
// # Go values
//
// Any other Go value may go in, and come out by [Record.Decode]:
//
//	all ints, uints, floats      Number; an integer beyond ±(2^53-1) is a DataCloneError, use
//	                             *big.Int
//	[]byte                       Uint8Array
//	[]int8 … []float64           Int8Array … Float64Array; []int64 and []uint64: BigInt64Array,
//	                             BigUint64Array
//	other slices, arrays         Array ([]int and []uint too)
//	maps with string keys        Object; other maps: Map. Two keys that become the same (pointers to
//	                             equal numbers), or one in an interface that becomes an Object or
//	                             Array, which Go allows as no key, are a DataCloneError; a *Map may
//	                             hold these.
//	structs                      Object, by `json` tags: name, "-", omitempty, omitzero and embedding
//	                             as in encoding/json. Fields keep their order, except in an any or
//	                             with embedded pointers, where they are sorted as in a map.
//	                             Unexported fields are left out, but a struct that has fields and
//	                             none of them exported (a Window, a sync.Mutex) cannot be cloned; one
//	                             whose exported fields are all tagged "-" is an empty Object, as
//	                             struct{} is. The option "string" is ignored; json.Marshaler is not
//	                             called.
//	time.Time                    Date: milliseconds, UTC
//	error                        Error: name "Error", message Error(), cause by Unwrap
//	nil pointer, map, slice      null
//	pointer                      what it points at
//
// Functions, channels, complex numbers and unsafe pointers cannot be cloned, nil or not. References
// to the same pointer, map or slice (pointer, length and type) refer to the same object in the
// copy, so cycles work; values of size zero have no identity. Copying has no limit of depth and
// needs no deep stack.
//
// # Records
//
// A [Record] is a serialized message. In memory it is a private snapshot of the value with its own
// Go types; as bytes it is CBOR (docs/clone-format.md). It changes form only when it must.
//
// # Concurrency
//
// Nothing here locks. Values and records belong to one goroutine at a time; changing a value while
// it is being serialized is a data race. A record that [Record.Share] returns may be used
// independently of the other shares.
//
// # Errors
//
// Every error is a *DOMException, nearly always a DataCloneError, whose message begins with the
// path of the value:
//
//	$.items[3].callback: func cannot be cloned
package clone
