package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

// Connection is what a listener gives: a port to whoever called ConnectTo, and who that is.
type Connection struct {
	Port   *entangle.MessagePort
	Origin string // the caller's serialized origin, as the hub knows it; "null" for an opaque one
	User   string // the caller's user, as the hub knows it
}

// Listener takes the connections to a name. It is safe for concurrent use.
type Listener struct {
	client *Client
	number uint64
	name   string

	ready chan struct{} // closed when the hub has answered
	wake  chan struct{} // holds one token if there is something for whoever waits in Accept

	// The client's lock guards the fields below.
	answered bool
	waiting  []*Connection // that nobody has taken
	err      error         // why there are no more
}

// Listen registers the client for a name, for callers of its own origin and user, or, if it is a
// service, for callers that name its origin. Whoever calls ConnectTo from now on is connected,
// whether somebody is in Accept or not. Several listeners of one name, also in other programs: the
// one that registered first gets the callers; services take turns.
//
// The errors: a SyntaxError (*clone.DOMException) for a name that is none (see ConnectTo); a
// NotAllowedError if the hub does not let the client have it; a QuotaExceededError if the client
// has too many; when the client ends, an [entangle.CloseError]; that of ctx, which bounds the call
// only: it waits for the hub's answer.
func (c *Client) Listen(ctx context.Context, name string) (*Listener, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	l := &Listener{client: c, name: name, ready: make(chan struct{}), wake: make(chan struct{}, 1)}
	c.lock()
	if err := c.ended(); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	c.minted++
	l.number = c.minted
	c.listeners[l.number] = l
	c.step(protocol.Event{Kind: protocol.EventListen, Listener: l.number, Name: name})
	c.unlock()
	select {
	case <-l.ready:
	case <-c.gone:
		return nil, c.stopped()
	case <-ctx.Done():
		l.Close()
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	return l, nil
}

// Name returns the name that the listener is registered for.
func (l *Listener) Name() string { return l.name }

// Accept returns the next connection. Its errors: that of ctx; entangle.ErrClosed after Close of
// the listener or of the client; entangle.ErrLost when the client has ended by itself.
func (l *Listener) Accept(ctx context.Context) (*Connection, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		connection, err := l.next()
		if connection != nil || err != nil {
			return connection, err
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
	}
}

// next takes a connection if there is one, and passes the token on to the next one that waits if
// there is something for it too.
func (l *Listener) next() (*Connection, error) {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	var connection *Connection
	if len(l.waiting) > 0 {
		connection = l.waiting[0]
		l.waiting = slices.Delete(l.waiting, 0, 1)
	}
	if len(l.waiting) > 0 || l.err != nil {
		l.signal()
	}
	if connection != nil {
		return connection, nil
	}
	return nil, l.err
}

func (l *Listener) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Connections yields the connections as they come. It ends when the listener is closed; any other
// end is an error, the last thing that it yields. To break off leaves the listener as it is.
func (l *Listener) Connections(ctx context.Context) iter.Seq2[*Connection, error] {
	return func(yield func(*Connection, error) bool) {
		for {
			connection, err := l.Accept(ctx)
			if errors.Is(err, entangle.ErrClosed) || !yield(connection, err) || err != nil {
				return
			}
		}
	}
}

// Close ends the listener: it is not found any more, and connections that nobody has taken are
// closed. Those that were taken are not touched.
func (l *Listener) Close() {
	c := l.client
	c.lock()
	defer c.unlock()
	if c.listeners[l.number] == l {
		c.step(protocol.Event{Kind: protocol.EventUnlisten, Listener: l.number})
		c.endListener(l, fmt.Errorf("%w: the listener", entangle.ErrClosed))
	}
}

// endListener closes what nobody has taken. The client's lock is held.
func (c *Client) endListener(l *Listener, reason error) {
	delete(c.listeners, l.number)
	l.err = reason
	for _, connection := range l.waiting {
		connection.Port.Close()
	}
	l.waiting = nil
	l.signal()
}

// endListeners ends them all because the client ends. The client's lock is held.
func (c *Client) endListeners() {
	for _, l := range c.listeners {
		c.endListener(l, c.ended())
	}
}

// listening is the hub's answer to LISTEN.
func (c *Client) listening(e *protocol.Effect) {
	l := c.listeners[e.Listener]
	if l == nil {
		return // it was closed meanwhile
	}
	switch {
	case l.answered && e.Code == protocol.Registered:
		c.fail(protocol.CodeProtocol, "a second answer to LISTEN")
		return
	case e.Code == protocol.TooMany:
		c.endListener(l, quotaExceededError("the hub allows a client %d listeners", protocol.MaxListeners))
	case e.Code != protocol.Registered:
		c.endListener(l, domException("NotAllowedError", "the hub does not let this client listen for "+l.name))
	}
	if !l.answered {
		l.answered = true
		close(l.ready)
	}
}

// connection takes in a caller, whose port is this client's for certain.
func (c *Client) connection(e *protocol.Effect) {
	port := c.land(e.Ports[0])
	l := c.listeners[e.Listener]
	if l == nil {
		port.Close()
		return
	}
	l.waiting = append(l.waiting, &Connection{Port: port, Origin: e.Origin, User: e.User})
	l.signal()
}
