package hub

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lxzan/gws"
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

// client is an endpoint, its connection, and a goroutine that reads.
type client struct {
	t    testing.TB
	conn connection
	done chan struct{} // closed when nothing is read any more

	mu      sync.Mutex // guards the fields below
	changed sync.Cond
	e       *protocol.Endpoint
	effects []protocol.Effect // not looked at yet
	over    bool
}

const origin = "https://a.example"

func dev() Identity { return Identity{User: "dev", Service: true} }

// join makes a client over a pipe and says HELLO.
func join(t testing.TB, h *Hub, who Identity, start protocol.Event) *client {
	t.Helper()
	return over(t, h.Pipe(who), start)
}

func over(t testing.TB, conn connection, start protocol.Event) *client {
	t.Helper()
	c := newClient(t, conn)
	start.Kind = protocol.EventStart
	c.do(start)
	c.want(protocol.EffectWelcome)
	return c
}

// newClient makes a client that has said nothing.
func newClient(t testing.TB, conn connection) *client {
	c := &client{t: t, e: protocol.NewEndpoint(), conn: conn, done: make(chan struct{})}
	c.changed.L = &c.mu
	go c.readAll()
	t.Cleanup(func() {
		conn.Close()
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

func (c *client) step(ev protocol.Event) protocol.Effect {
	var batch []byte
	kept := len(c.effects)
	for _, f := range c.e.Step(ev, nil) {
		if f.Kind == protocol.EffectSend {
			batch = protocol.AppendFrame(batch, f.Frame)
		} else {
			c.effects = append(c.effects, f)
		}
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

func (c *client) readAll() {
	defer close(c.done)
	for {
		batch, err := c.conn.Read()
		c.mu.Lock()
		for err == nil && len(batch) > 0 {
			var f protocol.Frame
			if f, batch, err = protocol.DecodeFrame(batch); err == nil {
				c.step(protocol.Event{Kind: protocol.EventFrame, Frame: &f})
			} else {
				c.t.Error("the hub's frame: ", err)
			}
		}
		c.over = err != nil
		c.changed.Broadcast()
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

// pair connects a to b.
func pair(a, b *client, name string) (near, far protocol.Handle) {
	a.t.Helper()
	b.listen(name)
	near = a.do(protocol.Event{Kind: protocol.EventConnect, Name: name}).Port
	far = b.want(protocol.EffectConnection).Ports[0].Port
	a.want(protocol.EffectOpen)
	b.want(protocol.EffectOpen)
	return near, far
}

// webSocketConn makes a connection of a WebSocket. Reading is the application's.
type webSocketConn struct {
	conn    *gws.Conn
	batches chan []byte
	gone    chan struct{} // closed by the reader of batches
	err     error
}

func serve(t testing.TB, h *Hub) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// dial connects over a WebSocket.
func dial(t testing.TB, server *httptest.Server) *webSocketConn {
	t.Helper()
	w := &webSocketConn{batches: make(chan []byte), gone: make(chan struct{})}
	conn, response, err := gws.NewClient(w, &gws.ClientOption{Addr: strings.Replace(server.URL, "http", "ws", 1),
		WriteMaxPayloadSize: 64 << 20})
	if err != nil {
		t.Fatal(err, response)
	}
	w.conn = conn
	done := make(chan struct{})
	go func() {
		conn.ReadLoop()
		close(done)
	}()
	t.Cleanup(func() {
		close(w.gone)
		conn.NetConn().Close()
		<-done
	})
	return w
}

func (w *webSocketConn) OnOpen(*gws.Conn)                {}
func (w *webSocketConn) OnPing(conn *gws.Conn, _ []byte) { conn.WritePong(nil) }
func (w *webSocketConn) OnPong(*gws.Conn, []byte)        {}
func (w *webSocketConn) OnMessage(_ *gws.Conn, m *gws.Message) {
	select {
	case w.batches <- m.Bytes():
	case <-w.gone:
	}
}

func (w *webSocketConn) OnClose(_ *gws.Conn, err error) {
	w.err = fmt.Errorf("%w: %w", io.EOF, err)
	close(w.batches)
}

func (w *webSocketConn) Read() ([]byte, error) {
	batch, ok := <-w.batches
	if !ok {
		return nil, w.err
	}
	return batch, nil
}

func (w *webSocketConn) Write(batch []byte) error {
	return w.conn.WriteMessage(gws.OpcodeBinary, batch)
}
func (w *webSocketConn) Close() error { return w.conn.NetConn().Close() }
