package websocket

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lxzan/gws"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is a server's side: it sends back what it gets, and does what a text says that
// begins with "!".
type echo struct{ gws.BuiltinEventHandler }

func (echo) OnMessage(socket *gws.Conn, m *gws.Message) {
	defer m.Close()
	switch text := string(m.Bytes()); text {
	case "!close":
		_ = socket.WriteClose(4001, []byte("enough"))
	case "!close without code":
		_ = socket.WriteMessage(gws.OpcodeCloseConnection, nil)
	case "!vanish":
		_ = socket.NetConn().Close()
	default:
		_ = socket.WriteMessage(m.Opcode, m.Bytes())
	}
}

// newServer starts an echo server on loopback; it stops with the test.
func newServer(t *testing.T, start func(*httptest.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		option := gws.ServerOption{
			Authorize: func(r *http.Request, _ gws.SessionStorage) bool {
				return r.Header.Get("Origin") == "https://page.example"
			},
		}
		if r.Header.Get("Sec-WebSocket-Protocol") != "" {
			option.SubProtocols = []string{"second"}
		}
		socket, err := gws.NewUpgrader(echo{}, &option).Upgrade(w, r)
		if err != nil {
			return
		}
		socket.ReadLoop()
	}))
	start(server)
	t.Cleanup(server.Close)
	return server
}

// open connects and returns the connection and what happens to it, line by line.
func open(t *testing.T, ctx context.Context, server *httptest.Server, protocols ...string) (*connection, <-chan string) {
	t.Helper()
	happened := make(chan string, 100)
	r := request{
		url: strings.Replace(server.URL, "http", "ws", 1) + "/path", host: "127.0.0.1", address: server.Listener.Addr().String(),
		header: http.Header{"Origin": {"https://page.example"}}, protocols: protocols,
		dial: func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
	}
	if server.TLS != nil {
		r.secure, r.tls = true, &tls.Config{InsecureSkipVerify: true}
	}
	c := connect(ctx, r, events{
		opened: func(protocol string) { happened <- fmt.Sprintf("open %q", protocol) },
		message: func(binary bool, data []byte) bool {
			happened <- fmt.Sprintf("message %v %q", binary, data)
			return true
		},
		sent: func(n int) {},
		closed: func(code uint16, reason string, clean bool) {
			happened <- fmt.Sprintf("closed %d %q %v", code, reason, clean)
			close(happened)
		},
	})
	return c, happened
}

func expect(t *testing.T, happened <-chan string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got := <-happened; got != want {
			t.Fatalf("happened: %s\nwant: %s", got, want)
		}
	}
}

func TestMessagesBothWays(t *testing.T) {
	for name, start := range map[string]func(*httptest.Server){"ws": (*httptest.Server).Start, "wss": (*httptest.Server).StartTLS} {
		t.Run(name, func(t *testing.T) {
			c, happened := open(t, t.Context(), newServer(t, start), "first", "second")
			expect(t, happened, `open "second"`)
			c.send(gws.OpcodeText, []byte("hé"))
			c.send(gws.OpcodeBinary, []byte{0, 255})
			expect(t, happened, `message false "hé"`, `message true "\x00\xff"`)
			c.send(gws.OpcodeCloseConnection, append([]byte{3000 >> 8, 3000 & 255}, "bye"...))
			if got := <-happened; !strings.HasPrefix(got, "closed 3000") || !strings.HasSuffix(got, "true") {
				t.Error(got)
			}
		})
	}
}

func TestServerCloses(t *testing.T) {
	server := newServer(t, (*httptest.Server).Start)
	for order, want := range map[string]string{
		"!close":              `closed 4001 "enough" true`,
		"!close without code": `closed 1005 "" true`,
		"!vanish":             `closed 1006 "" false`,
	} {
		c, happened := open(t, t.Context(), server)
		expect(t, happened, `open ""`)
		c.send(gws.OpcodeText, []byte(order))
		expect(t, happened, want)
	}
}

func TestRefused(t *testing.T) {
	server := newServer(t, (*httptest.Server).Start)
	_, happened := open(t, t.Context(), server, "unknown")
	expect(t, happened, `closed 1006 "" false`)
	_, happened = open(t, t.Context(), httptestPlain(t))
	expect(t, happened, `closed 1006 "" false`)
}

// httptestPlain is a server that knows nothing of WebSockets.
func httptestPlain(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server
}

func TestEndOfContextEndsEverything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, happened := open(t, ctx, newServer(t, (*httptest.Server).Start))
	expect(t, happened, `open ""`)
	for range 1000 {
		c.send(gws.OpcodeBinary, make([]byte, 1<<16)) // more than is read back: both sides are stuck
	}
	cancel()
	for range happened {
	}
	// TestMain says whether the goroutines ended.
}

func TestUnreadMessagesStopTheReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const size = maxUnread / 16
	c, happened := open(t, ctx, newServer(t, (*httptest.Server).Start))
	expect(t, happened, `open ""`)
	for range 20 {
		c.send(gws.OpcodeBinary, make([]byte, size))
	}
	for i := range 20 {
		<-happened
		c.mu.Lock()
		unread := c.unread
		c.mu.Unlock()
		if unread > maxUnread {
			t.Fatalf("after %d messages %d bytes wait", i, unread)
		}
		c.read(size)
	}
}
