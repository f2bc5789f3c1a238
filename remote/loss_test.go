package remote_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// A connection that just ends says so: at the client, at its ports and channels, and at the ports
// on the other side.
func TestConnectionEnds(t *testing.T) {
	h := newTestHub(t, false)
	sockets := make(chan net.Conn, 1)
	server := httptest.NewUnstartedServer(h.hub)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			sockets <- conn
		}
	}
	server.Start()
	defer server.Close()
	o := remote.Options{Origin: "http://127.0.0.1:7000", Logger: quiet}
	client, err := remote.DialOnce(t.Context(), strings.Replace(server.URL, "http", "ws", 1), o)
	must(t, err)
	near, far := h.pairFrom(t, client, "cut")
	channel, err := client.BroadcastChannel(t.Context(), "cut")
	must(t, err)
	must(t, far.PostMessage("came before"))
	expect(t, near, "came before")
	must(t, (<-sockets).(*net.TCPConn).CloseWrite())
	<-client.Done()

	if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !errors.Is(err, io.EOF) {
		t.Errorf("the client: %v", err)
	}
	told := func(port *entangle.MessagePort, text string) {
		t.Helper()
		for event, err := range port.Messages(t.Context()) {
			t.Errorf("Messages yields %v, %v", event, err)
		}
		var end entangle.CloseError
		if !errors.As(port.Err(), &end) || end.Reason != entangle.ReasonLost || !strings.Contains(end.Text, text) {
			t.Errorf("%v, want a loss because of %q", port.Err(), text)
		}
		expectEnd(t, port, entangle.ErrLost)
	}
	told(near, "closed the connection without a word (EOF)")
	told(far, "the other side's connection to the hub ended")
	n := 0
	for event, err := range channel.Messages(t.Context()) {
		if n++; event != nil || !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), "EOF") {
			t.Errorf("the channel yields %v, %v", event, err)
		}
	}
	if n != 1 {
		t.Errorf("the channel's end was yielded %d times", n)
	}
	if err := client.Close(); !errors.Is(err, entangle.ErrLost) {
		t.Errorf("Close: %v", err)
	}
}

// So does one within the process; and one that the hub ended gives the hub's reason.
func TestReasonOfTheHub(t *testing.T) {
	conn := newTalker()
	client, err := remote.Attach(t.Context(), conn, remote.Options{Logger: quiet})
	must(t, err)
	conn.Close()
	<-client.Done()
	if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !errors.Is(err, io.EOF) {
		t.Errorf("the client: %v", err)
	}
	eachHub(t, func(t *testing.T, h *testHub) {
		channel, err := h.first.BroadcastChannel(t.Context(), "the hub ends")
		must(t, err)
		must(t, h.hub.Close())
		code, shutdown := fmt.Sprintf("(%d)", protocol.CodeShutdown), entangle.CloseError{Reason: entangle.ReasonShutdown}
		if _, err := channel.Receive(t.Context()); !errors.Is(err, shutdown) || !strings.Contains(err.Error(), code) {
			t.Errorf("the channel: %v", err)
		}
	})
}

// A port that is lost when it comes, or is posted on afterwards, is lost there too.
func TestLossTravels(t *testing.T) {
	t.Parallel() // it waits for an absence
	eachHub(t, func(t *testing.T, h *testHub) {
		client, kill := h.mortal(t)
		near, far := h.pairFrom(t, client, "dying")
		carrier, arrival := h.pair(t, "carrier")
		must(t, near.PostMessage("testament"))
		h.settle(t, client)
		kill()
		<-client.Done()
		runtime.KeepAlive(near) // garbage would be closed, not lost
		for far.Err() == nil {
			h.settle(t, h.second)
		}
		must(t, arrival.PostMessage(nil, far))
		moved := receive(t, carrier).Ports[0]
		expect(t, moved, "testament")
		for _, err := range moved.Messages(t.Context()) {
			t.Error(err)
		}
		if err := moved.Err(); !errors.Is(err, entangle.ErrLost) {
			t.Errorf("it ended with %v", err)
		}
	})
}
