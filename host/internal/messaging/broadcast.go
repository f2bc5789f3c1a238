package messaging

import (
	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/host/internal/event"
	"github.com/entangle-go/entangle/host/internal/heap"
	"github.com/entangle-go/entangle/host/internal/qjs"
	"github.com/entangle-go/entangle/host/internal/settings"
	"github.com/entangle-go/entangle/host/internal/webidl"
)

// broadcastChannel is a BroadcastChannel object.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
type broadcastChannel struct {
	event.Target
	channel   *entangle.BroadcastChannel
	listening bool
	kept      bool
	closed    bool
}

// BroadcastChannelInterface is the interface BroadcastChannel.
var BroadcastChannelInterface = &webidl.Interface{
	Name: "BroadcastChannel", Parent: event.EventTargetInterface, Exposed: webidl.Everywhere,
	ConstructorLength: 1,
	Constructor: func(c *qjs.Call) (any, error) {
		name, err := webidl.DOMString(c.Realm, c.Arg(0))
		if err != nil {
			return nil, err
		}
		return &broadcastChannel{channel: entangle.NewBroadcastChannel(settings.Of(c.Realm).Messaging, name)}, nil
	},
	Attributes: []webidl.Attribute{
		{Name: "name", Get: webidl.Getter(func(r *qjs.Realm, b *broadcastChannel) (qjs.Value, error) {
			return r.String(b.channel.Name()), nil
		})},
		event.HandlerAttribute("message"),
		event.HandlerAttribute("messageerror"),
	},
	Operations: []webidl.Operation{
		{Name: "postMessage", Length: 1, Func: webidl.Method(func(c *qjs.Call, b *broadcastChannel) (qjs.Value, error) {
			return qjs.Value{}, b.channel.PostMessage(heap.NewMessage(c.Realm, c.Arg(0), nil))
		})},
		{Name: "close", Func: webidl.Method(func(_ *qjs.Call, b *broadcastChannel) (qjs.Value, error) {
			b.closed = true
			b.channel.Close()
			b.keep(false)
			return qjs.Value{}, nil
		})},
	},
}

// ListenersChanged is called when a listener came or went.
func (b *broadcastChannel) ListenersChanged(eventType string) {
	if b.closed || eventType != "message" && eventType != "messageerror" {
		return
	}
	if !b.listening {
		b.listening = true
		deliver := func(e *entangle.MessageEvent) { Deliver(b.Realm(), b, e, qjs.Undefined()) }
		if b.channel.OnMessage(deliver) != nil || b.channel.OnMessageError(deliver) != nil { // its global is gone
			b.closed = true
			return
		}
	}
	b.keep(b.HasListener("message") || b.HasListener("messageerror"))
}

// keep sets whether the channel is protected from garbage collection.
func (b *broadcastChannel) keep(kept bool) {
	if kept == b.kept {
		return
	}
	b.kept = kept
	if kept {
		webidl.Keep(b)
	} else {
		webidl.Unkeep(b)
	}
}

// Finalize closes an unreachable channel.
func (b *broadcastChannel) Finalize() {
	b.Target.Finalize()
	b.channel.Close()
}
