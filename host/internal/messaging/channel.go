package messaging

import (
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// channel is a MessageChannel object.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels
type channel struct {
	webidl.Platform
	ports [2]*qjs.Ref
}

// Trace implements [qjs.Tracer].
func (c *channel) Trace(visit func(*qjs.Ref)) {
	visit(c.ports[0])
	visit(c.ports[1])
}

// MessageChannelInterface is the interface MessageChannel.
var MessageChannelInterface = &webidl.Interface{
	Name: "MessageChannel", Exposed: webidl.Everywhere,
	Constructor: func(c *qjs.Call) (any, error) {
		mc := settings.Of(c.Realm).Messaging.NewMessageChannel()
		rt := c.Runtime()
		return &channel{ports: [2]*qjs.Ref{rt.NewRef(NewPort(c.Realm, mc.Port1)), rt.NewRef(NewPort(c.Realm, mc.Port2))}}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "port1", Get: webidl.Getter(func(_ *qjs.Realm, c *channel) (qjs.Value, error) { return c.ports[0].Value(), nil })},
		{Name: "port2", Get: webidl.Getter(func(_ *qjs.Realm, c *channel) (qjs.Value, error) { return c.ports[1].Value(), nil })},
	},
}
