package entangle

import (
	"context"
	"iter"
	"runtime"

	"github.com/entangle-go/entangle/clone"
)

// Transferable is what may stand in a transfer list: a [*MessagePort], a [*clone.ArrayBuffer].
type Transferable = clone.Transferable

// MessagePort is one of the two ports of a channel: the right to talk to whoever holds the other
// one. All methods may be called concurrently.
//
// A port is either pulled, by Receive or Messages, or pushed, by the event loop of the
// [Global] that it belongs to, to OnMessage. Its messages wait until it is started, which
// Receive and OnMessage do.
//
// A port is given away in a transfer list. From then on the messages go to the new holder, also
// those that wait already; this *MessagePort is detached. Close a port that is no longer needed.
// One that nobody holds any more is closed by the garbage collector, some time.
//
// # Order
//
// What one goroutine posts to a port arrives in that order, as does what several post if they
// take turns: a message whose PostMessage returned before another one's was called arrives before
// it. Messages posted at the same time arrive in some order. Close arrives after all messages
// posted before it.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports
type MessagePort struct {
	channel *channel
	turn    uint64 // the end's, when this handle was made
}

// end returns the end that the port stands for, or ErrDetached. channel.mu is held.
func (p *MessagePort) end() (*end, error) {
	e := &p.channel.ends[p.turn&1]
	if e.turn != p.turn {
		return e, ErrDetached
	}
	return e, nil
}

// open is end for a port that must not be closed.
func (p *MessagePort) open() (*end, error) {
	e, err := p.end()
	if err == nil && e.closed {
		err = ErrClosed
	}
	return e, err
}

// blank reports whether there is no end behind the handle.
func (p *MessagePort) blank() bool { return p == nil || p.channel == nil }

// PostMessage sends a message to the other port: a structured clone of it, taken before PostMessage
// returns. What is in transfer moves to the receiver and is detached here. It never waits. The
// error is a DataCloneError; nil says nothing about the receiver: a message that is posted when
// there is no other port any more goes nowhere, as do the ports in it. A program that wants to be
// told, or to wait for a slow receiver, uses [MessagePort.Post].
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps
func (p *MessagePort) PostMessage(message any, transfer ...Transferable) error {
	defer runtime.KeepAlive(p)
	event, doomed, err := p.serialize(message, transfer)
	if err != nil || doomed {
		return err
	}
	err = p.send(context.Background(), false, event)
	if _, ended := err.(CloseError); ended || err == ErrDetached {
		return nil
	}
	return err
}

// Post is PostMessage for programs: it waits while 1024 messages wait at the other side, or 4 MiB
// if that is elsewhere, or until ctx is done. The errors are those of PostMessage and, if the
// message was not sent, ErrClosed, ErrLost, ErrDetached and those of ctx. If it fails nothing was
// transferred, except with a DataCloneError for one of several transferables, or when the channel
// was closed during the call. On the goroutine of the loop that must receive the messages it would
// wait for itself.
func (p *MessagePort) Post(ctx context.Context, message any, transfer ...Transferable) error {
	defer runtime.KeepAlive(p)
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(transfer) > 0 { // what is transferred must not be gone when ctx is done
		if err := p.awaitWindow(ctx); err != nil {
			return err
		}
	}
	event, doomed, err := p.serialize(message, transfer)
	if err != nil || doomed {
		return err
	}
	return p.send(ctx, len(transfer) == 0, event)
}

// serialize runs the message port post message steps up to the message's record. A doomed message
// was discarded.
func (p *MessagePort) serialize(message any, transfer []Transferable) (event *MessageEvent, doomed bool, err error) {
	// 1. The source port must not be in transfer. A message that carries its own target is doomed:
	//    everything happens, but it is not sent.
	for _, t := range transfer {
		if port, ok := t.(*MessagePort); ok && !port.blank() {
			if port == p {
				return nil, false, dataCloneError("a port cannot be transferred through itself")
			}
			doomed = doomed || !p.blank() && port.isPartnerOf(p)
		}
	}
	// 2. Serialize; also if there is nobody to send to.
	event, err = newMessage(message, transfer)
	if err == nil && doomed {
		p.holder().trace(event, p.holder(), nil, "it carries the port that it is posted to")
		discard(event.record)
	}
	return event, doomed, err
}

