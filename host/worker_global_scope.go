package host

import (
	"sync"

	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/globalscope"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// workerGlobalScope is the global of a worker, dedicated or shared. It is made by whoever
// constructs the Worker or SharedWorker object, and belongs to the goroutine of its own agent once
// that is started, except for the fields that are said to be fixed or guarded.
//
// https://html.spec.whatwg.org/multipage/workers.html#workerglobalscope
type workerGlobalScope struct {
	event.Target

	// Fixed.
	host    *Host
	options workerOptions
	request *loader.Request // of the script
	creator workerCreator
	outside *settings.Object // the outside settings: only what any goroutine may call
	object  *worker          // the Worker object, which belongs to outside's agent; nil for a shared worker

	entry workerEntry

	mu          sync.Mutex          // guards the fields below
	agent       *agent              // nil before start
	terminated  bool                // it was ended from outside
	connections []*sharedConnection // of a shared worker: those that wait for its script
	failed      bool                // there is no script to wait for
	ended       bool                // the event loop has ended

	// Of the agent's goroutine.
	inside    *entangle.MessagePort // the inside port of a dedicated worker; before, what becomes it
	settings  *settings.Object      // nil before the script was fetched
	url       *url.Url              // of the script, after redirects
	policies  policies
	location  workerLocation
	navigator workerNavigator
}

// workerCreator is what a worker takes from the outside settings.
type workerCreator struct {
	origin           entangle.Origin
	storageKey       entangle.StorageKey
	policies         policies
	secure, isolated bool
	cluster          any
}

// newWorkerGlobalScope makes the global of a worker that is to run the script at u. Its agent
// comes with start.
func newWorkerGlobalScope(s *settings.Object, u *url.Url, options workerOptions, destination string) *workerGlobalScope {
	g := &workerGlobalScope{host: agentOf(s).host, options: options, outside: s}
	g.creator = workerCreator{
		origin: s.Origin, storageKey: s.StorageKey(), policies: policiesOf(s),
		secure: s.IsSecureContext, isolated: s.IsCrossOriginIsolated, cluster: s.AgentCluster,
	}
	g.request = &loader.Request{
		URL: u.Href(false), Mode: loader.SameOrigin, Destination: destination,
		Origin: s.Origin, Key: g.creator.storageKey, Referrer: s.ReferrerURL(), ReferrerPolicy: g.creator.policies.referrer,
	}
	if options.workerType == moduleWorker {
		g.request.OmitCredentials = options.credentials == "omit"
		g.request.IncludeCredentials = options.credentials == "include"
	}
	g.host.loader.Resolve(g.request) // what a blob: URL stands for is decided now
	g.entry.orphaned = g.terminate
	return g
}

// policiesOf returns the policies of a global.
func policiesOf(s *settings.Object) policies {
	if w := windowOf(s); w != nil {
		return w.source.policies
	}
	return workerOf(s).policies
}

// workerOf returns the global scope whose settings object s is; nil for a window's.
func workerOf(s *settings.Object) *workerGlobalScope {
	g, _ := s.Global().(*workerGlobalScope)
	return g
}

// workerGlobalScopeInterface is https://html.spec.whatwg.org/multipage/workers.html#workerglobalscope.
var workerGlobalScopeInterface = &webidl.Interface{
	Name: "WorkerGlobalScope", Parent: event.EventTargetInterface, Exposed: webidl.Worker,
	Attributes: join([]webidl.Attribute{
		workerAttribute("self", func(r *qjs.Realm, _ *workerGlobalScope) qjs.Value { return r.Global() }),
		workerAttribute("location", func(_ *qjs.Realm, g *workerGlobalScope) qjs.Value { return webidl.ValueOf(&g.location) }),
		workerAttribute("navigator", func(_ *qjs.Realm, g *workerGlobalScope) qjs.Value { return webidl.ValueOf(&g.navigator) }),
		workerAttribute("isSecureContext", func(_ *qjs.Realm, g *workerGlobalScope) qjs.Value { return qjs.Bool(g.settings.IsSecureContext) }),
		workerAttribute("crossOriginIsolated", func(_ *qjs.Realm, g *workerGlobalScope) qjs.Value {
			return qjs.Bool(g.settings.IsCrossOriginIsolated)
		}),
		replaceable(workerAttribute("origin", func(r *qjs.Realm, g *workerGlobalScope) qjs.Value {
			return r.String(g.settings.Origin.String())
		})),
		event.HandlerAttribute("error"), event.HandlerAttribute("languagechange"), event.HandlerAttribute("offline"),
		event.HandlerAttribute("online"), event.HandlerAttribute("rejectionhandled"), event.HandlerAttribute("unhandledrejection"),
	}, globalscope.Attributes),
	Operations: join([]webidl.Operation{{Name: "importScripts", Func: webidl.Method(importScripts)}}, globalscope.Operations, scopeOperations),
}

// workerInterfaces are the interfaces of workers.
var workerInterfaces = []*webidl.Interface{
	workerInterface, sharedWorkerInterface, workerGlobalScopeInterface, dedicatedWorkerGlobalScopeInterface, sharedWorkerGlobalScopeInterface,
	workerLocationInterface, workerNavigatorInterface,
}

func workerAttribute(name string, get func(*qjs.Realm, *workerGlobalScope) qjs.Value) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(r *qjs.Realm, g *workerGlobalScope) (qjs.Value, error) {
		return get(r, g),
			nil
	})}
}

func replaceable(a webidl.Attribute) webidl.Attribute {
	a.Replaceable = true
	return a
}

// nameAndClose are the members that the globals of dedicated and of shared workers have each
// for themselves.
var (
	workerName = replaceable(workerAttribute("name", func(r *qjs.Realm, g *workerGlobalScope) qjs.Value { return r.String(g.options.name) }))

	workerClose = webidl.Operation{Name: "close", Func: webidl.Method(func(_ *qjs.Call, g *workerGlobalScope) (qjs.Value, error) {
		g.close()
		return qjs.Undefined(), nil
	})}
)

// close closes the worker: its running script goes on to its end, and then nothing more happens.
//
// https://html.spec.whatwg.org/multipage/workers.html#close-a-worker
func (g *workerGlobalScope) close() {
	// 1. Discard the tasks, and those that come. 2. The closing flag.
	g.settings.Messaging.SetClosing()
	g.host.workers.closing(&g.entry)
	g.agent.loop.Finish(g.agent.cancel)
}

// terminate ends the worker from outside, at once. Any goroutine may call it; more
// calls do nothing.
//
// https://html.spec.whatwg.org/multipage/workers.html#terminate-a-worker
func (g *workerGlobalScope) terminate() {
	g.host.workers.closing(&g.entry)
	g.mu.Lock()
	first, a := !g.terminated, g.agent
	g.terminated = true
	g.mu.Unlock()
	switch {
	case !first:
	case a == nil:
		g.host.workers.end(&g.entry)
	default:
		a.loop.Finish(a.cancel)
		a.close()
	}
}
