package dom

import "strings"

// Element is an element.
//
// https://dom.spec.whatwg.org/#element
type Element struct {
	Node
	namespace, prefix, local string
	attributes               []*Attr
	id                       string // of the attribute, for lookups
	kind                     *Kind
	State                    any // what the element's kind needs; made by Kind.New

	content   *Fragment // of a template
	tagCached string
}

// NewElement creates an element; the caller checked the names.
//
// https://dom.spec.whatwg.org/#concept-create-element
func (d *Document) NewElement(namespace, prefix, local string) *Element {
	e := &Element{namespace: namespace, prefix: prefix, local: local, kind: d.interfaces.Kind(namespace, local)}
	e.Node.init(ElementNode, e, d)
	e.made(e.kind.Interface)
	if namespace == HTMLNamespace && local == "template" {
		e.content = d.templateOwner().NewFragment()
		e.content.Host = e
	}
	if e.kind.New != nil {
		e.kind.New(e)
	}
	return e
}

// NewHTML creates an element of the HTML namespace.
func (d *Document) NewHTML(local string) *Element { return d.NewElement(HTMLNamespace, "", local) }

// Namespace returns the namespace; "" for null.
func (e *Element) Namespace() string { return e.namespace }

// Prefix returns the namespace prefix; "" for null.
func (e *Element) Prefix() string { return e.prefix }

// LocalName returns the local name.
func (e *Element) LocalName() string { return e.local }

// Kind returns what hangs on the element's name.
func (e *Element) Kind() *Kind { return e.kind }

// Content returns a template's contents; nil for other elements.
func (e *Element) Content() *Fragment { return e.content }

// Is reports whether it is an HTML element of the name.
func (e *Element) Is(local string) bool { return e.local == local && e.namespace == HTMLNamespace }

// IsHTML reports whether the element is of the HTML namespace.
func (e *Element) IsHTML() bool { return e.namespace == HTMLNamespace }

// QualifiedName is prefix and local name.
func (e *Element) QualifiedName() string { return qualified(e.prefix, e.local) }

