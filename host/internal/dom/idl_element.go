package dom

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// ElementInterface is https://dom.spec.whatwg.org/#interface-element, with what other
// standards add.
var ElementInterface = &webidl.Interface{
	Name: "Element", Parent: NodeInterface, Exposed: webidl.Window,
	Attributes: slices.Concat([]webidl.Attribute{
		OrNull("namespaceURI", (*Element).Namespace),
		OrNull("prefix", (*Element).Prefix),
		Text("localName", (*Element).LocalName),
		Text("tagName", (*Element).TagName),
		Reflect("id", "id"), Reflect("className", "class"), Reflect("slot", "slot"),
		TokenAttribute("classList", "class"),
		Val("attributes", func(e *Element) qjs.Value {
			return e.same("attributes", e.document.interfaces.NamedNodeMap, func() webidl.Object { return &NamedNodeMap{attached{element: e}} })
		}),
		Val("shadowRoot", func(*Element) qjs.Value { return qjs.Null() }),
		TextSet("innerHTML", func(e *Element) string { return e.InnerHTML() }, (*Element).SetInnerHTML, true),
		TextSet("outerHTML", func(e *Element) string { return e.OuterHTML() }, (*Element).SetOuterHTML, true),
		zero("clientTop"), zero("clientLeft"), zero("clientWidth"), zero("clientHeight"), zero("scrollWidth"), zero("scrollHeight"),
		scroll("scrollTop"), scroll("scrollLeft"),
	}, parentAttributes, siblingAttributes, aria),
	Operations: slices.Concat([]webidl.Operation{
		Do("hasAttributes", 0, func(_ *qjs.Call, e *Element) (qjs.Value, error) { return qjs.Bool(len(e.attributes) > 0), nil }),
		Do("getAttributeNames", 0, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			var names []qjs.Value
			for _, a := range e.attributes {
				names = append(names, c.Realm.String(a.QualifiedName()))
			}
			return c.Realm.NewArray(names...), nil
		}),
		byName("getAttribute", func(c *qjs.Call, _ *Element, a *Attr) qjs.Value {
			if a == nil {
				return qjs.Null()
			}
			return c.Realm.String(a.value)
		}),
		byName("hasAttribute", func(_ *qjs.Call, _ *Element, a *Attr) qjs.Value { return qjs.Bool(a != nil) }),
		byName("getAttributeNode", func(_ *qjs.Call, _ *Element, a *Attr) qjs.Value { return a.AsValue() }),
		byName("removeAttribute", func(_ *qjs.Call, e *Element, a *Attr) qjs.Value {
			if a != nil {
				e.RemoveAttr(a)
			}
			return qjs.Value{}
		}),
		byNS("getAttributeNS", func(c *qjs.Call, _ *Element, a *Attr) qjs.Value {
			if a == nil {
				return qjs.Null()
			}
			return c.Realm.String(a.value)
		}),
		byNS("hasAttributeNS", func(_ *qjs.Call, _ *Element, a *Attr) qjs.Value { return qjs.Bool(a != nil) }),
		byNS("getAttributeNodeNS", func(_ *qjs.Call, _ *Element, a *Attr) qjs.Value { return a.AsValue() }),
		byNS("removeAttributeNS", func(_ *qjs.Call, e *Element, a *Attr) qjs.Value {
			if a != nil {
				e.RemoveAttr(a)
			}
			return qjs.Value{}
		}),
		Do("setAttribute", 2, setAttribute),
		Do("setAttributeNS", 3, setAttributeNS),
		Do("toggleAttribute", 1, toggleAttribute),
		Do("setAttributeNode", 1, setAttributeNode),
		Do("setAttributeNodeNS", 1, setAttributeNode),
		Do("removeAttributeNode", 1, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			a, err := webidl.To[*Attr]("Attr")(c.Realm, c.Arg(0))
			if err != nil {
				return qjs.Value{}, err
			}
			if a.element != e {
				return qjs.Value{}, webidl.DOMException("NotFoundError", "the attribute is not of this element")
			}
			e.RemoveAttr(a)
			return a.AsValue(), nil
		}),
		Do("matches", 1, matches), Do("webkitMatchesSelector", 1, matches),
		Do("closest", 1, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			selectors, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			found, err := e.Closest(selectors)
			return found.Value(), err
		}),
		Do("insertAdjacentElement", 2, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			where, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			other, err := webidl.To[*Element]("Element")(c.Realm, c.Arg(1))
			if err != nil {
				return qjs.Value{}, err
			}
			done, err := e.insertAdjacent(where, other.AsNode())
			if !done || err != nil {
				return qjs.Null(), err
			}
			return c.Arg(1), nil
		}),
		Do("insertAdjacentText", 2, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			where, text, err := twoStrings(c)
			if err != nil {
				return qjs.Value{}, err
			}
			_, err = e.insertAdjacent(where, e.document.NewText(text).AsNode())
			return qjs.Value{}, err
		}),
		Do("insertAdjacentHTML", 2, func(c *qjs.Call, e *Element) (qjs.Value, error) {
			where, text, err := twoStrings(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, e.insertAdjacentHTML(where, text)
		}),
		Do("getBoundingClientRect", 0, func(c *qjs.Call, _ *Element) (qjs.Value, error) { return rectangle(c.Realm) }),
		Do("getClientRects", 0, func(c *qjs.Call, _ *Element) (qjs.Value, error) { return c.Realm.NewArray(), nil }),
		nothing("scrollIntoView"), nothing("scroll"), nothing("scrollTo"), nothing("scrollBy"),
	}, parentOperations, childOperations, lookups),
}

