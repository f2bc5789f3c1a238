package html

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/fileapi"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Control is the state of an input or textarea element.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#concept-fe-value
type Control struct {
	element        *dom.Element
	value          string
	dirtyValue     bool
	checked        bool
	dirtyChecked   bool
	wasChecked     bool         // before a click, to undo it
	checkedBefore  *dom.Element // the radio button that a click took the checkedness from
	start, end     int          // the selection
	customValidity string
	files          *qjs.Ref
}

// Trace implements [qjs.Tracer].
func (c *Control) Trace(visit func(*qjs.Ref)) { visit(c.files) }

// Checked reports the checkedness.
func (c *Control) Checked() bool { return c.checked }

func control(e *dom.Element) *Control {
	if c, ok := e.State.(*Control); ok {
		return c
	}
	return &Control{element: e}
}

var inputTypes = strings.Fields("hidden text search tel url email password date month week time datetime-local number range color " +
	"checkbox radio file submit image reset button")

// inputType is the state of the type attribute.
func inputType(e *dom.Element) string {
	if t := strings.ToLower(e.Attr("type")); slices.Contains(inputTypes, t) {
		return t
	}
	return "text"
}

// Value returns the value of a form control, Checked its checkedness, as a form would submit them.
func Value(e *dom.Element) string {
	switch {
	case e.Is("textarea"):
		if c := control(e); c.dirtyValue {
			return c.value
		}
		return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.ChildText())
	case e.Is("select"):
		if o := selected(e); o != nil {
			return optionValue(o)
		}
		return ""
	case e.Is("option"):
		return optionValue(e)
	case !e.Is("input"):
		return e.Attr("value")
	}
	c := control(e)
	switch inputType(e) {
	case "hidden", "submit", "image", "reset", "button":
		return e.Attr("value")
	case "checkbox", "radio":
		if value, ok := e.Get("value"); ok {
			return value
		}
		return "on"
	case "file":
		return ""
	}
	if c.dirtyValue {
		return c.value
	}
	return sanitize(e, e.Attr("value"))
}

// Checked returns the checkedness of a checkbox or radio button.
func Checked(e *dom.Element) bool { return e.Is("input") && control(e).checked }

// sanitize is the value sanitization algorithm, as far as it concerns line breaks and whitespace.
//
// https://html.spec.whatwg.org/multipage/input.html#value-sanitization-algorithm
func sanitize(e *dom.Element, value string) string {
	value = strings.NewReplacer("\n", "", "\r", "").Replace(value)
	switch inputType(e) {
	case "url", "email":
		return dom.Strip(value)
	}
	return value
}

// setValue is https://html.spec.whatwg.org/multipage/input.html#dom-input-value.
func setValue(e *dom.Element, text string) error {
	c := control(e)
	if e.Is("textarea") {
		c.value, c.dirtyValue = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), true
		c.start, c.end = len(c.value), len(c.value)
		return nil
	}
	switch inputType(e) {
	case "hidden", "submit", "image", "reset", "button", "checkbox", "radio":
		e.Set("value", text)
	case "file":
		if text != "" {
			return webidl.DOMException("InvalidStateError", "the value of a file input cannot be set")
		}
		c.files.Free()
		c.files = nil
	default:
		c.value, c.dirtyValue = sanitize(e, text), true
		c.start, c.end = len(c.value), len(c.value)
	}
	return nil
}

// setChecked changes the checkedness; a radio button takes it from the others of its group.
func setChecked(e *dom.Element, on bool) {
	c := control(e)
	c.checked = on
	if !on || inputType(e) != "radio" {
		return
	}
	for _, other := range radioGroup(e) {
		if other != e {
			control(other).checked = false
		}
	}
}

// radioGroup is https://html.spec.whatwg.org/multipage/input.html#radio-button-group.
func radioGroup(e *dom.Element) []*dom.Element {
	name, form := e.Attr("name"), formOwner(e)
	if name == "" {
		return nil
	}
	var group []*dom.Element
	e.Root().All(func(n *dom.Node) bool {
		if x := n.Element(); x != nil && x.Is("input") && inputType(x) == "radio" && x.Attr("name") == name && formOwner(x) == form {
			group = append(group, x)
		}
		return true
	})
	return group
}

