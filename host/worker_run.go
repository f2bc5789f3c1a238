package host

import (
	"github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/encoding"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// start runs the worker, on a goroutine of its own.
func (g *workerGlobalScope) start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.terminated {
		return
	}
	g.agent = g.host.newAgent(agentOptions{canBlock: true, atEnd: g.end})
	g.agent.post(g.run)
}

// run runs a worker. It is the first task of its agent.
//
// https://html.spec.whatwg.org/multipage/workers.html#run-a-worker
func (g *workerGlobalScope) run() {
	// 14. Fetch the script. Nothing else is to be done here meanwhile, so the agent waits for it.
	response, err := g.host.loader.Fetch(g.agent.ctx, g.request)
	if err != nil || !g.acceptable(response) {
		g.fail()
		return
	}
	if g.url, err = url.Parse(response.URL); err != nil {
		g.fail()
		return
	}
	// 3.-13. The realm, the global and its settings object.
	isolated, ok := g.applyPolicies(response)
	if !ok {
		g.fail()
		return
	}
	if err := g.createRealm(isolated); err != nil {
		g.host.tell(ScriptError{URL: response.URL, Message: "there is no room for the worker: " + err.Error()})
		g.fail()
		return
	}
	script := g.createScript(encoding.Decode(response.Body, "utf-8"))
	if script == nil {
		g.fail()
		return
	}
	if g.object != nil {
		// 15.3.-5. The inside port, whose message event target is the global.
		if g.inside, err = g.settings.Messaging.Adopt(g.inside); err == nil {
			_ = g.inside.Listen(g.deliver, g.deliver, nil)
		}
	}
	// 15.10. Run the script. A module that waits for something at its top level goes on later.
	script()
	// 15.11.-13. Enable the queues; a shared worker gets its connect events.
	if g.object != nil {
		g.inside.Start()
	}
	g.takeConnections()
}

// acceptable reports whether the response is a script.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-classic-worker-script, step 4 of
// its processing; #fetch-a-single-module-script, step 13.6
func (g *workerGlobalScope) acceptable(response *loader.Response) bool {
	if !response.OK() {
		return false
	}
	switch scheme(response.URL) {
	case "http", "https":
	default:
		if g.options.workerType == classicWorker {
			return true
		}
	}
	return response.MediaType().IsJavaScript()
}

// applyPolicies takes the policies from the response and reports whether the worker is cross-origin
// isolated; ok is false if it must not run.
//
// https://html.spec.whatwg.org/multipage/workers.html#run-a-worker, the steps of
// performing the fetch
func (g *workerGlobalScope) applyPolicies(response *loader.Response) (isolated, ok bool) {
	shared := g.object == nil
	// 3.1. What has no headers of its own has the policies of its creator.
	switch scheme(response.URL) {
	case "http", "https":
		g.policies = readPolicies(response.Header, g.creator.origin, g.creator.secure)
	default:
		g.policies = g.creator.policies
	}
	// 3.4. Check a global object's embedder policy.
	if !shared && g.creator.policies.embedder && !g.policies.embedder {
		return false, false
	}
	// 3.3., 3.5.-7. A shared worker is alone in its agent cluster, a dedicated one in its owner's.
	if shared {
		return g.policies.embedder && g.creator.secure, true
	}
	return g.creator.isolated && scheme(response.URL) != "data", true
}

// createRealm sets up a worker environment settings object.
//
// https://html.spec.whatwg.org/multipage/workers.html#set-up-a-worker-environment-settings-object
func (g *workerGlobalScope) createRealm(isolated bool) error {
	origin := g.creator.origin
	if g.url.Scheme() == "data" {
		origin = entangle.NewOpaqueOrigin()
	}
	options := realmOptions{
		kind: webidl.DedicatedWorker, global: dedicatedWorkerGlobalScopeInterface, object: g,
		messaging: g.host.userAgent.NewGlobal(entangle.GlobalOptions{
			Agent: g.agent.entangle, Origin: origin, Partition: g.creator.storageKey.Partition,
		}),
		origin: origin, url: g.url.Href(false), secure: g.creator.secure, isolated: isolated,
		fill: func(s *settings.Object) { s.AgentCluster = g.creator.cluster },
	}
	if g.object == nil {
		options.kind, options.global = webidl.SharedWorker, sharedWorkerGlobalScopeInterface
		options.fill = func(s *settings.Object) { s.AgentCluster = g } // its own
	}
	s, err := g.agent.newRealm(options)
	if err != nil {
		options.messaging.Close()
		return err
	}
	g.settings = s
	if g.object != nil {
		event.Reporting(g.settings.Realm, g.unhandled)
	}
	g.location = workerLocation{url: g.url, origin: origin.String()}
	webidl.Init(&g.location, g.settings.Realm, workerLocationInterface)
	webidl.Init(&g.navigator, g.settings.Realm, workerNavigatorInterface)
	webidl.Keep(&g.location)
	webidl.Keep(&g.navigator)
	return nil
}

