package dom

import "github.com/entangle-go/entangle/host/internal/webidl"

// ensureInsertable is "ensure pre-insert validity"; replaced is the child that a replacement takes
// away (nil: none).
//
// https://dom.spec.whatwg.org/#concept-node-ensure-pre-insertion-validity
// https://dom.spec.whatwg.org/#concept-node-replace
func (n *Node) ensureInsertable(node, child, replaced *Node) error {
	if n.nodeType != DocumentNode && n.nodeType != DocumentFragmentNode && n.nodeType != ElementNode { // 1.
		return webidl.DOMException("HierarchyRequestError", "a %s node has no children", n.NodeName())
	}
	if hostIncludes(node, n) { // 2.
		return webidl.DOMException("HierarchyRequestError", "the new child contains the parent")
	}
	if child != nil && child.parent != n { // 3.
		return webidl.DOMException("NotFoundError", "the node before which to insert is not a child of this node")
	}
	switch { // 4. and 5.
	case node.nodeType == DocumentNode || node.nodeType == AttributeNode,
		node.IsText() && n.nodeType == DocumentNode,
		node.nodeType == DocumentTypeNode && n.nodeType != DocumentNode:
		return webidl.DOMException("HierarchyRequestError", "a %s node cannot be a child of a %s node", node.NodeName(), n.NodeName())
	}
	if n.nodeType == DocumentNode && !n.documentTakes(node, child, replaced) { // 6.
		return webidl.DOMException("HierarchyRequestError", "a document has at most one element and one doctype before it")
	}
	return nil
}

// hostIncludes is "host-including inclusive ancestor".
//
// https://dom.spec.whatwg.org/#concept-tree-host-including-inclusive-ancestor
func hostIncludes(ancestor, n *Node) bool {
	if e := ancestor.Element(); ancestor.first == nil && (e == nil || e.content == nil) { // OPTIMIZATION: nothing can be in it
		return ancestor == n
	}
	for n != nil {
		if n == ancestor {
			return true
		}
		if f, ok := n.object.(*Fragment); ok && n.parent == nil && f.Host != nil {
			n = f.Host.AsNode()
		} else {
			n = n.parent
		}
	}
	return false
}

// documentTakes is step 6 of the above: n is a document.
func (n *Node) documentTakes(node, child, replaced *Node) bool {
	elementElsewhere, doctypeElsewhere, elementBefore, doctypeAfter := false, false, false, false
	reached := false // child, or what is replaced
	for c := n.first; c != nil; c = c.next {
		if c == child || c == replaced {
			reached = true
		}
		if c == replaced {
			continue
		}
		switch c.nodeType {
		case ElementNode:
			elementElsewhere = true
			elementBefore = elementBefore || !reached
		case DocumentTypeNode:
			doctypeElsewhere = true
			doctypeAfter = doctypeAfter || reached
		}
	}
	switch node.nodeType {
	case DocumentFragmentNode:
		elements := 0
		for c := node.first; c != nil; c = c.next {
			if c.IsText() {
				return false
			}
			if c.nodeType == ElementNode {
				elements++
			}
		}
		return elements == 0 || elements == 1 && !elementElsewhere && !doctypeAfter
	case ElementNode:
		return !elementElsewhere && !doctypeAfter
	case DocumentTypeNode:
		return !doctypeElsewhere && !elementBefore && (child != nil || replaced != nil || !elementElsewhere)
	}
	return true
}

// InsertBefore is "pre-insert": child may be nil, for the end.
//
// https://dom.spec.whatwg.org/#concept-node-pre-insert
func (n *Node) InsertBefore(node, child *Node) error {
	if err := n.ensureInsertable(node, child, nil); err != nil {
		return err
	}
	if child == node {
		child = node.next
	}
	n.insert(node, child)
	return nil
}

// Append is "append": InsertBefore at the end.
//
// https://dom.spec.whatwg.org/#concept-node-append
func (n *Node) Append(node *Node) error { return n.InsertBefore(node, nil) }

// Replace replaces child by node.
//
// https://dom.spec.whatwg.org/#concept-node-replace
func (n *Node) Replace(node, child *Node) error {
	if err := n.ensureInsertable(node, nil, child); err != nil { // 1., 2., 4. to 6.
		return err
	}
	if child.parent != n { // 3.
		return webidl.DOMException("NotFoundError", "the node to replace is not a child of this node")
	}
	reference := child.next // 7. and 8.
	if reference == node {
		reference = node.next
	}
	previous := child.previous // 9.
	var removed []*Node        // 10. and 11.
	if child.parent != nil && child != node {
		removed = []*Node{child}
		child.detach(true)
	}
	nodes := inserted(node) // 12.
	n.place(node, reference, true)
	n.queueTree(nodes, removed, previous, reference) // 14.
	n.settle(nodes)
	return nil
}

// ReplaceAll replaces all children by node, which may be nil. The caller knows that it is valid.
//
// https://dom.spec.whatwg.org/#concept-node-replace-all
func (n *Node) ReplaceAll(node *Node) {
	removed, added := n.Children(), inserted(node)
	for _, child := range removed {
		if child.parent == n { // removing steps may have done it
			child.detach(true)
		}
	}
	if node != nil {
		n.place(node, nil, true)
	}
	if len(removed)+len(added) > 0 {
		n.queueTree(added, removed, nil, nil)
	}
	n.settle(added)
}

