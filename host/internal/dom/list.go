package dom

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// List is a NodeList or an HTMLCollection, live or static.
//
// https://dom.spec.whatwg.org/#old-style-collections
type List struct {
	webidl.Platform
	root    *Node
	collect func(root *Node) []*Node // nil: static
	items   []*Node
	of      *Document // which document's version items are of
	version uint64
	named   bool // an HTMLCollection
	ref     *qjs.Ref
}

// NewNodeList returns a live NodeList.
func NewNodeList(root *Node, collect func(root *Node) []*Node) *List {
	l := &List{root: root, collect: collect}
	l.init(root.document.interfaces.NodeList)
	return l
}

// NewStaticList returns a static NodeList of nodes below root.
func NewStaticList(root *Node, items []*Node) *List {
	l := &List{root: root, items: items}
	l.init(root.document.interfaces.NodeList)
	return l
}

// NewCollection returns a live HTMLCollection of the descendants of root that are accepted.
func NewCollection(root *Node, accept func(e *Element) bool) *List {
	return NewCollectionOf(root, root.document.interfaces.HTMLCollection, func(root *Node) []*Node {
		var items []*Node
		for c := root.after(root); c != nil; c = c.after(root) {
			if e := c.Element(); e != nil && accept(e) {
				items = append(items, c)
			}
		}
		return items
	})
}

// NewCollectionOf returns a live collection of an interface that is HTMLCollection or
// inherits from it.
func NewCollectionOf(root *Node, iface *webidl.Interface, collect func(root *Node) []*Node) *List {
	l := &List{root: root, collect: collect, named: true}
	l.init(iface)
	return l
}

func (l *List) init(iface *webidl.Interface) {
	if realm := l.root.document.realm; realm != nil {
		webidl.Init(l, realm, iface)
	}
}

// Root returns the node that a collection is of.
func (l *List) Root() *Node { return l.root }

// Wrapped is called when the wrapper was made: it keeps that of the root.
func (l *List) Wrapped() {
	l.ref = l.Realm().Runtime().NewRef(l.root.Value())
}

// Trace implements [qjs.Tracer].
func (l *List) Trace(visit func(*qjs.Ref)) { visit(l.ref) }

// Items returns what is in the list now.
func (l *List) Items() []*Node {
	if d := l.root.document; l.collect != nil && (l.of != d || l.version != d.version) {
		l.items, l.of, l.version = l.collect(l.root), d, d.version
	}
	return l.items
}

// Item returns the item of an index; nil if there is none.
func (l *List) Item(i uint32) *Node {
	if items := l.Items(); uint64(i) < uint64(len(items)) {
		return items[i]
	}
	return nil
}

// NamedItem returns the first element whose ID or, of HTML elements, name it is.
//
// https://dom.spec.whatwg.org/#dom-htmlcollection-nameditem-key
func (l *List) NamedItem(name string) *Node {
	if name == "" {
		return nil
	}
	for _, n := range l.Items() {
		if e := n.Element(); e.id == name || e.IsHTML() && e.Attr("name") == name {
			return n
		}
	}
	return nil
}

