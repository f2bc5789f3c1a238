package remote

import (
	"context"
	"fmt"
	"strings"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
)

// ConnectTo connects to whoever of the client's own origin and user listens by a name: the one that
// registered first. It returns when somebody has accepted, and waits until then: absence is no
// error. Nobody connects to a listener of its own client. The end of ctx withdraws the request; ctx
// is not looked at after ConnectTo has returned.
//
// The errors: a SyntaxError (*clone.DOMException) for a name that is empty, begins with "_" or is
// longer than 256 bytes; a QuotaExceededError if 1024
// requests of the client wait already, or it has 16384 ports; that of ctx; an
// [entangle.CloseError]: refused if the hub does not want the request, as when too many wait for
// the name; lost if there was no hub for two minutes; whatever the client's end was.
func (c *Client) ConnectTo(ctx context.Context, name string) (*entangle.MessagePort, error) {
	return c.connectTo(ctx, "", name)
}

// ConnectToService connects to a service of an origin, such as "https://contacts.example", by its
// name: see [Options.Service]. If there are several of that name they take turns. Otherwise it is
// as [Client.ConnectTo]; an origin that is none is a SyntaxError, too.
func (c *Client) ConnectToService(ctx context.Context, origin, name string) (*entangle.MessagePort, error) {
	target, err := entangle.ParseOrigin(origin)
	if err != nil {
		return nil, err
	}
	if target.Opaque() {
		return nil, syntaxError("%q is no origin that a service can have", origin)
	}
	return c.connectTo(ctx, target.String(), name)
}

// connectTo looks for a service if there is a target origin.
func (c *Client) connectTo(ctx context.Context, target, name string) (*entangle.MessagePort, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	port, p, settled, err := c.request(name, target)
	if err != nil {
		return nil, err
	}
	select {
	case <-settled:
		c.mu.Lock()
		opened, why, ended := p.opened, p.why, c.ended()
		c.mu.Unlock()
		if opened {
			return port, nil
		}
		port.Close()
		if ended != nil {
			return nil, ended
		}
		return nil, why
	case <-ctx.Done():
		port.Close()
		return nil, ctx.Err()
	}
}

// request sends a CONNECT, unless the endpoint knows that it would be one too many.
func (c *Client) request(name, target string) (*entangle.MessagePort, *networkPort, <-chan struct{}, error) {
	p := &networkPort{client: c, settled: make(chan struct{})}
	settled := p.settled
	port, inbox := entangle.EntanglePeer(p)
	p.sink = inbox
	c.lock()
	defer c.unlock()
	if err := c.ended(); err != nil {
		return nil, nil, nil, err
	}
	c.channel(protocol.Event{Kind: protocol.EventConnect, Name: name, Origin: target}, p)
	if p.ended {
		return nil, nil, nil, quotaExceededError("%d requests of the client wait, or it has %d ports", protocol.MaxPending, protocol.MaxPorts)
	}
	return port, p, settled, nil
}

// checkName refuses what is no name for connectTo: SPEC 1.15.
func checkName(name string) error {
	switch {
	case name == "":
		return syntaxError("a name must not be empty")
	case strings.HasPrefix(name, "_"):
		return syntaxError("%q is no name: those that begin with _ are reserved", name)
	case len(name) > protocol.MaxName:
		return syntaxError("a name of %d bytes; the limit is %d", len(name), protocol.MaxName)
	}
	return nil
}

func syntaxError(format string, args ...any) error {
	return domException("SyntaxError", fmt.Sprintf(format, args...))
}

func quotaExceededError(format string, args ...any) error {
	return domException("QuotaExceededError", fmt.Sprintf(format, args...))
}