func qualified(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// TagName is the HTML-uppercased qualified name.
//
// https://dom.spec.whatwg.org/#element-html-uppercased-qualified-name
func (e *Element) TagName() string {
	name := e.QualifiedName()
	if e.namespace == HTMLNamespace && e.document.HTML {
		if e.tagCached == "" {
			e.tagCached = upper(name)
		}
		return e.tagCached
	}
	return name
}

// Attributes returns the list of attributes. The caller does not change it.
func (e *Element) Attributes() []*Attr { return e.attributes }

// fold is name as attributes of e are looked up by it: in lowercase on HTML elements of
// HTML documents.
func (e *Element) fold(name string) string {
	if e.namespace == HTMLNamespace && e.document.HTML {
		return lower(name)
	}
	return name
}

// AttrByName gets an attribute by its qualified name; nil if there is none.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-get-by-name
func (e *Element) AttrByName(name string) *Attr {
	name = e.fold(name)
	for _, a := range e.attributes {
		if a.local == name && a.prefix == "" || a.prefix != "" && a.QualifiedName() == name {
			return a
		}
	}
	return nil
}

// AttrNS gets an attribute by namespace and local name; nil if there is none.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-get-by-namespace
func (e *Element) AttrNS(namespace, local string) *Attr {
	for _, a := range e.attributes {
		if a.local == local && a.namespace == namespace {
			return a
		}
	}
	return nil
}

// Get returns the value of an attribute without namespace.
func (e *Element) Get(local string) (value string, ok bool) {
	if a := e.AttrNS("", local); a != nil {
		return a.value, true
	}
	return "", false
}

// Attr returns the value of an attribute without namespace; "" if it is missing.
func (e *Element) Attr(local string) string {
	value, _ := e.Get(local)
	return value
}

// Has reports whether the element has an attribute without namespace.
func (e *Element) Has(local string) bool { return e.AttrNS("", local) != nil }

// Set sets an attribute without namespace.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-set-value
func (e *Element) Set(local, value string) { e.SetNS("", "", local, value) }

// SetNS sets the attribute of a namespace and local name.
func (e *Element) SetNS(namespace, prefix, local, value string) {
	if a := e.AttrNS(namespace, local); a != nil {
		a.change(value)
		return
	}
	e.appendAttr(e.document.NewAttr(namespace, prefix, local, value))
}

// SetByName sets the attribute of a qualified name; the caller checked the name.
//
// https://dom.spec.whatwg.org/#dom-element-setattribute
func (e *Element) SetByName(name, value string) {
	if a := e.AttrByName(name); a != nil {
		a.change(value)
		return
	}
	e.appendAttr(e.document.NewAttr("", "", e.fold(name), value))
}

// Unset removes an attribute without namespace, if there is one.
func (e *Element) Unset(local string) {
	if a := e.AttrNS("", local); a != nil {
		e.RemoveAttr(a)
	}
}

// SetBool sets or removes a boolean attribute.
func (e *Element) SetBool(local string, on bool) {
	if on {
		e.Set(local, "")
	} else {
		e.Unset(local)
	}
}

// appendAttr appends an attribute.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-append
func (e *Element) appendAttr(a *Attr) {
	e.attributes = append(e.attributes, a)
	a.element = e
	a.relink()
	e.changed(a, nil, &a.value)
}

// RemoveAttr removes an attribute of e.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-remove
func (e *Element) RemoveAttr(a *Attr) {
	for i, other := range e.attributes {
		if other == a {
			e.attributes = append(e.attributes[:i:i], e.attributes[i+1:]...)
			a.element = nil
			a.relink()
			old := a.value
			e.changed(a, &old, nil)
			return
		}
	}
}

// PutAttr is "set an attribute": a takes the place of the attribute of its name, which is returned.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-set
func (e *Element) PutAttr(a *Attr) *Attr {
	for i, old := range e.attributes {
		if old.namespace == a.namespace && old.local == a.local {
			if old == a {
				return a
			}
			e.attributes[i] = a
			old.element, a.element = nil, e
			old.relink()
			if a.document != e.document {
				a.document = e.document
			}
			a.relink()
			was := old.value
			e.changed(a, &was, &a.value)
			return old
		}
	}
	e.appendAttr(a)
	return nil
}

// changed handles attribute changes.
//
// https://dom.spec.whatwg.org/#handle-attribute-changes
func (e *Element) changed(a *Attr, old, value *string) {
	e.queueRecord(record{kind: recordAttributes, name: a.local, namespace: a.namespace, oldValue: old})
	e.document.version++
	if a.namespace == "" {
		if a.local == "id" {
			if e.id = ""; value != nil {
				e.id = *value
			}
		}
		if strings.HasPrefix(a.local, "on") && e.document.interfaces.HandlerAttribute != nil {
			e.document.interfaces.HandlerAttribute(e, a.local, value)
		}
	}
	if e.kind.AttributeChanged != nil {
		e.kind.AttributeChanged(e, a, old, value)
	}
}

// ID returns the element's ID.
func (e *Element) ID() string { return e.id }

// HasClass reports whether the class attribute has the token.
func (e *Element) HasClass(class string) bool {
	value, ok := e.Get("class")
	if !ok || !strings.Contains(value, class) {
		return false
	}
	for _, token := range Fields(value) {
		if token == class || e.document.Quirks && lower(token) == lower(class) {
			return true
		}
	}
	return false
}

// NextElement and PreviousElement are the nearest siblings that are elements.
func (n *Node) NextElement() *Element {
	for c := n.next; c != nil; c = c.next {
		if e := c.Element(); e != nil {
			return e
		}
	}
	return nil
}

// PreviousElement is the nearest element before n among its siblings.
func (n *Node) PreviousElement() *Element {
	for c := n.previous; c != nil; c = c.previous {
		if e := c.Element(); e != nil {
			return e
		}
	}
	return nil
}

// FirstElement is the first child that is an element.
func (n *Node) FirstElement() *Element {
	for c := n.first; c != nil; c = c.next {
		if e := c.Element(); e != nil {
			return e
		}
	}
	return nil
}

// LastElement is the last child that is an element.
func (n *Node) LastElement() *Element {
	for c := n.last; c != nil; c = c.previous {
		if e := c.Element(); e != nil {
			return e
		}
	}
	return nil
}
