package dom

import "github.com/entangle-go/entangle/host/internal/webidl"

// Clone clones a node into a document.
//
// https://dom.spec.whatwg.org/#concept-node-clone
func (n *Node) Clone(document *Document, subtree bool) (*Node, error) {
	root, err := n.cloneSingle(document)
	if err != nil {
		return nil, err
	}
	type pair struct {
		from, to *Node
		document *Document
	}
	work := []pair{{n, root, root.document}}
	for len(work) > 0 { // no recursion: depth is chosen by pages
		p := work[len(work)-1]
		work = work[:len(work)-1]
		if e := p.from.Element(); e != nil {
			if e.kind.Cloned != nil {
				e.kind.Cloned(p.to.Element(), e)
			}
			if e.content != nil && subtree {
				to := p.to.Element().content.AsNode()
				for c := e.content.first; c != nil; c = c.next {
					if err := cloneInto(c, to, to.document, func(from, copy *Node) { work = append(work, pair{from, copy, to.document}) }); err != nil {
						return nil, err
					}
				}
			}
		}
		if !subtree {
			continue
		}
		for c := p.from.first; c != nil; c = c.next {
			if err := cloneInto(c, p.to, p.document, func(from, copy *Node) { work = append(work, pair{from, copy, p.document}) }); err != nil {
				return nil, err
			}
		}
	}
	return root, nil
}

func cloneInto(from, parent *Node, document *Document, then func(from, copy *Node)) error {
	copy, err := from.cloneSingle(document)
	if err != nil {
		return err
	}
	parent.link(copy, nil)
	then(from, copy)
	return nil
}

// cloneSingle clones a node without its children.
//
// https://dom.spec.whatwg.org/#clone-a-single-node
func (n *Node) cloneSingle(d *Document) (*Node, error) {
	if err := d.Room(nodeSize); err != nil {
		return nil, err
	}
	switch o := n.object.(type) {
	case *Document:
		c := o.Related(o.ContentType)
		c.HTML, c.Quirks, c.Charset = o.HTML, o.Quirks, o.Charset
		return c.AsNode(), nil
	case *DocumentType:
		return d.NewDoctype(o.Name, o.PublicID, o.SystemID).AsNode(), nil
	case *Fragment:
		return d.NewFragment().AsNode(), nil
	case *Attr:
		return d.NewAttr(o.namespace, o.prefix, o.local, o.value).AsNode(), nil
	case *CharacterData:
		switch n.nodeType {
		case TextNode:
			return d.NewText(o.data).AsNode(), nil
		case CDATASectionNode:
			return d.NewCDATASection(o.data).AsNode(), nil
		case CommentNode:
			return d.NewComment(o.data).AsNode(), nil
		}
		return d.NewProcessingInstruction(o.Instruction, o.data).AsNode(), nil
	}
	o := n.object.(*Element)
	c := d.NewElement(o.namespace, o.prefix, o.local)
	for _, a := range o.attributes {
		c.appendAttr(d.NewAttr(a.namespace, a.prefix, a.local, a.value))
	}
	return c.AsNode(), nil
}

// Import copies a node of another document into d.
//
// https://dom.spec.whatwg.org/#dom-document-importnode
func (d *Document) Import(n *Node, subtree bool) (*Node, error) {
	if n.nodeType == DocumentNode {
		return nil, webidl.DOMException("NotSupportedError", "a document cannot be imported")
	}
	return n.Clone(d, subtree)
}

// Equal reports whether two nodes equal.
//
// https://dom.spec.whatwg.org/#concept-node-equals
func Equal(a, b *Node) bool {
	x, y := a, b
	for {
		if !equalSingle(x, y) || (x.first == nil) != (y.first == nil) {
			return false
		}
		if x.first != nil {
			x, y = x.first, y.first
			continue
		}
		for x != a && x.next == nil {
			if y.next != nil {
				return false
			}
			x, y = x.parent, y.parent
		}
		if x == a {
			return true
		}
		if y.next == nil {
			return false
		}
		x, y = x.next, y.next
	}
}

func equalSingle(a, b *Node) bool {
	if a.nodeType != b.nodeType {
		return false
	}
	switch x := a.object.(type) {
	case *DocumentType:
		y := b.object.(*DocumentType)
		return x.Name == y.Name && x.PublicID == y.PublicID && x.SystemID == y.SystemID
	case *Attr:
		y := b.object.(*Attr)
		return x.namespace == y.namespace && x.local == y.local && x.value == y.value
	case *CharacterData:
		y := b.object.(*CharacterData)
		return x.Instruction == y.Instruction && x.data == y.data
	case *Element:
		y := b.object.(*Element)
		if x.namespace != y.namespace || x.prefix != y.prefix || x.local != y.local || len(x.attributes) != len(y.attributes) {
			return false
		}
		for _, attr := range x.attributes {
			if other := y.AttrNS(attr.namespace, attr.local); other == nil || other.value != attr.value {
				return false
			}
		}
	}
	return true
}

// Positions of CompareDocumentPosition.
const (
	Disconnected           = 1
	Preceding              = 2
	Following              = 4
	PositionContains       = 8
	ContainedBy            = 16
	ImplementationSpecific = 32
)

// Compare says where other is, seen from n.
//
// https://dom.spec.whatwg.org/#dom-node-comparedocumentposition
func (n *Node) Compare(other *Node) int {
	if n == other {
		return 0
	}
	node1, node2 := other, n
	attr1, _ := node1.object.(*Attr)
	attr2, _ := node2.object.(*Attr)
	if attr1 != nil && attr1.element != nil {
		node1 = attr1.element.AsNode()
	}
	if attr2 != nil && attr2.element != nil {
		node2 = attr2.element.AsNode()
		if attr1 != nil && node1 == node2 {
			for _, a := range attr2.element.attributes {
				switch a {
				case attr1:
					return ImplementationSpecific | Preceding
				case attr2:
					return ImplementationSpecific | Following
				}
			}
		}
	}
	if node1.Root() != node2.Root() {
		return Disconnected | ImplementationSpecific | Preceding
	}
	switch {
	case node1.Contains(node2) && attr1 == nil || node1 == node2 && attr2 != nil:
		return PositionContains | Preceding
	case node2.Contains(node1) && attr2 == nil || node1 == node2 && attr1 != nil:
		return ContainedBy | Following
	case precedes(node1, node2):
		return Preceding
	}
	return Following
}

// precedes reports whether a comes before b in the tree; neither contains the other.
func precedes(a, b *Node) bool {
	depth := func(n *Node) (d int) {
		for ; n.parent != nil; n = n.parent {
			d++
		}
		return d
	}
	da, db := depth(a), depth(b)
	for ; da > db; da-- {
		a = a.parent
	}
	for ; db > da; db-- {
		b = b.parent
	}
	for a.parent != b.parent {
		a, b = a.parent, b.parent
	}
	for ; a != nil; a = a.next {
		if a == b {
			return true
		}
	}
	return false
}
