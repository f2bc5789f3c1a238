package html

import (
	"math"
	"slices"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

var nan = math.NaN()

// formAssociated are the elements that belong to forms.
//
// https://html.spec.whatwg.org/multipage/forms.html#form-associated-element
var formAssociated = map[string]bool{"button": true, "fieldset": true, "input": true, "object": true, "output": true, "select": true,
	"textarea": true}

// formOwner is https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#form-owner.
//
// DEVIATION: a control that the parser met in a form whose tags are misnested is not
// associated with it.
func formOwner(e *dom.Element) *dom.Element {
	if !e.IsHTML() || !formAssociated[e.LocalName()] {
		return nil
	}
	if id, ok := e.Get("form"); ok && e.Connected() {
		if f := e.Root().ByID(id); f != nil && f.Is("form") {
			return f
		}
		return nil
	}
	for p := e.ParentElement(); p != nil; p = p.ParentElement() {
		if p.Is("form") {
			return p
		}
	}
	return nil
}

// Controls lists the elements of a form that are listed, but for image buttons.
//
// https://html.spec.whatwg.org/multipage/forms.html#dom-form-elements
func Controls(form *dom.Element) []*dom.Node {
	var list []*dom.Node
	form.Root().All(func(n *dom.Node) bool {
		if e := n.Element(); e != nil && formOwner(e) == form && !(e.Is("input") && inputType(e) == "image") {
			list = append(list, n)
		}
		return true
	})
	return list
}

// submit submits a form as a button does: it asks the listeners.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#concept-form-submit
func submit(form, submitter *dom.Element) {
	if !form.Connected() {
		return
	}
	if fireSubmit(form, submitter) {
		submitNow(form, submitter)
	}
}

func submitNow(form, submitter *dom.Element) {
	if h := form.Document().Hooks; h != nil && h.Submit != nil && form.Connected() {
		h.Submit(form, submitter)
	}
}

// reset is https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#concept-form-reset.
func reset(form *dom.Element) {
	if !event.Fire(form, "reset", event.Init{Bubbles: true, Cancelable: true}) {
		return
	}
	for _, n := range Controls(form) {
		e := n.Element()
		switch s := e.State.(type) {
		case *Control:
			s.value, s.dirtyValue, s.dirtyChecked = "", false, false
			setChecked(e, e.Has("checked"))
		case *selectState:
			for _, o := range options(e) {
				optionOf(o.Element()).dirty = false
			}
		}
	}
}

var formAttribute = dom.Val("form", func(e *dom.Element) qjs.Value { return formOwner(e).Value() })

var labels = dom.Val("labels", func(e *dom.Element) qjs.Value {
	return webidl.ValueOf(dom.NewNodeList(e.Root(), func(root *dom.Node) []*dom.Node {
		var list []*dom.Node
		root.All(func(n *dom.Node) bool {
			if l := n.Element(); l != nil && l.Is("label") && labeled(l) == e {
				list = append(list, n)
			}
			return true
		})
		return list
	}))
})

// labeled is the labeled control of a label.
//
// https://html.spec.whatwg.org/multipage/forms.html#labeled-control
func labeled(label *dom.Element) *dom.Element {
	labelable := func(e *dom.Element) bool {
		return e.IsHTML() && (formAssociated[e.LocalName()] && !e.Is("fieldset") && !e.Is("object") || e.Is("meter") || e.Is("progress")) &&
			!(e.Is("input") && inputType(e) == "hidden")
	}
	if id, ok := label.Get("for"); ok {
		if e := label.Root().ByID(id); e != nil && labelable(e) {
			return e
		}
		return nil
	}
	return label.First(labelable)
}

var labelKind = dom.Kind{
	Interface: HTMLLabelElementInterface,
	Activate: func(e *dom.Element, ev *event.Event) {
		c := labeled(e)
		if c == nil || isDisabled(c) {
			return
		}
		if o, ok := ev.Target().(dom.Object); ok && c.Contains(o.AsNode()) { // it was clicked itself
			return
		}
		click(c)
	},
}

var buttonKind = dom.Kind{
	Interface: HTMLButtonElementInterface,
	Activate: func(e *dom.Element, _ *event.Event) {
		form := formOwner(e)
		if isDisabled(e) || form == nil {
			return
		}
		switch e.Attr("type") {
		case "reset":
			reset(form)
		case "button":
		default:
			submit(form, e)
		}
	},
}

// formKind has its controls as properties.
//
// https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem
//
// FIXME: several controls of a name are the first of them, not a RadioNodeList; past names.
var formKind = dom.Kind{
	Interface: HTMLFormElementInterface,
	Item: func(e *dom.Element, i int) *dom.Node {
		if list := Controls(e); i < len(list) {
			return list[i]
		}
		return nil
	},
	NamedItem: func(e *dom.Element, name string) qjs.Value {
		for _, n := range Controls(e) {
			if c := n.Element(); c.ID() == name || c.Attr("name") == name {
				return n.Value()
			}
		}
		return qjs.Undefined()
	},
}

// submitterAttributes are what buttons that submit a form may say.
var submitterAttributes = []webidl.Attribute{
	url("formAction", "formaction"), dom.Reflect("formEnctype", "formenctype"), dom.Reflect("formMethod", "formmethod"),
	dom.ReflectBool("formNoValidate", "formnovalidate"), dom.Reflect("formTarget", "formtarget"),
}

// validation are the operations of constraint validation.
//
// FIXME: only custom validity and required are known.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#the-constraint-validation-api
var validation = []webidl.Operation{
	dom.Do("checkValidity", 0, checkValidity), dom.Do("reportValidity", 0, checkValidity),
	dom.Do("setCustomValidity", 1, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
		text, err := dom.StringArg(c, 0)
		control(e).customValidity = text
		return qjs.Value{}, err
	}),
}

