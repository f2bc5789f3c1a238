package webidl

import "github.com/entangle-go/entangle/host/internal/qjs"

// Environment is what this package keeps for a realm, and must know of it. The environment settings
// object embeds it; it is the realm's Data.
type Environment struct {
	Kind                  Exposure
	IsSecureContext       bool
	IsCrossOriginIsolated bool

	// CanRunScript is
	// https://html.spec.whatwg.org/multipage/webappapis.html#check-if-we-can-run-script. nil: always.
	CanRunScript func() bool
	// Report is https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception.
	Report func(err error)
	// Checkpoint is https://html.spec.whatwg.org/multipage/webappapis.html#perform-a-microtask-checkpoint.
	Checkpoint func()

	// CurrentEvent is the event that a listener of this realm is handling: window.event. Package
	// event keeps it.
	CurrentEvent Object

	installed    map[*Interface]*installed
	iterators    map[*Interface]*qjs.Ref // iterator prototype objects
	serializable map[string]*Interface   // those that are exposed, by name
	freeze       *qjs.Ref                // Object.freeze
	kept         map[*Platform]struct{}  // what Keep holds
	keepsNothing bool                    // DropKept was called
	global       Object                  // what the global object stands for, once InstallGlobal was called
}

// WebIDL returns e: it is how the environment settings object gives it to this package.
func (e *Environment) WebIDL() *Environment { return e }

// installed is what a realm has of an interface.
type installed struct {
	object, prototype *qjs.Ref
	unforgeable       []*qjs.Ref // the functions of the own properties that each object gets
	models            []*qjs.Ref // an empty object, and one like all of the interface, see model; nil: none needed yet
}

// Of returns the realm's environment.
func Of(realm *qjs.Realm) *Environment {
	return realm.Data.(interface{ WebIDL() *Environment }).WebIDL()
}

// Setup makes the environment known to the realm, for which realm.Data must be set. All objects
// that it remembers live as long as the realm.
func Setup(realm *qjs.Realm) {
	e := Of(realm)
	e.installed, e.iterators = map[*Interface]*installed{}, map[*Interface]*qjs.Ref{}
	defer realm.Runtime().Enter()()
	freeze, err := realm.Intrinsic("Object").Get(realm, "freeze")
	must(err)
	e.freeze = realm.Runtime().NewRef(freeze)
	realm.Attach(e)
	realm.Runtime().OnError(ErrorValue)
}

// GlobalObject returns what the realm's global object stands for; nil before InstallGlobal.
func GlobalObject(realm *qjs.Realm) Object { return Of(realm).global }

// Trace visits the objects of the realm that the environment remembers.
func (e *Environment) Trace(visit func(*qjs.Ref)) {
	for _, i := range e.installed {
		visit(i.object)
		visit(i.prototype)
		for _, f := range i.unforgeable {
			visit(f)
		}
		for _, model := range i.models {
			visit(model)
		}
	}
	for _, prototype := range e.iterators {
		visit(prototype)
	}
	visit(e.freeze)
}

// InterfacePrototype returns the interface prototype object.
//
// https://webidl.spec.whatwg.org/#interface-prototype-object
func InterfacePrototype(realm *qjs.Realm, iface *Interface) qjs.Value {
	return Of(realm).install(realm, iface).prototype.Value()
}

// Serializable returns the serializable interface of the name that is exposed in the realm, or nil.
//
// https://html.spec.whatwg.org/multipage/structured-data.html#structureddeserialize, step 22
func Serializable(realm *qjs.Realm, name string) *Interface { return Of(realm).serializable[name] }

// InterfaceObject returns the interface object.
//
// https://webidl.spec.whatwg.org/#dfn-interface-object
func InterfaceObject(realm *qjs.Realm, iface *Interface) qjs.Value {
	return Of(realm).install(realm, iface).object.Value()
}
