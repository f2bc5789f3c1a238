package remote

import (
	"context"
	"errors"
	"fmt"
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
}

// channel is what the client knows of a name.
type channel struct {
	subscribers []*subscriber // in the order of creation
	ready       chan struct{} // closed when the hub has answered
	answered    bool
}

// BroadcastChannel makes a channel. What anybody posts after it has returned arrives. It waits for
// the hub's answer; its errors: a SyntaxError for a name of more than 256 bytes;
// entangle.ErrClosed, entangle.ErrLost when the client ends.
func (c *Client) BroadcastChannel(name string) (*BroadcastChannel, error) {
	if len(name) > protocol.MaxName {
		return nil, syntaxError("a name of %d bytes; the limit is %d", len(name), protocol.MaxName)
	}
	s := &subscriber{client: c, name: name}
	b := &BroadcastChannel{name: name, peer: s}
	b.origin, _ = entangle.ParseOrigin(c.Origin()) // an opaque one for "null"
	b.port, s.inbox = entangle.EntanglePeer(s)
	c.mu.Lock()
	if c.closing || c.err != nil {
		c.mu.Unlock()
		return nil, fmt.Errorf("%w: the client", entangle.ErrClosed)
	}
	ch := c.channels[name]
	if ch == nil {
		ch = &channel{ready: make(chan struct{})}
		c.channels[name] = ch
		c.step(protocol.Event{Kind: protocol.EventSubscribe, Name: name})
	}
	ch.subscribers = append(ch.subscribers, s)
	c.unlock()
	select {
	case <-ch.ready:
		return b, nil
	case <-c.gone:
		return nil, c.stopped()
	}
}

// Name returns the channel's name.
func (b *BroadcastChannel) Name() string { return b.name }

// PostMessage posts to all other channels of that name. It never waits. An InvalidStateError after
// Close, a DataCloneError for what cannot be cloned or is larger than 1 MiB as bytes. What has no
// byte form (SharedArrayBuffer) is a messageerror at other clients.
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

// received is a message from the hub.
func (c *Client) received(name string, body []byte) {
	c.spread(nil, name, clone.FromBytes(body, nil))
}

// spread gives a message to the channels of a name except the one that it comes from.
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

// subscribed is the hub's answer to SUBSCRIBE.
func (c *Client) subscribed(name string) {
	if ch := c.channels[name]; ch != nil && !ch.answered {
		ch.answered = true
		close(ch.ready)
	}
}

// endChannels closes all channels because the client ends.
func (c *Client) endChannels(lost bool) {
	for name, ch := range c.channels {
		for _, s := range ch.subscribers {
			s.inbox.Close(c.why(lost))
		}
		delete(c.channels, name)
	}
}
