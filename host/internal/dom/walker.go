package dom

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// What filters answer.
const (
	filterAccept = 1
	filterReject = 2
	filterSkip   = 3
)

// NodeFilterInterface is https://dom.spec.whatwg.org/#interface-nodefilter.
var NodeFilterInterface = &webidl.Interface{
	Name: "NodeFilter", Exposed: webidl.Window,
	Constants: []webidl.Constant{
		{Name: "FILTER_ACCEPT", Value: filterAccept}, {Name: "FILTER_REJECT", Value: filterReject}, {Name: "FILTER_SKIP", Value: filterSkip},
		{Name: "SHOW_ALL", Value: 0xFFFFFFFF}, {Name: "SHOW_ELEMENT", Value: 1}, {Name: "SHOW_ATTRIBUTE", Value: 2},
		{Name: "SHOW_TEXT", Value: 4}, {Name: "SHOW_CDATA_SECTION", Value: 8}, {Name: "SHOW_PROCESSING_INSTRUCTION", Value: 0x40},
		{Name: "SHOW_COMMENT", Value: 0x80}, {Name: "SHOW_DOCUMENT", Value: 0x100}, {Name: "SHOW_DOCUMENT_TYPE", Value: 0x200},
		{Name: "SHOW_DOCUMENT_FRAGMENT", Value: 0x400},
	},
}

// Walker is a TreeWalker.
//
// https://dom.spec.whatwg.org/#interface-treewalker
type Walker struct {
	webidl.Platform
	root, at *Node
	show     uint32
	filter   *webidl.Callback
	active   bool
	ref      *qjs.Ref
}

// Wrapped is called when the wrapper was made.
func (w *Walker) Wrapped() { w.ref = w.Realm().Runtime().NewRef(w.root.Value()) }

// Trace implements [qjs.Tracer].
func (w *Walker) Trace(visit func(*qjs.Ref)) {
	visit(w.ref)
	w.filter.Trace(visit)
}

// createTreeWalker is https://dom.spec.whatwg.org/#dom-document-createtreewalker.
func createTreeWalker(c *qjs.Call, d *Document) (qjs.Value, error) {
	root, err := nodeArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	w := &Walker{root: root, at: root, show: 0xFFFFFFFF}
	if !c.Arg(1).IsUndefined() {
		if w.show, err = webidl.UnsignedLong(c.Realm, c.Arg(1)); err != nil {
			return qjs.Value{}, err
		}
	}
	if !c.Arg(2).IsNullish() {
		if w.filter, err = webidl.CallbackInterface("acceptNode")(c.Realm, c.Arg(2)); err != nil {
			return qjs.Value{}, err
		}
	}
	return webidl.Wrap(c.Realm, d.interfaces.TreeWalker, w), nil
}

// accept filters a node.
//
// https://dom.spec.whatwg.org/#concept-node-filter
func (w *Walker) accept(n *Node) (int, error) {
	if w.active {
		return 0, webidl.DOMException("InvalidStateError", "the filter is running")
	}
	if w.show&(1<<(n.nodeType-1)) == 0 {
		return filterSkip, nil
	}
	if w.filter == nil {
		return filterAccept, nil
	}
	w.active = true
	defer func() { w.active = false }()
	v, err := w.filter.Call(qjs.Undefined(), n.Value())
	if err != nil {
		return 0, err
	}
	answer, err := webidl.UnsignedShort(w.Realm(), v)
	return int(answer), err
}

func (w *Walker) went(n *Node) (qjs.Value, error) {
	w.at = n
	return n.Value(), nil
}

// parent is https://dom.spec.whatwg.org/#dom-treewalker-parentnode.
func (w *Walker) parent() (qjs.Value, error) {
	for n := w.at; n != nil && n != w.root; {
		if n = n.parent; n == nil {
			break
		}
		if answer, err := w.accept(n); err != nil || answer == filterAccept {
			if err != nil {
				return qjs.Value{}, err
			}
			return w.went(n)
		}
	}
	return qjs.Null(), nil
}

// way is a direction of walking.
type way struct{ child, sibling func(n *Node) *Node }

var (
	forward  = way{(*Node).FirstChild, (*Node).Next}
	backward = way{(*Node).LastChild, (*Node).Previous}
)

