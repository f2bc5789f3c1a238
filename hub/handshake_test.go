package hub

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

// handshake sends a request with these lines of header, and gives the status of the answer.
func handshake(t *testing.T, server *httptest.Server, path, host string, lines ...string) int {
	t.Helper()
	address := strings.TrimPrefix(server.URL, "http://")
	if host == "" {
		host = address
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n", path, host, upgrade, strings.Join(append(lines, ""), "\r\n"))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// Which hosts are served, and which pages.
func TestHandshake(t *testing.T) {
	h := newHub(t, Options{Origins: []string{"https://app.example"}, Ports: []int{7001}})
	server := serve(t, h)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	opened := serve(t, newHub(t, Options{Origins: []string{"null", "*"}}))
	refused := int64(0)
	for _, c := range []struct {
		server *httptest.Server
		host   string
		origin string // "-": none
		want   int
	}{
		{server, "", "-", 101},
		{server, "localhost" + port, "-", 101},
		{server, "LocalHost" + port, "-", 101},
		{server, "[::1]" + port, "-", 101},
		{server, "app.example", "-", 101},
		{server, "127.0.0.1:7001", "-", 101},
		{server, "127.0.0.1", "-", 421},
		{server, "127.0.0.1:80", "-", 421},
		{server, "127.0.0.1:1", "-", 421},
		{server, "127.0.0.2" + port, "-", 421},
		{server, "evil.example", "-", 421},
		{server, "evil.example" + port, "http://evil.example" + port, 421},
		{server, "localhost.evil.example" + port, "-", 421},
		{server, "", "https://app.example", 101},
		{server, "", "http://127.0.0.1" + port, 101},
		{server, "", "http://localhost" + port, 101},
		{server, "", "http://[::1]" + port, 101},
		{server, "", "http://127.0.0.1:7001", 101},
		{server, "", "http://127.0.0.1:7002", 403},
		{server, "", "http://127.0.0.1", 403},
		{server, "", "https://127.0.0.1" + port, 403},
		{server, "", "http://app.example", 403},
		{server, "", "https://app.example.evil.example", 403},
		{server, "", "https://app.example/", 403},
		{server, "app.example", "https://evil.example", 403},
		{server, "", "null", 403},
		{server, "", "", 403},
		{server, "", "*", 403},
		{opened, "any.example", "https://evil.example", 101},
		{opened, "", "null", 101},
		{opened, "", "", 403},
		{opened, "", "*", 403},
		{opened, "", "https://evil.example/path", 403},
		{opened, "", "not an origin", 403},
		{opened, "", "https://" + strings.Repeat("a", protocol.MaxOrigin-8), 101},
		{opened, "", "https://" + strings.Repeat("a", protocol.MaxOrigin-7), 403},
	} {
		lines := []string{"Origin: " + c.origin}
		if c.origin == "-" {
			lines = nil
		}
		if status := handshake(t, c.server, "/", c.host, lines...); status != c.want {
			t.Errorf("Host %q, Origin %q: %d, want %d", c.host, c.origin, status, c.want)
		}
		if c.want != 101 && c.server == server {
			refused++
		}
	}
	if n := h.Counters().Refused; n != refused {
		t.Errorf("%d are counted as refused, want %d", n, refused)
	}
	if status := handshake(t, opened, "/", "", "Origin: https://a.example", "Origin: https://a.example"); status != 403 {
		t.Errorf("two origins: %d", status)
	}
}

// On the default port of its scheme a loopback address is named without the port.
func TestLoopbackHosts(t *testing.T) {
	h := newHub(t, Options{Ports: []int{80, 443, 7001}})
	server := httptest.NewUnstartedServer(h)
	plain := serve(t, h)
	server.StartTLS()
	defer server.Close()
	for _, c := range []struct {
		server *httptest.Server
		host   string
		want   int
	}{
		{plain, "localhost", http.StatusUpgradeRequired},
		{plain, "localhost:443", http.StatusUpgradeRequired},
		{plain, "localhost:80", http.StatusMisdirectedRequest},
		{server, "localhost", http.StatusUpgradeRequired},
		{server, "localhost:80", http.StatusUpgradeRequired},
		{server, "localhost:443", http.StatusMisdirectedRequest},
		{server, "localhost:7001", http.StatusUpgradeRequired},
	} {
		request := httptest.NewRequest("GET", c.server.URL, nil)
		request.RequestURI, request.Host = "", c.host
		response, err := c.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("%s, Host %q: %d, want %d", c.server.URL, c.host, response.StatusCode, c.want)
		}
	}
	plain.Client().CloseIdleConnections()
	server.Client().CloseIdleConnections()
}

// Without Authenticate nobody is served but on loopback, whatever the Host says.
func TestNotLoopback(t *testing.T) {
	h := newHub(t, Options{Origins: []string{"https://app.example"}})
	for _, c := range []struct {
		address net.Addr
		want    int
	}{
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}, http.StatusForbidden},
		{&net.UnixAddr{Name: "socket"}, http.StatusForbidden},
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}, http.StatusUpgradeRequired},
	} {
		request := httptest.NewRequest("GET", "https://app.example/", nil)
		request = request.WithContext(contextWith(request, c.address))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request)
		if w.Code != c.want {
			t.Errorf("on %v: %d, want %d", c.address, w.Code, c.want)
		}
	}
}

