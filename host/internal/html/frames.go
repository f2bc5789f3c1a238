package html

import (
	"strings"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// FrameSource is the attribute that names what is in an element with a content navigable.
func FrameSource(e *dom.Element) string {
	if e.Is("object") {
		return "data"
	}
	return "src"
}

// showsDocument reports whether an element has a content navigable: embed and object elements do if
// they name something that is not known to be of another type.
//
// DEVIATION: the type that the response says should decide.
//
// https://html.spec.whatwg.org/multipage/iframe-embed-object.html#the-object-element
func showsDocument(e *dom.Element) bool {
	if e.Is("iframe") || e.Is("frame") {
		return true
	}
	t, hasType := e.Get("type")
	return e.Attr(FrameSource(e)) != "" && (!hasType || strings.Contains(t, "html") || strings.Contains(t, "xml"))
}

// frameKind makes the kind of iframe, frame, embed and object elements.
func frameKind(i *webidl.Interface) *dom.Kind {
	return &dom.Kind{
		Interface: i,
		Connected: func(e *dom.Element) {
			if h := e.Document().Hooks; h != nil && h.FrameInserted != nil && showsDocument(e) {
				h.FrameInserted(e)
			}
		},
		Removed: func(e *dom.Element, old *dom.Node, was bool) {
			if h := old.Document().Hooks; was && h != nil && h.FrameRemoved != nil {
				h.FrameRemoved(e)
			}
		},
		AttributeChanged: func(e *dom.Element, a *dom.Attr, old, to *string) {
			h := e.Document().Hooks
			if h == nil || a.Namespace() != "" || !e.Connected() {
				return
			}
			switch name := a.LocalName(); {
			case name == "name" && h.FrameRenamed != nil:
				h.FrameRenamed(e)
			case name == "srcdoc" && e.Is("iframe"), name == FrameSource(e) && to != nil && !(e.Is("iframe") && e.Has("srcdoc")):
				if h.FrameNavigate != nil {
					h.FrameNavigate(e)
				}
			}
		},
	}
}

// frameContents are the attributes of elements with a content navigable.
var frameContents = []webidl.Attribute{
	{Name: "contentWindow", Get: webidl.Getter(func(_ *qjs.Realm, e *dom.Element) (qjs.Value, error) {
		if h := e.Document().Hooks; h != nil && h.ContentWindow != nil {
			return h.ContentWindow(e), nil
		}
		return qjs.Null(), nil
	})},
	{Name: "contentDocument", Get: contentDocument},
}

func contentDocument(c *qjs.Call) (qjs.Value, error) {
	e, err := webidl.This[*dom.Element](c)
	if err != nil {
		return qjs.Value{}, err
	}
	if h := e.Document().Hooks; h != nil && h.ContentDocument != nil {
		return h.ContentDocument(e, c.Realm), nil
	}
	return qjs.Null(), nil
}

// HTMLIFrameElementInterface is https://html.spec.whatwg.org/multipage/iframe-embed-object.html#htmliframeelement.
var HTMLIFrameElementInterface = subOperations("HTMLIFrameElement", []webidl.Operation{
	dom.Do("getSVGDocument", 0, func(c *qjs.Call, _ *dom.Element) (qjs.Value, error) { return contentDocument(c) }),
}, []webidl.Attribute{
	url("src", "src"), dom.Reflect("srcdoc", "srcdoc"), dom.Reflect("name", "name"),
	dom.TokenAttribute("sandbox", "sandbox", sandboxTokens...), dom.Reflect("allow", "allow"),
	dom.ReflectBool("allowFullscreen", "allowfullscreen"), dom.Reflect("width", "width"), dom.Reflect("height", "height"),
	dom.Reflect("referrerPolicy", "referrerpolicy"), dom.ReflectEnum("loading", "loading", []string{"eager", "lazy"}, "eager", "eager"),
	dom.ReflectBool("credentialless", "credentialless"),
	dom.Reflect("align", "align"), dom.Reflect("scrolling", "scrolling"), dom.Reflect("frameBorder", "frameborder"),
	url("longDesc", "longdesc"), dom.Reflect("marginHeight", "marginheight"), dom.Reflect("marginWidth", "marginwidth"),
}, frameContents)

var sandboxTokens = []string{
	"allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock", "allow-pointer-lock", "allow-popups",
	"allow-popups-to-escape-sandbox", "allow-presentation", "allow-same-origin", "allow-scripts", "allow-top-navigation",
	"allow-top-navigation-by-user-activation", "allow-top-navigation-to-custom-protocols",
}

// HTMLFrameElementInterface is https://html.spec.whatwg.org/multipage/obsolete.html#htmlframeelement.
var HTMLFrameElementInterface = sub("HTMLFrameElement", []webidl.Attribute{
	url("src", "src"), dom.Reflect("name", "name"), dom.Reflect("scrolling", "scrolling"), dom.Reflect("frameBorder", "frameborder"),
	dom.ReflectBool("noResize", "noresize"),
}, frameContents)

// Interfaces of plugins' elements, which show documents only.
var (
	HTMLObjectElementInterface = subOperations("HTMLObjectElement", validation, []webidl.Attribute{
		url("data", "data"), dom.Reflect("type", "type"), dom.Reflect("name", "name"), dom.Reflect("width", "width"),
		dom.Reflect("height", "height"), formAttribute,
	}, frameContents)
	HTMLEmbedElementInterface = sub("HTMLEmbedElement", []webidl.Attribute{
		url("src", "src"), dom.Reflect("type", "type"), dom.Reflect("name", "name"), dom.Reflect("width", "width"),
		dom.Reflect("height", "height"),
	})
)
