package clone

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
)

// valueGenerator makes canonical values with everything that has a byte form, with shared
// objects and cycles.
type valueGenerator struct {
	*rand.Rand
	made  []any // objects so far, also those that are not complete
	ports []any // that have not occurred yet
	left  int   // objects that may still be made
	// portable leaves out what does not come back from Node 20 as it was: Float16Array,
	// FileList, stacks
	portable bool
}

func newValueGenerator(seed uint64, ports []any, portable bool) *valueGenerator {
	return &valueGenerator{Rand: rand.New(rand.NewPCG(seed, 0)), ports: slices.Clone(ports), left: 60, portable: portable}
}

// message returns a list of values.
func (g *valueGenerator) message() any { return g.array(1 + g.IntN(4)) }

func (g *valueGenerator) value() any {
	if g.left <= 0 || g.IntN(3) == 0 {
		return g.primitive()
	}
	if len(g.made) > 0 && g.IntN(6) == 0 {
		return g.made[g.IntN(len(g.made))]
	}
	g.left--
	if g.IntN(2) == 0 {
		return g.container()
	}
	return g.leaf()
}

func (g *valueGenerator) primitive() any {
	switch g.IntN(8) {
	case 0:
		return nil
	case 1:
		return Undefined
	case 2:
		return g.IntN(2) == 0
	case 3:
		return g.bigInt()
	case 4, 5:
		return g.text()
	}
	return g.number()
}

func (g *valueGenerator) number() float64 {
	switch g.IntN(8) {
	case 0:
		return math.Float64frombits(g.Uint64())
	case 1:
		edges := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), maxSafeInteger, -maxSafeInteger,
			maxSafeInteger + 1, -maxSafeInteger - 1, 23, 24, -24, -25, 255, 256, 65535, 65536, 1 << 32, 1<<32 - 1, 0.5, 5e-324}
		return edges[g.IntN(len(edges))]
	case 2:
		return float64(g.Int64N(1<<54) - 1<<53)
	case 3:
		return g.NormFloat64()
	}
	return float64(g.IntN(300) - 50)
}

func (g *valueGenerator) bigInt() *big.Int {
	n := new(big.Int).SetBytes(g.bytes(g.IntN(12)))
	if g.IntN(2) == 0 {
		n.Neg(n)
	}
	return n
}

