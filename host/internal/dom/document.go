package dom

import "github.com/entangle-go/entangle/host/internal/qjs"

// Document is the root of a page's tree.
//
// https://dom.spec.whatwg.org/#document
type Document struct {
	Node

	URL         string
	ContentType string // "text/html" unless it is XML
	HTML        bool   // type "html", not "xml"
	Quirks      bool
	Charset     string // "UTF-8" if empty

	// Hooks connect the document with its browsing context; nil: it has none.
	Hooks *Hooks

	// Fallback is the fallback base URL if it is not the URL: that of the creator, of about:blank and
	// about:srcdoc documents.
	Fallback string

	interfaces *Interfaces
	agent      *Agent
	realm      *qjs.Realm // of the nodes made here; nil: the tree has no engine
	inert      *Document  // the owner of template contents, made when needed
	version    uint64     // grows with every change of a tree or an attribute: live collections compare it
	parser     *Parser    // while there is one
	base       *Element   // the base element of baseOf's version
	baseOf     uint64
	active     *Element // has the focus; nil: the body
	readiness  string
	State      any // of package html
}

// Options say how a document is made.
type Options struct {
	URL         string
	ContentType string // "": text/html
	Interfaces  *Interfaces
	Agent       *Agent     // what it shares with others of its agent; nil: nothing
	Realm       *qjs.Realm // of its nodes
	Hooks       *Hooks     // nil: no browsing context
}

// NewDocument returns an empty document.
func NewDocument(o Options) *Document {
	d := &Document{URL: o.URL, ContentType: o.ContentType, interfaces: o.Interfaces, agent: o.Agent, realm: o.Realm, Hooks: o.Hooks}
	if d.URL == "" {
		d.URL = "about:blank"
	}
	if d.ContentType == "" {
		d.ContentType = "text/html"
	}
	d.HTML = d.ContentType == "text/html"
	if d.agent == nil {
		d.agent = NewAgent(0)
	}
	d.Node.init(DocumentNode, d, d)
	if d.HTML || o.Hooks != nil || d.interfaces.XMLDocument == nil {
		d.made(d.interfaces.Document)
	} else {
		d.made(d.interfaces.XMLDocument)
	}
	if d.Hooks != nil && d.realm != nil {
		d.SetCurrent()
	}
	return d
}

// Related returns a new document of the same agent without a browsing context, such as that
// of a DOMParser.
func (d *Document) Related(contentType string) *Document {
	return NewDocument(Options{URL: d.URL, ContentType: contentType, Interfaces: d.interfaces, Agent: d.agent, Realm: d.realm})
}

// Interfaces returns the interfaces its nodes are made with.
func (d *Document) Interfaces() *Interfaces { return d.interfaces }

// templateOwner is the document that template contents of d belong to.
//
// https://html.spec.whatwg.org/multipage/scripting.html#appropriate-template-contents-owner-document
func (d *Document) templateOwner() *Document {
	if d.inert == nil {
		d.inert = d.Related(d.ContentType)
		d.inert.inert = d.inert
	}
	return d.inert
}

// DocumentElement returns the element child; nil if there is none.
//
// https://dom.spec.whatwg.org/#document-element
func (d *Document) DocumentElement() *Element {
	for c := d.first; c != nil; c = c.next {
		if e := c.Element(); e != nil {
			return e
		}
	}
	return nil
}

// Doctype returns the document type child; nil if there is none.
func (d *Document) Doctype() *DocumentType {
	for c := d.first; c != nil; c = c.next {
		if t, ok := c.object.(*DocumentType); ok {
			return t
		}
	}
	return nil
}

// htmlChild returns the first child of the html element that has one of the names.
func (d *Document) htmlChild(names ...string) *Element {
	root := d.DocumentElement()
	if root == nil || !root.Is("html") {
		return nil
	}
	for c := root.first; c != nil; c = c.next {
		for _, name := range names {
			if e := c.Element(); e != nil && e.Is(name) {
				return e
			}
		}
	}
	return nil
}

// Head returns the head element; nil if there is none.
//
// https://html.spec.whatwg.org/multipage/dom.html#the-head-element-2
func (d *Document) Head() *Element { return d.htmlChild("head") }

// Body returns the body or frameset element; nil if there is none.
//
// https://html.spec.whatwg.org/multipage/dom.html#the-body-element-2
func (d *Document) Body() *Element { return d.htmlChild("body", "frameset") }

// ByID returns the first element in tree order with the ID; nil if there is none.
//
// https://dom.spec.whatwg.org/#dom-nonelementparentnode-getelementbyid
func (n *Node) ByID(id string) *Element {
	if id == "" {
		return nil
	}
	for c := n.after(n); c != nil; c = c.after(n) {
		if e := c.Element(); e != nil && e.id == id {
			return e
		}
	}
	return nil
}

// First returns the first descendant element that the function accepts; nil if there is none.
func (n *Node) First(accept func(*Element) bool) *Element {
	for c := n.after(n); c != nil; c = c.after(n) {
		if e := c.Element(); e != nil && accept(e) {
			return e
		}
	}
	return nil
}

// DocumentType is a doctype.
//
// https://dom.spec.whatwg.org/#documenttype
type DocumentType struct {
	Node
	Name, PublicID, SystemID string
}

// NewDoctype returns a doctype of the document.
func (d *Document) NewDoctype(name, publicID, systemID string) *DocumentType {
	t := &DocumentType{Name: name, PublicID: publicID, SystemID: systemID}
	t.Node.init(DocumentTypeNode, t, d)
	t.made(d.interfaces.DocumentType)
	return t
}

// Fragment is a document fragment.
//
// https://dom.spec.whatwg.org/#documentfragment
type Fragment struct {
	Node
	Host *Element // the template that it is the contents of
}

// NewFragment returns an empty fragment of the document.
func (d *Document) NewFragment() *Fragment {
	f := new(Fragment)
	f.Node.init(DocumentFragmentNode, f, d)
	f.made(d.interfaces.DocumentFragment)
	return f
}
