package host

import (
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// realmOptions say what a realm is.
type realmOptions struct {
	kind      webidl.Exposure
	global    *webidl.Interface // of the global object
	object    webidl.Object     // what the global object stands for
	messaging *entangle.Global
	origin    entangle.Origin
	url       string // the creation URL

	secure, isolated bool
	// fill sets what else the settings object has, before script or an interface can see
	// it. nil: nothing.
	fill func(*settings.Object)
}

// newRealm makes a realm with its settings object and all interfaces that are exposed in it. The
// error is that there is no memory for it.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#creating-a-new-javascript-realm
func (a *agent) newRealm(options realmOptions) (*settings.Object, error) {
	if err := a.runtime.RoomForRealm(); err != nil {
		return nil, err
	}
	realm := a.runtime.NewRealm()
	s := &settings.Object{
		Realm: realm, Loop: a.loop, Messaging: options.messaging,
		Origin: options.origin, CreationURL: options.url,
		Agent: a, AgentCluster: a, Blobs: a.host.loader.Blobs(), Loader: a.host.loader,
		TimeOrigin: time.Now(), Begin: a.host.pending, Room: a.host.memory.room,
	}
	s.Kind, s.IsSecureContext, s.IsCrossOriginIsolated = options.kind, options.secure, options.isolated
	s.Print = func(level, text string) { a.host.print(s, level, text) }
	if options.fill != nil {
		options.fill(s)
	}
	a.realms = append(a.realms, realm)
	a.host.addresses.set(options.messaging, options.url)
	s.OnDestroy(func() { a.host.addresses.remove(options.messaging) })
	settings.New(s)
	_, _ = realm.Global().Delete(realm, qjs.SymbolToStringTag) // the engine's own
	webidl.InstallGlobal(realm, options.global, options.object)
	if err := install(realm); err != nil {
		panic(err) // out of memory: a fresh realm refuses nothing
	}
	if !s.IsCrossOriginIsolated {
		// https://html.spec.whatwg.org/multipage/webappapis.html#creating-a-new-javascript-realm step 7:
		// no shared memory without isolation.
		realm.Global().Delete(realm, "SharedArrayBuffer")
	}
	event.Reporting(realm, func(info event.ErrorInfo) { a.host.unhandled(s, info) })
	return s, nil
}

// closeRealm gives up a realm whose global is gone. It lives on as long as script of other realms
// holds something of it.
func (a *agent) closeRealm(realm *qjs.Realm) {
	for i, other := range a.realms {
		if other == realm {
			a.realms = append(a.realms[:i], a.realms[i+1:]...)
			realm.Close()
			return
		}
	}
}
