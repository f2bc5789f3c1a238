package dom

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

var (
	listLength = Int("length", func(l *List) int { return len(l.Items()) })
	listItem   = Do("item", 1, func(c *qjs.Call, l *List) (qjs.Value, error) {
		i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
		return l.Item(i).Value(), err
	})
)

// NodeListInterface is https://dom.spec.whatwg.org/#interface-nodelist.
var NodeListInterface = &webidl.Interface{
	Name: "NodeList", Exposed: webidl.Window, Iterable: &webidl.Iterable{Values: true},
	Attributes: []webidl.Attribute{listLength},
	Operations: []webidl.Operation{listItem},
}

// HTMLCollectionInterface is https://dom.spec.whatwg.org/#interface-htmlcollection.
var HTMLCollectionInterface = &webidl.Interface{
	Name: "HTMLCollection", Exposed: webidl.Window, Iterable: &webidl.Iterable{Indexed: true},
	Attributes: []webidl.Attribute{listLength},
	Operations: []webidl.Operation{listItem, Do("namedItem", 1, func(c *qjs.Call, l *List) (qjs.Value, error) {
		name, err := StringArg(c, 0)
		return l.NamedItem(name).Value(), err
	})},
}

// strings are the arguments of a variadic operation.
func stringArgs(c *qjs.Call) ([]string, error) {
	list := make([]string, len(c.Args))
	for i := range list {
		var err error
		if list[i], err = StringArg(c, i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DOMTokenListInterface is https://dom.spec.whatwg.org/#interface-domtokenlist.
var DOMTokenListInterface = &webidl.Interface{
	Name: "DOMTokenList", Exposed: webidl.Window, Iterable: &webidl.Iterable{Values: true},
	Attributes: []webidl.Attribute{
		Int("length", func(l *TokenList) int { return len(l.tokens()) }),
		{
			Name: "value",
			Get: webidl.Getter(func(realm *qjs.Realm, l *TokenList) (qjs.Value, error) {
				return realm.String(l.element.Attr(l.attribute)), nil
			}),
			Set: webidl.Setter(func(realm *qjs.Realm, l *TokenList, v qjs.Value) error {
				text, err := webidl.DOMString(realm, v)
				if err == nil {
					l.element.Set(l.attribute, text)
				}
				return err
			}),
		},
	},
	Operations: []webidl.Operation{
		Do("item", 1, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if set := l.tokens(); err == nil && uint64(i) < uint64(len(set)) {
				return c.Realm.String(set[i]), nil
			}
			return qjs.Null(), err
		}),
		Do("contains", 1, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			token, err := StringArg(c, 0)
			for _, t := range l.tokens() {
				if t == token {
					return qjs.Bool(true), err
				}
			}
			return qjs.Bool(false), err
		}),
		Do("add", 0, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			tokens, err := stringArgs(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, l.Add(tokens)
		}),
		Do("remove", 0, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			tokens, err := stringArgs(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, l.Remove(tokens)
		}),
		Do("toggle", 1, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			token, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			var force *bool
			if !c.Arg(1).IsUndefined() {
				b := c.Arg(1).Bool()
				force = &b
			}
			on, err := l.Toggle(token, force)
			return qjs.Bool(on), err
		}),
		Do("replace", 2, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			token, by, err := twoStrings(c)
			if err != nil {
				return qjs.Value{}, err
			}
			ok, err := l.Replace(token, by)
			return qjs.Bool(ok), err
		}),
		Do("supports", 1, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			token, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			if l.supported == nil {
				return qjs.Value{}, webidl.TypeError("the attribute %s has no supported tokens", l.attribute)
			}
			for _, t := range l.supported {
				if t == lower(token) {
					return qjs.Bool(true), nil
				}
			}
			return qjs.Bool(false), nil
		}),
		Do("toString", 0, func(c *qjs.Call, l *TokenList) (qjs.Value, error) {
			return c.Realm.String(l.element.Attr(l.attribute)), nil
		}),
	},
}

