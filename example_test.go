package entangle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/entangle-go/entangle"
)

func Example() {
	ctx := context.Background()
	channel := entangle.NewMessageChannel()
	go func() {
		for event := range channel.Port2.Messages(ctx) {
			channel.Port2.PostMessage(fmt.Sprint("you said ", event.Data()))
		}
	}()
	channel.Port1.PostMessage("hello")
	reply, err := entangle.Receive[string](ctx, channel.Port1)
	fmt.Println(reply, err)
	channel.Port1.Close()
	// Output: you said hello <nil>
}

// A conversation lasts until the other side closes its port or is lost, as a page that is reloaded.
// Either ends the loop.
func ExampleMessagePort_Messages() {
	ctx, channel := context.Background(), entangle.NewMessageChannel()
	served := make(chan error)
	go func() {
		port := channel.Port2
		for message, err := range port.Messages(ctx) {
			if err != nil {
				break // ctx is done
			}
			var name string
			answer := "Who are you?"
			if message.Decode(&name) == nil {
				answer = "Hello, " + name
			}
			if port.Post(ctx, answer) != nil {
				break
			}
		}
		served <- port.Err()
	}()
	for _, message := range []any{"Ada", 7, "Grace"} {
		channel.Port1.PostMessage(message)
		fmt.Println(entangle.Receive[string](ctx, channel.Port1))
	}
	channel.Port1.Close()
	fmt.Println(<-served)
	// Output:
	// Hello, Ada <nil>
	// Who are you? <nil>
	// Hello, Grace <nil>
	// entangle: closed
}

// Post waits while 1024 messages wait at the other side, as long as its context allows;
// PostMessage never does.
func ExampleMessagePort_Post() {
	channel := entangle.NewMessageChannel()
	for n := range 1024 {
		channel.Port1.PostMessage(n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println(channel.Port1.Post(ctx, "one more"))

	go func() {
		for range channel.Port2.Messages(context.Background()) {
		}
	}()
	fmt.Println(channel.Port1.Post(context.Background(), "one more"))
	channel.Port1.Close()
	// Output:
	// context deadline exceeded
	// <nil>
}

// A port is given away in a message. Whoever has it talks to the other end directly.
func ExampleMessagePort_PostMessage_transfer() {
	ctx := context.Background()
	introduction, channel := entangle.NewMessageChannel(), entangle.NewMessageChannel()
	channel.Port1.PostMessage("sent before it was given away")
	introduction.Port1.PostMessage("for you", channel.Port2)

	event, _ := introduction.Port2.Receive(ctx)
	port := event.Ports[0]
	text, _ := entangle.Receive[string](ctx, port)
	fmt.Println(event.Data(), "-", text)

	_, err := channel.Port2.Receive(ctx)
	fmt.Println(errors.Is(err, entangle.ErrDetached))
	// Output:
	// for you - sent before it was given away
	// true
}

func ExampleReceive() {
	type order struct {
		Item  string                `json:"item"`
		Count int                   `json:"count"`
		Reply *entangle.MessagePort `json:"reply"`
	}
	ctx := context.Background()
	shop, reply := entangle.NewMessageChannel(), entangle.NewMessageChannel()
	shop.Port1.PostMessage(order{"tea", 2, reply.Port1}, reply.Port1)

	o, err := entangle.Receive[order](ctx, shop.Port2)
	fmt.Println(o.Item, o.Count, err)
	o.Reply.PostMessage("thanks")
	answer, err := entangle.Receive[string](ctx, reply.Port2)
	fmt.Println(answer, err)
	// Output:
	// tea 2 <nil>
	// thanks <nil>
}

// Ports of a global are pushed by its agent's event loop.
func ExampleGlobal_NewMessageChannel() {
	ua := entangle.NewUserAgent()
	agent := ua.NewAgent()
	global := ua.NewGlobal(entangle.GlobalOptions{Agent: agent})
	channel := global.NewMessageChannel()
	ctx, stop := context.WithCancel(context.Background())

	channel.Port2.OnMessage(func(e *entangle.MessageEvent) { fmt.Println(e.Data()) })
	channel.Port2.OnClose(func() { fmt.Println("closed"); stop() })
	channel.Port1.PostMessage("one")
	channel.Port1.PostMessage("two")
	channel.Port1.Close()
	fmt.Println(agent.Run(ctx))
	// Output:
	// one
	// two
	// closed
	// context canceled
}

func ExampleNewBroadcastChannel() {
	ctx := context.Background()
	ua := entangle.NewUserAgent()
	origin, _ := entangle.ParseOrigin("https://shop.example")
	here := ua.NewGlobal(entangle.GlobalOptions{Origin: origin})
	there := ua.NewGlobal(entangle.GlobalOptions{Origin: origin})
	receiver := entangle.NewBroadcastChannel(there, "auth")

	entangle.NewBroadcastChannel(here, "auth").PostMessage("logout")
	event, err := receiver.Receive(ctx)
	fmt.Println(event.Data(), event.Origin, err)
	// Output: logout https://shop.example <nil>
}

// A message to a window names the origin that may have it.
func ExampleWindow_PostMessage() {
	ua := entangle.NewUserAgent()
	shop, _ := entangle.ParseOrigin("https://shop.example")
	bank, _ := entangle.ParseOrigin("https://bank.example")
	page := ua.NewWindow(entangle.WindowOptions{Origin: shop})
	frame := ua.NewWindow(entangle.WindowOptions{Origin: bank, Parent: page})
	frame.OnMessage(func(e *entangle.MessageEvent) { fmt.Println(e.Data(), "from", e.Origin) })

	frame.PostMessage(page, "nobody gets this", entangle.WindowPostMessageOptions{}) // the default is one's own origin
	frame.PostMessage(page, "pay", entangle.WindowPostMessageOptions{TargetOrigin: "https://bank.example"})
	for frame.Agent().Step() {
	}
	// Output: pay from https://shop.example
}

// Windows of one origin find each other by name.
func ExampleWindow_ConnectTo() {
	ua := entangle.NewUserAgent()
	origin, _ := entangle.ParseOrigin("https://docs.example")
	agent := ua.NewAgent()
	first := ua.NewWindow(entangle.WindowOptions{Origin: origin, Agent: agent})
	port, _ := first.ConnectTo("editor") // nobody has the name yet
	port.PostMessage("open chapter 1")

	editor := ua.NewWindow(entangle.WindowOptions{Origin: origin, Agent: agent, Name: "editor"})
	editor.OnConnect(func(e *entangle.MessageEvent) {
		e.Ports[0].OnMessage(func(e *entangle.MessageEvent) { fmt.Println(e.Data()) })
	})
	for agent.Step() {
	}
	// Output: open chapter 1
}

func ExamplePortCollection() {
	var subscribers entangle.PortCollection
	a, b := entangle.NewMessageChannel(), entangle.NewMessageChannel()
	subscribers.Add(a.Port1)
	subscribers.Add(b.Port1)
	for port := range subscribers.All() {
		port.PostMessage("news")
	}
	for _, port := range []*entangle.MessagePort{a.Port2, b.Port2} {
		fmt.Println(entangle.Receive[string](context.Background(), port))
	}
	// Output:
	// news <nil>
	// news <nil>
}
