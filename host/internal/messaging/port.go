package messaging

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Port is a MessagePort object of script.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports
type Port struct {
	event.Target
	port      *entangle.MessagePort
	listening bool // the port reports messages and its end
	kept      bool // it has listeners, and is protected from garbage collection
	over      bool // nothing can come any more
}

// MessagePortInterface is the interface MessagePort.
var MessagePortInterface = &webidl.Interface{
	Name: "MessagePort", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	Attributes: []webidl.Attribute{
		event.HandlerAttribute("message", func(t event.EventTarget) { t.(*Port).port.Start() }),
		event.HandlerAttribute("messageerror"),
		event.HandlerAttribute("close"),
	},
	Operations: []webidl.Operation{
		{Name: "postMessage", Length: 1, Func: webidl.Method(func(c *qjs.Call, p *Port) (qjs.Value, error) {
			return qjs.Value{}, PostMessage(c, p.port)
		})},
		{Name: "start", Func: webidl.Method(func(_ *qjs.Call, p *Port) (qjs.Value, error) {
			p.port.Start()
			return qjs.Value{}, nil
		})},
		{Name: "close", Func: webidl.Method(func(_ *qjs.Call, p *Port) (qjs.Value, error) {
			p.port.Close()
			p.end()
			return qjs.Value{}, nil
		})},
	},
}

// NewPort returns the MessagePort object of a port that belongs to the realm's global
// and has none yet.
func NewPort(realm *qjs.Realm, port *entangle.MessagePort) qjs.Value {
	return webidl.Wrap(realm, MessagePortInterface, &Port{port: port})
}

// newPorts makes the objects of ports that were received in the realm.
func newPorts(realm *qjs.Realm, ports []*entangle.MessagePort) []qjs.Value {
	if len(ports) == 0 {
		return nil
	}
	values := make([]qjs.Value, len(ports))
	for i, port := range ports {
		values[i] = NewPort(realm, port)
	}
	return values
}

// Adopt gives a port to a realm: it detaches the port and returns a MessagePort object of the
// realm, not started. The error is [entangle.ErrDetached] or [entangle.ErrClosed].
func Adopt(realm *qjs.Realm, port *entangle.MessagePort) (qjs.Value, error) {
	adopted, err := settings.Of(realm).Messaging.Adopt(port)
	if err != nil {
		return qjs.Value{}, err
	}
	return NewPort(realm, adopted), nil
}

// Release detaches a MessagePort object and returns its port for a program that pulls messages. The
// error is a TypeError if the value is no MessagePort, [entangle.ErrDetached] or
// [entangle.ErrClosed].
func Release(v qjs.Value) (*entangle.MessagePort, error) {
	p, ok := webidl.As[*Port](v)
	if !ok {
		return nil, webidl.TypeError("the value is not of type 'MessagePort'")
	}
	port, err := p.port.Release()
	if err == nil {
		p.end()
	}
	return port, err
}

// Transferable implements [heap.Transferable].
func (p *Port) Transferable() clone.Transferable { return p.port }

// Transferred implements [heap.Transferable].
func (p *Port) Transferred() { p.end() }

// IsMessageEventSource makes the port a possible source of a MessageEvent.
func (p *Port) IsMessageEventSource() {}

// ListenersChanged is called when a listener came or went. A port that listens is kept until
// the channel's end; also for its close event, since this engine collects at once what
// nobody can reach.
//
// OPTIMIZATION: a port that nobody listens to costs nothing.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#ports-and-garbage-collection
func (p *Port) ListenersChanged(eventType string) {
	switch eventType {
	case "message", "messageerror", "close":
	default:
		return
	}
	if p.over {
		return
	}
	if !p.listening {
		p.listening = true
		if p.port.Listen(p.deliver, p.deliver, p.closed) != nil { // it is detached
			p.end()
			return
		}
	}
	p.keep(p.HasListener("message") || p.HasListener("messageerror") || p.HasListener("close"))
}

// keep sets whether the port is protected from garbage collection.
func (p *Port) keep(kept bool) {
	if kept == p.kept {
		return
	}
	p.kept = kept
	if kept {
		webidl.Keep(p)
	} else {
		webidl.Unkeep(p)
	}
}

// end is called when the object is detached, or the channel at its end.
func (p *Port) end() {
	p.over = true
	p.keep(false)
}

// Finalize closes an unreachable port.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#ports-and-garbage-collection
func (p *Port) Finalize() {
	p.Target.Finalize()
	p.port.Close()
}

// deliver fires a message or messageerror at the port.
func (p *Port) deliver(e *entangle.MessageEvent) { Deliver(p.Realm(), p, e, qjs.Undefined()) }

// closed fires close at the port.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#disentangle
func (p *Port) closed() {
	if settings.Of(p.Realm()).Gone() {
		return
	}
	defer p.Realm().Runtime().Enter()()
	webidl.ValueOf(p) // it stays until the listeners were called
	p.end()
	event.Fire(p, "close", event.Init{})
}
