package npm_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// programs are the Go programs that the pages talk to.
type programs struct {
	t       *testing.T
	ctx     context.Context
	url     string // of the hub
	origin  string // of the pages
	running sync.WaitGroup
}

// startPrograms starts a listener in the pages' partition and a service of another origin. They end
// with the test.
func startPrograms(t *testing.T, url, origin string) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &programs{t: t, ctx: ctx, url: url, origin: origin}
	clerk := p.dial(remote.Options{Origin: origin})
	p.listen(clerk, "clerk", func(c *remote.Connection) { p.serve(clerk, c.Port) })
	service := p.dial(remote.Options{Origin: "https://service.example", Service: true})
	p.listen(service, "account", func(c *remote.Connection) {
		p.check(c.Port.PostMessage(map[string]any{"origin": c.Origin, "user": c.User}))
		c.Port.Close()
	})
	t.Cleanup(func() {
		cancel()
		p.check(clerk.Close())
		p.check(service.Close())
		p.running.Wait()
	})
}

func (p *programs) check(err error) bool {
	if err != nil && p.ctx.Err() == nil {
		p.t.Error(err)
	}
	return err == nil
}

func (p *programs) dial(o remote.Options) *remote.Client {
	o.Logger = slog.New(slog.DiscardHandler)
	client, err := remote.Dial(p.ctx, p.url, o)
	if err != nil {
		p.t.Fatal(err)
	}
	return client
}

// listen runs accepted for each connection to a name.
func (p *programs) listen(client *remote.Client, name string, accepted func(*remote.Connection)) *remote.Listener {
	listener, err := client.Listen(p.ctx, name)
	if err != nil {
		p.t.Fatal(err)
	}
	p.running.Go(func() {
		for connection, err := range listener.Connections(p.ctx) {
			if err != nil {
				if !errors.Is(err, entangle.ErrClosed) {
					p.check(err)
				}
				return
			}
			p.running.Go(func() { accepted(connection) })
		}
	})
	return listener
}

// serve does what the messages of a page say.
func (p *programs) serve(client *remote.Client, port *entangle.MessagePort) {
	defer port.Close()
	for event, err := range port.Messages(p.ctx) {
		if err != nil {
			return // the test ends
		}
		if event.Type == "messageerror" {
			p.check(port.PostMessage("messageerror"))
			continue
		}
		do, _ := event.Data().(map[string]any)
		switch do["do"] {
		case "echo":
			p.check(port.PostMessage(do["value"]))
		case "channel": // a port of Go's own, with a queue
			channel := entangle.NewMessageChannel()
			for i := range 3 {
				p.check(channel.Port1.PostMessage(i))
			}
			p.check(port.PostMessage("channel", channel.Port2))
			p.running.Go(func() { p.answer(channel.Port1) })
		case "keep": // the page's ports
			p.check(port.PostMessage(fmt.Sprintf("kept %d", len(event.Ports))))
		case "take": // the page's port
			p.running.Go(func() { p.answer(event.Ports[0]) })
		case "introduce":
			to, err := client.ConnectTo(p.ctx, do["name"].(string))
			if p.check(err) {
				p.check(to.PostMessage("introduced", event.Ports[0]))
				to.Close()
			}
		case "middle": // a program that introduces its first caller to a page, and ends
			p.check(port.PostMessage(p.middle(do["name"].(string))))
		default:
			p.check(port.PostMessage(fmt.Sprintf("cannot do %v", event.Data())))
		}
	}
}

// answer says what came on a port, until it is closed.
func (p *programs) answer(port *entangle.MessagePort) {
	for event, err := range port.Messages(p.ctx) {
		if !p.check(err) {
			return
		}
		if event.Data() == "close" {
			p.check(port.PostMessage("last"))
			port.Close()
			return
		}
		p.check(port.PostMessage(fmt.Sprintf("go: %v", event.Data())))
	}
}

// middle is a program that takes one message of its first caller, hands the caller's port to the
// page of that name, and ends. It returns the name that the program can be found by.
func (p *programs) middle(page string) string {
	client := p.dial(remote.Options{Origin: p.origin})
	name := "middle of " + page
	p.listen(client, name, func(c *remote.Connection) {
		event, err := c.Port.Receive(p.ctx)
		if !p.check(err) {
			return
		}
		to, err := client.ConnectTo(p.ctx, page)
		if !p.check(err) {
			return
		}
		p.check(c.Port.PostMessage("middle was here"))
		p.check(to.PostMessage(event.Data(), c.Port))
		to.Close()
		p.check(client.Close())
	})
	return name
}