// zero is a size of what is not laid out, scroll a position that stays 0.
//
// DEVIATION: nothing is laid out.
func zero(name string) webidl.Attribute { return Int(name, func(*Element) int { return 0 }) }

func scroll(name string) webidl.Attribute {
	a := zero(name)
	a.Set = webidl.Setter(func(*qjs.Realm, *Element, qjs.Value) error { return nil })
	return a
}

// nothing is an operation that would change what is laid out.
func nothing(name string) webidl.Operation {
	return Do(name, 0, func(*qjs.Call, *Element) (qjs.Value, error) { return qjs.Value{}, nil })
}

// rectangle is an empty rectangle; a plain object, not a DOMRect.
func rectangle(realm *qjs.Realm) (qjs.Value, error) {
	o := realm.NewObject()
	for _, name := range []string{"x", "y", "width", "height", "top", "right", "bottom", "left"} {
		if err := o.Define(realm, name, qjs.Int(0), qjs.Ordinary); err != nil {
			return qjs.Value{}, err
		}
	}
	return o, nil
}

// aria are the attributes of ARIA that pages use from script.
var aria = []webidl.Attribute{
	ariaAttribute("role", "role"), ariaAttribute("ariaLabel", "aria-label"), ariaAttribute("ariaHidden", "aria-hidden"),
	ariaAttribute("ariaExpanded", "aria-expanded"), ariaAttribute("ariaChecked", "aria-checked"), ariaAttribute("ariaLive", "aria-live"),
}

func ariaAttribute(name, attribute string) webidl.Attribute {
	return webidl.Attribute{
		Name: name,
		Get: webidl.Getter(func(realm *qjs.Realm, e *Element) (qjs.Value, error) {
			if value, ok := e.Get(attribute); ok {
				return realm.String(value), nil
			}
			return qjs.Null(), nil
		}),
		Set: webidl.Setter(func(realm *qjs.Realm, e *Element, v qjs.Value) error {
			if v.IsNullish() {
				e.Unset(attribute)
				return nil
			}
			value, err := webidl.DOMString(realm, v)
			if err == nil {
				e.Set(attribute, value)
			}
			return err
		}),
	}
}

func byName(name string, steps func(c *qjs.Call, e *Element, a *Attr) qjs.Value) webidl.Operation {
	return Do(name, 1, func(c *qjs.Call, e *Element) (qjs.Value, error) {
		attribute, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return steps(c, e, e.AttrByName(attribute)), nil
	})
}

func byNS(name string, steps func(c *qjs.Call, e *Element, a *Attr) qjs.Value) webidl.Operation {
	return Do(name, 2, func(c *qjs.Call, e *Element) (qjs.Value, error) {
		namespace, err := nullableString(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		local, err := StringArg(c, 1)
		if err != nil {
			return qjs.Value{}, err
		}
		return steps(c, e, e.AttrNS(namespace, local)), nil
	})
}

func twoStrings(c *qjs.Call) (a, b string, err error) {
	if a, err = StringArg(c, 0); err == nil {
		b, err = StringArg(c, 1)
	}
	return a, b, err
}

func matches(c *qjs.Call, e *Element) (qjs.Value, error) {
	selectors, err := StringArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	ok, err := e.Matches(selectors)
	return qjs.Bool(ok), err
}

// setAttribute is https://dom.spec.whatwg.org/#dom-element-setattribute.
func setAttribute(c *qjs.Call, e *Element) (qjs.Value, error) {
	name, value, err := twoStrings(c)
	if err != nil {
		return qjs.Value{}, err
	}
	if !validName(name) {
		return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "'%s' is not a valid attribute name", name)
	}
	if err := e.document.Room(len(value) + nodeSize); err != nil {
		return qjs.Value{}, err
	}
	e.SetByName(name, value)
	return qjs.Value{}, nil
}

