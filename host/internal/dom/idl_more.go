package dom

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// attachedDocument is attached for documents.
type attachedDocument struct {
	webidl.Platform
	document *Document
	ref      *qjs.Ref
}

// Wrapped is called when the wrapper was made.
func (a *attachedDocument) Wrapped() { a.ref = a.Realm().Runtime().NewRef(a.document.Value()) }

// Trace implements [qjs.Tracer].
func (a *attachedDocument) Trace(visit func(*qjs.Ref)) { visit(a.ref) }

// Implementation is a DOMImplementation.
//
// https://dom.spec.whatwg.org/#interface-domimplementation
type Implementation struct{ attachedDocument }

// DOMImplementationInterface is https://dom.spec.whatwg.org/#interface-domimplementation.
var DOMImplementationInterface = &webidl.Interface{
	Name: "DOMImplementation", Exposed: webidl.Window,
	Operations: []webidl.Operation{
		Do("createHTMLDocument", 0, func(c *qjs.Call, i *Implementation) (qjs.Value, error) {
			d := i.document.Related("text/html")
			d.URL = "about:blank"
			d.link(d.NewDoctype("html", "", "").AsNode(), nil)
			root := d.NewHTML("html")
			d.link(root.AsNode(), nil)
			head := d.NewHTML("head")
			root.link(head.AsNode(), nil)
			if !c.Arg(0).IsUndefined() {
				text, err := StringArg(c, 0)
				if err != nil {
					return qjs.Value{}, err
				}
				title := d.NewHTML("title")
				title.link(d.NewText(text).AsNode(), nil)
				head.link(title.AsNode(), nil)
			}
			root.link(d.NewHTML("body").AsNode(), nil)
			return d.Value(), d.Room(0)
		}),
		Do("createDocument", 2, func(c *qjs.Call, i *Implementation) (qjs.Value, error) {
			namespace, err := nullableString(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			name, err := webidl.LegacyNullToEmptyString(c.Realm, c.Arg(1))
			if err != nil {
				return qjs.Value{}, err
			}
			contentType := "application/xml"
			switch namespace {
			case HTMLNamespace:
				contentType = "application/xhtml+xml"
			case SVGNamespace:
				contentType = "image/svg+xml"
			}
			d := i.document.Related(contentType)
			d.URL = "about:blank"
			if t, ok := webidl.As[*DocumentType](c.Arg(2)); ok {
				if err := d.Append(t.AsNode()); err != nil {
					return qjs.Value{}, err
				}
			}
			if name != "" {
				prefix, local, err := extract(namespace, name, validElementName)
				if err != nil {
					return qjs.Value{}, err
				}
				d.link(d.NewElement(namespace, prefix, local).AsNode(), nil)
			}
			return d.Value(), d.Room(0)
		}),
		Do("createDocumentType", 3, func(c *qjs.Call, i *Implementation) (qjs.Value, error) {
			args, err := stringArgs(c)
			if err != nil {
				return qjs.Value{}, err
			}
			return i.document.NewDoctype(args[0], args[1], args[2]).Value(), i.document.Room(0)
		}),
		Do("hasFeature", 0, func(*qjs.Call, *Implementation) (qjs.Value, error) { return qjs.Bool(true), nil }),
	},
}

// MutationObserverInterface is https://dom.spec.whatwg.org/#interface-mutationobserver.
var MutationObserverInterface = &webidl.Interface{
	Name: "MutationObserver", Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		callback, err := webidl.CallbackFunction(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		d, err := of(c)
		if err != nil {
			return nil, err
		}
		return &MutationObserver{agent: d.agent, callback: callback}, nil
	},
	Operations: []webidl.Operation{
		Do("observe", 1, observe),
		Do("disconnect", 0, func(_ *qjs.Call, o *MutationObserver) (qjs.Value, error) {
			o.Disconnect()
			return qjs.Value{}, nil
		}),
		Do("takeRecords", 0, func(c *qjs.Call, o *MutationObserver) (qjs.Value, error) {
			records := o.records
			o.records = nil
			return recordArray(c.Realm, records), nil
		}),
	},
}

// observe is https://dom.spec.whatwg.org/#dom-mutationobserver-observe.
func observe(c *qjs.Call, o *MutationObserver) (qjs.Value, error) {
	n, err := nodeArg(c, 0)
	if err != nil {
		return qjs.Value{}, err
	}
	d, err := webidl.ToDictionary(c.Realm, c.Arg(1), "MutationObserverInit")
	if err != nil {
		return qjs.Value{}, err
	}
	var options ObserverOptions
	filter, filtered := webidl.Optional(d, "attributeFilter", webidl.SequenceOf(webidl.DOMString))
	attributeOld, hasAttributeOld := webidl.Optional(d, "attributeOldValue", webidl.Boolean)
	attributes, hasAttributes := webidl.Optional(d, "attributes", webidl.Boolean)
	data, hasData := webidl.Optional(d, "characterData", webidl.Boolean)
	dataOld, hasDataOld := webidl.Optional(d, "characterDataOldValue", webidl.Boolean)
	options.ChildList = webidl.Member(d, "childList", webidl.Boolean, false)
	options.Subtree = webidl.Member(d, "subtree", webidl.Boolean, false)
	if d.Err() != nil {
		return qjs.Value{}, d.Err()
	}
	if filtered {
		options.Filter = append([]string{}, filter...)
	}
	options.AttributeOldValue, options.CharacterDataOldValue = attributeOld, dataOld
	options.Attributes = attributes || !hasAttributes && (hasAttributeOld || filtered) // 1.
	options.CharacterData = data || !hasData && hasDataOld                             // 2.
	switch {                                                                           // 3. to 6.
	case !options.ChildList && !options.Attributes && !options.CharacterData:
		return qjs.Value{}, webidl.TypeError("one of childList, attributes and characterData must be true")
	case attributeOld && !options.Attributes, filtered && !options.Attributes:
		return qjs.Value{}, webidl.TypeError("attributes is false")
	case dataOld && !options.CharacterData:
		return qjs.Value{}, webidl.TypeError("characterData is false")
	}
	o.Observe(n, options)
	return qjs.Value{}, nil
}

// MutationRecordInterface is https://dom.spec.whatwg.org/#interface-mutationrecord.
var MutationRecordInterface = &webidl.Interface{
	Name: "MutationRecord", Exposed: webidl.Window,
	Attributes: []webidl.Attribute{
		Text("type", func(r *MutationRecord) string { return r.kind }),
		Val("target", func(r *MutationRecord) qjs.Value { return r.target.Value() }),
		Val("addedNodes", func(r *MutationRecord) qjs.Value { return r.list(0, r.added) }),
		Val("removedNodes", func(r *MutationRecord) qjs.Value { return r.list(1, r.removed) }),
		Val("previousSibling", func(r *MutationRecord) qjs.Value { return r.previous.Value() }),
		Val("nextSibling", func(r *MutationRecord) qjs.Value { return r.next.Value() }),
		OrNull("attributeName", func(r *MutationRecord) string { return r.name }),
		OrNull("attributeNamespace", func(r *MutationRecord) string { return r.namespace }),
		{Name: "oldValue", Get: webidl.Getter(func(realm *qjs.Realm, r *MutationRecord) (qjs.Value, error) {
			if r.oldValue == nil {
				return qjs.Null(), nil
			}
			return realm.String(*r.oldValue), nil
		})},
	},
}

func (r *MutationRecord) list(i int, nodes []*Node) qjs.Value {
	if r.lists[i] == nil {
		r.lists[i] = NewStaticList(r.target, nodes)
	}
	return webidl.ValueOf(r.lists[i])
}

// domParser is a DOMParser.
type domParser struct {
	webidl.Platform
	document *Document
}

// DOMParserInterface is https://html.spec.whatwg.org/multipage/dynamic-markup-insertion.html#the-domparser-interface.
var DOMParserInterface = &webidl.Interface{
	Name: "DOMParser", Exposed: webidl.Window,
	Constructor: func(c *qjs.Call) (any, error) {
		d, err := of(c)
		return &domParser{document: d}, err
	},
	Operations: []webidl.Operation{Do("parseFromString", 2, func(c *qjs.Call, p *domParser) (qjs.Value, error) {
		text, err := StringArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		contentType, err := webidl.Enum("DOMParserSupportedType", "text/html", "text/xml", "application/xml", "application/xhtml+xml",
			"image/svg+xml")(c.Realm, c.Arg(1))
		if err != nil {
			return qjs.Value{}, err
		}
		d := p.document.Related(contentType)
		if d.HTML {
			err = d.BuildHTML(text)
		} else {
			d.BuildXML(text)
		}
		if err != nil {
			return qjs.Value{}, err
		}
		return d.Value(), nil
	})},
}

// xmlSerializer is an XMLSerializer.
type xmlSerializer struct{ webidl.Platform }

// XMLSerializerInterface is https://w3c.github.io/DOM-Parsing/#the-xmlserializer-interface.
var XMLSerializerInterface = &webidl.Interface{
	Name: "XMLSerializer", Exposed: webidl.Window,
	Constructor: func(*qjs.Call) (any, error) { return new(xmlSerializer), nil },
	Operations: []webidl.Operation{Do("serializeToString", 1, func(c *qjs.Call, _ *xmlSerializer) (qjs.Value, error) {
		n, err := nodeArg(c, 0)
		if err != nil {
			return qjs.Value{}, err
		}
		return c.Realm.String(n.XML()), nil
	})},
}

// CommonInterfaces are those of this package that package html does not make.
func CommonInterfaces() []*webidl.Interface {
	return []*webidl.Interface{
		NodeInterface, ElementInterface, AttrInterface, DocumentTypeInterface, DocumentFragmentInterface, CharacterDataInterface, TextInterface,
		CDATASectionInterface, CommentInterface, ProcessingInstructionInterface, NodeListInterface, HTMLCollectionInterface,
		DOMTokenListInterface, NamedNodeMapInterface, DOMStringMapInterface, CSSStyleDeclarationInterface, DOMImplementationInterface,
		MutationObserverInterface, MutationRecordInterface, DOMParserInterface, XMLSerializerInterface, TreeWalkerInterface, NodeFilterInterface,
	}
}
