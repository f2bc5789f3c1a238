package hub

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"github.com/entangle-go/entangle/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newHub makes a hub that ends with the test.
func newHub(t testing.TB, o Options) *Hub {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// connection is a Pipe, or a WebSocket that looks like one.
type connection interface {
	Read() ([]byte, error)
	Write([]byte) error
	Close() error
}

// client is an endpoint, its connection, and a goroutine that reads. It acknowledges at once.
type client struct {
	t    testing.TB
	conn connection
	done chan struct{} // closed when nothing is read any more

	mu      lock // guards the fields below; held while a write waits
	changed sync.Cond
	e       *protocol.Endpoint
	out     protocol.Out
	now     protocol.Time
	effects []protocol.Effect // not looked at yet
	lost    []protocol.Handle // ports that were, ever
	over    bool
	origin  string // that the hub knows it by
}

const origin = "https://a.example"

func dev() Identity { return Identity{User: "dev", Service: true} }

var secrets atomic.Uint64

// lock is a mutex for which time passes in a bubble: who waits for it is durably blocked.
type lock chan struct{}

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

// newSecret is another one each time.
func newSecret() (secret protocol.Secret) {
	binary.BigEndian.PutUint64(secret[:], secrets.Add(1))
	return secret
}

// hello is the first batch of a client that is no endpoint.
func hello() []byte {
	secret := newSecret()
	return protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Hello, Version: protocol.Version, Secret: secret[:], Origin: origin})
}

