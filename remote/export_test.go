package remote

import (
	"context"
	"net"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/protocol"
)

// Pace is how a client finds out that the hub is no longer there, and comes back.
type Pace = pace

// UsualPace is that of Dial.
var UsualPace = usualPace

// AtPace is a pace with other times than the usual ones.
func AtPace(ping, idle, write time.Duration) Pace {
	p := usualPace
	p.ping, p.idle, p.write = ping, idle, write
	return p
}

// Once is a pace for a client that ends with its connection.
func Once(p Pace) Pace {
	p.again = 0
	return p
}

// DialAtPace is Dial with another pace than the usual one.
func DialAtPace(ctx context.Context, url string, o Options, p Pace) (*Client, error) {
	return dial(ctx, url, o, p)
}

// DialThrough is DialAtPace over another network than the operating system's.
func DialThrough(ctx context.Context, url string, o Options, p Pace,
	network func(ctx context.Context, network, address string) (net.Conn, error)) (*Client, error) {
	p.network = network
	return dial(ctx, url, o, p)
}

// DialOnce is Dial; the client ends with its connection.
func DialOnce(ctx context.Context, url string, o Options) (*Client, error) {
	return dial(ctx, url, o, Once(usualPace))
}

// Behind tells how many messages were posted on all ports and not acknowledged.
func (c *Client) Behind() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for handle, p := range c.ports {
		behind, _ := c.endpoint.Behind(handle)
		n += behind + int(p.waiting.Load())
	}
	return n
}

// Lingering tells whether the other sides of closed ports have still to confirm.
func (c *Client) Lingering() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.endpoint.Lingering()
}

// stepper is a sink that does what none may: it steps the endpoint while an effect is carried out.
type stepper struct{ client *Client }

func (s stepper) Post(*clone.Record) bool   { return true }
func (s stepper) Close(entangle.CloseError) { s.client.step(protocol.Event{Kind: protocol.EventTime}) }
func (s stepper) Behind(int, int)           {}

// StepWithinEffect has an effect carried out by a stepper, and tells what that panics with.
func (c *Client) StepWithinEffect() (panicked any) {
	c.lock()
	defer c.unlock()
	p := &networkPort{client: c, sink: stepper{c}}
	c.channel(protocol.Event{Kind: protocol.EventChannel}, p)
	defer func() {
		panicked = recover()
		c.stepping = false
	}()
	c.step(protocol.Event{Kind: protocol.EventClose, Port: p.twin}) // its effect is p's end
	return nil
}

// Requests tells how many calls of ConnectTo wait for an answer.
func (c *Client) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, p := range c.ports {
		if p.settled != nil {
			n++
		}
	}
	return n
}

// Ports tells how many network ports the client has.
func (c *Client) Ports() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ports)
}

// Waiting tells how many connections nobody has taken.
func (l *Listener) Waiting() int {
	l.client.mu.Lock()
	defer l.client.mu.Unlock()
	return len(l.waiting)
}

// Kill ends the socket as a broken network does.
func (c *Client) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort()
}

// Client tells whose listener it is.
func (l *Listener) Client() *Client { return l.client }

// Hold keeps the client from doing anything until release is called.
func (c *Client) Hold() (release func()) {
	c.mu.Lock()
	return c.mu.Unlock
}
