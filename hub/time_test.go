package hub

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// Tests in a bubble, where time is what the test makes it.

// A client that says nothing is closed after 10 s.
func TestHelloTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		began := time.Now()
		silent := newClient(t, pipe(t, h, dev()))
		if code := silent.failed(); code != protocol.CodeTimeout {
			t.Errorf("code %d", code)
		}
		if after := time.Since(began); after < time.Duration(protocol.HelloTimeout) || after > time.Duration(protocol.HelloTimeout)+2*tick {
			t.Errorf("closed after %v", after)
		}
	})
}

// loopback is an end of a net.Pipe that looks like a connection on 127.0.0.1.
type loopback struct{ net.Conn }

func (loopback) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (loopback) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1000} }

// one is a listener of one connection.
type one struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l one) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l one) Addr() net.Addr { return loopback{}.LocalAddr() }
func (l one) Close() error   { close(l.done); return nil }

// rawSocket makes a WebSocket in the bubble. It speaks bytes.
func rawSocket(t *testing.T, h *Hub) (net.Conn, *bufio.Reader) {
	client, server := net.Pipe()
	listener := one{make(chan net.Conn, 1), make(chan struct{})}
	listener.conns <- loopback{server}
	s := &http.Server{Handler: h}
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	t.Cleanup(func() { client.Close() })
	io.WriteString(client, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r := bufio.NewReader(client)
	response, err := http.ReadResponse(r, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response, err)
	}
	return client, r
}

// frame reads a WebSocket frame that is no ticket, which the hub sends every minute.
func frame(t *testing.T, r *bufio.Reader) (opcode byte, payload []byte) {
	t.Helper()
	for {
		var head [2]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			t.Fatal(err)
		}
		size := uint16(head[1])
		if size == 126 {
			if err := binary.Read(r, binary.BigEndian, &size); err != nil {
				t.Fatal(err)
			}
		}
		payload = make([]byte, size)
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Fatal(err)
		}
		if opcode = head[0] & 0xf; opcode != 2 || payload[0] != byte(protocol.Ticket) {
			return opcode, payload
		}
	}
}

// write writes a masked WebSocket message; the mask is 0.
func write(t *testing.T, conn net.Conn, opcode byte, payload []byte) {
	t.Helper()
	if _, err := conn.Write(append([]byte{0x80 | opcode, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)); err != nil {
		t.Fatal(err)
	}
}

// A WebSocket that is silent is pinged; if it does not answer it is told why and closed.
func TestPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		if opcode, _ := frame(t, r); opcode != 2 {
			t.Fatalf("opcode %d instead of WELCOME", opcode)
		}
		for range 3 { // it answers
			began := time.Now()
			if opcode, _ := frame(t, r); opcode != 9 {
				t.Fatalf("opcode %d instead of a ping", opcode)
			}
			if after := time.Since(began); after < pingAfter-tick || after > pingAfter+2*tick {
				t.Errorf("pinged after %v", after)
			}
			write(t, conn, 10, nil)
		}
		began := time.Now() // it does not
		if opcode, _ := frame(t, r); opcode != 9 {
			t.Fatalf("opcode %d instead of a ping", opcode)
		}
		_, payload := frame(t, r)
		f, _, err := protocol.DecodeFrame(payload)
		if err != nil || f.Kind != protocol.Error || f.Code != protocol.CodeTimeout {
			t.Errorf("got %+v, %v", f, err)
		}
		if after := time.Since(began); after < pingAfter+pongTimeout-2*tick || after > pingAfter+pongTimeout+2*tick {
			t.Errorf("closed after %v", after)
		}
		if opcode, payload := frame(t, r); opcode != 8 || len(payload) < 2 || int(payload[0])<<8|int(payload[1]) != protocol.CodeTimeout {
			t.Errorf("opcode %d, %q instead of a close frame", opcode, payload)
		}
		began = time.Now() // nor does it close
		if _, err := r.ReadByte(); err == nil {
			t.Error("something follows the close frame")
		}
		if after := time.Since(began); after > closeTimeout+tick {
			t.Errorf("the connection was closed after %v", after)
		}
	})
}

// A WebSocket that does not read is given up after 10 s, and nobody waits for it but who sends to
// it, for a moment.
func TestWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		frame(t, r)
		write(t, conn, 2, protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "c"}))
		frame(t, r)
		a := program(t, h)
		began := time.Now()
		a.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "c", Body: make([]byte, 100_000)})
		a.do(protocol.Event{Kind: protocol.EventSubscribe, Name: "d"})
		a.want(protocol.EffectSubscribed)
		if after := time.Since(began); after > pause {
			t.Errorf("the sender was delayed by %v", after)
		}
		<-time.After(writeTimeout + tick) // virtual
		if c := h.Counters(); c.Sessions != 1 {
			t.Errorf("counters: %+v", c)
		}
	})
}

// A session that lost its client answers for its ports until their peers have answered, at most ten
// minutes.
func TestForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		a, b := program(t, h), program(t, h)
		pair(a, b, "x")
		stopped := &stopping{connection: pipe(t, h, dev()), stop: make(chan struct{})}
		slow := over(t, stopped, protocol.Event{Origin: origin})
		near, _ := pair(b, slow, "y")
		synctest.Wait()
		stopped.slow.Store(true)
		b.post(near, "it reads this and no more")
		slow.expect("it reads this and no more")
		synctest.Wait()
		b.conn.Close()
		if f := a.want(protocol.EffectClosed); !f.Lost {
			t.Errorf("got %+v", f)
		}
		synctest.Wait()
		if c := h.Counters(); c.Sessions != 2 || c.Tombstones != 1 {
			t.Errorf("counters: %+v", c)
		}
		<-time.After(time.Duration(protocol.ForgetAfter) + 2*tick) // virtual
		if c := h.Counters(); c.Sessions != 2 || c.Tombstones != 0 {
			t.Errorf("counters: %+v", c)
		}
	})
}

// Close does not wait for a client that does not read for longer than a moment.
func TestCloseIsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		conn, r := rawSocket(t, h)
		write(t, conn, 2, hello())
		frame(t, r)
		pipe := pipe(t, h, dev())
		pipe.Write(hello())
		began := time.Now()
		h.Close()
		if after := time.Since(began); after > 2*closeTimeout {
			t.Errorf("closed after %v", after)
		}
		for {
			if _, err := pipe.Read(); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				return
			}
		}
	})
}

// A client that is sent more than 1 MiB of broadcasts and does not read is closed after 2 s, so
// that it does not slow their senders down for longer. It does not come back, which is its end.
func TestStaysCrowded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const absence = 10 * time.Second
		h := newHub(t, Options{Absence: absence})
		a := program(t, h)
		stopped := &stopping{connection: pipe(t, h, dev()), stop: make(chan struct{})}
		slow := over(t, stopped, protocol.Event{Origin: origin})
		toSlow, _ := pair(a, slow, "slow")
		slow.do(protocol.Event{Kind: protocol.EventSubscribe, Name: "news"})
		slow.want(protocol.EffectSubscribed)
		stopped.slow.Store(true)
		began := time.Now()
		for range 4 {
			a.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "news", Body: make([]byte, 512<<10)})
		}
		if f := a.want(protocol.EffectClosed); f.Port != toSlow || !f.Lost {
			t.Errorf("got %+v", f)
		}
		if after := time.Since(began) - absence; after < maxCrowded || after > maxCrowded+4*tick {
			t.Errorf("it was closed after %v", after)
		}
		if c := h.Counters(); c.Slow != 1 {
			t.Errorf("counters: %+v", c)
		}
	})
}
