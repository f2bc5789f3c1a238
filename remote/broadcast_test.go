package remote_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/remote"
)

// SPEC 58-62, 65: everybody else of the name hears it, in the order of posting, and
// nobody else does.
func TestBroadcast(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		sender := channelOf(t, h.first, "news")
		sameClient := channelOf(t, h.first, "news")
		other := channelOf(t, h.second, "news")
		otherName := channelOf(t, h.second, "olds")
		elsewhere := remote.Options{Origin: "http://127.0.0.1:7009"}
		otherOrigin, itsOwn := channelOf(t, h.client(t, elsewhere), "news"), channelOf(t, h.client(t, elsewhere), "news")
		const count = 300
		for i := range count {
			must(t, sender.PostMessage(map[string]any{"i": i}))
		}
		for _, c := range []*remote.BroadcastChannel{sameClient, other} {
			for i := range count {
				event, err := c.Receive(t.Context())
				must(t, err)
				if got := event.Data().(map[string]any)["i"]; got != float64(i) {
					t.Fatalf("message %d is %v", i, got)
				}
				if event.Origin.String() != h.first.Origin() || event.Source != nil || len(event.Ports) != 0 {
					t.Fatalf("its origin is %q, source %v, ports %v", event.Origin, event.Source, event.Ports)
				}
			}
		}
		// What comes next to each of them shows that nothing came before.
		must(t, channelOf(t, h.first, "olds").PostMessage("first here"))
		must(t, itsOwn.PostMessage("first in this origin"))
		must(t, other.PostMessage("back"))
		for c, want := range map[*remote.BroadcastChannel]any{
			otherName: "first here", otherOrigin: "first in this origin", sender: "back", sameClient: "back",
		} {
			event, err := c.Receive(t.Context())
			must(t, err)
			if event.Data() != want {
				t.Errorf("%s got %v", c.Name(), event.Data())
			}
		}
	})
}

// SPEC 60, 62: a closed channel throws on posting, and drops what it got.
func TestBroadcastClose(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		one, two := channelOf(t, h.first, "c"), channelOf(t, h.second, "c")
		must(t, one.PostMessage("posted before close"))
		one.Close()
		one.Close()
		if err := one.PostMessage("x"); !errors.Is(err, &clone.DOMException{Name: "InvalidStateError"}) {
			t.Errorf("posting on a closed channel: %v", err)
		}
		if err := two.PostMessage(func() {}); !errors.Is(err, &clone.DOMException{Name: "DataCloneError"}) {
			t.Errorf("posting a function: %v", err)
		}
		event, err := two.Receive(t.Context())
		must(t, err)
		if event.Data() != "posted before close" {
			t.Errorf("got %v", event.Data())
		}
		if _, err := one.Receive(t.Context()); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("receiving from a closed channel: %v", err)
		}
		// The name can be subscribed to again.
		again := channelOf(t, h.first, "c")
		must(t, two.PostMessage("again"))
		event, err = again.Receive(t.Context())
		must(t, err)
		if event.Data() != "again" {
			t.Errorf("got %v", event.Data())
		}
	})
}

// SPEC 65: several who post at once: each receiver gets each sender's messages in order,
// and its own copy.
func TestBroadcastConcurrent(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		const senders, count = 4, 100
		var channels []*remote.BroadcastChannel
		for range senders {
			channels = append(channels, channelOf(t, h.client(t), "all"))
		}
		var running sync.WaitGroup
		for n, c := range channels {
			running.Go(func() {
				for i := range count {
					check(t, c.PostMessage([]any{n, i}))
				}
			})
			running.Go(func() {
				next := map[float64]float64{}
				for range (senders - 1) * count {
					event, err := c.Receive(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					pair := event.Data().([]any)
					from, i := pair[0].(float64), pair[1].(float64)
					if from == float64(n) || i != next[from] {
						t.Errorf("%d got message %v of %v, want %v", n, i, from, next[from])
						return
					}
					pair[1] = "changed by a receiver"
					next[from]++
				}
			})
		}
		running.Wait()
	})
}

func channelOf(t *testing.T, c *remote.Client, name string) *remote.BroadcastChannel {
	t.Helper()
	channel, err := c.BroadcastChannel(t.Context(), name)
	must(t, err)
	return channel
}
