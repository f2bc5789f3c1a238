package hub

import (
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"github.com/entangle-go/entangle/protocol"
)

// webSocket is a link over the network.
type webSocket struct {
	conn    *gws.Conn
	net     *socketConn
	session *session
}

// socketConn is the connection under a WebSocket.
type socketConn struct {
	net.Conn
	silenced atomic.Bool // the close frame was sent, or nothing can be: nothing may follow, whatever gws writes

	mu      sync.Mutex // guards hurried, and the write deadline
	hurried bool
}

func (c *socketConn) Write(b []byte) (int, error) {
	if c.silenced.Load() {
		return len(b), nil
	}
	c.limit(false)
	n, err := c.Conn.Write(b)
	if err != nil {
		c.silenced.Store(true) // there is no use in a close frame now
	}
	return n, err
}

// limit sets the time that a write may take, once and for all if it is a short one.
func (c *socketConn) limit(hurry bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hurried {
		c.hurried = hurry
		timeout := writeTimeout
		if hurry {
			timeout = closeTimeout
		}
		c.SetWriteDeadline(time.Now().Add(timeout))
	}
}

// sessionKey is where a gws connection keeps its session.
const sessionKey = "session"

func (w *webSocket) write(batch []byte) error { return w.conn.WriteMessage(gws.OpcodeBinary, batch) }
func (w *webSocket) ping()                    { w.conn.WritePing(nil) }

// end sends the close frame, whose reason has 123 bytes at most, and lets the client answer: were
// the connection closed at once with something unread, TCP would reset it and the client might
// never see why.
func (w *webSocket) end(code uint64, text string) {
	reason := binary.BigEndian.AppendUint16(nil, uint16(code))
	reason = append(reason, text[:min(len(text), 123)]...)
	w.conn.WriteMessage(gws.OpcodeCloseConnection, reason)
	if half, ok := w.conn.NetConn().(interface{ CloseWrite() error }); ok {
		half.CloseWrite() // or gws would answer the client's answer, which browsers call an error
	}
	w.net.silenced.Store(true)
	w.net.SetReadDeadline(time.Now().Add(closeTimeout))
}

func (w *webSocket) hurry() { w.net.limit(true) }
func (w *webSocket) abort() { w.net.Close() }

// socketEvents are what gws tells of all connections of a hub.
type socketEvents struct{}

func sessionOf(conn *gws.Conn) *session {
	s, _ := conn.Session().Load(sessionKey)
	return s.(*session)
}

// OnOpen implements [gws.Event].
func (socketEvents) OnOpen(*gws.Conn) {}

// OnClose implements [gws.Event].
func (socketEvents) OnClose(conn *gws.Conn, _ error) { sessionOf(conn).lost() }

// OnPing implements [gws.Event].
func (socketEvents) OnPing(conn *gws.Conn, payload []byte) {
	s := sessionOf(conn)
	s.heard.Store(s.hub.clock.Load())
	conn.WritePong(payload)
}

// OnPong implements [gws.Event].
func (socketEvents) OnPong(conn *gws.Conn, _ []byte) {
	s := sessionOf(conn)
	s.heard.Store(s.hub.clock.Load())
}

// OnMessage implements [gws.Event]. The message's buffer is not given back to gws: bodies
// are parts of it.
func (socketEvents) OnMessage(conn *gws.Conn, message *gws.Message) {
	s := sessionOf(conn)
	if message.Opcode != gws.OpcodeBinary {
		s.put(item{kind: itemFail, code: protocol.CodeProtocol, text: "a text message; frames are binary"})
		return
	}
	s.receive(message.Bytes())
}
