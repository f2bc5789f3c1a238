package webidl

import (
	"errors"
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
)

// newRealm makes a realm of a runtime with the interfaces installed.
func newRealm(rt *qjs.Runtime, kind Exposure, interfaces ...*Interface) *qjs.Realm {
	realm := rt.NewRealm()
	e := &Environment{Kind: kind}
	e.Checkpoint = func() { _ = rt.RunJobs(0) }
	realm.Data = e
	Setup(realm)
	Install(realm, append([]*Interface{DOMExceptionInterface}, interfaces...)...)
	return realm
}

// page is a window's realm with the interfaces installed, and functions for its scripts to say
// what they expect.
func page(t *testing.T, interfaces ...*Interface) *qjs.Realm {
	t.Helper()
	rt := qjs.NewRuntime(qjs.Options{})
	t.Cleanup(rt.Close)
	t.Cleanup(rt.Enter())
	realm := newRealm(rt, Window, interfaces...)
	run(t, realm, `
		function equal(got, want, what) {
			if (!Object.is(got, want)) throw new Error(what + ": " + String(got) + ", want " + String(want));
		}
		function throws(type, f, what) {
			try { f(); } catch (e) {
				if (Object.getPrototypeOf(e) !== type.prototype) throw new Error(what + ": threw " + e + " instead");
				return e;
			}
			throw new Error(what + ": did not throw");
		}
		function descriptor(object, key, want) {
			const d = Object.getOwnPropertyDescriptor(object, key);
			if (!d) { equal("no property", want, String(key)); return; }
			const kind = "value" in d ? "value" + (d.writable ? " writable" : "") : "get " + (d.get && d.get.name) +
			(d.set ? " set " + d.set.name : "");
			equal(kind + (d.enumerable ? " enumerable" : "") + (d.configurable ? " configurable" : ""), want, String(key));
			return d;
		}`)
	return realm
}

// run runs a script that must not throw, and the microtasks after it.
func run(t *testing.T, realm *qjs.Realm, script string) qjs.Value {
	t.Helper()
	v, err := realm.Eval(script, "https://example.com/script.js")
	if err != nil {
		if e, ok := err.(*qjs.Exception); ok {
			t.Fatalf("%v\n%s", err, e.Stack)
		}
		t.Fatal(err)
	}
	if err := realm.Runtime().RunJobs(0); err != nil {
		t.Fatal(err)
	}
	return v
}

// animal and dog are platform objects: a dog inherits from animal.
type animal struct {
	Platform
	name string
	legs float64
}

func (a *animal) asAnimal() *animal { return a }

type anAnimal interface {
	Object
	asAnimal() *animal
}

type dog struct{ animal }

var animalInterface = &Interface{
	Name: "Animal", Exposed: Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		name, err := DOMString(c.Realm, c.Arg(0))
		return &animal{name: name, legs: 4}, err
	},
	Attributes: []Attribute{
		{
			Name: "name",
			Get:  Getter(func(r *qjs.Realm, a anAnimal) (qjs.Value, error) { return r.String(a.asAnimal().name), nil }),
			Set: Setter(func(r *qjs.Realm, a anAnimal, v qjs.Value) (err error) {
				a.asAnimal().name, err = DOMString(r, v)
				return err
			}),
		},
		{Name: "legs", Get: Getter(func(_ *qjs.Realm, a anAnimal) (qjs.Value, error) { return qjs.Number(a.asAnimal().legs), nil }),
			Replaceable: true},
		{Name: "born", Unforgeable: true, Get: Getter(func(*qjs.Realm, anAnimal) (qjs.Value, error) { return qjs.Int(2020), nil })},
		{Name: "mild", LenientThis: true, Get: Getter(func(*qjs.Realm, anAnimal) (qjs.Value, error) { return qjs.Bool(true), nil })},
		{Name: "here", Exposed: Worker, Get: Getter(func(*qjs.Realm, anAnimal) (qjs.Value, error) { return qjs.Null(), nil })},
		{Name: "safe", SecureContext: true, Get: Getter(func(*qjs.Realm, anAnimal) (qjs.Value, error) { return qjs.Null(), nil })},
	},
	Operations: []Operation{
		{Name: "eat", Length: 2, Func: Method(func(c *qjs.Call, a anAnimal) (qjs.Value, error) { return c.Realm.Int(len(c.Args)), nil })},
		{Name: "wait", Length: 1, Promise: true, Func: Method(func(c *qjs.Call, a anAnimal) (qjs.Value, error) {
			return qjs.Value{}, DOMException("AbortError", "%s does not wait", a.asAnimal().name)
		})},
		{Name: "fail", Length: 0, Func: Method(func(c *qjs.Call, a anAnimal) (qjs.Value, error) {
			return qjs.Value{}, DOMException("TypeError", "as a native error")
		})},
		{Name: "five", Unscopable: true, Func: func(*qjs.Call) (qjs.Value, error) { return qjs.Int(5), nil }}, // asks for no this
		{Name: "id", Unforgeable: true, Func: Method(func(*qjs.Call, anAnimal) (qjs.Value, error) { return qjs.Int(7), nil })},
	},
	Statics:   []Operation{{Name: "kinds", Length: 0, Func: func(*qjs.Call) (qjs.Value, error) { return qjs.Int(3), nil }}},
	Constants: []Constant{{"MAX_LEGS", 100}},
}

