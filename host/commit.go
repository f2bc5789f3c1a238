package host

import (
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// commit lets a document go and the one that came take its place. It runs on the agent of the
// document that goes.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#attempt-to-populate-the-history-entry's-document
func (nav *navigation) commit(active *window, response *loader.Response, err error) {
	n := nav.navigable
	if !nav.current() || n.window() != active {
		return
	}
	// 1. Some responses are no documents: nothing happens.
	if err == nil && (response.Status == 204 || response.Status == 205 ||
		strings.HasPrefix(strings.ToLower(response.Header.Get("Content-Disposition")), "attachment")) {
		return
	}
	// 2. What the document is.
	source := nav.newSource(active, response, err)
	if err == nil && !n.mayEmbed(source) {
		response, err = nil, loader.ErrNetwork
		source = nav.newSource(active, response, err)
	}
	if err != nil {
		response = errorPage(source.url)
	}
	// 3. A document of the same origin takes the window of the initial about:blank.
	if active.source.initial && active.origin == source.origin && !n.switches(active, source) {
		active.unloadFrames()
		active.reuse(source)
		nav.commitHistory(active)
		nav.begin(active, response)
		return
	}
	// 4. Unload.
	active.unload()
	if !nav.current() {
		return
	}
	active.removeFrames()
	// 5. The agent of the new one. A page that nobody opened loses its name with its origin.
	h := n.host
	h.mu.Lock()
	if n.parent == nil && n.opener == nil && source.origin != active.origin && !active.source.initial {
		n.name = ""
	}
	if n.parent == nil && n.switchesLocked(active, source) {
		n = n.switchGroup(source)
		nav.navigable, nav.number = n, n.navigation
	}
	target := n.group.agentFor(source.origin)
	h.mu.Unlock()
	if target == active.agent {
		w := target.newWindow(n, source)
		active.destroy()
		if !w.gone {
			nav.commitHistory(w)
			nav.begin(w, response)
		}
		return
	}
	active.agent.setRemote(n)
	w := target.prepareWindow(n, source)
	active.destroy()
	target.post(func() {
		if w.start(); !w.gone {
			nav.commitHistory(w)
			nav.begin(w, response)
		}
	})
}

// current reports whether no other navigation took the place, and the navigable is there.
func (nav *navigation) current() bool {
	h := nav.navigable.host
	h.mu.Lock()
	defer h.mu.Unlock()
	return nav.navigable.navigation == nav.number && !nav.navigable.closed
}

// begin loads the document.
func (nav *navigation) begin(w *window, response *loader.Response) {
	if nav.srcdoc != nil {
		w.load(*nav.srcdoc)
		return
	}
	w.loadResponse(response)
}

// commitHistory adds to the session history.
func (nav *navigation) commitHistory(w *window) {
	w.host.mu.Lock()
	defer w.host.mu.Unlock()
	entry := historyEntry{url: w.source.url, document: w.entry}
	if nav.traversal {
		entry.state = w.navigable.history.current().state
		w.navigable.history.push(entry, true)
		return
	}
	w.navigable.history.push(entry, nav.replace || w.navigable.parent != nil && len(w.navigable.history.entries) <= 1 && w.source.initial)
}

// newSource says what the document of a response is.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#determining-the-origin
func (nav *navigation) newSource(active *window, response *loader.Response, err error) documentSource {
	n := nav.navigable
	source := documentSource{url: nav.url, referrer: loader.Referrer(nav.referrer, nav.inherit.policies.referrer, nav.url)}
	n.host.mu.Lock()
	source.sandbox = n.sandbox
	parent := n.parent
	var above documentSource
	if parent != nil && parent.active != nil {
		above = parent.active.source
		source.sandbox |= above.sandbox
	}
	n.host.mu.Unlock()
	// 1. The origin.
	switch {
	case err != nil:
		source.origin = entangle.NewOpaqueOrigin()
	case strings.HasPrefix(nav.url, "about:srcdoc") && parent != nil:
		source.origin, source.policies, source.base = above.origin, above.policies, above.fallbackBase()
	case scheme(nav.url) == "about":
		source.origin, source.policies, source.base = nav.inherit.origin, nav.inherit.policies, nav.inherit.fallbackBase()
	default:
		source.url, source.origin = response.URL, response.Origin
		source.sandbox |= sandboxOf(response)
	}
	// 2. The policies.
	source.topURL = above.topURL
	if parent == nil {
		source.topURL = source.url
		if scheme(source.url) == "about" && nav.inherit.topURL != "" {
			source.topURL = nav.inherit.topURL
		}
	}
	switch scheme(source.url) {
	case "http", "https":
		if err == nil {
			source.policies = readPolicies(response.Header, source.origin, trustworthy(source.url))
		}
	case "blob", "data":
		source.policies = nav.inherit.policies
	}
	if source.sandbox&sandboxedOrigin != 0 {
		source.origin = entangle.NewOpaqueOrigin()
	}
	return source
}

// sandboxOf returns the flags of a Content-Security-Policy with a sandbox directive.
//
// https://html.spec.whatwg.org/multipage/browsers.html#csp-derived-sandboxing-flags
func sandboxOf(response *loader.Response) sandboxFlags {
	var flags sandboxFlags
	for _, policy := range response.Header.Values("Content-Security-Policy") {
		for _, directive := range strings.Split(policy, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), " ")
			if strings.EqualFold(name, "sandbox") {
				flags |= parseSandbox(value)
			}
		}
	}
	return flags
}

// mayEmbed reports whether a frame may show the document.
func (n *navigable) mayEmbed(source documentSource) bool {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	if n.parent == nil || n.parent.active == nil {
		return true
	}
	return embeddable(n.parent.active.source.policies, source.policies)
}

// switches reports whether a page goes to another browsing context group with the document.
func (n *navigable) switches(active *window, source documentSource) bool {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	return n.parent == nil && n.switchesLocked(active, source)
}

// switchesLocked is switches with Host.mu held.
func (n *navigable) switchesLocked(active *window, source documentSource) bool {
	from, to := active.source.policies, source.policies
	if from.opener == "" {
		from.opener = unsafeNone
	}
	if to.opener == "" {
		to.opener = unsafeNone
	}
	return switchesGroup(active.source.initial, from, to)
}

// switchGroup moves a page to a group of its own and returns what shows it from now on.
// Host.mu is held.
//
// https://html.spec.whatwg.org/multipage/browsers.html#obtain-browsing-context-to-use-for-navigation
func (n *navigable) switchGroup(source documentSource) *navigable {
	g := n.host.newGroup()
	g.isolated = source.policies.opener == sameOriginPlusEmbedder
	next := n
	if len(n.group.pages) > 1 {
		// Others know the page as it was: for them it is closed.
		next = &navigable{host: n.host, sandbox: n.sandbox, scripted: n.scripted, popup: n.popup, history: n.history, page: n.page}
		if next.page != nil {
			next.page.navigable = next
		}
		n.closed = true
		n.navigation++
		n.active = nil
	}
	delete(n.group.pages, n)
	next.group, next.opener, next.name = g, nil, ""
	next.navigation++
	g.pages[next] = struct{}{}
	return next
}

// errorPage is shown in place of what could not be fetched.
func errorPage(url string) *loader.Response {
	return &loader.Response{URL: url, Status: 200, Header: map[string][]string{"Content-Type": {"text/html;charset=utf-8"}}}
}
