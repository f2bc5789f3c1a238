package hub

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// objects is how many bytes of memory all objects take, dead ones that were not collected included.
func objects() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// live is that without dead ones.
func live() int64 {
	runtime.GC()
	runtime.GC()
	return objects()
}

// peak is how much memory was added at most while f ran. It is not looked at if that says nothing.
func peak(f func()) int64 {
	if raced {
		f()
		return 0
	}
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	before := live()
	most, stop, done := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				most = max(most, objects())
				runtime.Gosched()
			}
		}
	}()
	f()
	close(stop)
	<-done
	return most - before
}

// atMost checks a figure of memory.
func atMost(t *testing.T, what string, bytes, limit int64) {
	t.Helper()
	t.Logf("%s: %d KiB, at most %d", what, bytes>>10, limit>>10)
	if bytes > limit && !raced {
		t.Errorf("%s: %d KiB, want at most %d", what, bytes>>10, limit>>10)
	}
}

// users makes a hub whose clients are who the query says, programs of any origin.
func users(t *testing.T) (*Hub, *httptest.Server) {
	h := newHub(t, Options{Authenticate: func(r *http.Request) (Identity, error) {
		return Identity{User: r.URL.Query().Get("user"), Service: true}, nil
	}})
	return h, serve(t, h)
}

// honest makes two clients of the user ann, and gives a round trip between them.
func honest(t *testing.T, server *httptest.Server) (trip func()) {
	t.Helper()
	dialAnn := func() *client {
		return over(t, dial(t, &httptest.Server{URL: server.URL + "/?user=ann"}), protocol.Event{Origin: origin})
	}
	a, b := dialAnn(), dialAnn()
	near, far := pair(a, b, "honest")
	return func() {
		t.Helper()
		a.post(near, "there")
		b.expect("there")
		b.post(far, "and back")
		a.expect("and back")
	}
}

// mallory connects as the user mallory, with nothing but a socket.
func mallory(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	address := strings.TrimPrefix(server.URL, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /?user=mallory HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address)
	end := []byte{0, 0, 0, 0}
	for one := make([]byte, 1); !bytes.Equal(end, []byte("\r\n\r\n")); end = append(end[1:], one[0]) {
		if _, err := conn.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// welcomed says HELLO and reads the answer.
func welcomed(t *testing.T, conn net.Conn) net.Conn {
	t.Helper()
	conn.Write(head(2, true, len(hello())))
	conn.Write(hello())
	var header [2]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, conn, int64(header[1])); err != nil {
		t.Fatal(err)
	}
	return conn
}

// head is the head of a WebSocket frame from a client; the mask is 0.
func head(opcode byte, final bool, length int) []byte {
	if final {
		opcode |= 0x80
	}
	return append(binary.BigEndian.AppendUint64([]byte{opcode, 0xff}, uint64(length)), 0, 0, 0, 0)
}

// full is frames, again and again, up to the size of a batch.
func full(size int, frames ...protocol.Frame) []byte {
	var once []byte
	for i := range frames {
		once = protocol.AppendFrame(once, &frames[i])
	}
	if raced {
		size /= 64
	}
	return bytes.Repeat(once, size/len(once))
}

// seen waits until a client's session has looked at everything that it has read.
func seen(s *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.unread > 0 && !s.finished {
		s.ready.Wait()
	}
}

// hers is the session of the user mallory.
func hers(h *Hub) *session {
	for _, s := range h.all() {
		if s.user == "mallory" {
			return s
		}
	}
	return nil
}

// A batch of the smallest frames that there are takes as much memory as it has bytes, not as it has
// frames; whoever is connected too goes on.
func TestFloodOfFrames(t *testing.T) {
	h, server := users(t)
	trip := honest(t, server)
	conn := welcomed(t, mallory(t, server))
	batch := full(protocol.MaxFrame, protocol.Frame{Kind: protocol.Unlisten, Listener: 1})
	atMost(t, "three batches of 2 MiB", peak(func() {
		for range 3 {
			conn.Write(append(head(2, true, len(batch)), batch...))
			trip()
		}
		seen(hers(h))
	}), 24<<20)
	trip()
}

// The directory's answers to a client that does not read do not pile up.
func TestFloodOfAnswers(t *testing.T) {
	h, server := users(t)
	trip := honest(t, server)
	conn := welcomed(t, mallory(t, server))
	batch := full(protocol.MaxFrame/4,
		protocol.Frame{Kind: protocol.Listen, Listener: 1, Name: "x"}, protocol.Frame{Kind: protocol.Unlisten, Listener: 1})
	atMost(t, "questions to the directory", peak(func() {
		conn.Write(append(head(2, true, len(batch)), batch...))
		trip()
		seen(hers(h))
	}), 8<<20)
	trip()
}

// Before WELCOME a connection takes at most four times what it has sent, and what an idle one
// takes.
func TestFloodBeforeHello(t *testing.T) {
	const n, idle = 50, 64 << 10
	h, server := users(t)
	trip := honest(t, server)
	for name, c := range map[string]struct {
		claimed, sent int
	}{
		"idle":                  {0, 0},
		"claims 16 KiB":         {protocol.MaxHello, 1},
		"all but the last byte": {protocol.MaxHello, protocol.MaxHello - 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := live()
			conns := make([]net.Conn, n)
			for i := range conns {
				conns[i] = mallory(t, server)
				if c.claimed > 0 {
					conns[i].Write(head(2, true, c.claimed))
					conns[i].Write(make([]byte, c.sent))
				}
			}
			trip()
			if c.sent > 1 {
				for heldBy(h, "mallory") < n*int64(c.sent) {
					runtime.Gosched()
				}
			}
			atMost(t, "each", (live()-before)/n, int64(4*c.sent+idle))
			for _, conn := range conns {
				conn.Close()
			}
			for h.Counters().Sessions > 2 {
				runtime.Gosched()
			}
		})
	}
}

// heldBy is what the hub holds for a user.
func heldBy(h *Hub, user string) (held int64) {
	for _, s := range h.all() {
		if s.user == user {
			held += s.held.Load()
		}
	}
	return held
}

// The memory of a message is that of the bytes that have come, not of those that were announced.
func TestFloodOfClaims(t *testing.T) {
	const n = 50
	h, server := users(t)
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = welcomed(t, mallory(t, server))
	}
	before := live()
	for _, conn := range conns {
		conn.Write(head(2, true, protocol.MaxFrame))
		conn.Write([]byte{1})
	}
	for heldBy(h, "mallory") < n*int64(bufferSizes[0]) {
		runtime.Gosched()
	}
	atMost(t, "each", (live()-before)/n, 4<<10)
}

// What a user's sessions hold is limited together. The one that holds most is ended, and told why;
// who is somebody else goes on.
func TestOneAccount(t *testing.T) {
	h, server := users(t)
	trip := honest(t, server)
	const n = maxHeld/(protocol.MaxFrame+1) + 2
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = welcomed(t, mallory(t, server))
	}
	unfinished := make([]byte, protocol.MaxFrame-1)
	most := peak(func() {
		for _, conn := range conns {
			conn.Write(head(2, true, protocol.MaxFrame))
			conn.Write(unfinished)
		}
		for h.Counters().Failed == 0 {
			runtime.Gosched()
		}
	})
	atMost(t, "unfinished messages of 2 MiB", most, maxHeld*9/8)
	trip()
	if c := h.Counters(); c.Failed > n/4 || c.Sessions < n-n/4 {
		t.Errorf("too many were ended: %+v", c)
	}
}
