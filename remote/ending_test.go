package remote_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// A stated origin is normalized, and one that is none does not reach the hub.
func TestStatedOrigin(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		for _, origin := range []string{"http://127.0.0.1:7000/", "HTTP://127.1:7000/page?q#f", "http://u:p@127.0.0.1:07000"} {
			if client := h.client(t, remote.Options{Origin: origin}); client.Origin() != "http://127.0.0.1:7000" {
				t.Errorf("%q became %q", origin, client.Origin())
			}
		}
		for _, origin := range []string{"x", "null", "https://", "data:,x", "https://a b",
			"https://" + strings.Repeat("a.", protocol.MaxOrigin) + "example"} {
			o := remote.Options{Origin: origin}
			var err error
			if h.overPipe {
				_, err = remote.Attach(t.Context(), pipe(t, h.hub, hub.Identity{User: "dev"}), o)
			} else {
				_, err = remote.Dial(t.Context(), h.url, o)
			}
			if !errors.Is(err, syntaxError) {
				t.Errorf("%.40q: %v", origin, err)
			}
		}
	})
}

// A hub that does not let the client be who it says: the error has the protocol's code.
func TestRefused(t *testing.T) {
	h, err := hub.New(hub.Options{Logger: quiet, Authenticate: func(r *http.Request) (hub.Identity, error) {
		if r.Header.Get("Authorization") != "Bearer x" {
			return hub.Identity{}, errors.New("no token")
		}
		return hub.Identity{User: "u", Origin: "http://127.0.0.1:7001"}, nil
	}})
	must(t, err)
	defer h.Close()
	server := httptest.NewServer(h)
	defer server.Close()
	url := strings.Replace(server.URL, "http", "ws", 1)
	for _, o := range []remote.Options{
		{Origin: "http://127.0.0.1:7002"},
		{Origin: "http://127.0.0.1:7001", Service: true},
	} {
		o.Header = http.Header{"Authorization": {"Bearer x"}}
		_, err := remote.Dial(t.Context(), url, o)
		var refused *remote.Error
		if !errors.As(err, &refused) || refused.Code != protocol.CodeDenied {
			t.Errorf("as %s, service %v: %v", o.Origin, o.Service, err)
		}
		_, err = remote.Attach(t.Context(), pipe(t, h, hub.Identity{User: "u", Origin: "http://127.0.0.1:7001"}), o)
		if !errors.As(err, &refused) || refused.Code != protocol.CodeDenied {
			t.Errorf("within the process, as %s, service %v: %v", o.Origin, o.Service, err)
		}
	}
	if _, err := remote.Dial(t.Context(), url, remote.Options{}); err == nil || !strings.Contains(err.Error(), "no WebSocket at "+url) {
		t.Errorf("without a token: %v", err)
	}
	client, err := remote.Dial(t.Context(), url, remote.Options{Header: http.Header{"Authorization": {"Bearer x"}}})
	must(t, err)
	if client.Origin() != "http://127.0.0.1:7001" || client.User() != "u" {
		t.Errorf("the client is %s, %s", client.Origin(), client.User())
	}
	must(t, client.Close())
}

// A hub that is no hub, and one that never answers.
func TestDialErrors(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:1", "nonsense", "ws://127.0.0.1:1/%zz"} {
		if _, err := remote.Dial(t.Context(), url, remote.Options{}); err == nil {
			t.Errorf("%s: no error", url)
		}
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := silent.Accept()
		check(t, err)
		cancel()
		io.Copy(io.Discard, conn)
		conn.Close()
	}()
	if _, err := remote.Dial(ctx, "ws://"+silent.Addr().String(), remote.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a hub that does not answer: %v", err)
	}
}

// A hub that shuts down says so: a client that cannot come back ends in order.
func TestHubCloses(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, _ := h.pair(t, "hub closes")
		must(t, h.hub.Close())
		<-h.first.Done()
		var reason *remote.Error
		if err := h.first.Err(); !errors.Is(err, entangle.ErrClosed) || !errors.As(err, &reason) || reason.Code != protocol.CodeShutdown {
			t.Errorf("Err: %v", err)
		}
		if err := near.Post(t.Context(), "x"); err == nil {
			t.Error("a message was posted to a lost port")
		}
	})
}

// Close does not wait for ever for another side that does not answer.
func TestUnconfirmed(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		client := h.client(t, remote.Options{Origin: "http://127.0.0.1:7000", Linger: time.Millisecond})
		near, far := h.pairFrom(t, client, "unconfirmed")
		release := h.second.Hold()
		must(t, near.PostMessage("x"))
		if err := client.Close(); err == nil || errors.Is(err, entangle.ErrLost) {
			t.Errorf("Close: %v", err)
		}
		release()
		for { // what was posted may have come, or not
			if _, err := far.Receive(t.Context()); err != nil {
				break
			}
		}
	})
}

// talker is a connection to a hub that says what it is told and reads nothing.
type talker struct {
	says   chan []byte
	heard  chan []byte // gets HELLO, unless nil
	closed chan struct{}
	once   sync.Once
}

// newTalker makes one that has said WELCOME.
func newTalker() *talker {
	c := &talker{says: make(chan []byte, 2), closed: make(chan struct{})}
	c.says <- protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Welcome, Version: protocol.Version, Origin: "null",
		MaxBody: protocol.MaxBody})
	return c
}

func (c *talker) Read() ([]byte, error) {
	select {
	case batch := <-c.says:
		return batch, nil
	case <-c.closed:
		return nil, io.EOF
	}
}

func (c *talker) Write(batch []byte) error {
	select {
	case c.heard <- bytes.Clone(batch):
		return nil
	default:
	}
	<-c.closed
	return io.ErrClosedPipe
}

func (c *talker) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// Close does not wait for ever for a hub that does not read.
func TestStuckHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := remote.Attach(t.Context(), newTalker(), remote.Options{})
		must(t, err)
		if client.Close() == nil {
			t.Error("Close: no error")
		}
	})
}

// A hub that does not keep to the protocol is left.
func TestNonsenseFromTheHub(t *testing.T) {
	for name, batch := range map[string][]byte{
		"no frame":    {0xff, 1, 2},
		"a HELLO":     protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Hello, Version: protocol.Version}),
		"cut short":   {byte(protocol.Data), 1},
		"a WELCOME":   protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Welcome, Version: protocol.Version, Origin: "null"}),
		"second body": append(protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribed, Name: "x"}), 0xfe),
	} {
		conn := newTalker()
		client, err := remote.Attach(t.Context(), conn, remote.Options{})
		must(t, err)
		conn.says <- batch
		<-client.Done()
		var reason *remote.Error
		if err := client.Err(); !errors.As(err, &reason) || reason.Code != protocol.CodeProtocol {
			t.Errorf("%s: %v", name, err)
		}
		client.Close()
	}
}
