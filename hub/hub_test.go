package hub

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

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
		b.do(protocol.Event{Kind: protocol.EventBye})
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
	if _, err := h.Pipe(dev()); err != errTooMany {
		t.Errorf("a third session: %v", err)
	}
	h.Close()
	for _, c := range []*client{a, b} {
		if code := c.failed(); code != protocol.CodeShutdown {
			t.Errorf("code %d", code)
		}
	}
	if _, err := h.Pipe(dev()); err != errShutdown {
		t.Errorf("a pipe of a closed hub: %v", err)
	}
	if _, err := h.Pipe(Identity{User: strings.Repeat("u", protocol.MaxOrigin+1)}); err == nil {
		t.Error("a user's name that is too long is taken")
	}
	if err := a.conn.Write([]byte{1}); err == nil {
		t.Error("a closed pipe is written")
	}
	if c := h.Counters(); c.Sessions+c.Tombstones != 0 {
		t.Errorf("counters: %+v", c)
	}
}

// A hub that is full says so before the handshake.
func TestFull(t *testing.T) {
	h := newHub(t, Options{MaxSessions: 1})
	server := serve(t, h)
	over(t, dial(t, server), protocol.Event{Origin: origin})
	_, response, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1), nil)
	if err == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v, %v", response, err)
	}
	if c := h.Counters(); c.Sessions != 1 || c.Refused != 1 {
		t.Errorf("counters: %+v", c)
	}
}
