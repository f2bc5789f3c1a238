package host

import (
	"strings"

	"github.com/entangle-go/entangle/eventloop"
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/loader"
)

// script is a script element that was prepared, with its script as far as it is there.
//
// https://html.spec.whatwg.org/multipage/scripting.html#script-processing-model
type script struct {
	window  *window
	element *dom.Element
	module  bool
	inline  bool
	url     string // of the script; of an inline one the document's
	text    string
	muted   bool
	ready   bool // it can run, or failed
	failed  bool
	whenRan func() // what goes on afterwards
}

// scriptType tells what a script element holds: "classic", "module", or "" for data.
//
// https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element (the
// script block's type)
func scriptType(e *dom.Element) string {
	kind, hasType := e.Get("type")
	language, hasLanguage := e.Get("language")
	switch {
	case hasType && kind == "", !hasType && !hasLanguage, !hasType && language == "":
		return "classic"
	case hasType:
		kind = strings.Trim(kind, " \t\n\f\r")
	default:
		kind = "text/" + language
	}
	switch kind = strings.ToLower(kind); {
	case loader.MediaType{Essence: kind}.IsJavaScript():
		return "classic"
	case kind == "module":
		return "module"
	}
	return ""
}

// prepareScript prepares a script element that was inserted: it runs at once, or when the standard
// says. It reports whether the parser must wait until it ran.
//
// https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element
//
// FIXME: no integrity, no import maps, no speculation rules.
func (w *window) prepareScript(e *dom.Element, parserInserted bool) (wait bool) {
	state := html.ScriptState(e)
	text := e.ChildText()
	src, hasSrc := e.Get("src")
	kind := scriptType(e)
	// 1. Is there anything to run, and may it?
	if state.AlreadyStarted || !hasSrc && text == "" || !e.Connected() || kind == "" || w.gone {
		return false
	}
	state.AlreadyStarted = true
	if parserInserted {
		state.ForceAsync = false
	}
	if w.source.sandbox&sandboxedScripts != 0 || kind == "classic" && e.Has("nomodule") {
		return false
	}
	if kind == "classic" && e.Has("event") && e.Has("for") {
		target, name := strings.ToLower(strings.Trim(e.Attr("for"), " \t\n\f\r")), strings.ToLower(strings.Trim(e.Attr("event"), " \t\n\f\r"))
		if target != "window" || name != "onload" && name != "onload()" {
			return false
		}
	}
	s := &script{window: w, element: e, module: kind == "module", inline: !hasSrc, text: text, url: w.baseURL()}
	if s.inline && !s.module {
		s.url = w.document.URL
	}
	// 2. Where it comes from.
	if hasSrc {
		resolved, err := resolveURL(w.baseURL(), src)
		if src == "" || err != nil {
			w.settings.QueueTask(eventloop.DOMManipulation, func() { event.Fire(e, "error", event.Init{}) })
			return false
		}
		s.url = resolved
	}
	return s.schedule(parserInserted, e.Has("async") || state.ForceAsync)
}

// schedule says when the script runs, and begins to fetch what is needed.
func (s *script) schedule(parserInserted, async bool) (wait bool) {
	w := s.window
	switch {
	case s.inline && !s.module:
		s.ready = true
		s.execute()
		return false
	case async:
		release := w.delay()
		s.fetch(func() {
			s.execute()
			release()
		})
		return false
	case !parserInserted:
		release := w.delay()
		w.inOrder = append(w.inOrder, s)
		s.whenRan = release
		s.fetch(w.runInOrder)
		return false
	case s.module || s.element.Has("defer"):
		if l := w.loading; l != nil && !l.ended {
			l.deferred = append(l.deferred, s)
			s.fetch(func() {
				if l.ended && w.loading == l {
					l.runDeferred()
				}
			})
			return false
		}
		s.fetch(s.execute)
		return false
	}
	parser := w.document.Parser()
	s.fetch(func() {
		s.execute()
		if parser != nil && !w.gone {
			parser.Resume()
		}
	})
	return true
}

// runInOrder runs the scripts that were inserted by script with async set to false, as far as
// they are there.
func (w *window) runInOrder() {
	for len(w.inOrder) > 0 && w.inOrder[0].ready {
		next := w.inOrder[0]
		w.inOrder = w.inOrder[1:]
		next.execute()
		next.whenRan()
	}
}

// fetch fetches the script and calls ready in a task when it is there, or failed.
func (s *script) fetch(ready func()) {
	w := s.window
	finish := func(err error) {
		s.failed, s.ready = err != nil, true
		ready()
	}
	if s.module {
		s.fetchModule(finish)
		return
	}
	request := &loader.Request{URL: s.url, Destination: "script"}
	if origin, ok := s.element.Get("crossorigin"); ok {
		request.Mode, request.IncludeCredentials = loader.CORS, strings.EqualFold(origin, "use-credentials")
	}
	w.host.fetchFor(w.settings, request, func(response *loader.Response, err error) {
		switch {
		case err != nil:
		case !response.OK(), response.MediaType().BlockedScript(), response.Nosniff() && !response.MediaType().IsJavaScript(),
			request.Mode == loader.NoCORS && w.source.policies.blocks(response, w.origin):
			err = loader.ErrNetwork
		default:
			s.text = decodeScript(response, s.element.Attr("charset"))
			s.muted = response.CrossOrigin && request.Mode == loader.NoCORS
			s.url = response.URL
		}
		finish(err)
	})
}

// fetchModule fetches a module with all that it imports; of an inline one only that.
func (s *script) fetchModule(finish func(error)) {
	w := s.window
	m := modulesOf(w.settings)
	task := func(err error) { // also if everything is there already
		w.settings.QueueTask(eventloop.Networking, func() { finish(err) })
	}
	if s.inline {
		m.prefetchImports(w.host, s.text, s.url, func() { task(nil) })
		return
	}
	m.prefetch(w.host, moduleKey{url: s.url}, task)
}

// execute runs the script and fires load, or error if it could not be fetched.
//
// https://html.spec.whatwg.org/multipage/scripting.html#execute-the-script-element
func (s *script) execute() {
	w := s.window
	if w.gone || s.element.Document() != w.document {
		return
	}
	if s.failed {
		event.Fire(s.element, "error", event.Init{})
		return
	}
	if s.module {
		var text *string
		if s.inline {
			text = &s.text
		}
		runModule(w.settings, s.url, text)
	} else {
		restore := html.SetCurrentScript(w.document, s.element)
		runClassicScript(w.settings, s.text, s.url, s.muted)
		restore()
	}
	if !s.inline {
		event.Fire(s.element, "load", event.Init{})
	}
}
