package html

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// childrenNamed is a live collection of the children, or of sections' children, that have
// one of the names.
func childrenNamed(name string, sections bool, names ...string) webidl.Attribute {
	accept := named(names...)
	return dom.Val(name, func(e *dom.Element) qjs.Value {
		return webidl.ValueOf(dom.NewCollectionOf(e.AsNode(), e.Document().Interfaces().HTMLCollection, func(n *dom.Node) []*dom.Node {
			var list []*dom.Node
			for c := n.FirstElement(); c != nil; c = c.NextElement() {
				if accept(c) {
					list = append(list, c.AsNode())
				}
				if sections && named("thead", "tbody", "tfoot")(c) {
					for r := c.FirstElement(); r != nil; r = r.NextElement() {
						if accept(r) {
							list = append(list, r.AsNode())
						}
					}
				}
			}
			return list
		}))
	})
}

func tableRows(name string) webidl.Attribute { return childrenNamed(name, true, "tr") }

var (
	tableBodies = childrenNamed("tBodies", false, "tbody")
	tableCells  = childrenNamed("cells", false, "td", "th")
	insertRow   = inserter("insertRow", "tr", "tr")
	insertCell  = inserter("insertCell", "td", "td", "th")
)

// inserter inserts a new child at an index among those of its kind; -1 is the end.
//
// https://html.spec.whatwg.org/multipage/tables.html#dom-tr-insertcell
func inserter(operation, create string, among ...string) webidl.Operation {
	return dom.Do(operation, 0, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
		index := int32(-1)
		if !c.Arg(0).IsUndefined() {
			var err error
			if index, err = webidl.Long(c.Realm, c.Arg(0)); err != nil {
				return qjs.Value{}, err
			}
		}
		var list []*dom.Element
		for x := e.FirstElement(); x != nil; x = x.NextElement() {
			if named(among...)(x) {
				list = append(list, x)
			}
		}
		if index < -1 || int(index) > len(list) {
			return qjs.Value{}, webidl.DOMException("IndexSizeError", "there are only %d", len(list))
		}
		var before *dom.Node
		if index >= 0 && int(index) < len(list) {
			before = list[index].AsNode()
		}
		child := e.Document().NewHTML(create)
		return child.Value(), e.InsertBefore(child.AsNode(), before)
	})
}

// returnValue and dialogOperations are of dialog elements.
//
// https://html.spec.whatwg.org/multipage/interactive-elements.html#htmldialogelement
var returnValue = dom.TextSet("returnValue", func(e *dom.Element) string {
	text, _ := e.State.(string)
	return text
}, func(e *dom.Element, text string) error { e.State = text; return nil }, false)

var dialogOperations = []webidl.Operation{
	dom.Do("show", 0, showDialog), dom.Do("showModal", 0, showDialog),
	dom.Do("close", 0, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
		if !c.Arg(0).IsUndefined() {
			text, err := dom.StringArg(c, 0)
			if err != nil {
				return qjs.Value{}, err
			}
			e.State = text
		}
		if e.Has("open") {
			e.Unset("open")
			event.Fire(e, "close", event.Init{})
		}
		return qjs.Value{}, nil
	}),
}

func showDialog(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
	e.SetBool("open", true)
	return qjs.Value{}, nil
}
