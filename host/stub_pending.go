package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/loader"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

type loading struct{ parsed bool }

func (l *loading) abort() {}
func (w *window) newDocument() {
	w.document = &document{URL: w.source.url}
	webidl.Init(w.document, w.settings.Realm, event.EventTargetInterface)
}
func (w *window) load(string) { w.complete() }

// {}
func (w *window) loadResponse(*loader.Response) { w.complete() }

// {}
func (w *window) reuse(documentSource)                              {}
func (w *window) replaceBy(string, navigateOptions)                 {}
func (w *window) loadedAgain()                                      {}
func (w *window) loadBlank()                                        {}
func (w *window) namedElement(*qjs.Realm, string) (qjs.Value, bool) { return qjs.Value{}, false }
func decodeScriptURL(string) string                                 { return "" }

func (w *window) complete() {
	w.entangled.SetReadyState(entangle.Complete)
	event.Fire(w, "load", event.Init{})
	if w.navigable.page != nil {
		w.navigable.page.isLoaded()
	}
}
