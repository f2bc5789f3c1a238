package remote

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lxzan/gws"
)

// socket carries batches of frames between a client and a hub, each whole and in order.
type socket interface {
	// serve gives what comes in to receive, which may keep it, until the socket ends. It returns why.
	serve(receive func(batch []byte)) error
	// write sends a batch. It does not keep it. It may block.
	write(batch []byte) error
	// ping asks the hub for a sign of life.
	ping()
	// shut ends the socket in order: the hub reads everything before, and serve returns when
	// it has answered.
	shut()
	// abort ends the socket at once. It does not block.
	abort()
}

const (
	pingInterval = 20 * time.Second // how often the hub is asked for a sign of life
	idleTimeout  = 50 * time.Second // how long a WebSocket may bring nothing at all before it is given up
)

// explain puts into words why a socket ended, whoever has to find out what happened to it.
func explain(err error) error {
	var closed *gws.CloseError
	switch {
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the hub, or something in between, closed the connection without a word: %w", io.EOF)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("nothing came from the hub for %v: %w", idleTimeout, err)
	case errors.As(err, &closed):
		return fmt.Errorf("the WebSocket was closed with code %d, %q", closed.Code, closed.Reason)
	}
	return err
}

// webSocket is a socket over the network.
type webSocket struct {
	conn    *gws.Conn
	receive func([]byte)
	err     error // why the read loop ended
}

func (w *webSocket) serve(receive func([]byte)) error {
	w.receive = receive
	w.conn.ReadLoop()
	return w.err
}

func (w *webSocket) write(batch []byte) error { return w.conn.WriteMessage(gws.OpcodeBinary, batch) }

func (w *webSocket) ping() { w.conn.WritePing(nil) }

// shut sends the close frame and leaves it to the hub to close the connection: were it closed from
// here with something unread, TCP would reset it, and the hub could lose what it has not read.
func (w *webSocket) shut() {
	w.conn.WriteMessage(gws.OpcodeCloseConnection, binary.BigEndian.AppendUint16(nil, 1000))
}

func (w *webSocket) abort() { w.conn.NetConn().Close() }

// OnOpen implements gws.Event.
func (w *webSocket) OnOpen(conn *gws.Conn) { w.alive(conn) }

// OnClose implements gws.Event.
func (w *webSocket) OnClose(_ *gws.Conn, err error) {
	var closed *gws.CloseError
	if errors.As(err, &closed) && closed.Code >= 3000 {
		err = &Error{int(closed.Code), string(closed.Reason)}
	}
	w.err = err
}

// OnPing implements gws.Event.
func (w *webSocket) OnPing(conn *gws.Conn, payload []byte) {
	w.alive(conn)
	conn.WritePong(payload)
}

// OnPong implements gws.Event.
func (w *webSocket) OnPong(conn *gws.Conn, _ []byte) { w.alive(conn) }

// OnMessage implements gws.Event. The message's buffer is not given back to gws: bodies
// are parts of it.
func (w *webSocket) OnMessage(conn *gws.Conn, message *gws.Message) {
	w.alive(conn)
	if message.Opcode == gws.OpcodeBinary {
		w.receive(message.Bytes())
	}
}

func (w *webSocket) alive(conn *gws.Conn) { conn.SetReadDeadline(time.Now().Add(idleTimeout)) }
