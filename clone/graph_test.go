package clone

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"
)

// thing is a struct with everything that a struct may hold and that has one canonical form.
type thing struct {
	Bool    bool           `json:"bool"`
	Int     int            `json:"int"`
	Int8    int8           `json:"int8"`
	Uint16  uint16         `json:"uint16"`
	Float32 float32        `json:"float32"`
	Float   float64        `json:"float"`
	Text    string         `json:"text"`
	Time    time.Time      `json:"time"`
	Big     *big.Int       `json:"big"`
	Next    *thing         `json:"next"`
	Any     any            `json:"any"`
	Things  []thing        `json:"things"`
	Refs    []*thing       `json:"refs"`
	Strings []string       `json:"strings"`
	Ints    []int          `json:"ints"`
	Bytes   []byte         `json:"bytes"`
	Floats  []float64      `json:"floats"`
	Pair    [2]*thing      `json:"pair"`
	Named   map[string]any `json:"named"`
	Typed   map[string]*thing
	Counts  map[int]string
	List    []any
	Inner   struct{ A, B any }
	Deep    **int
	Nothing *struct{}
	Skipped *thing `json:"-"`
	hidden  *thing
}

// generator makes graphs of Go values.
type generator struct {
	*rand.Rand
	things  []*thing
	slices  [][]thing
	refs    [][]*thing
	bytes   [][]byte
	objects []map[string]any
	lists   [][]any
	left    int  // how many more objects may be made
	noAny   bool // typed references only
}

func newGenerator(seed uint64, size int) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1)), left: size}
}

// again returns one of those made before, or make()s a new one; zero when no more may be made.
func again[T any](g *generator, list *[]T, make func() T) T {
	if n := len(*list); n > 0 && g.IntN(3) == 0 {
		return (*list)[g.IntN(n)]
	}
	var zero T
	if g.left <= 0 || g.IntN(4) == 0 {
		return zero
	}
	g.left--
	return make()
}

func (g *generator) thing() *thing {
	return again(g, &g.things, func() *thing {
		t := &thing{}
		g.things = append(g.things, t)
		g.fill(t)
		return t
	})
}

func (g *generator) fill(t *thing) {
	i := g.IntN(1000)
	p := &i
	*t = thing{Bool: g.IntN(2) == 0, Int: g.IntN(1 << 53), Int8: int8(g.Int()), Uint16: uint16(g.Int()), Float32: g.Float32(),
		Float: []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), 0.1, 1e300}[g.IntN(6)], Text: fmt.Sprint("t", g.IntN(100)),
		Time: time.UnixMilli(g.Int64N(1e15) - 5e14).UTC(), Big: big.NewInt(g.Int64()), Deep: &p, Strings: []string{"a", "", "é"}[:g.IntN(4)],
		Ints: []int{1, -2}[:g.IntN(3)], Counts: map[int]string{g.IntN(9): "x", 10: "y"}, hidden: t}
	t.Skipped = t
	t.Next, t.Pair[0], t.Pair[1] = g.thing(), g.thing(), g.thing()
	t.Refs = again(g, &g.refs, func() []*thing {
		s := make([]*thing, g.IntN(3))
		g.refs = append(g.refs, s)
		for i := range s {
			s[i] = g.thing()
		}
		return s
	})
	t.Things = again(g, &g.slices, func() []thing {
		s := make([]thing, g.IntN(3))
		g.slices = append(g.slices, s)
		for i := range s {
			g.fill(&s[i])
		}
		return s
	})
	t.Bytes = again(g, &g.bytes, func() []byte {
		b := make([]byte, g.IntN(20))
		g.bytes = append(g.bytes, b)
		return b
	})
	if g.IntN(3) == 0 {
		t.Floats = []float64{g.Float64(), g.Float64()}
		t.Typed = map[string]*thing{"a": g.thing(), "b": g.thing()}
	}
	if g.noAny {
		return
	}
	t.Any, t.Inner.A, t.Inner.B = g.any(), g.any(), g.any()
	t.Named, t.List = g.object(), g.list()
}

func (g *generator) object() map[string]any {
	return again(g, &g.objects, func() map[string]any {
		m := map[string]any{}
		g.objects = append(g.objects, m)
		for i := range g.IntN(4) {
			m[fmt.Sprint("k", i)] = g.any()
		}
		return m
	})
}

func (g *generator) list() []any {
	return again(g, &g.lists, func() []any {
		l := make([]any, g.IntN(4))
		g.lists = append(g.lists, l)
		for i := range l {
			l[i] = g.any()
		}
		return l
	})
}

// any returns a value that is not nil in disguise.
func (g *generator) any() any {
	switch g.IntN(12) {
	case 0:
		return Undefined
	case 1:
		return g.IntN(100)
	case 2:
		return "text"
	case 3:
		if m := g.object(); m != nil {
			return m
		}
	case 4:
		if l := g.list(); l != nil {
			return l
		}
	case 5:
		if t := g.thing(); t != nil {
			return t
		}
	case 6:
		t := g.thing()
		return &t
	case 7:
		return struct{ X, Y any }{g.any(), uint8(g.IntN(256))}
	case 8:
		return [2]any{g.any(), g.any()}
	case 9:
		return map[bool]any{true: g.any(), false: g.any()}
	case 10:
		return []int32{1, 2, 3}
	}
	return nil
}