// setAttributeNS is https://dom.spec.whatwg.org/#dom-element-setattributens.
func setAttributeNS(c *qjs.Call, e *Element) (qjs.Value, error) {
	namespace, err := nullableString(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	name, err := StringArg(c, 1)
	if err != nil {
		return qjs.Value{}, err
	}
	value, err := StringArg(c, 2)
	if err != nil {
		return qjs.Value{}, err
	}
	prefix, local, err := extract(namespace, name, validName)
	if err != nil {
		return qjs.Value{}, err
	}
	if err := e.document.Room(len(value) + nodeSize); err != nil {
		return qjs.Value{}, err
	}
	e.SetNS(namespace, prefix, local, value)
	return qjs.Value{}, nil
}

// toggleAttribute is https://dom.spec.whatwg.org/#dom-element-toggleattribute.
func toggleAttribute(c *qjs.Call, e *Element) (qjs.Value, error) {
	name, err := StringArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	if !validName(name) {
		return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "'%s' is not a valid attribute name", name)
	}
	force, given := c.Arg(1).Bool(), !c.Arg(1).IsUndefined()
	switch a := e.AttrByName(name); {
	case a == nil && (!given || force):
		e.SetByName(name, "")
		return qjs.Bool(true), nil
	case a != nil && (!given || !force):
		e.RemoveAttr(a)
		return qjs.Bool(false), nil
	default:
		return qjs.Bool(a != nil), nil
	}
}

func setAttributeNode(c *qjs.Call, e *Element) (qjs.Value, error) {
	a, err := webidl.To[*Attr]("Attr")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	return putAttr(e, a)
}

func putAttr(e *Element, a *Attr) (qjs.Value, error) {
	if a.element != nil && a.element != e {
		return qjs.Value{}, webidl.DOMException("InUseAttributeError", "the attribute is of another element")
	}
	if a.document != e.document {
		a.document = e.document
	}
	return e.PutAttr(a).AsValue(), nil
}

// SetInnerHTML replaces the children by what the text says.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-element-innerhtml
func (e *Element) SetInnerHTML(text string) error {
	f, err := e.document.fragment(e, text)
	if err != nil {
		return err
	}
	target := e.AsNode()
	if e.content != nil {
		target = e.content.AsNode()
	}
	target.ReplaceAll(f.AsNode())
	return nil
}

// fragment parses text in a context by the document's kind of parser.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#fragment-parsing-algorithm-steps
func (d *Document) fragment(context *Element, text string) (*Fragment, error) {
	if d.HTML {
		return ParseFragment(d, context, text)
	}
	return ParseXMLFragment(d, context, text)
}

// SetOuterHTML replaces the element by what the text says.
//
// https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-element-outerhtml
func (e *Element) SetOuterHTML(text string) error {
	parent := e.parent
	if parent == nil {
		return nil
	}
	if parent.nodeType == DocumentNode {
		return webidl.DOMException("NoModificationAllowedError", "the parent is a document")
	}
	context := parent.Element()
	if context == nil {
		context = e.document.NewHTML("body")
	}
	f, err := e.document.fragment(context, text)
	if err != nil {
		return err
	}
	return parent.Replace(f.AsNode(), e.AsNode())
}

// insertAdjacent inserts a node beside or in an element; false if there is no such place.
//
// https://dom.spec.whatwg.org/#insert-adjacent
func (e *Element) insertAdjacent(where string, node *Node) (bool, error) {
	switch lower(where) {
	case "beforebegin":
		if e.parent == nil {
			return false, nil
		}
		return true, e.parent.InsertBefore(node, e.AsNode())
	case "afterbegin":
		return true, e.InsertBefore(node, e.first)
	case "beforeend":
		return true, e.Append(node)
	case "afterend":
		if e.parent == nil {
			return false, nil
		}
		return true, e.parent.InsertBefore(node, e.next)
	}
	return false, webidl.DOMException("SyntaxError", "'%s' is no place: beforebegin, afterbegin, beforeend or afterend", where)
}

// insertAdjacentHTML is https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#dom-element-insertadjacenthtml.
func (e *Element) insertAdjacentHTML(where, text string) error {
	context := e
	if w := lower(where); w == "beforebegin" || w == "afterend" {
		if e.parent == nil || e.parent.nodeType == DocumentNode {
			return webidl.DOMException("NoModificationAllowedError", "there is no parent element")
		}
		context = e.ParentElement()
	}
	if context == nil || context.Is("html") && e.document.HTML {
		context = e.document.NewHTML("body")
	}
	f, err := e.document.fragment(context, text)
	if err != nil {
		return err
	}
	_, err = e.insertAdjacent(where, f.AsNode())
	return err
}

// extract validates and extracts a qualified name.
//
// https://dom.spec.whatwg.org/#validate-and-extract
func extract(namespace, name string, valid func(string) bool) (prefix, local string, err error) {
	local = name
	for i := range len(name) {
		if name[i] == ':' {
			if prefix, local = name[:i], name[i+1:]; prefix == "" || !validName(prefix) {
				return "", "", webidl.DOMException("InvalidCharacterError", "'%s' is not a valid qualified name", name)
			}
			break
		}
	}
	if !valid(local) {
		return "", "", webidl.DOMException("InvalidCharacterError", "'%s' is not a valid qualified name", name)
	}
	if prefix != "" && namespace == "" || prefix == "xml" && namespace != XMLNamespace ||
		(name == "xmlns" || prefix == "xmlns") != (namespace == XMLNSNamespace) {
		return "", "", webidl.DOMException("NamespaceError", "'%s' does not fit the namespace '%s'", name, namespace)
	}
	return prefix, local, nil
}