// isPartnerOf reports whether p is the current handle of the other end of the port's channel.
func (p *MessagePort) isPartnerOf(port *MessagePort) bool {
	if p.channel != port.channel || p.turn&1 == port.turn&1 {
		return false
	}
	p.channel.mu.Lock()
	defer p.channel.mu.Unlock()
	_, err := p.open()
	return err == nil
}

// send appends a message to the queue of the other end; it may wait until that has caught up. A
// message that is not sent is discarded.
func (p *MessagePort) send(ctx context.Context, wait bool, event *MessageEvent) error {
	if p.blank() {
		discard(event.record)
		return ErrDetached
	}
	c := p.channel
	err := p.lockForPosting(ctx, wait)
	if err == nil {
		e := &c.ends[p.turn&1]
		event.from = e.global
		if e.peer() == nil {
			c.push(p.turn&1^1, event)
		} else if err = e.attached.peer.Post(event.record); err == nil {
			e.attached.behind++
			e.attached.bytes += event.record.Size()
		}
		c.mu.Unlock()
	}
	if err != nil {
		p.holder().trace(event, p.holder(), nil, err.Error())
		discard(event.record)
	}
	return err
}

// holder returns the global that the port belongs to, nil if it has none.
func (p *MessagePort) holder() *Global {
	p.channel.mu.Lock()
	defer p.channel.mu.Unlock()
	if e := &p.channel.ends[p.turn&1]; e.turn == p.turn {
		return e.global
	}
	return nil
}

// awaitWindow waits until the other side has caught up.
func (p *MessagePort) awaitWindow(ctx context.Context) error {
	if p.blank() {
		return ErrDetached
	}
	err := p.lockForPosting(ctx, true)
	if err == nil {
		p.channel.mu.Unlock()
	}
	return err
}

// lockForPosting takes the channel's lock, if the port can post. It may wait until the other side
// has caught up.
func (p *MessagePort) lockForPosting(ctx context.Context, wait bool) error {
	c := p.channel
	c.mu.Lock()
	for {
		e, err := p.open()
		if err == nil && e.ended {
			err = e.endError()
		}
		if err != nil {
			c.mu.Unlock()
			return err
		}
		if !wait || !c.behind(p.turn&1) {
			return nil
		}
		senders := &e.attach().senders
		w, err := senders.add(ctx, nil)
		c.mu.Unlock()
		if err == nil {
			_, err = senders.wait(ctx, &c.mu, w)
		}
		if err != nil {
			return err
		}
		c.mu.Lock()
	}
}

// Receive starts the port and returns its next event: a message, or a messageerror. Its error is
// final: a [CloseError] after the last message, which is ErrClosed if the other port or this one
// was closed, else ErrLost; ErrDetached; ErrPushed on an event loop's port; or that of ctx, which
// may be called again with another one. A Receive that fails took no message. Several goroutines
// may receive; each message goes to one of them, the one that has waited longest.
func (p *MessagePort) Receive(ctx context.Context) (*MessageEvent, error) { return p.receive(ctx, nil) }

