package globalscope_test

import (
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/globalscope"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// BenchmarkInstall is what all interfaces and members cost a fresh realm.
func BenchmarkInstall(b *testing.B) {
	rt := qjs.NewRuntime(qjs.Options{})
	defer rt.Close()
	ua := entangle.NewUserAgent()
	loop := eventloop.New(eventloop.Clock{})
	global := scopeInterface(webidl.Window)
	for b.Loop() {
		b.StopTimer()
		leave := rt.Enter()
		s := &settings.Object{Realm: rt.NewRealm(), Loop: loop, Messaging: ua.NewGlobal(entangle.GlobalOptions{})}
		s.Kind, s.IsSecureContext = webidl.Window, true
		b.StartTimer()
		settings.New(s)
		webidl.InstallGlobal(s.Realm, global, &scope{})
		webidl.Install(s.Realm, globalscope.Interfaces...)
		webidl.Install(s.Realm, event.Interfaces...)
		if err := globalscope.Install(s.Realm); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Destroy()
		s.Realm.Close()
		leave()
		b.StartTimer()
	}
}
