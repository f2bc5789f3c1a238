package host

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/globalscope"
	"github.com/entangle-go/entangle/host/internal/html"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// windowInterface is https://html.spec.whatwg.org/multipage/nav-history-apis.html#window.
var windowInterface = &webidl.Interface{Name: "Window", Parent: event.EventTargetInterface, Exposed: webidl.Window, Global: true}

func init() { // the members make windows, which have the interface
	windowInterface.Attributes = join(windowAttributes(), windowHandlers(), viewAttributes(), viewObjects(), scopeAttributes,
		[]webidl.Attribute{event.WindowEvent})
	windowInterface.Operations = join(windowOperations(), scopeOperations, globalscope.WindowOperations)
}

func join[T any](lists ...[]T) []T {
	var all []T
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// windowGetter makes an attribute of windows that other origins may read, too.
func windowGetter(get func(*qjs.Call, *navigable) (qjs.Value, error)) qjs.Func {
	return func(c *qjs.Call) (qjs.Value, error) {
		n, err := thisNavigable(c)
		if err != nil {
			return qjs.Value{}, err
		}
		return get(c, n)
	}
}

// thisNavigable returns the navigable of the window that a function is called on; it may be of
// another origin.
func thisNavigable(c *qjs.Call) (*navigable, error) {
	if n, ok := navigableOf(c.Runtime(), c.This); ok {
		return n, nil
	}
	w, err := webidl.This[*window](c)
	if err != nil {
		return nil, err
	}
	return w.navigable, nil
}

func constant(name string, v qjs.Value) webidl.Attribute {
	return webidl.Attribute{Name: name, Get: webidl.Getter(func(*qjs.Realm, *window) (qjs.Value, error) { return v, nil }), Replaceable: true}
}

func windowAttributes() []webidl.Attribute {
	itself := webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) { return w.proxy(), nil })
	return []webidl.Attribute{
		{Name: "window", Get: itself, Unforgeable: true},
		{Name: "self", Get: itself, Replaceable: true},
		{Name: "document", Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) { return webidl.ValueOf(w.document), nil }),
			Unforgeable: true},
		{
			Name: "name",
			Get:  webidl.Getter(func(realm *qjs.Realm, w *window) (qjs.Value, error) { return realm.String(w.name()), nil }),
			Set:  webidl.Setter(setWindowName),
		},
		{Name: "location", Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) { return webidl.ValueOf(w.location), nil }),
			PutForwards: "href", Unforgeable: true},
		{Name: "history", Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) { return webidl.ValueOf(w.history), nil })},
		{Name: "closed", Get: windowGetter(closedWindow)},
		{Name: "frames", Get: itself, Replaceable: true},
		{Name: "length", Get: windowGetter(framesLength), Replaceable: true},
		{Name: "top", Get: windowGetter(topWindow), Unforgeable: true},
		{Name: "opener", Get: windowGetter(openerWindow), Set: setOpener},
		{Name: "parent", Get: windowGetter(parentWindow), Replaceable: true},
		{Name: "frameElement", Get: webidl.Getter(frameElement)},
		{Name: "navigator", Get: webidl.Getter(navigatorOf)},
		{Name: "clientInformation", Get: webidl.Getter(navigatorOf), Replaceable: true},
		{Name: "localStorage", Get: storageOf(false)},
		{Name: "sessionStorage", Get: storageOf(true)},
		{Name: "originAgentCluster", Get: webidl.Getter(func(*qjs.Realm, *window) (qjs.Value, error) { return qjs.Bool(true), nil })},
		{Name: "origin", Get: webidl.Getter(func(realm *qjs.Realm, w *window) (qjs.Value, error) { return realm.String(w.origin.String()), nil }),
			Replaceable: true},
		{Name: "isSecureContext", Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) {
			return qjs.Bool(w.settings.IsSecureContext), nil
		})},
		{Name: "crossOriginIsolated", Get: webidl.Getter(func(_ *qjs.Realm, w *window) (qjs.Value, error) {
			return qjs.Bool(w.isolated), nil
		})},
		{Name: "status", Get: webidl.Getter(func(realm *qjs.Realm, w *window) (qjs.Value, error) { return realm.String(w.status), nil }),
			Set: webidl.Setter(func(realm *qjs.Realm, w *window, v qjs.Value) (err error) {
				w.status, err = webidl.DOMString(realm, v)
				return err
			})},
	}
}