func (g *valueGenerator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// text returns a string that may hold lone surrogates.
func (g *valueGenerator) text() string {
	if g.IntN(4) > 0 {
		return g.plainText()
	}
	pieces := []string{"\xed\xa0\x80x", "x\xed\xbf\xbf", "\xed\xb0\x80", "\U0001f600\xed\xa0\xbd"}
	return g.plainText() + "|" + pieces[g.IntN(len(pieces))]
}

func (g *valueGenerator) plainText() string {
	pieces := []string{"", "a", "key", "0", "1", "length", "__proto__", "toString", "\u00fc", "\ufeff", "\u4e16\u754c", "\U0001f600", "\x00",
		"4294967294",
		"4294967295", "-1", "01", "constructor", "a string longer than twenty-three bytes"}
	s := pieces[g.IntN(len(pieces))]
	for g.IntN(3) == 0 {
		s += pieces[g.IntN(len(pieces))]
	}
	return s
}

// keep notes an object before it is filled, so that it may be found inside itself.
func keep[T any](g *valueGenerator, object T) T {
	g.made = append(g.made, object)
	return object
}

func (g *valueGenerator) container() any {
	n := g.IntN(6)
	if g.IntN(20) == 0 {
		n = 15 + g.IntN(20)
	}
	switch g.IntN(6) {
	case 0:
		return g.array(n)
	case 1:
		return g.sparseArray(n)
	case 2:
		m := keep(g, &Map{})
		for range n {
			key := g.value()
			m.Set(key, g.value())
		}
		return m
	case 3:
		s := keep(g, &Set{})
		for range n {
			s.Add(g.value())
		}
		return s
	case 4:
		return g.error()
	}
	o := keep(g, map[string]any{})
	for range n {
		o[g.text()] = g.value()
	}
	return o
}

func (g *valueGenerator) array(n int) any {
	a := make([]any, n)
	if n > 0 { // an empty one has no identity
		keep(g, a)
	}
	for i := range a {
		a[i] = g.value()
	}
	return a
}

func (g *valueGenerator) sparseArray(n int) any {
	a := keep(g, NewArray(1+g.Uint32N(40)))
	if g.IntN(5) == 0 {
		a.length = math.MaxUint32 - uint32(g.IntN(2))
	}
	for range n {
		switch key := g.text(); {
		case g.IntN(3) > 0 && a.length > 0:
			a.SetAt(g.Uint32N(a.length), g.value())
		case key != "length" && notIndex(key):
			a.Set(key, g.value())
		}
	}
	return a
}

func (g *valueGenerator) error() any {
	names := []string{"Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"}
	e := keep(g, &Error{Name: names[g.IntN(len(names))]})
	if g.IntN(4) > 0 {
		e.Message, e.HasMessage = g.text(), true
	}
	if !g.portable && g.IntN(4) == 0 {
		e.Stack = "at " + g.plainText()
	}
	if g.IntN(3) == 0 {
		e.Cause, e.HasCause = g.value(), true
	}
	return e
}

func (g *valueGenerator) leaf() any {
	switch g.IntN(12) {
	case 0:
		return keep(g, &Date{g.time()})
	case 1:
		sources := []string{"a", "(?:)", "\\/", "[a-z]+\\d", "\u00fc", "(?<year>\\d{4})"}
		flags := []string{"", "g", "dgimsuy", "iy"}
		return keep(g, &RegExp{sources[g.IntN(len(sources))], flags[g.IntN(len(flags))]})
	case 2:
		return g.boxed()
	case 3, 4:
		return g.buffer()
	case 5, 6, 7:
		return g.view()
	case 8:
		return keep(g, &DOMException{Name: g.text(), Message: g.text()})
	case 9:
		if len(g.ports) > 0 {
			port := g.ports[0]
			g.ports = g.ports[1:]
			return keep(g, port)
		}
	}
	return g.platformObject()
}

func (g *valueGenerator) platformObject() any {
	file := func() *File {
		return keep(g, &File{Blob{"text/plain", g.bytes(g.IntN(9))}, g.plainText(), float64(g.IntN(2000) - 1000)})
	}
	switch g.IntN(3) {
	case 0:
		if !g.portable {
			list := &FileList{}
			for range g.IntN(3) {
				f := file()
				list.Files = append(list.Files, f, f)
			}
			return keep(g, list)
		}
	case 1:
		return file()
	}
	types := []string{"", "text/plain", "image/png"}
	return keep(g, NewBlob(g.bytes(g.IntN(30)), types[g.IntN(len(types))]))
}

func (g *valueGenerator) time() float64 {
	switch g.IntN(5) {
	case 0:
		return math.NaN()
	case 1:
		return float64(g.IntN(10000) * 1000)
	case 2:
		return []float64{maxTime, -maxTime, maxTime - 1, 1 - maxTime, 0, -1, 1}[g.IntN(7)]
	}
	return math.Trunc((g.Float64()*2 - 1) * maxTime)
}

func (g *valueGenerator) boxed() any {
	switch g.IntN(4) {
	case 0:
		return keep(g, &BooleanObject{g.IntN(2) == 0})
	case 1:
		return keep(g, &NumberObject{g.number()})
	case 2:
		return keep(g, &StringObject{g.text()})
	}
	return keep(g, &BigIntObject{g.bigInt()})
}

func (g *valueGenerator) buffer() *ArrayBuffer {
	if g.IntN(3) == 0 {
		// whole elements of every kind: older engines refuse to track other lengths
		b := g.bytes(8 * g.IntN(4))
		return keep(g, &ArrayBuffer{data: b, max: len(b) + g.IntN(3)*8, resizable: true})
	}
	return keep(g, NewArrayBuffer(g.bytes(g.IntN(40))))
}

func (g *valueGenerator) view() any {
	var b *ArrayBuffer
	for _, object := range g.made {
		if old, ok := object.(*ArrayBuffer); ok && g.IntN(3) == 0 {
			b = old
		}
	}
	if b == nil {
		b = g.buffer()
	}
	n := len(b.data)
	if g.IntN(5) == 0 {
		v := keep(g, &DataView{Buffer: b, ByteOffset: g.IntN(n + 1)})
		v.ByteLength, v.Tracking = g.length(b, v.ByteOffset, 1)
		return v
	}
	kind := Kind(g.IntN(int(kindCount)))
	if g.portable && kind == Float16Array {
		kind = Uint8Array
	}
	size := kind.ElementSize()
	v := keep(g, &TypedArray{Kind: kind, Buffer: b, ByteOffset: g.IntN(n/size+1) * size})
	if g.IntN(2) == 0 {
		v.ByteOffset = 0
	}
	v.Length, v.Tracking = g.length(b, v.ByteOffset, size)
	return v
}

// length returns the length of a view in elements, or that it tracks its buffer's.
func (g *valueGenerator) length(b *ArrayBuffer, offset, size int) (int, bool) {
	rest := (len(b.data) - offset) / size
	switch {
	case b.resizable && g.IntN(2) == 0 && (rest > 0 || len(b.data)+size <= b.max): // a script can tell
		return 0, true
	case g.IntN(2) == 0:
		return rest, false
	}
	return g.IntN(rest + 1), false
}
