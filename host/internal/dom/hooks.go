package dom

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Hooks connect a document with the browsing context that shows it. Package host fills them; each
// may be nil, which does nothing, or answers with what the standard says of a document without a
// browsing context. They are called on the agent's goroutine in an open scope.
type Hooks struct {
	// Window is the relevant global object, the parent of the document in an event's path. Its Value
	// is [Hooks.DefaultView].
	Window func(d *Document) event.EventTarget
	// DefaultView is the WindowProxy; null if the document is not shown any more.
	DefaultView func(d *Document) qjs.Value
	// Location is the Location object of the document's window.
	Location func(d *Document) qjs.Value
	// Navigate is what setting document.location does. source is the realm of the script.
	Navigate func(d *Document, source *qjs.Realm, url string) error

	// PrepareScript runs "prepare the script element". parserInserted tells who inserted it. It
	// returns true if the parser that inserted the script must wait; then it calls the parser's
	// Resume, which [Document.Parser] gives, when the script ran. A script that the parser need not
	// wait for runs whenever the standard says.
	PrepareScript func(e *Element, parserInserted bool) (wait bool)
	// FrameInserted is called after an iframe became connected, FrameRemoved before its content
	// navigable must be gone, FrameNavigate when src or srcdoc changed.
	FrameInserted func(e *Element)
	FrameRemoved  func(e *Element)
	FrameNavigate func(e *Element)
	// FrameRenamed is called when the name attribute of an iframe changed.
	FrameRenamed func(e *Element)
	// ContentWindow is the WindowProxy of an iframe's content navigable, ContentDocument its document;
	// null where there is none, or where origins differ.
	ContentWindow   func(e *Element) qjs.Value
	ContentDocument func(e *Element, accessor *qjs.Realm) qjs.Value

	// Follow follows the hyperlink of an a or area element.
	Follow func(e *Element)
	// Submit submits a form; submitter may be nil.
	Submit func(form, submitter *Element)
	// FetchImage and FetchLink begin to load what src or href name; they fire load or error at the
	// element later.
	FetchImage func(e *Element)
	FetchLink  func(e *Element)
	// Meta is called with meta elements that have an http-equiv attribute when they are inserted.
	Meta func(e *Element)

	Cookie    func(d *Document) (string, error)
	SetCookie func(d *Document, cookie string) error
	Domain    func(d *Document) string
	SetDomain func(d *Document, domain string) error
	Referrer  func(d *Document) string
	Modified  func(d *Document) string // lastModified; "" is now
	Hidden    func(d *Document) bool   // visibilityState is not visible
	HasFocus  func(d *Document) bool
	Focused   func(e *Element) // focus moved to the element; nil: to nobody

	// Open, Close and Write are document.open(), close() and write() when there is no parser that
	// takes the text. Open has erased the document's nodes and listeners already.
	Open  func(d *Document, source *qjs.Realm) error
	Close func(d *Document)
	// Parsed is called when the parser came to the end: "the end" of the standard begins.
	Parsed func(d *Document)
}

// Interfaces say how the nodes of a document are made. Package html has the table.
type Interfaces struct {
	Document, XMLDocument, DocumentType, DocumentFragment, Attr, Text, CDATASection, Comment, ProcessingInstruction *webidl.Interface

	NodeList, HTMLCollection, DOMTokenList, NamedNodeMap, DOMStringMap, CSSStyleDeclaration *webidl.Interface

	DOMImplementation, MutationRecord, TreeWalker *webidl.Interface

	// Kind says what an element of the name is; never nil.
	Kind func(namespace, local string) *Kind
	// Parsed is called with elements that a parser made, before they are inserted; scripts says that
	// those of its page run.
	Parsed func(e *Element, scripts bool)
	// HandlerAttribute is called when an attribute whose name begins with "on" changed; value is nil
	// if it was removed.
	HandlerAttribute func(e *Element, name string, value *string)
}

// Kind is what elements of a name have in common: their interface and the steps that the standards
// hang on them. Kinds are static; each function may be nil.
type Kind struct {
	Interface *webidl.Interface

	New                func(e *Element)                           // the element was made
	Inserted           func(e *Element)                           // insertion steps: it came into a tree; runs no script
	Connected          func(e *Element)                           // post-connection steps: it is in a document; may run script
	Removed            func(e *Element, old *Node, was bool)      // removing steps; was: it was connected
	Adopted            func(e *Element, old *Document)            // adopting steps
	Cloned             func(copy, original *Element)              // cloning steps
	ChildrenChanged    func(e *Element)                           // children changed steps, or data of a text child
	AttributeChanged   func(e *Element, a *Attr, old, to *string) // attribute change steps; nil: there was, or is, none
	Popped             func(e *Element)                           // the parser came to the end tag
	Item               func(e *Element, i int) *Node              // indexed properties, of forms and select elements
	NamedItem          func(e *Element, name string) qjs.Value    // named properties; undefined: there is none
	Activate           func(e *Element, ev *event.Event)
	PreActivate        func(e *Element)
	CanceledActivation func(e *Element)
}
