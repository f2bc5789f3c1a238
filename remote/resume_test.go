package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// place is an address where hubs come and go.
type place struct {
	address string
	air     *air // nil: the operating system's network
	options hub.Options
	secret  string
	hub     *hub.Hub
	server  *http.Server
	served  chan struct{}

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

// newPlace makes a place with a hub.
func newPlace(t *testing.T, o hub.Options) *place {
	t.Helper()
	return newPlaceAt(t, o, nil)
}

// newPlaceAt makes one in the air, unless that is nil.
func newPlaceAt(t *testing.T, o hub.Options, a *air) *place {
	t.Helper()
	o.Logger = quiet
	p := &place{address: "127.0.0.1:0", air: a, options: o, secret: "the secret of the hubs of one place", conns: map[net.Conn]bool{}}
	p.open(t)
	t.Cleanup(p.close)
	return p
}

// open starts a hub, which has never seen anybody.
func (p *place) open(t *testing.T) {
	t.Helper()
	var listener net.Listener
	var err error
	if p.air != nil {
		listener = p.air.listen()
	} else if listener, err = net.Listen("tcp", p.address); err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	p.options.Secrets = [][]byte{[]byte(p.secret)}
	p.hub, err = hub.New(p.options)
	must(t, err)
	p.server = &http.Server{Handler: p.hub, ConnState: func(conn net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.conns[conn] = true
		}
	}}
	p.served = make(chan struct{})
	go func() {
		defer close(p.served)
		p.server.Serve(listener)
	}()
}

// cut breaks all connections.
func (p *place) cut() {
	if p.air != nil {
		p.air.cut()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		conn.Close()
		delete(p.conns, conn)
	}
}

// close ends the hub in order.
func (p *place) close() {
	p.server.Close()
	<-p.served
	p.hub.Close()
	p.cut()
}

// kill ends it as a signal does that cannot be caught: nobody is told anything by the hub.
func (p *place) kill() {
	p.server.Close()
	<-p.served
	p.cut()
	p.hub.Close()
}

func (p *place) client(t *testing.T, o remote.Options) *remote.Client {
	t.Helper()
	if p.air != nil {
		return dialAir(t, p.air, o, remote.UsualPace)
	}
	o.Origin, o.Logger = "http://127.0.0.1:7000", quiet
	client, err := remote.Dial(t.Context(), "ws://"+p.address, o)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

// states notes the states of a client.
type states chan told

type told struct {
	state remote.State
	why   error
}

func (s states) note(state remote.State, err error) { s <- told{state, err} }

// changes notes changes only, not further reasons.
func (s states) changes() func(remote.State, error) {
	var last remote.State
	return func(state remote.State, err error) {
		if state != last {
			s.note(state, err)
		}
		last = state
	}
}

func (s states) expect(t *testing.T, want ...remote.State) {
	t.Helper()
	for _, w := range want {
		if got := s.next(t); got.state != w {
			t.Fatalf("the client is %s (%v), want %s", got.state, got.why, w)
		}
	}
}

func (s states) next(t *testing.T) told {
	t.Helper()
	return s.within(t, patience)
}

func (s states) within(t *testing.T, patience time.Duration) told {
	t.Helper()
	select {
	case got := <-s:
		return got
	case <-time.After(patience):
		t.Fatal("the client does not tell its state")
		return told{}
	}
}

// A client whose connection breaks, or whose hub ends, in order or not, comes back to the next one
// with all that it had: ports with what was posted meanwhile, names, channels, requests that wait.
func TestComesBack(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *place){
		"cut":    func(_ *testing.T, p *place) { p.cut() },
		"closed": func(t *testing.T, p *place) { p.close(); p.open(t) },
		"killed": func(t *testing.T, p *place) { p.kill(); p.open(t) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, hub.Options{})
			told := make(states, 16)
			a, b := p.client(t, remote.Options{OnState: told.changes()}), p.client(t, remote.Options{})
			told.expect(t, remote.Open)
			listener, err := b.Listen(t.Context(), "b")
			must(t, err)
			near, err := a.ConnectTo(t.Context(), "b")
			must(t, err)
			far := accept(t, listener).Port
			channel, err := b.BroadcastChannel(t.Context(), "news")
			must(t, err)
			waits := make(chan error, 1)
			go func() {
				_, err := a.ConnectTo(t.Context(), "later")
				waits <- err
			}()
			for a.Requests() == 0 {
			}
			for round := range 3 {
				must(t, near.PostMessage(fmt.Sprint("before ", round)))
				change(t, p)
				told.expect(t, remote.Reconnecting)
				must(t, near.PostMessage(fmt.Sprint("meanwhile ", round)))
				must(t, far.PostMessage(fmt.Sprint("meanwhile ", round)))
				told.expect(t, remote.Open)
				expect(t, far, fmt.Sprint("before ", round))
				expect(t, far, fmt.Sprint("meanwhile ", round))
				expect(t, near, fmt.Sprint("meanwhile ", round))
			}
			_, err = a.ConnectTo(t.Context(), "b")
			must(t, err)
			accept(t, listener)
			later, err := b.Listen(t.Context(), "later")
			must(t, err)
			accept(t, later)
			must(t, <-waits)
			news, err := a.BroadcastChannel(t.Context(), "news")
			must(t, err)
			must(t, news.PostMessage("it goes on"))
			event, err := channel.Receive(t.Context())
			must(t, err)
			if event.Data() != "it goes on" {
				t.Errorf("the channel says %v", event.Data())
			}
			must(t, a.Close())
			told.expect(t, remote.Closed)
		})
	}
}

