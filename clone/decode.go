package clone

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"unicode/utf8"
)

// networkDepth is how deep a message from the network may be nested.
const networkDepth = 1000

// ReadOptions limit what [Read] accepts.
type ReadOptions struct {
	MaxDepth int // levels of Object, Array, Map, Set and Error; 0: no limit
	Ports    int // how many ports came along

	beside  []any // what else came along
	trusted bool  // the bytes were written in this process
}

// Read builds a value from its byte form. The error is a DataCloneError with offset and reason, or
// the builder's error. Read allocates for a length only if the bytes that it claims are there.
func Read[V any](builder Builder[V], body []byte, options ReadOptions) (V, error) {
	r := &reader[V]{builder: builder, body: body, options: options}
	v, err := r.run()
	if err != nil {
		var none V
		return none, err
	}
	return v, nil
}

// reader reads one item. It is a pushdown automaton: the containers that are not yet complete
// are on its stack.
type reader[V any] struct {
	builder Builder[V]
	body    []byte
	at      int
	owed    int // items that the containers on the stack still need; each is at least one byte
	options ReadOptions
	stack   []readerFrame[V]
	seen    []uniqueKey // keys of the frames, each from its first on
	marks   []mark[V]
	ports   []bool    // which have occurred
	last    uniqueKey // of the value that was read last
	shape   shape     // of the object that was read last
	inPart  bool      // a buffer of a view, or a file of a list, is being read
}

// readerFrame is a container with left members still to be read.
type readerFrame[V any] struct {
	kind    readerKind
	value   V
	key     V      // of a Map, when its value is awaited
	name    []byte // key of the property whose value is awaited
	index   int    // of the element that is awaited, -1 for a property with a name
	left    int
	length  uint32 // of a sparse array
	mark    int    // number of its mark, -1 if it has none
	first   int    // in seen
	many    map[uniqueText]struct{}
	awaited bool // a Map's key was read, its value not yet
}

type readerKind uint8

const (
	readObject readerKind = iota
	readArray
	readSparse
	readMap
	readSet
	readCause
)

// mark is an object with tag 28.
type mark[V any] struct {
	value V
	shape shape
	ready bool // it can be referred to
}

// reset makes the reader ready for another value, and keeps its memory.
func (r *reader[V]) reset() {
	clear(r.stack) // of what was read to its end nothing is left there
	clear(r.seen)
	clear(r.marks)
	*r = reader[V]{stack: r.stack[:0], seen: r.seen[:0], marks: r.marks[:0]}
	if cap(r.stack)+cap(r.seen)+cap(r.marks) > maxKept/64 {
		*r = reader[V]{}
	}
}

func (r *reader[V]) fail(at int, reason string) error {
	return dataCloneError(fmt.Sprintf("offset %d: %s", at, reason))
}

func (r *reader[V]) run() (V, error) {
	for {
		v, opened, err := r.item(-1)
		if err != nil {
			return v, err
		}
		for !opened {
			if len(r.stack) == 0 {
				if r.at != len(r.body) {
					err = r.fail(r.at, "more than one item")
				}
				return v, err
			}
			if err := r.deliver(v); err != nil {
				return v, err
			}
			f := &r.stack[len(r.stack)-1]
			if f.left > 0 {
				break
			}
			v = r.pop(f)
		}
		if err := r.nextKey(); err != nil {
			return v, err
		}
	}
}

func (r *reader[V]) pop(f *readerFrame[V]) V {
	v := f.value
	r.last = objectKey(f.mark)
	r.seen = r.seen[:f.first]
	*f = readerFrame[V]{}
	r.stack = r.stack[:len(r.stack)-1]
	return v
}

// nextKey reads the key of the next property, if the innermost container has keys of its own, and
// claims the value's bytes.
func (r *reader[V]) nextKey() error {
	f := &r.stack[len(r.stack)-1]
	r.owed--
	switch f.kind {
	case readObject:
		r.owed--
		at := r.at
		name, err := r.stringBytes()
		if err != nil {
			return err
		}
		f.name = name
		return r.unique(f, at, uniqueKey{kind: uniqueString, raw: name})
	case readSparse:
		r.owed--
		return r.sparseKey(f)
	}
	return nil
}

