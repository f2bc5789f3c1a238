package dom

import (
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// The wrappers of a tree keep each other, so that what scripts hang on them lasts as long as any is
// held: the wrapper of a node owns a Ref to that of its parent (of a root: of its node document)
// and one to that of each child that has a wrapper. A node whose wrapper is made gets its
// ancestors' made, too.

// made says which interface a new node implements.
func (n *Node) made(iface *webidl.Interface) {
	if realm := n.document.realm; realm != nil {
		webidl.Init(n.object, realm, iface)
	}
}

// Value returns the wrapper of a node; null for nil.
func (n *Node) Value() qjs.Value {
	if n == nil {
		return qjs.Null()
	}
	return webidl.ValueOf(n.object)
}

// Value returns the wrapper of an element; null for nil.
func (e *Element) Value() qjs.Value {
	if e == nil {
		return qjs.Null()
	}
	return webidl.ValueOf(e)
}

// Wrapped is called when the wrapper was made.
func (n *Node) Wrapped() {
	n.wrapped = true
	var bare []*Node // ancestors without one: the topmost first, so that nothing recurses
	for p := n.keeper(); p != nil && !p.wrapped; p = p.keeper() {
		bare = append(bare, p)
	}
	for i := len(bare) - 1; i >= 0; i-- {
		bare[i].Value()
	}
	n.relink()
}

// keeper is the node whose wrapper that of n holds.
func (n *Node) keeper() *Node {
	switch {
	case n.parent != nil:
		return n.parent
	case n.nodeType == AttributeNode && n.object.(*Attr).element != nil:
		return n.object.(*Attr).element.AsNode()
	case n.nodeType == DocumentNode:
		return nil
	case n.nodeType == DocumentFragmentNode && n.object.(*Fragment).Host != nil:
		return n.object.(*Fragment).Host.AsNode()
	}
	return n.document.AsNode()
}

// owned reports whether the keeper's wrapper holds that of n, too.
func (n *Node) owned() bool {
	switch object := n.object.(type) {
	case *Attr:
		return object.element != nil
	case *Fragment:
		return object.Host != nil
	}
	return n.parent != nil
}

// relink renews the Refs after the node got a wrapper or another keeper.
func (n *Node) relink() {
	if !n.wrapped {
		return
	}
	rt := n.document.realm.Runtime()
	if rt.Closed() {
		return
	}
	scope := rt.OpenScope()
	defer scope.Close()
	oldUp, oldDown := n.up, n.down
	n.up, n.down = nil, nil
	if k := n.keeper(); k != nil {
		n.up = rt.NewRef(k.Value())
	}
	if n.owned() {
		n.down = rt.NewRef(n.Value())
	}
	oldUp.Free()
	oldDown.Free() // last: it may have been what held the node
}

// Trace implements [qjs.Tracer].
func (n *Node) Trace(visit func(*qjs.Ref)) {
	n.Target.Trace(visit)
	visit(n.up)
	for c := n.first; c != nil; c = c.next {
		visit(c.down)
	}
	for _, r := range n.registered {
		visit(r.ref)
	}
	for _, s := range n.objects {
		visit(s.ref)
	}
}

// Trace implements [qjs.Tracer].
func (e *Element) Trace(visit func(*qjs.Ref)) {
	e.Node.Trace(visit)
	for _, a := range e.attributes {
		visit(a.down)
	}
	if e.content != nil {
		visit(e.content.down)
	}
	if t, ok := e.State.(qjs.Tracer); ok {
		t.Trace(visit)
	}
}

// Trace implements [qjs.Tracer].
func (d *Document) Trace(visit func(*qjs.Ref)) {
	d.Node.Trace(visit)
	if t, ok := d.State.(qjs.Tracer); ok {
		t.Trace(visit)
	}
}

// Finalize implements [qjs.Finalizer]: the wrapper is gone, and with it that of the whole tree.
func (n *Node) Finalize() {
	n.wrapped = false
	n.up = nil
	n.registered = nil
	n.Target.Finalize()
}

// GetTheParent gives an event's way through the tree: of a document it is its window, but for load.
//
// https://dom.spec.whatwg.org/#get-the-parent
func (n *Node) GetTheParent(e *event.Event) event.EventTarget {
	if n.parent != nil {
		return n.parent.object
	}
	if d, ok := n.object.(*Document); ok && d.Hooks != nil && d.Hooks.Window != nil && e.Type() != "load" {
		return d.Hooks.Window(d)
	}
	return nil
}

// HasActivationBehavior reports whether a click on the element, or in it, does something.
func (e *Element) HasActivationBehavior() bool { return e.kind.Activate != nil }

// ActivationBehavior does what a click on the element does.
func (e *Element) ActivationBehavior(ev *event.Event) {
	if e.kind.Activate != nil {
		e.kind.Activate(e, ev)
	}
}

// LegacyPreActivation does what precedes the listeners of a click.
func (e *Element) LegacyPreActivation() {
	if e.kind.PreActivate != nil {
		e.kind.PreActivate(e)
	}
}

// LegacyCanceledActivation undoes it.
func (e *Element) LegacyCanceledActivation() {
	if e.kind.CanceledActivation != nil {
		e.kind.CanceledActivation(e)
	}
}

// sameObject is a [SameObject] attribute of a node that is an object of its own: it is made when
// asked for and held by the node's wrapper.
type sameObject struct {
	name   string
	object webidl.Object
	ref    *qjs.Ref
}

// same returns the wrapper of the object of a name, which is made if there is none.
func (n *Node) same(name string, iface *webidl.Interface, create func() webidl.Object) qjs.Value {
	var found *sameObject
	for _, s := range n.objects {
		if s.name == name {
			found = s
		}
	}
	if found == nil {
		found = &sameObject{name: name, object: create()}
		n.objects = append(n.objects, found)
	}
	v := webidl.Wrap(n.Realm(), iface, found.object)
	if found.ref.Value().IsUndefined() {
		found.ref = n.Realm().Runtime().NewRef(v)
	}
	return v
}

// AsValue returns the wrapper of an attribute; null for nil. ([Attr.Value] is its string.)
func (a *Attr) AsValue() qjs.Value {
	if a == nil {
		return qjs.Null()
	}
	return webidl.ValueOf(a)
}
