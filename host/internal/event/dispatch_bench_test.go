package event

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// BenchmarkDispatchMessage is what it costs to hand a message to a listener of script.
func BenchmarkDispatchMessage(b *testing.B) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	defer rt.Enter()()
	realm := rt.NewRealm()
	settings.New(&settings.Object{Realm: realm, Environment: webidl.Environment{Kind: webidl.Window}})
	webidl.Install(realm, Interfaces...)
	target := &testPort{}
	webidl.Init(target, realm, EventTargetInterface)
	if err := realm.Global().Set(realm, "target", webidl.ValueOf(target)); err != nil {
		b.Fatal(err)
	}
	if _, err := realm.Eval(`var n = 0; target.addEventListener("message", e => { n += e.data })`, ""); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		scope := rt.OpenScope()
		Dispatch(NewMessageEvent(realm, "message", MessageInit{Data: qjs.Int(1)}), target)
		scope.Close()
	}
}
