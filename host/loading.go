package host

import (
	"context"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
)

// loading is a document being loaded: what its load event waits for, and the scripts that are to
// run on the way.
//
// https://html.spec.whatwg.org/multipage/parsing.html#the-end
type loading struct {
	window   *window
	blockers int       // what delays the load event, the parser among it
	parsed   bool      // DOMContentLoaded was fired
	ended    bool      // the parser came to the end
	deferred []*script // that run, in order, when the document was parsed
	cancels  map[*script]context.CancelFunc
}

// startLoading begins to load a document.
func (w *window) startLoading() {
	w.loading = &loading{window: w, blockers: 1, cancels: map[*script]context.CancelFunc{}}
}

// abort ends the loading of a document that goes.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#abort-a-document
func (l *loading) abort() {
	for _, cancel := range l.cancels {
		cancel()
	}
	l.window.loading = nil
}

// delay delays the load event until the function that it returns is called; more calls of
// that do nothing.
//
// https://html.spec.whatwg.org/multipage/dom.html#delay-the-load-event
func (w *window) delay() (release func()) {
	l := w.loading
	if l == nil {
		return func() {}
	}
	l.blockers++
	released := false
	return func() {
		if released {
			return
		}
		released = true
		if l.blockers--; w.loading == l {
			l.advance()
		}
	}
}

// parsedDocument is told that the parser came to the end.
func (w *window) parsedDocument() {
	l := w.loading
	if l == nil || l.ended {
		return
	}
	l.ended = true
	w.setReadiness(entangle.Interactive)
	l.runDeferred()
}

// runDeferred runs the deferred scripts whose turn it is, then goes on with the end.
func (l *loading) runDeferred() {
	for len(l.deferred) > 0 {
		if !l.deferred[0].ready {
			return
		}
		next := l.deferred[0]
		l.deferred = l.deferred[1:]
		next.execute()
		if l.window.loading != l {
			return
		}
	}
	w := l.window
	w.settings.QueueTask(eventloop.DOMManipulation, func() {
		if w.loading != l || l.parsed {
			return
		}
		event.Fire(w.document, "DOMContentLoaded", event.Init{Bubbles: true})
		l.parsed = true
		if l.blockers--; w.loading == l {
			l.advance()
		}
	})
}

// advance fires the load event when nothing delays it any more.
func (l *loading) advance() {
	if l.blockers > 0 || !l.parsed {
		return
	}
	w := l.window
	w.settings.QueueTask(eventloop.DOMManipulation, func() {
		if w.loading != l || l.blockers > 0 { // something more was begun meanwhile
			return
		}
		w.complete()
	})
}

// complete is the rest of the end: the document is loaded, its load event is fired, then that of
// the frame that it is in.
//
// https://html.spec.whatwg.org/multipage/document-lifecycle.html#completely-finish-loading
func (w *window) complete() {
	l := w.loading
	w.setReadiness(entangle.Complete)
	if w.loading != l {
		return
	}
	event.Fire(w, "load", event.Init{})
	if w.loading == l && l != nil {
		w.loading = nil
	}
	if w.gone || !w.isActive() {
		return
	}
	event.FirePageTransition(w, "pageshow", false)
	w.loadedAgain()
}

// loadedAgain tells who shows the document that it is loaded: the frame's element gets its load
// event, Open returns.
func (w *window) loadedAgain() {
	n := w.navigable
	w.host.mu.Lock()
	page := n.page
	w.host.mu.Unlock()
	if page != nil {
		page.isLoaded()
	}
	if n.containerAgent == nil {
		return
	}
	if n.containerAgent == w.agent {
		n.frameLoaded()
		return
	}
	n.containerAgent.postTo(eventloop.DOMManipulation, nil, func() {
		if n.window() == w {
			n.frameLoaded()
		}
	})
}

// frameLoaded is the iframe load event steps. On the agent of the frame's element.
//
// https://html.spec.whatwg.org/multipage/iframe-embed-object.html#iframe-load-event-steps
func (n *navigable) frameLoaded() {
	release := n.release
	n.release = nil
	if n.container != nil && n.alive() {
		event.Fire(n.container, "load", event.Init{})
	}
	if release != nil {
		release()
	}
}

// setReadiness says how far the document was loaded, to scripts and to whoever connects by name.
//
// https://html.spec.whatwg.org/multipage/dom.html#update-the-current-document-readiness
func (w *window) setReadiness(state entangle.ReadyState) {
	w.entangled.SetReadyState(state)
	w.document.SetReadiness(string(state))
}
