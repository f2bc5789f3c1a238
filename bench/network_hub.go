package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// name is the name that receivers listen on or subscribe to.
const name = "bench"

var entangleHub = system{
	serve: func() string {
		h, err := hub.New(hub.Options{Logger: slog.New(slog.DiscardHandler)})
		must(err)
		return "ws://" + listen(h)
	},
	roles: map[string]func(string, func()){
		"echo": func(address string, _ func()) {
			acceptPort(address, func(port *entangle.MessagePort, event *entangle.MessageEvent) {
				must(port.PostMessage(event.Data()))
			})
		},
		"count": func(address string, got func()) {
			acceptPort(address, func(_ *entangle.MessagePort, event *entangle.MessageEvent) {
				sink = event.Data()
				got()
			})
		},
		"answer": func(address string, _ func()) {
			acceptPort(address, func(_ *entangle.MessagePort, event *entangle.MessageEvent) {
				port := event.Ports[0]
				must(port.PostMessage(text))
				port.Close()
			})
		},
	},
	session: func(address string) func(func()) {
		client := dialHub(address)
		return func(got func()) {
			channel, err := client.BroadcastChannel(context.Background(), name)
			must(err)
			go func() {
				for event, err := range channel.Messages(background) {
					must(err)
					event.Data()
					got()
				}
			}()
		}
	},
	ask: func(address string) func() {
		port := connectPort(address)
		return func() {
			must(port.PostMessage(text))
			event, err := port.Receive(background)
			must(err)
			sink = event.Data()
		}
	},
	post: func(address string) func(string) {
		port := connectPort(address)
		return func(message string) { must(port.PostMessage(message)) }
	},
	handOver: func(address string) func(int) {
		port := connectPort(address)
		return func(n int) {
			var open []*entangle.MessagePort
			for range n {
				channel := entangle.NewMessageChannel()
				must(port.PostMessage(text, channel.Port2))
				open = append(open, channel.Port1)
			}
			for _, port := range open {
				event, err := port.Receive(background)
				must(err)
				sink = event.Data()
				port.Close()
			}
		}
	},
	broadcast: func(address string) func(string) {
		channel, err := dialHub(address).BroadcastChannel(context.Background(), name)
		must(err)
		return func(message string) { must(channel.PostMessage(message)) }
	},
	hold: holdPorts,
}

// listen serves on loopback and returns the address.
func listen(handler http.Handler) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() { panic(http.Serve(listener, handler)) }()
	return listener.Addr().String()
}

// dialHub makes a client, which stays until the process ends.
func dialHub(address string) *remote.Client {
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	client, err := remote.Dial(ctx, address, remote.Options{Origin: origin})
	must(err)
	return client
}

func connectPort(address string) *entangle.MessagePort {
	port, err := dialHub(address).ConnectTo(background, name)
	must(err)
	return port
}

// acceptPort waits, on another goroutine, for connections and does something with each message.
func acceptPort(address string, each func(*entangle.MessagePort, *entangle.MessageEvent)) {
	listener, err := dialHub(address).Listen(context.Background(), name)
	must(err)
	go func() {
		connection, err := listener.Accept(background)
		must(err)
		for event, err := range connection.Port.Messages(background) {
			must(err)
			each(connection.Port, event)
		}
	}()
}

// held keeps ports from being collected.
var held []*entangle.MessagePort

// holdPorts makes channels of which one port stays here and the other one goes to another client.
func holdPorts(address string, n int) {
	listener, err := dialHub(address).Listen(context.Background(), name)
	must(err)
	defer listener.Close()
	near := connectPort(address)
	connection, err := listener.Accept(background)
	must(err)
	far := connection.Port
	const perMessage = 50
	for range n / perMessage {
		var ports []*entangle.MessagePort
		var transfer []entangle.Transferable
		for range perMessage {
			channel := entangle.NewMessageChannel()
			ports, transfer = append(ports, channel.Port1), append(transfer, channel.Port2)
		}
		must(near.PostMessage(text, transfer...))
		event, err := far.Receive(background)
		must(err)
		held = append(append(held, ports...), event.Ports...)
	}
	must(far.PostMessage(text)) // when that is here, everything before it is settled
	_, err = near.Receive(background)
	must(err)
	held = append(held, near, far)
}
