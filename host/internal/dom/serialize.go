package dom

import "strings"

// voidElements have no end tag.
//
// https://html.spec.whatwg.org/multipage/parsing.html#serializes-as-void
var voidElements = map[string]bool{
	"area": true, "base": true, "basefont": true, "bgsound": true, "br": true, "col": true, "embed": true, "frame": true, "hr": true,
	"img": true, "input": true, "keygen": true, "link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}

// rawText are the elements whose text is not escaped.
var rawText = map[string]bool{"style": true, "script": true, "xmp": true, "iframe": true, "noembed": true, "noframes": true,
	"plaintext": true, "noscript": true}

var (
	escapeText      = strings.NewReplacer("&", "&amp;", "\u00A0", "&nbsp;", "<", "&lt;", ">", "&gt;")
	escapeAttribute = strings.NewReplacer("&", "&amp;", "\u00A0", "&nbsp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;")
)

// InnerHTML serializes what is in a node.
//
// https://html.spec.whatwg.org/multipage/parsing.html#html-fragment-serialisation-algorithm
func (n *Node) InnerHTML() string {
	var b strings.Builder
	if e := n.Element(); e != nil && e.content != nil {
		n = e.content.AsNode()
	} else if e != nil && e.IsHTML() && voidElements[e.local] {
		return ""
	}
	if n.document.HTML {
		serialize(&b, n, false)
	} else {
		serializeXML(&b, n, false)
	}
	return b.String()
}

// OuterHTML serializes the node, too.
func (n *Node) OuterHTML() string {
	var b strings.Builder
	if n.document.HTML {
		serialize(&b, n, true)
	} else {
		serializeXML(&b, n, true)
	}
	return b.String()
}

// serialize walks through the tree; contents of templates are put in the place of children.
// Nothing recurses.
func serialize(b *strings.Builder, root *Node, itself bool) {
	type place struct{ node, end *Node }
	var back []place // where to go on after the contents of a template
	n, end := root, root
	enter := itself
	for {
		if enter {
			open(b, n)
		}
		enter = true
		inside := n
		if e := n.Element(); e != nil && e.content != nil {
			inside = e.content.AsNode()
		}
		if inside != n && inside.first != nil {
			back = append(back, place{n, end})
			n, end = inside.first, inside
			continue
		}
		if n.first != nil && inside == n {
			n = n.first
			continue
		}
		for { // up, closing what ends
			if n != root || itself {
				closeTag(b, n)
			}
			if n == root {
				return
			}
			if n.next != nil {
				n = n.next
				break
			}
			n = n.parent
			if n == end && len(back) > 0 && end != root {
				n, end = back[len(back)-1].node, back[len(back)-1].end
				back = back[:len(back)-1]
			}
		}
	}
}

func open(b *strings.Builder, n *Node) {
	switch o := n.object.(type) {
	case *Element:
		b.WriteByte('<')
		b.WriteString(o.serialName())
		for _, a := range o.attributes {
			b.WriteByte(' ')
			switch a.namespace {
			case XMLNamespace:
				b.WriteString("xml:" + a.local)
			case XLinkNamespace:
				b.WriteString("xlink:" + a.local)
			case XMLNSNamespace:
				if a.local != "xmlns" {
					b.WriteString("xmlns:")
				}
				b.WriteString(a.local)
			default:
				b.WriteString(a.QualifiedName())
			}
			b.WriteString(`="`)
			b.WriteString(escapeAttribute.Replace(a.value))
			b.WriteByte('"')
		}
		b.WriteByte('>')
	case *CharacterData:
		switch n.nodeType {
		case CommentNode:
			b.WriteString("<!--" + o.data + "-->")
		case ProcessingInstructionNode:
			b.WriteString("<?" + o.Instruction + " " + o.data + ">")
		default:
			if p := n.ParentElement(); p != nil && p.IsHTML() && rawText[p.local] {
				b.WriteString(o.data)
			} else {
				b.WriteString(escapeText.Replace(o.data))
			}
		}
	case *DocumentType:
		b.WriteString("<!DOCTYPE " + o.Name + ">")
	}
}

func closeTag(b *strings.Builder, n *Node) {
	if e := n.Element(); e != nil && !(e.IsHTML() && voidElements[e.local]) {
		b.WriteString("</" + e.serialName() + ">")
	}
}

func (e *Element) serialName() string {
	switch e.namespace {
	case HTMLNamespace, SVGNamespace, MathMLNamespace:
		return e.local
	}
	return e.QualifiedName()
}

// XML serializes a node as XML.
//
// DEVIATION: prefixes stay as they are; a namespace is declared where it differs from the parent's.
//
// https://w3c.github.io/DOM-Parsing/#dfn-xml-serialization
func (n *Node) XML() string {
	var b strings.Builder
	serializeXML(&b, n, true)
	return b.String()
}

func serializeXML(b *strings.Builder, root *Node, itself bool) {
	n, enter := root, itself
	for {
		if enter {
			openXML(b, n)
		}
		enter = true
		if n.first != nil {
			n = n.first
			continue
		}
		for {
			if e := n.Element(); e != nil && (n != root || itself) && (n.first != nil || e.IsHTML() && !voidElements[e.local]) {
				b.WriteString("</" + e.QualifiedName() + ">")
			}
			if n == root {
				return
			}
			if n.next != nil {
				n = n.next
				break
			}
			n = n.parent
		}
	}
}

func openXML(b *strings.Builder, n *Node) {
	switch o := n.object.(type) {
	case *Element:
		b.WriteString("<" + o.QualifiedName())
		declared := o.AttrNS(XMLNSNamespace, "xmlns") != nil
		if p := n.ParentElement(); !declared && o.prefix == "" && (p == nil && o.namespace != "" || p != nil && p.namespace != o.namespace) {
			b.WriteString(` xmlns="` + escapeAttribute.Replace(o.namespace) + `"`)
		}
		for _, a := range o.attributes {
			b.WriteString(" " + a.QualifiedName() + `="` + strings.ReplaceAll(escapeAttribute.Replace(a.value), "&nbsp;", "\u00A0") + `"`)
		}
		switch {
		case n.first != nil || o.IsHTML() && !voidElements[o.local]:
			b.WriteString(">")
		case o.IsHTML():
			b.WriteString(" />")
		default:
			b.WriteString("/>")
		}
	case *CharacterData:
		switch n.nodeType {
		case CommentNode:
			b.WriteString("<!--" + o.data + "-->")
		case ProcessingInstructionNode:
			b.WriteString("<?" + o.Instruction + " " + o.data + "?>")
		case CDATASectionNode:
			b.WriteString("<![CDATA[" + o.data + "]]>")
		default:
			b.WriteString(strings.ReplaceAll(escapeText.Replace(o.data), "&nbsp;", "\u00A0"))
		}
	case *DocumentType:
		b.WriteString("<!DOCTYPE " + o.Name + ">")
	}
}
