package main

import (
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// natsServer is nats-server in a process of its own, as its command runs it but for the log. A
// channel that is handed over is an inbox, whose name goes to the other client.
var natsServer = system{
	serve: func() string {
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
		must(err)
		go s.Start()
		if !s.ReadyForConnections(10 * time.Second) {
			panic("nats-server does not start")
		}
		return s.ClientURL()
	},
	roles: map[string]func(string, func()){
		"echo": func(address string, _ func()) {
			subscribe(dialNATS(address), func(_ *nats.Conn, m *nats.Msg) { must(m.Respond(m.Data)) })
		},
		"count": func(address string, got func()) {
			subscribe(dialNATS(address), func(_ *nats.Conn, m *nats.Msg) {
				sink = m.Data
				got()
			})
		},
		"answer": func(address string, _ func()) {
			subscribe(dialNATS(address), func(c *nats.Conn, m *nats.Msg) { must(c.Publish(string(m.Data), []byte(text))) })
		},
	},
	session: func(address string) func(func()) {
		c := dialNATS(address)
		return func(got func()) { subscribe(c, func(*nats.Conn, *nats.Msg) { got() }) }
	},
	ask: func(address string) func() {
		c := dialNATS(address)
		return func() {
			m, err := c.Request(name, []byte(text), 10*time.Second)
			must(err)
			sink = m.Data
		}
	},
	post:      publish,
	broadcast: publish,
	handOver: func(address string) func(int) {
		c := dialNATS(address)
		return func(n int) {
			var open []*nats.Subscription
			answers := make(chan *nats.Msg, n) // one for all: SubscribeSync would make room for 65,536 messages each
			for range n {
				inbox := c.NewInbox()
				s, err := c.ChanSubscribe(inbox, answers)
				must(err)
				must(c.Publish(name, []byte(inbox)))
				open = append(open, s)
			}
			for range open {
				sink = (<-answers).Data
			}
			for _, s := range open {
				must(s.Unsubscribe())
			}
		}
	},
	hold: func(address string, n int) {
		for range 2 {
			c := dialNATS(address)
			for range n {
				_, err := c.Subscribe(c.NewInbox(), func(*nats.Msg) {})
				must(err)
			}
			must(c.Flush())
		}
	},
}

// dialNATS makes a client, which stays until the process ends.
func dialNATS(address string) *nats.Conn {
	c, err := nats.Connect(address)
	must(err)
	return c
}

func subscribe(c *nats.Conn, each func(*nats.Conn, *nats.Msg)) {
	s, err := c.Subscribe(name, func(m *nats.Msg) { each(c, m) })
	must(err)
	must(s.SetPendingLimits(-1, -1))
	must(c.Flush())
}

func publish(address string) func(string) {
	c := dialNATS(address)
	return func(message string) { must(c.Publish(name, []byte(message))) }
}
