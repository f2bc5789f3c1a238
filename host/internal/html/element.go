package html

import (
	"slices"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// foreignOrHTML is the mixin HTMLOrSVGElement.
//
// https://html.spec.whatwg.org/multipage/dom.html#htmlorsvgelement
var foreignOrHTML = []webidl.Attribute{
	dom.Dataset, dom.InlineStyle, dom.Reflect("nonce", "nonce"), dom.ReflectBool("autofocus", "autofocus"), tabIndex,
}

var tabIndex = func() webidl.Attribute {
	a := dom.ReflectInt("tabIndex", "tabindex", -1)
	a.Get = webidl.Getter(func(_ *qjs.Realm, e *dom.Element) (qjs.Value, error) { return qjs.Int(int32(tabIndexOf(e))), nil })
	return a
}()

func tabIndexOf(e *dom.Element) int {
	if n, ok := parseInt(e.Attr("tabindex")); ok {
		return n
	}
	if focusable(e) {
		return 0
	}
	return -1
}

var focusOperations = []webidl.Operation{
	dom.Do("focus", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
		focus(e)
		return qjs.Value{}, nil
	}),
	dom.Do("blur", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
		if e.Document().Focused() == e {
			moveFocus(e.Document(), nil)
		}
		return qjs.Value{}, nil
	}),
}

// HTMLElementInterface is https://html.spec.whatwg.org/multipage/dom.html#htmlelement.
var HTMLElementInterface = &webidl.Interface{
	Name: "HTMLElement", Parent: dom.ElementInterface, Exposed: webidl.Window,
	Attributes: slices.Concat([]webidl.Attribute{
		dom.Reflect("title", "title"), dom.Reflect("lang", "lang"), dom.ReflectEnum("dir", "dir", []string{"ltr", "rtl", "auto"}, "", ""),
		dom.ReflectBool("hidden", "hidden"), dom.ReflectBool("inert", "inert"), dom.Reflect("accessKey", "accesskey"),
		dom.Flag("draggable", func(e *dom.Element) bool { return e.Attr("draggable") == "true" },
			func(e *dom.Element, on bool) { e.Set("draggable", trueOrFalse(on)) }),
		dom.Flag("spellcheck", func(e *dom.Element) bool { return e.Attr("spellcheck") != "false" },
			func(e *dom.Element, on bool) { e.Set("spellcheck", trueOrFalse(on)) }),
		dom.Flag("translate", func(e *dom.Element) bool { return e.Attr("translate") != "no" }, nil),
		dom.ReflectEnum("contentEditable", "contenteditable", []string{"true", "false", "plaintext-only"}, "inherit", "inherit"),
		dom.Flag("isContentEditable", func(e *dom.Element) bool { return e.Has("contenteditable") && e.Attr("contenteditable") != "false" }, nil),
		dom.Reflect("inputMode", "inputmode"), dom.Reflect("enterKeyHint", "enterkeyhint"), dom.Reflect("popover", "popover"),
		text("innerText"), text("outerText"),
		size("offsetTop"), size("offsetLeft"), size("offsetWidth"), size("offsetHeight"),
		dom.Val("offsetParent", func(*dom.Element) qjs.Value { return qjs.Null() }),
	}, foreignOrHTML, handlerAttributes(GlobalEventHandlers)),
	Operations: slices.Concat([]webidl.Operation{
		dom.Do("click", 0, func(_ *qjs.Call, e *dom.Element) (qjs.Value, error) {
			click(e)
			return qjs.Value{}, nil
		}),
	}, focusOperations),
}

func trueOrFalse(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// text is innerText or outerText.
//
// DEVIATION: without layout it is textContent; line breaks become br elements nevertheless
// when it is set.
func text(name string) webidl.Attribute {
	return dom.TextSet(name, func(e *dom.Element) string {
		text, _ := e.TextContent()
		return text
	}, func(e *dom.Element, text string) error {
		f := renderedText(e.Document(), text)
		if name == "innerText" {
			e.ReplaceAll(f.AsNode())
			return nil
		}
		if e.Parent() == nil {
			return webidl.DOMException("NoModificationAllowedError", "there is no parent")
		}
		return e.Parent().Replace(f.AsNode(), e.AsNode())
	}, true)
}

// renderedText is https://html.spec.whatwg.org/multipage/dom.html#rendered-text-fragment.
func renderedText(d *dom.Document, text string) *dom.Fragment {
	f := d.NewFragment()
	start := 0
	flush := func(end int) {
		if end > start {
			_ = f.Append(d.NewText(text[start:end]).AsNode())
		}
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\n' && text[i] != '\r' {
			continue
		}
		flush(i)
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		start = i + 1
		_ = f.Append(d.NewHTML("br").AsNode())
	}
	flush(len(text))
	return f
}

