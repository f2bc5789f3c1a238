package dom

import (
	"io"
	"runtime/metrics"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Parser is the HTML parser of a document: the source was parsed as a whole, and the Parser
// puts the nodes into the live document in tree order. Scripts run at their end tags and see
// the tree up to there.
//
// DEVIATION: what a script writes by document.write() is parsed by itself, as a fragment in the
// place of the script: an element begun there does not reach into the rest of the page.
//
// https://html.spec.whatwg.org/multipage/parsing.html
type Parser struct {
	document *Document
	stack    []level
	early    []*html.Node // written in the head, but of the body
	scripts  []*Element   // of an XML page: elements that were inserted, and end now
	waiting  bool         // for a script
	writing  bool         // made by document.open(): there is no page, only what is written
	text     string       // written, and not complete yet
	running  int          // nested runs: document.write in a script
	aborted  bool
}

// level is an element whose children are being inserted.
type level struct {
	next    *html.Node
	parent  *Node
	element *Element // popped at its end; nil: nothing ends here
}

// ParseHTML parses a page and begins to insert it. The document is empty. The parser may wait for
// scripts when it returns.
func (d *Document) ParseHTML(source string) error {
	tree, err := parseTree(d, source, nil)
	if err != nil {
		return err
	}
	d.Quirks = quirks(tree[0].Parent)
	d.parser = &Parser{document: d, stack: []level{{next: tree[0], parent: d.AsNode()}}}
	d.parser.run(0)
	return nil
}

// Parser returns the document's parser while there is one: the page is not at its end.
func (d *Document) Parser() *Parser { return d.parser }

// Waiting reports whether the parser waits for a script.
func (p *Parser) Waiting() bool { return p.waiting }

// Resume goes on after the script that the parser waited for ran.
func (p *Parser) Resume() {
	if p.waiting {
		p.waiting = false
		p.run(0)
	}
}

// Abort ends the parser: it drops nodes that were not inserted, and notifies nobody.
//
// https://html.spec.whatwg.org/multipage/parsing.html#abort-a-parser
func (p *Parser) Abort() {
	p.aborted, p.stack, p.early, p.scripts = true, nil, nil, nil
	if p.document.parser == p {
		p.document.parser = nil
	}
}

// run inserts until the stack is down to a height, or a script suspends it.
func (p *Parser) run(height int) {
	p.running++
	for len(p.stack) > height && !p.waiting {
		top := &p.stack[len(p.stack)-1]
		if top.next == nil {
			ended := top.element
			p.stack = p.stack[:len(p.stack)-1]
			p.end(ended)
			continue
		}
		source := top.next
		top.next = source.NextSibling
		p.insert(source, top.parent)
	}
	p.running--
	if len(p.stack) == 0 && p.text != "" && !p.waiting && p.running == 0 && !p.writing && !p.aborted {
		_ = p.flush() // what does not fit is dropped, as an endless page would be
		return
	}
	for len(p.scripts) > 0 && !p.waiting && p.running == 0 {
		e := p.scripts[0]
		p.scripts = p.scripts[1:]
		p.running++
		p.end(e)
		p.running--
	}
	if len(p.stack) == 0 && len(p.scripts) == 0 && !p.waiting && p.running == 0 && !p.aborted && !p.writing {
		d := p.document
		d.parser = nil
		if d.Hooks != nil && d.Hooks.Parsed != nil {
			d.Hooks.Parsed(d)
		}
	}
}

// insert makes the node of a parsed one, inserts it, and makes its children next.
func (p *Parser) insert(source *html.Node, parent *Node) {
	d := p.document
	c := d.node(source)
	if c == nil || p.document.Room(0) != nil {
		return
	}
	e := c.Element()
	if parent.nodeType == DocumentNode && e != nil && d.DocumentElement() != nil {
		return // a script got there first
	}
	if e != nil && d.interfaces.Parsed != nil {
		d.interfaces.Parsed(e, true)
	}
	parent.insert(c, nil)
	if e == nil || p.aborted {
		return
	}
	into := c
	if e.content != nil {
		into = e.content.AsNode()
	}
	p.stack = append(p.stack, level{source.FirstChild, into, e})
	if e.Is("body") && len(p.early) > 0 {
		p.stack = append(p.stack, level{next: siblings(p.early), parent: c})
		p.early = nil
	}
}

// end runs the steps after an element's end tag.
func (p *Parser) end(e *Element) {
	if e == nil {
		return
	}
	if e.kind.Popped != nil {
		e.kind.Popped(e)
	}
	h := p.document.Hooks
	if e.document == p.document && e.local == "script" && (e.IsHTML() || e.namespace == SVGNamespace) && h != nil && h.PrepareScript != nil &&
		e.Connected() {
		if h.PrepareScript(e, true) && !p.aborted {
			p.waiting = true
		}
	}
}

// Write inserts the text of document.write(), while the page is parsed or after document.open().
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#document-write-steps
func (p *Parser) Write(text string) error {
	p.text += text
	if !complete(p.text) {
		return nil
	}
	return p.flush()
}

// flush inserts written text that is not inserted yet.
func (p *Parser) flush() error {
	text, d := p.text, p.document
	p.text = ""
	height := len(p.stack)
	if p.writing && d.DocumentElement() == nil { // what document.open() began
		tree, err := parseTree(d, text, nil)
		if err != nil {
			return err
		}
		p.stack = append(p.stack, level{next: tree[0], parent: d.AsNode()})
	} else if err := p.push(text); err != nil {
		return err
	}
	if !p.waiting {
		p.run(height)
	}
	return nil
}

// push makes written text the next to be inserted.
func (p *Parser) push(text string) error {
	d := p.document
	var parent *Node
	if len(p.stack) > 0 {
		parent = p.stack[len(p.stack)-1].parent
	} else if body := d.Body(); body != nil {
		parent = body.AsNode()
	} else {
		return nil
	}
	context := parent.Element()
	inHead := context == nil || context.Is("head") || context.Is("html")
	if inHead {
		context = d.NewHTML("body")
	}
	nodes, err := parseTree(d, text, context)
	if err != nil {
		return err
	}
	if inHead {
		for i, n := range nodes {
			if !ofHead(n) {
				p.early = append(p.early, nodes[i:]...)
				nodes = nodes[:i]
				break
			}
		}
		if body := d.Body(); body != nil && len(p.early) > 0 {
			nodes, parent, p.early = append(nodes, p.early...), body.AsNode(), nil
		}
	}
	if len(nodes) > 0 {
		p.stack = append(p.stack, level{next: siblings(nodes), parent: parent})
	}
	return nil
}

// complete reports whether written text can be parsed by itself: it ends neither in a tag nor in an
// element of raw text.
func complete(text string) bool {
	if strings.LastIndexByte(text, '<') > strings.LastIndexByte(text, '>') {
		return false
	}
	text = lower(text)
	for _, name := range []string{"script", "style", "title", "textarea"} {
		if strings.LastIndex(text, "<"+name) > strings.LastIndex(text, "</"+name) {
			return false
		}
	}
	return true
}

// OpenWriting makes a parser of what will be written by document.write() into the empty document.
func (d *Document) OpenWriting() {
	d.parser = &Parser{document: d, writing: true}
}

// Close ends the input of a parser that [Document.OpenWriting] made.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-document-close
func (p *Parser) Close() error {
	if !p.writing {
		return nil
	}
	err := p.flush()
	p.writing = false
	if !p.waiting {
		p.run(0)
	}
	return err
}

// ofHead reports whether a node stays in the head when it comes there.
func ofHead(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Link, atom.Meta, atom.Title, atom.Base, atom.Template, atom.Noscript:
		return true
	}
	return n.Type == html.CommentNode || n.Type == html.TextNode && Strip(n.Data) == ""
}

