package dom

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// DocumentAttributes and DocumentOperations are what the DOM Standard says of Document; package
// html adds more and makes the interface of it.
//
// https://dom.spec.whatwg.org/#interface-document
var DocumentAttributes = slices.Concat([]webidl.Attribute{
	Val("implementation", func(d *Document) qjs.Value {
		return d.same("implementation", d.interfaces.DOMImplementation, func() webidl.Object {
			return &Implementation{attachedDocument{document: d}}
		})
	}),
	Text("URL", func(d *Document) string { return d.URL }), Text("documentURI", func(d *Document) string { return d.URL }),
	Text("compatMode", func(d *Document) string {
		if d.Quirks {
			return "BackCompat"
		}
		return "CSS1Compat"
	}),
	Text("characterSet", (*Document).Encoding), Text("charset", (*Document).Encoding), Text("inputEncoding", (*Document).Encoding),
	Text("contentType", func(d *Document) string { return d.ContentType }),
	Val("doctype", func(d *Document) qjs.Value {
		if t := d.Doctype(); t != nil {
			return t.Value()
		}
		return qjs.Null()
	}),
	Val("documentElement", func(d *Document) qjs.Value { return d.DocumentElement().Value() }),
}, parentAttributes)

// DocumentOperations are the operations.
var DocumentOperations = slices.Concat([]webidl.Operation{
	byID,
	Do("createElement", 1, createElement),
	Do("createElementNS", 2, createElementNS),
	Do("createDocumentFragment", 0, func(_ *qjs.Call, d *Document) (qjs.Value, error) { return d.NewFragment().Value(), d.Room(nodeSize) }),
	createData("createTextNode", "", (*Document).NewText),
	createData("createComment", "", (*Document).NewComment),
	createData("createCDATASection", "]]>", (*Document).NewCDATASection),
	Do("createProcessingInstruction", 2, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		target, data, err := twoStrings(c)
		if err != nil {
			return qjs.Value{}, err
		}
		if !validElementName(target) || strings.Contains(data, "?>") {
			return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "'%s' cannot be the target of a processing instruction with that data",
				target)
		}
		return d.NewProcessingInstruction(target, data).Value(), d.Room(0)
	}),
	Do("createAttribute", 1, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		name, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		if !validName(name) {
			return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "'%s' is not a valid attribute name", name)
		}
		if d.HTML {
			name = lower(name)
		}
		return d.NewAttr("", "", name, "").AsValue(), d.Room(0)
	}),
	Do("createAttributeNS", 2, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		namespace, err := nullableString(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		name, err := StringArg(c, 1)
		if err != nil {
			return qjs.Value{}, err
		}
		prefix, local, err := extract(namespace, name, validName)
		if err != nil {
			return qjs.Value{}, err
		}
		return d.NewAttr(namespace, prefix, local, "").AsValue(), d.Room(0)
	}),
	Do("createEvent", 1, createEvent),
	Do("createTreeWalker", 1, createTreeWalker),
	Do("importNode", 1, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		n, err := nodeArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		copy, err := d.Import(n, c.Arg(1).Bool())
		return copy.Value(), err
	}),
	Do("adoptNode", 1, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		n, err := nodeArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		if n.nodeType == DocumentNode {
			return qjs.Value{}, webidl.DOMException("NotSupportedError", "a document cannot be adopted")
		}
		if f, ok := n.object.(*Fragment); ok && f.Host != nil {
			return c.Arg(0), nil
		}
		if a, ok := n.object.(*Attr); ok && a.element != nil {
			a.element.RemoveAttr(a)
		}
		d.Adopt(n)
		return c.Arg(0), nil
	}),
}, parentOperations, lookups)

// Encoding is the name of the document's character encoding.
func (d *Document) Encoding() string {
	if d.Charset == "" {
		return "UTF-8"
	}
	return d.Charset
}

// createElement is https://dom.spec.whatwg.org/#dom-document-createelement.
func createElement(c *qjs.Call, d *Document) (qjs.Value, error) {
	name, err := StringArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	if !validElementName(name) { // 1.
		return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "'%s' is not a valid element name", name)
	}
	if d.HTML { // 2.
		name = lower(name)
	}
	if err := d.Room(nodeSize); err != nil {
		return qjs.Value{}, err
	}
	namespace := "" // 5.
	if d.HTML || d.ContentType == "application/xhtml+xml" {
		namespace = HTMLNamespace
	}
	return d.NewElement(namespace, "", name).Value(), nil
}

// createElementNS is https://dom.spec.whatwg.org/#dom-document-createelementns.
func createElementNS(c *qjs.Call, d *Document) (qjs.Value, error) {
	namespace, err := nullableString(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	name, err := StringArg(c, 1)
	if err != nil {
		return qjs.Value{}, err
	}
	prefix, local, err := extract(namespace, name, validElementName)
	if err != nil {
		return qjs.Value{}, err
	}
	if err := d.Room(nodeSize); err != nil {
		return qjs.Value{}, err
	}
	return d.NewElement(namespace, prefix, local).Value(), nil
}

func createData(name, never string, create func(d *Document, data string) *CharacterData) webidl.Operation {
	return Do(name, 1, func(c *qjs.Call, d *Document) (qjs.Value, error) {
		text, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		if never != "" && d.HTML {
			return qjs.Value{}, webidl.DOMException("NotSupportedError", "a document of HTML has no CDATA sections")
		}
		if never != "" && strings.Contains(text, never) {
			return qjs.Value{}, webidl.DOMException("InvalidCharacterError", "the data contains %s", never)
		}
		if err := d.Room(len(text) + nodeSize); err != nil {
			return qjs.Value{}, err
		}
		return create(d, text).Value(), nil
	})
}

// eventInterfaces are what createEvent makes.
//
// https://dom.spec.whatwg.org/#dom-document-createevent
var eventInterfaces = map[string]string{
	"beforeunloadevent": "BeforeUnloadEvent", "customevent": "CustomEvent", "event": "Event", "events": "Event",
	"hashchangeevent": "HashChangeEvent", "htmlevents": "Event", "keyboardevent": "KeyboardEvent", "messageevent": "MessageEvent",
	"mouseevent": "MouseEvent", "mouseevents": "MouseEvent", "svgevents": "Event", "uievent": "UIEvent", "uievents": "UIEvent",
}

func createEvent(c *qjs.Call, _ *Document) (qjs.Value, error) {
	name, err := StringArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	of := eventInterfaces[lower(name)]
	for _, i := range event.Interfaces {
		if i.Name == of && i.Constructor != nil {
			e, err := webidl.InterfaceObject(c.Realm, i).Construct(c.Realm, c.Realm.String(""))
			if err != nil {
				return qjs.Value{}, err
			}
			if o, ok := webidl.As[event.Object](e); ok {
				event.Uninitialize(o)
			}
			return e, nil
		}
	}
	return qjs.Value{}, webidl.DOMException("NotSupportedError", "there is no event '%s'", name)
}