// children traverses children.
//
// https://dom.spec.whatwg.org/#concept-traverse-children
func (w *Walker) children(to way) (qjs.Value, error) {
	n := to.child(w.at)
	for n != nil {
		answer, err := w.accept(n)
		if err != nil {
			return qjs.Value{}, err
		}
		if answer == filterAccept {
			return w.went(n)
		}
		if answer == filterSkip && to.child(n) != nil {
			n = to.child(n)
			continue
		}
		for n != nil {
			if s := to.sibling(n); s != nil {
				n = s
				break
			}
			if n = n.parent; n == nil || n == w.root || n == w.at {
				return qjs.Null(), nil
			}
		}
	}
	return qjs.Null(), nil
}

// siblings traverses siblings.
//
// https://dom.spec.whatwg.org/#concept-traverse-siblings
func (w *Walker) siblings(to way) (qjs.Value, error) {
	n := w.at
	if n == w.root {
		return qjs.Null(), nil
	}
	for {
		s := to.sibling(n)
		for s != nil {
			n = s
			answer, err := w.accept(n)
			if err != nil {
				return qjs.Value{}, err
			}
			if answer == filterAccept {
				return w.went(n)
			}
			if s = to.child(n); answer == filterReject || s == nil {
				s = to.sibling(n)
			}
		}
		if n = n.parent; n == nil || n == w.root {
			return qjs.Null(), nil
		}
		if answer, err := w.accept(n); err != nil || answer == filterAccept {
			return qjs.Null(), err
		}
	}
}

// next is https://dom.spec.whatwg.org/#dom-treewalker-nextnode.
func (w *Walker) next() (qjs.Value, error) {
	n, answer := w.at, filterAccept
	for {
		if answer != filterReject && n.first != nil {
			n = n.first
		} else if n = n.afterSubtree(w.root); n == nil {
			return qjs.Null(), nil
		}
		var err error
		if answer, err = w.accept(n); err != nil {
			return qjs.Value{}, err
		}
		if answer == filterAccept {
			return w.went(n)
		}
	}
}

// previous is https://dom.spec.whatwg.org/#dom-treewalker-previousnode.
func (w *Walker) previous() (qjs.Value, error) {
	for n := w.at; n != w.root; {
		for s := n.previous; s != nil; s = n.previous {
			n = s
			answer, err := w.accept(n)
			if err != nil {
				return qjs.Value{}, err
			}
			for answer != filterReject && n.last != nil {
				n = n.last
				if answer, err = w.accept(n); err != nil {
					return qjs.Value{}, err
				}
			}
			if answer == filterAccept {
				return w.went(n)
			}
		}
		if n == w.root || n.parent == nil {
			break
		}
		n = n.parent
		if answer, err := w.accept(n); err != nil || answer == filterAccept {
			if err != nil {
				return qjs.Value{}, err
			}
			return w.went(n)
		}
	}
	return qjs.Null(), nil
}

// TreeWalkerInterface is https://dom.spec.whatwg.org/#interface-treewalker.
var TreeWalkerInterface = &webidl.Interface{
	Name: "TreeWalker", Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		Val("root", func(w *Walker) qjs.Value { return w.root.Value() }),
		Int("whatToShow", func(w *Walker) int { return int(w.show) }),
		Val("filter", func(w *Walker) qjs.Value {
			if w.filter == nil {
				return qjs.Null()
			}
			return w.filter.Value()
		}),
		{
			Name: "currentNode",
			Get:  webidl.Getter(func(_ *qjs.Realm, w *Walker) (qjs.Value, error) { return w.at.Value(), nil }),
			Set: webidl.Setter(func(realm *qjs.Realm, w *Walker, v qjs.Value) error {
				o, err := ToNode(realm, v)
				if err == nil {
					w.at = o.AsNode()
				}
				return err
			}),
		},
	},
	Operations: []webidl.Operation{
		Do("parentNode", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.parent() }),
		Do("firstChild", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.children(forward) }),
		Do("lastChild", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.children(backward) }),
		Do("previousSibling", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.siblings(backward) }),
		Do("nextSibling", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.siblings(forward) }),
		Do("previousNode", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.previous() }),
		Do("nextNode", 0, func(_ *qjs.Call, w *Walker) (qjs.Value, error) { return w.next() }),
	},
}