// setWindowName sets the target name.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-name
func setWindowName(realm *qjs.Realm, w *window, v qjs.Value) error {
	name, err := webidl.DOMString(realm, v)
	if err == nil && w.isActive() {
		w.navigable.setName(name)
	}
	return err
}

func (w *window) name() string {
	if !w.isActive() {
		return ""
	}
	return w.navigable.targetName()
}

func closedWindow(_ *qjs.Call, n *navigable) (qjs.Value, error) { return qjs.Bool(n.isClosed()), nil }

func framesLength(_ *qjs.Call, n *navigable) (qjs.Value, error) {
	return qjs.Int(int32(n.length())), nil
}

// topWindow is https://html.spec.whatwg.org/multipage/document-sequences.html#dom-top.
func topWindow(c *qjs.Call, n *navigable) (qjs.Value, error) {
	n.host.mu.Lock()
	top := n.top()
	if n.closed {
		top = nil
	}
	n.host.mu.Unlock()
	return proxyFor(c, top), nil
}

// parentWindow is https://html.spec.whatwg.org/multipage/document-sequences.html#dom-parent: a page
// is its own parent.
func parentWindow(c *qjs.Call, n *navigable) (qjs.Value, error) {
	n.host.mu.Lock()
	parent := n.parent
	if parent == nil {
		parent = n
	}
	if n.closed {
		parent = nil
	}
	n.host.mu.Unlock()
	return proxyFor(c, parent), nil
}

// openerWindow is https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-opener.
func openerWindow(c *qjs.Call, n *navigable) (qjs.Value, error) {
	n.host.mu.Lock()
	opener := n.opener
	if n.closed || opener != nil && (opener.closed || opener.group != n.group) {
		opener = nil
	}
	n.host.mu.Unlock()
	return proxyFor(c, opener), nil
}

// setOpener disowns the opener by null, and otherwise replaces the property.
func setOpener(c *qjs.Call) (qjs.Value, error) {
	w, err := webidl.This[*window](c)
	if err != nil {
		return qjs.Value{}, err
	}
	if !c.Arg(0).IsNull() {
		return qjs.Value{}, w.settings.Realm.Global().Define(c.Realm, "opener", c.Arg(0), qjs.Ordinary)
	}
	w.host.mu.Lock()
	defer w.host.mu.Unlock()
	w.navigable.opener = nil
	return qjs.Value{}, nil
}

// frameElement is https://html.spec.whatwg.org/multipage/document-sequences.html#dom-frameelement.
func frameElement(_ *qjs.Realm, w *window) (qjs.Value, error) {
	n := w.navigable
	if !w.isActive() || n.containerAgent != w.agent || n.container == nil { // another agent is another origin
		return qjs.Null(), nil
	}
	return webidl.ValueOf(n.container), nil
}

// viewAttributes are those of the CSSOM View Module: the window of a machine without a screen.
//
// https://drafts.csswg.org/cssom-view/#extensions-to-the-window-interface
func viewAttributes() []webidl.Attribute {
	var all []webidl.Attribute
	for _, a := range []struct {
		name  string
		value float64
	}{
		{"innerWidth", viewWidth}, {"innerHeight", viewHeight}, {"outerWidth", viewWidth}, {"outerHeight", viewHeight},
		{"screenX", 0}, {"screenY", 0}, {"screenLeft", 0}, {"screenTop", 0},
		{"scrollX", 0}, {"scrollY", 0}, {"pageXOffset", 0}, {"pageYOffset", 0}, {"devicePixelRatio", 1},
	} {
		all = append(all, constant(a.name, qjs.Number(a.value)))
	}
	return all
}

const viewWidth, viewHeight = 800, 600

// windowHandlers are the event handlers of windows.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#globaleventhandlers
// and #windoweventhandlers
func windowHandlers() []webidl.Attribute {
	var all []webidl.Attribute
	for _, name := range join(html.GlobalEventHandlers, html.WindowEventHandlers) {
		all = append(all, event.HandlerAttribute(name))
	}
	return all
}
