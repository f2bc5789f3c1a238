package clone

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Writer writes the byte form of a value. A [Source]'s Describe calls its methods.
type Writer[V any] struct {
	source     Source[V]
	out        []byte
	err        error // the first; sticky
	stack      []writerFrame[V]
	keys       []string // of the frames, each from its first on
	values     []V      // likewise
	begins     begins
	references []reference
	edits      []edit // besides marks and references
	beside     []any  // what travels beside the bytes
	inMemory   bool   // something may
}

// writerFrame is a container of which some members are not yet written.
type writerFrame[V any] struct {
	kind    frameKind
	value   V
	begin   int   // where its head of n members is
	first   int   // of its keys or values
	n, next int   // members, and which comes next
	gone    int   // members that were gone when they were asked for
	begins  []int // where each element is, if a later one may be gone
	careful bool  // elements may be gone
}

type frameKind uint8

const (
	frameObject frameKind = iota // keys
	frameSparse                  // keys; array indices are written as integers
	frameArray                   // elements 0 to n-1
	frameValues                  // values: entries of a Map, values of a Set, files, the cause of an Error
)

// NewWriter returns a writer.
func NewWriter[V any]() *Writer[V] { return new(Writer[V]) }

// Write returns the byte form of v. The error is a DataCloneError or the source's error. There is
// no limit of depth.
func Write[V any](source Source[V], v V) ([]byte, error) { return NewWriter[V]().write(source, v) }

// Serialize is StructuredSerializeWithTransfer of a value of another heap, into the empty record r:
// like [Write], but the record stays in the process, so that objects may travel beside the bytes.
// The source describes a transferred port by its number among the ports in transfer, and a
// transferred buffer by its holder's Value as [BufferData.Beside]. Other objects are transferred as
// a [PlatformObject], their holder's Value, beside the bytes. A writer may be used again, also
// after an error, but not by its own source.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializewithtransfer
func (w *Writer[V]) Serialize(r *Record, source Source[V], v V, transfer []Transferable) error {
	// 1-2. Check the list, make data holders.
	if err := r.hold(transfer); err != nil {
		return err
	}
	// 3. Serialize.
	w.inMemory = true
	body, err := w.write(source, v)
	if err == nil {
		r.value, r.size, r.form, r.local = unsafe.SliceData(body), len(body), formBytes, true
		if len(w.beside) > 0 {
			r.value, r.form = &besides{body, slices.Clone(w.beside)}, formBeside
		}
	}
	if !w.reset() {
		*w = Writer[V]{}
	}
	if err != nil {
		return err
	}
	// 4-5. Transfer.
	if err := r.transfer(transfer); err != nil {
		return err
	}
	if b, ok := r.value.(*besides); ok {
		r.size += sizeBeside(b.beside)
	}
	return nil
}

func (w *Writer[V]) write(source Source[V], v V) ([]byte, error) {
	w.source = source
	w.describe(v)
	for w.err == nil && len(w.stack) > 0 {
		w.step()
	}
	if w.err != nil {
		return nil, w.err
	}
	return w.spliced(), nil
}

func (w *Writer[V]) describe(v V) {
	if err := w.source.Describe(w, v); err != nil {
		w.fail(err)
	}
}

func (w *Writer[V]) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// refuse fails with a DataCloneError whose message begins with the path of the value.
func (w *Writer[V]) refuse(reason string) { w.fail(dataCloneError(w.Path() + ": " + reason)) }

// step writes the next member of the innermost container, or leaves the container.
func (w *Writer[V]) step() {
	f := &w.stack[len(w.stack)-1]
	if f.next == f.n {
		w.leave(f)
		return
	}
	i := f.next
	f.next++
	switch f.kind {
	case frameValues:
		w.describe(w.values[f.first+i])
	case frameArray:
		w.element(f, i)
	default:
		w.property(f, i, w.keys[f.first+i])
	}
}

