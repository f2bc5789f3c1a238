package hub

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// The buffers of a WebSocket. It has the one for reading always, and one for writing during a
// write; what is larger than these is read and written without them.
const (
	readBuffer  = 2 << 10
	writeBuffer = 4 << 10
)

var writeBuffers sync.Pool

// maxReason is how many bytes the reason in a close frame may have.
const maxReason = 123

// webSocket is a link over the network. One goroutine reads it; the session's writes.
type webSocket struct {
	conn    *websocket.Conn
	net     net.Conn
	meter   *meter
	session *session
	guess   int // the class of the last message's buffer
	unheard int // how much is still read of a client to whom nobody listens
}

// maxUnheard is how many bytes are read after a close frame was sent, to see the client's.
const maxUnheard = 256 << 10

func newWebSocket(conn *websocket.Conn, m *meter) *webSocket {
	w := &webSocket{conn: conn, net: conn.NetConn(), meter: m, unheard: maxUnheard}
	conn.SetReadLimit(protocol.MaxHello)
	conn.SetPingHandler(func(payload string) error { w.session.answer(payload); return nil })
	conn.SetPongHandler(func(string) error { w.session.sign(); return nil })
	return w
}

// serve reads until the connection ends.
func (w *webSocket) serve() {
	defer w.session.hangUp()
	defer w.conn.Close()
	defer w.meter.leave()
	w.meter.session = w.session
	for {
		kind, r, err := w.conn.NextReader()
		if err == nil {
			err = w.read(kind, r)
		}
		if websocket.IsCloseError(err, websocket.CloseGoingAway) {
			// A page has been left, or reloaded: Firefox says so before the page itself can.
			//
			// https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
			w.session.bye()
		}
		if err != nil {
			w.linger(err)
			return
		}
	}
}

var errUnheard = errors.New("the client does not close")

// read reads a message. Its error is the connection's.
func (w *webSocket) read(kind int, r io.Reader) error {
	s := w.session
	s.sign()
	switch {
	case s.failing.Load():
		n, err := io.Copy(io.Discard, io.LimitReader(r, int64(w.unheard)))
		if w.unheard -= int(n) + 1; w.unheard <= 0 {
			return errUnheard
		}
		return err
	case kind != websocket.BinaryMessage:
		w.meter.leave()
		s.misbehaved("a text message; frames are binary")
		return nil
	}
	s.reading.Store(max(1, s.hub.clock.Load()))
	batch, err := s.readBatch(r, w.guess)
	s.reading.Store(0)
	if err != nil {
		return err
	}
	w.guess = sizeClass(len(batch.Bytes()))
	s.receive(batch)
	if !s.mayRead() {
		w.meter.leave()
		s.await()
		w.meter.enter()
	}
	w.conn.SetReadLimit(protocol.MaxFrame) // WELCOME is out, or nothing counts any more
	return nil
}

// linger lets the client see the close frame that the library has sent because of err: were the
// connection closed at once with something unread, TCP would reset it and the client might never
// know.
func (w *webSocket) linger(err error) {
	var closed *websocket.CloseError
	var network net.Error
	if errors.As(err, &closed) || errors.As(err, &network) || errors.Is(err, errUnheard) {
		return
	}
	w.net.SetReadDeadline(time.Now().Add(closeTimeout))
	io.CopyN(io.Discard, w.net, maxUnheard)
	w.meter.leave()
	if errors.Is(err, websocket.ErrReadLimit) {
		w.session.misbehaved("a message that is too long")
	}
}

func (w *webSocket) serves(s *session) { w.session = s }

func (w *webSocket) write(batch []byte) error {
	w.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	return w.conn.WriteMessage(websocket.BinaryMessage, batch)
}

func (w *webSocket) ping() { w.control(websocket.PingMessage, nil) }

func (w *webSocket) pong(payload string) { w.control(websocket.PongMessage, []byte(payload)) }

// control sends a control frame. Its error does not matter: reading fails, too, or the client is
// silent.
func (w *webSocket) control(kind int, payload []byte) {
	w.conn.WriteControl(kind, payload, time.Now().Add(writeTimeout))
}

// end sends the close frame, after which the library sends nothing, and lets the client answer it,
// for the same reason as linger.
func (w *webSocket) end(code uint64, text string) {
	w.control(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), cut(text, maxReason)))
	w.net.SetReadDeadline(time.Now().Add(closeTimeout))
}

func (w *webSocket) abort() { w.net.Close() }
