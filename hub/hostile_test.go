package hub

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// What a hostile client sends over a real socket ends its session and nobody else's.
func TestHostileFrames(t *testing.T) {
	h := newHub(t, Options{})
	server := serve(t, h)
	a, b := program(t, h), program(t, h)
	near, far := pair(a, b, "honest")
	_ = far
	for name, say := range map[string]func(webSocketConn){
		"no HELLO":         func(c webSocketConn) { c.Write([]byte{byte(protocol.Ack), 4, 0}) },
		"no frame":         func(c webSocketConn) { c.Write([]byte{0xff}) },
		"a frame cut off":  func(c webSocketConn) { c.Write(hello()); c.Write([]byte{byte(protocol.Data), 4}) },
		"a text message":   func(c webSocketConn) { c.conn.WriteMessage(websocket.TextMessage, hello()) },
		"a forged handle":  func(c webSocketConn) { c.Write(hello()); c.Write([]byte{byte(protocol.Ack), 5, 0}) },
		"an unknown frame": func(c webSocketConn) { c.Write(hello()); c.Write([]byte{0x7f}) },
		"more after that": func(c webSocketConn) {
			c.Write([]byte{0xff})
			for range 100 {
				c.Write(bytes.Repeat([]byte{0xff}, 1000))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, server)
			say(conn)
			bad := newClient(t, conn)
			if code := bad.failed(); code != protocol.CodeProtocol {
				t.Errorf("code %d", code)
			}
		})
	}
	a.post(near, "still here")
	b.expect("still here")
	if c := h.Counters(); c.Failed != 7 {
		t.Errorf("counters: %+v", c)
	}
}

// A WebSocket message beyond the limit, and WebSocket frames that are none, end the connection.
func TestHostileSockets(t *testing.T) {
	h := newHub(t, Options{})
	server := serve(t, h)
	for name, say := range map[string]func(net.Conn){
		"a message of 1 GiB": func(c net.Conn) { c.Write([]byte{0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4}) },
		"not masked":         func(c net.Conn) { c.Write([]byte{0x82, 1, 1}) },
		"reserved bits":      func(c net.Conn) { c.Write([]byte{0xf2, 0x81, 1, 2, 3, 4, 5}) },
		"end of the stream":  func(c net.Conn) { c.(*net.TCPConn).CloseWrite() },
		"fragments without end": func(c net.Conn) {
			fragment := append([]byte{0x02, 0xfe, 0xff, 0xff, 0, 0, 0, 0}, make([]byte, 0xffff)...)
			for range 100 {
				if _, err := c.Write(fragment); err != nil {
					return
				}
				fragment[0] = 0
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, server)
			say(conn.conn.NetConn())
			if _, err := conn.Read(); err == nil {
				t.Error("the hub goes on")
			}
		})
	}
}

// stopping is a connection that is not read any more from some time on until it is closed.
type stopping struct {
	connection
	slow atomic.Bool
	once sync.Once
	stop chan struct{}
}

func (s *stopping) Read() ([]byte, error) {
	if s.slow.Load() {
		<-s.stop
	}
	return s.connection.Read()
}

func (s *stopping) Close() error {
	s.once.Do(func() { close(s.stop) })
	return s.connection.Close()
}

// A client that does not read gets no more messages of its ports when 4 MiB wait for it. Who sends
// to it, and everybody else, go on; when it reads again it gets everything, in order.
func TestSlowReader(t *testing.T) {
	for _, overPipe := range []bool{true, false} {
		h := newHub(t, Options{})
		a, b := program(t, h), program(t, h)
		near, _ := pair(a, b, "honest")
		var conn connection
		if overPipe {
			conn = pipe(t, h, dev())
		} else {
			conn = dial(t, serve(t, h))
		}
		stopped := &stopping{connection: conn, stop: make(chan struct{})}
		slow := over(t, stopped, protocol.Event{Origin: origin})
		const ports, messages = 40, 3
		var there [ports]protocol.Handle
		from := map[protocol.Handle]int{}
		slow.listen("slow")
		for i := range ports {
			there[i] = a.do(protocol.Event{Kind: protocol.EventConnect, Name: "slow"}).Port
			from[slow.want(protocol.EffectConnection).Ports[0].Port] = i
			a.want(protocol.EffectOpen)
		}
		stopped.slow.Store(true)
		for n := range messages { // beyond what the network holds, too
			for i := range ports {
				a.post(there[i], string(append([]byte{byte(n)}, make([]byte, 512<<10)...)))
			}
			a.post(near, "meanwhile")
			b.expect("meanwhile")
		}
		if c := h.Counters(); c.Slow != 0 || c.Dropped == 0 {
			t.Errorf("counters: %+v", c)
		}
		stopped.slow.Store(false)
		stopped.once.Do(func() { close(stopped.stop) })
		var next [ports]byte
		for range ports * messages {
			f := slow.want(protocol.EffectDeliver)
			if i := from[f.Port]; f.Body[0] != next[i] {
				t.Fatalf("port %d gets message %d, not %d", i, f.Body[0], next[i])
			}
			next[from[f.Port]]++
		}
		a.post(near, "after")
		b.expect("after")
	}
}