// size is a size of what is not laid out.
func size(name string) webidl.Attribute { return dom.Int(name, func(*dom.Element) int { return 0 }) }

// click is https://html.spec.whatwg.org/multipage/interaction.html#dom-click.
func click(e *dom.Element) {
	if isDisabled(e) { // 1.
		return
	}
	s := stateOf(e.Document())
	if slices.Contains(s.clicking, e) { // 2. and 3.
		return
	}
	s.clicking = append(s.clicking, e)
	event.FireClick(e, false) // 4.
	s.clicking = slices.DeleteFunc(s.clicking, func(other *dom.Element) bool { return other == e })
}

// focusable reports whether an element can have the focus.
//
// https://html.spec.whatwg.org/multipage/interaction.html#focusable-area
func focusable(e *dom.Element) bool {
	switch {
	case !e.IsHTML():
		return e.Has("tabindex")
	case (e.Is("a") || e.Is("area")) && e.Has("href"), e.Is("iframe"):
		return true
	case e.Is("input"):
		return !isDisabled(e) && e.Attr("type") != "hidden"
	case e.Is("button"), e.Is("select"), e.Is("textarea"):
		return !isDisabled(e)
	}
	_, ok := parseInt(e.Attr("tabindex"))
	return ok || e.Has("contenteditable") || e.Is("summary")
}

// focus runs the focusing steps.
//
// https://html.spec.whatwg.org/multipage/interaction.html#focusing-steps
func focus(e *dom.Element) {
	d := e.Document()
	if d.Hooks == nil || !e.Connected() || !focusable(e) || d.Focused() == e {
		return
	}
	moveFocus(d, e)
}

// moveFocus fires the events of a change of focus; e may be nil.
//
// https://html.spec.whatwg.org/multipage/interaction.html#focus-update-steps
func moveFocus(d *dom.Document, e *dom.Element) {
	old := d.Focused()
	d.SetFocused(e)
	if old != nil {
		event.Fire(old, "blur", event.Init{Composed: true})
		event.Fire(old, "focusout", event.Init{Bubbles: true, Composed: true})
	}
	if e != nil && d.Focused() == e {
		event.Fire(e, "focus", event.Init{Composed: true})
		event.Fire(e, "focusin", event.Init{Bubbles: true, Composed: true})
	}
	if d.Hooks != nil && d.Hooks.Focused != nil {
		d.Hooks.Focused(e)
	}
}

// Interfaces of elements that are not of HTML.
var (
	SVGElementInterface = &webidl.Interface{
		Name: "SVGElement", Parent: dom.ElementInterface, Exposed: webidl.Window,
		Attributes: slices.Concat([]webidl.Attribute{
			dom.Val("ownerSVGElement", func(e *dom.Element) qjs.Value {
				for p := e.ParentElement(); p != nil; p = p.ParentElement() {
					if p.Namespace() == dom.SVGNamespace && p.LocalName() == "svg" {
						return p.Value()
					}
				}
				return qjs.Null()
			}),
		}, foreignOrHTML, handlerAttributes(GlobalEventHandlers)),
		Operations: focusOperations,
	}
	SVGGraphicsElementInterface = &webidl.Interface{Name: "SVGGraphicsElement", Parent: SVGElementInterface, Exposed: webidl.Window}
	SVGSVGElementInterface      = &webidl.Interface{Name: "SVGSVGElement", Parent: SVGGraphicsElementInterface, Exposed: webidl.Window}
	SVGScriptElementInterface   = &webidl.Interface{Name: "SVGScriptElement", Parent: SVGElementInterface, Exposed: webidl.Window}
	MathMLElementInterface      = &webidl.Interface{
		Name: "MathMLElement", Parent: dom.ElementInterface, Exposed: webidl.Window,
		Attributes: slices.Concat(foreignOrHTML, handlerAttributes(GlobalEventHandlers)), Operations: focusOperations,
	}
)
