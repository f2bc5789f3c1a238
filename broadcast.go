package entangle

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/entangle-go/entangle/clone"
)

// BroadcastChannel sends messages to, and gets them from, all other broadcast channels of its name
// in globals of the same storage key. All methods may be called concurrently. Messages of one
// sender arrive everywhere in their order; over all senders every channel of the name gets them in
// the same order.
//
// On a global with an event loop messages are pushed, to OnMessage; otherwise pulled, by Receive. A
// channel that listens lives until it is closed; one that does not, and that nobody holds, is
// closed by the garbage collector.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
type BroadcastChannel struct{ end *broadcastEnd }

// broadcastEnd is a broadcast channel without its handle, as the registry holds it.
type broadcastEnd struct {
	name   string
	global *Global
	group  *broadcastGroup
	closed atomic.Bool
	on     atomic.Pointer[broadcastListeners]

	mu           sync.Mutex // guards the fields below
	messageQueue            // if it is pulled
}

// broadcastListeners are the event handlers of a broadcast channel. Never changed, but replaced.
type broadcastListeners struct {
	listeners
	keep *BroadcastChannel // while it listens (SPEC 63)
}

// NewBroadcastChannel returns a channel of a name. One of a global that is closed, or
// nil, is closed.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-broadcastchannel
func NewBroadcastChannel(global *Global, name string) *BroadcastChannel {
	e := &broadcastEnd{name: name, global: global}
	b := &BroadcastChannel{e}
	if global == nil || !global.userAgent.broadcasts.join(e) {
		e.closed.Store(true)
		return b
	}
	runtime.AddCleanup(b, func(w weak.Pointer[broadcastEnd]) {
		if e := w.Value(); e != nil {
			e.close()
		}
	}, weak.Make(e))
	return b
}

// closedBroadcast is what a zero BroadcastChannel stands for.
var closedBroadcast = func() *broadcastEnd {
	e := new(broadcastEnd)
	e.closed.Store(true)
	return e
}()

func (b *BroadcastChannel) get() *broadcastEnd {
	if b == nil || b.end == nil {
		return closedBroadcast
	}
	return b.end
}

// Name returns the channel's name.
func (b *BroadcastChannel) Name() string { return b.get().name }

// PostMessage sends a message to all channels of the name but this one, those of the same global
// included. If the global is closed, or its document not fully active, nothing happens. The error
// is an InvalidStateError for a closed channel or a DataCloneError.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-broadcastchannel-postmessage
func (b *BroadcastChannel) PostMessage(message any) error {
	defer runtime.KeepAlive(b)
	e := b.get()
	// 1. Not eligible: nothing.
	if e.global != nil && !e.global.eligible() {
		return nil
	}
	// 2. Closed.
	if e.closed.Load() {
		return invalidStateError("the broadcast channel %q is closed", e.name)
	}
	// 3. Serialize.
	record, err := clone.Serialize(message)
	if err != nil {
		return err
	}
	// 4.-7. To each destination, in the order of creation.
	e.group.post(e, record)
	return nil
}

// Receive returns the next event, a message or a messageerror. Its error is final: ErrClosed,
// ErrPushed on a global with an event loop, or that of ctx.
func (b *BroadcastChannel) Receive(ctx context.Context) (*MessageEvent, error) {
	return b.receive(ctx, nil)
}

func (b *BroadcastChannel) receive(ctx context.Context, w *waiter) (*MessageEvent, error) {
	defer runtime.KeepAlive(b)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := b.get()
	e.mu.Lock()
	var err error
	switch {
	case e.closed.Load():
		err = ErrClosed
	case e.global.loop != nil:
		err = ErrPushed
	}
	if err != nil {
		e.mu.Unlock()
		return nil, err
	}
	var event *MessageEvent
	if e.first != nil {
		event = e.pop()
		e.mu.Unlock()
	} else {
		w, err = e.receivers.add(ctx, w)
		e.mu.Unlock()
		if err == nil {
			event, err = e.receivers.wait(ctx, &e.mu, w)
		}
		if err != nil {
			return nil, err
		}
	}
	event.deserialize(e.global)
	return event, nil
}

// Messages ranges over the events until the channel is closed, which is no error. Any other error
// of Receive is yielded last.
func (b *BroadcastChannel) Messages(ctx context.Context) iter.Seq2[*MessageEvent, error] {
	return b.get().receivers.messages(ctx, &b.get().mu, b.receive)
}

// OnMessage sets the listener for messages. The error is ErrPulled or ErrClosed.
func (b *BroadcastChannel) OnMessage(listener func(*MessageEvent)) error {
	return b.listen(func(on *listeners) { on.onmessage = listener })
}

// OnMessageError sets the listener for messages that cannot be deserialized. The error is
// ErrPulled or ErrClosed.
func (b *BroadcastChannel) OnMessageError(listener func(*MessageEvent)) error {
	return b.listen(func(on *listeners) { on.onmessageerror = listener })
}

func (b *BroadcastChannel) listen(set func(*listeners)) error {
	e := b.get()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return ErrClosed
	}
	if e.global.loop == nil {
		return ErrPulled
	}
	on := &broadcastListeners{}
	if old := e.on.Load(); old != nil {
		on.listeners = old.listeners
	}
	set(&on.listeners)
	if on.onmessage != nil || on.onmessageerror != nil {
		on.keep = b
	}
	e.on.Store(on)
	return nil
}

// Close closes the channel. What it got and did not dispatch is dropped.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-broadcastchannel-close
func (b *BroadcastChannel) Close() {
	b.get().close()
	runtime.KeepAlive(b)
}

func (e *broadcastEnd) close() {
	e.mu.Lock()
	before := e.closed.Swap(true)
	e.take()
	e.receivers.dismiss(ErrClosed)
	e.on.Store(nil)
	e.mu.Unlock()
	if !before {
		e.global.userAgent.broadcasts.leave(e)
	}
}

// push gives a message to a pulled channel.
func (e *broadcastEnd) push(event *MessageEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed.Load() {
		e.messageQueue.push(event)
	}
}
