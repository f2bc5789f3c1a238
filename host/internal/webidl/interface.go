package webidl

import (
	"sync"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// Exposure is a set of kinds of globals.
//
// https://webidl.spec.whatwg.org/#Exposed
type Exposure uint8

const (
	Window Exposure = 1 << iota
	DedicatedWorker
	SharedWorker

	Worker     = DedicatedWorker | SharedWorker
	Everywhere = Window | Worker
)

// Interface is an interface of the standards.
//
// https://webidl.spec.whatwg.org/#idl-interfaces
type Interface struct {
	Name    string
	Parent  *Interface
	Exposed Exposure // 0: nowhere: no property of the global, the objects exist nevertheless

	SecureContext       bool // exposed in secure contexts only
	CrossOriginIsolated bool // exposed where shared memory may be sent only

	// Global says that the global object implements the interface. Its members are properties of the
	// global itself then; those of its parents are not.
	//
	// https://webidl.spec.whatwg.org/#Global
	Global bool

	// Constructor runs the constructor steps and returns the Go object that implements the interface:
	// an [Object]. Without one the interface object throws "Illegal constructor". It may also return a
	// qjs.Value, an object that stands for the new one.
	Constructor       func(c *qjs.Call) (any, error)
	ConstructorLength int // how many of its arguments are required; checked before it is called

	Attributes       []Attribute
	StaticAttributes []Attribute
	Operations       []Operation
	Statics          []Operation
	Constants        []Constant
	Iterable         *Iterable

	// Aliases are other names for the interface object on a window, such as webkitURL.
	//
	// https://webidl.spec.whatwg.org/#LegacyWindowAlias
	Aliases []string

	// InheritsFrom names the intrinsic object that is the prototype's prototype if there is no parent.
	// "": "%Object.prototype%".
	InheritsFrom string

	// Complete adds to a new interface prototype object what the fields above cannot say, such as
	// asynchronous iteration. nil: nothing.
	Complete func(realm *qjs.Realm, prototype qjs.Value)

	// Deserialize runs the deserialization steps: it makes the object of what one travelled as, see
	// package heap. nil: it is not serializable.
	//
	// https://html.spec.whatwg.org/multipage/structured-data.html#deserialization-steps
	Deserialize func(realm *qjs.Realm, travelled any) (qjs.Value, error)

	namesOnce sync.Once // guards names
	names     []*qjs.Lazy

	once  sync.Once // guards what is compiled from the above
	table table
}

// Attribute is an attribute. Its functions get `this` unchecked: see [This], [Getter] and [Setter].
//
// https://webidl.spec.whatwg.org/#idl-attributes
type Attribute struct {
	Name string
	Get  qjs.Func
	Set  qjs.Func // nil: read only; it gets the value as its first argument

	Exposed             Exposure // 0: as the interface
	SecureContext       bool
	CrossOriginIsolated bool

	Unforgeable   bool   // [LegacyUnforgeable]: an own property of each object that cannot be changed
	Replaceable   bool   // [Replaceable]: setting it defines an own property with the value
	PutForwards   string // [PutForwards]: setting it sets this attribute of its value
	LenientThis   bool   // [LegacyLenientThis]: it is undefined instead of throwing when `this` is something else
	LenientSetter bool   // [LegacyLenientSetter]: setting it does nothing
	Promise       bool   // its type is a promise type: errors reject
}

// Operation is a regular or static operation. Overloads are one operation, whose function
// tells them apart.
//
// https://webidl.spec.whatwg.org/#idl-operations
type Operation struct {
	Name   string
	Length int // how many arguments are required (by the overload that requires fewest); checked before the function is called
	Func   qjs.Func

	Exposed             Exposure // 0: as the interface
	SecureContext       bool
	CrossOriginIsolated bool

	Unforgeable bool // [LegacyUnforgeable]
	Unscopable  bool // [Unscopable]: not found by its name where an object is a scope, as in event handler content attributes
	Promise     bool // its type is a promise type: errors reject
}

// Constant is a constant of a number type.
//
// https://webidl.spec.whatwg.org/#idl-constants
type Constant struct {
	Name  string
	Value float64
}

// exposed reports whether something is exposed in the environment.
//
// https://webidl.spec.whatwg.org/#dfn-exposed
func (e *Environment) exposed(where Exposure, secureContext, crossOriginIsolated bool) bool {
	return where&e.Kind != 0 && (!secureContext || e.IsSecureContext) && (!crossOriginIsolated || e.IsCrossOriginIsolated)
}
