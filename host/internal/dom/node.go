package dom

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
)

// NodeType is the kind of a node, with the numbers of the standard.
//
// https://dom.spec.whatwg.org/#dom-node-nodetype
type NodeType uint8

const (
	ElementNode               NodeType = 1
	AttributeNode             NodeType = 2
	TextNode                  NodeType = 3
	CDATASectionNode          NodeType = 4
	ProcessingInstructionNode NodeType = 7
	CommentNode               NodeType = 8
	DocumentNode              NodeType = 9
	DocumentTypeNode          NodeType = 10
	DocumentFragmentNode      NodeType = 11
)

// Namespaces.
//
// https://infra.spec.whatwg.org/#namespaces
const (
	HTMLNamespace   = "http://www.w3.org/1999/xhtml"
	SVGNamespace    = "http://www.w3.org/2000/svg"
	MathMLNamespace = "http://www.w3.org/1998/Math/MathML"
	XLinkNamespace  = "http://www.w3.org/1999/xlink"
	XMLNamespace    = "http://www.w3.org/XML/1998/namespace"
	XMLNSNamespace  = "http://www.w3.org/2000/xmlns/"
)

// Object is any kind of node: *Document, *DocumentType, *Fragment, *Element, *Attr or
// *CharacterData.
type Object interface {
	event.EventTarget
	AsNode() *Node
}

// Node is a participant of a tree. The concrete kinds of nodes, which [Node.Object]
// returns, embed it.
//
// https://dom.spec.whatwg.org/#node
type Node struct {
	event.Target

	nodeType NodeType
	object   Object
	document *Document // the node document; that of a document is itself

	parent, first, last, previous, next *Node

	registered []*registration // mutation observers
	pages      *page           // what the node is counted on, see [Agent]

	objects   []*sameObject
	wrapped   bool
	connected bool     // the root is a document
	up, down  *qjs.Ref // see platform.go; down is owned by the keeper
}

func (n *Node) init(t NodeType, object Object, document *Document) {
	n.nodeType, n.object, n.document = t, object, document
	n.connected = t == DocumentNode
	n.pages = document.agent.count()
}

// AsNode returns n: it is how [Object] is implemented.
func (n *Node) AsNode() *Node { return n }

// Object returns the whole node of which n is a part.
func (n *Node) Object() Object { return n.object }

// Type returns the node's type.
func (n *Node) Type() NodeType { return n.nodeType }

// Parent returns the node's parent; nil if it is a root.
func (n *Node) Parent() *Node { return n.parent }

// FirstChild returns the first child; nil if there is none.
func (n *Node) FirstChild() *Node { return n.first }

// LastChild returns the last child; nil if there is none.
func (n *Node) LastChild() *Node { return n.last }

// Previous returns the previous sibling; nil if there is none.
func (n *Node) Previous() *Node { return n.previous }

// Next returns the next sibling; nil if there is none.
func (n *Node) Next() *Node { return n.next }

// Document returns the node document; of a document it is the document itself.
//
// https://dom.spec.whatwg.org/#concept-node-document
func (n *Node) Document() *Document { return n.document }

// Element returns the node as an element; nil if it is none.
func (n *Node) Element() *Element {
	e, _ := n.object.(*Element)
	return e
}

// Root returns the root of the node's tree.
//
// https://dom.spec.whatwg.org/#concept-tree-root
func (n *Node) Root() *Node {
	for n.parent != nil {
		n = n.parent
	}
	return n
}

// Connected reports whether the node's root is a document.
//
// https://dom.spec.whatwg.org/#connected
func (n *Node) Connected() bool { return n.connected }

// Contains reports whether other is n or a descendant of n.
//
// https://dom.spec.whatwg.org/#concept-tree-inclusive-descendant
func (n *Node) Contains(other *Node) bool {
	for ; other != nil; other = other.parent {
		if other == n {
			return true
		}
	}
	return false
}

// ParentElement returns the parent if it is an element, else nil.
func (n *Node) ParentElement() *Element {
	if n.parent == nil {
		return nil
	}
	return n.parent.Element()
}

// after returns the node that follows n in tree order among the inclusive descendants of root;
// nil after the last. Every walk of a tree goes through it: depth is chosen by pages, so
// nothing recurses.
func (n *Node) after(root *Node) *Node {
	if n.first != nil {
		return n.first
	}
	return n.afterSubtree(root)
}

