package remote_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/remote"
)

// SPEC 1.15: the names that are none, and target origins that are none.
func TestNames(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		client := h.client(t)
		for _, name := range []string{"", "_blank", "_x", strings.Repeat("n", 257)} {
			if _, err := client.ConnectTo(t.Context(), name); !errors.Is(err, syntaxError) {
				t.Errorf("connectTo %.10q: %v", name, err)
			}
			if _, err := client.Listen(t.Context(), name); !errors.Is(err, syntaxError) {
				t.Errorf("listen %.10q: %v", name, err)
			}
		}
		for _, origin := range []string{"", "nonsense", "data:,x", "http://"} {
			if _, err := client.ConnectToService(t.Context(), origin, "n"); !errors.Is(err, syntaxError) {
				t.Errorf("target origin %q: %v", origin, err)
			}
		}
		if _, err := client.BroadcastChannel(t.Context(), strings.Repeat("n", 257)); !errors.Is(err, syntaxError) {
			t.Errorf("channel: %v", err)
		}
	})
}

var syntaxError = &clone.DOMException{Name: "SyntaxError"}

// SPEC 1.15: a request that was withdrawn is answered by nobody; one that waits is answered when
// somebody comes.
func TestPendingRequest(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		ctx, cancel := context.WithCancel(t.Context())
		withdrawn, waiting := make(chan error, 1), make(chan *entangle.MessagePort, 1)
		go func() {
			_, err := h.first.ConnectTo(ctx, "late")
			withdrawn <- err
		}()
		h.await(t, h.first, 1)
		cancel()
		if err := <-withdrawn; !errors.Is(err, context.Canceled) {
			t.Errorf("withdrawn: %v", err)
		}
		if _, err := h.first.ConnectTo(ctx, "late"); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that is done: %v", err)
		}
		go func() {
			port, err := h.first.ConnectTo(t.Context(), "late")
			check(t, err)
			waiting <- port
		}()
		h.await(t, h.first, 1)
		listener := h.listen(t, h.second, "late")
		near, far := <-waiting, accept(t, listener)
		must(t, near.PostMessage("hello"))
		expect(t, far.Port, "hello")
		// Were the others still there, they would have come first.
		h.nobodyWaits(t, listener)
	})
}

// SPEC 1.15: the oldest listener of a name gets the callers; a client never connects to itself.
func TestWhoIsFound(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		own := h.listen(t, h.first, "name")
		oldest := h.listen(t, h.second, "name")
		h.listen(t, h.client(t), "name")
		for range 3 {
			port, err := h.first.ConnectTo(t.Context(), "name")
			must(t, err)
			must(t, port.PostMessage("x"))
			expect(t, accept(t, oldest).Port, "x")
		}
		h.nobodyWaits(t, own)
	})
}

// Services: found by their target origin from any partition; the connection tells origin and user;
// instances take turns.
func TestServices(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		const shop, contacts = "http://127.0.0.1:7001", "http://127.0.0.1:7002"
		caller := h.client(t, remote.Options{Origin: shop})
		service := remote.Options{Origin: contacts, Service: true}
		listeners := []*remote.Listener{
			h.listen(t, h.client(t, service), "book"), h.listen(t, h.client(t, service), "book"), h.listen(t, h.client(t, service), "book"),
		}
		noService := h.listen(t, h.client(t, remote.Options{Origin: contacts}), "book")
		if caller.Origin() != shop || caller.User() == "" {
			t.Errorf("the caller is %s, %s to the hub", caller.Origin(), caller.User())
		}
		got := map[int]int{}
		for i := range 9 {
			port, err := caller.ConnectToService(t.Context(), contacts+"/page", "book")
			must(t, err)
			must(t, port.PostMessage(i))
			n, connection := acceptAny(t, listeners)
			if connection.Origin != shop || connection.User != caller.User() {
				t.Errorf("the connection is of %s, %s", connection.Origin, connection.User)
			}
			expect(t, connection.Port, float64(i))
			got[n]++
		}
		if got[0] != 3 || got[1] != 3 || got[2] != 3 {
			t.Errorf("the instances were chosen %v times", got)
		}
		h.nobodyWaits(t, noService)
		// connectTo(name) does not find services.
		ctx, cancel := context.WithCancel(t.Context())
		found := make(chan error, 1)
		other := h.client(t, remote.Options{Origin: contacts})
		noService.Close()
		h.settle(t, noService.Client())
		go func() {
			_, err := other.ConnectTo(ctx, "book")
			found <- err
		}()
		h.await(t, other, 1)
		cancel()
		if err := <-found; !errors.Is(err, context.Canceled) {
			t.Errorf("a service was found by connectTo(name): %v", err)
		}
	})
}

