package entangle

import (
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

// WindowPostMessageOptions say where a message may go, and what goes with it.
//
// https://html.spec.whatwg.org/multipage/nav-history-apis.html#windowpostmessageoptions
type WindowPostMessageOptions struct {
	// TargetOrigin is the only origin that may get the message: a URL, of which the path does not
	// matter; "/" for the sender's own origin; "*" for any. "" is "/".
	TargetOrigin string
	// Transfer is what moves to the receiver.
	Transfer []Transferable
}

// PostMessage sends a message to the window, from the incumbent one: its origin is told to the
// receiver, and it is the event's source. The error is a SyntaxError for the target origin or a
// DataCloneError. If the window's origin is another one when the message arrives, the message is
// dropped without a word, and so are the ports in it. An incumbent of nil is a sender without
// window and origin, which has to name a target origin.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#window-post-message-steps
//
// FIXME: no limit to the rate of messages between origins (SPEC 16 encourages one): the senders are
// parts of one program.
func (w *Window) PostMessage(incumbent *Window, message any, options WindowPostMessageOptions) error {
	posted := &postedMessage{event: MessageEvent{Type: messageType}}
	// 1. The target origin, before anything else happens.
	switch options.TargetOrigin {
	case "*":
		posted.anyOrigin = true
	case "", "/":
		if incumbent == nil {
			return syntaxError("the target origin / is the sender's, and there is no sender")
		}
		posted.targetOrigin = incumbent.Origin()
	default:
		origin, err := ParseOrigin(options.TargetOrigin)
		if err != nil {
			return err
		}
		posted.targetOrigin = origin
	}
	// 2. Serialize. What is transferred is gone from here, whatever becomes of the message.
	record, err := clone.SerializeWithTransfer(message, options.Transfer)
	if err != nil {
		return err
	}
	// 3. The event's origin and source.
	posted.event.record = record
	if incumbent != nil {
		posted.event.Origin, posted.event.Source, posted.event.from = incumbent.Origin(), incumbent, incumbent.global
	}
	// 4. Queue a task on the posted message task source.
	if !w.queuePosted(posted) {
		w.global.trace(&posted.event, posted.event.from, w.global, "the window is closed")
		discard(record)
	}
	return nil
}

// OnMessage sets the listener for messages. A window need not be started: what arrives when nobody
// listens is lost.
func (w *Window) OnMessage(listener func(*MessageEvent)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onmessage = listener
}

// OnMessageError sets the listener for messages that cannot be deserialized.
func (w *Window) OnMessageError(listener func(*MessageEvent)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onmessageerror = listener
}

// postedMessages is a window's part of the posted message task source.
type postedMessages struct {
	first, last *postedMessage
	task        eventloop.Queue
}

type postedMessage struct {
	event        MessageEvent
	targetOrigin Origin
	anyOrigin    bool
	next         *postedMessage
}

// queuePosted appends to the queue, unless the window is destroyed.
func (w *Window) queuePosted(m *postedMessage) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.global.closed.Load() {
		return false
	}
	m.event.number = w.global.loop.Number()
	if w.posted.first != nil {
		w.posted.last.next = m
		w.posted.last = m
		return true
	}
	w.posted.first, w.posted.last = m, m
	w.queueTasks()
	return true
}

// queueTasks tells the loop of the first message. w.mu is held.
func (w *Window) queueTasks() {
	w.global.loop.Ready(&w.posted.task, w.global.document, w.posted.first.event.number, (*postedTasks)(w))
}

// dropPosted loses the messages of a destroyed window.
func (w *Window) dropPosted() {
	w.mu.Lock()
	first := w.posted.first
	w.posted.first, w.posted.last = nil, nil
	w.mu.Unlock()
	for ; first != nil; first = first.next {
		w.global.trace(&first.event, first.event.from, w.global, "the window was closed")
		discard(first.event.record)
	}
}

// postedTasks is a window's posted message task source.
type postedTasks Window

// RunTasks implements [eventloop.Tasks].
func (t *postedTasks) RunTasks(l *eventloop.Loop) {
	w := (*Window)(t)
	w.mu.Lock()
	m := w.posted.first
	if m == nil {
		w.mu.Unlock()
		return
	}
	if w.posted.first = m.next; w.posted.first != nil {
		w.queueTasks()
	}
	on := listeners{onmessage: w.onmessage, onmessageerror: w.onmessageerror}
	w.mu.Unlock()
	// 1. Only now is it known what document the message meets.
	if m.anyOrigin || w.Origin() == m.targetOrigin {
		// 2. Deserialize and fire message or messageerror, both with origin and source.
		on.dispatch(&m.event, w.global)
	} else {
		w.global.trace(&m.event, m.event.from, w.global, "the window is of "+w.Origin().String()+", not of "+m.targetOrigin.String())
		discard(m.event.record)
	}
	l.TaskDone()
}
