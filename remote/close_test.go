package remote_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
)

// SPEC 33, 39: what was posted before close arrives, then close.
func TestCloseAfterMessages(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "close")
		const count = 500
		for i := range count {
			must(t, near.PostMessage(i))
		}
		near.Close()
		must(t, near.PostMessage("SPEC 34: from a closed port"))
		for i := range count {
			expect(t, far, float64(i))
		}
		expectEnd(t, far, entangle.ErrClosed)
		// SPEC 41: posting to a port that got close is no error, and Post says why nothing went.
		must(t, far.PostMessage("nowhere"))
		if err := far.Post(t.Context(), "nowhere"); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("Post: %v", err)
		}
	})
}

// SPEC 41: a port that got close may still be transferred, with what it has not dispatched.
func TestClosedPortTravels(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "carrier")
		a, b := h.pair(t, "closed")
		must(t, a.PostMessage("testament"))
		must(t, a.PostMessage("of two parts"))
		a.Close()
		expect(t, b, "testament")
		channel := entangle.NewMessageChannel()
		must(t, channel.Port1.PostMessage("local testament"))
		channel.Port1.Close()
		must(t, far.PostMessage(nil, b, channel.Port2))
		event := receive(t, near)
		expect(t, event.Ports[0], "of two parts")
		expectEnd(t, event.Ports[0], entangle.ErrClosed)
		expect(t, event.Ports[1], "local testament")
		expectEnd(t, event.Ports[1], entangle.ErrClosed)
		near.Close()
		expectEnd(t, far, entangle.ErrClosed)
	})
}

// Close of a client flushes what was posted: the other side gets all of it, then close.
func TestClientCloseFlushes(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		client := h.client(t)
		near, far := h.pairFrom(t, client, "flush")
		const count = 2000
		for i := range count {
			must(t, near.PostMessage(i))
		}
		closed := make(chan error, 1)
		go func() { closed <- client.Close() }()
		for i := range count { // more than may wait there
			expect(t, far, float64(i))
		}
		must(t, <-closed)
		if err := client.Err(); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("Err: %v", err)
		}
		<-client.Done()
		expectEnd(t, far, entangle.ErrClosed)
		expectEnd(t, near, entangle.ErrClosed)
		if _, err := client.Listen(t.Context(), "late"); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("Listen afterwards: %v", err)
		}
		if _, err := client.ConnectTo(t.Context(), "late"); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("ConnectTo afterwards: %v", err)
		}
		if _, err := client.BroadcastChannel(t.Context(), "late"); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("BroadcastChannel afterwards: %v", err)
		}
		must(t, client.Close())
	})
}

// A client that is closed while others post, and while it posts itself: nobody hangs, and everybody
// gets a prefix, then close.
func TestClientCloseWhilePosting(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		for range 2 {
			client := h.client(t)
			const ports = 4
			var posting sync.WaitGroup
			for i := range ports {
				near, far := h.pairFrom(t, client, string(rune('a'+i)))
				started := make(chan struct{})
				for j, p := range []*entangle.MessagePort{near, far} {
					posting.Go(func() {
						for n := 0; ; n++ {
							if p.Post(t.Context(), n) != nil {
								return
							}
							if n == 10 && j == 0 {
								close(started)
							}
						}
					})
				}
				<-started
				posting.Go(func() {
					next := 0.0
					for event, err := range far.Messages(t.Context()) {
						if err != nil || event.Data() != next {
							t.Errorf("message %v is %v, %v", next, event, err)
							return
						}
						next++
					}
				})
			}
			must(t, client.Close())
			posting.Wait()
		}
	})
}

// A killed socket is final: every port of the client gets close, as lost, after the messages that
// had come; the other sides get close, too.
func TestKilledSocket(t *testing.T) {
	t.Parallel() // it waits for an absence
	eachHub(t, func(t *testing.T, h *testHub) {
		client, kill := h.mortal(t)
		near, far := h.pairFrom(t, client, "killed")
		local := entangle.NewMessageChannel()
		must(t, far.PostMessage("came before"))
		must(t, far.PostMessage("too"))
		expect(t, near, "came before")
		channel, err := client.BroadcastChannel(t.Context(), "killed")
		must(t, err)
		listener, err := client.Listen(t.Context(), "killed listener")
		must(t, err)
		pending := make(chan error, 1)
		go func() {
			_, err := client.ConnectTo(t.Context(), "nobody")
			pending <- err
		}()
		must(t, far.PostMessage("a port", local.Port1))
		inside := receive(t, near) // "too"
		event := receive(t, near)
		if inside.Data() != "too" || len(event.Ports) != 1 {
			t.Fatal("the messages did not arrive")
		}
		kill()
		<-client.Done()
		if err := client.Err(); !errors.Is(err, entangle.ErrLost) {
			t.Errorf("Err: %v", err)
		}
		expectEnd(t, near, entangle.ErrLost)
		expectEnd(t, event.Ports[0], entangle.ErrLost)
		if _, err := far.Receive(t.Context()); err == nil {
			t.Error("the other side got a message")
		}
		if _, err := local.Port2.Receive(t.Context()); err == nil {
			t.Error("the peer of a port that was at the client got a message")
		}
		if _, err := channel.Receive(t.Context()); !errors.Is(err, entangle.ErrLost) {
			t.Errorf("the channel: %v", err)
		}
		if _, err := listener.Accept(t.Context()); !errors.Is(err, entangle.ErrLost) {
			t.Errorf("the listener: %v", err)
		}
		if err := <-pending; !errors.Is(err, entangle.ErrLost) {
			t.Errorf("the pending request: %v", err)
		}
		if err := client.Close(); !errors.Is(err, entangle.ErrLost) {
			t.Errorf("Close: %v", err)
		}
	})
}

// SPEC 51: a network port that nobody holds any more closes its peer.
func TestGarbage(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "garbage")
		local := entangle.NewMessageChannel()
		must(t, near.PostMessage(nil, local.Port1))
		dropPort(t, far)
		ended := make(chan error, 1)
		go func() {
			_, err := local.Port2.Receive(t.Context())
			ended <- err
		}()
		for {
			runtime.GC()
			select {
			case err := <-ended:
				if !errors.Is(err, entangle.ErrClosed) {
					t.Errorf("the peer got %v", err)
				}
				runtime.KeepAlive(near)
				return
			default:
				runtime.Gosched()
			}
		}
	})
}

// dropPort receives a message with a port and forgets both.
//
//go:noinline
func dropPort(t *testing.T, from *entangle.MessagePort) {
	if event := receive(t, from); len(event.Ports) != 1 {
		t.Error("no port came")
	}
}
