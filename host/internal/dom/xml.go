package dom

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/entangle-go/entangle/host/internal/webidl"
)

// BuildXML parses XML into an empty document. What is not well-formed becomes a
// parsererror element.
//
// DEVIATION: the parser of the standard library is used: the doctype's internal subset is ignored,
// and prefixes come out as they went in only where they are declared.
//
// https://html.spec.whatwg.org/multipage/xhtml.html#parsing-xhtml-documents
func (d *Document) BuildXML(text string) {
	if err := d.readXML(text, d.AsNode(), ""); err != nil {
		d.ReplaceAll(nil)
		e := d.NewElement("http://www.mozilla.org/newlayout/xml/parsererror.xml", "", "parsererror")
		e.link(d.NewText(err.Error()).AsNode(), nil)
		d.link(e.AsNode(), nil)
	}
	d.version++
}

// ParseXML is BuildXML for a page: scripts run when everything is in place.
//
// DEVIATION: the standard runs them at their end tags here, too.
func (d *Document) ParseXML(text string) error {
	if err := d.Room(len(text) + nodeSize*strings.Count(text, "<")); err != nil {
		return err
	}
	d.BuildXML(text)
	d.parser = &Parser{document: d}
	var elements []*Element
	for _, n := range d.descendants() {
		if e := n.Element(); e != nil {
			elements = append(elements, e)
			if d.interfaces.Parsed != nil {
				d.interfaces.Parsed(e, true)
			}
		}
	}
	d.settle(d.Children())
	d.parser.scripts = elements
	d.parser.run(0)
	return nil
}

// ParseXMLFragment is https://html.spec.whatwg.org/multipage/xhtml.html#parsing-xhtml-fragments.
func ParseXMLFragment(d *Document, context *Element, text string) (*Fragment, error) {
	if err := d.Room(len(text) + nodeSize*strings.Count(text, "<")); err != nil {
		return nil, err
	}
	f := d.NewFragment()
	if err := d.readXML(text, f.AsNode(), context.lookupNamespace("")); err != nil {
		return nil, webidl.DOMException("SyntaxError", "%v", err)
	}
	return f, nil
}

// readXML appends what the text says to a node. Elements without a namespace are of
// the default one.
func (d *Document) readXML(text string, parent *Node, namespace string) error {
	decoder := xml.NewDecoder(strings.NewReader(strings.ToValidUTF8(text, "\uFFFD")))
	decoder.Entity = xml.HTMLEntity
	decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 already
	root, depth := parent, 0                                                                 // the decoder checks that tags match
	prefixes := map[string]string{XMLNamespace: "xml"}
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			if root.nodeType == DocumentNode && d.DocumentElement() == nil {
				return xml.UnmarshalError("the document has no element")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if err := d.Room(nodeSize); err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if root == parent && root.nodeType == DocumentNode && d.DocumentElement() != nil {
				return xml.UnmarshalError("the document has two elements")
			}
			if depth++; depth > 512 {
				return xml.UnmarshalError("the elements are nested too deep")
			}
			e := d.xmlElement(t, namespace, prefixes)
			parent.link(e.AsNode(), nil)
			parent = e.AsNode()
			if e.content != nil {
				parent = e.content.AsNode()
			}
		case xml.EndElement:
			depth--
			if f, ok := parent.object.(*Fragment); ok && f.Host != nil {
				parent = f.Host.AsNode()
			}
			parent = parent.parent
		case xml.CharData:
			if parent.nodeType != DocumentNode {
				parent.link(d.NewText(string(t)).AsNode(), nil)
			}
		case xml.Comment:
			parent.link(d.NewComment(string(t)).AsNode(), nil)
		case xml.ProcInst:
			if t.Target != "xml" {
				parent.link(d.NewProcessingInstruction(t.Target, string(t.Inst)).AsNode(), nil)
			}
		case xml.Directive:
			if fields := strings.Fields(string(t)); len(fields) > 1 && strings.EqualFold(fields[0], "doctype") && parent.nodeType == DocumentNode {
				parent.link(d.NewDoctype(fields[1], "", "").AsNode(), nil)
			}
		}
	}
}

// xmlElement makes the element of a start tag. The decoder resolved prefixes to namespaces; they
// are found again by what was declared last.
func (d *Document) xmlElement(t xml.StartElement, namespace string, prefixes map[string]string) *Element {
	declares := false
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" {
			prefixes[a.Value] = a.Name.Local
		}
		if a.Name.Space == "" && a.Name.Local == "xmlns" {
			declares = true
			delete(prefixes, a.Value)
		}
	}
	of := t.Name.Space
	if of == "" && !declares {
		of = namespace
	}
	e := d.NewElement(of, prefixes[of], t.Name.Local)
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			e.appendAttr(d.NewAttr(XMLNSNamespace, "xmlns", a.Name.Local, a.Value))
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			e.appendAttr(d.NewAttr(XMLNSNamespace, "", "xmlns", a.Value))
		default:
			e.appendAttr(d.NewAttr(a.Name.Space, prefixes[a.Name.Space], a.Name.Local, a.Value))
		}
	}
	return e
}
