package dom

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// NodeInterface is https://dom.spec.whatwg.org/#interface-node.
var NodeInterface = &webidl.Interface{
	Name: "Node", Parent: event.EventTargetInterface, Exposed: webidl.Window,
	Constants: []webidl.Constant{
		{Name: "ELEMENT_NODE", Value: 1}, {Name: "ATTRIBUTE_NODE", Value: 2}, {Name: "TEXT_NODE", Value: 3},
		{Name: "CDATA_SECTION_NODE", Value: 4}, {Name: "ENTITY_REFERENCE_NODE", Value: 5}, {Name: "ENTITY_NODE", Value: 6},
		{Name: "PROCESSING_INSTRUCTION_NODE", Value: 7}, {Name: "COMMENT_NODE", Value: 8}, {Name: "DOCUMENT_NODE", Value: 9},
		{Name: "DOCUMENT_TYPE_NODE", Value: 10}, {Name: "DOCUMENT_FRAGMENT_NODE", Value: 11}, {Name: "NOTATION_NODE", Value: 12},
		{Name: "DOCUMENT_POSITION_DISCONNECTED", Value: 1}, {Name: "DOCUMENT_POSITION_PRECEDING", Value: 2},
		{Name: "DOCUMENT_POSITION_FOLLOWING", Value: 4}, {Name: "DOCUMENT_POSITION_CONTAINS", Value: 8},
		{Name: "DOCUMENT_POSITION_CONTAINED_BY", Value: 16}, {Name: "DOCUMENT_POSITION_IMPLEMENTATION_SPECIFIC", Value: 32},
	},
	Attributes: []webidl.Attribute{
		Int("nodeType", func(o Object) int { return int(o.AsNode().nodeType) }),
		Text("nodeName", func(o Object) string { return o.AsNode().NodeName() }),
		Text("baseURI", func(o Object) string { return o.AsNode().document.BaseURL() }),
		Flag("isConnected", func(o Object) bool { return o.AsNode().Connected() }, nil),
		Val("ownerDocument", func(o Object) qjs.Value {
			if o.AsNode().nodeType == DocumentNode {
				return qjs.Null()
			}
			return o.AsNode().document.Value()
		}),
		Val("parentNode", func(o Object) qjs.Value { return o.AsNode().parent.Value() }),
		Val("parentElement", func(o Object) qjs.Value { return o.AsNode().ParentElement().Value() }),
		Val("childNodes", func(o Object) qjs.Value { return o.AsNode().childNodes() }),
		Val("firstChild", func(o Object) qjs.Value { return o.AsNode().first.Value() }),
		Val("lastChild", func(o Object) qjs.Value { return o.AsNode().last.Value() }),
		Val("previousSibling", func(o Object) qjs.Value { return o.AsNode().previous.Value() }),
		Val("nextSibling", func(o Object) qjs.Value { return o.AsNode().next.Value() }),
		nodeText("nodeValue", func(n *Node) (string, bool) {
			if n.nodeType == ElementNode || n.nodeType == DocumentFragmentNode {
				return "", false
			}
			return n.TextContent()
		}, func(n *Node, text string) error {
			if n.nodeType == ElementNode || n.nodeType == DocumentFragmentNode {
				return nil
			}
			return n.SetTextContent(text)
		}),
		nodeText("textContent", (*Node).TextContent, (*Node).SetTextContent),
	},
	Operations: []webidl.Operation{
		Do("hasChildNodes", 0, func(_ *qjs.Call, o Object) (qjs.Value, error) { return qjs.Bool(o.AsNode().first != nil), nil }),
		Do("getRootNode", 0, func(_ *qjs.Call, o Object) (qjs.Value, error) { return o.AsNode().Root().Value(), nil }),
		Do("normalize", 0, func(_ *qjs.Call, o Object) (qjs.Value, error) {
			o.AsNode().Normalize()
			return qjs.Value{}, nil
		}),
		Do("cloneNode", 0, func(c *qjs.Call, o Object) (qjs.Value, error) {
			n, err := o.AsNode().Clone(o.AsNode().document, c.Arg(0).Bool())
			return n.Value(), err
		}),
		related("isEqualNode", func(n, other *Node) qjs.Value { return qjs.Bool(other != nil && Equal(n, other)) }),
		related("isSameNode", func(n, other *Node) qjs.Value { return qjs.Bool(n == other) }),
		related("contains", func(n, other *Node) qjs.Value { return qjs.Bool(other != nil && n.Contains(other)) }),
		Do("compareDocumentPosition", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			other, err := nodeArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Int(int32(o.AsNode().Compare(other))), nil
		}),
		Do("lookupNamespaceURI", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			prefix, err := nullableString(c, 0)
			return orNull(c.Realm, o.AsNode().lookupNamespace(prefix)), err
		}),
		Do("lookupPrefix", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			namespace, err := nullableString(c, 0)
			return orNull(c.Realm, o.AsNode().lookupPrefix(namespace)), err
		}),
		Do("isDefaultNamespace", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			namespace, err := nullableString(c, 0)
			return qjs.Bool(o.AsNode().lookupNamespace("") == namespace), err
		}),
		Do("insertBefore", 2, func(c *qjs.Call, o Object) (qjs.Value, error) {
			node, err := nodeArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			child, err := nodeOrNull(c, 1)
			if err != nil {
				return qjs.Value{}, err
			}
			return c.Arg(0), o.AsNode().InsertBefore(node, child)
		}),
		Do("appendChild", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			node, err := nodeArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			return c.Arg(0), o.AsNode().Append(node)
		}),
		Do("replaceChild", 2, func(c *qjs.Call, o Object) (qjs.Value, error) {
			node, err := nodeArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			child, err := nodeArg(c, 1)
			if err != nil {
				return qjs.Value{}, err
			}
			return c.Arg(1), o.AsNode().Replace(node, child)
		}),
		Do("removeChild", 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
			child, err := nodeArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			return c.Arg(0), o.AsNode().RemoveChild(child)
		}),
	},
}

