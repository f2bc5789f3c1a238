package entangle

import (
	"sync"
	"weak"

	"github.com/entangle-go/entangle/eventloop"
)

// MessageChannel is two new ports, entangled with each other.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels
type MessageChannel struct{ Port1, Port2 *MessagePort }

// NewMessageChannel returns a channel whose ports belong to no event loop: their messages are
// pulled, by [MessagePort.Receive].
func NewMessageChannel() *MessageChannel { return newMessageChannel(nil) }

// NewMessageChannel returns a channel whose ports belong to the global. If it has an event loop,
// that pushes their messages, to [MessagePort.OnMessage]; over all its ports in the order in which
// they were posted.
func (g *Global) NewMessageChannel() *MessageChannel { return newMessageChannel(g) }

func newMessageChannel(g *Global) *MessageChannel {
	c := newChannel()
	mc := &MessageChannel{c.newPort(0), c.newPort(1)}
	if g != nil {
		c.ends[0].global, c.ends[1].global = g, g
		if !g.own(c) {
			mc.Port1.Close()
			mc.Port2.Close()
		}
	}
	return mc
}

// channel is both ends of a message channel. An end never moves: a transfer makes a new handle for
// it. Where one end is elsewhere (see [Peer]) its place is closed.
type channel struct {
	mu   sync.Mutex // guards ends, weak and what they point at
	ends [2]end
	weak weak.Pointer[channel] // for those who must not keep the channel; see self

	batches [2]batch // what the receivers of the ends took from their queues
}

// batch is the part of an end's queue that its receiver took, all at once.
//
// OPTIMIZATION: so the receiver hardly ever waits for those who post.
type batch struct {
	mu sync.Mutex // guards the fields below; taken before channel.mu
	eventList
	peer Peer // is told when messages are dispatched
}

// take takes the first event, to be dispatched. mu is held.
func (b *batch) take() *MessageEvent {
	event := b.pop()
	if event.distant && b.peer != nil {
		b.peer.Dispatched(event.record)
	}
	return event
}

// end is what the standard calls a port: a port message queue and its state. Guarded by channel.mu;
// turn, global, closed and listeners, which are the holder's, by the batch's lock too: whoever has
// one of the two may read them, who has both may change them.
type end struct {
	messageQueue                 // the port message queue; a close event is its last
	turn         uint64          // odd for the second end; every transfer adds 2, so that former handles are told apart
	global       *Global         // the realm that holds the port; nil in a program without one, and in transit
	handle       *MessagePort    // the port, while it listens (SPEC 52), and while it is not watched
	listeners    *listeners      // nil if there are none; never changed, but replaced
	attached     *attached       // nil until something rare is attached
	task         eventloop.Queue // the loop's hold on the queue
	enabled      bool            // start was called
	draining     bool            // the loop runs its messages, and looks itself whether there are more
	closed       bool            // by its holder; or the end is elsewhere
	ended        bool            // the other side was closed, or lost: no more messages come
	watch        bool            // the other side would notice if nobody held the port
	watched      bool            // it will: handle has a cleanup
}

// attached is what few ends have.
type attached struct {
	senders waiters         // who waits in Post until the peer has caught up
	peer    Peer            // if the other end is elsewhere
	behind  int             // how many of the messages given to peer were not taken,
	bytes   int             // and how many bytes those are, about
	shipped bool            // the end is elsewhere for good
	request *connectRequest // whom this end is for, while nobody answered
	why     error           // of an end that has ended: a CloseError, if that says more than ErrClosed
}

// listeners are the event handlers of a port.
type listeners struct {
	onmessage, onmessageerror func(*MessageEvent)
	onclose                   func()
}

// So many messages may wait at the other end, or if that is elsewhere so many bytes, before Post
// waits.
const (
	sendWindow = 1024
	sendBytes  = 4 << 20
)

func newChannel() *channel {
	c := new(channel)
	c.ends[1].turn = 1
	return c
}

// newPort makes the first handle of an end.
func (c *channel) newPort(side uint64) *MessagePort {
	p := &MessagePort{c, side}
	c.ends[side].handle = p
	return p
}

// attach returns the end's attachments.
func (e *end) attach() *attached {
	if e.attached == nil {
		e.attached = new(attached)
	}
	return e.attached
}

// loop returns the loop that pushes the end's messages, or nil.
func (e *end) loop() *eventloop.Loop {
	if e.global == nil {
		return nil
	}
	return e.global.loop
}

// peer returns what the end is entangled with if that is elsewhere.
func (e *end) peer() Peer {
	if e.attached == nil {
		return nil
	}
	return e.attached.peer
}

// runnable reports whether the first event may be dispatched. The close event does not ask for
// start(): the queue before it is empty.
func (e *end) runnable() bool { return e.first != nil && (e.enabled || e.first.Type == closeType) }

