package html

import (
	"slices"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// hyperlinkParts are the mixin HTMLHyperlinkElementUtils.
//
// https://html.spec.whatwg.org/multipage/links.html#htmlhyperlinkelementutils
var hyperlinkParts = []webidl.Attribute{
	url("href", "href"),
	dom.Text("origin", func(e *dom.Element) string {
		if u := linkURL(e); u != nil {
			switch u.Scheme() {
			case "http", "https", "ws", "wss", "ftp":
				return u.Scheme() + "://" + u.Host()
			}
			return "null"
		}
		return ""
	}),
	part("protocol", (*whatwg.Url).Protocol, (*whatwg.Url).SetProtocol), part("username", (*whatwg.Url).Username, (*whatwg.Url).SetUsername),
	part("password", (*whatwg.Url).Password, (*whatwg.Url).SetPassword), part("host", (*whatwg.Url).Host, (*whatwg.Url).SetHost),
	part("hostname", (*whatwg.Url).Hostname, (*whatwg.Url).SetHostname), part("port", (*whatwg.Url).Port, (*whatwg.Url).SetPort),
	part("pathname", (*whatwg.Url).Pathname, (*whatwg.Url).SetPathname), part("search", (*whatwg.Url).Search, (*whatwg.Url).SetSearch),
	part("hash", (*whatwg.Url).Hash, (*whatwg.Url).SetHash),
}

func linkURL(e *dom.Element) *whatwg.Url {
	value, ok := e.Get("href")
	if !ok {
		return nil
	}
	resolved, ok := e.Document().Resolve(value)
	if !ok {
		return nil
	}
	u, err := whatwg.Parse(resolved)
	if err != nil {
		return nil
	}
	return u
}

func part(name string, get func(*whatwg.Url) string, set func(*whatwg.Url, string)) webidl.Attribute {
	return dom.TextSet(name, func(e *dom.Element) string {
		if u := linkURL(e); u != nil {
			return get(u)
		}
		if name == "protocol" {
			return ":"
		}
		return ""
	}, func(e *dom.Element, text string) error {
		if u := linkURL(e); u != nil {
			set(u, text)
			e.Set("href", u.Href(false))
		}
		return nil
	}, false)
}

var linkText = dom.TextSet("text", func(e *dom.Element) string {
	text, _ := e.TextContent()
	return text
}, func(e *dom.Element, text string) error { return e.StringReplaceAll(text) }, false)

var linkToString = dom.Do("toString", 0, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
	value := e.Attr("href")
	if u := linkURL(e); u != nil {
		value = u.Href(false)
	}
	return c.Realm.String(value), nil
})

