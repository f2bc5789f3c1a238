package dom

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// convertNodes converts nodes into a node; nil if there are none.
//
// https://dom.spec.whatwg.org/#converting-nodes-into-a-node
func convertNodes(c *qjs.Call, d *Document) (node *Node, err error) {
	var list []*Node
	for i := range c.Args {
		if o, ok := webidl.As[Object](c.Arg(i)); ok {
			list = append(list, o.AsNode())
			continue
		}
		text, err := StringArg(c, i)
		if err != nil {
			return nil, err
		}
		if err := d.Room(len(text)); err != nil {
			return nil, err
		}
		list = append(list, d.NewText(text).AsNode())
	}
	if len(list) == 1 {
		return list[0], nil
	}
	f := d.NewFragment().AsNode()
	for _, n := range list {
		if err := f.Append(n); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// unscopable is an operation that an event handler content attribute of an element does not find by
// its bare name.
func unscopable(name string, steps func(c *qjs.Call, o Object) (qjs.Value, error)) webidl.Operation {
	o := Do(name, 0, steps)
	o.Unscopable = true
	return o
}

// variadic is an operation whose arguments are nodes or strings.
func variadic(name string, steps func(n, node *Node) error) webidl.Operation {
	return unscopable(name, func(c *qjs.Call, o Object) (qjs.Value, error) {
		n := o.AsNode()
		node, err := convertNodes(c, n.document)
		if err != nil {
			return qjs.Value{}, err
		}
		return qjs.Value{}, steps(n, node)
	})
}

// parentAttributes and parentOperations are the mixin ParentNode.
//
// https://dom.spec.whatwg.org/#interface-parentnode
var parentAttributes = []webidl.Attribute{
	Val("children", func(o Object) qjs.Value { return o.AsNode().children() }),
	Val("firstElementChild", func(o Object) qjs.Value { return o.AsNode().FirstElement().Value() }),
	Val("lastElementChild", func(o Object) qjs.Value { return o.AsNode().LastElement().Value() }),
	Int("childElementCount", func(o Object) int {
		count := 0
		for c := o.AsNode().first; c != nil; c = c.next {
			if c.nodeType == ElementNode {
				count++
			}
		}
		return count
	}),
}

var parentOperations = []webidl.Operation{
	variadic("prepend", func(n, node *Node) error { return n.InsertBefore(node, n.first) }),
	variadic("append", func(n, node *Node) error { return n.Append(node) }),
	variadic("replaceChildren", func(n, node *Node) error {
		if err := n.ensureInsertable(node, nil, nil); err != nil {
			return err
		}
		n.ReplaceAll(node)
		return nil
	}),
	Do("querySelector", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
		selectors, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		found, err := o.AsNode().Query(selectors, 1)
		if err != nil || len(found) == 0 {
			return qjs.Null(), err
		}
		return found[0].Value(), nil
	}),
	Do("querySelectorAll", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
		selectors, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		found, err := o.AsNode().Query(selectors, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(NewStaticList(o.AsNode(), found)), nil
	}),
}

// byID is the mixin NonElementParentNode.
var byID = Do("getElementById", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
	id, err := StringArg(c, 0)
	return o.AsNode().ByID(id).Value(), err
})

// lookups are the getElementsBy… operations of documents and elements.
var lookups = []webidl.Operation{
	Do("getElementsByTagName", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
		name, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(o.AsNode().ByTag(name)), nil
	}),
	Do("getElementsByTagNameNS", 2, func(c *qjs.Call, o Object) (qjs.Value, error) {
		namespace, err := nullableString(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		local, err := StringArg(c, 1)
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(o.AsNode().ByTagNS(namespace, local)), nil
	}),
	Do("getElementsByClassName", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
		names, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return webidl.ValueOf(o.AsNode().ByClass(names)), nil
	}),
}

// childOperations are the mixin ChildNode.
//
// https://dom.spec.whatwg.org/#interface-childnode
var childOperations = []webidl.Operation{
	beside("before"), beside("after"), beside("replaceWith"),
	unscopable("remove", func(_ *qjs.Call, o Object) (qjs.Value, error) {
		o.AsNode().Remove()
		return qjs.Value{}, nil
	}),
}

func nextOf(parent, previous *Node) *Node {
	if previous == nil {
		return parent.first
	}
	return previous.next
}

// viable is the first of n and its following siblings that is not in the list.
func viable(n *Node, list []*Node) *Node {
	for n != nil && slices.Contains(list, n) {
		n = n.next
	}
	return n
}

// beside is an operation of ChildNode; nothing happens without a parent. The nodes were collected
// before the conversion moved them.
func beside(name string) webidl.Operation {
	return unscopable(name, func(c *qjs.Call, o Object) (qjs.Value, error) {
		n := o.AsNode()
		parent := n.parent
		if parent == nil {
			return qjs.Value{}, nil
		}
		var given []*Node
		for i := range c.Args {
			if arg, ok := webidl.As[Object](c.Arg(i)); ok {
				given = append(given, arg.AsNode())
			}
		}
		previous, next := n.previous, viable(n.next, given)
		for previous != nil && slices.Contains(given, previous) {
			previous = previous.previous
		}
		node, err := convertNodes(c, n.document)
		if err != nil {
			return qjs.Value{}, err
		}
		switch name {
		case "before":
			return qjs.Value{}, parent.InsertBefore(node, nextOf(parent, previous))
		case "after":
			return qjs.Value{}, parent.InsertBefore(node, next)
		}
		if n.parent == parent {
			return qjs.Value{}, parent.Replace(node, n)
		}
		return qjs.Value{}, parent.InsertBefore(node, next)
	})
}

// siblingAttributes are the mixin NonDocumentTypeChildNode.
var siblingAttributes = []webidl.Attribute{
	Val("previousElementSibling", func(o Object) qjs.Value { return o.AsNode().PreviousElement().Value() }),
	Val("nextElementSibling", func(o Object) qjs.Value { return o.AsNode().NextElement().Value() }),
}
