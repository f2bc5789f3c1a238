package hub

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// each runs a test over pipes and over WebSockets.
func each(t *testing.T, test func(t *testing.T, h *Hub, join func() *client)) {
	t.Run("Pipe", func(t *testing.T) {
		h := newHub(t, Options{})
		test(t, h, func() *client { return program(t, h) })
	})
	t.Run("WebSocket", func(t *testing.T) {
		h := newHub(t, Options{})
		server := serve(t, h)
		test(t, h, func() *client { return over(t, dial(t, server), protocol.Event{Origin: origin}) })
	})
}

// Connect, talk both ways, ship a port with what is in its queue, close.
func TestPorts(t *testing.T) {
	each(t, func(t *testing.T, h *Hub, join func() *client) {
		a, b, c := join(), join(), join()
		near, far := pair(a, b, "b")
		a.post(near, "one")
		b.post(far, "two")
		b.expect("one")
		a.expect("two")

		port, peer := pair(a, c, "c")
		c.post(peer, "queued")
		a.expect("queued")
		a.post(port, "sent")
		a.post(near, "take it", protocol.Held{Port: port, Queue: []protocol.Queued{{Body: []byte("queued")}}})
		taken := b.expect("take it").Ports[0]
		if len(taken.Queue) != 1 || string(taken.Queue[0].Body) != "queued" {
			t.Errorf("the port came with %+v", taken)
		}
		c.expect("sent")
		b.want(protocol.EffectOpen)
		c.post(peer, "to the new owner")
		b.expect("to the new owner")
		b.post(taken.Port, "from the new owner")
		c.expect("from the new owner")

		a.do(protocol.Event{Kind: protocol.EventClose, Port: near})
		if f := b.want(protocol.EffectClosed); f.Port != far || f.Lost {
			t.Errorf("got %+v", f)
		}
		b.conn.Close()
		if f := c.want(protocol.EffectClosed); f.Port != peer || !f.Lost {
			t.Errorf("got %+v", f)
		}
		got := h.Counters()
		if got.Connections != 2 || got.Messages != 7 || got.Transfers != 1 || got.Opened != 3 {
			t.Errorf("counters: %+v", got)
		}
	})
}

// A broadcast reaches the others of the partition that are subscribed.
func TestBroadcast(t *testing.T) {
	each(t, func(t *testing.T, h *Hub, join func() *client) {
		a, b, c := join(), join(), join()
		for _, c := range []*client{a, b} {
			c.do(protocol.Event{Kind: protocol.EventSubscribe, Name: "auth"})
			c.want(protocol.EffectSubscribed)
		}
		c.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "auth", Body: []byte("out")})
		for _, to := range []*client{a, b} {
			if f := to.want(protocol.EffectBroadcast); string(f.Body) != "out" || f.Name != "auth" {
				t.Errorf("got %+v", f)
			}
		}
		a.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "auth", Body: []byte("again")})
		if f := b.want(protocol.EffectBroadcast); string(f.Body) != "again" {
			t.Errorf("got %+v", f)
		}
		if got := h.Counters(); got.Broadcasts != 2 || got.Deliveries != 3 {
			t.Errorf("counters: %+v", got)
		}
	})
}

// A service is told who calls, as the hub knows them.
func TestService(t *testing.T) {
	h := newHub(t, Options{})
	service := join(t, h, dev(), protocol.Event{Origin: "https://contacts.example", Service: true})
	service.listen("book")
	caller := join(t, h, Identity{User: "ann", Origin: "https://page.example"}, protocol.Event{})
	caller.do(protocol.Event{Kind: protocol.EventConnect, Name: "book", Origin: "https://contacts.example"})
	f := service.want(protocol.EffectConnection)
	if f.Origin != "https://page.example" || f.User != "ann" {
		t.Errorf("the caller is %s, %s", f.Origin, f.User)
	}
	caller.want(protocol.EffectOpen)
}

// A connect whose caller closes it does not wait any more.
func TestCancel(t *testing.T) {
	h := newHub(t, Options{})
	a := program(t, h)
	port := a.do(protocol.Event{Kind: protocol.EventConnect, Name: "nobody"}).Port
	a.listen("other") // an answer: the hub has seen CONNECT
	if n := h.Counters().Waiting; n != 1 {
		t.Errorf("%d wait", n)
	}
	a.do(protocol.Event{Kind: protocol.EventClose, Port: port})
	a.quiet()
	if n := h.Counters().Waiting; n != 0 {
		t.Errorf("%d wait", n)
	}
}

// Opaque origins are the same as no other.
func TestOpaque(t *testing.T) {
	h := newHub(t, Options{})
	a, b := join(t, h, dev(), protocol.Event{}), join(t, h, dev(), protocol.Event{})
	a.listen("x")
	b.do(protocol.Event{Kind: protocol.EventConnect, Name: "x"})
	b.listen("y")
	if c := h.Counters(); c.Waiting != 1 || c.Connections != 0 {
		t.Errorf("counters: %+v", c)
	}
}

// An Authenticate decides who is served, and as whom.
func TestAuthenticate(t *testing.T) {
	h := newHub(t, Options{Authenticate: func(r *http.Request) (Identity, error) {
		if user := r.URL.Query().Get("user"); user != "" {
			return Identity{User: user, Origin: "https://program.example"}, nil
		}
		return Identity{}, fmt.Errorf("who are you?")
	}})
	server := serve(t, h)
	if status, _ := get(t, server.URL); status != http.StatusUnauthorized {
		t.Errorf("status %d", status)
	}
	server.URL += "?user=ann"
	c := over(t, dial(t, server), protocol.Event{Origin: "https://program.example"})
	c.listen("x")
	other := newClient(t, dial(t, server))
	other.do(protocol.Event{Kind: protocol.EventStart, Origin: "https://else.example"})
	if code := other.failed(); code != protocol.CodeDenied {
		t.Errorf("code %d", code)
	}
}

