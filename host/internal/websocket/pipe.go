package websocket

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// dialHandler returns a dialer that connects to a handler of this program, without a socket
// of the system.
func dialHandler(handler http.Handler) dialer {
	return func(context.Context, string) (net.Conn, error) {
		client, server := net.Pipe()
		// The server serves the connection on a goroutine of its own, which ends with the connection.
		_ = (&http.Server{Handler: handler}).Serve(&onceListener{conn: server})
		return client, nil
	}
}

// onceListener accepts one connection.
type onceListener struct {
	conn     net.Conn
	accepted atomic.Bool
}

// Accept implements net.Listener.
func (l *onceListener) Accept() (net.Conn, error) {
	if l.accepted.Swap(true) {
		return nil, net.ErrClosed
	}
	return l.conn, nil
}

// Close implements net.Listener.
func (l *onceListener) Close() error { return nil }

// Addr implements net.Listener.
func (l *onceListener) Addr() net.Addr { return l.conn.LocalAddr() }