// push appends an event to an end's queue and tells its loop, if that does not look by itself.
func (c *channel) push(side uint64, event *MessageEvent) {
	e := &c.ends[side]
	l := e.loop()
	if l != nil {
		event.number = l.Number()
	}
	if !e.watched && (e.length >= unwatchedMessages || event.record != nil && len(event.record.Holders()) > 0) {
		c.watchEnd(side)
	}
	if e.messageQueue.push(event) && l != nil && !e.draining && e.runnable() {
		l.Ready(&e.task, e.global.document, event.number, c.tasks(side))
	}
}

// queueTasks tells the end's loop of the queue that it has.
func (c *channel) queueTasks(side uint64) {
	e := &c.ends[side]
	if l := e.loop(); l != nil && !e.draining && e.runnable() {
		l.Ready(&e.task, e.global.document, e.first.number, c.tasks(side))
	}
}

// lock takes the locks of an end, and puts its batch back into the queue.
func (c *channel) lock(side uint64) {
	c.batches[side].mu.Lock()
	c.mu.Lock()
	c.ends[side].unshift(&c.batches[side].eventList)
}

func (c *channel) unlock(side uint64) {
	c.mu.Unlock()
	c.batches[side].mu.Unlock()
}

// fetch makes the queue of an end its batch, which is empty. Both locks are held.
func (c *channel) fetch(side uint64) {
	c.batches[side].unshift(&c.ends[side].eventList)
	c.batches[side].peer = c.ends[side].peer()
	if sender := c.ends[side^1].attached; sender != nil {
		sender.senders.dismiss(nil)
	}
}

// leave takes an end away from its holder, whose waits end with err. The queue stays. The
// end is locked.
func (e *end) leave(err error) {
	if l := e.loop(); l != nil && e.first != nil {
		l.Unready(&e.task, e.global.document)
	}
	e.global, e.listeners, e.handle, e.watched, e.enabled, e.draining = nil, nil, nil, false, false, false
	e.receivers.dismiss(err)
	if a := e.attached; a != nil {
		a.senders.dismiss(err)
	}
}

// closePort closes the end that a handle stands for, if it still does, and loses what
// is in its queue.
func (c *channel) closePort(turn uint64) {
	c.lock(turn & 1)
	dropped, request := c.close(turn)
	c.unlock(turn & 1)
	if request != nil {
		request.cancel()
	}
	discard(dropped.appendHolding(nil)...)
}

// close closes an end, which is locked. It returns what was in its queue, to be discarded, and the
// connect request that this ends, to be cancelled, both without the locks.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-close
//
// DEVIATION: the end's own queue is dropped, as browsers do and as BroadcastChannel does; by the
// text its messages are still dispatched (SPEC 32).
func (c *channel) close(turn uint64) (dropped *MessageEvent, request *connectRequest) {
	e := &c.ends[turn&1]
	if e.turn != turn || e.closed {
		return nil, nil
	}
	// 1. [[Detached]] is true from now on.
	e.closed = true
	e.leave(ErrClosed)
	dropped = e.take()
	// 2. Disentangle, if entangled.
	return dropped, c.disentangle(turn & 1)
}

// disentangle ends what an end is entangled with. The close event is queued behind everything
// posted before (SPEC 39), not fired at once as by the text.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#disentangle
func (c *channel) disentangle(initiator uint64) *connectRequest {
	e, other := &c.ends[initiator], &c.ends[initiator^1]
	if peer := e.peer(); peer != nil {
		e.attached.peer = nil
		peer.Close()
		return nil
	}
	if other.closed || other.ended {
		return nil
	}
	c.endMessages(initiator^1, CloseError{Reason: ReasonClosed})
	if other.attached == nil {
		return nil
	}
	return other.attached.request
}

// endMessages queues the close event.
func (c *channel) endMessages(side uint64, why CloseError) {
	e := &c.ends[side]
	e.ended = true
	if why != ErrClosed {
		e.attach().why = why
	}
	e.receivers.dismiss(e.endError())
	if e.attached != nil {
		e.attached.peer = nil
		e.attached.senders.dismiss(nil) // they look for themselves
	}
	c.push(side, &MessageEvent{Type: closeType})
}

// endError is what a receiver gets after the last message: a CloseError.
func (e *end) endError() error {
	if e.attached != nil && e.attached.why != nil {
		return e.attached.why
	}
	return ErrClosed
}

// behind reports whether the other side has not taken so many of an end's messages that Post waits.
// It takes all at once.
func (c *channel) behind(side uint64) bool {
	if a := c.ends[side].attached; a != nil && a.peer != nil {
		return a.behind >= sendWindow || a.bytes >= sendBytes
	}
	return c.ends[side^1].length >= sendWindow
}
