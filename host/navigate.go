package host

import (
	"net/http"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// navigateOptions say on whose behalf and how a navigation happens.
type navigateOptions struct {
	source    *window // whose script or element navigates; nil: the Go program
	referrer  string
	replace   bool
	reload    bool // also to a fragment
	traversal bool // the session history is there already
	method    string
	header    http.Header
	body      []byte
	srcdoc    *string // the document of about:srcdoc
	failed    func(error)
}

// navigation is a navigation under way.
type navigation struct {
	navigateOptions
	navigable *navigable
	number    uint64
	url       string
	inherit   documentSource // what about: documents inherit
	from      entangle.Origin
}

// navigate shows another document, by and by. Any goroutine may call it; with a source,
// that of its agent.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#navigate
func (n *navigable) navigate(url string, options navigateOptions) {
	h := n.host
	// 1. Script of a URL runs in the document that is there.
	if scheme(url) == "javascript" {
		n.navigateToScript(url, options)
		return
	}
	h.mu.Lock()
	if n.closed || n.active == nil {
		h.mu.Unlock()
		return
	}
	active := n.active
	sameDocument := withoutFragment(url) == withoutFragment(active.source.url)
	h.mu.Unlock()
	// 2. A fragment is of the document that is there.
	if sameDocument && options.srcdoc == nil && options.body == nil && !options.reload && !options.traversal && strings.Contains(url, "#") {
		if options.source != nil && options.source.agent == active.agent {
			active.navigateToFragment(url, options.replace)
			return
		}
		active.agent.post(func() {
			if active.isActive() {
				active.navigateToFragment(url, options.replace)
			}
		})
		return
	}
	// 3. The navigation takes the place of another one under way.
	nav := &navigation{navigateOptions: options, navigable: n, url: url}
	if options.source != nil {
		nav.inherit, nav.from = options.source.source, options.source.origin
	} else {
		nav.inherit, nav.from = active.source, active.origin
	}
	h.mu.Lock()
	if n.cancel != nil {
		n.cancel()
		n.cancel = nil
	}
	n.navigation++
	nav.number = n.navigation
	h.mu.Unlock()
	// 4. about: is there at once, anything else is fetched.
	if scheme(url) == "about" {
		nav.finish(&loader.Response{URL: url, Status: 200, Header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}}, nil)
		return
	}
	request := &loader.Request{
		URL: url, Method: options.method, Header: options.header, Body: options.body, Mode: loader.Navigate, Origin: nav.from,
		Referrer: options.referrer, ReferrerPolicy: nav.inherit.policies.referrer, Destination: "document",
	}
	if n.parent != nil {
		request.Destination = "iframe"
	}
	cancel := h.fetch(request, nav.finish)
	h.mu.Lock()
	defer h.mu.Unlock()
	if n.navigation == nav.number {
		n.cancel = cancel
	} else {
		cancel()
	}
}

// finish goes on when the response is there, as a task of the agent of the document that is to go.
func (nav *navigation) finish(response *loader.Response, err error) {
	n, h := nav.navigable, nav.navigable.host
	h.mu.Lock()
	active := n.active
	if n.navigation != nav.number || active == nil {
		h.mu.Unlock()
		return
	}
	n.cancel = nil
	h.mu.Unlock()
	if err != nil && nav.failed != nil {
		nav.failed(err)
	}
	active.agent.postTo(eventloop.Networking, nil, func() {
		nav.commit(active, response, err)
	})
}

// stop ends a navigation under way.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-window-stop
func (n *navigable) stop() {
	n.host.mu.Lock()
	defer n.host.mu.Unlock()
	n.navigation++
	if n.cancel != nil {
		n.cancel()
		n.cancel = nil
	}
}

// navigateToFragment changes the URL of the document and tells it.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#navigate-fragid
func (w *window) navigateToFragment(url string, replace bool) {
	old := w.document.URL
	w.updateHistory(url, nil, replace || url == old)
	if err := w.history.restore(nil); err != nil {
		w.settings.ReportException(err)
	}
	if old == url {
		return
	}
	w.settings.QueueTask(eventloop.DOMManipulation, func() {
		event.FireHashChange(w, old, url)
	})
}

// navigateToScript runs a javascript: URL in a task; a string that it gives is a new document.
//
// https://html.spec.whatwg.org/multipage/browsing-the-web.html#navigate-to-a-javascript:-url
func (n *navigable) navigateToScript(url string, options navigateOptions) {
	active := n.window()
	if active == nil || options.source != nil && options.source.origin != active.origin {
		return
	}
	active.agent.postTo(eventloop.DOMManipulation, nil, func() {
		if !active.isActive() || active.source.sandbox&sandboxedScripts != 0 {
			return
		}
		source := decodeScriptURL(url)
		var text *string
		active.settings.RunScript(func() error {
			v, err := active.settings.Realm.Eval(source, active.document.URL)
			if err != nil || !v.IsString() {
				return err
			}
			s, err := webidl.DOMString(active.settings.Realm, v)
			text = &s
			return err
		})
		if text != nil && active.isActive() {
			options.srcdoc, options.replace = text, true
			active.replaceBy(*text, options)
		} else if active.loading == nil {
			active.loadedAgain()
		}
	})
}
