package event

import (
	"testing"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func BenchmarkInstall(b *testing.B) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	for b.Loop() {
		b.StopTimer()
		realm := rt.NewRealm()
		settings.New(&settings.Object{Realm: realm, Environment: webidl.Environment{Kind: webidl.Window}})
		b.StartTimer()
		webidl.Install(realm, Interfaces...)
		b.StopTimer()
		realm.Close()
		rt.GC()
		b.StartTimer()
	}
}
