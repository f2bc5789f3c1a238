package remote_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
	"github.com/entangle-go/entangle/remote"
)

// fakeHub is a WebSocket server that reads HELLO, says WELCOME and one thing more, and reads on
// until the client closes. It gives its address.
func fakeHub(t *testing.T, welcome []byte, kind int, says []byte) string {
	t.Helper()
	upgrader := websocket.Upgrader{WriteBufferSize: 1 << 10}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, hello, err := conn.ReadMessage()
		if check(t, err); err == nil {
			checkHello(t, hello)
		}
		check(t, conn.WriteMessage(websocket.BinaryMessage, welcome))
		// In fragments, as large messages may come.
		for writer, err := conn.NextWriter(kind); len(says) > 0 && err == nil; says = says[min(len(says), 1000):] {
			_, err = writer.Write(says[:min(len(says), 1000)])
			if len(says) <= 1000 {
				writer.Close()
			}
		}
		if says == nil {
			conn.WriteMessage(kind, nil)
		}
		for err == nil {
			_, _, err = conn.ReadMessage()
		}
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "http", "ws", 1)
}

// checkHello wants HELLO alone in the first message.
func checkHello(t *testing.T, batch []byte) {
	f, rest, err := protocol.DecodeFrame(batch)
	if err != nil || f.Kind != protocol.Hello || f.Version != protocol.Version || len(rest) > 0 || len(batch) > protocol.MaxHello {
		t.Errorf("the first message is %x", batch)
	}
	if bytes.Equal(f.Secret, make([]byte, len(protocol.Secret{}))) {
		t.Error("the secret is nothing")
	}
}

// Two clients never have the same secret, so that neither can be taken for the other.
func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		conn := newTalker()
		conn.heard = make(chan []byte, 1)
		client, err := remote.Attach(t.Context(), conn, remote.Options{})
		must(t, err)
		f, _, err := protocol.DecodeFrame(<-conn.heard)
		must(t, err)
		seen[string(f.Secret)] = true
		client.Close()
	}
	if len(seen) != 3 {
		t.Errorf("three clients have %d secrets", len(seen))
	}
}

// A message of the hub's largest size arrives whole, in however many fragments it comes.
func TestLargestBatch(t *testing.T) {
	frame := func(size int) []byte {
		return protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Broadcast, Name: "x", Body: make([]byte, size)})
	}
	batch := append(frame(protocol.MaxBody-20), frame(protocol.MaxBody-20)...)
	batch = append(batch, protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Error, Code: 3999, Text: "the end of the batch"})...)
	if len(batch) > protocol.MaxFrame || len(batch) < protocol.MaxFrame-100 {
		t.Fatalf("the batch has %d bytes", len(batch))
	}
	welcome := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Welcome, Version: protocol.Version, Origin: "null"})
	client, err := remote.DialOnce(t.Context(), fakeHub(t, welcome, websocket.BinaryMessage, batch), remote.Options{})
	must(t, err)
	<-client.Done()
	if err := client.Err(); !strings.Contains(err.Error(), "the end of the batch (3999)") {
		t.Errorf("Err: %v", err)
	}
	client.Close()
}