// inserted lists what inserting node inserts.
func inserted(node *Node) []*Node {
	switch {
	case node == nil:
		return nil
	case node.nodeType == DocumentFragmentNode:
		return node.Children()
	}
	return []*Node{node}
}

// insert inserts node before child.
//
// https://dom.spec.whatwg.org/#concept-node-insert
func (n *Node) insert(node, child *Node) {
	nodes := inserted(node) // 1. to 3.
	if len(nodes) == 0 {
		return
	}
	n.place(node, child, false)
	n.settle(nodes)
}

// place is insert up to step 10: the tree is right afterwards, and nothing that scripts
// could notice ran.
func (n *Node) place(node, child *Node, suppressObservers bool) {
	nodes := inserted(node)
	if len(nodes) == 0 {
		return
	}
	if node.nodeType == DocumentFragmentNode { // 4.
		for _, c := range nodes {
			c.unlink()
		}
		node.document.version++
		node.queueTree(nil, nodes, nil, nil)
	}
	previous := n.last // 6.
	if child != nil {
		previous = child.previous
	}
	for _, c := range nodes { // 7.
		if child == c { // removing it moves the place
			child = c.next
		}
		n.document.Adopt(c)
		n.link(c, child)
	}
	n.document.version++
	if !suppressObservers { // 8.
		n.queueTree(nodes, nil, previous, child)
	}
	n.childrenChanged() // 9.
}

// settle runs the insertion steps, then the post-connection steps, which may run script, so that
// both are of a list made before.
//
// https://dom.spec.whatwg.org/#concept-node-insert, steps 7.7 and 11 to 12
func (n *Node) settle(nodes []*Node) {
	if len(nodes) == 0 {
		return
	}
	connected := n.Connected()
	var static []*Element
	for _, root := range nodes {
		for c := root; c != nil; c = c.after(root) {
			if e := c.Element(); e != nil {
				if e.kind.Inserted != nil {
					e.kind.Inserted(e)
				}
				if e.kind.Connected != nil && connected {
					static = append(static, e)
				}
			}
		}
	}
	for _, e := range static {
		if e.Connected() {
			e.kind.Connected(e)
		}
	}
}

// link puts a node without parent into the tree.
func (n *Node) link(c, before *Node) {
	c.parent, c.next = n, before
	if before != nil {
		c.previous, before.previous = before.previous, c
	} else {
		c.previous, n.last = n.last, c
	}
	if c.previous != nil {
		c.previous.next = c
	} else {
		n.first = c
	}
	c.connect(n.connected)
	c.relink()
}

// connect notes for a subtree whether its root is a document.
func (n *Node) connect(connected bool) {
	if n.connected == connected {
		return
	}
	for c := n; c != nil; c = c.after(n) {
		c.connected = connected
	}
}

// unlink takes a node out of its tree.
func (n *Node) unlink() {
	p := n.parent
	if n.previous != nil {
		n.previous.next = n.next
	} else {
		p.first = n.next
	}
	if n.next != nil {
		n.next.previous = n.previous
	} else {
		p.last = n.previous
	}
	n.parent, n.previous, n.next = nil, nil, nil
	n.connect(false)
	n.relink()
}

// RemoveChild is "pre-remove".
//
// https://dom.spec.whatwg.org/#concept-node-pre-remove
func (n *Node) RemoveChild(child *Node) error {
	if child.parent != n {
		return webidl.DOMException("NotFoundError", "the node to remove is not a child of this node")
	}
	child.remove()
	return nil
}

// Remove takes the node out of its tree, if it has a parent.
func (n *Node) Remove() {
	if n.parent != nil {
		n.remove()
	}
}

func (n *Node) remove() { n.detach(false) }

// detach removes a node.
//
// https://dom.spec.whatwg.org/#concept-node-remove
func (n *Node) detach(suppressObservers bool) {
	parent, previous, next := n.parent, n.previous, n.next
	connected := parent.Connected()
	var leaving []*Element
	for c := n; c != nil; c = c.after(n) {
		if e := c.Element(); e != nil && e.kind.Removed != nil {
			leaving = append(leaving, e)
		}
	}
	n.unlink()
	parent.document.version++
	if !suppressObservers {
		parent.queueTree(nil, []*Node{n}, previous, next)
	}
	n.transient(parent)
	for _, e := range leaving {
		e.kind.Removed(e, parent, connected)
	}
	parent.childrenChanged()
}

func (n *Node) childrenChanged() {
	if e := n.Element(); e != nil && e.kind.ChildrenChanged != nil {
		e.kind.ChildrenChanged(e)
	}
}

// Adopt moves a node, out of its tree, into the document.
//
// https://dom.spec.whatwg.org/#concept-node-adopt
func (d *Document) Adopt(n *Node) {
	old := n.document
	if n.parent != nil {
		n.remove()
	}
	if old == d {
		return
	}
	work := []*Node{n}
	for len(work) > 0 { // contents of templates come later instead of recursing
		root := work[len(work)-1]
		work = work[:len(work)-1]
		to := d
		if root != n {
			to = d.templateOwner()
		}
		for c := root; c != nil; c = c.after(root) {
			c.document = to
			c.relink()
			e := c.Element()
			if e == nil {
				continue
			}
			for _, a := range e.attributes {
				a.document = to
				a.relink()
			}
			if e.content != nil {
				work = append(work, e.content.AsNode())
			}
			if e.kind.Adopted != nil {
				e.kind.Adopted(e, old)
			}
		}
	}
	old.version++
}
