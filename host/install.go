package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/globalscope"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// interfaces are all interfaces of all packages. Each says itself where it is exposed.
var interfaces []*webidl.Interface

func init() { // constructors of workers make realms, which have the interfaces
	interfaces = join(
		event.Interfaces, messaging.Interfaces(), globalscope.Interfaces, workerInterfaces, html.Interfaces,
		[]*webidl.Interface{windowInterface, locationInterface, historyInterface, navigatorInterface, storageInterface, storageEventInterface,
			barPropInterface, screenInterface, mediaQueryListInterface},
	)
}

// scopeOperations and scopeAttributes are those that windows and workers have in common.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#windoworworkerglobalscope-mixin
var (
	scopeOperations = join(globalscope.Operations, []webidl.Operation{messaging.StructuredClone, event.ReportErrorOperation()})
	scopeAttributes = globalscope.Attributes
)

// install makes everything that script finds on a global that is no member of the
// global's interface.
func install(realm *qjs.Realm) error {
	webidl.Install(realm, interfaces...)
	if webidl.Of(realm).Kind == webidl.Window {
		if err := html.InstallFactories(realm); err != nil {
			return err
		}
	}
	return globalscope.Install(realm)
}
