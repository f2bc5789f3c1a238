package host

import (
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
)

// unload tells a document, and those of its frames, that it goes. Frames of other agents are told
// in tasks of theirs.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#unload-a-document-and-its-descendants
//
// FIXME: no beforeunload, and nobody waits for frames of other agents.
func (w *window) unload() {
	if w.unloaded || w.gone {
		return
	}
	w.unloaded = true
	for i := 0; ; i++ {
		child := w.navigable.child(i)
		if child == nil {
			break
		}
		if inner := child.window(); inner != nil && inner.agent == w.agent {
			inner.unload()
		} else if inner != nil {
			inner.agent.postTo(eventloop.DOMManipulation, nil, inner.unload)
		}
	}
	if w.loading != nil && !w.loading.parsed && w.source.initial {
		return // nobody could have listened
	}
	event.FirePageTransition(w, "pagehide", false)
	event.Fire(w.document, "visibilitychange", event.Init{Bubbles: true})
	event.Fire(w, "unload", event.Init{})
}

// unloadFrames tells the frames' documents, and removes the frames.
func (w *window) unloadFrames() {
	w.unload()
	w.unloaded = false
	w.removeFrames()
}

// removeFrames takes the frames of a document that goes out of the tree.
func (w *window) removeFrames() {
	h := w.host
	h.mu.Lock()
	var gone []*window
	var navigables []*navigable
	for len(w.navigable.children) > 0 {
		child := w.navigable.children[0]
		navigables = append(append(navigables, child), child.descendants()...)
		gone = append(gone, child.remove()...)
	}
	h.navigables -= len(navigables)
	h.mu.Unlock()
	h.destroyWindows(w.agent, gone)
	for _, n := range navigables {
		w.agent.forgetWindow(n)
	}
	if len(navigables) > 0 {
		h.forgetEverywhere(w.navigable.group, navigables)
	}
}

// closePage closes a page: its documents are unloaded and destroyed. On the agent of its document.
//
// https://html.spec.whatwg.org/multipage/document-sequences.html#close-a-top-level-traversable
func (n *navigable) closePage() {
	w := n.window()
	if w == nil {
		return
	}
	w.unload()
	w.removeFrames()
	h := n.host
	h.mu.Lock()
	if n.closed {
		h.mu.Unlock()
		return
	}
	gone := n.remove()
	h.navigables--
	page := n.page
	h.mu.Unlock()
	w.agent.forgetWindow(n)
	h.forgetEverywhere(n.group, []*navigable{n})
	h.destroyWindows(w.agent, gone)
	if page != nil {
		page.ended()
	}
}

// endWindows closes what is shown by windows of an agent that ends, which can unload nothing any
// more; nil: of all agents, which have ended. On the agent's goroutine.
func (h *Host) endWindows(of *agent) {
	h.mu.Lock()
	if of != nil && of.documents == 0 {
		h.mu.Unlock()
		return
	}
	var gone []*window
	var pages []*Page
	for _, n := range h.senders {
		if n.active == nil || of != nil && n.active.agent != of {
			continue
		}
		h.navigables -= 1 + len(n.descendants())
		gone = append(gone, n.remove()...)
		if n.page != nil {
			pages = append(pages, n.page)
		}
	}
	h.mu.Unlock()
	for _, w := range gone {
		w.entangled.Destroy()
		if of != nil && w.agent != of {
			w.agent.post(w.destroy)
		}
	}
	for _, page := range pages {
		page.ended()
	}
}