var dogInterface = &Interface{
	Name: "Dog", Parent: animalInterface, Exposed: Window, Aliases: []string{"webkitDog"},
	Operations: []Operation{{Name: "bark", Func: Method(func(c *qjs.Call, d *dog) (qjs.Value, error) {
		return c.Realm.String(d.name + "!"), nil
	})}},
}

func TestInterfaceObjects(t *testing.T) {
	realm := page(t, animalInterface, dogInterface)
	run(t, realm, `
		descriptor(globalThis, "Animal", "value writable configurable");
		descriptor(globalThis, "webkitDog", "value writable configurable");
		equal(webkitDog, Dog, "alias");
		equal(typeof Animal, "function", "typeof");
		equal(Animal.name, "Animal", "name"); descriptor(Animal, "name", "value configurable");
		equal(Animal.length, 1, "length"); descriptor(Animal, "length", "value configurable");
		equal(Dog.length, 0, "length");
		descriptor(Animal, "prototype", "value");
		equal(Object.getPrototypeOf(Animal), Function.prototype, "[[Prototype]]");
		equal(Object.getPrototypeOf(Dog), Animal, "[[Prototype]] of a derived interface object");
		equal(Object.getPrototypeOf(Dog.prototype), Animal.prototype, "[[Prototype]] of its prototype");
		equal(Object.getPrototypeOf(Animal.prototype), Object.prototype, "[[Prototype]] of the prototype");
		descriptor(Animal.prototype, "constructor", "value writable configurable");
		equal(Animal.prototype.constructor, Animal, "constructor");
		descriptor(Animal.prototype, Symbol.toStringTag, "value configurable");
		equal(Object.prototype.toString.call(new Animal("x")), "[object Animal]", "toString");
		descriptor(Animal, "MAX_LEGS", "value enumerable");
		descriptor(Animal.prototype, "MAX_LEGS", "value enumerable");
		throws(TypeError, () => Animal("x"), "without new");
		throws(TypeError, () => new Animal(), "too few arguments");
		throws(TypeError, () => new Dog(), "Illegal constructor");
		throws(TypeError, () => Dog(), "Illegal constructor");`)
}

