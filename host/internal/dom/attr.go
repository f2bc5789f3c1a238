package dom

// Attr is an attribute.
//
// https://dom.spec.whatwg.org/#attr
type Attr struct {
	Node
	namespace, prefix, local string
	value                    string
	element                  *Element
}

// NewAttr returns an attribute of no element yet.
func (d *Document) NewAttr(namespace, prefix, local, value string) *Attr {
	a := &Attr{namespace: namespace, prefix: prefix, local: local, value: value}
	a.Node.init(AttributeNode, a, d)
	a.pages.add(len(value))
	a.made(d.interfaces.Attr)
	return a
}

// Namespace returns the namespace; "" for null.
func (a *Attr) Namespace() string { return a.namespace }

// Prefix returns the namespace prefix; "" for null.
func (a *Attr) Prefix() string { return a.prefix }

// LocalName returns the local name.
func (a *Attr) LocalName() string { return a.local }

// QualifiedName is prefix and local name.
func (a *Attr) QualifiedName() string { return qualified(a.prefix, a.local) }

// Value returns the value.
func (a *Attr) Value() string { return a.value }

// OwnerElement returns the element that has the attribute; nil if there is none.
func (a *Attr) OwnerElement() *Element { return a.element }

// SetValue sets an existing attribute value.
//
// https://dom.spec.whatwg.org/#set-an-existing-attribute-value
func (a *Attr) SetValue(value string) {
	if a.element == nil {
		a.value = value
		return
	}
	a.change(value)
}

// change changes the value of an attribute of an element.
//
// https://dom.spec.whatwg.org/#concept-element-attributes-change
func (a *Attr) change(value string) {
	old := a.value
	a.pages.add(len(value) - len(old))
	a.value = value
	a.element.changed(a, &old, &a.value)
}
