package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// window is a Window object with its document: what a navigable shows. It belongs to its agent's
// goroutine, except for the fields that are said to be fixed.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-window-object
type window struct {
	event.Target

	// Fixed.
	host      *Host
	agent     *agent
	navigable *navigable
	entangled *entangle.Window
	origin    entangle.Origin

	settings *settings.Object
	document *dom.Document
	held     *qjs.Ref  // the document's wrapper, and with it those of its nodes
	loading  *loading  // of the document; nil when it is complete
	inOrder  []*script // that run as soon as possible, but in order
	frameOf  map[*dom.Element]*navigable
	modified string // document.lastModified; "" is now
	source   documentSource
	location *location
	history  *history
	frames   int  // how many indexed properties the global has
	unloaded bool // unload was fired
	gone     bool // destroyed
	isolated bool // guarded by Host.mu
	status   string
	entry    uint64 // the number of the document, in the session history

	workerOwner workerOwner
}

// documentSource is where a document came from: what it is made with, and what about: documents
// made by it inherit.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#navigation-params
type documentSource struct {
	url      string
	base     string // the fallback base URL: of about:srcdoc and about:blank that of who made it; "": url
	origin   entangle.Origin
	sandbox  sandboxFlags
	policies policies
	topURL   string // the top-level creation URL
	referrer string
	initial  bool // the initial about:blank
}

// windowOf returns the window whose settings object s is; nil for a worker's.
func windowOf(s *settings.Object) *window {
	if s == nil {
		return nil
	}
	w, _ := s.Global().(*window)
	return w
}

// agentOf returns the agent that a settings object is of.
func agentOf(s *settings.Object) *agent { return s.Agent.(*agent) }

// newWindow makes the window of a new document and shows it in the navigable: its WindowProxy is
// the window's from now on.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#initialise-the-document-object
func (a *agent) newWindow(n *navigable, source documentSource) *window {
	w := a.prepareWindow(n, source)
	w.start()
	return w
}

// prepareWindow makes a window that can be sent messages, but has no realm yet. Any
// goroutine may call it.
func (a *agent) prepareWindow(n *navigable, source documentSource) *window {
	h := a.host
	w := &window{host: h, agent: a, navigable: n, origin: source.origin, source: source, entry: navigables.Add(1)}
	h.mu.Lock()
	options := entangle.WindowOptions{Origin: source.origin, Name: n.name, Agent: a.entangle, ReadyState: entangle.Loading}
	if n.parent != nil && n.parent.active != nil {
		options.Parent = n.parent.active.entangled
	}
	h.mu.Unlock()
	w.entangled = h.userAgent.NewWindow(options)
	h.mu.Lock()
	defer h.mu.Unlock()
	n.active = w
	h.senders[w.entangled] = n
	return w
}

// start makes the window's realm and its document. On the agent's goroutine. If there is no memory
// for them, the navigable is closed, and the window is gone.
func (w *window) start() {
	if w.gone {
		return
	}
	shared := w.isIsolated()
	s, err := w.agent.newRealm(realmOptions{
		kind: webidl.Window, global: windowInterface, object: w, messaging: w.entangled.Global(), origin: w.origin, url: w.source.url,
		secure: trustworthy(w.source.topURL), isolated: shared,
		fill: func(s *settings.Object) {
			s.Window, s.Document = w.entangled, w.entangled.Global().Document()
			s.Base = w.baseURL
			s.Referrer = func() string { return w.source.referrerURL() }
		},
	})
	if err != nil {
		w.host.tell(ScriptError{URL: w.source.url, Message: "there is no room for the document: " + err.Error()})
		w.host.discard(w.agent, w.navigable)
		return
	}
	w.settings = s
	w.agent.setRealm(w.navigable, w.settings.Realm)
	installWindow(w)
	w.newDocument()
	w.listen()
}

// isIsolated finds out whether the window has the cross-origin isolated capability: its group is
// isolated, and the documents around let it have it. An iframe of another origin needs its
// element's permission; a data: document is taken for one of its maker's. It returns whether the
// group is isolated, so that there is shared memory.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#concept-settings-object-cross-origin-isolated-capability
func (w *window) isIsolated() (shared bool) {
	h := w.host
	h.mu.Lock()
	defer h.mu.Unlock()
	n := w.navigable
	w.isolated = n.group.isolated
	shared = w.isolated
	if n.parent != nil && n.parent.active != nil {
		above := n.parent.active
		w.isolated = w.isolated && above.isolated && (above.origin == w.origin || n.mayIsolate || scheme(w.source.url) == "data")
	}
	return shared
}

