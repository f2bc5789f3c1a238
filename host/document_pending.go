package host

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

func plain(name string) *webidl.Interface {
	return &webidl.Interface{Name: name, Parent: event.EventTargetInterface}
}

var documentInterfaces = &dom.Interfaces{
	Document: plain("Document"), DocumentType: plain("DocumentType"), DocumentFragment: plain("DocumentFragment"), Attr: plain("Attr"), Text: plain("Text"),
	CDATASection: plain("CDATASection"), Comment: plain("Comment"), ProcessingInstruction: plain("ProcessingInstruction"),
	Kind: func(namespace, local string) *dom.Kind {
		k := &dom.Kind{Interface: plain("Element")}
		if local == "iframe" {
			k.Connected = func(e *dom.Element) { e.Document().Hooks.FrameInserted(e) }
		}
		return k
	},
}

type scriptFlags struct{ AlreadyStarted, ForceAsync bool }

func setReadyState(d *dom.Document, state string)                       {}
func scriptState(e *dom.Element) *scriptFlags                           { return &scriptFlags{} }
func setCurrentScript(d *dom.Document, e *dom.Element) (restore func()) { return func() {} }
func documentBaseURL(w *window) string                                  { return w.source.fallbackBase() }

func isChecked(e *dom.Element) bool      { return e.Has("checked") }
func controlValue(e *dom.Element) string { return e.Attr("value") }
