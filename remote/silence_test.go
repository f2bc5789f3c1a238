package remote_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// A hub that is gone without a word is noticed also by a client that has data to send, and the
// client says why it ended.
func TestHalfOpen(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, a *air) {
		client, b := dialAir(t, a, remote.Options{}, remote.Once(remote.UsualPace)), p.client(t, remote.Options{})
		near, _ := connected(t, client, b)
		began := time.Now()
		a.silent.Store(true)
		for near.Post(t.Context(), "are you there?") == nil { // a heartbeat, which nobody hears, keeps no connection alive
			<-time.After(time.Second)
		}
		<-client.Done()
		if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), "nothing came from the hub for 30s") {
			t.Errorf("Err: %v", err)
		}
		if after := time.Since(began); after > 40*time.Second {
			t.Errorf("after %v", after)
		}
	})
}

// A hub that does not read ends the client when a write has taken too long, though it still speaks.
func TestHubDoesNotRead(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, a *air) {
		client, b := dialAir(t, a, remote.Options{}, remote.Once(remote.UsualPace)), p.client(t, remote.Options{})
		near, _ := connected(t, client, b)
		a.stop()
		for range 4 {
			must(t, near.PostMessage(make([]byte, 1_000_000)))
		}
		<-client.Done()
		if err := client.Err(); !errors.Is(err, entangle.ErrLost) || !strings.Contains(err.Error(), "does not read: it took nothing for 10s") {
			t.Errorf("Err: %v", err)
		}
	})
}

// A hub that has nothing to say answers pings, which is enough.
func TestIdle(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, a *air) {
		client, b := dialAir(t, a, remote.Options{}, remote.Once(remote.UsualPace)), p.client(t, remote.Options{})
		select {
		case <-time.After(time.Hour):
		case <-client.Done():
			t.Fatalf("the client ended: %v", client.Err())
		}
		near, far := connected(t, client, b)
		must(t, near.PostMessage("still here"))
		expect(t, far, "still here")
	})
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
		inBubble(t, hub.Options{}, func(t *testing.T, _ *place, a *air) {
			end(t, dialAir(t, a, remote.Options{}, remote.Once(remote.UsualPace)), a.cut)
		})
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
		if err == nil { // else it said so before the first word was looked at
			<-client.Done()
			if err = client.Err(); !errors.Is(err, entangle.ErrLost) {
				t.Errorf("%s: %v", name, err)
			}
			client.Close()
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
