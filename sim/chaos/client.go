package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// client is one in Go.
type client struct {
	plan
	ctx    context.Context
	book   *ledger
	remote *remote.Client
	accept *remote.Listener
	work   sync.WaitGroup

	mu       sync.Mutex // guards carriers
	carriers []*carrier
}

// carrier is a port that stays. Ends are posted over it.
type carrier struct {
	port *entangle.MessagePort
	mu   sync.Mutex // guards n, and is held for a post, so that the numbers are in its order
	n    int        // messages posted
}

// held is an end of a channel, which this client has.
type held struct {
	end
	port                *entangle.MessagePort
	next, expect, taken int
	trace               []string
}

// dial makes a client that does nothing yet.
func dial(ctx context.Context, address, origin string, p plan, book *ledger) (*client, error) {
	c := &client{plan: p, ctx: ctx, book: book}
	var err error
	c.remote, err = remote.Dial(ctx, address, remote.Options{Origin: origin, OnState: c.state, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if c.accept, err = c.remote.Listen(ctx, p.Name); err != nil {
		c.remote.Close()
		return nil, err
	}
	return c, nil
}

// state notes that the client came back, or that it ended too early.
func (c *client) state(s remote.State, err error) {
	var failed *remote.DialError // to come back
	switch {
	case s == remote.Reconnecting && !errors.As(err, &failed):
		c.book.resumes.Add(1)
	case s == remote.Closed && c.book.now() != ending:
		c.book.fail("%s ended: %v", c.Name, err)
	}
}

// start makes the client carry out its plan until ctx ends.
func (c *client) start() {
	c.work.Go(func() {
		for connection, err := range c.accept.Connections(c.ctx) {
			if err != nil {
				c.fail("its listener", err)
				return
			}
			c.work.Go(func() { c.greet(connection.Port) })
		}
	})
	for _, name := range c.Carriers {
		c.work.Go(func() {
			if port := c.connect(name, note{Kind: kindCarrier, From: c.Name}); port != nil {
				c.carry(port)
			}
		})
	}
	c.work.Go(c.bear)
}

// end waits until everything has stopped, and closes.
func (c *client) end() {
	c.work.Wait()
	if err := c.remote.Close(); err != nil && c.book.err() == nil {
		c.book.fail("%s could not be closed: %v", c.Name, err)
	}
}

// fail notes an error, unless it is that everything ends.
func (c *client) fail(what string, err error) {
	if c.ctx.Err() == nil {
		c.book.fail("%s: %s: %v", c.Name, what, err)
	}
}

// connect connects to a name and says for which purpose.
func (c *client) connect(name string, first note) *entangle.MessagePort {
	port, err := c.remote.ConnectTo(c.ctx, name)
	if err != nil {
		c.fail("connecting to "+name, err)
		return nil
	}
	if err := port.PostMessage(first); err != nil {
		c.fail("the first message to "+name, err)
		return nil
	}
	return port
}

// greet takes a connection.
func (c *client) greet(port *entangle.MessagePort) {
	first, err := entangle.Receive[note](c.ctx, port)
	if err != nil {
		c.fail("a connection", err)
		return
	}
	if first.Kind == kindCarrier {
		c.carry(port)
		return
	}
	c.hold(&held{end: end{first.Channel, 1}, port: port, next: 1, expect: 1, taken: 1})
}

// bear makes the client's channel, by connecting or as one of this process.
func (c *client) bear() {
	e := &held{end: end{c.Channel, 0}, next: 1, expect: 1, taken: 1}
	if c.Channel%2 == 0 {
		e.port = c.connect(c.To, note{Kind: kindChannel, Channel: c.Channel})
	} else {
		channel := entangle.NewMessageChannel()
		e.port = channel.Port1
		c.work.Go(func() { c.hold(&held{end: end{c.Channel, 1}, port: channel.Port2, next: 1, expect: 1, taken: 1}) })
	}
	if e.port != nil {
		c.hold(e)
	}
}

// carry takes the messages of a carrier.
func (c *client) carry(port *entangle.MessagePort) {
	c.mu.Lock()
	c.carriers = append(c.carriers, &carrier{port: port})
	c.mu.Unlock()
	for n := 1; ; n++ {
		event, err := port.Receive(c.ctx)
		if err != nil {
			c.fail("a carrier", err)
			return
		}
		var got note
		if err := event.Decode(&got); err != nil || got.Kind != kindEnd || got.N != n || len(event.Ports) != 1 {
			c.book.fail("%s: message %d of a carrier is %+v, with %d ports, %v", c.Name, n, got, len(event.Ports), err)
			return
		}
		c.book.handed.Add(1)
		c.book.latency.add(milliseconds() - got.At)
		e := &held{end: end{got.Channel, got.Side}, port: event.Ports[0], next: got.Next, expect: got.Expect, taken: got.Taken,
			trace: got.Trace}
		c.work.Go(func() { c.hold(e) })
	}
}

func milliseconds() float64 { return float64(time.Now().UnixMicro()) / 1000 }

// How long an end stays, and how long it is between two messages of it.
func stay() time.Duration  { return 50*time.Millisecond + rand.N(600*time.Millisecond) }
func pause() time.Duration { return 10*time.Millisecond + rand.N(80*time.Millisecond) }

// hold has an end until it is handed over, or everything ends.
func (c *client) hold(e *held) {
	leave, post := time.Now().Add(stay()), time.Now()
	for c.ctx.Err() == nil {
		now := time.Now()
		switch {
		case c.book.now() != running:
			c.book.settle(e.end, rest{c.Name, e.next, e.expect, e.trace})
			post = now.Add(pause())
		case now.After(leave) && c.handOver(e):
			return
		case !now.Before(post):
			if !c.post(e) {
				return
			}
			post = now.Add(pause())
		}
		if !c.receive(e, post) {
			return
		}
	}
}

// post posts the next message, if not too many are on their way.
func (c *client) post(e *held) bool {
	if e.next-e.taken >= unanswered {
		return true
	}
	message := note{Kind: kindData, N: e.next, Channel: e.channel, Side: e.side, Taken: e.expect, Pad: strings.Repeat("x", padding(e.next))}
	if err := e.port.PostMessage(message); err != nil {
		c.fail("posting on "+e.tell(), err)
		return false
	}
	e.next++
	return true
}

// receive takes a message if one comes in time, and checks it.
func (c *client) receive(e *held, until time.Time) bool {
	ctx, cancel := context.WithDeadline(c.ctx, until)
	defer cancel()
	event, err := e.port.Receive(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return true
	case err != nil:
		c.fail(e.tell(), err)
		return false
	}
	var got note
	err = event.Decode(&got)
	if err != nil || got.Kind != kindData || got.Channel != e.channel || got.Side == e.side || got.N != e.expect ||
		len(got.Pad) != padding(got.N) {
		c.book.fail("%s: %s got number %d (%s, channel %d, end %d, %d bytes of padding, %v)", c.Name, e.tell(), got.N, got.Kind,
			got.Channel, got.Side, len(got.Pad), err)
		return false
	}
	e.expect++
	e.taken = got.Taken
	c.book.messages.Add(1)
	return true
}

func (e *held) tell() string {
	return fmt.Sprintf("end %d of channel %d, which posted %d and got %d, and was at %s", e.side, e.channel, e.next-1, e.expect-1,
		strings.Join(e.trace, ", "))
}

// remembered is how many former holders of an end are known.
const remembered = 6

// handOver posts an end over a carrier.
func (c *client) handOver(e *held) bool {
	c.mu.Lock()
	if len(c.carriers) == 0 {
		c.mu.Unlock()
		return false
	}
	to := c.carriers[rand.IntN(len(c.carriers))]
	c.mu.Unlock()
	trace := append(slices.Clone(e.trace), fmt.Sprintf("%s (%d, %d)", c.Name, e.next-1, e.expect-1))
	trace = trace[max(0, len(trace)-remembered):]
	to.mu.Lock()
	defer to.mu.Unlock()
	to.n++
	message := note{Kind: kindEnd, N: to.n, Channel: e.channel, Side: e.side, Next: e.next, Expect: e.expect, Taken: e.taken,
		At: milliseconds(), Trace: trace}
	if err := to.port.PostMessage(message, e.port); err != nil {
		c.fail("handing over "+e.tell(), err)
	}
	return true
}
