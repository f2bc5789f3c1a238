package remote_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// Many goroutines of several programs connect, make channels, hand their ports on and talk over
// them, all at once.
func TestStress(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		clients := []*remote.Client{h.first, h.second, h.client(t), h.client(t)}
		var listeners []*remote.Listener
		var serving, calling sync.WaitGroup
		for i, c := range clients {
			l := h.listen(t, c, fmt.Sprint("echo ", i))
			listeners = append(listeners, l)
			serving.Go(func() {
				for connection, err := range l.Connections(t.Context()) {
					if err != nil {
						t.Error(err)
						return
					}
					serving.Go(func() { echo(t, connection.Port) })
				}
			})
		}
		for i, c := range clients {
			for j := range 6 {
				calling.Go(func() { call(t, rand.New(rand.NewPCG(uint64(i), uint64(j))), c, i, len(clients)) })
			}
		}
		calling.Wait()
		for _, l := range listeners {
			l.Close()
		}
		serving.Wait()
	})
}

// echo sends every message back over the port that came with it, or else over the one
// that it came on.
func echo(t *testing.T, port *entangle.MessagePort) {
	for event, err := range port.Messages(t.Context()) {
		if err != nil {
			t.Error(err)
			return
		}
		if len(event.Ports) == 0 {
			check(t, port.PostMessage(event.Data()))
			continue
		}
		for _, p := range event.Ports {
			check(t, p.PostMessage(event.Data()))
			echo(t, p)
		}
	}
}

// call talks to the others, over ports within ports.
func call(t *testing.T, random *rand.Rand, c *remote.Client, own, clients int) {
	for range 10 {
		other := random.IntN(clients - 1)
		if other >= own {
			other++
		}
		port, err := c.ConnectTo(t.Context(), fmt.Sprint("echo ", other))
		if err != nil {
			t.Error(err)
			return
		}
		var opened []*entangle.MessagePort
		for n := range 1 + random.IntN(4) { // each channel's port goes over the one before
			opened = append(opened, port)
			channel := entangle.NewMessageChannel()
			check(t, channel.Port2.PostMessage("waits in the queue"))
			check(t, port.PostMessage(n, channel.Port1))
			port = channel.Port2
			for _, want := range []any{float64(n), "waits in the queue"} {
				event, err := port.Receive(t.Context())
				if err != nil || event.Data() != want {
					t.Errorf("got %v, %v; want %v", event, err, want)
					return
				}
			}
		}
		for i := range 20 {
			check(t, port.PostMessage(i))
		}
		for i := range 20 {
			event, err := port.Receive(t.Context())
			if err != nil || event.Data() != float64(i) {
				t.Errorf("got %v, %v; want %d", event, err, i)
				return
			}
		}
		port.Close()
		for _, p := range opened {
			p.Close()
		}
	}
}

// A port whose queue does not fit into a frame cannot be shipped: a messageerror is in the place of
// the message, its ports are closed, and what is posted later arrives.
func TestQueueTooLarge(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "too large")
		channel := entangle.NewMessageChannel()
		for range 3 {
			must(t, channel.Port2.PostMessage(make([]byte, protocol.MaxBody*9/10)))
		}
		must(t, near.PostMessage("before"))
		must(t, near.PostMessage("cannot go", channel.Port1))
		must(t, near.PostMessage("after"))
		expect(t, far, "before")
		if event := receive(t, far); event.Type != "messageerror" {
			t.Errorf("it arrived as a %s: %v", event.Type, event.Data())
		}
		expect(t, far, "after")
		if _, err := channel.Port2.Receive(t.Context()); err == nil {
			t.Error("the port is still there")
		}
	})
}

// A message in a queue that is larger than 1 MiB, which in memory is no limit, becomes a
// messageerror when its port is shipped. It keeps its ports.
func TestQueuedMessageTooLarge(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "queued too large")
		channel, inner := entangle.NewMessageChannel(), entangle.NewMessageChannel()
		must(t, channel.Port2.PostMessage([]any{make([]byte, protocol.MaxBody+1), inner.Port1}, inner.Port1))
		must(t, channel.Port2.PostMessage("fits"))
		must(t, near.PostMessage("take it", channel.Port1))
		port := receive(t, far).Ports[0]
		if event := receive(t, port); event.Type != "messageerror" {
			t.Errorf("it arrived as a %s", event.Type)
		}
		expect(t, port, "fits")
		if _, err := inner.Port2.Receive(t.Context()); err == nil {
			t.Error("the port in it is still there")
		}
	})
}
