package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lxzan/gws"
)

const (
	MaxMessage   = 64 << 20
	MaxSockets   = 256
	MaxBuffered  = 256 << 20
	maxUnread    = 4 << 20
	openTimeout  = 30 * time.Second
	closeTimeout = 10 * time.Second
	leaveTimeout = time.Second
)

// The closing codes that are the API's own.
//
// https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
const (
	codeGoingAway = 1001
	codeNone      = 1005 // the Close frame had none
	codeAbnormal  = 1006 // there was no Close frame
)

// dialer makes the TCP connection to host:port.
type dialer func(ctx context.Context, address string) (net.Conn, error)

// request is what a connection is made from.
type request struct {
	url       string // ws: or wss:, without fragment
	secure    bool
	host      string // of the URL, without port, for the certificate
	address   string // host:port
	header    http.Header
	protocols []string
	dial      dialer
	tls       *tls.Config // nil for the default
}

// events are called on a goroutine of the connection, one at a time, except that sent may be called
// at the same time as the others.
type events struct {
	opened  func(protocol string)
	message func(binary bool, data []byte) bool // false: it cannot be taken, and the connection fails
	sent    func(n int)
	closed  func(code uint16, reason string, clean bool) // the last one; not clean: the connection failed
}

// frame is a message, or the Close frame, that is to be sent.
type frame struct {
	opcode gws.Opcode
	data   []byte
}

// connection is a WebSocket connection as a client has it.
type connection struct {
	gws.BuiltinEventHandler
	events events
	cancel context.CancelFunc
	closer *time.Timer // ends the connection if the server does not answer a Close frame; owned by the writer

	mu     sync.Mutex // guards the fields below
	wake   *sync.Cond // queue or ended changed, or unread became less
	queue  []frame
	unread int
	isOpen bool
	ended  bool
	// leaving: nobody waits for the server's answer to the Close frame.
	leaving bool
}

// connect begins to establish a connection and returns at once.
//
// https://websockets.spec.whatwg.org/#concept-websocket-establish
func connect(ctx context.Context, r request, e events) *connection {
	ctx, cancel := context.WithCancel(ctx)
	c := &connection{events: e, cancel: cancel}
	c.wake = sync.NewCond(&c.mu)
	go c.run(ctx, r)
	return c
}

// run is the reading goroutine, from the beginning to the end.
func (c *connection) run(ctx context.Context, r request) {
	defer c.cancel()
	socket, err := c.establish(ctx, r)
	if err != nil {
		c.events.closed(codeAbnormal, "", false)
		return
	}
	// When the context ends, so does the connection; whoever reads, writes or waits gets to know it.
	stop := context.AfterFunc(ctx, func() {
		socket.NetConn().Close()
		c.end()
	})
	defer stop()
	c.mu.Lock()
	c.isOpen = true
	c.mu.Unlock()
	c.events.opened(socket.SubProtocol())
	var writer sync.WaitGroup
	writer.Go(func() { c.write(socket) })
	socket.ReadLoop()
	socket.NetConn().Close()
	c.end()
	writer.Wait()
}

