package clone

import (
	"maps"
	"math"
	"time"
	"unsafe"
)

// copier is one run over a value: StructuredSerializeInternal when the value is a program's,
// StructuredDeserialize when it is a snapshot. It lives on the stack.
type copier struct {
	memory  memory
	work    []task
	depth   int
	size    int
	failure failure

	snapshot bool    // the value is a snapshot: it was checked, and transferred objects stand in it for themselves
	alias    bool    // what cannot be told from a copy need not be one: the snapshot is given away
	objects  objects // what becomes of an Object
	ordered  bool    // an *Object was met
	transfer bool    // there are transferred objects in the memory map

	// A typed snapshot cannot hold one object twice, with its own type and in canonical form. If
	// this turns out to be necessary, the run fails with conflict and is repeated with a
	// canonical snapshot.
	mixed    bool
	conflict bool
}

// objects says what becomes of an Object.
type objects uint8

const (
	objectsAsTheyAre objects = iota // *Object stays, all else is a map[string]any
	objectsAsMaps
	objectsInOrder // *Object
)

// task is an object that was allocated and entered into the memory map, but not filled.
type task struct {
	plan   *plan          // nil: into is canonical and a shallow copy, to be completed in place
	into   any            // canonical, or an unsafe.Pointer to typed memory
	source unsafe.Pointer // nil: typed memory is a shallow copy, to be completed in place
	len    int            // of a slice
}

// maxDepth is how deep the copying recurses; what is nested deeper is put on the work list.
const maxDepth = 500

// enter fills an object, now or later.
func (c *copier) enter(t task) bool {
	if c.depth >= maxDepth {
		c.work = append(c.work, t)
		return true
	}
	c.depth++
	ok := c.fill(t)
	c.depth--
	return ok
}

// finish fills what was put off.
func (c *copier) finish() bool {
	for len(c.work) > 0 {
		last := len(c.work) - 1
		t := c.work[last]
		c.work[last] = task{}
		c.work = c.work[:last]
		if !c.enter(t) {
			c.failure.short = true
			return false
		}
	}
	return true
}

// fail ends the run. Callers on the way out add to the path with at.
func (c *copier) fail(message string) bool {
	c.failure.message = message
	return false
}

func (c *copier) at(segment string) bool {
	c.failure.path = append(c.failure.path, segment)
	return false
}

// value returns what stands for v in canonical form.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal
func (c *copier) value(v any) (any, bool) {
	// OPTIMIZATION: the step numbers of the algorithm are at the cases; the order does not matter.
	switch x := v.(type) {
	case nil, bool, float64, UndefinedType: // 4
		return v, true
	case string: // 4
		return v, c.string(x)
	case map[string]any: // 24-26
		if x == nil {
			return nil, true
		}
		return c.object(x)
	case []any:
		if x == nil {
			return nil, true
		}
		return c.array(x)
	case int:
		return c.integer(int64(x))
	case int64:
		return c.integer(x)
	case int32:
		return number(float64(x)), true
	case time.Time:
		return c.time(x)
	}
	return c.other(v)
}

// string accepts a string, which is immutable and needs no copy.
func (c *copier) string(s string) bool {
	c.size += len(s)
	if c.snapshot || wellFormed(s) {
		return true
	}
	return c.fail("string is not UTF-8")
}

const maxInteger = 1<<53 - 1

func (c *copier) integer(i int64) (any, bool) {
	if i > maxInteger || i < -maxInteger {
		return nil, c.tooLarge()
	}
	return number(float64(i)), true
}

func (c *copier) unsigned(u uint64) (any, bool) {
	if u > maxInteger {
		return nil, c.tooLarge()
	}
	return number(float64(u)), true
}

func (c *copier) tooLarge() bool {
	return c.fail("integer beyond 2^53-1 cannot be a Number, use *big.Int")
}

// smallNumbers are interfaces of the numbers 0 to 1023. OPTIMIZATION: no allocation.
var smallNumbers = func() (numbers [1024]any) {
	for i := range numbers {
		numbers[i] = float64(i)
	}
	return numbers
}()