// afterSubtree is after, passing over the descendants of n.
func (n *Node) afterSubtree(root *Node) *Node {
	for ; n != root && n != nil; n = n.parent {
		if n.next != nil {
			return n.next
		}
	}
	return nil
}

// All calls visit with the inclusive descendants of n in tree order, until it returns false. The
// tree must not change meanwhile.
func (n *Node) All(visit func(*Node) bool) {
	for c := n; c != nil; c = c.after(n) {
		if !visit(c) {
			return
		}
	}
}

// descendants is a list of the inclusive descendants of n in tree order.
func (n *Node) descendants() []*Node {
	var list []*Node
	for c := n; c != nil; c = c.after(n) {
		list = append(list, c)
	}
	return list
}

// Children returns a list of the node's children.
func (n *Node) Children() []*Node {
	var list []*Node
	for c := n.first; c != nil; c = c.next {
		list = append(list, c)
	}
	return list
}

// Length is the length of a node: of its data in code units, or the number of its children.
//
// https://dom.spec.whatwg.org/#concept-node-length
func (n *Node) Length() int {
	switch object := n.object.(type) {
	case *DocumentType, *Attr:
		return 0
	case *CharacterData:
		return unitLength(object.data)
	}
	length := 0
	for c := n.first; c != nil; c = c.next {
		length++
	}
	return length
}

// NodeName is the nodeName of the standard.
//
// https://dom.spec.whatwg.org/#dom-node-nodename
func (n *Node) NodeName() string {
	switch object := n.object.(type) {
	case *Element:
		return object.TagName()
	case *Attr:
		return object.QualifiedName()
	case *DocumentType:
		return object.Name
	case *Document:
		return "#document"
	case *Fragment:
		return "#document-fragment"
	case *CharacterData:
		switch n.nodeType {
		case TextNode:
			return "#text"
		case CDATASectionNode:
			return "#cdata-section"
		case CommentNode:
			return "#comment"
		}
		return object.Instruction
	}
	return ""
}

// IsText reports whether the node is a Text node (CDATA sections are).
func (n *Node) IsText() bool { return n.nodeType == TextNode || n.nodeType == CDATASectionNode }

// TextContent is the text of the node; ok is false where the standard says null.
//
// https://dom.spec.whatwg.org/#get-text-content
func (n *Node) TextContent() (text string, ok bool) {
	switch object := n.object.(type) {
	case *Element, *Fragment:
		return n.descendantText(), true
	case *Attr:
		return object.value, true
	case *CharacterData:
		return object.data, true
	}
	return "", false
}

// descendantText is the concatenation of the data of all Text descendants.
//
// https://dom.spec.whatwg.org/#concept-descendant-text-content
func (n *Node) descendantText() string {
	var text builder
	for c := n.after(n); c != nil; c = c.after(n) {
		if c.IsText() {
			text.add(c.object.(*CharacterData).data)
		}
	}
	return text.String()
}

// ChildText is the child text content of a node.
//
// https://dom.spec.whatwg.org/#concept-child-text-content
func (n *Node) ChildText() string {
	var text builder
	for c := n.first; c != nil; c = c.next {
		if c.IsText() {
			text.add(c.object.(*CharacterData).data)
		}
	}
	return text.String()
}

// SetTextContent replaces the node's children, value or data.
//
// https://dom.spec.whatwg.org/#set-text-content
func (n *Node) SetTextContent(text string) error {
	switch object := n.object.(type) {
	case *Element, *Fragment:
		return n.StringReplaceAll(text)
	case *Attr:
		object.SetValue(text)
	case *CharacterData:
		object.SetData(text)
	}
	return nil
}

// StringReplaceAll replaces all children by a Text node with the text, or by nothing
// if it is empty.
//
// https://dom.spec.whatwg.org/#string-replace-all
func (n *Node) StringReplaceAll(text string) error {
	if text == "" {
		n.ReplaceAll(nil)
		return nil
	}
	if err := n.document.Room(len(text)); err != nil {
		return err
	}
	n.ReplaceAll(n.document.NewText(text).AsNode())
	return nil
}
