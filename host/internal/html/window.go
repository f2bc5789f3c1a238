package html

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// WindowNamed returns what a name is on the window apart from frames: the element with the ID, or
// embed, form, img and object elements of the name; several are a collection. ok is false if
// there is none.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-window-nameditem
func WindowNamed(d *dom.Document, name string) (v qjs.Value, ok bool) {
	names := windowNames(d)
	switch list := names.elements[name]; len(list) {
	case 0:
		return v, false
	case 1:
		return list[0].Value(), true
	}
	return webidl.ValueOf(dom.NewCollection(d.AsNode(), func(e *dom.Element) bool { return hasWindowName(e, name) })), true
}

func hasWindowName(e *dom.Element, name string) bool {
	return e.ID() == name || namesWindow(e) && e.Attr("name") == name
}

var namesWindow = named("embed", "form", "img", "object", "frameset")

// nameIndex says which elements the names on a window are.
//
// OPTIMIZATION: script that asks for globals that do not exist gets here each time.
type nameIndex struct {
	version  uint64
	elements map[string][]*dom.Element
}

func windowNames(d *dom.Document) *nameIndex {
	s := stateOf(d)
	if s.names != nil && s.names.version == d.Version() {
		return s.names
	}
	s.names = &nameIndex{d.Version(), map[string][]*dom.Element{}}
	d.All(func(n *dom.Node) bool {
		e := n.Element()
		if e == nil {
			return true
		}
		id := e.ID()
		if id != "" {
			s.names.elements[id] = append(s.names.elements[id], e)
		}
		if name := e.Attr("name"); name != "" && name != id && namesWindow(e) {
			s.names.elements[name] = append(s.names.elements[name], e)
		}
		return true
	})
	return s.names
}

// ComputedStyle is getComputedStyle: the inline style.
//
// https://drafts.csswg.org/cssom/#dom-window-getcomputedstyle
func ComputedStyle(c *qjs.Call) (qjs.Value, error) {
	e, err := webidl.To[*dom.Element]("Element")(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	return e.ComputedStyle(), nil
}

// InstallFactories defines Image and Option, which make elements.
//
// https://html.spec.whatwg.org/multipage/embedded-content.html#dom-image and
// form-elements.html#dom-option
func InstallFactories(realm *qjs.Realm) error {
	image := factory(realm, "Image", func(c *qjs.Call, d *dom.Document) (*dom.Element, error) {
		e := d.NewHTML("img")
		for i, name := range []string{"width", "height"} {
			if !c.Arg(i).IsUndefined() {
				text, err := dom.StringArg(c, i)
				if err != nil {
					return nil, err
				}
				e.Set(name, text)
			}
		}
		return e, nil
	})
	option := factory(realm, "Option", func(c *qjs.Call, d *dom.Document) (*dom.Element, error) {
		e := d.NewHTML("option")
		for i := range min(len(c.Args), 2) {
			if c.Arg(i).IsUndefined() {
				continue
			}
			text, err := dom.StringArg(c, i)
			if err != nil {
				return nil, err
			}
			if i == 1 {
				e.Set("value", text)
			} else if err := e.StringReplaceAll(text); err != nil {
				return nil, err
			}
		}
		e.SetBool("selected", c.Arg(2).Bool())
		optionOf(e).selected, optionOf(e).dirty = c.Arg(3).Bool(), c.Arg(3).Bool()
		return e, nil
	})
	for _, f := range []struct {
		name string
		f    qjs.Value
		of   *webidl.Interface
	}{{"Image", image, HTMLImageElementInterface}, {"Option", option, HTMLOptionElementInterface}} {
		if err := f.f.Define(realm, "prototype", webidl.InterfacePrototype(realm, f.of), 0); err != nil {
			return err
		}
		if err := realm.Global().Define(realm, f.name, f.f, qjs.Hidden); err != nil {
			return err
		}
	}
	return nil
}

func factory(realm *qjs.Realm, name string, create func(c *qjs.Call, d *dom.Document) (*dom.Element, error)) qjs.Value {
	return realm.NewConstructor(name, 0, func(c *qjs.Call) (qjs.Value, error) {
		d := dom.Of(c.Realm)
		if d == nil {
			return qjs.Value{}, webidl.TypeError("there is no document")
		}
		e, err := create(c, d)
		if err != nil {
			return qjs.Value{}, err
		}
		return e.Value(), nil
	})
}
