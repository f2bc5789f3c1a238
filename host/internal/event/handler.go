package event

import (
	"strings"

	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// handler is an event handler: null, a callback, or source text that was not compiled yet.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handlers
type handler struct {
	name     string // "onclick"
	callback *webidl.Callback
	source   *source // an internal raw uncompiled handler; callback is nil then
	listener *listener
}

// source is an internal raw uncompiled handler.
type source struct {
	body  string
	url   string
	scope func() []qjs.Value
}

func (t *Target) handler(name string) *handler {
	for _, h := range t.handlers {
		if h.name == name {
			return h
		}
	}
	return nil
}

// handlerOf returns the target's event handler of a name, which is made if there is none.
func (t *Target) handlerOf(name string) *handler {
	h := t.handler(name)
	if h == nil {
		h = &handler{name: name}
		t.handlers = append(t.handlers, h)
	}
	return h
}

// HandlerAttribute returns the event handler IDL attribute of events of a type: onmessage for
// "message". It calls the functions after a script has set the attribute, also to null.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-idl-attributes
func HandlerAttribute(eventType string, wasSet ...func(t EventTarget)) webidl.Attribute {
	return HandlerAttributeOf(eventType, func(t EventTarget) EventTarget { return t }, wasSet...)
}

// HandlerAttributeOf is HandlerAttribute of an object whose event handler may be another's, such
// as that of a body element, which is its window's. If there is no such object, nil, the
// attribute is null.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#determining-the-target-of-an-event-handler
func HandlerAttributeOf(eventType string, determine func(t EventTarget) EventTarget, wasSet ...func(t EventTarget)) webidl.Attribute {
	name := "on" + eventType
	return webidl.Attribute{
		Name: name,
		Get: webidl.Getter(func(_ *qjs.Realm, t EventTarget) (qjs.Value, error) {
			if t = determine(t); t == nil {
				return qjs.Null(), nil
			}
			return t.target().handler(name).value(t).Value(), nil
		}),
		Set: webidl.Setter(func(realm *qjs.Realm, t EventTarget, v qjs.Value) error {
			if t = determine(t); t == nil {
				return nil
			}
			callback, err := webidl.LegacyTreatNonObjectAsNull(realm, v)
			if err != nil {
				return err
			}
			setHandler(t, name, callback, nil)
			for _, f := range wasSet {
				f(t)
			}
			return nil
		}),
	}
}

// SetContentHandler sets an event handler content attribute, such as "onclick", or removes it if
// present is false. scope returns the objects in which names of the body are looked up, the
// outermost first: the document, the form owner, the element. It is called when the handler is
// first needed and compiled.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-content-attributes
func SetContentHandler(t EventTarget, name, body, url string, present bool, scope func() []qjs.Value) {
	if present {
		setHandler(t, name, nil, &source{body, url, scope})
	} else {
		setHandler(t, name, nil, nil)
	}
}

// setHandler sets an event handler and activates it, or deactivates it when there is
// nothing to set.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#activate-an-event-handler
// and #deactivate-an-event-handler
func setHandler(t EventTarget, name string, callback *webidl.Callback, text *source) {
	h := t.target().handler(name)
	if callback == nil && text == nil && h == nil {
		return
	}
	h = t.target().handlerOf(name)
	h.callback.Free()
	h.callback, h.source = callback, text
	switch {
	case callback == nil && text == nil:
		if h.listener != nil {
			discard(t, h.listener)
			h.listener = nil
		}
	case h.listener == nil:
		h.listener = &listener{eventType: strings.TrimPrefix(name, "on"), handler: h}
		add(t, h.listener)
	}
}

// value gets the current value of the event handler: it compiles one that is source text.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#getting-the-current-value-of-the-event-handler
func (h *handler) value(t EventTarget) *webidl.Callback {
	if h == nil {
		return nil
	}
	if h.source != nil {
		text := h.source
		h.source = nil
		realm := t.target().Realm()
		f, err := text.compile(realm, h.name, h.name == "onerror" && GlobalTarget(realm) == t)
		if err != nil {
			webidl.ReportException(realm, err)
			return nil
		}
		h.callback, _ = webidl.LegacyTreatNonObjectAsNull(realm, f) // it cannot fail
	}
	return h.callback
}

// compile makes the function of source text.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#getting-the-current-value-of-the-event-handler,
// steps 3.1 to 3.13
//
// DEVIATION: its scopes are with statements around it: the engine has no other way to give a
// function object environments.
func (s *source) compile(realm *qjs.Realm, name string, windowError bool) (qjs.Value, error) {
	parameters := "event"
	if windowError {
		parameters = "event, source, lineno, colno, error"
	}
	// 1. The body must be a function body by itself.
	if _, err := realm.Intrinsic("Function").Construct(realm, realm.String(parameters), realm.String(s.body)); err != nil {
		return qjs.Value{}, err
	}
	var scope []qjs.Value
	if s.scope != nil {
		scope = s.scope()
	}
	var b strings.Builder
	b.WriteString("(function () { ")
	for i := range scope {
		b.WriteString("with (arguments[" + string(rune('0'+i)) + "]) ")
	}
	b.WriteString("return function " + name + "(" + parameters + ") {\n" + s.body + "\n} })")
	url := s.url
	if url == "" {
		url = settings.Of(realm).CreationURL
	}
	maker, err := realm.Eval(b.String(), url)
	if err != nil {
		return qjs.Value{}, err
	}
	return maker.Call(realm, qjs.Undefined(), scope...)
}

// process is the event handler processing algorithm.
//
// https://html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
func (h *handler) process(o Object, t EventTarget, this, wrapper qjs.Value) error {
	// 1. and 2.
	callback := h.value(t)
	if callback == nil {
		return nil
	}
	// 3. Errors at a global are special: their handler gets five arguments.
	e := o.event()
	args := []qjs.Value{wrapper}
	failure, special := o.(*ErrorEvent)
	special = special && e.eventType == "error" && GlobalTarget(t.target().Realm()) == t
	if special {
		realm := t.target().Realm()
		args = []qjs.Value{
			realm.String(failure.message), realm.String(failure.filename), realm.Int(failure.lineno), realm.Int(failure.colno),
			failure.error.Value(),
		}
	}
	// 4. Invoke the callback; what it throws is reported by the caller.
	v, err := callback.Call(this, args...)
	if err != nil {
		return err
	}
	// 5. Process the return value.
	if unload, ok := o.(*BeforeUnloadEvent); ok && e.eventType == "beforeunload" {
		if !v.IsNullish() {
			e.canceled = e.canceled || e.cancelable
			if unload.returnValue == "" {
				if unload.returnValue, err = v.ToString(t.target().Realm()); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if v.IsBool() && v.Bool() == special {
		e.canceled = e.canceled || e.cancelable
	}
	return nil
}
