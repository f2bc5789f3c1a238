package remote_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// air is a network in memory, of one address, which a test can spoil. In a bubble its lines may be
// as slow as they like: time passes there when everybody waits.
type air struct {
	rate   int           // bytes a second in each direction; 0: no limit
	delay  time.Duration // of each direction
	silent atomic.Bool   // what either side says is read, and goes nowhere, then and later
	bytes  atomic.Int64  // from clients to the hub

	mu       sync.Mutex // guards the fields below
	listener *airListener
	conns    []net.Conn
	deaf     chan struct{} // unless nil: nothing more that a client says goes on, until it is closed
}

// airListener is who listens on the air.
type airListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *airListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *airListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

var airAddress = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7000}

func (l *airListener) Addr() net.Addr { return airAddress }

// airConn is a connection of the hub's, which serves loopback only.
type airConn struct{ net.Conn }

func (airConn) LocalAddr() net.Addr { return airAddress }

func (a *air) listen() net.Listener {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listener = &airListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	return a.listener
}

func (a *air) dial(ctx context.Context, network, address string) (net.Conn, error) {
	client, near := net.Pipe()
	far, server := net.Pipe()
	a.mu.Lock()
	l := a.listener
	a.conns = append(a.conns, near, far)
	a.mu.Unlock()
	select {
	case l.conns <- airConn{server}:
		go a.carry(near, far, true)
		go a.carry(far, near, false)
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: network, Addr: airAddress, Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// carry carries what one side says to the other.
func (a *air) carry(from, to net.Conn, up bool) {
	spoil(from, to, a.rate, a.delay, &a.silent, func(n int) {
		if !up {
			return
		}
		a.bytes.Add(int64(n))
		if deaf := a.isDeaf(); deaf != nil {
			<-deaf
		}
	})
}

// spoil carries what one side says to the other, so many bytes a second unless rate is 0, and so
// much later: 64 KiB may be on their way. If the line is silent that goes nowhere, and all that
// comes after it. seen is called for what has come through, and may wait.
func spoil(from, to net.Conn, rate int, delay time.Duration, silent *atomic.Bool, seen func(n int)) {
	type chunk struct {
		bytes []byte
		due   time.Time
	}
	way := make(chan chunk, 4)
	go func() {
		defer close(way)
		defer from.Close()
		for dead := false; ; {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			if dead = dead || silent.Load(); !dead { // what comes later would be without what is missing
				way <- chunk{b[:n], time.Now().Add(delay)}
			}
		}
	}()
	defer to.Close()
	for c := range way {
		seen(len(c.bytes))
		if wait := time.Until(c.due); wait > 0 {
			<-time.After(wait)
		}
		if rate > 0 {
			<-time.After(time.Duration(len(c.bytes)) * time.Second / time.Duration(rate))
		}
		if _, err := to.Write(c.bytes); err != nil {
			from.Close()
		}
	}
}

func (a *air) isDeaf() chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.deaf
}

// refuse lets nobody in any more, until reach.
func (a *air) refuse() {
	l := &airListener{closed: make(chan struct{})}
	l.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listener = l
}

// reach lets clients come to who listens on another air.
func (a *air) reach(other *air) {
	other.mu.Lock()
	l := other.listener
	other.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listener = l
}

// stop stops reading until the air is cut.
func (a *air) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deaf = make(chan struct{})
}

// cut breaks all connections.
func (a *air) cut() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, conn := range a.conns {
		conn.Close()
	}
	a.conns = nil
	if a.deaf != nil {
		close(a.deaf)
		a.deaf = nil
	}
}

// inBubble runs a test with a hub at an address that exists in a bubble only.
func inBubble(t *testing.T, o hub.Options, test func(t *testing.T, p *place, a *air)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := new(air)
		t.Cleanup(a.cut)
		test(t, newPlaceAt(t, o, a), a)
	})
}

// dialAir makes a client that is closed at the end of the test.
func dialAir(t *testing.T, a *air, o remote.Options, p remote.Pace) *remote.Client {
	t.Helper()
	o.Origin, o.Logger = "http://127.0.0.1:7000", quiet
	client, err := remote.DialThrough(t.Context(), "ws://"+airAddress.String(), o, p, a.dial)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}