// baseURL returns the document base URL.
//
// https://html.spec.whatwg.org/multipage/urls-and-fetching.html#document-base-url
func (w *window) baseURL() string {
	if w.document != nil {
		return w.document.BaseURL()
	}
	return w.source.fallbackBase()
}

func (s *documentSource) fallbackBase() string {
	if s.base != "" {
		return s.base
	}
	return s.url
}

// referrerURL returns the URL that requests of the document are said to come from.
func (s *documentSource) referrerURL() string {
	if s.policies.referrer == "no-referrer" {
		return ""
	}
	return s.fallbackBase()
}

// GetTheParent implements [event.EventTarget]: a window has none.
func (w *window) GetTheParent(event.Object) event.EventTarget { return nil }

// proxy returns the window's WindowProxy for script of its own agent; of a window that is no longer
// shown it is the one of what is shown instead.
func (w *window) proxy() qjs.Value { return w.agent.windowProxy(w.settings.Realm, w.navigable) }

// isActive reports whether the window is what its navigable shows.
func (w *window) isActive() bool { return w.navigable.window() == w }

// updateFrames makes the global's indexed properties those of its frames.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#accessing-other-browsing-contexts
func (w *window) updateFrames() {
	if w.gone {
		return
	}
	realm := w.settings.Realm
	defer w.agent.runtime.Enter()()
	global := realm.Global()
	n := 0
	for ; ; n++ {
		child := w.navigable.child(n)
		if child == nil {
			break
		}
		_ = global.Define(realm, n, w.agent.windowProxy(realm, child), qjs.Configurable|qjs.Enumerable)
	}
	for i := n; i < w.frames; i++ {
		_, _ = global.Delete(realm, i)
	}
	w.frames = n
}

// destroy destroys the document: its ports are closed, its tasks dropped, its workers told. On the
// agent's goroutine.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#destroy-a-document
func (w *window) destroy() {
	if w.gone {
		return
	}
	w.gone = true
	w.entangled.Destroy()
	w.host.mu.Lock()
	delete(w.host.senders, w.entangled)
	w.host.mu.Unlock()
	if w.settings == nil { // it never started
		w.agent.documentGone()
		return
	}
	w.settings.Destroy()
	w.host.workers.removeOwner(&w.workerOwner)
	if w.loading != nil {
		w.loading.abort()
	}
	w.held.Free()
	webidl.Unkeep(w.location)
	webidl.Unkeep(w.history)
	w.agent.closeRealm(w.settings.Realm)
	w.agent.documentGone()
}

// destroyWindows destroys windows that were taken out of the tree. from is the agent whose
// goroutine calls, nil if it is none.
func (h *Host) destroyWindows(from *agent, gone []*window) {
	for _, w := range gone {
		w.entangled.Destroy() // at once, whoever's goroutine this is
		if w.agent == from {
			w.destroy()
		} else {
			w.agent.post(w.destroy)
		}
	}
}

// documentComes counts a document that the agent is to get. Host.mu is held.
func (a *agent) documentComes() { a.documents++ }

// documentGone ends an agent that has no document any more.
func (a *agent) documentGone() {
	h := a.host
	h.mu.Lock()
	a.documents--
	last := a.documents == 0
	if last {
		a.leaveGroup()
	}
	h.mu.Unlock()
	if last {
		a.close()
	}
}

func (a *agent) key() agentKey { return agentKey{a.origin} }

// agentFor returns the agent of an origin in a group, which has one document more to come. Host.mu
// is held; it may be released for a while.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#obtain-similar-origin-window-agent
func (g *group) agentFor(origin entangle.Origin) *agent {
	key := agentKey{origin}
	a := g.agents[key]
	if a == nil {
		a = g.host.newAgentLocked(agentOptions{})
		a.group, a.origin = g, origin
		g.agents[key] = a
	}
	a.documentComes()
	return a
}