func orNull(realm *qjs.Realm, text string) qjs.Value {
	if text == "" {
		return qjs.Null()
	}
	return realm.String(text)
}

// nodeText is an attribute of type DOMString?.
func nodeText(name string, get func(n *Node) (string, bool), set func(n *Node, text string) error) webidl.Attribute {
	return webidl.Attribute{
		Name: name,
		Get: webidl.Getter(func(realm *qjs.Realm, o Object) (qjs.Value, error) {
			text, ok := get(o.AsNode())
			if !ok {
				return qjs.Null(), nil
			}
			return realm.String(text), nil
		}),
		Set: webidl.Setter(func(realm *qjs.Realm, o Object, v qjs.Value) error {
			text := ""
			if !v.IsNullish() {
				var err error
				if text, err = webidl.DOMString(realm, v); err != nil {
					return err
				}
			}
			if err := o.AsNode().document.Room(len(text)); err != nil {
				return err
			}
			return set(o.AsNode(), text)
		}),
	}
}

// related is an operation with one argument of type Node?.
func related(name string, answer func(n, other *Node) qjs.Value) webidl.Operation {
	return Do(name, 1, func(c *qjs.Call, o Object) (qjs.Value, error) {
		other, err := nodeOrNull(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return answer(o.AsNode(), other), nil
	})
}

// element is the element whose namespaces count for a node.
func (n *Node) element() *Element {
	switch o := n.object.(type) {
	case *Element:
		return o
	case *Document:
		return o.DocumentElement()
	case *Attr:
		return o.element
	case *DocumentType, *Fragment:
		return nil
	}
	return n.ParentElement()
}

// lookupNamespace locates a namespace; "" for null.
//
// https://dom.spec.whatwg.org/#locate-a-namespace
func (n *Node) lookupNamespace(prefix string) string {
	e := n.element()
	if e != nil && prefix == "xml" {
		return XMLNamespace
	}
	if e != nil && prefix == "xmlns" {
		return XMLNSNamespace
	}
	for ; e != nil; e = e.ParentElement() {
		if e.namespace != "" && e.prefix == prefix {
			return e.namespace
		}
		for _, a := range e.attributes {
			if a.namespace == XMLNSNamespace && (a.prefix == "xmlns" && a.local == prefix || prefix == "" && a.prefix == "" && a.local == "xmlns") {
				return a.value
			}
		}
	}
	return ""
}

// lookupPrefix locates a namespace prefix; "" for null.
//
// https://dom.spec.whatwg.org/#locate-a-namespace-prefix
func (n *Node) lookupPrefix(namespace string) string {
	if namespace == "" {
		return ""
	}
	for e := n.element(); e != nil; e = e.ParentElement() {
		if e.namespace == namespace && e.prefix != "" {
			return e.prefix
		}
		for _, a := range e.attributes {
			if a.prefix == "xmlns" && a.value == namespace {
				return a.local
			}
		}
	}
	return ""
}