func valid(e *dom.Element) bool {
	if isDisabled(e) || !e.Is("input") && !e.Is("textarea") {
		return true
	}
	missing := e.Has("required") && Value(e) == ""
	if t := inputType(e); e.Is("input") && (t == "checkbox" || t == "radio") {
		missing = e.Has("required") && !Checked(e)
	}
	return !missing && control(e).customValidity == ""
}

func checkValidity(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
	ok := true
	for _, c := range append(Controls(e), e.AsNode()) {
		if !valid(c.Element()) {
			ok = false
			event.Fire(c.Element(), "invalid", event.Init{Cancelable: true})
		}
	}
	return qjs.Bool(ok), nil
}

// Interfaces of forms.
var (
	HTMLFormElementInterface = subOperations("HTMLFormElement", []webidl.Operation{
		dom.Do("submit", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
			submitNow(e, nil)
			return qjs.Value{}, nil
		}),
		dom.Do("requestSubmit", 0, requestSubmit),
		dom.Do("reset", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
			reset(e)
			return qjs.Value{}, nil
		}),
		dom.Do("checkValidity", 0, checkValidity), dom.Do("reportValidity", 0, checkValidity),
	}, []webidl.Attribute{
		dom.TextSet("action", func(e *dom.Element) string {
			if action := e.Attr("action"); action != "" {
				u, _ := e.Document().Resolve(action)
				return u
			}
			return e.Document().URL
		}, func(e *dom.Element, text string) error { e.Set("action", text); return nil }, false),
		dom.ReflectEnum("method", "method", []string{"get", "post", "dialog"}, "get", "get"), dom.Reflect("target", "target"),
		dom.Reflect("name", "name"), dom.ReflectBool("noValidate", "novalidate"),
		dom.ReflectEnum("enctype", "enctype", []string{"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"},
			"application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
		dom.Reflect("acceptCharset", "accept-charset"), dom.Reflect("autocomplete", "autocomplete"), dom.Reflect("rel", "rel"),
		dom.Val("elements", func(e *dom.Element) qjs.Value {
			return webidl.ValueOf(dom.NewCollectionOf(e.AsNode(), e.Document().Interfaces().HTMLCollection,
				func(n *dom.Node) []*dom.Node { return Controls(n.Element()) }))
		}),
		dom.Int("length", func(e *dom.Element) int { return len(Controls(e)) }),
	})
	HTMLButtonElementInterface = subOperations("HTMLButtonElement", validation, []webidl.Attribute{
		dom.ReflectEnum("type", "type", []string{"submit", "reset", "button"}, "submit", "submit"), dom.Reflect("value", "value"),
		dom.Reflect("name", "name"), dom.ReflectBool("disabled", "disabled"), formAttribute, labels,
	}, submitterAttributes)
	HTMLLabelElementInterface = sub("HTMLLabelElement", []webidl.Attribute{
		dom.Reflect("htmlFor", "for"), dom.Val("control", func(e *dom.Element) qjs.Value { return labeled(e).Value() }),
		dom.Val("form", func(e *dom.Element) qjs.Value {
			if c := labeled(e); c != nil {
				return formOwner(c).Value()
			}
			return qjs.Null()
		}),
	})
	HTMLFieldSetElementInterface = subOperations("HTMLFieldSetElement", validation, []webidl.Attribute{
		dom.ReflectBool("disabled", "disabled"), dom.Reflect("name", "name"), formAttribute,
		dom.Text("type", func(*dom.Element) string { return "fieldset" }),
	})
	HTMLOutputElementInterface = sub("HTMLOutputElement", []webidl.Attribute{
		dom.TextSet("value", func(e *dom.Element) string {
			text, _ := e.TextContent()
			return text
		}, func(e *dom.Element, text string) error { return e.StringReplaceAll(text) }, false),
		dom.Reflect("name", "name"), formAttribute, labels, dom.Text("type", func(*dom.Element) string { return "output" }),
	})
)

// requestSubmit is https://html.spec.whatwg.org/multipage/forms.html#dom-form-requestsubmit.
func requestSubmit(c *qjs.Call, form *dom.Element) (qjs.Value, error) {
	var submitter *dom.Element
	if !c.Arg(0).IsNullish() {
		e, ok := webidl.As[*dom.Element](c.Arg(0))
		submits := ok && (e.Is("button") && e.Attr("type") != "button" && e.Attr("type") != "reset" || e.Is("input") &&
			slices.Contains([]string{"submit", "image"}, inputType(e)))
		if !submits {
			return qjs.Value{}, webidl.TypeError("the element is no submit button")
		}
		if formOwner(e) != form {
			return qjs.Value{}, webidl.DOMException("NotFoundError", "the button is not of this form")
		}
		submitter = e
	}
	submit(form, submitter)
	return qjs.Value{}, nil
}
