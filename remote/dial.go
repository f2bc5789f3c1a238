package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"

	"github.com/gorilla/websocket"
)

// writeBuffers are those of all WebSockets: a socket has one only while it writes. A batch fits
// into one, so that it is one frame.
var writeBuffers sync.Pool

// Dial connects to the hub at a URL such as "ws://127.0.0.1:8080/entangle" or
// "wss://hub.example/entangle". ctx limits how long that may take, and is not looked at afterwards.
// A connection that is lost is made again, and all that the client had goes on: see State. The
// client ends by Close, or when the hub does not want it: *Error has a code of 3500 or more.
//
// The error is a *DialError if there was no connection, an *Error if the hub refused, a SyntaxError
// if o.Origin is no origin, or that of ctx.
func Dial(ctx context.Context, rawURL string, o Options) (*Client, error) {
	return dial(ctx, rawURL, o, usualPace)
}

func dial(ctx context.Context, rawURL string, o Options, p pace) (*Client, error) {
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
	again := func(ctx context.Context) (socket, error) {
		ctx, cancel := context.WithTimeout(ctx, p.dial)
		defer cancel()
		return connect(ctx, rawURL, o.Header, p)
	}
	if p.again == 0 {
		again = nil
	}
	s, err := connect(ctx, rawURL, o.Header, p)
	if err != nil {
		return nil, err
	}
	return begin(ctx, newClient(s, again, o, p))
}

// connect makes a WebSocket. Its error is a *DialError.
func connect(ctx context.Context, address string, header http.Header, p pace) (socket, error) {
	var raw net.Conn
	stop := func() bool { return true }
	dialer := websocket.Dialer{
		NetDialContext: func(_ context.Context, network, address string) (net.Conn, error) {
			var err error
			if raw, err = p.network(ctx, network, address); err == nil {
				stop = context.AfterFunc(ctx, func() { raw.Close() })
			}
			return raw, err
		},
		WriteBufferSize: batchSize,
		WriteBufferPool: &writeBuffers,
	}
	// Of a context the library looks at the deadline only, so that is left to the
	// connection's closing.
	conn, response, err := dialer.DialContext(context.WithoutCancel(ctx), address, header)
	if !stop() || err != nil && ctx.Err() != nil {
		response, err = nil, ctx.Err()
	}
	if err != nil {
		return nil, dialError(address, response, err)
	}
	return newWebSocket(conn, raw, p), nil
}

// begin lets a client run and waits until the hub says who it is.
func begin(ctx context.Context, c *Client) (*Client, error) {
	go c.run()
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
		c.mu.Lock()
		c.gaveUp = true
		c.abort()
		c.mu.Unlock()
		c.outbox.put(command{kind: goodbye})
		c.giveUp()
		<-c.done
		return nil, fmt.Errorf("remote: the hub took too long to say who the client is: %w", ctx.Err())
	}
}