// establish makes the connection and does the opening handshake.
func (c *connection) establish(ctx context.Context, r request) (*gws.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	conn, err := r.dial(ctx, r.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if r.secure {
		config := &tls.Config{}
		if r.tls != nil {
			config = r.tls.Clone()
		}
		config.ServerName = r.host
		config.NextProtos = []string{"http/1.1"}
		conn = tls.Client(conn, config)
	}
	header := r.header.Clone()
	if len(r.protocols) > 0 {
		header.Set("Sec-WebSocket-Protocol", strings.Join(r.protocols, ", "))
	}
	socket, response, err := gws.NewClientFromConn(c, &gws.ClientOption{
		Addr: r.url, RequestHeader: header, HandshakeTimeout: openTimeout, ReadMaxPayloadSize: MaxMessage, WriteMaxPayloadSize: MaxBuffered,
		CheckUtf8Enabled: true,
	}, conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	// A server must not choose what was not offered.
	chosen := response.Header.Get("Sec-WebSocket-Protocol")
	if chosen != socket.SubProtocol() || response.Header.Get("Sec-WebSocket-Extensions") != "" {
		conn.Close()
		return nil, errors.New("websocket: the server chose what was not offered")
	}
	if !stop() {
		return nil, ctx.Err() // closed while the handshake ended
	}
	return socket, nil
}

// OnMessage implements gws.Event. It waits while the page has too much to read.
func (c *connection) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	data := append([]byte(nil), m.Bytes()...)
	c.mu.Lock()
	for c.unread > 0 && c.unread+len(data) > maxUnread && !c.ended {
		c.wake.Wait()
	}
	c.unread += len(data)
	ended := c.ended
	c.mu.Unlock()
	if !ended && !c.events.message(m.Opcode == gws.OpcodeBinary, data) {
		c.cancel()
	}
}

// OnPing implements gws.Event.
func (c *connection) OnPing(socket *gws.Conn, payload []byte) { _ = socket.WritePong(payload) }

// OnClose implements gws.Event.
//
// https://websockets.spec.whatwg.org/#eventdef-websocket-close
func (c *connection) OnClose(_ *gws.Conn, err error) {
	var closing *gws.CloseError
	if !errors.As(err, &closing) {
		c.events.closed(codeAbnormal, "", false)
		return
	}
	switch code := closing.Code; {
	case code == 0:
		c.events.closed(codeNone, "", true)
	case code < 1000 || code >= 5000 || code == 1004 || code == codeNone || code == codeAbnormal || code == 1015 ||
		!utf8.Valid(closing.Reason):
		c.events.closed(codeAbnormal, "", false) // such a frame is ill-formed
	default:
		c.events.closed(code, string(closing.Reason), true)
	}
}

// read says that the page got a message of n bytes.
func (c *connection) read(n int) {
	c.mu.Lock()
	c.unread -= n
	c.wake.Broadcast()
	c.mu.Unlock()
}

// send queues a message; it may be called before the connection is open only for the Close frame.
// data belongs to the connection.
func (c *connection) send(opcode gws.Opcode, data []byte) {
	c.mu.Lock()
	c.queue = append(c.queue, frame{opcode, data})
	c.wake.Broadcast()
	c.mu.Unlock()
}

// goAway drops what was not sent, tells the server that the page is gone, and ends the connection
// without waiting for an answer.
//
// https://websockets.spec.whatwg.org/#make-disappear
func (c *connection) goAway() {
	c.mu.Lock()
	c.queue = []frame{{gws.OpcodeCloseConnection, closeBody(codeGoingAway, "")}}
	c.leaving = true
	opened := c.isOpen
	c.wake.Broadcast()
	c.mu.Unlock()
	if !opened {
		c.cancel()
		return
	}
	time.AfterFunc(leaveTimeout, c.cancel)
}

// closeBody is the content of a Close frame.
func closeBody(code uint16, reason string) []byte {
	return append([]byte{byte(code >> 8), byte(code)}, reason...)
}

// end ends the connection for whoever waits.
func (c *connection) end() {
	c.mu.Lock()
	c.ended = true
	c.queue = nil
	c.wake.Broadcast()
	c.mu.Unlock()
}

// write is the writing goroutine.
func (c *connection) write(socket *gws.Conn) {
	defer func() {
		if c.closer != nil {
			c.closer.Stop()
		}
	}()
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.ended {
			c.wake.Wait()
		}
		frames := c.queue
		c.queue = nil
		ended, leaving := c.ended, c.leaving
		c.mu.Unlock()
		if ended {
			return
		}
		for _, f := range frames {
			if f.opcode == gws.OpcodeCloseConnection {
				// gws keeps reading after a Close frame that is sent this way, so that the server's
				// answer is read.
				if c.closer == nil {
					c.closer = time.AfterFunc(closeTimeout, c.cancel)
				}
			}
			if socket.WriteMessage(f.opcode, f.data) != nil {
				c.cancel() // the reading goroutine tells the page
				return
			}
			if f.opcode != gws.OpcodeCloseConnection {
				c.events.sent(len(f.data))
			} else if leaving {
				c.cancel()
				return
			}
		}
	}
}
