package host

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Interim interfaces of HTML documents and elements.

type pageState struct{ current *dom.Element }

func stateOf(d *dom.Document) *pageState {
	s, ok := d.State.(*pageState)
	if !ok {
		s = &pageState{}
		d.State = s
	}
	return s
}

func handlersFor(body bool) []webidl.Attribute {
	var all []webidl.Attribute
	for _, name := range []string{"load", "error", "click", "message", "readystatechange", "input", "change", "submit"} {
		all = append(all, event.HandlerAttribute(name))
	}
	return all
}

var (
	documentInterface = &webidl.Interface{
		Name: "Document", Parent: dom.NodeInterface, Exposed: webidl.Window,
		Attributes: slices.Concat(dom.DocumentAttributes, handlersFor(false), []webidl.Attribute{
			dom.Val("body", func(d *dom.Document) qjs.Value { return d.Body().Value() }),
			dom.Val("head", func(d *dom.Document) qjs.Value { return d.Head().Value() }),
			dom.Val("currentScript", func(d *dom.Document) qjs.Value { return stateOf(d).current.Value() }),
			dom.Val("defaultView", func(d *dom.Document) qjs.Value {
				if d.Hooks == nil {
					return qjs.Null()
				}
				return d.Hooks.DefaultView(d)
			}),
			{Name: "location", Unforgeable: true, PutForwards: "href", Get: webidl.Getter(func(_ *qjs.Realm, d *dom.Document) (qjs.Value, error) { return d.Hooks.Location(d), nil })},
			dom.Text("readyState", (*dom.Document).Readiness),
			dom.Text("referrer", func(d *dom.Document) string { return d.Hooks.Referrer(d) }),
			dom.TextSet("domain", func(d *dom.Document) string { return d.Hooks.Domain(d) }, func(d *dom.Document, s string) error { return d.Hooks.SetDomain(d, s) }, false),
			{Name: "cookie", Get: webidl.Getter(func(r *qjs.Realm, d *dom.Document) (qjs.Value, error) {
				c, err := d.Hooks.Cookie(d)
				return r.String(c), err
			}), Set: webidl.Setter(func(r *qjs.Realm, d *dom.Document, v qjs.Value) error {
				s, err := webidl.DOMString(r, v)
				if err != nil {
					return err
				}
				return d.Hooks.SetCookie(d, s)
			})},
			dom.TextSet("title", func(d *dom.Document) string {
				if e := d.First(func(e *dom.Element) bool { return e.Is("title") }); e != nil {
					return e.ChildText()
				}
				return ""
			}, func(*dom.Document, string) error { return nil }, false),
		}),
		Operations: slices.Concat(dom.DocumentOperations, []webidl.Operation{
			dom.Do("hasFocus", 0, func(*qjs.Call, *dom.Document) (qjs.Value, error) { return qjs.Bool(true), nil }),
		}),
	}
	elementInterface = &webidl.Interface{
		Name: "HTMLElement", Parent: dom.ElementInterface, Exposed: webidl.Window,
		Attributes: slices.Concat(handlersFor(true), []webidl.Attribute{
			dom.Reflect("title", "title"), dom.Reflect("lang", "lang"), dom.ReflectBool("hidden", "hidden"),
		}),
		Operations: []webidl.Operation{dom.Do("click", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
			event.Fire(e, "click", event.Init{Bubbles: true, Cancelable: true})
			return qjs.Undefined(), nil
		})},
	}
	scriptInterface = &webidl.Interface{
		Name: "HTMLScriptElement", Parent: elementInterface, Exposed: webidl.Window,
		Attributes: []webidl.Attribute{
			dom.Reflect("src", "src"), dom.Reflect("type", "type"), dom.ReflectBool("async", "async"), dom.ReflectBool("defer", "defer"),
			dom.TextSet("text", func(e *dom.Element) string { return e.ChildText() }, func(e *dom.Element, s string) error { return nil }, false),
		},
	}
	iframeInterface = &webidl.Interface{
		Name: "HTMLIFrameElement", Parent: elementInterface, Exposed: webidl.Window,
		Attributes: []webidl.Attribute{
			dom.Reflect("src", "src"), dom.Reflect("srcdoc", "srcdoc"), dom.Reflect("name", "name"), dom.Reflect("sandbox", "sandbox"), dom.Reflect("allow", "allow"),
			dom.Val("contentWindow", func(e *dom.Element) qjs.Value { return e.Document().Hooks.ContentWindow(e) }),
			{Name: "contentDocument", Get: webidl.Getter(func(r *qjs.Realm, e *dom.Element) (qjs.Value, error) {
				return e.Document().Hooks.ContentDocument(e, r), nil
			})},
		},
	}
	generic = &dom.Kind{Interface: elementInterface}
	other   = &dom.Kind{Interface: dom.ElementInterface}
	scripts = &dom.Kind{
		Interface: scriptInterface,
		New:       func(e *dom.Element) { e.State = &scriptFlags{ForceAsync: true} },
		Connected: func(e *dom.Element) {
			if s := scriptState(e); !s.parser && e.Document().Hooks != nil {
				e.Document().Hooks.PrepareScript(e, false)
			}
		},
	}
	iframes = &dom.Kind{
		Interface: iframeInterface,
		Connected: func(e *dom.Element) {
			if h := e.Document().Hooks; h != nil {
				h.FrameInserted(e)
			}
		},
		Removed: func(e *dom.Element, _ *dom.Node, was bool) {
			if h := e.Document().Hooks; h != nil && was {
				h.FrameRemoved(e)
			}
		},
		AttributeChanged: func(e *dom.Element, a *dom.Attr, _, to *string) {
			if h := e.Document().Hooks; h != nil && to != nil && (a.LocalName() == "src" || a.LocalName() == "srcdoc") && e.Connected() {
				h.FrameNavigate(e)
			}
		},
	}
)