// pipe is a connection of a program in this process.
func pipe(t testing.TB, h *Hub, who Identity) *Pipe {
	t.Helper()
	p, err := h.Pipe(who)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// join makes a client over a pipe and says HELLO.
func join(t testing.TB, h *Hub, who Identity, start protocol.Event) *client {
	t.Helper()
	return over(t, pipe(t, h, who), start)
}

func over(t testing.TB, conn connection, start protocol.Event) *client {
	t.Helper()
	c := newClient(t, conn)
	start.Kind, start.Secret = protocol.EventStart, newSecret()
	c.do(start)
	c.want(protocol.EffectWelcome)
	return c
}

// newClient makes a client that has said nothing.
func newClient(t testing.TB, conn connection) *client {
	c := &client{t: t, e: protocol.NewEndpoint(), conn: conn, done: make(chan struct{}), mu: make(lock, 1)}
	c.changed.L = c.mu
	go c.readAll(conn, c.done)
	t.Cleanup(func() {
		c.conn.Close()
		<-c.done
	})
	return c
}

func program(t testing.TB, h *Hub) *client {
	t.Helper()
	return join(t, h, dev(), protocol.Event{Origin: origin})
}

// do gives the endpoint an event, and the hub what that sends. It returns the first of the other
// effects, which are kept too.
func (c *client) do(ev protocol.Event) protocol.Effect {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.step(ev)
}

// step lets the endpoint take events, and acknowledges what it owes.
func (c *client) step(events ...protocol.Event) protocol.Effect {
	var batch []byte
	kept := len(c.effects)
	for i := range events {
		batch = c.one(events[i], batch)
	}
	if d := c.e.Deadline(); d <= c.now+protocol.AckDelay {
		c.now = d
		batch = c.one(protocol.Event{Kind: protocol.EventTime}, batch)
	}
	if len(batch) > 0 {
		c.conn.Write(batch) // if it fails reading fails too
	}
	c.changed.Broadcast()
	if len(c.effects) > kept {
		return c.effects[kept]
	}
	return protocol.Effect{}
}

// one lets the endpoint take an event, and appends what it sends to batch.
func (c *client) one(ev protocol.Event, batch []byte) []byte {
	c.e.Step(c.now, ev, &c.out)
	var delivered []protocol.Handle
	for _, f := range c.out.Effects {
		if f.Kind == protocol.EffectSend {
			if len(batch) >= protocol.MaxFrame/2 {
				c.conn.Write(batch)
				batch = nil
			}
			batch = protocol.AppendFrame(batch, f.Frame)
			continue
		}
		if f.Kind == protocol.EffectWelcome {
			c.origin = f.Frame.Origin
		}
		if f.Kind == protocol.EffectClosed && f.Lost {
			c.lost = append(c.lost, f.Port)
		}
		if f.Kind == protocol.EffectDeliver {
			delivered = append(delivered, f.Port)
		}
		f.Frame, f.Ports = nil, cloneHeld(f.Ports)
		c.effects = append(c.effects, f)
	}
	for _, port := range delivered {
		batch = c.one(protocol.Event{Kind: protocol.EventDispatched, Port: port, Count: 1}, batch)
	}
	return batch
}

func cloneHeld(in []protocol.Held) (out []protocol.Held) {
	for _, h := range in {
		queue := h.Queue
		h.Queue = nil
		for _, q := range queue {
			h.Queue = append(h.Queue, protocol.Queued{Body: q.Body, Ports: cloneHeld(q.Ports)})
		}
		out = append(out, h)
	}
	return out
}

// readAll reads a connection until it ends, for the client as long as it is the client's.
func (c *client) readAll(conn connection, done chan struct{}) {
	defer close(done)
	for {
		batch, err := conn.Read()
		var events []protocol.Event
		for err == nil && len(batch) > 0 {
			f := new(protocol.Frame)
			if *f, batch, err = protocol.DecodeFrame(batch); err != nil {
				c.t.Error("the hub's frame: ", err)
			}
			events = append(events, protocol.Event{Kind: protocol.EventFrame, Frame: f})
		}
		c.mu.Lock()
		if c.conn == conn {
			c.over = err != nil
			c.step(events...)
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// want waits for an effect of a kind and drops those before it.
func (c *client) want(kind protocol.EffectKind) protocol.Effect {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for i, f := range c.effects {
			if f.Kind == kind {
				c.effects = c.effects[i+1:]
				return f
			}
			if f.Kind == protocol.EffectFailed {
				c.t.Fatalf("failed: %d %s", f.Code, f.Text)
			}
		}
		c.effects = nil
		if c.over {
			c.t.Fatalf("the connection ended; waiting for effect %d", kind)
		}
		c.changed.Wait()
	}
}

// failed waits for the hub to end the session, and gives the code.
func (c *client) failed() (code uint64) {
	c.t.Helper()
	<-c.done
	for _, f := range c.effects {
		if f.Kind == protocol.EffectFailed {
			return f.Code
		}
	}
	return 0
}

// quiet waits until no port lingers.
func (c *client) quiet() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.e.Lingering() && !c.over {
		c.changed.Wait()
	}
}

func (c *client) listen(name string) {
	c.t.Helper()
	c.do(protocol.Event{Kind: protocol.EventListen, Listener: 1, Name: name})
	c.want(protocol.EffectListening)
}

func (c *client) post(port protocol.Handle, body string, ports ...protocol.Held) {
	c.t.Helper()
	c.do(protocol.Event{Kind: protocol.EventPost, Port: port, Body: []byte(body), Ports: ports})
}

// expect waits for a message.
func (c *client) expect(body string) protocol.Effect {
	c.t.Helper()
	f := c.want(protocol.EffectDeliver)
	if string(f.Body) != body {
		c.t.Fatalf("got %q, want %q", f.Body, body)
	}
	return f
}

// contextWith is a request's context as of a connection that came in on an address.
func contextWith(r *http.Request, local net.Addr) context.Context {
	return context.WithValue(r.Context(), http.LocalAddrContextKey, local)
}

// pair connects a to b.
func pair(a, b *client, name string) (near, far protocol.Handle) {
	a.t.Helper()
	b.listen(name)
	near = a.do(protocol.Event{Kind: protocol.EventConnect, Name: name}).Port
	far = b.want(protocol.EffectConnection).Ports[0].Port
	a.want(protocol.EffectOpen)
	return near, far
}

// webSocketConn makes a connection of a WebSocket.
type webSocketConn struct{ conn *websocket.Conn }

func serve(t testing.TB, h *Hub) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// dial connects over a WebSocket.
func dial(t testing.TB, server *httptest.Server) webSocketConn {
	t.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1), nil)
	if err != nil {
		t.Fatal(err, response)
	}
	t.Cleanup(func() { conn.Close() })
	return webSocketConn{conn}
}

func (w webSocketConn) Read() ([]byte, error) {
	_, batch, err := w.conn.ReadMessage()
	if err != nil {
		err = io.EOF
	}
	return batch, err
}

func (w webSocketConn) Write(batch []byte) error {
	return w.conn.WriteMessage(websocket.BinaryMessage, batch)
}

func (w webSocketConn) Close() error { return w.conn.NetConn().Close() }
