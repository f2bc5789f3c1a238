package event

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// MessageEvent is https://html.spec.whatwg.org/multipage/comms.html#messageevent.
type MessageEvent struct {
	Event
	data        *qjs.Ref
	origin      entangle.Origin // of an event that the host made
	originText  string          // of one that a script made
	lastEventID string
	source      *qjs.Ref // nil: null
	ports       *qjs.Ref // a frozen array; nil: an empty one that nobody asked for yet
}

// Trace implements [qjs.Tracer].
func (e *MessageEvent) Trace(visit func(*qjs.Ref)) {
	e.Event.Trace(visit)
	visit(e.data)
	visit(e.source)
	visit(e.ports)
}

// MessageInit holds the members of a message event that the host makes.
type MessageInit struct {
	Data        qjs.Value // ignored for a messageerror, whose data is null
	Origin      entangle.Origin
	LastEventID string
	Source      qjs.Value // undefined: null
	Ports       []qjs.Value
	Cancelable  bool
}

// NewMessageEvent creates a trusted message event: of the type "message",
// "messageerror" or "connect".
func NewMessageEvent(realm *qjs.Realm, eventType string, init MessageInit) *MessageEvent {
	e := &MessageEvent{origin: init.Origin, lastEventID: init.LastEventID}
	Create(e, realm, MessageEventInterface, eventType, Init{Cancelable: init.Cancelable})
	e.data = keep(realm, init.Data, eventType != "messageerror")
	e.source = keep(realm, init.Source, init.Source.IsObject())
	if len(init.Ports) > 0 {
		e.ports = keep(realm, webidl.FrozenArray(realm, init.Ports...), true)
	}
	return e
}

// Origin extracts an origin: that of an event that the host made. ok is false for one that a script
// made, and if there is none.
//
// https://html.spec.whatwg.org/multipage/comms.html#messageevent (extract an origin)
func (e *MessageEvent) Origin() (origin entangle.Origin, ok bool) {
	return e.origin, !e.origin.IsZero()
}

// portsValue returns the frozen array: the same at every read.
func (e *MessageEvent) portsValue() qjs.Value {
	if e.ports == nil {
		e.ports = keep(e.Realm(), webidl.FrozenArray(e.Realm()), true)
	}
	return e.ports.Value()
}

// A WindowProxy is an object that stands for a window of another origin.
type WindowProxy interface{ IsWindowProxy() }

// messageEventSource is the conversion to MessageEventSource?, which is a window, a message port or
// a service worker.
//
// https://html.spec.whatwg.org/multipage/comms.html#messageeventsource
func messageEventSource(realm *qjs.Realm, v qjs.Value) (qjs.Value, error) {
	if v.IsNullish() {
		return qjs.Null(), nil
	}
	if _, ok := webidl.As[WindowProxy](v); ok {
		return v, nil
	}
	o, err := webidl.To[webidl.Object]("MessageEventSource")(realm, v)
	if err == nil {
		switch webidl.InterfaceOf(o).Name {
		case "Window", "MessagePort", "ServiceWorker":
		default:
			err = webidl.TypeError("the value is not of type 'MessageEventSource'")
		}
	}
	return v, err
}

var ports = webidl.SequenceOf(func(realm *qjs.Realm, v qjs.Value) (qjs.Value, error) {
	port, err := webidl.To[webidl.Object]("MessagePort")(realm, v)
	if err == nil && webidl.InterfaceOf(port).Name != "MessagePort" {
		err = webidl.TypeError("the value is not of type 'MessagePort'")
	}
	return v, err
})

// MessageEventInterface is the interface of [MessageEvent].
var MessageEventInterface = &webidl.Interface{
	Name: "MessageEvent", Parent: EventInterface, Exposed: webidl.Everywhere, ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		e := &MessageEvent{}
		d, err := construct(c, &e.Event, "MessageEventInit")
		if err != nil {
			return nil, err
		}
		data, hasData := d.Value("data")
		e.lastEventID = webidl.Member(d, "lastEventId", webidl.DOMString, "")
		e.originText = webidl.Member(d, "origin", webidl.USVString, "")
		given := webidl.Member(d, "ports", ports, nil)
		source := webidl.Member(d, "source", messageEventSource, qjs.Null())
		if d.Err() != nil {
			return nil, d.Err()
		}
		e.set(c.Realm, data, hasData, source, given)
		return e, nil
	},
	Attributes: []webidl.Attribute{
		attribute("data", func(_ *qjs.Realm, e *MessageEvent) qjs.Value { return orNull(e.data) }),
		attribute("origin", func(r *qjs.Realm, e *MessageEvent) qjs.Value {
			if e.origin.IsZero() {
				return r.String(e.originText)
			}
			return r.String(e.origin.String())
		}),
		attribute("lastEventId", func(r *qjs.Realm, e *MessageEvent) qjs.Value { return r.String(e.lastEventID) }),
		attribute("source", func(_ *qjs.Realm, e *MessageEvent) qjs.Value { return orNull(e.source) }),
		attribute("ports", func(_ *qjs.Realm, e *MessageEvent) qjs.Value { return e.portsValue() }),
	},
	Operations: []webidl.Operation{{Name: "initMessageEvent", Length: 1, Func: webidl.Method(initMessageEvent)}},
}

func (e *MessageEvent) set(realm *qjs.Realm, data qjs.Value, hasData bool, source qjs.Value, ports []qjs.Value) {
	e.data.Free()
	e.source.Free()
	e.ports.Free()
	e.data, e.source, e.ports = keep(realm, data, hasData), keep(realm, source, source.IsObject()), nil
	if len(ports) > 0 {
		e.ports = keep(realm, webidl.FrozenArray(realm, ports...), true)
	}
}

// initMessageEvent is https://html.spec.whatwg.org/multipage/comms.html#dom-messageevent-initmessageevent.
func initMessageEvent(c *qjs.Call, e *MessageEvent) (qjs.Value, error) {
	text := func(i int, convert webidl.Convert[string]) (string, error) {
		if c.Arg(i).IsUndefined() {
			return "", nil
		}
		return convert(c.Realm, c.Arg(i))
	}
	eventType, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	origin, err := text(4, webidl.USVString)
	if err != nil {
		return qjs.Value{}, err
	}
	lastEventID, err := text(5, webidl.DOMString)
	if err != nil {
		return qjs.Value{}, err
	}
	source, err := messageEventSource(c.Realm, c.Arg(6))
	if err != nil {
		return qjs.Value{}, err
	}
	var given []qjs.Value
	if v := c.Arg(7); !v.IsUndefined() {
		if given, err = ports(c.Realm, v); err != nil {
			return qjs.Value{}, err
		}
	}
	if e.dispatching {
		return qjs.Value{}, nil
	}
	e.initialize(eventType, c.Arg(1).Bool(), c.Arg(2).Bool())
	e.origin, e.originText, e.lastEventID = entangle.Origin{}, origin, lastEventID
	e.set(c.Realm, c.Arg(3), !c.Arg(3).IsUndefined(), source, given)
	return qjs.Value{}, nil
}
