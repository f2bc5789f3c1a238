package html

import (
	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Script is the state of a script element.
//
// https://html.spec.whatwg.org/multipage/scripting.html#script-processing-model
type Script struct {
	AlreadyStarted bool
	ForceAsync     bool
	parserInserted bool
}

// ScriptState returns the state of a script element.
func ScriptState(e *dom.Element) *Script {
	if s, ok := e.State.(*Script); ok {
		return s
	}
	return new(Script)
}

// prepare runs what inserting or filling a script element by script sets off.
func prepare(e *dom.Element) {
	h := e.Document().Hooks
	if s := ScriptState(e); s.parserInserted || s.AlreadyStarted || h == nil || h.PrepareScript == nil || !e.Connected() {
		return
	}
	h.PrepareScript(e, false)
}

var scriptKind = dom.Kind{
	Interface: HTMLScriptElementInterface,
	New:       func(e *dom.Element) { e.State = &Script{ForceAsync: true} },
	Connected: prepare,
	Cloned: func(copy, original *dom.Element) {
		ScriptState(copy).AlreadyStarted = ScriptState(original).AlreadyStarted
	},
	ChildrenChanged: prepare,
	AttributeChanged: func(e *dom.Element, a *dom.Attr, old, to *string) {
		switch {
		case a.LocalName() == "async" && a.Namespace() == "" && old == nil:
			ScriptState(e).ForceAsync = false
		case a.LocalName() == "src" && a.Namespace() == "" && old == nil && to != nil:
			prepare(e)
		}
	},
	Popped: func(e *dom.Element) { ScriptState(e).parserInserted = false },
}

// parsed is called with elements that a parser made.
func parsed(e *dom.Element, scripts bool) {
	if s, ok := e.State.(*Script); ok {
		s.parserInserted, s.ForceAsync = scripts, false
		s.AlreadyStarted = s.AlreadyStarted || !scripts
	}
}

// HTMLScriptElementInterface is https://html.spec.whatwg.org/multipage/scripting.html#htmlscriptelement.
var HTMLScriptElementInterface = subStatic("HTMLScriptElement",
	webidl.Operation{Name: "supports", Length: 1, Func: func(c *qjs.Call) (qjs.Value, error) {
		kind, err := dom.StringArg(c, 0)
		return qjs.Bool(kind == "classic" || kind == "module"), err
	}}, []webidl.Attribute{
		url("src", "src"), dom.Reflect("type", "type"), dom.ReflectBool("defer", "defer"), dom.ReflectBool("noModule", "nomodule"),
		dom.Flag("async", func(e *dom.Element) bool { return ScriptState(e).ForceAsync || e.Has("async") }, func(e *dom.Element, on bool) {
			ScriptState(e).ForceAsync = false
			e.SetBool("async", on)
		}),
		dom.Reflect("charset", "charset"), dom.Reflect("event", "event"), dom.Reflect("htmlFor", "for"), dom.Reflect("integrity", "integrity"),
		crossOrigin, dom.Reflect("referrerPolicy", "referrerpolicy"), childText,
	})

// childText is an attribute that is the child text content.
var childText = dom.TextSet("text", func(e *dom.Element) string { return e.ChildText() },
	func(e *dom.Element, text string) error { return e.StringReplaceAll(text) }, false)

var crossOrigin = webidl.Attribute{
	Name: "crossOrigin",
	Get: webidl.Getter(func(realm *qjs.Realm, e *dom.Element) (qjs.Value, error) {
		value, ok := e.Get("crossorigin")
		switch {
		case !ok:
			return qjs.Null(), nil
		case value == "use-credentials":
			return realm.String(value), nil
		}
		return realm.String("anonymous"), nil
	}),
	Set: webidl.Setter(func(realm *qjs.Realm, e *dom.Element, v qjs.Value) error {
		if v.IsNullish() {
			e.Unset("crossorigin")
			return nil
		}
		text, err := webidl.DOMString(realm, v)
		if err == nil {
			e.Set("crossorigin", text)
		}
		return err
	}),
}