// Partitions: the same name in another origin is another one.
func TestPartitions(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		mine := h.client(t, remote.Options{Origin: "http://127.0.0.1:7001"})
		also := h.client(t, remote.Options{Origin: "http://127.0.0.1:7001"})
		theirs := h.client(t, remote.Options{Origin: "http://127.0.0.1:7002"})
		wrong := h.listen(t, theirs, "name")
		right := h.listen(t, also, "name")
		port, err := mine.ConnectTo(t.Context(), "name")
		must(t, err)
		must(t, port.PostMessage("x"))
		expect(t, accept(t, right).Port, "x")
		h.nobodyWaits(t, wrong)
	})
}

// Close of a listener closes what nobody took, and the name is free; what was taken lives on.
func TestListenerClose(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		listener := h.listen(t, h.second, "door")
		taken, err := h.first.ConnectTo(t.Context(), "door")
		must(t, err)
		inside := accept(t, listener).Port
		untaken, err := h.first.ConnectTo(t.Context(), "door")
		must(t, err)
		must(t, untaken.PostMessage("never read"))
		listener.Close()
		listener.Close()
		expectEnd(t, untaken, entangle.ErrClosed)
		if _, err := listener.Accept(t.Context()); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
		for range listener.Connections(t.Context()) {
			t.Error("a closed listener gave something")
		}
		must(t, taken.PostMessage("still here"))
		expect(t, inside, "still here")
		again := h.listen(t, h.second, "door")
		port, err := h.first.ConnectTo(t.Context(), "door")
		must(t, err)
		must(t, port.PostMessage("again"))
		expect(t, accept(t, again).Port, "again")
	})
}

// Connections ranges over several callers; breaking off keeps the rest; its error is that
// of the context.
func TestConnections(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		listener := h.listen(t, h.second, "many")
		for i := range 4 {
			port, err := h.first.ConnectTo(t.Context(), "many")
			must(t, err)
			must(t, port.PostMessage(i))
		}
		next := 0
		for range 2 {
			n := 0
			for connection, err := range listener.Connections(t.Context()) {
				must(t, err)
				expect(t, connection.Port, float64(next))
				next++
				if n++; n == 2 {
					break
				}
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(fmt.Errorf("enough"))
		for connection, err := range listener.Connections(ctx) {
			if connection != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("%v, %v", connection, err)
			}
		}
	})
}

// A call that waits for the hub's answer ends with its ctx; nothing of it is left, and the client
// goes on.
func TestNobodyAnswers(t *testing.T) {
	h := newTestHub(t, false)
	client, err := remote.Dial(t.Context(), h.url, remote.Options{Logger: quiet})
	must(t, err)
	defer client.Close()
	h.hub.Close()
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 2)
	go func() {
		_, err := client.Listen(ctx, "x")
		asked <- err
	}()
	go func() {
		_, err := client.BroadcastChannel(ctx, "x")
		asked <- err
	}()
	cancel()
	for range cap(asked) {
		if err := <-asked; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	}
	if err := client.Err(); err != nil {
		t.Errorf("the client has ended: %v", err)
	}
}