var documentInterfaces = &dom.Interfaces{
	Document: documentInterface, DocumentType: dom.DocumentTypeInterface, DocumentFragment: dom.DocumentFragmentInterface, Attr: dom.AttrInterface, Text: dom.TextInterface,
	CDATASection: dom.CDATASectionInterface, Comment: dom.CommentInterface, ProcessingInstruction: dom.ProcessingInstructionInterface,
	NodeList: dom.NodeListInterface, HTMLCollection: dom.HTMLCollectionInterface, DOMTokenList: dom.DOMTokenListInterface, NamedNodeMap: dom.NamedNodeMapInterface,
	DOMStringMap: dom.DOMStringMapInterface, CSSStyleDeclaration: dom.CSSStyleDeclarationInterface, DOMImplementation: dom.DOMImplementationInterface,
	MutationRecord: dom.MutationRecordInterface, TreeWalker: dom.TreeWalkerInterface,
	Kind: func(namespace, local string) *dom.Kind {
		switch {
		case namespace != dom.HTMLNamespace:
			return other
		case local == "iframe":
			return iframes
		case local == "script":
			return scripts
		}
		return generic
	},
	Parsed: func(e *dom.Element, run bool) {
		if e.Is("script") {
			s := scriptState(e)
			s.parser, s.ForceAsync, s.AlreadyStarted = true, false, !run
		}
	},
	HandlerAttribute: func(e *dom.Element, name string, value *string) {
		body := ""
		if value != nil {
			body = *value
		}
		var t event.EventTarget = e
		if e.Is("body") && name != "onclick" {
			t = e.Document().Hooks.Window(e.Document())
		}
		event.SetContentHandler(t, name, body, e.Document().URL, value != nil, nil)
	},
}

var htmlInterfaces = join(dom.CommonInterfaces(), []*webidl.Interface{documentInterface, elementInterface, scriptInterface, iframeInterface})

type scriptFlags struct{ AlreadyStarted, ForceAsync, parser bool }

func scriptState(e *dom.Element) *scriptFlags {
	s, ok := e.State.(*scriptFlags)
	if !ok {
		s = &scriptFlags{}
		e.State = s
	}
	return s
}

func setReadyState(d *dom.Document, state string) { d.SetReadiness(state) }
func setCurrentScript(d *dom.Document, e *dom.Element) (restore func()) {
	s := stateOf(d)
	old := s.current
	s.current = e
	return func() { s.current = old }
}
func documentBaseURL(w *window) string { return w.document.BaseURL() }

func isChecked(e *dom.Element) bool      { return e.Has("checked") }
func controlValue(e *dom.Element) string { return e.Attr("value") }
