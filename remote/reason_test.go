package remote_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// expectReason checks why there are no more messages, in the words of every client.
func expectReason(t *testing.T, err error, want entangle.CloseReason, text string) {
	t.Helper()
	var end entangle.CloseError
	if !errors.As(err, &end) || end.Reason != want || !strings.Contains(end.Text, text) {
		t.Errorf("it ended with %v, want %s because of %q", err, want, text)
	}
	kind := entangle.ErrLost
	if want == entangle.ReasonClosed || want == entangle.ReasonShutdown {
		kind = entangle.ErrClosed
	}
	if both := errors.Is(err, entangle.ErrClosed) == errors.Is(err, entangle.ErrLost); !errors.Is(err, kind) || both {
		t.Errorf("%v is not %v, or both kinds of ends", err, kind)
	}
}

// ended waits for a port's end, which the range over its messages does not mind.
func ended(t *testing.T, port *entangle.MessagePort) error {
	t.Helper()
	for event, err := range port.Messages(t.Context()) {
		t.Errorf("a message: %v, %v", event, err)
	}
	return port.Err()
}

// Each side closes ports in its own way: closed, shutdown, lost.
func TestReasonOfTheOtherSide(t *testing.T) {
	t.Parallel() // it waits for an absence
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "a port is closed")
		near.Close()
		expectReason(t, ended(t, far), entangle.ReasonClosed, "")

		client := h.client(t)
		near, far = h.pairFrom(t, client, "a client is closed")
		listener := h.listen(t, client, "a client is closed, too")
		channel, err := client.BroadcastChannel(t.Context(), "a client is closed")
		must(t, err)
		must(t, client.Close())
		expectReason(t, ended(t, near), entangle.ReasonShutdown, "the client was closed")
		expectReason(t, ended(t, far), entangle.ReasonClosed, "")
		_, err = listener.Accept(t.Context())
		expectReason(t, err, entangle.ReasonShutdown, "the client was closed")
		_, err = channel.Receive(t.Context())
		expectReason(t, err, entangle.ReasonShutdown, "the client was closed")
		_, err = client.ConnectTo(t.Context(), "x")
		expectReason(t, err, entangle.ReasonShutdown, "the client was closed")
		expectReason(t, client.Err(), entangle.ReasonShutdown, "the client was closed")

		client, kill := h.mortal(t)
		near, far = h.pairFrom(t, client, "a client is lost")
		kill()
		expectReason(t, ended(t, near), entangle.ReasonLost, "hub")
		expectReason(t, ended(t, far), entangle.ReasonLost, "the other side's connection to the hub ended")

		near, _ = h.pair(t, "the hub ends for good")
		must(t, h.hub.Close())
		expectReason(t, ended(t, near), entangle.ReasonShutdown, "(3001)")
	})
}

// A message that cannot go costs the ports in it, which say why.
func TestReasonLimit(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "limit")
		channel := entangle.NewMessageChannel()
		for range 3 {
			must(t, channel.Port1.PostMessage(strings.Repeat("x", protocol.MaxBody-100)))
		}
		must(t, near.PostMessage(nil, channel.Port2))
		if event := receive(t, far); event.Type != "messageerror" {
			t.Errorf("got %v", event.Data())
		}
		expectReason(t, ended(t, channel.Port1), entangle.ReasonLimit, "too large with the queues of its ports")
	})
}

// A hub that does not take a ticket says why, and its clients' ports say it too.
func TestReasonRefusedTicket(t *testing.T) {
	p := newPlace(t, hub.Options{})
	told := make(states, 16)
	a, b := p.client(t, remote.Options{OnState: told.changes()}), p.client(t, remote.Options{})
	told.expect(t, remote.Open)
	listener, err := b.Listen(t.Context(), "b")
	must(t, err)
	near, err := a.ConnectTo(t.Context(), "b")
	must(t, err)
	p.kill()
	told.expect(t, remote.Reconnecting)
	p.secret = "another secret, which no former hub had"
	p.open(t)
	expectReason(t, ended(t, near), entangle.ReasonRefused, "(3015)")
	if text := near.Err().Error(); strings.Contains(text, "no hub for too long") {
		t.Errorf("there was one: %s", text)
	}
	told.expect(t, remote.Open)
	_, err = a.ConnectTo(t.Context(), "b") // the client goes on
	must(t, err)
	accept(t, listener)
}

// A hub that says that the client is not to come back: all that it had was refused.
func TestReasonRefusedSession(t *testing.T) {
	conn := newTalker()
	client, err := remote.Attach(t.Context(), conn, remote.Options{Logger: quiet, Linger: time.Millisecond})
	must(t, err)
	pending := make(chan error, 1)
	go func() {
		_, err := client.ConnectTo(t.Context(), "x")
		pending <- err
	}()
	for client.Requests() == 0 {
	}
	conn.says <- protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Error, Code: protocol.CodeDenied, Text: "not you"})
	<-client.Done()
	for _, err := range []error{client.Err(), <-pending} {
		var said *remote.Error
		if !errors.As(err, &said) || said.Text != "not you" {
			t.Errorf("it ended with %v", err)
		}
		expectReason(t, err, entangle.ReasonRefused, "")
	}
}

// A hub that does not want a request: the client goes on.
func TestReasonRefusedRequest(t *testing.T) {
	conn := newTalker()
	conn.heard = make(chan []byte, 8)
	client, err := remote.Attach(t.Context(), conn, remote.Options{Logger: quiet, Linger: time.Millisecond})
	must(t, err)
	defer client.Close()
	pending := make(chan error, 1)
	go func() {
		_, err := client.ConnectTo(t.Context(), "x")
		pending <- err
	}()
	<-conn.heard // HELLO
	connect, _, err := protocol.DecodeFrame(<-conn.heard)
	must(t, err)
	gone := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Settled, Port: connect.Port})
	conn.says <- protocol.AppendFrame(gone, &protocol.Frame{Kind: protocol.Gone, Port: connect.Port})
	expectReason(t, <-pending, entangle.ReasonRefused, "the hub refused the request")
	if err := client.Err(); err != nil {
		t.Errorf("the client: %v", err)
	}
}