func (w *Writer[V]) property(f *writerFrame[V], i int, key string) {
	value, ok, err := w.source.Property(f.value, i, key)
	switch {
	case err != nil:
		w.fail(err)
		return
	case !ok:
		f.gone++
		return
	}
	if index, ok := arrayIndex(key); ok && f.kind == frameSparse {
		w.out = appendHead(w.out, majorUint, uint64(index))
	} else {
		w.String(key)
	}
	w.describe(value)
}

func (w *Writer[V]) element(f *writerFrame[V], i int) {
	value, ok, err := w.source.Element(f.value, i)
	switch {
	case err != nil:
		w.fail(err)
		return
	case !ok:
		f.gone++
		f.begins = append(f.begins, -1)
		return
	}
	if f.careful {
		f.begins = append(f.begins, len(w.out))
	}
	w.describe(value)
}

// leave ends a container. If members were gone it corrects the container's head.
func (w *Writer[V]) leave(f *writerFrame[V]) {
	switch {
	case f.gone == 0:
	case f.kind == frameArray:
		w.makeSparse(f)
	default:
		w.edits = append(w.edits, edit{f.begin, editHead, headSize(uint64(f.n)), appendHead(nil, majorMap, uint64(f.n-f.gone))})
	}
	switch f.kind {
	case frameObject, frameSparse:
		clear(w.keys[f.first:])
		w.keys = w.keys[:f.first]
	case frameValues:
		clear(w.values[f.first:])
		w.values = w.values[:f.first]
	}
	*f = writerFrame[V]{}
	w.stack = w.stack[:len(w.stack)-1]
}

// makeSparse turns the array that was written into one with holes.
func (w *Writer[V]) makeSparse(f *writerFrame[V]) {
	head := appendNumber(appendNamed(nil, "Array", 3), float64(f.n))
	head = appendHead(head, majorMap, uint64(f.n-f.gone))
	w.edits = append(w.edits, edit{f.begin, editHead, headSize(uint64(f.n)), head})
	for i, begin := range f.begins {
		if begin >= 0 {
			w.edits = append(w.edits, edit{begin, editKey, 0, appendHead(nil, majorUint, uint64(i))})
		}
	}
}

func (w *Writer[V]) push(f writerFrame[V]) { w.stack = append(w.stack, f) }

// Path returns the path of the value that is being described, e.g. "$.items[3]". Entries of a Map
// and values of a Set are counted.
func (w *Writer[V]) Path() string {
	var path strings.Builder
	path.WriteByte('$')
	for i := range w.stack {
		f := &w.stack[i]
		switch at := f.next - 1; f.kind {
		case frameArray, frameValues:
			path.WriteString(indexSegment(at))
		default:
			path.WriteString(propertySegment(w.keys[f.first+at]))
		}
	}
	return path.String()
}

// Undefined writes undefined.
func (w *Writer[V]) Undefined() { w.out = append(w.out, byteUndefined) }

// Null writes null.
func (w *Writer[V]) Null() { w.out = append(w.out, byteNull) }

// Boolean writes a Boolean.
func (w *Writer[V]) Boolean(b bool) {
	if b {
		w.out = append(w.out, byteTrue)
	} else {
		w.out = append(w.out, byteFalse)
	}
}

// Number writes a Number.
func (w *Writer[V]) Number(n float64) { w.out = appendNumber(w.out, n) }

// BigInt writes a BigInt.
func (w *Writer[V]) BigInt(n *big.Int) {
	tag := uint64(tagBigInt)
	if n.Sign() < 0 {
		tag = tagNegative
		n = new(big.Int).Not(n) // -1-n
	}
	w.out = appendHead(w.out, majorTag, tag)
	w.bytes(n.Bytes())
}