// checkGraph compares what comes out for v with the oracles.
func checkGraph(v any) error {
	want := naiveCanonical(v)
	r, err := Serialize(v)
	if err != nil {
		return err
	}
	if err := isomorphic(want, r.Share().Data(), false); err != nil {
		return fmt.Errorf("shared: %w", err)
	}
	body, err := r.Encode()
	if err != nil {
		return err
	}
	if err := isomorphic(want, FromBytes(body, nil).Data(), false); err != nil {
		return fmt.Errorf("bytes: %w", err)
	}
	if err := isomorphic(want, r.Data(), false); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	// A canonical value is its own canonical form, and the copy of a copy is the same.
	again, err := StructuredClone(r.Data())
	if err != nil {
		return err
	}
	return isomorphic(r.Data(), again, false)
}

// SPEC 66, SPEC 82: the same object becomes the same object, in every form and for every type.
func TestGraphs(t *testing.T) {
	for seed := range uint64(200) {
		g := newGenerator(seed, 1+int(seed%40))
		root := &thing{}
		g.things = append(g.things, root)
		g.fill(root)
		if err := checkGraph(root); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := checkGraph(map[string]any{"a": root, "b": g.any(), "c": g.object(), "d": g.list()}); err != nil {
			t.Fatalf("seed %d: canonical: %v", seed, err)
		}
	}
}

// withoutHidden returns a copy in which what is not cloned is zero. Fields are set in place: it
// takes a graph that is not needed any more.
func withoutHidden(g *generator, root *thing) *thing {
	for _, t := range g.things {
		t.Skipped, t.hidden = nil, nil
	}
	for _, s := range g.slices {
		for i := range s {
			s[i].Skipped, s[i].hidden = nil, nil
		}
	}
	return root
}

// A typed snapshot is the graph that was sent, and so is what Decode makes of its canonical form.
func TestTypedGraphs(t *testing.T) {
	for seed := range uint64(200) {
		g := newGenerator(seed, 1+int(seed%40))
		g.noAny = true
		root := &thing{}
		g.things = append(g.things, root)
		g.fill(root)
		r, err := Serialize(root)
		if err != nil {
			t.Fatal(err)
		}
		want := withoutHidden(g, root)
		var shared, converted, own *thing
		var value thing
		if err := r.Share().Decode(&shared); err != nil {
			t.Fatal(err)
		}
		if err := isomorphic(want, shared, false); err != nil {
			t.Fatalf("seed %d: shared: %v", seed, err)
		}
		if err := r.Share().Decode(&value); err != nil {
			t.Fatal(err)
		}
		if err := isomorphic(want, &value, false); err != nil {
			t.Fatalf("seed %d: by value: %v", seed, err)
		}
		if err := r.Decode(&own); err != nil {
			t.Fatal(err)
		}
		if err := isomorphic(want, own, false); err != nil {
			t.Fatalf("seed %d: own: %v", seed, err)
		}
		canonical := &Record{value: r.Data()}
		if err := canonical.Decode(&converted); err != nil {
			t.Fatal(err)
		}
		if err := isomorphic(want, converted, false); err != nil {
			t.Fatalf("seed %d: converted: %v", seed, err)
		}
	}
}

// FuzzClone finds graphs for which the copies are wrong.
func FuzzClone(f *testing.F) {
	f.Add(uint64(1), 10)
	f.Add(uint64(2), 100)
	f.Fuzz(func(t *testing.T, seed uint64, size int) {
		g := newGenerator(seed, size%500)
		root := &thing{}
		g.things = append(g.things, root)
		g.fill(root)
		if err := checkGraph(root); err != nil {
			t.Error(err)
		}
	})
}

// FuzzDecodeInto decodes messages from elsewhere into Go types: whatever they are, there is a value
// or an error, and a value can be cloned again.
func FuzzDecodeInto(f *testing.F) {
	for seed := range uint64(20) {
		g := newGenerator(seed, int(seed))
		for _, v := range []any{&thing{}, g.any(), g.object(), g.list(), newEverything()} {
			r, err := Serialize(v)
			if err != nil {
				f.Fatal(err)
			}
			body, err := r.Encode()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(body)
		}
	}
	type nested []nested
	type named map[string]named
	type linked struct {
		Next, Any *linked
		List      []linked
		Named     map[string]linked
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 || FromBytes(body, nil).Check() != nil {
			return
		}
		for _, dst := range []any{new(thing), new(everything), new(nested), new(named), new(linked), new(any), new(*Object), new(map[any]any),
			new(map[point]*thing),
			new([]byte), new([]float64), new([2]int), new(int8), new(string), new(time.Time), new(error), new(*Map)} {
			r := FromBytes(append([]byte(nil), body...), nil)
			if err := r.Decode(dst); err != nil {
				continue
			}
			if _, err := Serialize(dst); err != nil {
				t.Errorf("%T: %v", dst, err)
			}
		}
	})
}