func (r *reader[V]) sparseKey(f *readerFrame[V]) error {
	at := r.at
	if r.at < len(r.body) && r.body[r.at]>>5 == majorUint {
		_, n, err := r.head()
		if err != nil {
			return err
		}
		if n >= uint64(f.length) {
			return r.fail(at, "an index beyond the array's length")
		}
		f.index = int(n)
		return r.unique(f, at, uniqueKey{kind: uniqueNumber, bits: n})
	}
	name, err := r.stringBytes()
	if err != nil {
		return err
	}
	if _, isIndex := arrayIndex(string(name)); isIndex || string(name) == "length" {
		return r.fail(at, "a misplaced key")
	}
	f.index, f.name = -1, name
	return r.unique(f, at, uniqueKey{kind: uniqueString, raw: name})
}

// deliver hands a complete value to the innermost container.
func (r *reader[V]) deliver(v V) error {
	f := &r.stack[len(r.stack)-1]
	f.left--
	switch f.kind {
	case readObject:
		return r.builder.Property(f.value, f.name, v)
	case readArray:
		f.index++
		return r.builder.Element(f.value, f.index-1, v)
	case readSparse:
		if f.index >= 0 {
			return r.builder.Element(f.value, f.index, v)
		}
		return r.builder.Property(f.value, f.name, v)
	case readCause:
		return r.builder.Cause(f.value, v)
	case readMap:
		return r.deliverToMap(f, v)
	}
	v, err := r.memberKey(f, v)
	if err != nil {
		return err
	}
	return r.builder.SetAdd(f.value, v)
}

func (r *reader[V]) deliverToMap(f *readerFrame[V], v V) error {
	if f.awaited {
		f.awaited = false
		return r.builder.MapSet(f.value, f.key, v)
	}
	key, err := r.memberKey(f, v)
	f.key, f.awaited = key, true
	return err
}

// memberKey checks that v is not yet in a Map or Set, and returns it with -0 as 0.
func (r *reader[V]) memberKey(f *readerFrame[V], v V) (V, error) {
	key := r.last
	if key.kind == uniqueNumber && key.bits == math.Float64bits(math.Copysign(0, -1)) {
		key.bits = 0
		zero, err := r.builder.Number(0)
		if err != nil {
			return v, err
		}
		v = zero
	}
	if key.kind == uniqueAnyway {
		return v, nil
	}
	return v, r.unique(f, r.at, key)
}

// head reads an initial byte and its argument. For a float it is the bits; info tells its size.
func (r *reader[V]) head() (byte, uint64, error) {
	at := r.at
	if at >= len(r.body) {
		return 0, 0, r.fail(at, "the input ends too early")
	}
	first := r.body[at]
	major, info := first>>5, first&31
	r.at++
	if info < 24 {
		return major, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, r.fail(at, "an indefinite or reserved length")
	}
	size := 1 << (info - 24)
	if len(r.body)-r.at < size {
		return 0, 0, r.fail(at, "the input ends too early")
	}
	b := r.body[r.at : r.at+size]
	r.at += size
	switch size {
	case 1:
		return major, uint64(b[0]), nil
	case 2:
		return major, uint64(binary.BigEndian.Uint16(b)), nil
	case 4:
		return major, uint64(binary.BigEndian.Uint32(b)), nil
	}
	return major, binary.BigEndian.Uint64(b), nil
}

// expect reads a head of the given major type.
func (r *reader[V]) expect(want byte) (uint64, error) {
	at := r.at
	major, n, err := r.head()
	if err == nil && major != want {
		err = r.fail(at, "an item of another type than the form says")
	}
	return n, err
}

// claim checks that the input has room for n items or bytes more, besides those that the
// containers still need.
func (r *reader[V]) claim(at int, n uint64) (int, error) {
	if rest := len(r.body) - r.at - r.owed; rest < 0 || n > uint64(rest) {
		return 0, r.fail(at, "a length that exceeds the input")
	}
	return int(n), nil
}

// take returns the next n bytes of the input.
func (r *reader[V]) take(at int, n uint64) ([]byte, error) {
	size, err := r.claim(at, n)
	if err != nil {
		return nil, err
	}
	b := r.body[r.at : r.at+size : r.at+size]
	r.at += size
	return b, nil
}

func (r *reader[V]) bytes() ([]byte, error) {
	at := r.at
	n, err := r.expect(majorBytes)
	if err != nil {
		return nil, err
	}
	return r.take(at, n)
}