// names are the supported property names.
//
// https://dom.spec.whatwg.org/#interface-htmlcollection
func (l *List) names() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, n := range l.Items() {
		e := n.Element()
		for _, name := range []string{e.id, e.htmlName()} {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

func (e *Element) htmlName() string {
	if e.IsHTML() {
		return e.Attr("name")
	}
	return ""
}

// GetNamed implements [qjs.Named].
func (l *List) GetNamed(realm *qjs.Realm, key qjs.Key) (qjs.Property, bool, error) {
	if i, ok := key.Index(); ok {
		n := l.Item(uint32(i))
		return qjs.Property{Value: n.Value(), Flags: qjs.Configurable | qjs.Enumerable}, n != nil, nil
	}
	name, ok := key.Name(realm)
	if !ok || !l.named || l.inherits(realm, key) {
		return qjs.Property{}, false, nil
	}
	n := l.NamedItem(name)
	return qjs.Property{Value: n.Value(), Flags: qjs.Configurable}, n != nil, nil
}

// inherits reports whether the prototype chain has the property: it hides a named one.
//
// https://webidl.spec.whatwg.org/#dfn-named-property-visibility
func (l *List) inherits(realm *qjs.Realm, key qjs.Key) bool {
	return inherits(realm, l, key)
}

func inherits(realm *qjs.Realm, o webidl.Object, key qjs.Key) bool {
	prototype := webidl.ValueOf(o).Prototype(realm)
	if !prototype.IsObject() {
		return false
	}
	has, err := prototype.Has(realm, key)
	return has && err == nil
}

// SetNamed implements [qjs.Named].
func (l *List) SetNamed(realm *qjs.Realm, key qjs.Key, _ qjs.Value) (mine, ok bool, err error) {
	if _, index := key.Index(); index {
		return true, false, nil
	}
	_, found, err := l.GetNamed(realm, key)
	return found, false, err
}

// DeleteNamed implements [qjs.Named].
func (l *List) DeleteNamed(realm *qjs.Realm, key qjs.Key) (mine, ok bool, err error) {
	_, found, err := l.GetNamed(realm, key)
	return found, false, err
}

// NamedKeys implements [qjs.Named].
func (l *List) NamedKeys(realm *qjs.Realm) ([]qjs.Value, error) {
	var keys []qjs.Value
	for i := range l.Items() {
		keys = append(keys, realm.String(itoa(i)))
	}
	if l.named {
		for _, name := range l.names() {
			keys = append(keys, realm.String(name))
		}
	}
	return keys, nil
}

// ByTag lists the elements of a qualified name, "*" being all.
//
// https://dom.spec.whatwg.org/#concept-getelementsbytagname
func (n *Node) ByTag(name string) *List {
	folded := lower(name)
	return NewCollection(n, func(e *Element) bool {
		if name == "*" {
			return true
		}
		if e.document.HTML && e.IsHTML() {
			return e.QualifiedName() == folded
		}
		return e.QualifiedName() == name
	})
}

// ByTagNS lists the elements of a namespace and local name, "*" being all.
//
// https://dom.spec.whatwg.org/#concept-getelementsbytagnamens
func (n *Node) ByTagNS(namespace, local string) *List {
	return NewCollection(n, func(e *Element) bool {
		return (namespace == "*" || e.namespace == namespace) && (local == "*" || e.local == local)
	})
}

// ByClass lists the elements that have all of the classes.
//
// https://dom.spec.whatwg.org/#concept-getelementsbyclassname
func (n *Node) ByClass(names string) *List {
	classes := Fields(names)
	return NewCollection(n, func(e *Element) bool {
		for _, class := range classes {
			if !e.HasClass(class) {
				return false
			}
		}
		return len(classes) > 0
	})
}

// ByName is the live list of HTML elements whose name attribute it is.
//
// https://html.spec.whatwg.org/multipage/dom.html#dom-document-getelementsbyname
func (d *Document) ByName(name string) *List {
	return NewNodeList(d.AsNode(), func(root *Node) []*Node {
		var items []*Node
		root.All(func(c *Node) bool {
			if e := c.Element(); e != nil && e.IsHTML() && e.Has("name") && e.Attr("name") == name {
				items = append(items, c)
			}
			return true
		})
		return items
	})
}

// childNodes and children are the node's own live lists.
func (n *Node) childNodes() qjs.Value {
	return n.same("childNodes", n.document.interfaces.NodeList, func() webidl.Object {
		return NewNodeList(n, (*Node).Children)
	})
}

func (n *Node) children() qjs.Value {
	return n.same("children", n.document.interfaces.HTMLCollection, func() webidl.Object {
		return NewCollectionOf(n, n.document.interfaces.HTMLCollection, func(n *Node) []*Node {
			var items []*Node
			for c := n.first; c != nil; c = c.next {
				if c.nodeType == ElementNode {
					items = append(items, c)
				}
			}
			return items
		})
	})
}
