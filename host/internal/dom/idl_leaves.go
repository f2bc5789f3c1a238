package dom

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// AttrInterface is https://dom.spec.whatwg.org/#interface-attr.
var AttrInterface = &webidl.Interface{
	Name: "Attr", Parent: NodeInterface, Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		OrNull("namespaceURI", (*Attr).Namespace), OrNull("prefix", (*Attr).Prefix),
		Text("localName", (*Attr).LocalName), Text("name", (*Attr).QualifiedName),
		TextSet("value", (*Attr).Value, func(a *Attr, text string) error { a.SetValue(text); return nil }, false),
		Val("ownerElement", func(a *Attr) qjs.Value { return a.element.Value() }),
		Flag("specified", func(*Attr) bool { return true }, nil),
	},
}

// DocumentTypeInterface is https://dom.spec.whatwg.org/#interface-documenttype.
var DocumentTypeInterface = &webidl.Interface{
	Name: "DocumentType", Parent: NodeInterface, Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		Text("name", func(t *DocumentType) string { return t.Name }),
		Text("publicId", func(t *DocumentType) string { return t.PublicID }),
		Text("systemId", func(t *DocumentType) string { return t.SystemID }),
	},
	Operations: childOperations,
}

// DocumentFragmentInterface is https://dom.spec.whatwg.org/#interface-documentfragment.
var DocumentFragmentInterface = &webidl.Interface{
	Name: "DocumentFragment", Parent: NodeInterface, Exposed: webidl.Window,
	Constructor: func(c *qjs.Call) (any, error) {
		d, err := of(c)
		if err != nil {
			return nil, err
		}
		return d.NewFragment(), nil
	},
	Attributes: parentAttributes,
	Operations: append(slices.Clone(parentOperations), byID),
}

// CharacterDataInterface is https://dom.spec.whatwg.org/#interface-characterdata.
var CharacterDataInterface = &webidl.Interface{
	Name: "CharacterData", Parent: NodeInterface, Exposed: webidl.Window,
	Attributes: slices.Concat([]webidl.Attribute{
		TextSet("data", (*CharacterData).Data, func(d *CharacterData, text string) error { d.SetData(text); return nil }, true),
		Int("length", func(d *CharacterData) int { return unitLength(d.data) }),
	}, siblingAttributes),
	Operations: slices.Concat([]webidl.Operation{
		Do("substringData", 2, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
			offset, count, err := twoNumbers(c)
			if err != nil {
				return qjs.Value{}, err
			}
			text, err := d.Substring(offset, count)
			return c.Realm.String(text), err
		}),
		Do("appendData", 1, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
			text, err := StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, d.Replace(uint32(unitLength(d.data)), 0, text)
		}),
		Do("insertData", 2, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
			offset, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if err != nil {
				return qjs.Value{}, err
			}
			text, err := StringArg(c, 1)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, d.Replace(offset, 0, text)
		}),
		Do("deleteData", 2, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
			offset, count, err := twoNumbers(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, d.Replace(offset, count, "")
		}),
		Do("replaceData", 3, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
			offset, count, err := twoNumbers(c)
			if err != nil {
				return qjs.Value{}, err
			}
			text, err := StringArg(c, 2)
			if err != nil {
				return qjs.Value{}, err
			}
			return qjs.Value{}, d.Replace(offset, count, text)
		}),
	}, childOperations),
}

func twoNumbers(c *qjs.Call) (a, b uint32, err error) {
	if a, err = webidl.UnsignedLong(c.Realm, c.Arg(0)); err == nil {
		b, err = webidl.UnsignedLong(c.Realm, c.Arg(1))
	}
	return a, b, err
}

// constructData is the constructor of Text and Comment.
func constructData(create func(d *Document, data string) *CharacterData) func(c *qjs.Call) (any, error) {
	return func(c *qjs.Call) (any, error) {
		text := ""
		if !c.Arg(0).IsUndefined() {
			var err error
			if text, err = StringArg(c, 0); err != nil {
				return nil, err
			}
		}
		d, err := of(c)
		if err != nil {
			return nil, err
		}
		if err := d.Room(len(text)); err != nil {
			return nil, err
		}
		return create(d, text), nil
	}
}

// TextInterface is https://dom.spec.whatwg.org/#interface-text.
var TextInterface = &webidl.Interface{
	Name: "Text", Parent: CharacterDataInterface, Exposed: webidl.Window,
	Constructor: constructData((*Document).NewText),
	Attributes:  []webidl.Attribute{Text("wholeText", (*CharacterData).WholeText)},
	Operations: []webidl.Operation{Do("splitText", 1, func(c *qjs.Call, d *CharacterData) (qjs.Value, error) {
		offset, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		text, err := d.Split(offset)
		if err != nil {
			return qjs.Value{}, err
		}
		return text.Value(), nil
	})},
}

// Interfaces of the other kinds of character data.
var (
	CDATASectionInterface = &webidl.Interface{Name: "CDATASection", Parent: TextInterface, Exposed: webidl.Window}
	CommentInterface      = &webidl.Interface{Name: "Comment", Parent: CharacterDataInterface, Exposed: webidl.Window,
		Constructor: constructData((*Document).NewComment)}
	ProcessingInstructionInterface = &webidl.Interface{
		Name: "ProcessingInstruction", Parent: CharacterDataInterface, Exposed: webidl.Window,
		Attributes: []webidl.Attribute{Text("target", func(d *CharacterData) string { return d.Instruction })},
	}
)