func (p *MessagePort) receive(ctx context.Context, w *waiter) (*MessageEvent, error) {
	defer runtime.KeepAlive(p)
	if p.blank() {
		return nil, ErrDetached
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	event, realm, err := p.take(ctx, w)
	if err != nil {
		return nil, err
	}
	event.deserialize(realm)
	return event, nil
}

// take takes the next message.
func (p *MessagePort) take(ctx context.Context, w *waiter) (*MessageEvent, *Global, error) {
	c, side := p.channel, p.turn&1
	e, batch := &c.ends[side], &c.batches[side]
	batch.mu.Lock()
	_, err := p.open()
	if err == nil && e.loop() != nil {
		err = ErrPushed
	}
	if err != nil {
		batch.mu.Unlock()
		return nil, nil, err
	}
	realm := e.global
	if batch.first == nil {
		c.mu.Lock()
		e.enabled = true
		if e.first == nil {
			c.watchEnd(side ^ 1)
			w, err = e.receivers.add(ctx, w)
			c.mu.Unlock()
			batch.mu.Unlock()
			if err != nil {
				return nil, nil, err
			}
			event, err := e.receivers.wait(ctx, &c.mu, w)
			return event, realm, err
		}
		c.fetch(side)
		c.mu.Unlock()
	}
	if batch.first.Type == closeType { // it stays
		c.mu.Lock()
		err = e.endError()
		c.mu.Unlock()
		batch.mu.Unlock()
		return nil, nil, err
	}
	event := batch.take()
	batch.mu.Unlock()
	return event, realm, nil
}

// Messages starts the port and ranges over its events until the channel ends: a [CloseError],
// whatever its reason, is no error here, for so conversations end; [MessagePort.Err] says which it
// was. Any other error of Receive is yielded last. Breaking off leaves the port open, and every
// message that was not yielded in it.
func (p *MessagePort) Messages(ctx context.Context) iter.Seq2[*MessageEvent, error] {
	if p.blank() {
		return func(yield func(*MessageEvent, error) bool) { yield(nil, ErrDetached) }
	}
	return p.channel.ends[p.turn&1].receivers.messages(ctx, &p.channel.mu, p.receive)
}

// Err returns why no more messages come: nil while they may, else a [CloseError], which is
// [ErrClosed] or [ErrLost], for good, whatever is closed later; or ErrDetached. It does not wait:
// messages that came before the end may still be in the port, and Receive returns them first.
func (p *MessagePort) Err() error {
	if p.blank() {
		return ErrDetached
	}
	defer runtime.KeepAlive(p)
	p.channel.mu.Lock()
	defer p.channel.mu.Unlock()
	e, err := p.open()
	if err != ErrDetached && e.ended {
		return e.endError()
	}
	return err
}

// Receive returns the next message of a port as a T. Besides the errors of [MessagePort.Receive] it
// has those of [MessageEvent.Decode]: then the message is gone, and the next one can be received.
// Ports that came with the message and are not in the T are lost.
func Receive[T any](ctx context.Context, port *MessagePort) (T, error) {
	var value T
	event, err := port.Receive(ctx)
	if err == nil {
		err = event.Decode(&value)
	}
	return value, err
}

// Start starts the port: its messages are dispatched from now on.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-start
func (p *MessagePort) Start() {
	if p.blank() {
		return
	}
	c := p.channel
	c.mu.Lock()
	if e, err := p.open(); err == nil && !e.enabled {
		e.enabled = true
		c.queueTasks(p.turn & 1)
	}
	c.mu.Unlock()
	runtime.KeepAlive(p)
}

// Close closes the channel. Messages that this port got and did not dispatch are dropped; those
// that it posted arrive, then the other port's OnClose is called or its Receive returns ErrClosed.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-close
func (p *MessagePort) Close() {
	if !p.blank() {
		p.channel.closePort(p.turn)
		runtime.KeepAlive(p)
	}
}

// OnMessage sets the listener for messages, and starts the port. nil is no listener; it starts the
// port too. While a port listens, and its peer is there, it need not be held by anybody. The error
// is ErrPulled, ErrDetached or ErrClosed.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#handler-messageeventtarget-onmessage
func (p *MessagePort) OnMessage(listener func(*MessageEvent)) error {
	err := p.listen(func(on *listeners) { on.onmessage = listener })
	if err == nil {
		p.Start()
	}
	return err
}

// OnMessageError sets the listener for messages that cannot be deserialized here. It does not
// start the port.
func (p *MessagePort) OnMessageError(listener func(*MessageEvent)) error {
	return p.listen(func(on *listeners) { on.onmessageerror = listener })
}

// OnClose sets the listener for the end of the channel: the other port was closed, garbage, or lost
// (see Err), and all its messages were dispatched. It does not start the port; while there are
// messages in a port that was not started its listener is not called. It does not keep the port
// from being garbage either.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#handler-messageport-onclose
func (p *MessagePort) OnClose(listener func()) error {
	return p.listen(func(on *listeners) { on.onclose = listener })
}

// Listen sets all three listeners at once, and does not start the port: for a port's object in a
// script, which calls the script's listeners. The error is ErrPulled, ErrDetached or ErrClosed.
func (p *MessagePort) Listen(message, messageError func(*MessageEvent), closed func()) error {
	return p.listen(func(on *listeners) { *on = listeners{message, messageError, closed} })
}

func (p *MessagePort) listen(set func(*listeners)) error {
	defer runtime.KeepAlive(p)
	if p.blank() {
		return ErrDetached
	}
	c, batch := p.channel, &p.channel.batches[p.turn&1]
	batch.mu.Lock()
	defer batch.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	e, err := p.open()
	if err == nil && e.loop() == nil {
		err = ErrPulled
	}
	if err != nil {
		return err
	}
	on := new(listeners)
	if e.listeners != nil {
		*on = *e.listeners
	}
	set(on)
	e.listeners = on
	c.watchEnd(p.turn&1 ^ 1)
	e.holdWhileListening(p)
	return nil
}
