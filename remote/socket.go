package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// socket carries batches of frames between a client and a hub, each whole and in order. One
// goroutine serves, another one writes, pings and shuts; anybody may abort, more than once.
type socket interface {
	// serve gives what comes in to receive, which may keep it, until the socket ends. It returns why,
	// which is never nil.
	serve(receive func(batch []byte)) error
	// write sends a batch. It does not keep it. It may block.
	write(batch []byte) error
	// ping asks the hub for a sign of life.
	ping()
	// shut ends the socket in order: the hub reads everything before, and serve returns when it has
	// answered.
	shut()
	// abort ends the socket at once. It does not block.
	abort()
}

// pace is how a client finds out that the hub is no longer there, and comes back.
type pace struct {
	ping  time.Duration // how often the hub is asked for a sign of life
	idle  time.Duration // how long nothing at all may come: a ping's answer has the rest of it
	write time.Duration // how long the hub may take for 64 KiB, or less
	dial  time.Duration // how long another connection may take
	again time.Duration // the longest time between two attempts to make one; 0: the client ends

	network func(ctx context.Context, network, address string) (net.Conn, error) // makes one
}

var usualPace = pace{ping: 12 * time.Second, idle: 30 * time.Second, write: 10 * time.Second, dial: 10 * time.Second,
	again: 20 * time.Second, network: (&net.Dialer{Control: limitUnsent}).DialContext}

// errEOF is why a client ended whose hub did not say why.
var errEOF = fmt.Errorf("remote: the hub closed the connection without a word (%w)", io.EOF)

// webSocket is a socket over the network.
type webSocket struct {
	conn *websocket.Conn
	raw  net.Conn // under it, and under TLS
	pace pace

	heard time.Time // when something came, or a bit before: the read deadline is idle later. The reader's
}

func newWebSocket(conn *websocket.Conn, raw net.Conn, p pace) *webSocket {
	w := &webSocket{conn: conn, raw: raw, pace: p}
	conn.SetReadLimit(protocol.MaxFrame)
	conn.SetPongHandler(func(string) error {
		w.alive()
		return nil
	})
	conn.SetPingHandler(func(payload string) error {
		w.alive()
		// If this fails the connection is broken, which the next read tells, or busy for so long that
		// the hub sees life anyway.
		conn.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(time.Second))
		return nil
	})
	return w
}

// alive puts the read deadline off, because something came. What this client writes is no sign of
// life: where nobody is any more it fills a buffer of the operating system.
//
// OPTIMIZATION: not for every read, but often enough.
func (w *webSocket) alive() {
	if now := time.Now(); now.Sub(w.heard) > w.pace.idle/64 {
		w.heard = now
		w.conn.SetReadDeadline(now.Add(w.pace.idle))
	}
}

func (w *webSocket) serve(receive func(batch []byte)) error {
	w.alive()
	for {
		kind, message, err := w.conn.NextReader()
		if err != nil {
			return w.reason(err)
		}
		w.alive()
		batch, err := w.read(message)
		switch {
		case err != nil:
			return w.reason(err)
		case kind != websocket.BinaryMessage:
			return &Error{protocol.CodeProtocol, "a text message from the hub; frames are binary"}
		}
		receive(batch)
	}
}

// scratch are buffers that messages are read into, for all sockets.
var scratch = sync.Pool{New: func() any {
	buffer := make([]byte, 0, 2*batchSize)
	return &buffer
}}

// read reads a message, which may have any size up to the limit, into memory of its own. That is as
// large as the message: bodies are parts of it, and may be kept for long.
func (w *webSocket) read(message io.Reader) ([]byte, error) {
	buffer := scratch.Get().(*[]byte)
	defer scratch.Put(buffer)
	b := (*buffer)[:0]
	for {
		if len(b) == cap(b) {
			b = slices.Grow(b, len(b))
		}
		n, err := message.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			*buffer = b
			return bytes.Clone(b), nil
		}
		if err != nil {
			return nil, err
		}
		w.alive()
	}
}

// reason says why nothing can be read any more.
func (w *webSocket) reason(err error) error {
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure:
		return errEOF
	case errors.As(err, &closed) && closed.Code >= 3000:
		return &Error{closed.Code, closed.Text}
	case errors.As(err, &closed):
		return fmt.Errorf("remote: the hub closed the WebSocket (%d %s)", closed.Code, closed.Text)
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("remote: nothing came from the hub for %v, not even an answer to a ping: %w", w.pace.idle, err)
	}
	return fmt.Errorf("remote: the connection to the hub broke: %w", err)
}

// write gives every 64 KiB their time: a large message on a slow line is no dead hub.
func (w *webSocket) write(batch []byte) error {
	message, err := w.conn.NextWriter(websocket.BinaryMessage)
	if err != nil {
		return err
	}
	for {
		w.conn.SetWriteDeadline(time.Now().Add(w.pace.write))
		if len(batch) <= batchSize {
			break
		}
		if _, err = message.Write(batch[:batchSize]); err != nil {
			return w.writeError(err)
		}
		batch = batch[batchSize:]
	}
	if _, err = message.Write(batch); err == nil {
		err = message.Close()
	}
	return w.writeError(err)
}

// writeError ends the socket if the hub did not read. Of any other error the reader hears too, and
// perhaps why.
func (w *webSocket) writeError(err error) error {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		return fmt.Errorf("%w: it took nothing for %v", errStuck, w.pace.write)
	}
	return err
}

// errStuck is the error of a write that the hub did not take in time.
var errStuck = errors.New("remote: the hub does not read")

func (w *webSocket) ping() {
	w.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(w.pace.write))
}

// shut sends the close frame and leaves it to the hub to close the connection: were it closed from
// here with something unread, TCP would reset it, and the hub could lose what it has not read.
func (w *webSocket) shut() {
	w.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""),
		time.Now().Add(w.pace.write))
}

func (w *webSocket) abort() { w.raw.Close() }