// NamedNodeMapInterface is https://dom.spec.whatwg.org/#interface-namednodemap.
var NamedNodeMapInterface = &webidl.Interface{
	Name: "NamedNodeMap", Exposed: webidl.Window, Iterable: &webidl.Iterable{Indexed: true},
	Attributes: []webidl.Attribute{Int("length", func(m *NamedNodeMap) int { return len(m.element.attributes) })},
	Operations: []webidl.Operation{
		Do("item", 1, func(c *qjs.Call, m *NamedNodeMap) (qjs.Value, error) {
			i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if uint64(i) >= uint64(len(m.element.attributes)) || err != nil {
				return qjs.Null(), err
			}
			return m.element.attributes[i].AsValue(), nil
		}),
		Do("getNamedItem", 1, func(c *qjs.Call, m *NamedNodeMap) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			return m.element.AttrByName(name).AsValue(), err
		}),
		Do("getNamedItemNS", 2, func(c *qjs.Call, m *NamedNodeMap) (qjs.Value, error) {
			namespace, err := nullableString(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			local, err := StringArg(c, 1)
			return m.element.AttrNS(namespace, local).AsValue(), err
		}),
		Do("setNamedItem", 1, setNamedItem), Do("setNamedItemNS", 1, setNamedItem),
		Do("removeNamedItem", 1, func(c *qjs.Call, m *NamedNodeMap) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			a := m.element.AttrByName(name)
			if a == nil {
				return qjs.Value{}, webidl.DOMException("NotFoundError", "there is no attribute '%s'", name)
			}
			m.element.RemoveAttr(a)
			return a.AsValue(), nil
		}),
	},
}

func setNamedItem(c *qjs.Call, m *NamedNodeMap) (qjs.Value, error) {
	a, err := webidl.To[*Attr]("Attr")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	return putAttr(m.element, a)
}

// DOMStringMapInterface is https://html.spec.whatwg.org/multipage/dom.html#domstringmap.
var DOMStringMapInterface = &webidl.Interface{Name: "DOMStringMap", Exposed: webidl.Window}

// Dataset and InlineStyle are the attributes of elements of HTML, SVG and MathML.
var (
	Dataset = Val("dataset", func(e *Element) qjs.Value {
		return e.same("dataset", e.document.interfaces.DOMStringMap, func() webidl.Object { return &StringMap{attached{element: e}} })
	})
	InlineStyle = webidl.Attribute{Name: "style", PutForwards: "cssText",
		Get: webidl.Getter(func(_ *qjs.Realm, e *Element) (qjs.Value, error) { return e.inlineStyle(), nil })}
)

// CSSStyleDeclarationInterface is https://drafts.csswg.org/cssom/#the-cssstyledeclaration-interface.
var CSSStyleDeclarationInterface = &webidl.Interface{
	Name: "CSSStyleDeclaration", Exposed: webidl.Window, Iterable: &webidl.Iterable{Indexed: true},
	Attributes: []webidl.Attribute{
		{
			Name: "cssText",
			Get:  webidl.Getter(func(realm *qjs.Realm, s *Style) (qjs.Value, error) { return realm.String(s.Text()), nil }),
			Set: webidl.Setter(func(realm *qjs.Realm, s *Style, v qjs.Value) error {
				text, err := webidl.LegacyNullToEmptyString(realm, v)
				if err != nil {
					return err
				}
				return s.SetText(text)
			}),
		},
		Int("length", func(s *Style) int { return len(s.declarations()) }),
		Val("parentRule", func(*Style) qjs.Value { return qjs.Null() }),
	},
	Operations: []webidl.Operation{
		Do("item", 1, func(c *qjs.Call, s *Style) (qjs.Value, error) {
			i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if list := s.declarations(); err == nil && uint64(i) < uint64(len(list)) {
				return c.Realm.String(list[i].name), nil
			}
			return c.Realm.String(""), err
		}),
		Do("getPropertyValue", 1, func(c *qjs.Call, s *Style) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			return c.Realm.String(s.get(propertyName(name)).value), err
		}),
		Do("getPropertyPriority", 1, func(c *qjs.Call, s *Style) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			if s.get(propertyName(name)).important {
				return c.Realm.String("important"), err
			}
			return c.Realm.String(""), err
		}),
		Do("setProperty", 2, func(c *qjs.Call, s *Style) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			value, err := webidl.LegacyNullToEmptyString(c.Realm, c.Arg(1))
			if err != nil {
				return qjs.Value{}, err
			}
			priority := ""
			if !c.Arg(2).IsUndefined() {
				if priority, err = webidl.LegacyNullToEmptyString(c.Realm, c.Arg(2)); err != nil {
					return qjs.Value{}, err
				}
			}
			if priority = lower(priority); priority != "" && priority != "important" {
				return qjs.Value{}, nil
			}
			return qjs.Value{}, s.set(propertyName(name), value, priority != "")
		}),
		Do("removeProperty", 1, func(c *qjs.Call, s *Style) (qjs.Value, error) {
			name, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			old := s.get(propertyName(name)).value
			return c.Realm.String(old), s.set(propertyName(name), "", false)
		}),
	},
}
