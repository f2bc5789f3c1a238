package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/lxzan/gws"

	"github.com/entangle-go/entangle/protocol"
)

// Dial connects to the hub at a URL such as "ws://127.0.0.1:8080/entangle" or
// "wss://hub.example/entangle". ctx limits how long that may take, and is not looked at afterwards.
// The client ends by Close, or when the connection is lost, for good: it does not dial again.
//
// The error is an *Error if the hub refused, a SyntaxError if o.Origin is no origin, else one
// of package net.
func Dial(ctx context.Context, rawURL string, o Options) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "ws" && u.Scheme != "wss" {
		return nil, fmt.Errorf("remote: %q is no address of a hub: it begins with ws:// or wss://", rawURL)
	}
	if o.Origin, err = o.statedOrigin(); err != nil {
		return nil, err
	}
	conn, err := dialTCP(ctx, u)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	w := new(webSocket)
	var response *http.Response
	w.conn, response, err = gws.NewClientFromConn(w, &gws.ClientOption{
		Addr:                rawURL,
		RequestHeader:       o.Header.Clone(),
		HandshakeTimeout:    time.Hour, // ctx limits it
		ReadMaxPayloadSize:  protocol.MaxFrame,
		WriteMaxPayloadSize: protocol.MaxFrame,
		Logger:              silent{},
	}, conn)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, handshakeError(rawURL, response, err)
	}
	return begin(ctx, w, o)
}

// dialTCP opens the connection that the WebSocket handshake is made on.
func dialTCP(ctx context.Context, u *url.URL) (net.Conn, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"ws": "80", "wss": "443"}[u.Scheme]
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil || u.Scheme == "ws" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{ServerName: u.Hostname()})
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// handshakeError says why there is no WebSocket, in the words of the response if there is one.
func handshakeError(address string, response *http.Response, err error) error {
	if response == nil {
		return fmt.Errorf("remote: no WebSocket at %s: %w", address, err)
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 200))
	return fmt.Errorf("remote: no WebSocket at %s: the answer was %q: %q", address, response.Status, text)
}

// silent is a logger for gws, which reports what also comes as an error.
type silent struct{}

func (silent) Error(...any) {}

// begin makes a client of a socket and waits until the hub says who it is.
func begin(ctx context.Context, s socket, o Options) (*Client, error) {
	c := newClient(s, o)
	c.start(o)
	select {
	case <-c.ready:
		return c, nil
	case <-c.gone:
		<-c.done
		var refused *Error
		if err := c.Err(); errors.As(err, &refused) {
			return nil, refused
		} else {
			return nil, err
		}
	case <-ctx.Done():
		c.socket.abort()
		<-c.done
		return nil, ctx.Err()
	}
}
