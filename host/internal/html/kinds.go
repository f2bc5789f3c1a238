package html

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// DocumentInterfaces is how the nodes of documents are made.
var DocumentInterfaces = &dom.Interfaces{
	Document: DocumentInterface, DocumentType: dom.DocumentTypeInterface, DocumentFragment: dom.DocumentFragmentInterface,
	Attr: dom.AttrInterface, Text: dom.TextInterface, CDATASection: dom.CDATASectionInterface, Comment: dom.CommentInterface,
	ProcessingInstruction: dom.ProcessingInstructionInterface, NodeList: dom.NodeListInterface, HTMLCollection: dom.HTMLCollectionInterface,
	DOMTokenList: dom.DOMTokenListInterface, NamedNodeMap: dom.NamedNodeMapInterface, DOMStringMap: dom.DOMStringMapInterface,
	CSSStyleDeclaration: dom.CSSStyleDeclarationInterface, DOMImplementation: dom.DOMImplementationInterface,
	MutationRecord: dom.MutationRecordInterface, TreeWalker: dom.TreeWalkerInterface,
	XMLDocument: XMLDocumentInterface,
	Kind:        kindOf, Parsed: parsed, HandlerAttribute: handlerChanged,
}

// kindOf is the element interface of a name, with the steps that hang on it.
//
// https://html.spec.whatwg.org/multipage/dom.html#elements-in-the-dom
func kindOf(namespace, local string) *dom.Kind {
	switch namespace {
	case dom.HTMLNamespace:
		if k := kinds[local]; k != nil {
			return k
		}
		if strings.Contains(local, "-") { // a valid custom element name, near enough
			return plainKind
		}
		return unknownKind
	case dom.SVGNamespace:
		switch local {
		case "script":
			return svgScriptKind
		case "svg":
			return svgRootKind
		}
		return svgKind
	case dom.MathMLNamespace:
		return mathKind
	}
	return elementKind
}

var (
	elementKind   = &dom.Kind{Interface: dom.ElementInterface}
	plainKind     = &dom.Kind{Interface: HTMLElementInterface}
	unknownKind   = &dom.Kind{Interface: &unknownInterface}
	svgKind       = &dom.Kind{Interface: SVGElementInterface}
	svgRootKind   = &dom.Kind{Interface: SVGSVGElementInterface}
	mathKind      = &dom.Kind{Interface: MathMLElementInterface}
	svgScriptKind = func() *dom.Kind {
		k := scriptKind
		k.Interface = SVGScriptElementInterface
		return &k
	}()

	unknownInterface = webidl.Interface{Name: "HTMLUnknownElement", Parent: HTMLElementInterface, Exposed: webidl.Window}
)

// HTMLTemplateElementInterface is https://html.spec.whatwg.org/multipage/scripting.html#htmltemplateelement.
var HTMLTemplateElementInterface = sub("HTMLTemplateElement", []webidl.Attribute{
	dom.Val("content", func(e *dom.Element) qjs.Value {
		if f := e.Content(); f != nil {
			return f.Value()
		}
		return qjs.Null()
	}),
})

// bodyInterface is that of body and frameset elements, which have handlers of their window.
func bodyInterface(name string) *webidl.Interface {
	return sub(name, handlerAttributes(WindowEventHandlers))
}

// simple are interfaces that only reflect attributes; "" is a boolean attribute's second name.
func simple(name string, attributes ...webidl.Attribute) *webidl.Interface {
	return sub(name, attributes)
}

