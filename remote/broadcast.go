package remote

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// BroadcastChannel is an entangle.BroadcastChannel of everybody of the client's origin and user:
// those of other clients of the hub, and the others of this client. It is safe for concurrent use.
// Messages of one channel arrive in the order of posting, and so do those of several channels of
// one client at any one receiver.
//
// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
type BroadcastChannel struct {
	name   string
	origin entangle.Origin
	port   *entangle.MessagePort // its queue is the channel's; its peer is the subscriber
	peer   *subscriber
}

// subscriber is a BroadcastChannel as the client knows it. It does not reach the channel's port, so
// that a channel that nobody holds is closed as a port is.
type subscriber struct {
	client *Client
	name   string
	inbox  *entangle.Inbox
	ready  chan struct{} // closed when the hub has answered; err is not changed afterwards
	err    error
}

// channel is what the client knows of a name.
type channel struct {
	subscribers []*subscriber // in the order of creation
	answered    bool          // the hub has answered
}

// BroadcastChannel makes a channel. What anybody posts after it has returned arrives. It waits for
// the hub's answer; its errors: a SyntaxError for a name of more than 256 bytes; a
// QuotaExceededError if the client has channels of 1024 names; a NotAllowedError if the hub does
// not let it have this one; when the client ends, an [entangle.CloseError]; that of ctx, which
// bounds the call only.
func (c *Client) BroadcastChannel(ctx context.Context, name string) (*BroadcastChannel, error) {
	if len(name) > protocol.MaxName {
		return nil, syntaxError("a name of %d bytes; the limit is %d", len(name), protocol.MaxName)
	}
	s := &subscriber{client: c, name: name, ready: make(chan struct{})}
	b := &BroadcastChannel{name: name, peer: s}
	b.origin, _ = entangle.ParseOrigin(c.Origin()) // an opaque one for "null"
	b.port, s.inbox = entangle.EntanglePeer(s)
	c.outbox.put(command{kind: join, from: s}) // behind what was posted, and closed, before
	select {
	case <-s.ready:
		if s.err != nil {
			return nil, s.err
		}
		return b, nil
	case <-c.gone:
		return nil, c.stopped()
	case <-ctx.Done():
		b.Close()
		return nil, ctx.Err()
	}
}

// Name returns the channel's name.
func (b *BroadcastChannel) Name() string { return b.name }

// PostMessage posts to all other channels of that name. It never waits. An InvalidStateError after
// Close, a DataCloneError for what cannot be cloned or is larger than 1 MiB as bytes. What has no
// byte form (SharedArrayBuffer) is a messageerror at other clients. Without a hub it waits for the
// next one, up to 4 MiB; what was on its way when a connection broke may be lost.
func (b *BroadcastChannel) PostMessage(message any) error {
	if b.port.Detached() {
		return domException("InvalidStateError", "the channel "+b.name+" is closed")
	}
	return b.port.PostMessage(message)
}

// Receive returns the next message. Its errors are those of entangle.MessagePort.Receive.
func (b *BroadcastChannel) Receive(ctx context.Context) (*entangle.MessageEvent, error) {
	event, err := b.port.Receive(ctx)
	if event != nil {
		event.Origin = b.origin
	}
	return event, err
}

// Messages yields the messages as they come. It ends when the channel is closed, by Close or with
// its client; any other end is an error, the last thing that it yields: entangle.ErrLost when the
// client lost its hub, for the others may go on without this one.
func (b *BroadcastChannel) Messages(ctx context.Context) iter.Seq2[*entangle.MessageEvent, error] {
	return func(yield func(*entangle.MessageEvent, error) bool) {
		for event, err := range b.port.Messages(ctx) {
			if event != nil {
				event.Origin = b.origin
			}
			if !yield(event, err) {
				return
			}
		}
		if err := b.port.Err(); errors.Is(err, entangle.ErrLost) {
			yield(nil, err)
		}
	}
}

// Close ends the channel. Messages that were not received are dropped; what it posted
// still arrives.
func (b *BroadcastChannel) Close() { b.port.Close() }

// Dispatched implements entangle.Peer.
func (s *subscriber) Dispatched(*clone.Record) {} // nobody waits for that

// Post implements entangle.Peer.
func (s *subscriber) Post(record *clone.Record) error {
	body, err := encode(record)
	if err == nil {
		s.client.outbox.put(command{kind: broadcast, from: s, body: body, record: record})
	}
	return err
}

// Close implements entangle.Peer.
func (s *subscriber) Close() { s.client.outbox.put(command{kind: leave, from: s}) }

// broadcast sends a message to the others of this client, and to the hub for all else.
func (c *Client) broadcast(cmd *command) {
	c.step(protocol.Event{Kind: protocol.EventBroadcast, Name: cmd.from.name, Body: cmd.body})
	c.spread(cmd.from, cmd.from.name, cmd.record)
}

// spread gives a message to the channels of a name except the one that it comes from, which is nil
// if it comes from the hub.
func (c *Client) spread(from *subscriber, name string, record *clone.Record) {
	ch := c.channels[name]
	if ch == nil {
		return
	}
	for _, s := range ch.subscribers {
		if s != from {
			s.inbox.Post(record.Share())
		}
	}
}

// join takes a new channel in.
func (c *Client) join(s *subscriber) {
	if c.closing {
		return // so nobody will have it
	}
	ch := c.channels[s.name]
	if ch == nil {
		ch = &channel{}
		c.channels[s.name] = ch
		c.step(protocol.Event{Kind: protocol.EventSubscribe, Name: s.name})
	}
	ch.subscribers = append(ch.subscribers, s)
	if ch.answered {
		close(s.ready)
	}
}

// leave takes a closed channel out.
func (c *Client) leave(s *subscriber) {
	ch := c.channels[s.name]
	if ch == nil {
		return
	}
	i := slices.Index(ch.subscribers, s)
	if i < 0 {
		return
	}
	ch.subscribers = slices.Delete(ch.subscribers, i, i+1)
	if len(ch.subscribers) == 0 {
		delete(c.channels, s.name)
		c.step(protocol.Event{Kind: protocol.EventUnsubscribe, Name: s.name})
	}
}

// subscribed is the hub's answer to SUBSCRIBE. Nobody has the channels of the name before it.
func (c *Client) subscribed(e *protocol.Effect) {
	ch := c.channels[e.Name]
	var err error
	switch {
	case ch == nil:
		return // the client is being closed
	case ch.answered:
		c.fail(protocol.CodeProtocol, "a second answer to SUBSCRIBE")
		return
	case e.Code == protocol.TooMany:
		err = quotaExceededError("the hub allows a client channels of %d names", protocol.MaxChannels)
	case e.Code != protocol.Registered:
		err = domException("NotAllowedError", "the hub does not let this client have channels of "+e.Name)
	}
	if err != nil {
		delete(c.channels, e.Name)
	}
	ch.answered = true
	for _, s := range ch.subscribers {
		s.err = err
		close(s.ready)
	}
}

// endChannels closes all channels because the client ends.
func (c *Client) endChannels(why entangle.CloseError) {
	for name, ch := range c.channels {
		for _, s := range ch.subscribers {
			s.inbox.Close(why)
		}
		delete(c.channels, name)
	}
}
