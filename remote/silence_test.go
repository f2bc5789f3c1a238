package remote_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// line is a TCP connection to a hub that a test can spoil.
type line struct {
	listener net.Listener
	client   *net.TCPConn // towards the client
	hub      net.Conn
	silent   atomic.Bool   // what either side says is read, and goes nowhere
	deaf     chan struct{} // closed when nothing is read any more
	chunks   chan struct{} // one token for each time that something came from the client, if there is room
}

// newLine makes a line to a hub. Its client dials url.
func newLine(t *testing.T, h *testHub) (l *line, url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l = &line{listener: listener, deaf: make(chan struct{}), chunks: make(chan struct{}, 1)}
	carried := make(chan struct{}, 3)
	go func() {
		defer func() { carried <- struct{}{} }()
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		l.client = conn.(*net.TCPConn)
		check(t, l.client.SetReadBuffer(4<<10))
		l.hub, err = net.Dial("tcp", strings.TrimPrefix(h.url, "ws://"))
		check(t, err)
		go func() { l.carry(l.hub, l.client, nil); carried <- struct{}{} }()
		go func() { l.carry(l.client, l.hub, l.chunks); carried <- struct{}{} }()
	}()
	t.Cleanup(func() {
		listener.Close()
		<-carried
		if l.hub != nil {
			l.cut()
			<-carried
			<-carried
		}
	})
	return l, "ws://" + listener.Addr().String()
}

// carry carries what comes from one side to the other.
func (l *line) carry(from, to net.Conn, chunks chan<- struct{}) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		select {
		case chunks <- struct{}{}:
		default:
		}
		select {
		case <-l.deaf:
			return
		default:
		}
		if l.silent.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut closes the line.
func (l *line) cut() {
	l.client.Close()
	l.hub.Close()
}

func (h *testHub) overLine(t *testing.T, ping, idle, write time.Duration) (*line, *remote.Client) {
	t.Helper()
	l, url := newLine(t, h)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	host := http.Header{"Host": {strings.TrimPrefix(h.url, "ws://")}}
	o := remote.Options{Origin: "http://127.0.0.1:7000", Header: host, Logger: quiet}
	client, err := remote.DialAtPace(ctx, url, o, ping, idle, write)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return l, client
}

// A hub that is gone without a word is noticed also by a client that has data to send, and the
// client says why it ended.
func TestHalfOpen(t *testing.T) {
	h := newTestHub(t, false)
	l, client := h.overLine(t, 50*time.Millisecond, 2*time.Second, time.Minute)
	near, _ := h.pairFrom(t, client, "half open")
	var posted atomic.Int64
	posting := make(chan struct{})
	go func() { // a heartbeat, which nobody hears, keeps no connection alive
		defer close(posting)
		for near.Post(t.Context(), "are you there?") == nil {
			posted.Add(1)
		}
	}()
	for posted.Load() == 0 {
		<-l.chunks
	}
	l.silent.Store(true)
	<-client.Done()
	<-posting
	if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), "nothing came from the hub for 2s") {
		t.Errorf("Err: %v", err)
	}
}

// A hub that does not read ends the client when a write has taken too long, though it still speaks.
func TestHubDoesNotRead(t *testing.T) {
	h := newTestHub(t, false)
	l, client := h.overLine(t, time.Minute, 2*time.Minute, time.Second)
	near, _ := h.pairFrom(t, client, "does not read")
	close(l.deaf)
	message := make([]byte, 1_000_000)
	for near.Post(t.Context(), message) == nil {
	}
	<-client.Done()
	if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), "does not read: it took nothing for 1s") {
		t.Errorf("Err: %v", err)
	}
}

// A hub that has nothing to say answers pings, which is enough.
func TestIdle(t *testing.T) {
	h := newTestHub(t, false)
	l, client := h.overLine(t, 50*time.Millisecond, 2*time.Second, time.Minute)
	for range 60 { // pings: more than the two seconds
		select {
		case <-l.chunks:
		case <-client.Done():
			t.Fatalf("the client ended: %v", client.Err())
		}
	}
	near, far := h.pairFrom(t, client, "idle")
	must(t, near.PostMessage("still here"))
	expect(t, far, "still here")
}

// A connection that ends without a reason says so, in the error of the client and of
// those who wait.
func TestEOF(t *testing.T) {
	end := func(t *testing.T, client *remote.Client, end func()) {
		pending := make(chan error, 1)
		go func() {
			_, err := client.ConnectTo(t.Context(), "nobody")
			pending <- err
		}()
		for client.Requests() == 0 {
			runtime.Gosched()
		}
		end()
		<-client.Done()
		for what, err := range map[string]error{"Err": client.Err(), "Close": client.Close(), "ConnectTo": <-pending} {
			if !errors.Is(err, entangle.ErrLost) || !errors.Is(err, io.EOF) ||
				!strings.Contains(err.Error(), "remote: the hub closed the connection without a word (EOF)") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	t.Run("WebSocket", func(t *testing.T) {
		h := newTestHub(t, false)
		l, client := h.overLine(t, time.Minute, time.Minute, time.Minute)
		end(t, client, func() { check(t, l.client.CloseWrite()) }) // Close would reset what is unread
	})
	t.Run("Pipe", func(t *testing.T) {
		conn := newTalker()
		client, err := remote.Attach(t.Context(), conn, remote.Options{})
		must(t, err)
		end(t, client, func() { conn.Close() })
	})
}

// An acknowledgement that no message takes along goes by itself, in time.
func TestAcknowledgement(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "acknowledged")
		for i := range 3 {
			must(t, near.PostMessage(i))
			expect(t, far, float64(i))
			for deadline := time.Now().Add(patience); h.first.Behind() > 0; {
				if time.Now().After(deadline) {
					t.Fatal("it was not acknowledged")
				}
			}
		}
	})
}

// A hub that does not keep to the protocol, over a WebSocket.
func TestNonsenseOverWebSocket(t *testing.T) {
	welcome := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Welcome, Version: protocol.Version, Origin: "null"})
	for name, c := range map[string]struct {
		kind int
		says []byte
		want string
	}{
		"a text message": {1, []byte("hello"), "a text message from the hub"},
		"too large":      {2, make([]byte, protocol.MaxFrame+1), "read limit exceeded"},
		"a close code":   {8, []byte("\x03\xe9going away"), "the hub closed the WebSocket (1001 going away)"},
		"no close code":  {8, nil, "the hub closed the WebSocket (1005 )"},
		"its own code":   {8, []byte("\x0b\xc4again"), "the hub ended the session: again (3012)"},
	} {
		url := fakeHub(t, welcome, c.kind, c.says)
		client, err := remote.DialOnce(t.Context(), url, remote.Options{})
		must(t, err)
		<-client.Done()
		if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		client.Close()
	}
}