// table lists the elements of each interface.
var table = []struct {
	names string
	kind  *dom.Kind
}{
	{"a", linkKind(HTMLAnchorElementInterface)}, {"area", linkKind(HTMLAreaElementInterface)}, {"base", of(HTMLBaseElementInterface)},
	{"link", &linkElementKind}, {"meta", &metaKind}, {"style", of(HTMLStyleElementInterface)}, {"img", &imageKind},
	{"script", &scriptKind}, {"iframe", frameKind(HTMLIFrameElementInterface)}, {"frame", frameKind(HTMLFrameElementInterface)},
	{"template", of(HTMLTemplateElementInterface)}, {"canvas", &canvasKind},
	{"body", of(bodyInterface("HTMLBodyElement"))}, {"frameset", of(bodyInterface("HTMLFrameSetElement"))},
	{"form", &formKind}, {"button", &buttonKind}, {"input", &inputKind}, {"textarea", &textareaKind}, {"select", &selectKind},
	{"option", &optionKind}, {"optgroup", of(HTMLOptGroupElementInterface)}, {"label", &labelKind},
	{"fieldset", of(HTMLFieldSetElementInterface)}, {"output", of(HTMLOutputElementInterface)}, {"legend", of(simple("HTMLLegendElement"))},
	{"datalist", of(simple("HTMLDataListElement"))}, {"html", of(simple("HTMLHtmlElement", dom.Reflect("version", "version")))},
	{"head", of(simple("HTMLHeadElement"))}, {"title", of(simple("HTMLTitleElement", childText))},
	{"div", of(simple("HTMLDivElement", dom.Reflect("align", "align")))}, {"span", of(simple("HTMLSpanElement"))},
	{"p", of(simple("HTMLParagraphElement", dom.Reflect("align", "align")))},
	{"br", of(simple("HTMLBRElement"))}, {"hr", of(simple("HTMLHRElement"))},
	{"h1 h2 h3 h4 h5 h6", of(simple("HTMLHeadingElement", dom.Reflect("align", "align")))},
	{"pre listing xmp", of(simple("HTMLPreElement"))}, {"blockquote q", of(simple("HTMLQuoteElement", url("cite", "cite")))},
	{"ul", of(simple("HTMLUListElement"))}, {"ol", of(simple("HTMLOListElement", dom.ReflectBool("reversed", "reversed"),
		dom.ReflectInt("start", "start", 1),
		dom.Reflect("type", "type")))},
	{"li", of(simple("HTMLLIElement", dom.ReflectInt("value", "value", 0)))}, {"dl", of(simple("HTMLDListElement"))},
	{"ins del", of(simple("HTMLModElement", url("cite", "cite"), dom.Reflect("dateTime", "datetime")))},
	{"time", of(simple("HTMLTimeElement", dom.Reflect("dateTime", "datetime")))},
	{"data", of(simple("HTMLDataElement", dom.Reflect("value", "value")))},
	{"table", of(simple("HTMLTableElement", tableRows("rows"), tableBodies))},
	{"thead tbody tfoot", of(subOperations("HTMLTableSectionElement", []webidl.Operation{insertRow}, []webidl.Attribute{tableRows("rows")}))},
	{"tr", of(subOperations("HTMLTableRowElement", []webidl.Operation{insertCell}, []webidl.Attribute{tableCells}))},
	{"td th", of(simple("HTMLTableCellElement", dom.ReflectInt("colSpan", "colspan", 1), dom.ReflectInt("rowSpan", "rowspan", 1)))},
	{"caption", of(simple("HTMLTableCaptionElement"))}, {"col colgroup", of(simple("HTMLTableColElement"))},
	{"dialog", of(subOperations("HTMLDialogElement", dialogOperations, []webidl.Attribute{dom.ReflectBool("open", "open"), returnValue}))},
	{"details", of(simple("HTMLDetailsElement", dom.ReflectBool("open", "open")))},
	{"summary", &dom.Kind{Interface: HTMLElementInterface, Activate: toggleDetails}},
	{"progress", of(simple("HTMLProgressElement"))}, {"meter", of(simple("HTMLMeterElement"))}, {"picture", of(simple("HTMLPictureElement"))},
	{"source", of(simple("HTMLSourceElement", url("src", "src"), dom.Reflect("type", "type")))},
	{"object", frameKind(HTMLObjectElementInterface)}, {"embed", frameKind(HTMLEmbedElementInterface)},
	{"param", of(simple("HTMLParamElement"))}, {"map", of(simple("HTMLMapElement", dom.Reflect("name", "name")))},
	{"slot", of(simple("HTMLSlotElement", dom.Reflect("name", "name")))}, {"menu", of(simple("HTMLMenuElement"))},
	{"font", of(simple("HTMLFontElement"))}, {"marquee", of(simple("HTMLMarqueeElement"))},
	{"audio", of(simple("HTMLAudioElement", url("src", "src")))}, {"video", of(simple("HTMLVideoElement", url("src", "src")))},
	{"track", of(simple("HTMLTrackElement"))},
	{`abbr acronym address article aside b basefont bdi bdo big center cite code dd dfn dt em figcaption figure footer header hgroup
	i kbd main mark nav nobr noembed noframes noscript plaintext rb rp rt rtc ruby s samp search section small strike strong sub sup
	tt u var wbr`, plainKind},
}

func of(i *webidl.Interface) *dom.Kind { return &dom.Kind{Interface: i} }

var kinds = func() map[string]*dom.Kind {
	m := map[string]*dom.Kind{}
	for _, row := range table {
		for _, name := range strings.Fields(row.names) {
			m[name] = row.kind
		}
	}
	return m
}()

// Interfaces are all interfaces of this package and of package dom, for a window.
var Interfaces = func() []*webidl.Interface {
	list := slices.Concat(dom.CommonInterfaces(), []*webidl.Interface{
		DocumentInterface, XMLDocumentInterface, HTMLElementInterface, &unknownInterface, SVGElementInterface, SVGGraphicsElementInterface,
		SVGSVGElementInterface, SVGScriptElementInterface, MathMLElementInterface, SubmitEventInterface,
	})
	for _, row := range table {
		if !slices.Contains(list, row.kind.Interface) {
			list = append(list, row.kind.Interface)
		}
	}
	return list
}()