// createScript makes the script of its source, with all modules that it imports. It returns what
// runs it; nil if it cannot be parsed, or a module be had.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#creating-a-classic-script
func (g *workerGlobalScope) createScript(source string) (run func()) {
	s, name := g.settings, g.url.Href(false)
	if g.options.workerType == classicWorker {
		bytecode, err := s.Realm.Compile(source, name)
		if err != nil {
			g.logFailure(err)
			return nil
		}
		return func() {
			s.RunScript(func() error {
				_, err := s.Realm.Run(bytecode)
				return err
			})
		}
	}
	modules := modulesOf(s)
	modules.destination, modules.credentials, modules.anonymous = g.request.Destination, g.request.IncludeCredentials,
		g.request.OmitCredentials
	// What it imports statically is fetched for the outside settings.
	modules.outside = func(request *loader.Request) {
		request.Origin, request.Key, request.ReferrerPolicy = g.creator.origin, g.creator.storageKey, g.creator.policies.referrer
	}
	module, err := s.Realm.CompileModule(source, name)
	modules.outside, modules.destination = nil, "script"
	if err != nil {
		g.logFailure(err)
		return nil
	}
	return func() { s.RunScript(func() error { return g.evaluate(module) }) }
}

// logFailure tells the console why there is no script.
func (g *workerGlobalScope) logFailure(err error) {
	if g.agent.ctx.Err() == nil {
		event.LogError(g.settings.Realm, event.ExtractError(g.settings.Realm, err))
	}
}

// evaluate runs a module script.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#run-a-module-script
func (g *workerGlobalScope) evaluate(module *qjs.Module) error {
	realm := g.settings.Realm
	promise, err := module.Evaluate()
	if err != nil && webidl.Catchable(err) { // it cannot be linked, which is an error to rethrow as those of parsing are
		g.logFailure(err)
		g.fail()
		return nil
	}
	if err != nil {
		return err
	}
	failed := realm.NewFunction("", 1, func(c *qjs.Call) (qjs.Value, error) {
		g.settings.ReportException(realm.NewException(c.Arg(0)))
		return qjs.Value{}, nil
	})
	_, err = realm.Intrinsic("%Promise.prototype.then%").Call(realm, promise, qjs.Undefined(), failed)
	return err
}

// fail says that there is no script to run: each Worker or SharedWorker object gets an error event.
// Then the agent ends, if there is one.
//
// https://html.spec.whatwg.org/multipage/workers.html#run-a-worker, step 15.1
func (g *workerGlobalScope) fail() {
	g.host.workers.closing(&g.entry)
	g.mu.Lock()
	connections, terminated := g.connections, g.terminated
	g.connections, g.failed = nil, true
	g.mu.Unlock()
	if g.object != nil {
		if !terminated { // or else that is why there is no script
			g.object.queueTask(func() { event.Fire(g.object, "error", event.Init{}) })
		}
		g.inside.Close()
	}
	for _, c := range connections {
		c.fail()
	}
	if g.agent != nil {
		g.agent.close()
	}
}

// end runs on the agent's goroutine once its event loop has ended.
//
// https://html.spec.whatwg.org/multipage/workers.html#run-a-worker, steps 15.16 to 15.18
func (g *workerGlobalScope) end() {
	if g.settings != nil {
		g.settings.Destroy()
		g.settings.Messaging.Close() // all of the worker's ports
	}
	if g.inside != nil {
		g.inside.Close()
	}
	g.host.workers.closing(&g.entry)
	g.mu.Lock()
	connections := g.connections
	g.connections, g.ended = nil, true
	g.mu.Unlock()
	for _, c := range connections {
		c.inside.Close()
	}
	g.host.workers.end(&g.entry)
}