func TestMembers(t *testing.T) {
	realm := page(t, animalInterface, dogInterface)
	must(realm.Global().Set(realm, "rex", Wrap(realm, dogInterface, &dog{animal{name: "Rex", legs: 4}})))
	run(t, realm, `
		const name = descriptor(Animal.prototype, "name", "get get name set set name enumerable configurable");
		equal(name.get.length, 0, "getter's length"); equal(name.set.length, 1, "setter's length");
		descriptor(Animal.prototype, "mild", "get get mild enumerable configurable");
		descriptor(Animal.prototype, "eat", "value writable enumerable configurable");
		equal(Animal.prototype.eat.length, 2, "operation's length"); equal(Animal.prototype.eat.name, "eat", "operation's name");
		equal("prototype" in Animal.prototype.eat, false, "an operation has no prototype");
		throws(TypeError, () => new Animal.prototype.eat(1, 2), "an operation is no constructor");
		descriptor(Animal, "kinds", "value writable enumerable configurable"); equal(Animal.kinds(), 3, "static");
		equal("here" in Animal.prototype, false, "not exposed here");
		equal("safe" in Animal.prototype, false, "needs a secure context");

		equal(rex.name, "Rex", "inherited attribute"); rex.name = "Max"; equal(rex.bark(), "Max!", "own operation");
		equal(rex instanceof Dog && rex instanceof Animal, true, "instanceof");
		throws(TypeError, () => rex.eat(1), "too few arguments");
		equal(rex.eat(1, 2, 3), 3, "more arguments are passed on");
		for (const wrong of [{}, null, undefined, 1, Animal.prototype, Object.create(rex), function () {}]) {
			throws(TypeError, () => name.get.call(wrong), "brand check of a getter");
			throws(TypeError, () => name.set.call(wrong, "x"), "brand check of a setter");
			throws(TypeError, () => rex.bark.call(wrong), "brand check of an operation");
			throws(TypeError, () => rex.five.call(wrong), "brand check of an operation that does not look at this");
		}
		throws(TypeError, () => rex.bark.call(new Animal("cat")), "brand check within a hierarchy");
		throws(TypeError, () => name.set.call(rex), "a setter without an argument");
		equal(Object.getOwnPropertyDescriptor(Animal.prototype, "mild").get.call({}), undefined, "[LegacyLenientThis]");
		equal(Animal.prototype.mild, undefined, "[LegacyLenientThis]");

		descriptor(Animal.prototype, Symbol.unscopables, "value configurable");
		equal(Object.keys(Animal.prototype[Symbol.unscopables]).join(), "five", "[Unscopable]");
		equal(Object.getPrototypeOf(Animal.prototype[Symbol.unscopables]), null, "@@unscopables inherits nothing");
		equal(new Function("five", "rex", "with (rex) return five")("outer", rex), "outer", "it is not found where the object is a scope");

		rex.legs = "three"; equal(rex.legs, "three", "[Replaceable]"); descriptor(rex, "legs", "value writable enumerable configurable");
		const born = descriptor(rex, "born", "get get born enumerable"); equal(rex.born, 2020, "[LegacyUnforgeable]");
		equal(born.get, Object.getOwnPropertyDescriptor(new Animal("x"), "born").get, "the function is the realm's");
		descriptor(rex, "id", "value enumerable");
		(function () { "use strict"; throws(TypeError, () => { rex.born = 1; }, "read only"); })();`)
}

func TestPromiseOperations(t *testing.T) {
	realm := page(t, animalInterface)
	run(t, realm, `
		var seen = [];
		const cat = new Animal("Tom");
		cat.wait(1).catch(e => seen.push(e instanceof DOMException && e.name + " " + e.message));
		cat.wait().catch(e => seen.push(e instanceof TypeError));
		cat.wait.call({}, 1).catch(e => seen.push(e instanceof TypeError));`)
	run(t, realm, `equal(seen.join(), "AbortError Tom does not wait,true,true", "rejections")`)
}

func TestSubclassing(t *testing.T) {
	realm := page(t, animalInterface, dogInterface)
	other := newRealm(realm.Runtime(), Window, animalInterface)
	must(realm.Global().Set(realm, "other", other.Global()))
	run(t, realm, `
		class Bird extends Animal { constructor() { super("bird"); this.wings = 2; } sing() { return this.name + " sings"; } }
		const bird = new Bird();
		equal(Object.getPrototypeOf(bird), Bird.prototype, "newTarget.prototype");
		equal(bird.sing(), "bird sings", "a subclass's method");
		equal(Object.getPrototypeOf(bird.wings && Reflect.construct(Animal, ["x"], Bird)), Bird.prototype, "Reflect.construct");

		// A new target whose prototype is no object: the interface's prototype of its realm.
		const target = new other.Function(); target.prototype = null;
		equal(Object.getPrototypeOf(Reflect.construct(Animal, ["x"], target)), other.Animal.prototype, "the new target's realm");
		equal(Object.getPrototypeOf(Reflect.construct(Animal, ["x"], target.bind())), other.Animal.prototype,
			"the realm of what a bound function binds");
		const own = function () {}; own.prototype = 1;
		equal(Object.getPrototypeOf(Reflect.construct(Animal, ["x"], own)), Animal.prototype, "the own realm");
		const seen = {};
		equal(throws(Error, () => Reflect.construct(Animal, ["x"], new Proxy(Animal, { get() { throw seen.e = new Error("no"); } })),
			"a getter's exception"), seen.e, "is passed on");`)
}

