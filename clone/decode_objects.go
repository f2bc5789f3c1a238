package clone

import (
	"bytes"
	"math"
)

// keep notes an object for references to its mark.
func (r *reader[V]) keep(number int, v V, s shape) {
	r.last = objectKey(number)
	r.shape = s
	if number >= 0 {
		r.marks[number] = mark[V]{v, s, true}
	}
}

// leaf is keep for the result of a builder's method.
func (r *reader[V]) leaf(number int, v V, err error) (V, error) {
	if err == nil {
		r.keep(number, v, shape{})
	}
	return v, err
}

// newMark returns the number of a mark that was just read.
func (r *reader[V]) newMark() int {
	r.marks = append(r.marks, mark[V]{})
	return len(r.marks) - 1
}

// open pushes a container with left members to come on the stack.
func (r *reader[V]) open(f readerFrame[V], number int) (V, bool, error) {
	r.keep(number, f.value, shape{})
	if f.left == 0 {
		return f.value, false, nil
	}
	f.mark = number
	f.first = len(r.seen)
	if r.stack == nil {
		r.stack = make([]readerFrame[V], 0, 8)
	}
	r.stack = append(r.stack, f)
	return f.value, true, nil
}

// level checks that one more level is allowed, and that the input has room for its n items.
func (r *reader[V]) level(at int, n uint64) (int, error) {
	if r.options.MaxDepth > 0 && len(r.stack) >= r.options.MaxDepth {
		return 0, r.fail(at, "nested too deep")
	}
	count, err := r.claim(at, n)
	r.owed += count
	return count, err
}

// pairs is level for n keys and n values.
func (r *reader[V]) pairs(at int, n uint64) (int, error) {
	count, err := r.level(at, 2*min(n, math.MaxInt32))
	return count / 2, err
}

func (r *reader[V]) array(at, number int, n uint64) (v V, opened bool, err error) {
	count, err := r.level(at, n)
	if err == nil {
		v, err = r.builder.Array(count)
	}
	if err != nil {
		return v, false, err
	}
	return r.open(readerFrame[V]{kind: readArray, value: v, left: count}, number)
}

func (r *reader[V]) object(at, number int, n uint64) (v V, opened bool, err error) {
	count, err := r.pairs(at, n)
	if err == nil {
		v, err = r.builder.Object(count)
	}
	if err != nil {
		return v, false, err
	}
	return r.open(readerFrame[V]{kind: readObject, value: v, left: count, many: r.many(count)}, number)
}

func (r *reader[V]) tagged(at, number int, tag uint64) (v V, opened bool, err error) {
	switch tag {
	case tagNamed:
		return r.named(at, number)
	case tagMark:
		return r.marked(at, number)
	case tagSet:
		return r.set(at, number)
	case tagMap:
		return r.mapObject(at, number)
	case tagReference:
		v, err = r.reference(at)
	case tagDate:
		v, err = r.date(at, number)
	case tagRegExp:
		v, err = r.regExp(at, number)
	case tagBigInt, tagNegative:
		n, e := r.bigInt(tag == tagNegative)
		if e != nil {
			return v, false, e
		}
		v, err = r.builder.BigInt(n)
	case tagWTF8:
		b, e := r.wtf8Bytes()
		if e != nil {
			return v, false, e
		}
		v, err = r.stringValue(b)
	default:
		v, err = r.wholeTypedArray(at, number, tag)
	}
	return v, false, err
}

func (r *reader[V]) marked(at, outer int) (v V, opened bool, err error) {
	if outer >= 0 {
		return v, false, r.fail(at, "a mark on a mark")
	}
	number := r.newMark()
	v, opened, err = r.item(number)
	if err == nil && !r.marks[number].ready {
		err = r.fail(at, "a mark on what is not an object")
	}
	return v, opened, err
}

// reference reads what is in tag 29.
func (r *reader[V]) reference(at int) (v V, err error) {
	n, err := r.expect(majorUint)
	if err != nil {
		return v, err
	}
	if n >= uint64(len(r.marks)) || !r.marks[n].ready {
		return v, r.fail(at, "a reference to nothing")
	}
	r.last = objectKey(int(n))
	r.shape = r.marks[n].shape
	return r.marks[n].value, nil
}

func (r *reader[V]) set(at, number int) (v V, opened bool, err error) {
	n, err := r.expect(majorArray)
	if err != nil {
		return v, false, err
	}
	count, err := r.level(at, n)
	if err == nil {
		v, err = r.builder.Set(count)
	}
	if err != nil {
		return v, false, err
	}
	return r.open(readerFrame[V]{kind: readSet, value: v, left: count, many: r.many(count)}, number)
}

