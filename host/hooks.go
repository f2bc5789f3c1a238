package host

import (
	"strings"
	"time"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// hooks connect the document with the window that shows it.
func (w *window) hooks() *dom.Hooks {
	return &dom.Hooks{
		Window: func(*dom.Document) event.EventTarget { return w },
		DefaultView: func(d *dom.Document) qjs.Value {
			if d != w.document || !w.isActive() {
				return qjs.Null()
			}
			return w.proxy()
		},
		Location: func(*dom.Document) qjs.Value { return webidl.ValueOf(w.location) },
		Navigate: func(_ *dom.Document, source *qjs.Realm, url string) error {
			if !w.isActive() {
				return nil
			}
			caller := windowOf(settings.Of(source))
			if caller == nil {
				caller = w
			}
			return w.navigable.assign(caller, url, false)
		},
		PrepareScript:   w.prepareScript,
		FrameInserted:   w.frameInserted,
		FrameRemoved:    w.frameRemoved,
		FrameNavigate:   w.frameNavigate,
		ContentWindow:   w.contentWindow,
		ContentDocument: w.contentDocument,
		Follow:          w.follow,
		Submit:          w.submit,
		FetchImage:      func(e *dom.Element) { w.fetchFor(e, "src", "image") },
		FetchLink:       func(e *dom.Element) { w.fetchFor(e, "href", "style") },
		Cookie: func(*dom.Document) (string, error) {
			if w.origin.Opaque() {
				return "", securityError()
			}
			return w.host.loader.Cookies(w.document.URL), nil
		},
		SetCookie: func(_ *dom.Document, cookie string) error {
			if w.origin.Opaque() {
				return securityError()
			}
			w.host.loader.SetCookie(w.document.URL, cookie)
			return nil
		},
		Domain: func(*dom.Document) string { return w.domain() },
		// DEVIATION: agents are keyed by origin, so that setting document.domain has no effect.
		SetDomain: func(_ *dom.Document, domain string) error {
			if own := w.domain(); own == "" || domain != own && !strings.HasSuffix(own, "."+domain) {
				return webidl.DOMException("SecurityError", "%q is no suffix of the document's domain", domain)
			}
			return nil
		},
		Modified: func(*dom.Document) string { return w.modified },
		Referrer: func(*dom.Document) string { return w.source.referrer },
		HasFocus: func(*dom.Document) bool { return w.isActive() },
		Open:     w.openDocument,
		Meta:     w.metaElement,
		Parsed: func(d *dom.Document) {
			if d == w.document {
				w.parsedDocument()
			}
		},
	}
}

func (w *window) domain() string {
	if w.origin.Opaque() {
		return ""
	}
	_, host, _ := strings.Cut(w.origin.String(), "://")
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	return host
}

// frameInserted makes the navigable of an iframe, and navigates it.
//
// https://html.spec.whatwg.org/multipage/iframe-embed-object.html#the-iframe-element:html-element-post-connection-steps
func (w *window) frameInserted(e *dom.Element) {
	if w.gone || !w.isActive() || w.frameOf[e] != nil || e.Document() != w.document {
		return
	}
	options := frameOptions{name: e.Attr("name"), allow: e.Attr("allow")}
	if directive, ok := e.Get("sandbox"); ok {
		options.sandbox = &directive
	}
	n := w.insertFrame(e, options)
	if n == nil {
		return
	}
	if w.frameOf == nil {
		w.frameOf = map[*dom.Element]*navigable{}
	}
	w.frameOf[e] = n
	w.navigateFrame(e, n, true)
}

// frameRemoved destroys the navigable of an iframe.
func (w *window) frameRemoved(e *dom.Element) {
	n := w.frameOf[e]
	if n == nil {
		return
	}
	delete(w.frameOf, e)
	release := n.release
	n.release = nil
	w.removeFrame(n)
	if release != nil {
		release()
	}
}

// frameNavigate is called when src or srcdoc changed.
func (w *window) frameNavigate(e *dom.Element) {
	if n := w.frameOf[e]; n != nil {
		w.navigateFrame(e, n, false)
	}
}

// navigateFrame is process the iframe attributes.
//
// https://html.spec.whatwg.org/multipage/iframe-embed-object.html#process-the-iframe-attributes
func (w *window) navigateFrame(e *dom.Element, n *navigable, initial bool) {
	if directive, ok := e.Get("sandbox"); ok {
		n.setSandbox(&directive)
	} else {
		n.setSandbox(nil)
	}
	options := navigateOptions{source: w, referrer: w.source.referrerURL(), replace: initial, reload: initial}
	if srcdoc, ok := e.Get("srcdoc"); ok && e.Is("iframe") {
		options.srcdoc = &srcdoc
		w.beginFrame(n, "about:srcdoc", options)
		return
	}
	url := "about:blank"
	if src, ok := e.Get(html.FrameSource(e)); ok && src != "" {
		if resolved, err := resolveURL(w.baseURL(), src); err == nil {
			url = resolved
		}
	} else if !initial && !ok {
		return // the attribute was removed
	}
	if initial && url == "about:blank" {
		n.frameLoaded() // the initial document stays, and is complete
		return
	}
	w.beginFrame(n, url, options)
}

// beginFrame navigates a frame; the load event of the document around waits for it.
func (w *window) beginFrame(n *navigable, url string, options navigateOptions) {
	if n.release == nil {
		n.release = w.delay()
	}
	if scheme(url) == "javascript" && w.source.sandbox&sandboxedScripts != 0 {
		n.frameLoaded()
		return
	}
	n.navigate(url, options)
}

func (w *window) contentWindow(e *dom.Element) qjs.Value {
	n := w.frameOf[e]
	if n == nil {
		return qjs.Null()
	}
	return w.agent.windowProxy(w.settings.Realm, n)
}

// contentDocument is https://html.spec.whatwg.org/multipage/document-sequences.html#concept-bcc-content-document.
func (w *window) contentDocument(e *dom.Element, accessor *qjs.Realm) qjs.Value {
	n := w.frameOf[e]
	if n == nil {
		return qjs.Null()
	}
	inner := n.window()
	if inner == nil || inner.agent != w.agent || inner.document == nil || inner.origin != settings.Of(accessor).Origin {
		return qjs.Null()
	}
	return webidl.ValueOf(inner.document)
}

// follow follows a hyperlink.
//
// https://html.spec.whatwg.org/multipage/links.html#following-hyperlinks-2
func (w *window) follow(e *dom.Element) {
	href, ok := e.Get("href")
	url, err := resolveURL(w.baseURL(), href)
	if !ok || err != nil || w.gone || !w.isActive() {
		return
	}
	rel := strings.Fields(strings.ToLower(e.Attr("rel")))
	has := func(token string) bool {
		for _, t := range rel {
			if t == token {
				return true
			}
		}
		return false
	}
	target := e.Attr("target")
	noReferrer := has("noreferrer")
	noOpener := noReferrer || has("noopener") || strings.EqualFold(target, "_blank") && !has("opener")
	options := navigateOptions{source: w, referrer: w.source.referrerURL()}
	if noReferrer {
		options.referrer = ""
	}
	w.settings.QueueTask(eventloop.DOMManipulation, func() { w.navigateTarget(target, noOpener, url, options) })
}

// navigateTarget navigates the navigable of a target name, or a new page.
func (w *window) navigateTarget(target string, noOpener bool, url string, options navigateOptions) {
	chosen, isNew := w.choose(target, noOpener, false)
	if chosen == nil || !isNew && !w.navigable.mayNavigate(chosen, w.source.sandbox) {
		return
	}
	options.replace = isNew
	chosen.navigate(url, options)
}

// fetchFor fetches what an img or link element names, and fires load or error at it. What comes is
// not looked at, as nothing is drawn.
func (w *window) fetchFor(e *dom.Element, attribute, destination string) {
	url, err := resolveURL(w.baseURL(), e.Attr(attribute))
	release := w.delay()
	webidl.Keep(e) // with its listeners
	finish := func(ok bool) {
		defer webidl.Unkeep(e)
		defer release()
		name := "error"
		if ok {
			name = "load"
		}
		event.Fire(e, name, event.Init{})
	}
	if err != nil || e.Attr(attribute) == "" {
		w.settings.QueueTask(eventloop.DOMManipulation, func() { finish(false) })
		return
	}
	w.host.fetchFor(w.settings, &loader.Request{URL: url, Destination: destination}, func(response *loader.Response, err error) {
		ok := err == nil && !w.source.policies.blocks(response, w.origin)
		if ok && destination == "image" {
			ok = strings.HasPrefix(response.MediaType().Essence, "image/")
		}
		finish(ok && (response.OK() || destination == "image"))
	})
}

// modifiedFormat is that of document.lastModified.
const modifiedFormat = "01/02/2006 15:04:05"

func lastModified(header string) string {
	t, err := time.Parse(time.RFC1123, header)
	if err != nil {
		return ""
	}
	return t.Local().Format(modifiedFormat)
}
