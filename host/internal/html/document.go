package html

import (
	"slices"
	"strings"
	"time"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// state is what this package keeps with a document.
type state struct {
	clicking      []*dom.Element
	currentScript *dom.Element
	lists         map[string]*dom.List
	refs          []*qjs.Ref
	names         *nameIndex
}

// Trace implements [qjs.Tracer].
func (s *state) Trace(visit func(*qjs.Ref)) {
	for _, ref := range s.refs {
		visit(ref)
	}
}

func stateOf(d *dom.Document) *state {
	if d.State == nil {
		d.State = &state{lists: map[string]*dom.List{}}
	}
	return d.State.(*state)
}

// SetCurrentScript says which script element's script runs; nil: none. restore goes back to
// the one before.
//
// https://html.spec.whatwg.org/multipage/dom.html#dom-document-currentscript
func SetCurrentScript(d *dom.Document, e *dom.Element) (restore func()) {
	s := stateOf(d)
	old := s.currentScript
	s.currentScript = e
	return func() { s.currentScript = old }
}

// collection is a live collection of a document, the same object each time.
func collection(name string, accept func(e *dom.Element) bool) webidl.Attribute {
	return dom.Val(name, func(d *dom.Document) qjs.Value {
		s := stateOf(d)
		if s.lists[name] == nil {
			s.lists[name] = dom.NewCollection(d.AsNode(), accept)
			s.refs = append(s.refs, d.Realm().Runtime().NewRef(webidl.ValueOf(s.lists[name])))
		}
		return webidl.ValueOf(s.lists[name])
	})
}

func named(names ...string) func(e *dom.Element) bool {
	return func(e *dom.Element) bool { return e.IsHTML() && slices.Contains(names, e.LocalName()) }
}

// DocumentInterface is https://html.spec.whatwg.org/multipage/dom.html#the-document-object.
var DocumentInterface = &webidl.Interface{
	Name: "Document", Parent: dom.NodeInterface, Exposed: webidl.Window, Aliases: []string{"HTMLDocument"},
	Constructor: func(c *qjs.Call) (any, error) {
		d := dom.Of(c.Realm)
		if d == nil {
			return nil, webidl.TypeError("there is no document")
		}
		return d.Related("application/xml"), nil
	},
	Attributes: slices.Concat(dom.DocumentAttributes, []webidl.Attribute{
		{
			Name: "location", Unforgeable: true, PutForwards: "href",
			Get: webidl.Getter(func(_ *qjs.Realm, d *dom.Document) (qjs.Value, error) {
				if d.Hooks != nil && d.Hooks.Location != nil {
					return d.Hooks.Location(d), nil
				}
				return qjs.Null(), nil
			}),
		},
		dom.Val("defaultView", func(d *dom.Document) qjs.Value {
			if d.Hooks != nil && d.Hooks.DefaultView != nil {
				return d.Hooks.DefaultView(d)
			}
			return qjs.Null()
		}),
		domain, cookie,
		dom.Text("referrer", func(d *dom.Document) string {
			if d.Hooks != nil && d.Hooks.Referrer != nil {
				return d.Hooks.Referrer(d)
			}
			return ""
		}),
		dom.Text("lastModified", func(d *dom.Document) string {
			if d.Hooks != nil && d.Hooks.Modified != nil {
				if text := d.Hooks.Modified(d); text != "" {
					return text
				}
			}
			return time.Now().Format("01/02/2006 15:04:05")
		}),
		dom.Text("readyState", (*dom.Document).Readiness),
		dom.TextSet("title", Title, setTitle, false),
		dom.TextSet("dir", func(d *dom.Document) string { return rootAttr(d, "dir") }, func(d *dom.Document, text string) error {
			if e := d.DocumentElement(); e != nil {
				e.Set("dir", text)
			}
			return nil
		}, false),
		{Name: "body", Get: webidl.Getter(func(_ *qjs.Realm, d *dom.Document) (qjs.Value, error) { return d.Body().Value(), nil }),
			Set: webidl.Setter(setBody)},
		dom.Val("head", func(d *dom.Document) qjs.Value { return d.Head().Value() }),
		dom.Val("scrollingElement", func(d *dom.Document) qjs.Value { return d.DocumentElement().Value() }),
		collection("images", named("img")), collection("embeds", named("embed")), collection("plugins", named("embed")),
		collection("forms", named("form")), collection("scripts", named("script")),
		collection("links", func(e *dom.Element) bool { return (e.Is("a") || e.Is("area")) && e.Has("href") }),
		collection("anchors", func(e *dom.Element) bool { return e.Is("a") && e.Has("name") }),
		collection("all", func(*dom.Element) bool { return true }),
		dom.Val("currentScript", func(d *dom.Document) qjs.Value { return stateOf(d).currentScript.Value() }),
		dom.Val("activeElement", func(d *dom.Document) qjs.Value {
			if e := d.Focused(); e != nil {
				return e.Value()
			}
			if e := d.Body(); e != nil {
				return e.Value()
			}
			return d.DocumentElement().Value()
		}),
		dom.Text("visibilityState", func(d *dom.Document) string {
			if hidden(d) {
				return "hidden"
			}
			return "visible"
		}),
		dom.Flag("hidden", hidden, nil),
		dom.TextSet("designMode", func(*dom.Document) string { return "off" }, func(*dom.Document, string) error { return nil }, false),
		dom.Flag("fullscreenEnabled", func(*dom.Document) bool { return false }, nil),
		event.HandlerAttribute("readystatechange"), event.HandlerAttribute("visibilitychange"),
	}, handlerAttributes(GlobalEventHandlers)),
	Operations: slices.Concat(dom.DocumentOperations, []webidl.Operation{
		dom.Do("getElementsByName", 1, func(c *qjs.Call, d *dom.Document) (qjs.Value, error) {
			name, err := dom.StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			return webidl.ValueOf(d.ByName(name)), nil
		}),
		dom.Do("hasFocus", 0, func(_ *qjs.Call, d *dom.Document) (qjs.Value, error) {
			return qjs.Bool(d.Hooks != nil && d.Hooks.HasFocus != nil && d.Hooks.HasFocus(d)), nil
		}),
		dom.Do("open", 0, open),
		dom.Do("close", 0, closeDocument),
		dom.Do("write", 0, func(c *qjs.Call, d *dom.Document) (qjs.Value, error) { return write(c, d, "") }),
		dom.Do("writeln", 0, func(c *qjs.Call, d *dom.Document) (qjs.Value, error) { return write(c, d, "\n") }),
		dom.Do("execCommand", 1, func(*qjs.Call, *dom.Document) (qjs.Value, error) { return qjs.Bool(false), nil }),
		dom.Do("elementFromPoint", 2, func(*qjs.Call, *dom.Document) (qjs.Value, error) { return qjs.Null(), nil }),
		dom.Do("getSelection", 0, func(*qjs.Call, *dom.Document) (qjs.Value, error) { return qjs.Null(), nil }),
	}),
}

// XMLDocumentInterface is https://dom.spec.whatwg.org/#xmldocument.
var XMLDocumentInterface = &webidl.Interface{Name: "XMLDocument", Parent: DocumentInterface, Exposed: webidl.Window}

func hidden(d *dom.Document) bool {
	return d.Hooks == nil || d.Hooks.Hidden != nil && d.Hooks.Hidden(d)
}

func rootAttr(d *dom.Document, name string) string {
	if e := d.DocumentElement(); e != nil {
		return e.Attr(name)
	}
	return ""
}

var domain = webidl.Attribute{
	Name: "domain",
	Get: webidl.Getter(func(realm *qjs.Realm, d *dom.Document) (qjs.Value, error) {
		if d.Hooks != nil && d.Hooks.Domain != nil {
			return realm.String(d.Hooks.Domain(d)), nil
		}
		return realm.String(""), nil
	}),
	Set: webidl.Setter(func(realm *qjs.Realm, d *dom.Document, v qjs.Value) error {
		text, err := webidl.DOMString(realm, v)
		if err != nil {
			return err
		}
		if d.Hooks == nil || d.Hooks.SetDomain == nil {
			return webidl.DOMException("SecurityError", "the document has no browsing context")
		}
		return d.Hooks.SetDomain(d, text)
	}),
}

var cookie = webidl.Attribute{
	Name: "cookie",
	Get: webidl.Getter(func(realm *qjs.Realm, d *dom.Document) (qjs.Value, error) {
		if d.Hooks == nil || d.Hooks.Cookie == nil {
			return realm.String(""), nil
		}
		text, err := d.Hooks.Cookie(d)
		return realm.String(text), err
	}),
	Set: webidl.Setter(func(realm *qjs.Realm, d *dom.Document, v qjs.Value) error {
		text, err := webidl.USVString(realm, v)
		if err != nil || d.Hooks == nil || d.Hooks.SetCookie == nil {
			return err
		}
		return d.Hooks.SetCookie(d, text)
	}),
}

func titleElement(d *dom.Document) *dom.Element {
	root := d.DocumentElement()
	if root != nil && root.Namespace() == dom.SVGNamespace {
		for c := root.FirstElement(); c != nil; c = c.NextElement() {
			if c.LocalName() == "title" && c.Namespace() == dom.SVGNamespace {
				return c
			}
		}
		return nil
	}
	return d.First(func(e *dom.Element) bool { return e.Is("title") })
}

// Title returns the document's title.
//
// https://html.spec.whatwg.org/multipage/dom.html#document.title
func Title(d *dom.Document) string {
	e := titleElement(d)
	if e == nil {
		return ""
	}
	return strings.Join(dom.Fields(e.ChildText()), " ")
}

func setTitle(d *dom.Document, text string) error {
	e := titleElement(d)
	if e == nil {
		head := d.Head()
		if head == nil {
			return nil
		}
		e = d.NewHTML("title")
		if err := head.Append(e.AsNode()); err != nil {
			return err
		}
	}
	return e.StringReplaceAll(text)
}

// setBody is https://html.spec.whatwg.org/multipage/dom.html#dom-document-body.
func setBody(realm *qjs.Realm, d *dom.Document, v qjs.Value) error {
	body, ok := webidl.As[*dom.Element](v)
	if !ok {
		return webidl.TypeError("the value is not of type 'HTMLElement'")
	}
	if !body.Is("body") && !body.Is("frameset") { // 1.
		return webidl.DOMException("HierarchyRequestError", "the new body is neither a body nor a frameset element")
	}
	old := d.Body()
	switch root := d.DocumentElement(); {
	case old == body: // 2.
		return nil
	case old != nil: // 3.
		return old.Parent().Replace(body.AsNode(), old.AsNode())
	case root == nil: // 4.
		return webidl.DOMException("HierarchyRequestError", "the document has no element")
	default:
		return root.Append(body.AsNode()) // 5.
	}
}

// open is https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-document-open
// and the document open steps.
//
// FIXME: the throw-on-dynamic-markup-insertion counter.
func open(c *qjs.Call, d *dom.Document) (qjs.Value, error) {
	if len(c.Args) > 2 { // window.open
		if d.Hooks == nil || d.Hooks.DefaultView == nil || d.Hooks.DefaultView(d).IsNull() {
			return qjs.Value{}, webidl.DOMException("InvalidAccessError", "the document is not shown")
		}
		return d.Hooks.DefaultView(d).Invoke(c.Realm, "open", c.Args...)
	}
	return d.Value(), openSteps(c, d)
}

// openSteps empties the document and makes a parser of what will be written.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#document-open-steps
func openSteps(c *qjs.Call, d *dom.Document) error {
	if !d.HTML { // 1.
		return webidl.DOMException("InvalidStateError", "the document is XML")
	}
	if d.Parser() != nil { // 5. its parser is in the middle of a script
		return nil
	}
	event.RemoveAllListeners(d) // 9. and 10.
	for n := d.FirstChild(); n != nil; n = n.Next() {
		eraseListeners(n)
	}
	d.ReplaceAll(nil) // 11.
	if d.Hooks != nil && d.Hooks.Open != nil {
		if err := d.Hooks.Open(d, c.Realm); err != nil {
			return err
		}
	}
	d.Quirks = false // 14.
	d.OpenWriting()  // 15. and 16.
	return nil
}

func eraseListeners(root *dom.Node) {
	root.All(func(n *dom.Node) bool {
		event.RemoveAllListeners(n.Object())
		return true
	})
}

// write is https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#document-write-steps.
func write(c *qjs.Call, d *dom.Document, end string) (qjs.Value, error) {
	var text strings.Builder
	for i := range c.Args {
		part, err := dom.StringArg(c, i)
		if err != nil {
			return qjs.Value{}, err
		}
		text.WriteString(part)
	}
	text.WriteString(end)
	if !d.HTML {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the document is XML")
	}
	if err := d.Room(text.Len()); err != nil {
		return qjs.Value{}, err
	}
	if d.Parser() == nil {
		if err := openSteps(c, d); err != nil {
			return qjs.Value{}, err
		}
	}
	return qjs.Value{}, d.Parser().Write(text.String())
}

// closeDocument is https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-document-close.
func closeDocument(_ *qjs.Call, d *dom.Document) (qjs.Value, error) {
	if !d.HTML {
		return qjs.Value{}, webidl.DOMException("InvalidStateError", "the document is XML")
	}
	if p := d.Parser(); p != nil {
		if err := p.Close(); err != nil {
			return qjs.Value{}, err
		}
		if d.Hooks != nil && d.Hooks.Close != nil {
			d.Hooks.Close(d)
		}
	}
	return qjs.Value{}, nil
}