// get leaves no connection behind.
func get(t *testing.T, url string) (status int, body []byte) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// The handshake: which hosts are served, and which pages.
func TestHandshake(t *testing.T) {
	h := newHub(t, Options{Origins: []string{"https://app.example"}, Ports: []int{7001}})
	server := serve(t, h)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	open := newHub(t, Options{Origins: []string{"null", "*"}})
	opened := serve(t, open)
	for _, c := range []struct {
		url, host, origin string
		want              int
	}{
		{server.URL, "", "", 101},
		{server.URL, "localhost" + port, "", 101},
		{server.URL, "[::1]" + port, "", 101},
		{server.URL, "app.example", "", 101},
		{server.URL, "127.0.0.1:7001", "", 101},
		{server.URL, "127.0.0.1", "", 421},
		{server.URL, "127.0.0.1:1", "", 421},
		{server.URL, "127.0.0.2" + port, "", 421},
		{server.URL, "evil.example", "", 421},
		{server.URL, "evil.example" + port, "http://evil.example" + port, 421},
		{server.URL, "localhost.evil.example" + port, "", 421},
		{server.URL, "", "https://app.example", 101},
		{server.URL, "", "http://127.0.0.1" + port, 101},
		{server.URL, "", "http://localhost" + port, 101},
		{server.URL, "", "http://[::1]" + port, 101},
		{server.URL, "", "http://127.0.0.1:7001", 101},
		{server.URL, "", "http://127.0.0.1:7002", 403},
		{server.URL, "", "https://127.0.0.1" + port, 403},
		{server.URL, "", "http://app.example", 403},
		{server.URL, "", "https://app.example.evil.example", 403},
		{server.URL, "app.example", "https://evil.example", 403},
		{server.URL, "", "null", 403},
		{opened.URL, "any.example", "https://evil.example", 101},
		{opened.URL, "", "null", 101},
	} {
		address := strings.TrimPrefix(c.url, "http://")
		if c.host == "" {
			c.host = address
		}
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", c.host)
		if c.origin != "" {
			fmt.Fprintf(conn, "Origin: %s\r\n", c.origin)
		}
		io.WriteString(conn, "\r\n")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if response.StatusCode != c.want {
			t.Errorf("Host %q, Origin %q: %s, want %d", c.host, c.origin, response.Status, c.want)
		}
	}
	if n := h.Counters().Refused; n == 0 {
		t.Error("nothing was counted")
	}
}

func TestOptions(t *testing.T) {
	for _, origin := range []string{"app.example", "https://app.example/", "https://", "https://App.example", "https://app.example/x", ""} {
		if h, err := New(Options{Origins: []string{origin}}); err == nil {
			t.Errorf("%q is taken for an origin", origin)
			h.Close()
		}
	}
}

// The counters are served to whom the hub's host is known.
func TestServeCounters(t *testing.T) {
	h := newHub(t, Options{})
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("/counters", h.ServeCounters)
	server := serve(t, h)
	server.Config.Handler = mux
	status, body := get(t, server.URL+"/counters")
	var c Counters
	if err := json.Unmarshal(body, &c); err != nil || status != http.StatusOK {
		t.Errorf("%d %s: %v", status, body, err)
	}
	if status, _ := get(t, server.URL); status != http.StatusUpgradeRequired {
		t.Errorf("status %d", status)
	}
}

// No more sessions than the limit. After Close there are none.
func TestLimitAndClose(t *testing.T) {
	h := newHub(t, Options{MaxSessions: 2})
	a, b := program(t, h), program(t, h)
	if _, err := h.Pipe(dev()).Read(); err != io.EOF {
		t.Errorf("a third session: %v", err)
	}
	h.Close()
	for _, c := range []*client{a, b} {
		if code := c.failed(); code != protocol.CodeShutdown {
			t.Errorf("code %d", code)
		}
	}
	if _, err := h.Pipe(dev()).Read(); err != io.EOF {
		t.Errorf("a pipe of a closed hub: %v", err)
	}
	if err := a.conn.Write([]byte{1}); err == nil {
		t.Error("a closed pipe is written")
	}
	if c := h.Counters(); c.Sessions+c.Tombstones != 0 {
		t.Errorf("counters: %+v", c)
	}
}

// What a client sends together with its handshake is not lost; a hub that is full says so.
func TestEagerClient(t *testing.T) {
	h := newHub(t, Options{MaxSessions: 1})
	server := serve(t, h)
	address := strings.TrimPrefix(server.URL, "http://")
	hello := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Hello, Version: 1, Origin: origin})
	for _, want := range []int{http.StatusSwitchingProtocols, http.StatusServiceUnavailable} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		request := fmt.Sprintf("GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address)
		conn.Write(append(append([]byte(request), 0x82, 0x80|byte(len(hello)), 0, 0, 0, 0), hello...))
		r := bufio.NewReader(conn)
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Fatal(response.Status)
		}
		if want == http.StatusSwitchingProtocols {
			if _, payload := frame(t, r); payload[0] != byte(protocol.Welcome) {
				t.Errorf("got %x", payload)
			}
		}
	}
}
