package html

import (
	"strings"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// selectState is the state of a select element.
type selectState struct{}

// optionState is the state of an option element.
//
// https://html.spec.whatwg.org/multipage/form-elements.html#concept-option-selectedness
type optionState struct {
	element         *dom.Element
	selected, dirty bool
}

// Checked is what :checked asks of an option.
func (o *optionState) Checked() bool { return optionSelected(o.element) }

func optionOf(e *dom.Element) *optionState {
	if o, ok := e.State.(*optionState); ok {
		return o
	}
	return &optionState{element: e}
}

// options is https://html.spec.whatwg.org/multipage/form-elements.html#concept-select-option-list.
func options(e *dom.Element) []*dom.Node {
	var list []*dom.Node
	for c := e.FirstChild(); c != nil; c = c.Next() {
		switch x := c.Element(); {
		case x == nil:
		case x.Is("option"):
			list = append(list, c)
		case x.Is("optgroup"):
			for g := c.FirstChild(); g != nil; g = g.Next() {
				if o := g.Element(); o != nil && o.Is("option") {
					list = append(list, g)
				}
			}
		}
	}
	return list
}

func optionValue(e *dom.Element) string {
	if value, ok := e.Get("value"); ok {
		return value
	}
	return optionText(e)
}

func optionText(e *dom.Element) string {
	text, _ := e.TextContent()
	return strings.Join(dom.Fields(text), " ")
}

func marked(e *dom.Element) bool {
	if o := optionOf(e); o.dirty {
		return o.selected
	}
	return e.Has("selected")
}

// selected is the selected option of a select element: the last that is marked, or the first that
// is not disabled.
//
// https://html.spec.whatwg.org/multipage/form-elements.html#selectedness-setting-algorithm
func selected(e *dom.Element) *dom.Element {
	var found, first *dom.Element
	for _, n := range options(e) {
		o := n.Element()
		if marked(o) && (found == nil || !e.Has("multiple")) {
			found = o
		}
		if first == nil && !o.Has("disabled") {
			first = o
		}
	}
	if size, ok := parseInt(e.Attr("size")); found == nil && !e.Has("multiple") && (!ok || size <= 1) && !optedOut(e) {
		return first
	}
	return found
}

// optedOut reports whether a script took the selection away.
func optedOut(e *dom.Element) bool {
	list := options(e)
	for _, n := range list {
		if o := optionOf(n.Element()); !o.dirty || o.selected {
			return false
		}
	}
	return len(list) > 0
}

func optionSelected(e *dom.Element) bool {
	s := e.ParentElement()
	if s != nil && s.Is("optgroup") {
		s = s.ParentElement()
	}
	if s == nil || !s.Is("select") || s.Has("multiple") {
		return marked(e)
	}
	return selected(s) == e
}

// choose makes an option the only selected one; nil: none is.
func choose(s, chosen *dom.Element) {
	for _, n := range options(s) {
		o := optionOf(n.Element())
		o.dirty, o.selected = true, n.Element() == chosen
	}
}

var (
	selectKind = dom.Kind{Interface: HTMLSelectElementInterface, New: func(e *dom.Element) { e.State = new(selectState) },
		Item: func(e *dom.Element, i int) *dom.Node {
			if list := options(e); i < len(list) {
				return list[i]
			}
			return nil
		}}
	optionKind = dom.Kind{
		Interface: HTMLOptionElementInterface,
		New:       func(e *dom.Element) { e.State = &optionState{element: e} },
		Cloned: func(copy, original *dom.Element) {
			optionOf(copy).selected, optionOf(copy).dirty = optionOf(original).selected, optionOf(original).dirty
		},
	}
)

func optionList(e *dom.Element, accept func(o *dom.Element) bool) qjs.Value {
	return webidl.ValueOf(dom.NewCollectionOf(e.AsNode(), e.Document().Interfaces().HTMLCollection, func(n *dom.Node) []*dom.Node {
		var list []*dom.Node
		for _, o := range options(n.Element()) {
			if accept(o.Element()) {
				list = append(list, o)
			}
		}
		return list
	}))
}

// Interfaces of select and option elements.
var (
	HTMLSelectElementInterface = subOperations("HTMLSelectElement", []webidl.Operation{
		dom.Do("add", 1, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
			o, err := webidl.To[*dom.Element]("HTMLOptionElement")(c.Realm, c.Arg(0))
			if err != nil {
				return qjs.Value{}, err
			}
			if before, ok := webidl.As[*dom.Element](c.Arg(1)); ok && before.Parent() != nil {
				return qjs.Value{}, before.Parent().InsertBefore(o.AsNode(), before.AsNode())
			}
			return qjs.Value{}, e.Append(o.AsNode())
		}),
		dom.Do("item", 1, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
			i, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
			if list := options(e); err == nil && uint64(i) < uint64(len(list)) {
				return list[i].Value(), nil
			}
			return qjs.Null(), err
		}),
	}, []webidl.Attribute{
		dom.TextSet("value", Value, func(e *dom.Element, text string) error {
			var chosen *dom.Element
			for _, n := range options(e) {
				if chosen == nil && optionValue(n.Element()) == text {
					chosen = n.Element()
				}
			}
			choose(e, chosen)
			return nil
		}, false),
		{
			Name: "selectedIndex",
			Get: webidl.Getter(func(_ *qjs.Realm, e *dom.Element) (qjs.Value, error) {
				for i, n := range options(e) {
					if n.Element() == selected(e) {
						return qjs.Int(int32(i)), nil
					}
				}
				return qjs.Int(-1), nil
			}),
			Set: webidl.Setter(func(realm *qjs.Realm, e *dom.Element, v qjs.Value) error {
				i, err := webidl.Long(realm, v)
				if err != nil {
					return err
				}
				var chosen *dom.Element
				if list := options(e); i >= 0 && int(i) < len(list) {
					chosen = list[i].Element()
				}
				choose(e, chosen)
				return nil
			}),
		},
		dom.Val("options", func(e *dom.Element) qjs.Value { return optionList(e, func(*dom.Element) bool { return true }) }),
		dom.Val("selectedOptions", func(e *dom.Element) qjs.Value { return optionList(e, optionSelected) }),
		dom.Int("length", func(e *dom.Element) int { return len(options(e)) }),
		dom.Text("type", func(e *dom.Element) string {
			if e.Has("multiple") {
				return "select-multiple"
			}
			return "select-one"
		}),
		dom.ReflectBool("multiple", "multiple"), dom.ReflectBool("disabled", "disabled"), dom.ReflectBool("required", "required"),
		dom.Reflect("name", "name"), dom.ReflectInt("size", "size", 0), dom.Reflect("autocomplete", "autocomplete"), formAttribute, labels,
	})
	HTMLOptionElementInterface = sub("HTMLOptionElement", []webidl.Attribute{
		dom.TextSet("value", optionValue, func(e *dom.Element, text string) error { e.Set("value", text); return nil }, false),
		dom.TextSet("text", optionText, func(e *dom.Element, text string) error { return e.StringReplaceAll(text) }, false),
		dom.TextSet("label", func(e *dom.Element) string {
			if label := e.Attr("label"); label != "" {
				return label
			}
			return optionText(e)
		}, func(e *dom.Element, text string) error { e.Set("label", text); return nil }, false),
		dom.ReflectBool("defaultSelected", "selected"), dom.ReflectBool("disabled", "disabled"),
		dom.Flag("selected", optionSelected, func(e *dom.Element, on bool) {
			s := e.ParentElement()
			if on && s != nil && s.Is("select") && !s.Has("multiple") {
				choose(s, e)
				return
			}
			optionOf(e).selected, optionOf(e).dirty = on, true
		}),
		dom.Int("index", func(e *dom.Element) int {
			if s := e.ParentElement(); s != nil && s.Is("select") {
				for i, n := range options(s) {
					if n.Element() == e {
						return i
					}
				}
			}
			return 0
		}),
	})
	HTMLOptGroupElementInterface = sub("HTMLOptGroupElement", []webidl.Attribute{dom.ReflectBool("disabled", "disabled"),
		dom.Reflect("label", "label")})
)

// toggleDetails is what a click on the summary of a details element does.
func toggleDetails(e *dom.Element, _ *event.Event) {
	if d := e.ParentElement(); d != nil && d.Is("details") {
		d.SetBool("open", !d.Has("open"))
	}
}
