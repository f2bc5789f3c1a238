package qjs

import (
	"fmt"
	"testing"
)

// A module that throws rejects the promise of its evaluation, and no other that script
// could be told of.
func TestRejectionsOfModules(t *testing.T) {
	sources := map[string]string{
		"throws": `throw 1`, "imports": `import "throws"`, "waits": `await null; throw 1`,
		"rejects": `Promise.reject(2); (async () => { throw 3 })(); throw 1`,
		"dynamic": `import("throws").catch(() => {}); await null`,
		"calls":   `const f = () => Promise.reject(2); [1].forEach(f)`,
	}
	for name, want := range map[string]string{
		"throws": "1 ", "imports": "1 ", "waits": "1 ", "rejects": "2 3 1 ", "dynamic": "", "calls": "2 ",
	} {
		t.Run(name, func(t *testing.T) {
			rt := NewRuntime(Options{})
			defer rt.Close()
			realm := rt.NewRealm()
			defer rt.Enter()()
			unhandled := map[uintptr]string{}
			var order []uintptr
			rt.OnRejection(func(_ *Realm, promise, reason Value, handled bool) {
				if handled {
					delete(unhandled, promise.Identity())
					return
				}
				rt.NewRef(promise) // so that the identity stays its own
				unhandled[promise.Identity()] = fmt.Sprint(reason.Float(), " ")
				order = append(order, promise.Identity())
			})
			rt.SetModules(Modules{Load: func(_ *Realm, url, _ string) (string, error) { return sources[url], nil }})
			if _, err := realm.EvalModule(sources[name], "main"); err != nil {
				t.Fatal(err)
			}
			if err := rt.RunJobs(0); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, promise := range order {
				got += unhandled[promise]
			}
			if got != want {
				t.Errorf("rejected: %q, want %q", got, want)
			}
		})
	}
}
