package host

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/messaging"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// connectTo connects to a window by its name.
//
// https://wiki.whatwg.org/wiki/RemoteDocumentMessaging (2013)
func connectTo(c *qjs.Call, w *window) (qjs.Value, error) {
	name, err := webidl.DOMString(c.Realm, c.Arg(0))
	if err != nil {
		return qjs.Value{}, err
	}
	port, err := w.entangled.ConnectTo(name)
	if err != nil {
		return qjs.Value{}, err
	}
	return messaging.NewPort(w.settings.Realm, port), nil
}

// fireConnect fires the connect event of a port that arrived: at a window, or at the global of a
// shared worker.
//
// https://html.spec.whatwg.org/multipage/workers.html#dom-sharedworker (the steps
// that fire connect)
func fireConnect(s *settings.Object, target event.EventTarget, port *entangle.MessagePort) {
	defer s.Realm.Runtime().Enter()()
	v := messaging.NewPort(s.Realm, port)
	event.Dispatch(event.NewMessageEvent(s.Realm, "connect", event.MessageInit{
		Data: s.Realm.String(""), Source: v, Ports: []qjs.Value{v},
	}), target)
}