func number(f float64) any {
	if i := int(f); i >= 0 && i < len(smallNumbers) && float64(i) == f && (i > 0 || !math.Signbit(f)) {
		return smallNumbers[i]
	}
	return f
}

func (c *copier) time(t time.Time) (any, bool) {
	d := NewDate(t)
	if math.IsNaN(d.Time) {
		return nil, c.fail("time is out of a Date's range")
	}
	return d, true
}

// The types of Objects and Arrays.
var objectType, listType = typeWord(map[string]any(nil)), typeWord([]any(nil))

// object copies a map[string]any that is not nil.
func (c *copier) object(m map[string]any) (any, bool) {
	if c.alias && c.settled() {
		return m, true
	}
	e := c.memory.find(mapPointer(m), objectType, 0)
	if e.value != nil {
		return e.value, true
	}
	if c.objects == objectsInOrder {
		dst := &Object{}
		dst.properties.grow(len(m))
		e.value = dst
		for _, key := range sortedKeys(m) {
			dst.properties.set(key, m[key])
		}
		return dst, c.enter(task{into: dst})
	}
	dst := maps.Clone(m)
	e.value = dst
	if c.depth >= maxDepth {
		return dst, c.enter(task{into: dst})
	}
	c.depth++
	ok := c.fillObject(dst)
	c.depth--
	return dst, ok
}

// settled reports whether canonical content of a snapshot needs no change.
func (c *copier) settled() bool {
	return c.objects == objectsAsMaps && !c.ordered
}

// fillObject completes a shallow copy.
func (c *copier) fillObject(m map[string]any) bool {
	c.size += 32 * len(m)
	for key, v := range m {
		if !ascii(key) && !c.snapshot && !wellFormed(key) {
			return c.fail("key is not UTF-8")
		}
		c.size += len(key)
		switch x := v.(type) {
		case float64, bool, nil:
		case string:
			if ascii(x) { // OPTIMIZATION: one call less
				c.size += len(x)
			} else if !c.string(x) {
				return c.at(propertySegment(key))
			}
		default:
			w, ok := c.value(v)
			if !ok {
				return c.at(propertySegment(key))
			}
			m[key] = w
		}
	}
	return true
}

// array copies a []any that is not nil.
func (c *copier) array(a []any) (any, bool) {
	if c.alias && c.settled() {
		return a, true
	}
	if len(a) == 0 {
		return []any{}, true
	}
	e := c.memory.find(unsafe.Pointer(unsafe.SliceData(a)), listType, len(a))
	if e.value != nil {
		return e.value, true
	}
	boxed, dst := newArray(len(a))
	copy(dst, a)
	e.value = boxed
	if c.depth >= maxDepth {
		return boxed, c.enter(task{into: boxed})
	}
	c.depth++
	ok := c.fillArray(dst)
	c.depth--
	return boxed, ok
}

// newArray returns an Array of n elements, as a value and as a slice.
//
// OPTIMIZATION: a short one is one allocation together with the slice that the value points at.
func newArray(n int) (any, []any) {
	var list *[]any
	switch n {
	case 1:
		a := new(struct {
			list     []any
			elements [1]any
		})
		list, a.list = &a.list, a.elements[:]
	case 2:
		a := new(struct {
			list     []any
			elements [2]any
		})
		list, a.list = &a.list, a.elements[:]
	case 3:
		a := new(struct {
			list     []any
			elements [3]any
		})
		list, a.list = &a.list, a.elements[:]
	default:
		elements := make([]any, n)
		return elements, elements
	}
	return interfaceOf(listType, unsafe.Pointer(list)), *list
}

// fillArray completes a shallow copy.
func (c *copier) fillArray(a []any) bool {
	c.size += 16 * len(a)
	for i, v := range a {
		switch x := v.(type) {
		case float64, bool, nil:
		case string:
			if ascii(x) { // OPTIMIZATION: one call less
				c.size += len(x)
			} else if !c.string(x) {
				return c.at(indexSegment(i))
			}
		default:
			w, ok := c.value(v)
			if !ok {
				return c.at(indexSegment(i))
			}
			a[i] = w
		}
	}
	return true
}