// String writes a String, which must be WTF-8; otherwise it fails with a DataCloneError.
func (w *Writer[V]) String(s string) {
	if utf8.ValidString(s) {
		w.text(s)
		return
	}
	if !validWTF8(s) {
		w.refuse("the string is neither UTF-8 nor WTF-8")
	}
	w.out = appendHead(w.out, majorTag, tagWTF8)
	w.out = append(appendHead(w.out, majorBytes, uint64(len(s))), s...)
}

func (w *Writer[V]) text(s string) {
	w.out = append(appendHead(w.out, majorText, uint64(len(s))), s...)
}

func (w *Writer[V]) bytes(b []byte) {
	w.out = append(appendHead(w.out, majorBytes, uint64(len(b))), b...)
}

func (w *Writer[V]) named(name string, members int) { w.out = appendNamed(w.out, name, members) }

// appendNamed appends tag 27 and the beginning of its array, up to the name.
func appendNamed(b []byte, name string, members int) []byte {
	b = appendHead(appendHead(b, majorTag, tagNamed), majorArray, uint64(members))
	return append(appendHead(b, majorText, uint64(len(name))), name...)
}

// BooleanObject writes a Boolean object.
func (w *Writer[V]) BooleanObject(b bool) {
	w.named("Boolean", 2)
	w.Boolean(b)
}

// NumberObject writes a Number object.
func (w *Writer[V]) NumberObject(n float64) {
	w.named("Number", 2)
	w.Number(n)
}

// StringObject writes a String object.
func (w *Writer[V]) StringObject(s string) {
	w.named("String", 2)
	w.String(s)
}

// BigIntObject writes a BigInt object.
func (w *Writer[V]) BigIntObject(n *big.Int) {
	w.named("BigInt", 2)
	w.BigInt(n)
}

// Date writes a Date with the given time value.
func (w *Writer[V]) Date(time float64) {
	w.out = appendHead(w.out, majorTag, tagDate)
	w.Number(timeClip(time)/1000 + 0)
}

// RegExp writes a RegExp.
func (w *Writer[V]) RegExp(source, flags string) {
	w.out = appendHead(w.out, majorTag, tagRegExp)
	w.out = appendHead(w.out, majorArray, 2)
	w.String(source)
	w.String(flags)
}

// DOMException writes a DOMException.
func (w *Writer[V]) DOMException(name, message string) {
	w.named("DOMException", 3)
	w.String(name)
	w.String(message)
}

// Blob writes a Blob.
func (w *Writer[V]) Blob(mediaType string, data []byte) {
	w.named("Blob", 3)
	w.String(mediaType)
	w.bytes(data)
}

// File writes a File; lastModified is in milliseconds since 1970, an integer.
func (w *Writer[V]) File(name, mediaType string, lastModified float64, data []byte) {
	w.named("File", 5)
	w.String(name)
	w.String(mediaType)
	if lastModified != math.Trunc(lastModified) || math.Abs(lastModified) > maxSafeInteger {
		w.refuse("the time of the file's modification is not an integer")
	}
	w.Number(lastModified + 0)
	w.bytes(data)
}

// Port writes a MessagePort, which travels beside the bytes as the nth port.
func (w *Writer[V]) Port(n int) {
	w.named("MessagePort", 2)
	w.Number(float64(n))
}

// Beside writes an object that travels beside the bytes, as it is: see [Builder]. It fails with a
// DataCloneError if the bytes are to leave the process.
func (w *Writer[V]) Beside(object any) {
	if !w.inMemory {
		w.refuse("it cannot leave its process")
		return
	}
	w.named("beside", 2)
	w.Number(float64(len(w.beside)))
	w.beside = append(w.beside, object)
}

// sizeBeside returns how many bytes travel beside the bytes.
func sizeBeside(beside []any) (n int) {
	for _, object := range beside {
		switch o := object.(type) {
		case *ArrayBuffer:
			n += len(o.data)
		case *Blob:
			n += len(o.data)
		case *File:
			n += len(o.data)
		}
	}
	return n
}
