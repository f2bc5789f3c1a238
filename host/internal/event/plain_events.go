package event

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// HashChangeEvent is https://html.spec.whatwg.org/multipage/nav-history-apis.html#hashchangeevent.
type HashChangeEvent struct {
	Event
	oldURL, newURL string
}

// FireHashChange fires a hashchange event.
func FireHashChange(t EventTarget, oldURL, newURL string) bool {
	e := &HashChangeEvent{oldURL: oldURL, newURL: newURL}
	Create(e, t.target().Realm(), HashChangeEventInterface, "hashchange", Init{})
	return Dispatch(e, t)
}

// HashChangeEventInterface is the interface of [HashChangeEvent].
var HashChangeEventInterface = &webidl.Interface{
	Name: "HashChangeEvent", Parent: EventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &HashChangeEvent{}
		d, err := construct(c, &e.Event, "HashChangeEventInit")
		if err != nil {
			return nil, err
		}
		e.newURL = webidl.Member(d, "newURL", webidl.USVString, "")
		e.oldURL = webidl.Member(d, "oldURL", webidl.USVString, "")
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("oldURL", func(r *qjs.Realm, e *HashChangeEvent) qjs.Value { return r.String(e.oldURL) }),
		attribute("newURL", func(r *qjs.Realm, e *HashChangeEvent) qjs.Value { return r.String(e.newURL) }),
	},
}

// PopStateEvent is https://html.spec.whatwg.org/multipage/nav-history-apis.html#popstateevent.
type PopStateEvent struct {
	Event
	state                 *qjs.Ref
	hasUAVisualTransition bool
}

// Trace implements [qjs.Tracer].
func (e *PopStateEvent) Trace(visit func(*qjs.Ref)) { e.Event.Trace(visit); visit(e.state) }

// FirePopState fires a popstate event.
func FirePopState(t EventTarget, state qjs.Value) bool {
	e := &PopStateEvent{state: keep(t.target().Realm(), state, true)}
	Create(e, t.target().Realm(), PopStateEventInterface, "popstate", Init{})
	return Dispatch(e, t)
}

// PopStateEventInterface is the interface of [PopStateEvent].
var PopStateEventInterface = &webidl.Interface{
	Name: "PopStateEvent", Parent: EventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &PopStateEvent{}
		d, err := construct(c, &e.Event, "PopStateEventInit")
		if err != nil {
			return nil, err
		}
		e.hasUAVisualTransition = webidl.Member(d, "hasUAVisualTransition", webidl.Boolean, false)
		v, ok := d.Value("state")
		e.state = keep(c.Realm, v, ok)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("state", func(_ *qjs.Realm, e *PopStateEvent) qjs.Value { return orNull(e.state) }),
		attribute("hasUAVisualTransition", func(_ *qjs.Realm, e *PopStateEvent) qjs.Value { return qjs.Bool(e.hasUAVisualTransition) }),
	},
}

// PageTransitionEvent is https://html.spec.whatwg.org/multipage/nav-history-apis.html#pagetransitionevent.
type PageTransitionEvent struct {
	Event
	persisted bool
}

// FirePageTransition fires a page transition event: pageshow or pagehide.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#fire-a-page-transition-event
func FirePageTransition(t EventTarget, eventType string, persisted bool) bool {
	e := &PageTransitionEvent{persisted: persisted}
	Create(e, t.target().Realm(), PageTransitionEventInterface, eventType, Init{Bubbles: true, Cancelable: true})
	return Dispatch(e, t)
}

// PageTransitionEventInterface is the interface of [PageTransitionEvent].
var PageTransitionEventInterface = &webidl.Interface{
	Name: "PageTransitionEvent", Parent: EventInterface, Exposed: webidl.Window, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &PageTransitionEvent{}
		d, err := construct(c, &e.Event, "PageTransitionEventInit")
		if err != nil {
			return nil, err
		}
		e.persisted = webidl.Member(d, "persisted", webidl.Boolean, false)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("persisted", func(_ *qjs.Realm, e *PageTransitionEvent) qjs.Value { return qjs.Bool(e.persisted) }),
	},
}

// CloseEvent is https://websockets.spec.whatwg.org/#the-closeevent-interface.
type CloseEvent struct {
	Event
	CloseInit
}

// CloseInit holds the members of a close event.
type CloseInit struct {
	WasClean bool
	Code     int
	Reason   string
}

// FireClose fires a close event.
func FireClose(t EventTarget, init CloseInit) bool {
	e := &CloseEvent{CloseInit: init}
	Create(e, t.target().Realm(), CloseEventInterface, "close", Init{})
	return Dispatch(e, t)
}

// CloseEventInterface is the interface of [CloseEvent].
var CloseEventInterface = &webidl.Interface{
	Name: "CloseEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &CloseEvent{}
		d, err := construct(c, &e.Event, "CloseEventInit")
		if err != nil {
			return nil, err
		}
		e.Code = int(webidl.Member(d, "code", webidl.UnsignedShort, 0))
		e.Reason = webidl.Member(d, "reason", webidl.USVString, "")
		e.WasClean = webidl.Member(d, "wasClean", webidl.Boolean, false)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("wasClean", func(_ *qjs.Realm, e *CloseEvent) qjs.Value { return qjs.Bool(e.WasClean) }),
		attribute("code", func(r *qjs.Realm, e *CloseEvent) qjs.Value { return r.Int(e.Code) }),
		attribute("reason", func(r *qjs.Realm, e *CloseEvent) qjs.Value { return r.String(e.Reason) }),
	},
}

// ProgressEvent is https://xhr.spec.whatwg.org/#interface-progressevent.
type ProgressEvent struct {
	Event
	ProgressInit
}

// ProgressInit holds the members of a progress event.
type ProgressInit struct {
	LengthComputable bool
	Loaded, Total    float64
}

// FireProgress fires a progress event.
//
// https://xhr.spec.whatwg.org/#concept-event-fire-progress
func FireProgress(t EventTarget, eventType string, init ProgressInit) bool {
	e := &ProgressEvent{ProgressInit: init}
	Create(e, t.target().Realm(), ProgressEventInterface, eventType, Init{})
	return Dispatch(e, t)
}

// ProgressEventInterface is the interface of [ProgressEvent].
var ProgressEventInterface = &webidl.Interface{
	Name: "ProgressEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &ProgressEvent{}
		d, err := construct(c, &e.Event, "ProgressEventInit")
		if err != nil {
			return nil, err
		}
		e.LengthComputable = webidl.Member(d, "lengthComputable", webidl.Boolean, false)
		e.Loaded = webidl.Member(d, "loaded", webidl.Double, 0)
		e.Total = webidl.Member(d, "total", webidl.Double, 0)
		return e, d.Err()
	},
	Attributes: []webidl.Attribute{
		attribute("lengthComputable", func(_ *qjs.Realm, e *ProgressEvent) qjs.Value { return qjs.Bool(e.LengthComputable) }),
		attribute("loaded", func(_ *qjs.Realm, e *ProgressEvent) qjs.Value { return qjs.Number(e.Loaded) }),
		attribute("total", func(_ *qjs.Realm, e *ProgressEvent) qjs.Value { return qjs.Number(e.Total) }),
	},
}
