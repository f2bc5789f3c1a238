package clone

import (
	"math/big"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// op says what a plan does with the values of a type.
type op uint8

const (
	opNever     op = iota // cannot be cloned, for plan.reason
	opUndefined           // UndefinedType
	opBool
	opInt8
	opInt16
	opInt32
	opInt64 // int and int64: checked, unlike the shorter ones
	opUint8
	opUint16
	opUint32
	opUint64 // uint, uint64 and uintptr
	opFloat32
	opFloat64
	opString
	opTime   // time.Time
	opBigInt // big.Int
	opAny    // an interface without methods: canonical content
	opError  // the interface error: canonical content
	opIface  // any other interface
	opCanon  // a type whose canonical form is of that type: *big.Int, clone types, map[string]any, transferables
	opList   // []any
	opThrown // a type that implements error
	opPointer
	opSlice
	opView  // a slice that is a typed array
	opArray // [n]T
	opMap
	opStruct
)

// plan says how the values of one type are copied. Plans are made once per type and never change.
type plan struct {
	typ    reflect.Type
	size   uintptr
	op     op
	kind   Kind   // opView
	direct bool   // an interface holds the value itself
	reason string // opNever

	elem   *plan   // opPointer, opSlice, opView, opArray, opMap
	key    *plan   // opMap
	len    int     // opArray
	fields []field // opStruct
	checks []check // opStruct: the fields that are not inert, as fix needs them

	pointers  bool // holds pointers, for the garbage collector
	whole     bool // all of it is copied, nothing left out
	inert     bool // a copy needs no check
	immutable bool // a copy needs no change, so that a value in an interface may be taken as it is
	typed     bool // a snapshot of this type may be kept
	dynamic   bool // has canonical content somewhere inside
	cyclic    bool // opPointer: what it points at may refer to it again

	canonicalID byte // its address stands for "this type, canonical" in a memory map
}

// check is a field that fix has to look at.
type check struct {
	plan    *plan
	offset  uintptr
	text    bool // a string
	segment string
}

// maxEmpty is the maximal number of elements of size zero that may be cloned: they take no memory,
// but their copies elsewhere do.
const maxEmpty = 1 << 20

const tooManyEmpty = "too many values of size zero"

// tooMany reports whether n elements of size zero are too many.
func (p *plan) tooMany(n int) bool { return n > maxEmpty && p.elem.size == 0 }

// id stands for "this type, as it is" in a memory map.
func (p *plan) id() unsafe.Pointer { return unsafe.Pointer(p) }

// canonical stands for "this type, in canonical form" in a memory map.
func (p *plan) canonical() unsafe.Pointer { return unsafe.Pointer(&p.canonicalID) }

var (
	plans     sync.Map // from reflect.Type to *plan
	plansLock sync.Mutex
)

// recent are plans by a hash of their types. OPTIMIZATION: faster than the map.
var recent [256]atomic.Pointer[plan]

// planFor returns the plan of a type.
func planFor(t reflect.Type) *plan {
	place := &recent[uint32(uintptr(pointerWord(t))>>5)%uint32(len(recent))]
	if p := place.Load(); p != nil && p.typ == t {
		return p
	}
	p := findPlan(t)
	place.Store(p)
	return p
}

func findPlan(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	plansLock.Lock()
	defer plansLock.Unlock()
	b := planner{}
	p := b.plan(t)
	b.settle()
	for t, p := range b {
		plans.Store(t, p)
	}
	return p
}

// planner holds the plans that are being made.
type planner map[reflect.Type]*plan

func (b planner) plan(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	if p, ok := b[t]; ok {
		return p
	}
	p := &plan{typ: t, size: t.Size(), direct: storedDirectly(t), pointers: true, whole: true, typed: true}
	b[t] = p
	if o, ok := special(t); ok {
		p.op = o
		p.pointers = o != opUndefined
		p.inert = o == opUndefined
		p.immutable = p.inert
		p.dynamic = o == opError || o == opCanon || o == opList
		p.typed = o != opThrown && o != opIface
		if o == opList {
			p.elem = b.plan(t.Elem())
		}
		return p
	}
	b.byKind(p)
	return p
}

var (
	errorType          = reflect.TypeFor[error]()
	transferableType   = reflect.TypeFor[Transferable]()
	platformObjectType = reflect.TypeFor[PlatformObject]()
)

// special returns the op of types that are not cloned by their kind.
func special(t reflect.Type) (op, bool) {
	switch t {
	case reflect.TypeFor[UndefinedType]():
		return opUndefined, true
	case reflect.TypeFor[time.Time]():
		return opTime, true
	case reflect.TypeFor[big.Int]():
		return opBigInt, true
	case errorType:
		return opError, true
	case reflect.TypeFor[[]any]():
		return opList, true
	case reflect.TypeFor[map[string]any](), reflect.TypeFor[*big.Int](),
		reflect.TypeFor[*Object](), reflect.TypeFor[*Array](), reflect.TypeFor[*Map](), reflect.TypeFor[*Set](),
		reflect.TypeFor[*Date](), reflect.TypeFor[*RegExp](), reflect.TypeFor[*BooleanObject](), reflect.TypeFor[*NumberObject](),
		reflect.TypeFor[*StringObject](), reflect.TypeFor[*BigIntObject](), reflect.TypeFor[*ArrayBuffer](),
		reflect.TypeFor[*SharedArrayBuffer](), reflect.TypeFor[*TypedArray](), reflect.TypeFor[*DataView](), reflect.TypeFor[*Error](),
		reflect.TypeFor[*DOMException](), reflect.TypeFor[*Blob](), reflect.TypeFor[*File](), reflect.TypeFor[*FileList]():
		return opCanon, true
	}
	switch {
	case t.Kind() == reflect.Interface && t.NumMethod() > 0:
		return opIface, true
	case t.Kind() == reflect.Pointer && (t.Implements(transferableType) || t.Implements(platformObjectType)):
		return opCanon, true
	case t.Kind() != reflect.Interface && t.Implements(errorType):
		return opThrown, true
	}
	return 0, false
}

func (b planner) byKind(p *plan) {
	t := p.typ
	switch t.Kind() {
	case reflect.Bool:
		p.scalar(opBool)
	case reflect.Int8:
		p.scalar(opInt8)
	case reflect.Int16:
		p.scalar(opInt16)
	case reflect.Int32:
		p.scalar(opInt32)
	case reflect.Uint8:
		p.scalar(opUint8)
	case reflect.Uint16:
		p.scalar(opUint16)
	case reflect.Uint32:
		p.scalar(opUint32)
	case reflect.Float32:
		p.scalar(opFloat32)
	case reflect.Float64:
		p.scalar(opFloat64)
	case reflect.Int, reflect.Int64:
		p.integer(opInt64, opInt32)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		p.integer(opUint64, opUint32)
	case reflect.String:
		p.op, p.immutable = opString, true
	case reflect.Interface:
		p.op, p.dynamic = opAny, true
	case reflect.Pointer:
		p.op, p.elem = opPointer, b.plan(t.Elem())
	case reflect.Slice:
		p.op, p.elem = opSlice, b.plan(t.Elem())
		if kind, ok := viewKind(t.Elem().Kind()); ok && p.elem.op != opThrown {
			p.op, p.kind = opView, kind
		}
	case reflect.Array:
		p.op, p.elem, p.len = opArray, b.plan(t.Elem()), t.Len()
		p.contain(p.elem)
		if p.tooMany(p.len) {
			p.never(tooManyEmpty)
		}
	case reflect.Map:
		p.op, p.key, p.elem = opMap, b.plan(t.Key()), b.plan(t.Elem())
	case reflect.Struct:
		b.byStruct(p)
	default:
		p.never(kindName(t.Kind()) + " cannot be cloned")
	}
}

func kindName(k reflect.Kind) string {
	if k == reflect.UnsafePointer {
		return "unsafe.Pointer"
	}
	return k.String()
}

func (p *plan) never(reason string) {
	p.op, p.reason, p.inert, p.immutable = opNever, reason, false, false
}

func (p *plan) scalar(o op) { p.op, p.pointers, p.inert, p.immutable = o, false, true, true }

// integer makes a plan for an integer as long as a word: one of 8 bytes may be beyond the Numbers.
func (p *plan) integer(long, short op) {
	if p.size == 4 {
		p.scalar(short)
		return
	}
	p.op, p.pointers, p.immutable = long, false, true
}

// viewKind returns the kind of typed array that a slice of elements of a kind is.
func viewKind(k reflect.Kind) (Kind, bool) {
	switch k {
	case reflect.Int8:
		return Int8Array, true
	case reflect.Uint8:
		return Uint8Array, true
	case reflect.Int16:
		return Int16Array, true
	case reflect.Uint16:
		return Uint16Array, true
	case reflect.Int32:
		return Int32Array, true
	case reflect.Uint32:
		return Uint32Array, true
	case reflect.Int64:
		return BigInt64Array, true
	case reflect.Uint64:
		return BigUint64Array, true
	case reflect.Float32:
		return Float32Array, true
	case reflect.Float64:
		return Float64Array, true
	}
	return 0, false
}

// contain derives properties of p from the parts that p holds by value.
func (p *plan) contain(parts ...*plan) {
	p.pointers, p.inert, p.immutable = false, true, true
	for _, part := range parts {
		p.pointers = p.pointers || part.pointers
		p.whole = p.whole && part.whole
		p.inert = p.inert && part.inert
		p.immutable = p.immutable && part.immutable
	}
	p.inert = p.inert && p.whole
	p.immutable = p.immutable && p.whole
}

func (b planner) byStruct(p *plan) {
	if o, ok := special(reflect.PointerTo(p.typ)); ok && o == opCanon {
		p.never(p.typ.String() + " cannot be cloned by value, use a pointer")
		return
	}
	if fields, exported := visible(p.typ, map[reflect.Type]bool{}); fields && !exported {
		p.never(p.typ.String() + " cannot be cloned: it has no exported fields")
		return
	}
	p.op, p.fields = opStruct, b.fields(p.typ)
	var parts []*plan
	for i := range p.fields {
		f := &p.fields[i]
		parts = append(parts, f.plan)
		if len(f.hops) > 0 || f.isZero != nil && f.plan.op != opTime {
			p.typed = false // what it says in canonical form cannot be said by a copy of the exported fields
		}
	}
	for i := range p.fields {
		if f := &p.fields[i]; !f.plan.inert {
			p.checks = append(p.checks, check{f.plan, f.offset, f.plan.op == opString, f.segment})
		}
	}
	p.contain(parts...)
	if countLeaves(p.typ) != len(p.fields) {
		p.whole, p.inert, p.immutable = false, false, false
		p.pointers = true // perhaps
	}
}

// settle spreads properties of the plans to the plans that refer to them.
func (b planner) settle() {
	for changed := true; changed; {
		changed = false
		for _, p := range b {
			typed, dynamic := p.typed, p.dynamic
			for _, part := range p.parts() {
				typed = typed && part.typed
				dynamic = dynamic || part.dynamic
			}
			if p.op == opMap && (p.key.dynamic || !p.key.typed || p.key.losesIdentity()) {
				typed = false // keys that differ may be the same or none at all in canonical form, which the sender has to hear
			}
			if p.op == opPointer && p.leadsToItself() {
				p.never("pointer that leads to itself")
			}
			if typed != p.typed || dynamic != p.dynamic {
				p.typed, p.dynamic, changed = typed, dynamic, true
			}
		}
	}
	for _, p := range b {
		p.cyclic = p.op == opPointer && p.reaches(p, map[*plan]bool{})
	}
}

// losesIdentity reports whether pointers that differ may be the same in canonical form.
func (p *plan) losesIdentity() bool {
	return p.op == opPointer && p.elem.op != opStruct && p.elem.op != opArray
}

// leadsToItself reports whether a pointer of this type can only point at pointers.
func (p *plan) leadsToItself() bool {
	seen := map[*plan]bool{}
	for ; p.op == opPointer; p = p.elem {
		if seen[p] {
			return true
		}
		seen[p] = true
	}
	return false
}

// reaches reports whether what p refers to may refer to something of target's type.
func (p *plan) reaches(target *plan, seen map[*plan]bool) bool {
	for _, part := range p.parts() {
		if part == target {
			return true
		}
		if !seen[part] {
			seen[part] = true
			if part.reaches(target, seen) {
				return true
			}
		}
	}
	return false
}

// parts returns the plans of the types that p refers to.
func (p *plan) parts() []*plan {
	var parts []*plan
	if p.elem != nil {
		parts = append(parts, p.elem)
	}
	if p.key != nil {
		parts = append(parts, p.key)
	}
	for i := range p.fields {
		parts = append(parts, p.fields[i].plan)
	}
	return parts
}