var inputKind = dom.Kind{
	Interface: HTMLInputElementInterface,
	New:       func(e *dom.Element) { e.State = &Control{element: e} },
	AttributeChanged: func(e *dom.Element, a *dom.Attr, old, to *string) {
		if c := control(e); a.LocalName() == "checked" && a.Namespace() == "" && !c.dirtyChecked && (old == nil) != (to == nil) {
			setChecked(e, to != nil)
		}
	},
	Cloned: func(copy, original *dom.Element) {
		from, to := control(original), control(copy)
		to.value, to.dirtyValue, to.checked, to.dirtyChecked = from.value, from.dirtyValue, from.checked, from.dirtyChecked
	},
	PreActivate: func(e *dom.Element) {
		c := control(e)
		c.wasChecked, c.checkedBefore = c.checked, nil
		switch inputType(e) {
		case "checkbox":
			setChecked(e, !c.checked)
		case "radio":
			for _, other := range radioGroup(e) {
				if control(other).checked {
					c.checkedBefore = other
				}
			}
			setChecked(e, true)
		}
	},
	CanceledActivation: func(e *dom.Element) {
		c := control(e)
		switch inputType(e) {
		case "checkbox", "radio":
			setChecked(e, c.wasChecked)
			if c.checkedBefore != nil {
				setChecked(c.checkedBefore, true)
			}
		}
	},
	Activate: func(e *dom.Element, _ *event.Event) {
		if isDisabled(e) {
			return
		}
		switch inputType(e) {
		case "checkbox", "radio":
			control(e).dirtyChecked = true
			if e.Connected() {
				event.Fire(e, "input", event.Init{Bubbles: true, Composed: true})
				event.Fire(e, "change", event.Init{Bubbles: true})
			}
		case "submit", "image":
			if form := formOwner(e); form != nil {
				submit(form, e)
			}
		case "reset":
			if form := formOwner(e); form != nil {
				reset(form)
			}
		}
	},
}

var textareaKind = dom.Kind{
	Interface: HTMLTextAreaElementInterface,
	New:       func(e *dom.Element) { e.State = &Control{element: e} },
	Cloned: func(copy, original *dom.Element) {
		from, to := control(original), control(copy)
		to.value, to.dirtyValue = from.value, from.dirtyValue
	},
}

// value is the value attribute of text controls.
var value = dom.TextSet("value", Value, setValue, true)

// selection are the members for the selection in a text control; offsets are in bytes of
// ASCII text only.
//
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#textFieldSelection
var selection = []webidl.Attribute{selectionEdge("selectionStart", true), selectionEdge("selectionEnd", false),
	dom.Text("selectionDirection", func(*dom.Element) string { return "none" })}

func selectionEdge(name string, start bool) webidl.Attribute {
	return webidl.Attribute{
		Name: name,
		Get: webidl.Getter(func(_ *qjs.Realm, e *dom.Element) (qjs.Value, error) {
			if c := control(e); start {
				return qjs.Int(int32(c.start)), nil
			} else {
				return qjs.Int(int32(c.end)), nil
			}
		}),
		Set: webidl.Setter(func(realm *qjs.Realm, e *dom.Element, v qjs.Value) error {
			n, err := webidl.UnsignedLong(realm, v)
			if err != nil {
				return err
			}
			if c := control(e); start {
				selectRange(e, int(n), max(int(n), c.end))
			} else {
				selectRange(e, min(c.start, int(n)), int(n))
			}
			return nil
		}),
	}
}

func selectRange(e *dom.Element, start, end int) {
	c, length := control(e), len(Value(e))
	c.end = min(end, length)
	c.start = min(start, c.end)
}

var selectionOperations = []webidl.Operation{
	dom.Do("select", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
		selectRange(e, 0, len(Value(e)))
		return qjs.Value{}, nil
	}),
	dom.Do("setSelectionRange", 2, func(c *qjs.Call, e *dom.Element) (qjs.Value, error) {
		start, err := webidl.UnsignedLong(c.Realm, c.Arg(0))
		if err != nil {
			return qjs.Value{}, err
		}
		end, err := webidl.UnsignedLong(c.Realm, c.Arg(1))
		if err == nil {
			selectRange(e, int(start), int(end))
		}
		return qjs.Value{}, err
	}),
}

