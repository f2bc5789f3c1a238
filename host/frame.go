package host

import (
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// newNavigable makes a navigable without a document; nil if there are too many, or too deep.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#create-a-new-child-navigable,
// #creating-a-new-top-level-traversable
func (h *Host) newNavigable(g *group, parent *navigable) *navigable {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := &navigable{host: h, group: g, parent: parent, history: newHistory()}
	if parent != nil {
		if n.depth = parent.depth + 1; n.depth > h.options.MaxFrameDepth || parent.closed {
			return nil
		}
	}
	if h.closed || h.navigables >= h.options.MaxWindows {
		return nil
	}
	h.navigables++
	if parent != nil {
		parent.children = append(parent.children, n)
	} else {
		g.pages[n] = struct{}{}
	}
	return n
}

// createInitial gives a new navigable its initial about:blank, which is its creator's, and of the
// same agent unless it is sandboxed. Without a creator the document has the origin.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#creating-a-new-browsing-context
func (n *navigable) createInitial(creator *window, origin entangle.Origin) *window {
	h := n.host
	source := documentSource{url: "about:blank", topURL: "about:blank", origin: origin, initial: true}
	if creator != nil {
		source.base, source.policies, source.topURL, source.referrer = creator.baseURL(), creator.source.policies, creator.source.topURL,
			loader.Referrer(creator.source.referrerURL(), creator.source.policies.referrer, source.url)
		source.origin = creator.origin
	}
	h.mu.Lock()
	if source.sandbox = n.sandbox; n.parent != nil && creator != nil {
		source.sandbox |= creator.source.sandbox
	}
	if source.sandbox&sandboxedOrigin != 0 {
		source.origin = entangle.NewOpaqueOrigin()
	}
	if creator != nil && source.origin == creator.origin && creator.agent.group == n.group {
		creator.agent.documentComes()
		h.mu.Unlock()
		w := creator.agent.newWindow(n, source)
		if !w.gone {
			w.loadBlank()
		}
		return w
	}
	a := n.group.agentFor(source.origin)
	h.mu.Unlock()
	w := a.prepareWindow(n, source)
	a.post(func() {
		if w.start(); !w.gone {
			w.loadBlank()
		}
	})
	return w
}

// choose chooses the navigable for a target name: one that is there, or a new page. It is nil if
// neither may be.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#the-rules-for-choosing-a-navigable
func (w *window) choose(target string, noOpener, popup bool) (chosen *navigable, isNew bool) {
	if n := w.navigable.find(target); n != nil {
		return n, false
	}
	if w.source.sandbox&sandboxedAuxiliaryNavigation != 0 {
		return nil, false
	}
	h := w.host
	h.mu.Lock()
	g, top := w.navigable.group, w.navigable.top()
	// A page that other origins are inside of keeps what they open to themselves.
	if top.active != nil && top.active.origin != w.origin {
		switch top.active.source.policies.opener {
		case sameOriginOpener, sameOriginPlusEmbedder:
			noOpener = true
		}
	}
	h.mu.Unlock()
	if noOpener {
		g = h.newGroup()
	}
	n := h.newNavigable(g, nil)
	if n == nil {
		return nil, false
	}
	h.mu.Lock()
	n.scripted, n.popup = true, popup
	if !noOpener {
		n.opener = w.navigable
		if target != "_blank" {
			n.name = target
		}
	} else if target != "_blank" {
		n.name = target
	}
	if w.source.sandbox&sandboxPropagates != 0 {
		n.sandbox = w.source.sandbox
	}
	h.mu.Unlock()
	if noOpener {
		n.createInitial(nil, entangle.NewOpaqueOrigin())
	} else {
		n.createInitial(w, w.origin)
	}
	if n.isClosed() {
		return nil, false // there is no memory for it
	}
	return n, true
}

// frameOptions are the attributes of an iframe that count when it is inserted.
type frameOptions struct {
	name    string
	sandbox *string // nil: there is no such attribute
	allow   string
}

// insertFrame makes the navigable of a frame that was inserted into the document; nil if
// there are too many.
func (w *window) insertFrame(container *dom.Element, options frameOptions) *navigable {
	n := w.host.newNavigable(w.navigable.group, w.navigable)
	if n == nil {
		w.settings.Log("warn", "there are too many frames, or too deep inside of one another")
		return nil
	}
	n.container, n.containerAgent = container, w.agent
	n.name, n.mayIsolate = options.name, strings.Contains(options.allow, "cross-origin-isolated")
	n.setSandbox(options.sandbox)
	n.createInitial(w, w.origin)
	if n.isClosed() {
		return nil // there is no memory for it
	}
	w.updateFrames()
	return n
}

// setSandbox sets the flags of the iframe's sandbox attribute; they count for the next document.
func (n *navigable) setSandbox(directive *string) {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	n.sandbox = 0
	if directive != nil {
		n.sandbox = parseSandbox(*directive)
	}
}

// removeFrame destroys the navigable of a frame that was removed from the document. On the agent
// of the parent.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#destroy-a-child-navigable
func (w *window) removeFrame(n *navigable) {
	if inner := n.window(); inner != nil && inner.agent == w.agent {
		inner.unload()
		inner.removeFrames()
	} else if inner != nil {
		inner.agent.post(inner.unload)
	}
	h := w.host
	h.mu.Lock()
	if n.closed {
		h.mu.Unlock()
		return
	}
	navigables := append(n.descendants(), n)
	gone := n.remove()
	h.navigables -= len(navigables)
	h.mu.Unlock()
	h.destroyWindows(w.agent, gone)
	for _, n := range navigables {
		w.agent.forgetWindow(n)
	}
	h.forgetEverywhere(w.navigable.group, navigables)
	w.updateFrames()
}
