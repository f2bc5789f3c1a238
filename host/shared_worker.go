package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// sharedWorker is a SharedWorker object.
//
// https://html.spec.whatwg.org/multipage/workers.html#sharedworker
type sharedWorker struct {
	event.Target
	port  *qjs.Ref // the outside port
	ended bool     // it is connected, or got its error: no event comes any more
	kept  bool     // listeners are kept from being collected
}

// Trace implements [qjs.Tracer].
func (w *sharedWorker) Trace(visit func(*qjs.Ref)) {
	w.Target.Trace(visit)
	visit(w.port)
}

// sharedWorkerInterface is https://html.spec.whatwg.org/multipage/workers.html#sharedworker.
var sharedWorkerInterface = &webidl.Interface{
	Name: "SharedWorker", Parent: event.EventTargetInterface, Exposed: webidl.Window,
	Constructor: constructSharedWorker, ConstructorLength: 1,
	Attributes: []webidl.Attribute{
		{Name: "port", Get: webidl.Getter(func(_ *qjs.Realm, w *sharedWorker) (qjs.Value, error) { return w.port.Value(), nil })},
		event.HandlerAttribute("error"),
	},
}

// constructSharedWorker is the SharedWorker() constructor.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-sharedworker
func constructSharedWorker(c *qjs.Call) (any, error) {
	text, err := webidl.USVString(c.Realm, c.Arg(0))
	if err != nil {
		return nil, err
	}
	options, err := readSharedWorkerOptions(c.Realm, c.Arg(1))
	if err != nil {
		return nil, err
	}
	// 1.-4. The URL.
	s := settings.Of(c.Realm)
	u, err := parseWorkerURL(s, text)
	if err != nil {
		return nil, err
	}
	// 5.-6. The outside port. As with a dedicated worker it is entangled at once.
	channel := s.Messaging.NewMessageChannel()
	w := &sharedWorker{port: c.Runtime().NewRef(messaging.NewPort(c.Realm, channel.Port1))}
	connection := &sharedConnection{inside: channel.Port2, port: channel.Port1, object: w, outside: s}
	// 10. The shared worker manager.
	g := newWorkerGlobalScope(s, u, options, "sharedworker")
	g.entry.scope = g
	g.entry.shared = &sharedWorkerKey{
		storageKey: s.StorageKey(), url: u.Href(false), name: options.name, workerType: options.workerType, credentials: options.credentials,
		extendedLifetime: options.extendedLifetime, secureContext: s.IsSecureContext,
	}
	for {
		switch entry := g.host.workers.connectOrAdd(&g.entry, ownerOf(s)); entry {
		case nil:
			connection.fail()
		case &g.entry:
			connection.first = true
			g.connect(connection)
			g.start()
		default:
			if !entry.scope.connect(connection) {
				continue // it has ended meanwhile, and is not found again
			}
		}
		return w, nil
	}
}

// ListenersChanged keeps the listeners while an error may come.
func (w *sharedWorker) ListenersChanged(string) {
	if keep := w.HasListeners() && !w.ended; keep != w.kept {
		w.kept = keep
		if keep {
			webidl.Keep(w)
		} else {
			webidl.Unkeep(w)
		}
	}
}

// end says that no event comes any more.
func (w *sharedWorker) end() {
	w.ended = true
	w.ListenersChanged("")
}

// readSharedWorkerOptions reads the second argument: a name, or a dictionary.
func readSharedWorkerOptions(realm *qjs.Realm, v qjs.Value) (workerOptions, error) {
	if v.IsNullish() || v.IsObject() {
		return readWorkerOptions(realm, v, "SharedWorkerOptions")
	}
	name, err := webidl.DOMString(realm, v)
	return workerOptions{name: name, workerType: classicWorker, credentials: "same-origin"}, err
}

// sharedConnection is a SharedWorker object on its way to the shared worker.
type sharedConnection struct {
	inside  *entangle.MessagePort // belongs to nobody before it is connected
	port    *entangle.MessagePort // the outside port
	object  *sharedWorker         // belongs to outside's agent
	outside *settings.Object      // only what any goroutine may call
	first   bool                  // the worker was made for it
}

// fail fires error at the SharedWorker object. Any goroutine may call it.
func (c *sharedConnection) fail() {
	c.outside.QueueTask(eventloop.DOMManipulation, func() {
		event.Fire(c.object, "error", event.Init{})
		c.object.end()
	})
	c.inside.Close()
}

// connect connects a SharedWorker object to the worker, once its script has run; false if the
// worker has ended. Any goroutine may call it.
func (g *workerGlobalScope) connect(c *sharedConnection) bool {
	g.mu.Lock()
	failed, ended, a := g.failed, g.ended, g.agent
	if !failed && !ended {
		g.connections = append(g.connections, c)
	}
	g.mu.Unlock()
	switch {
	case failed:
		c.fail()
	case ended:
		return false
	case a != nil:
		a.post(g.takeConnections)
	}
	return true
}

// takeConnections connects those that wait.
func (g *workerGlobalScope) takeConnections() {
	g.mu.Lock()
	connections := g.connections
	g.connections = nil
	g.mu.Unlock()
	for _, c := range connections {
		g.fireConnect(c)
	}
}

// fireConnect gives the worker the inside port of a connection.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-sharedworker, steps 10.5.5 to
// 10.5.7; #run-a-worker, steps 15.11 and 15.13
func (g *workerGlobalScope) fireConnect(c *sharedConnection) {
	inside, err := g.settings.Messaging.Adopt(c.inside)
	if err != nil { // the outside port went with its document
		return
	}
	c.outside.QueueTask(eventloop.DOMManipulation, c.object.end)
	if c.first { // the text enables the outside port's queue for the one that the worker was made for
		c.port.Start()
	}
	g.settings.QueueTask(eventloop.DOMManipulation, func() { fireConnect(g.settings, g, inside) })
}
