package html

import (
	"slices"
	"strings"

	"github.com/entangle-go/entangle/host/internal/dom"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// GlobalEventHandlers are the events that every element, document and window has an event handler
// attribute for.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#globaleventhandlers
var GlobalEventHandlers = strings.Fields(`abort animationcancel animationend animationiteration animationstart auxclick beforeinput
beforematch beforetoggle blur cancel canplay canplaythrough change click close contextlost contextmenu contextrestored copy cuechange cut
dblclick drag dragend dragenter dragleave dragover dragstart drop durationchange emptied ended error focus formdata gotpointercapture
input invalid keydown keypress keyup load loadeddata loadedmetadata loadstart lostpointercapture mousedown mouseenter mouseleave mousemove
mouseout mouseover mouseup paste pause play playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout pointerover
pointerup progress ratechange reset resize scroll scrollend securitypolicyviolation seeked seeking select selectionchange selectstart
slotchange stalled submit suspend timeupdate toggle transitioncancel transitionend transitionrun transitionstart volumechange waiting
wheel`)

// WindowEventHandlers are those that windows and body elements have besides.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#windoweventhandlers
var WindowEventHandlers = strings.Fields(`afterprint beforeprint beforeunload hashchange languagechange message messageerror offline online
pagehide pageshow popstate rejectionhandled storage unhandledrejection unload connect`)

// bodyForwards are the global event handlers that a body element has for its window.
var bodyForwards = []string{"blur", "error", "focus", "load", "resize", "scroll"}

var handlerNames = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range slices.Concat(GlobalEventHandlers, WindowEventHandlers) {
		set[name] = true
	}
	return set
}()

// handlerTarget determines the target of an event handler; nil for nobody.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#determining-the-target-of-an-event-handler
func handlerTarget(t event.EventTarget, name string) event.EventTarget {
	e, ok := t.(*dom.Element)
	if !ok || !e.Is("body") && !e.Is("frameset") { // 1.
		return t
	}
	if !slices.Contains(bodyForwards, name) && !slices.Contains(WindowEventHandlers, name) { // 2.
		return t
	}
	if h := e.Document().Hooks; h != nil && h.Window != nil { // 3. and 4.
		return h.Window(e.Document())
	}
	return nil
}

// handlerAttributes are the event handler attributes for a list of events.
func handlerAttributes(names []string) []webidl.Attribute {
	list := make([]webidl.Attribute, len(names))
	for i, name := range names {
		list[i] = event.HandlerAttributeOf(name, func(t event.EventTarget) event.EventTarget { return handlerTarget(t, name) })
	}
	return list
}

// handlerChanged is called when an attribute that begins with "on" changed.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-content-attributes
func handlerChanged(e *dom.Element, name string, value *string) {
	kind := strings.TrimPrefix(name, "on")
	if !handlerNames[kind] {
		return
	}
	if slices.Contains(WindowEventHandlers, kind) && !e.Is("body") && !e.Is("frameset") {
		return
	}
	t := handlerTarget(e, kind)
	if t == nil || e.Realm() == nil {
		return
	}
	body := ""
	if value != nil {
		body = *value
	}
	event.SetContentHandler(t, name, body, e.Document().URL, value != nil, func() []qjs.Value {
		scope := []qjs.Value{e.Document().Value()}
		if form := formOwner(e); form != nil {
			scope = append(scope, form.Value())
		}
		return append(scope, e.Value())
	})
}