// An Authenticate decides who is served, and as whom. A page is of the origin of its handshake; if
// it is known by another one it is refused.
func TestAuthenticate(t *testing.T) {
	identities := map[string]Identity{
		"/ann":    {User: "ann", Origin: "https://program.example", Service: true},
		"/any":    {User: "any", Service: true},
		"/null":   {User: "null", Origin: "null"},
		"/opaque": {User: "opaque", Opaque: true},
	}
	h := newHub(t, Options{Origins: []string{"null", "*"}, Authenticate: func(r *http.Request) (Identity, error) {
		if who, ok := identities[r.URL.Path]; ok {
			return who, nil
		}
		return Identity{}, errors.New("who are you?")
	}})
	server := serve(t, h)
	if status, body := get(t, server.URL); status != http.StatusUnauthorized || !bytes.Contains(body, []byte("who are you?")) {
		t.Errorf("%d %s", status, body)
	}
	for _, c := range []struct {
		path, origin string
		want         int
	}{
		{"/ann", "https://program.example", 101},
		{"/ann", "https://page.example", 403},
		{"/ann", "null", 403},
		{"/ann", "", 403},
		{"/any", "https://page.example", 101},
		{"/any", "null", 101},
		{"/null", "null", 101},
		{"/null", "https://page.example", 403},
		{"/opaque", "null", 101},
		{"/opaque", "https://page.example", 403},
	} {
		if status := handshake(t, server, c.path, "", "Origin: "+c.origin); status != c.want {
			t.Errorf("%s with Origin %q: %d, want %d", c.path, c.origin, status, c.want)
		}
	}
	who := func(path string) *httptest.Server { return &httptest.Server{URL: server.URL + path} }
	c := over(t, dial(t, who("/ann")), protocol.Event{Origin: "https://program.example", Service: true})
	c.listen("x")
	other := newClient(t, dial(t, who("/ann")))
	other.do(protocol.Event{Kind: protocol.EventStart, Secret: newSecret(), Origin: "https://else.example"})
	if code := other.failed(); code != protocol.CodeDenied {
		t.Errorf("code %d", code)
	}
}

// A page is what its handshake says, and never a service.
func TestPage(t *testing.T) {
	h := newHub(t, Options{Origins: []string{"null", "https://app.example"}})
	request := func(origin string) *http.Request {
		r := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
		r = r.WithContext(contextWith(r, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}))
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		return r
	}
	for origin, want := range map[string]Identity{
		"":                    {User: "dev", Service: true},
		"https://app.example": {User: "dev", Origin: "https://app.example"},
		"http://127.0.0.1":    {User: "dev", Origin: "http://127.0.0.1"},
		"null":                {User: "dev", Origin: "null", Opaque: true},
	} {
		who, refused := h.admit(request(origin))
		if refused != nil || who.User != want.User || who.Origin != want.Origin || who.Opaque != want.Opaque || who.Service != want.Service {
			t.Errorf("Origin %q: %+v, %v, want %+v", origin, who, refused, want)
		}
	}
	if c := over(t, pipe(t, h, Identity{User: "u", Opaque: true}), protocol.Event{}); c.origin != "null" {
		t.Errorf("an opaque identity has the origin %q", c.origin)
	}
}

// A request that is no handshake is answered as one.
func TestNoHandshake(t *testing.T) {
	h := newHub(t, Options{})
	server := serve(t, h)
	if status, _ := get(t, server.URL); status != http.StatusUpgradeRequired {
		t.Errorf("status %d", status)
	}
	if status := handshake(t, server, "/", "", "Sec-WebSocket-Version: 12"); status != http.StatusBadRequest && status != 101 {
		t.Errorf("status %d", status)
	}
	response, err := http.Post(server.URL, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	request := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
	request = request.WithContext(contextWith(request, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}))
	request.Header.Set("Upgrade", "WebSocket")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	if w.Code != http.StatusBadRequest || h.Counters().Refused != 1 {
		t.Errorf("half a handshake: %d, %+v", w.Code, h.Counters())
	}
}

// wrapped is a ResponseWriter as a middleware makes one: the connection is behind Unwrap.
type wrapped struct{ w http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.w.Header() }
func (w wrapped) Write(b []byte) (int, error) { return w.w.Write(b) }
func (w wrapped) WriteHeader(status int)      { w.w.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.w }

func TestMiddleware(t *testing.T) {
	h := newHub(t, Options{})
	server := serve(t, h)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(wrapped{w}, r) })
	over(t, dial(t, server), protocol.Event{Origin: origin})
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(struct{ http.ResponseWriter }{w}, r) // nothing behind it
	})
	if status := handshake(t, server, "/", ""); status != http.StatusInternalServerError {
		t.Errorf("status %d", status)
	}
}

// What is logged of a request is cut, and so is how much is logged.
func TestLog(t *testing.T) {
	var log bytes.Buffer
	h := newHub(t, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	request := httptest.NewRequest("GET", "http://127.0.0.1/", nil)
	request = request.WithContext(contextWith(request, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}))
	request.Header.Set("Origin", "https://"+strings.Repeat("é", 1000))
	h.ServeHTTP(httptest.NewRecorder(), request)
	line := log.String()
	want := `origin=https://` + strings.Repeat("é", (maxLogged-8)/2) + "\n"
	if !strings.HasSuffix(line, want) || !strings.Contains(line, "status=403") {
		t.Errorf("logged: %s", line)
	}
	log.Reset()
	for range 10 * logAtOnce {
		h.ServeHTTP(httptest.NewRecorder(), request)
	}
	if n := strings.Count(log.String(), "\n"); n < logAtOnce-1 || n > 2*logAtOnce {
		t.Errorf("%d lines", n)
	}
	if n := h.Counters().Refused; n != 10*logAtOnce+1 {
		t.Errorf("%d were refused", n)
	}
}