func (r *reader[V]) mapObject(at, number int) (v V, opened bool, err error) {
	n, err := r.expect(majorMap)
	if err != nil {
		return v, false, err
	}
	count, err := r.pairs(at, n)
	if err == nil {
		v, err = r.builder.Map(count)
	}
	if err != nil {
		return v, false, err
	}
	return r.open(readerFrame[V]{kind: readMap, value: v, left: 2 * count, many: r.many(count)}, number)
}

func (r *reader[V]) date(at, number int) (v V, err error) {
	inner := r.at
	major, n, err := r.head()
	if err != nil {
		return v, err
	}
	var seconds float64
	switch {
	case major == majorUint && n <= maxSafeInteger:
		seconds = float64(n)
	case major == majorNegative && n < maxSafeInteger:
		seconds = -1 - float64(n)
	default:
		f, isFloat, err := r.float(inner, n)
		if err != nil {
			return v, err
		}
		if !isFloat {
			return v, r.fail(inner, "a date that is not a number")
		}
		seconds = f
	}
	if math.Abs(seconds) > maxTime/1000 {
		return v, r.fail(at, "a date out of range")
	}
	time := milliseconds(seconds)
	v, err = r.builder.Date(time + 0)
	return r.leaf(number, v, err)
}

// milliseconds returns the time value for seconds. It multiplies the whole seconds and the rest
// separately, which is exact; one product would not be.
func milliseconds(seconds float64) float64 {
	whole := math.Trunc(seconds)
	rest := (seconds - whole) * 1000
	rounded := math.Floor(rest)
	if rest-rounded >= 0.5 { // halves up, as in Math.round
		rounded++
	}
	return whole*1000 + rounded
}

func (r *reader[V]) regExp(at, number int) (v V, err error) {
	n, err := r.expect(majorArray)
	if err == nil && n != 2 {
		err = r.fail(at, "a wrong number of members")
	}
	if err != nil {
		return v, err
	}
	source, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	flags, err := r.stringBytes()
	if err != nil {
		return v, err
	}
	if !validFlags(flags) {
		return v, r.fail(at, "unknown flags of a regular expression")
	}
	v, err = r.builder.RegExp(source, flags)
	return r.leaf(number, v, err)
}

// validFlags reports whether each flag is known and occurs once, and u and v do not both occur.
func validFlags(flags []byte) bool {
	for i, f := range flags {
		if bytes.IndexByte([]byte("dgimsuvy"), f) < 0 || bytes.IndexByte(flags[:i], f) >= 0 {
			return false
		}
	}
	return bytes.IndexByte(flags, 'u') < 0 || bytes.IndexByte(flags, 'v') < 0
}

// uniqueKey is the key by which values that may occur only once are compared.
type uniqueKey struct {
	kind uniqueKind
	bits uint64
	raw  []byte
}

type uniqueKind uint8

const (
	uniqueAnyway uniqueKind = iota // an object that nothing else refers to
	uniqueObject                   // bits: its mark
	uniqueSimple
	uniqueNumber
	uniqueString
	uniqueBigInt
)

func objectKey(number int) uniqueKey {
	if number < 0 {
		return uniqueKey{}
	}
	return uniqueKey{kind: uniqueObject, bits: uint64(number)}
}

// uniqueText is a uniqueKey for an index.
type uniqueText struct {
	kind uniqueKind
	bits uint64
	raw  string
}

// manyKeys is the number of keys up to which looking through them beats an index.
const manyKeys = 16

// many returns an index for the keys of a container of n, or nil.
func (r *reader[V]) many(n int) map[uniqueText]struct{} {
	if n <= manyKeys || r.options.trusted {
		return nil
	}
	return make(map[uniqueText]struct{}, n)
}

// unique fails if key occurred in the container before.
func (r *reader[V]) unique(f *readerFrame[V], at int, key uniqueKey) error {
	if r.options.trusted {
		return nil
	}
	if f.many != nil {
		text := uniqueText{key.kind, key.bits, string(key.raw)}
		before := len(f.many)
		if f.many[text] = struct{}{}; len(f.many) == before {
			return r.fail(at, "a duplicate key")
		}
		return nil
	}
	for i := range r.seen[f.first:] {
		if s := &r.seen[f.first+i]; s.kind == key.kind && s.bits == key.bits && bytes.Equal(s.raw, key.raw) {
			return r.fail(at, "a duplicate key")
		}
	}
	if r.seen == nil {
		r.seen = make([]uniqueKey, 0, manyKeys)
	}
	r.seen = append(r.seen, key)
	return nil
}
