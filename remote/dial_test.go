package remote_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// The error of a first attempt says what it was.
func TestDialErrorNames(t *testing.T) {
	nobody := func(*http.Request) (hub.Identity, error) { return hub.Identity{}, errors.New("the token is too old") }
	h, err := hub.New(hub.Options{Logger: quiet, Origins: []string{"https://app.example"}, Authenticate: nobody})
	must(t, err)
	defer h.Close()
	mux := http.NewServeMux()
	mux.Handle("/hub", h)
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("a page")) })
	mux.HandleFunc("/full", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "full", http.StatusServiceUnavailable) })
	plain, secure := httptest.NewServer(mux), httptest.NewUnstartedServer(mux)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	ws, wss := strings.Replace(plain.URL, "http", "ws", 1), strings.Replace(secure.URL, "http", "ws", 1)
	for _, c := range []struct {
		url    string
		header http.Header
		status int
		what   string
		is     error
	}{
		{ws + "/hub", nil, 401, `the hub does not let this client in (401 Unauthorized: "the token is too old")`, nil},
		{ws + "/hub", http.Header{"Origin": {"https://evil.example"}}, 403,
			`the hub does not let this client in (403 Forbidden: "pages of this origin may not connect to this hub")`, nil},
		{ws + "/hub", http.Header{"Host": {"another.example"}}, 421, "the hub does not serve this host (421 Misdirected Request: ", nil},
		{ws + "/nothing", nil, 404, "there is no hub at this path (404 Not Found: ", nil},
		{ws + "/full", nil, 503, `the hub cannot serve this client now (503 Service Unavailable: "full")`, nil},
		{ws + "/page", nil, 200, `this is no hub (200 OK: "a page")`, nil},
		{"ws://" + closed.Addr().String(), nil, 0, "nobody listens there", syscall.ECONNREFUSED},
		{"ws://" + silent.Addr().String(), nil, 0, "nobody answered in time", context.DeadlineExceeded},
		{"ws://nobody.invalid/", nil, 0, "the host's name is not known", nil},
		{wss + "/hub", nil, 0, "TLS: the hub's certificate is not trusted", nil},
		{strings.Replace(ws, "ws", "wss", 1) + "/hub", nil, 0, "TLS: the hub does not speak it", nil},
		{strings.Replace(wss, "wss", "ws", 1) + "/hub", nil, 400, "this is no hub (400 Bad Request: ", nil},
	} {
		patient := patience
		if c.is == context.DeadlineExceeded {
			patient = 50 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), patient)
		_, err := remote.Dial(ctx, c.url, remote.Options{Header: c.header})
		cancel()
		var failed *remote.DialError
		if !errors.As(err, &failed) || failed.Status != c.status || !strings.HasPrefix(failed.What, c.what) ||
			c.is != nil && !errors.Is(err, c.is) || !strings.HasPrefix(err.Error(), "remote: no WebSocket at "+c.url+": "+c.what) {
			t.Errorf("%s: %v", c.url, err)
		}
	}
}

// logged is what a client logs, one line each.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

// Why a client cannot come back is told when it is another reason than before, and logged once.
func TestWhyReconnecting(t *testing.T) {
	p := newPlace(t, hub.Options{})
	told, log := make(states, 64), new(logged)
	client, err := remote.Dial(t.Context(), "ws://"+p.address, remote.Options{Origin: "http://127.0.0.1:7000", OnState: told.note,
		Logger: slog.New(slog.NewTextHandler(log, nil))})
	must(t, err)
	defer client.Close()
	told.expect(t, remote.Open)
	why := func(what string) {
		t.Helper()
		for {
			got := told.next(t)
			if got.state != remote.Reconnecting {
				t.Fatalf("the client is %s (%v), want another reason to reconnect", got.state, got.why)
			}
			if strings.Contains(got.why.Error(), what) {
				return
			}
		}
	}
	p.kill()
	why("nobody listens there")
	for range 2 { // the same again is no news
		p.options.Authenticate = func(*http.Request) (hub.Identity, error) { return hub.Identity{}, errors.New("no such user") }
		p.open(t)
		why(`the hub does not let this client in (401 Unauthorized: "no such user")`)
		p.kill()
		why("nobody listens there")
	}
	p.options.Authenticate = nil
	p.open(t)
	for {
		if got := told.next(t); got.state == remote.Open {
			break
		} else if got.state != remote.Reconnecting {
			t.Fatalf("the client is %s (%v)", got.state, got.why)
		}
	}
	for _, what := range []string{"nobody listens there", "401 Unauthorized"} {
		if n := log.count(what); n != 1 {
			t.Errorf("%q was logged %d times", what, n)
		}
	}
	if n := log.count("level=WARN"); n < 2 {
		t.Errorf("%d warnings", n)
	}
}

// endsInTime is a context that ends when Dial has made its WebSocket, and the client is open.
type endsInTime struct {
	context.Context
	handshake, open, ended chan struct{}
}

func (c *endsInTime) Done() <-chan struct{} {
	select {
	case <-c.handshake:
		<-c.open
		if c.Err() == nil {
			close(c.ended)
		}
	default:
	}
	return c.ended
}

func (c *endsInTime) Err() error {
	select {
	case <-c.ended:
		return context.Canceled
	default:
		return nil
	}
}

// AfterFunc is what context.AfterFunc calls. After the handshake Dial does not want f to be called
// any more.
func (c *endsInTime) AfterFunc(func()) (stop func() bool) {
	return func() bool {
		close(c.handshake)
		return true
	}
}

// A Dial whose context ends at the moment of success returns a client that works, or fails with the
// context's error; it does not wait for ever. Both are there to be taken: so it is tried often.
func TestDialEndsInTime(t *testing.T) {
	p := newPlace(t, hub.Options{})
	network := func(_ context.Context, network, address string) (net.Conn, error) { return net.Dial(network, address) }
	for range 20 {
		ctx := &endsInTime{t.Context(), make(chan struct{}), make(chan struct{}), make(chan struct{})}
		o := remote.Options{Origin: "http://127.0.0.1:7000", Logger: quiet, OnState: func(state remote.State, _ error) {
			if state == remote.Open {
				close(ctx.open) // not twice: such a client does not come back
			}
		}}
		client, err := remote.DialThrough(ctx, "ws://"+p.address, o, remote.UsualPace, network)
		switch {
		case err == nil:
			must(t, client.Close())
		case !errors.Is(err, context.Canceled):
			t.Errorf("it ended with %v", err)
		}
	}
}
