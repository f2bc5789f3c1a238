package qjs

import "testing"

var lazyCalls int

var lazyValue = NewLazy("lazy", func(realm *Realm) Value {
	lazyCalls++
	v := realm.NewObject()
	_ = v.Set(realm, "x", Int(7))
	return v
})

func TestLazy(t *testing.T) {
	for name, script := range map[string]string{
		"variable": `lazy.x === 7 && lazy === globalThis.lazy`,
		"property": `globalThis.lazy.x === 7 && globalThis.lazy === lazy`,
		"descriptor": `const d = Object.getOwnPropertyDescriptor(globalThis, "lazy");
			d.value === lazy && d.writable && d.configurable && !d.enumerable`,
		"typeof":    `typeof lazy === "object" && lazy.x === 7`,
		"inherited": `Object.create(globalThis).lazy === lazy`,
		"set":       `lazy = 1; lazy === 1`,
		"declared":  `var lazy; lazy.x === 7`,
		"redefined": `Object.defineProperty(globalThis, "lazy", { value: 5 }); lazy === 5`,
		"function":  `function lazy() {} typeof lazy === "function"`,
		"names":     `Object.getOwnPropertyNames(globalThis).includes("lazy") && "lazy" in globalThis`,
		"deleted":   `delete globalThis.lazy && typeof lazy === "undefined"`,
		"engine":    `JSON.stringify([Math.max(1, 2), "a".at(0), Reflect.has({}, "x")]) === '[2,"a",false]'`,
	} {
		t.Run(name, func(t *testing.T) {
			rt := NewRuntime(Options{})
			defer rt.Close()
			defer rt.Enter()()
			realm := rt.NewRealm()
			lazyCalls = 0
			for range 2 { // the second time it is there already
				if err := realm.Global().DefineLazy(realm, "lazy", lazyValue); err != nil {
					t.Fatal(err)
				}
			}
			if lazyCalls != 0 {
				t.Error("it was made too early")
			}
			if v, err := realm.Eval(script, ""); err != nil || !v.Bool() {
				t.Errorf("%v, %v", v.Bool(), err)
			}
			if lazyCalls > 1 {
				t.Errorf("it was made %d times", lazyCalls)
			}
			rt.GC()
		})
	}
}

// A realm that goes lets go of what it never made.
func TestLazyAndCollection(t *testing.T) {
	rt := NewRuntime(Options{})
	defer rt.Close()
	for i := range 100 {
		func() {
			defer rt.Enter()()
			realm := rt.NewRealm()
			if err := realm.Global().DefineLazy(realm, "lazy", lazyValue); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				if _, err := realm.Eval(`lazy.x`, ""); err != nil {
					t.Fatal(err)
				}
			}
			realm.Close()
		}()
		rt.GC()
	}
	if n := len(rt.realms); n > 2 {
		t.Errorf("%d realms are left", n)
	}
}