func TestRealms(t *testing.T) {
	realm := page(t, animalInterface)
	other := newRealm(realm.Runtime(), Window, animalInterface)
	must(realm.Global().Set(realm, "other", other.Global()))
	run(t, realm, `
		const theirs = new other.Animal("their cat");
		equal(theirs instanceof Animal, false, "of another realm");
		equal(Object.getOwnPropertyDescriptor(Animal.prototype, "name").get.call(theirs), "their cat", "the brand check crosses realms");
		equal(throws(other.TypeError, () => other.Animal.prototype.eat.call(theirs), "errors").constructor, other.TypeError,
			"are of the function's realm");
		throws(other.TypeError, () => theirs.fail(), "also those with a name only");
		const e = throws(TypeError, () => Animal.prototype.fail.call(theirs), "of the function's realm, not the object's");
		equal(e.message, "as a native error", "message");`)
}

func TestWrapperIdentity(t *testing.T) {
	realm := page(t, animalInterface)
	a := &animal{name: "one"}
	first := Wrap(realm, animalInterface, a)
	if !first.SameObject(ValueOf(a)) || !first.SameObject(Wrap(realm, animalInterface, a)) {
		t.Error("an object has two wrappers at a time")
	}
	if got, ok := As[*animal](first); !ok || got != a {
		t.Error("the wrapper is of another object")
	}
	if _, ok := As[*dog](first); ok {
		t.Error("an animal is no dog")
	}
	if v := ValueOf(nil); !v.IsNull() {
		t.Error("nil is not null")
	}

	// A kept wrapper stays, with what script put on it; one that is not may be collected.
	rt := realm.Runtime()
	b := &animal{name: "kept"}
	func() {
		defer rt.Enter()()
		must(Wrap(realm, animalInterface, b).Set(realm, "mark", qjs.Int(1)))
		Keep(b)
		Keep(b)
	}()
	Unkeep(b)
	rt.GC()
	mark := func() bool {
		defer rt.Enter()()
		v, err := ValueOf(b).Get(realm, "mark")
		must(err)
		return v.IsNumber()
	}
	if !mark() {
		t.Error("a kept wrapper was collected")
	}
	Unkeep(b)
	rt.GC()
	if mark() {
		t.Error("a wrapper that nobody needs was not collected")
	}
}

// A realm that is made while its runtime is told to end is of no use, but does no harm.
func TestSetupOfAnInterruptedRuntime(t *testing.T) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	rt.Interrupt(errors.New("the worker was terminated"))
	realm := newRealm(rt, Window, animalInterface, dogInterface)
	defer rt.Enter()()
	if _, err := realm.Eval(`1`, ""); err == nil {
		t.Error("script ran")
	}
}

func TestGlobal(t *testing.T) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	defer rt.Enter()()
	realm := newRealm(rt, Worker, animalInterface)
	scope := &Interface{
		Name: "Scope", Parent: animalInterface, Exposed: Worker, Global: true,
		Attributes: []Attribute{{Name: "own", Get: Getter(func(r *qjs.Realm, a anAnimal) (qjs.Value, error) { return qjs.Int(1), nil })}},
		Operations: []Operation{{Name: "act", Func: Method(func(c *qjs.Call, a anAnimal) (qjs.Value, error) {
			return c.Realm.String(a.asAnimal().name), nil
		})}},
	}
	Install(realm, scope)
	a := &animal{name: "the global"}
	InstallGlobal(realm, scope, a)
	if !ValueOf(a).SameObject(realm.Global()) || GlobalObject(realm) != Object(a) {
		t.Error("the global is not the wrapper")
	}
	v := run(t, realm, `
		[Object.getOwnPropertyDescriptor(globalThis, "own").get.name, act(), name, (0, globalThis.act)(), act.call(null),
			Scope.prototype.hasOwnProperty("own"), globalThis.hasOwnProperty("name"),
		 globalThis instanceof Scope, Object.prototype.toString.call(globalThis), born, Reflect.setPrototypeOf(globalThis, {}),
		 Reflect.setPrototypeOf(Scope.prototype, null), Reflect.setPrototypeOf(globalThis, Scope.prototype)].join()`)
	got, _ := v.ToString(realm)
	if want := "get own,the global,the global,the global,the global,false,false,true,[object Scope],2020,false,false,true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