// Interfaces of text controls.
var (
	HTMLInputElementInterface = subOperations("HTMLInputElement", slices.Concat(selectionOperations, validation), []webidl.Attribute{
		value, dom.Reflect("defaultValue", "value"), dom.ReflectBool("defaultChecked", "checked"),
		dom.Flag("checked", Checked, func(e *dom.Element, on bool) {
			control(e).dirtyChecked = true
			setChecked(e, on)
		}),
		dom.Flag("indeterminate", func(*dom.Element) bool { return false }, func(*dom.Element, bool) {}),
		dom.TextSet("type", inputType, func(e *dom.Element, text string) error { e.Set("type", text); return nil }, false),
		{
			Name: "files",
			Get: webidl.Getter(func(_ *qjs.Realm, e *dom.Element) (qjs.Value, error) {
				if inputType(e) != "file" {
					return qjs.Null(), nil
				}
				c := control(e)
				if c.files.Value().IsUndefined() {
					c.files = e.Realm().Runtime().NewRef(webidl.ValueOf(fileapi.NewFileList(e.Realm(), nil)))
				}
				return c.files.Value(), nil
			}),
			Set: webidl.Setter(func(realm *qjs.Realm, e *dom.Element, v qjs.Value) error {
				if v.IsNullish() {
					return nil
				}
				if _, err := webidl.To[*fileapi.FileList]("FileList")(realm, v); err != nil {
					return err
				}
				if c := control(e); inputType(e) == "file" {
					c.files.Free()
					c.files = realm.Runtime().NewRef(v)
				}
				return nil
			}),
		},
		{
			Name: "valueAsNumber",
			Get: webidl.Getter(func(realm *qjs.Realm, e *dom.Element) (qjs.Value, error) {
				f, err := realm.String(Value(e)).ToNumber(realm)
				if Value(e) == "" || err != nil {
					f, err = nan, nil
				}
				return qjs.Number(f), err
			}),
			Set: webidl.Setter(func(realm *qjs.Realm, e *dom.Element, v qjs.Value) error {
				text, err := webidl.DOMString(realm, v)
				if err != nil {
					return err
				}
				return setValue(e, text)
			}),
		},
		dom.Reflect("accept", "accept"), dom.Reflect("alt", "alt"), dom.Reflect("autocomplete", "autocomplete"),
		dom.ReflectBool("disabled", "disabled"), dom.Reflect("max", "max"), dom.ReflectInt("maxLength", "maxlength", -1),
		dom.Reflect("min", "min"), dom.ReflectInt("minLength", "minlength", -1), dom.ReflectBool("multiple", "multiple"),
		dom.Reflect("name", "name"), dom.Reflect("pattern", "pattern"), dom.Reflect("placeholder", "placeholder"),
		dom.ReflectBool("readOnly", "readonly"), dom.ReflectBool("required", "required"),
		dom.ReflectInt("size", "size", 20), url("src", "src"), dom.Reflect("step", "step"),
		dom.Val("list", func(e *dom.Element) qjs.Value { return e.Root().ByID(e.Attr("list")).Value() }),
		formAttribute, labels,
	}, submitterAttributes, selection)

	HTMLTextAreaElementInterface = subOperations("HTMLTextAreaElement", slices.Concat(selectionOperations, validation), []webidl.Attribute{
		value, dom.TextSet("defaultValue", func(e *dom.Element) string { return e.ChildText() },
			func(e *dom.Element, text string) error { return e.StringReplaceAll(text) }, false),
		dom.Text("type", func(*dom.Element) string { return "textarea" }),
		dom.Int("textLength", func(e *dom.Element) int { return len(Value(e)) }),
		dom.Reflect("name", "name"), dom.Reflect("placeholder", "placeholder"), dom.ReflectInt("rows", "rows", 2),
		dom.ReflectInt("cols", "cols", 20), dom.Reflect("wrap", "wrap"), dom.ReflectBool("disabled", "disabled"),
		dom.ReflectBool("readOnly", "readonly"), dom.ReflectBool("required", "required"),
		dom.ReflectInt("maxLength", "maxlength", -1), dom.Reflect("autocomplete", "autocomplete"), formAttribute, labels,
	}, selection)
)