// siblings chains nodes and returns the first.
func siblings(nodes []*html.Node) *html.Node {
	for i, n := range nodes {
		n.NextSibling = nil
		if i > 0 {
			nodes[i-1].NextSibling = n
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

// node makes the node of a parsed one, without children.
func (d *Document) node(source *html.Node) *Node {
	switch source.Type {
	case html.TextNode:
		return d.NewText(source.Data).AsNode()
	case html.CommentNode:
		return d.NewComment(source.Data).AsNode()
	case html.DoctypeNode:
		var public, system string
		for _, a := range source.Attr {
			switch a.Key {
			case "public":
				public = a.Val
			case "system":
				system = a.Val
			}
		}
		return d.NewDoctype(source.Data, public, system).AsNode()
	case html.ElementNode:
		e := d.NewElement(namespaces[source.Namespace], "", source.Data)
		seen := make(map[html.Attribute]bool, len(source.Attr)) // an element may have very many
		for _, a := range source.Attr {
			name := html.Attribute{Namespace: a.Namespace, Key: a.Key}
			if seen[name] {
				continue
			}
			seen[name] = true
			namespace, prefix := "", ""
			if a.Namespace != "" {
				namespace, prefix = attributeNamespaces[a.Namespace], a.Namespace
			}
			e.appendAttr(d.NewAttr(namespace, prefix, a.Key, a.Val))
		}
		return e.AsNode()
	}
	return nil
}

var (
	namespaces          = map[string]string{"": HTMLNamespace, "svg": SVGNamespace, "math": MathMLNamespace}
	attributeNamespaces = map[string]string{"xlink": XLinkNamespace, "xml": XMLNamespace, "xmlns": XMLNSNamespace}
)

// ParseFragment parses text as it would be in the place of context's children.
//
// https://html.spec.whatwg.org/multipage/parsing.html#html-fragment-parsing-algorithm
func ParseFragment(d *Document, context *Element, text string) (*Fragment, error) {
	nodes, err := parseTree(d, text, context)
	if err != nil {
		return nil, err
	}
	f := d.NewFragment()
	return f, d.build(f.AsNode(), siblings(nodes))
}

// BuildHTML parses a page into an empty document that no script runs in: DOMParser's.
func (d *Document) BuildHTML(text string) error {
	nodes, err := parseTree(d, text, nil)
	if err != nil {
		return err
	}
	d.Quirks = quirks(nodes[0].Parent)
	return d.build(d.AsNode(), nodes[0])
}

// build makes the nodes of parsed ones below parent, running no hooks but those of attributes and
// popped elements.
func (d *Document) build(parent *Node, first *html.Node) error {
	stack := []level{{next: first, parent: parent}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == nil {
			stack = stack[:len(stack)-1]
			continue
		}
		source := top.next
		top.next = source.NextSibling
		c := top.parent.document.node(source)
		if c == nil {
			continue
		}
		if err := d.Room(0); err != nil {
			return err
		}
		top.parent.link(c, nil)
		if e := c.Element(); e != nil {
			if d.interfaces.Parsed != nil {
				d.interfaces.Parsed(e, false)
			}
			into := c
			if e.content != nil {
				into = e.content.AsNode()
			}
			stack = append(stack, level{source.FirstChild, into, nil})
		}
	}
	d.version++
	return nil
}

// parseTree parses a page, or a fragment in a context.
func parseTree(d *Document, source string, context *Element) (nodes []*html.Node, err error) {
	if err := d.Room(len(source) + nodeSize*strings.Count(source, "<")); err != nil {
		return nil, err
	}
	reader := &watched{rest: strings.ToValidUTF8(source, "\uFFFD"), limit: d.agent.limit}
	if context == nil {
		var root *html.Node
		if root, err = html.Parse(reader); err == nil {
			return []*html.Node{root.FirstChild}, nil
		}
	} else {
		c := &html.Node{Type: html.ElementNode, Data: context.local, DataAtom: atom.Lookup([]byte(context.local))}
		switch context.namespace {
		case SVGNamespace:
			c.Namespace = "svg"
		case MathMLNamespace:
			c.Namespace = "math"
		case HTMLNamespace:
		default:
			c.Data, c.DataAtom = "div", atom.Div
		}
		if nodes, err = html.ParseFragment(reader, c); err == nil {
			return nodes, nil
		}
	}
	return nil, webidl.RangeError("the page cannot be parsed: %v", err)
}

// watched gives the source in pieces as long as the heap does not grow out of proportion: few bytes
// of misnested formatting elements can become very many nodes.
type watched struct {
	rest   string
	limit  int64
	sample [1]metrics.Sample
	start  uint64
}

func (w *watched) Read(b []byte) (int, error) {
	w.sample[0].Name = "/memory/classes/heap/objects:bytes"
	metrics.Read(w.sample[:])
	now := w.sample[0].Value.Uint64()
	if w.start == 0 {
		w.start = now
	}
	if now > w.start+uint64(w.limit) {
		return 0, webidl.RangeError("its nodes would take more than %d bytes", w.limit)
	}
	if w.rest == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 4096)], w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

// quirks says whether a page's doctype asks for quirks mode.
//
// FIXME: of the public identifiers only the most common are known.
//
// https://html.spec.whatwg.org/multipage/parsing.html#the-initial-insertion-mode
func quirks(root *html.Node) bool {
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.DoctypeNode {
			continue
		}
		public, system := "", false
		for _, a := range c.Attr {
			switch a.Key {
			case "public":
				public = lower(a.Val)
			case "system":
				system = true
			}
		}
		transitional := strings.HasPrefix(public, "-//w3c//dtd html 4.01 transitional//") ||
			strings.HasPrefix(public, "-//w3c//dtd html 4.01 frameset//")
		return c.Data != "html" || transitional && !system || strings.HasPrefix(public, "-//w3c//dtd html 3") ||
			strings.HasPrefix(public, "-//w3c//dtd html 4.0 ")
	}
	return true
}