// Interfaces of hyperlinks.
var (
	HTMLAnchorElementInterface = subOperations("HTMLAnchorElement", []webidl.Operation{linkToString}, hyperlinkParts, []webidl.Attribute{
		dom.Reflect("target", "target"), dom.Reflect("download", "download"), dom.Reflect("ping", "ping"), dom.Reflect("rel", "rel"),
		dom.TokenAttribute("relList", "rel", "noopener", "noreferrer", "opener"),
		dom.Reflect("hreflang", "hreflang"), dom.Reflect("type", "type"), dom.Reflect("referrerPolicy", "referrerpolicy"),
		dom.Reflect("name", "name"), linkText,
	})
	HTMLAreaElementInterface = subOperations("HTMLAreaElement", []webidl.Operation{linkToString}, hyperlinkParts, []webidl.Attribute{
		dom.Reflect("alt", "alt"), dom.Reflect("target", "target"), dom.Reflect("rel", "rel"), dom.TokenAttribute("relList", "rel"),
	})
	HTMLLinkElementInterface = sub("HTMLLinkElement", []webidl.Attribute{
		url("href", "href"), dom.Reflect("rel", "rel"), dom.TokenAttribute("relList", "rel", "stylesheet", "preload", "modulepreload", "icon"),
		dom.Reflect("as", "as"), dom.Reflect("media", "media"), dom.Reflect("type", "type"), dom.Reflect("hreflang", "hreflang"),
		dom.Reflect("integrity", "integrity"), dom.ReflectBool("disabled", "disabled"), crossOrigin,
		dom.Val("sheet", func(*dom.Element) qjs.Value { return qjs.Null() }),
	})
	HTMLBaseElementInterface = sub("HTMLBaseElement", []webidl.Attribute{
		dom.TextSet("href", func(e *dom.Element) string {
			d := e.Document()
			if resolved, ok := d.ResolveFallback(e.Attr("href")); ok {
				return resolved
			}
			return e.Attr("href")
		}, func(e *dom.Element, text string) error { e.Set("href", text); return nil }, false),
		dom.Reflect("target", "target"),
	})
	HTMLMetaElementInterface = sub("HTMLMetaElement", []webidl.Attribute{
		dom.Reflect("name", "name"), dom.Reflect("content", "content"), dom.Reflect("httpEquiv", "http-equiv"), dom.Reflect("media", "media"),
		dom.Reflect("scheme", "scheme"),
	})
	HTMLStyleElementInterface = sub("HTMLStyleElement", []webidl.Attribute{
		dom.Reflect("media", "media"), dom.Reflect("type", "type"), dom.Val("sheet", func(*dom.Element) qjs.Value { return qjs.Null() }),
	})
	HTMLImageElementInterface = &webidl.Interface{
		Name: "HTMLImageElement", Parent: HTMLElementInterface, Exposed: webidl.Window,
		Attributes: []webidl.Attribute{
			url("src", "src"), dom.Reflect("alt", "alt"), dom.Reflect("srcset", "srcset"), dom.Reflect("sizes", "sizes"), crossOrigin,
			dom.Reflect("useMap", "usemap"), dom.ReflectBool("isMap", "ismap"), dom.ReflectInt("width", "width", 0),
			dom.ReflectInt("height", "height", 0), size("naturalWidth"), size("naturalHeight"),
			dom.Flag("complete", func(e *dom.Element) bool { return !e.Has("src") || e.Document().Hooks == nil }, nil),
			dom.Reflect("name", "name"), dom.Reflect("decoding", "decoding"), dom.Reflect("loading", "loading"),
			dom.Reflect("referrerPolicy", "referrerpolicy"), dom.Text("currentSrc", func(e *dom.Element) string {
				u, _ := e.Document().Resolve(e.Attr("src"))
				return u
			}),
		},
	}
)

// linkKind makes the kind of a and area elements.
func linkKind(i *webidl.Interface) *dom.Kind {
	return &dom.Kind{Interface: i, Activate: follow}
}

// follow follows a hyperlink.
//
// https://html.spec.whatwg.org/multipage/links.html#links-created-by-a-and-area-elements
func follow(e *dom.Element, _ *event.Event) {
	if h := e.Document().Hooks; e.Has("href") && h != nil && h.Follow != nil {
		h.Follow(e)
	}
}

var linkElementKind = dom.Kind{
	Interface: HTMLLinkElementInterface,
	Connected: fetchLink,
	AttributeChanged: func(e *dom.Element, a *dom.Attr, _, to *string) {
		if name := a.LocalName(); to != nil && a.Namespace() == "" && (name == "href" || name == "rel") && e.Connected() {
			fetchLink(e)
		}
	},
}

// fetchLink begins to load what a link element links to.
//
// https://html.spec.whatwg.org/multipage/semantics.html#processing-the-link-element
func fetchLink(e *dom.Element) {
	h := e.Document().Hooks
	if h == nil || h.FetchLink == nil || e.Attr("href") == "" {
		return
	}
	rel := dom.Fields(strings.ToLower(e.Attr("rel")))
	if slices.Contains(rel, "stylesheet") || slices.Contains(rel, "preload") || slices.Contains(rel, "modulepreload") {
		h.FetchLink(e)
	}
}

var imageKind = dom.Kind{
	Interface: HTMLImageElementInterface,
	AttributeChanged: func(e *dom.Element, a *dom.Attr, _, to *string) {
		h := e.Document().Hooks
		if a.LocalName() == "src" && a.Namespace() == "" && to != nil && h != nil && h.FetchImage != nil {
			h.FetchImage(e)
		}
	},
}

var metaKind = dom.Kind{
	Interface: HTMLMetaElementInterface,
	Connected: func(e *dom.Element) {
		if h := e.Document().Hooks; h != nil && h.Meta != nil && e.Has("http-equiv") {
			h.Meta(e)
		}
	},
}
