package remote_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// Whoever carries out an effect must not step the endpoint, whose memory the effect is.
func TestEffectsDoNotStep(t *testing.T) {
	h := newTestHub(t, true)
	if h.first.StepWithinEffect() == nil {
		t.Error("nobody noticed")
	}
	near, far := h.pair(t, "afterwards")
	must(t, near.PostMessage("x"))
	expect(t, far, "x")
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// absence is how long a client of a test may be without a connection.
const absence = time.Second

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// quiet is told what tests bring about on purpose.
var quiet = slog.New(slog.DiscardHandler)

// testHub is a real hub with two clients.
type testHub struct {
	hub           *hub.Hub
	url           string
	overPipe      bool
	first, second *remote.Client
	probes        atomic.Int64
}

// eachHub runs a test over WebSockets, and within the process.
func eachHub(t *testing.T, test func(*testing.T, *testHub)) {
	t.Run("WebSocket", func(t *testing.T) { test(t, newTestHub(t, false)) })
	t.Run("Pipe", func(t *testing.T) { test(t, newTestHub(t, true)) })
}

func newTestHub(t testing.TB, overPipe bool) *testHub {
	t.Helper()
	h := &testHub{overPipe: overPipe}
	var err error
	h.hub, err = hub.New(hub.Options{Absence: absence, Logger: quiet})
	must(t, err)
	t.Cleanup(func() { h.hub.Close() })
	if !overPipe {
		server := httptest.NewServer(h.hub)
		t.Cleanup(server.Close)
		h.url = strings.Replace(server.URL, "http", "ws", 1)
	}
	h.first, h.second = h.client(t), h.client(t)
	return h
}

// client makes a client that is closed at the end of the test, and ends with its connection.
func (h *testHub) client(t testing.TB, options ...remote.Options) *remote.Client {
	t.Helper()
	o := remote.Options{Origin: "http://127.0.0.1:7000"}
	for _, o = range options {
	}
	return h.dial(t, remote.DialOnce, o)
}

// pipe is a connection to a hub of this process.
func pipe(t testing.TB, h *hub.Hub, who hub.Identity) *hub.Pipe {
	t.Helper()
	p, err := h.Pipe(who)
	must(t, err)
	return p
}

func (h *testHub) dial(t testing.TB, dial func(context.Context, string, remote.Options) (*remote.Client, error),
	o remote.Options) *remote.Client {
	t.Helper()
	o.Logger = quiet
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var client *remote.Client
	var err error
	if h.overPipe {
		client, err = remote.Attach(ctx, pipe(t, h.hub, hub.Identity{User: "dev", Service: true}), o)
	} else {
		client, err = dial(ctx, h.url, o)
	}
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

// mortal makes a client and the means to break its connection.
func (h *testHub) mortal(t *testing.T) (client *remote.Client, kill func()) {
	client = h.client(t)
	return client, client.Kill
}

// pair connects the first client to the second one.
func (h *testHub) pair(t testing.TB, name string) (near, far *entangle.MessagePort) {
	t.Helper()
	return h.pairFrom(t, h.first, name)
}

// pairFrom connects a client to the second one.
func (h *testHub) pairFrom(t testing.TB, client *remote.Client, name string) (near, far *entangle.MessagePort) {
	t.Helper()
	listener := h.listen(t, h.second, name)
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	near, err := client.ConnectTo(ctx, name)
	must(t, err)
	return near, accept(t, listener).Port
}

func (h *testHub) listen(t testing.TB, client *remote.Client, name string) *remote.Listener {
	t.Helper()
	listener, err := client.Listen(t.Context(), name)
	must(t, err)
	return listener
}

// settle returns when the hub has done everything that the client said before.
func (h *testHub) settle(t *testing.T, client *remote.Client) {
	t.Helper()
	h.listen(t, client, fmt.Sprint("probe ", h.probes.Add(1))).Close()
}

// await returns when n requests of a client wait at the hub.
func (h *testHub) await(t *testing.T, client *remote.Client, n int) {
	t.Helper()
	for client.Requests() != n {
		runtime.Gosched()
	}
	h.settle(t, client)
}

// nobodyWaits checks that nobody was connected to a listener, or will have been.
func (h *testHub) nobodyWaits(t *testing.T, listener *remote.Listener) {
	t.Helper()
	h.settle(t, listener.Client())
	if n := listener.Waiting(); n != 0 {
		t.Errorf("%d were connected to %s", n, listener.Name())
	}
}

func accept(t testing.TB, listener *remote.Listener) *remote.Connection {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	connection, err := listener.Accept(ctx)
	must(t, err)
	return connection
}

// acceptAny takes a connection from whichever listener has one.
func acceptAny(t *testing.T, listeners []*remote.Listener) (int, *remote.Connection) {
	t.Helper()
	for {
		for i, l := range listeners {
			if l.Waiting() > 0 {
				return i, accept(t, l)
			}
		}
		runtime.Gosched()
	}
}

func receive(t *testing.T, port *entangle.MessagePort) *entangle.MessageEvent {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	event, err := port.Receive(ctx)
	must(t, err)
	return event
}

// expect takes the next message, which must be this one.
func expect(t *testing.T, port *entangle.MessagePort, want any) {
	t.Helper()
	if event := receive(t, port); event.Type != "message" || event.Data() != want {
		t.Fatalf("got a %s: %v, want %v", event.Type, event.Data(), want)
	}
}

// expectEnd checks that no message comes any more, and why.
func expectEnd(t *testing.T, port *entangle.MessagePort, want error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	event, err := port.Receive(ctx)
	if event != nil {
		t.Fatalf("got %v after the end", event.Data())
	}
	if !errors.Is(err, want) {
		t.Fatalf("it ended with %v, want %v", err, want)
	}
}

// must ends the test on an error; for the test's own goroutine.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// check is must for other goroutines.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
