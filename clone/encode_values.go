package clone

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// encodeValue returns the byte form of a canonical value, in which an Object may be an
// *Object too. What stands for a transferred object other than an ArrayBuffer is written as
// its number among those.
func encodeValue(value any, holders []Holder) ([]byte, error) {
	body, _, err := encode(value, holders, false)
	return body, err
}

// encodeBeside is encodeValue for a reader in this process.
func encodeBeside(value any, holders []Holder) (body []byte, beside []any, err error) {
	return encode(value, holders, true)
}

func encode(value any, holders []Holder, inMemory bool) (body []byte, beside []any, err error) {
	e := encoders.Get().(*encoder)
	e.source.ports = portValues(holders)
	e.source.beside, e.writer.inMemory = inMemory, inMemory
	body, err = e.writer.write(&e.source, value)
	e.source.ports = nil
	clear(e.source.list[:cap(e.source.list)])
	beside = slices.Clone(e.writer.beside)
	if e.writer.reset() {
		encoders.Put(e)
	}
	return body, beside, err
}

// encoder is a writer of Go values with its source.
//
// OPTIMIZATION: they are kept for the next value, with the memory they have.
type encoder struct {
	writer Writer[any]
	source goSource
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// encodeUndeliverable returns the byte form of an undeliverable message.
func encodeUndeliverable(reason string) []byte {
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	b := appendNamed(nil, "undeliverable", 2)
	return append(appendHead(b, majorText, uint64(len(reason))), reason...)
}

// portValues returns what stands for the transferred objects that are numbered, in the order of
// their numbers: ports.
func portValues(holders []Holder) []any {
	var values []any
	for _, h := range holders {
		switch v := h.Value().(type) {
		case *ArrayBuffer, PlatformObject: // they are in the bytes, or beside them
		default:
			values = append(values, v)
		}
	}
	return values
}

// goSource is the source of canonical Go values.
type goSource struct {
	ports  []any
	beside bool     // what has no byte form, or need not be copied, travels beside the bytes
	keys   []string // scratch
	list   []any    // scratch
}

// What tells Go objects apart that may have one address: a File begins with a Blob.
const (
	identityPointer = -1 - iota
	identityMap
	identityBlob
	identityPort
)

func pointerIdentity[T any](p *T) Identity {
	return Identity{uintptr(unsafe.Pointer(p)), identityPointer}
}

// Describe implements Source.
func (g *goSource) Describe(w *Writer[any], value any) error {
	switch v := value.(type) {
	case nil:
		w.Null()
	case UndefinedType:
		w.Undefined()
	case bool:
		w.Boolean(v)
	case float64:
		w.Number(v)
	case string:
		w.String(v)
	case *big.Int:
		w.BigInt(v)
	case []any:
		// an empty slice has no identity
		if len(v) == 0 || !w.Refer(Identity{uintptr(unsafe.Pointer(unsafe.SliceData(v))), len(v)}) {
			w.Array(value, len(v), true)
		}
	case map[string]any:
		if !w.Refer(Identity{uintptr(mapPointer(v)), identityMap}) {
			w.Object(v, g.sortedKeys(v))
		}
	case *Object:
		if !w.Refer(pointerIdentity(v)) {
			w.Object(v, g.orderedKeys(&v.properties))
		}
	case *Array:
		if !w.Refer(pointerIdentity(v)) {
			g.describeArray(w, v)
		}
	default:
		g.describeObject(w, v)
	}
	return nil
}

func (g *goSource) describeArray(w *Writer[any], v *Array) {
	keys := g.orderedKeys(&v.properties)
	// n keys, indices first and ascending, of which the last is n-1, are all the indices
	// and nothing else
	if n := len(keys); uint64(n) == uint64(v.length) {
		if n == 0 || keys[n-1] == strconv.Itoa(n-1) {
			w.Array(v, n, true)
			return
		}
	}
	w.SparseArray(v, v.length, keys)
}

func (g *goSource) describeObject(w *Writer[any], v any) {
	switch v := v.(type) {
	case *Map:
		if !w.Refer(pointerIdentity(v)) {
			w.Map(g.entries(v, true))
		}
	case *Set:
		if !w.Refer(pointerIdentity(v)) {
			w.Set(g.entries(&v.values, false))
		}
	case *Error:
		if !w.Refer(pointerIdentity(v)) {
			g.describeError(w, v)
		}
	case *ArrayBuffer:
		if data, ok := g.buffer(w, v); ok {
			w.ArrayBuffer(data)
		}
	case *TypedArray:
		if data, ok := g.buffer(w, v.Buffer); ok && !w.Refer(pointerIdentity(v)) {
			w.TypedArray(v.Kind, data, v.ByteOffset, viewLength(v.Length, v.Tracking))
		}
	case *DataView:
		if data, ok := g.buffer(w, v.Buffer); ok && !w.Refer(pointerIdentity(v)) {
			w.DataView(data, v.ByteOffset, viewLength(v.ByteLength, v.Tracking))
		}
	default:
		g.describeLeaf(w, v)
	}
}

func (g *goSource) describeLeaf(w *Writer[any], v any) {
	switch v := v.(type) {
	case *Date:
		if !w.Refer(pointerIdentity(v)) {
			w.Date(v.Time)
		}
	case *RegExp:
		if !w.Refer(pointerIdentity(v)) {
			w.RegExp(v.Source, v.Flags)
		}
	case *BooleanObject:
		if !w.Refer(pointerIdentity(v)) {
			w.BooleanObject(v.Value)
		}
	case *NumberObject:
		if !w.Refer(pointerIdentity(v)) {
			w.NumberObject(v.Value)
		}
	case *StringObject:
		if !w.Refer(pointerIdentity(v)) {
			w.StringObject(v.Value)
		}
	case *BigIntObject:
		if !w.Refer(pointerIdentity(v)) {
			n := v.Value
			if n == nil {
				n = new(big.Int)
			}
			w.BigIntObject(n)
		}
	case *DOMException:
		switch {
		case w.Refer(pointerIdentity(v)):
		case g.beside && v.Stack != "":
			w.Beside(v)
		default:
			w.DOMException(v.Name, v.Message)
		}
	default:
		g.describePlatformObject(w, v)
	}
}

func (g *goSource) describePlatformObject(w *Writer[any], v any) {
	switch v := v.(type) {
	case *Blob:
		switch {
		case w.Refer(Identity{uintptr(unsafe.Pointer(v)), identityBlob}):
		case g.beside:
			w.Beside(v)
		default:
			w.Blob(v.mediaType, v.data)
		}
	case *File:
		switch {
		case w.Refer(pointerIdentity(v)):
		case g.beside:
			w.Beside(v)
		default:
			w.File(v.name, v.mediaType, v.lastModified, v.data)
		}
	case *FileList:
		if !w.Refer(pointerIdentity(v)) {
			g.list = g.list[:0]
			for _, file := range v.Files {
				g.list = append(g.list, file)
			}
			w.FileList(g.list)
		}
	case *SharedArrayBuffer:
		if data, ok := g.buffer(w, v); ok {
			w.ArrayBuffer(data)
		}
	case PlatformObject:
		if !w.Refer(Identity{uintptr(pointerWord(v)), identityPointer}) {
			w.Beside(v)
		}
	default:
		// the values of holders are pointers, so that comparing never panics
		n := slices.Index(g.ports, v)
		if n < 0 {
			w.refuse("it has no byte form")
		} else if !w.Refer(Identity{uintptr(n), identityPort}) {
			w.Port(n)
		}
	}
}

// Property implements Source.
func (g *goSource) Property(v any, _ int, key string) (any, bool, error) {
	switch v := v.(type) {
	case map[string]any:
		return v[key], true, nil
	case *Object:
		value, ok := v.Get(key)
		return value, ok, nil
	}
	value, ok := v.(*Array).Get(key)
	return value, ok, nil
}

// Element implements Source.
func (g *goSource) Element(v any, i int) (any, bool, error) {
	if list, ok := v.([]any); ok {
		return list[i], true, nil
	}
	value, ok := v.(*Array).At(uint32(i))
	return value, ok, nil
}

// sortedKeys returns the keys of m in the order of compareKeys. It is valid until the next call.
func (g *goSource) sortedKeys(m map[string]any) []string {
	g.keys = g.keys[:0]
	digits := false // some key may be an array index
	for key := range m {
		g.keys = append(g.keys, key)
		digits = digits || key != "" && key[0] <= '9'
	}
	if digits {
		slices.SortFunc(g.keys, compareKeys)
	} else {
		slices.Sort(g.keys) // OPTIMIZATION: the same order, sooner
	}
	return g.keys
}

// orderedKeys returns keys in the order in which a script would see them: array indices first,
// ascending. It is valid until the next call.
func (g *goSource) orderedKeys(p *properties) []string {
	g.keys = g.keys[:0]
	indices := 0
	for i := range p.list {
		key := p.list[i].Key
		g.keys = append(g.keys, key)
		if _, ok := arrayIndex(key); ok {
			indices++
		}
	}
	if indices > 0 {
		slices.SortStableFunc(g.keys, func(a, b string) int {
			_, aIndex := arrayIndex(a)
			_, bIndex := arrayIndex(b)
			if !aIndex && !bIndex {
				return 0
			}
			return compareKeys(a, b)
		})
	}
	return g.keys
}

// entries returns keys, with values if asked for. It is valid until the next call.
func (g *goSource) entries(m *Map, withValues bool) []any {
	g.list = g.list[:0]
	for i := range m.entries {
		g.list = append(g.list, m.entries[i].Key)
		if withValues {
			g.list = append(g.list, m.entries[i].Value)
		}
	}
	return g.list
}

func (g *goSource) describeError(w *Writer[any], e *Error) {
	data := ErrorData{Name: e.Name, Message: e.Message, HasMessage: e.HasMessage, Stack: e.Stack, HasStack: e.Stack != ""}
	if e.HasCause {
		w.Error(data, &e.Cause)
	} else {
		w.Error(data, nil)
	}
}

// buffer returns the data of a buffer that has a byte form, else it fails.
func (g *goSource) buffer(w *Writer[any], b Buffer) (BufferData, bool) {
	switch b := b.(type) {
	case *SharedArrayBuffer:
		if g.beside && b.block != nil {
			return BufferData{Identity{uintptr(unsafe.Pointer(b.block)), identityPointer}, b.Bytes(), b.MaxByteLength(), b.Resizable(), b}, true
		}
		w.refuse("a SharedArrayBuffer cannot leave its process")
	case *ArrayBuffer:
		if b.detached {
			w.refuse("the ArrayBuffer is detached")
			break
		}
		data := BufferData{pointerIdentity(b), b.data, b.max, b.resizable, nil}
		if g.beside {
			data.Beside = b
		}
		return data, true
	default:
		w.refuse("the view has no buffer")
	}
	return BufferData{}, false
}

func viewLength(length int, tracking bool) int {
	switch {
	case tracking:
		return -1
	case length < 0:
		return -2 // nothing that fits
	}
	return length
}