// A hub that does not know the client ends its ports. The client, its names and its channels go on.
func TestComesTooLate(t *testing.T) {
	p := newPlace(t, hub.Options{Absence: 100 * time.Millisecond})
	told := make(states, 16)
	a, b := p.client(t, remote.Options{OnState: told.changes()}), p.client(t, remote.Options{})
	listener, err := a.Listen(t.Context(), "a")
	must(t, err)
	told.expect(t, remote.Open)
	port, err := b.ConnectTo(t.Context(), "a")
	must(t, err)
	far := accept(t, listener).Port
	p.close()
	told.expect(t, remote.Reconnecting)
	expectEnd(t, port, entangle.ErrLost)
	expectEnd(t, far, entangle.ErrLost)
	var why entangle.CloseError
	if !errors.As(far.Err(), &why) || !strings.Contains(why.Text, "no hub for too long") {
		t.Errorf("it ended with %v", far.Err())
	}
	p.open(t)
	told.expect(t, remote.Open)
	_, err = b.ConnectTo(t.Context(), "a")
	must(t, err)
	accept(t, listener)
}

// A client that is closed while there is no hub ends at once, if nothing waits to be taken; else
// after Options.Linger.
func TestClosedAway(t *testing.T) {
	for _, waits := range []bool{false, true} {
		p := newPlace(t, hub.Options{})
		told := make(states, 16)
		a := p.client(t, remote.Options{OnState: told.changes(), Linger: 50 * time.Millisecond})
		b := p.client(t, remote.Options{Linger: time.Millisecond})
		told.expect(t, remote.Open)
		listener, err := b.Listen(t.Context(), "b")
		must(t, err)
		port, err := a.ConnectTo(t.Context(), "b")
		must(t, err)
		accept(t, listener)
		if !waits {
			port.Close()
			for a.Ports() > 0 || a.Lingering() { // in this order: first it is closed, then confirmed
			}
		}
		p.kill()
		told.expect(t, remote.Reconnecting)
		if waits {
			must(t, port.PostMessage("to nobody"))
		}
		if err := a.Close(); (err != nil) != waits {
			t.Errorf("Close: %v", err)
		}
		told.expect(t, remote.Closed)
		b.Close()
	}
}

// A hub that says that it does not want the client is not asked again.
func TestNotWanted(t *testing.T) {
	p := newPlace(t, hub.Options{})
	told := make(states, 16)
	a := p.client(t, remote.Options{OnState: told.changes()})
	told.expect(t, remote.Open)
	p.kill()
	told.expect(t, remote.Reconnecting)
	p.options.Authenticate = func(*http.Request) (hub.Identity, error) {
		return hub.Identity{User: "dev", Origin: "https://another.example"}, nil
	}
	p.open(t)
	<-a.Done()
	told.expect(t, remote.Closed)
	var refused *remote.Error
	if err := a.Err(); !errors.As(err, &refused) || refused.Code != 3500 {
		t.Errorf("it ended with %v", err)
	}
}

// Close says BYE: the other side learns at once that its peer is gone, without the time that a
// client has to come back.
func TestBye(t *testing.T) {
	p := newPlace(t, hub.Options{Absence: time.Hour})
	a, b := p.client(t, remote.Options{}), p.client(t, remote.Options{})
	listener, err := b.Listen(t.Context(), "b")
	must(t, err)
	_, err = a.ConnectTo(t.Context(), "b")
	must(t, err)
	far := accept(t, listener).Port
	must(t, a.Close())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := far.Receive(ctx); !errors.Is(err, entangle.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
}