// safeInteger reads a nonnegative integer up to 2^53-1.
func (r *reader[V]) safeInteger() (int, error) {
	at := r.at
	n, err := r.expect(majorUint)
	if err == nil && n > min(maxSafeInteger, math.MaxInt) {
		err = r.fail(at, "an integer beyond 2^53-1")
	}
	return int(n), err
}

// stringBytes reads text, or tag 273 on bytes.
func (r *reader[V]) stringBytes() ([]byte, error) {
	at := r.at
	major, n, err := r.head()
	switch {
	case err != nil:
		return nil, err
	case major == majorText:
		return r.textBytes(at, n)
	case major == majorTag && n == tagWTF8:
		return r.wtf8Bytes()
	}
	return nil, r.fail(at, "not a string")
}

func (r *reader[V]) textBytes(at int, n uint64) ([]byte, error) {
	b, err := r.take(at, n)
	if err == nil && !r.options.trusted && !utf8.Valid(b) {
		err = r.fail(at, "text that is not UTF-8")
	}
	return b, err
}

func (r *reader[V]) wtf8Bytes() ([]byte, error) {
	at := r.at
	b, err := r.bytes()
	if err == nil && !r.options.trusted && !wellFormed(string(b)) {
		err = r.fail(at, "bytes that are not WTF-8")
	}
	return b, err
}

// item reads a value, or the beginning of a container with members, which is then on the stack.
// mark is the number of the tag 28 before it, or -1.
func (r *reader[V]) item(mark int) (v V, opened bool, err error) {
	at := r.at
	major, n, err := r.head()
	if err != nil {
		return v, false, err
	}
	r.last = uniqueKey{}
	switch major {
	case majorUint, majorNegative:
		v, err = r.integer(at, major, n)
	case majorBytes:
		v, err = r.arrayBuffer(at, mark, n)
	case majorText:
		var b []byte
		if b, err = r.textBytes(at, n); err == nil {
			v, err = r.stringValue(b)
		}
	case majorArray:
		return r.array(at, mark, n)
	case majorMap:
		return r.object(at, mark, n)
	case majorTag:
		return r.tagged(at, mark, n)
	default:
		v, err = r.simple(at, n)
	}
	return v, false, err
}

func (r *reader[V]) integer(at int, major byte, n uint64) (V, error) {
	number := float64(n)
	if major == majorNegative {
		number = -1 - number
	}
	if n > maxSafeInteger || number < -maxSafeInteger {
		var none V
		return none, r.fail(at, "an integer beyond 2^53-1")
	}
	return r.number(number)
}

func (r *reader[V]) number(n float64) (V, error) {
	if n != n {
		n = math.NaN() // whatever its bits were
	}
	r.last = uniqueKey{kind: uniqueNumber, bits: math.Float64bits(n)}
	return r.builder.Number(n)
}

func (r *reader[V]) stringValue(b []byte) (V, error) {
	r.last = uniqueKey{kind: uniqueString, raw: b}
	return r.builder.String(b)
}

func (r *reader[V]) simple(at int, n uint64) (v V, err error) {
	if f, isFloat, err := r.float(at, n); isFloat || err != nil {
		if err != nil {
			return v, err
		}
		return r.number(f)
	}
	r.last = uniqueKey{kind: uniqueSimple, bits: n}
	switch r.body[at] {
	case byteFalse, byteTrue:
		return r.builder.Boolean(r.body[at] == byteTrue)
	case byteNull:
		return r.builder.Null()
	case byteUndefined:
		return r.builder.Undefined()
	}
	return v, r.fail(at, "an unknown simple value")
}

// float returns the number whose head was read at at: a double, or NaN as a half.
func (r *reader[V]) float(at int, bits uint64) (n float64, isFloat bool, err error) {
	switch first := r.body[at]; {
	case first == byteFloat64:
		return math.Float64frombits(bits), true, nil
	case first == byteFloat16 && bits == float16NaN:
		return math.NaN(), true, nil
	case first >= byteFloat16 && first < byteFloat64:
		return 0, false, r.fail(at, "a float that is not of double precision")
	}
	return 0, false, nil
}

func (r *reader[V]) bigInt(negative bool) (*big.Int, error) {
	b, err := r.bytes()
	if err != nil {
		return nil, err
	}
	n := new(big.Int).SetBytes(b)
	if negative {
		n.Not(n)
	}
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	r.last = uniqueKey{kind: uniqueBigInt, raw: b}
	if negative {
		r.last.bits = 1
	}
	return n, nil
}
