package messaging

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/heap"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// Deliver runs the last steps of all methods that post messages: it deserializes a received message
// in the target's realm, and fires message or messageerror at the target, which may be of another
// class than the port: a Worker, a global. source is the event's, or undefined.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps, step 7
func Deliver(realm *qjs.Realm, target event.EventTarget, e *entangle.MessageEvent, source qjs.Value) {
	if settings.Of(realm).Gone() {
		closeAll(e.Ports)
		return
	}
	scope := realm.Runtime().OpenScope()
	defer scope.Close()
	init := event.MessageInit{Origin: e.Origin, Source: source}
	if e.Type == "message" {
		// 1. The ports, then the value.
		ports := newPorts(realm, e.Ports)
		data, err := heap.Deserialize(realm, e.Record(), ports)
		if err == nil {
			// 2. Fire message.
			init.Data, init.Ports = data, ports
			event.Dispatch(event.NewMessageEvent(realm, "message", init), target)
			return
		}
		closeAll(e.Ports)
	}
	// 3. It cannot be deserialized here.
	event.Dispatch(event.NewMessageEvent(realm, "messageerror", init), target)
}

// closeAll closes ports that arrived with a message that could not be delivered.
func closeAll(ports []*entangle.MessagePort) {
	for _, port := range ports {
		port.Close()
	}
}

// structuredClone is https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone.
func structuredClone(c *qjs.Call) (qjs.Value, error) {
	options, err := webidl.ToDictionary(c.Realm, c.Arg(1), "StructuredSerializeOptions")
	if err != nil {
		return qjs.Value{}, err
	}
	transfer := webidl.Member(options, "transfer", objects, nil)
	if options.Err() != nil {
		return qjs.Value{}, options.Err()
	}
	// 1. Serialize.
	m := heap.NewMessage(c.Realm, c.Arg(0), transfer)
	record, err := clone.SerializeWithTransfer(m, m.Transfer())
	if err != nil {
		return qjs.Value{}, err
	}
	// 2. Deserialize in this's relevant realm.
	received, err := record.Receive(settings.Of(c.Realm).Messaging)
	if err != nil {
		return qjs.Value{}, err
	}
	var ports []*entangle.MessagePort
	for _, v := range received {
		if port, ok := v.(*entangle.MessagePort); ok {
			ports = append(ports, port)
		}
	}
	v, err := heap.Deserialize(c.Realm, record, newPorts(c.Realm, ports))
	if err != nil {
		closeAll(ports)
	}
	return v, err
}

// StructuredClone is the operation structuredClone of windows and workers.
var StructuredClone = webidl.Operation{Name: "structuredClone", Length: 1, Func: structuredClone}
