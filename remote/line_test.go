package remote_test

import (
	"context"
	"flag"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// connected connects a client to another one.
func connected(t *testing.T, from, to *remote.Client) (near, far *entangle.MessagePort) {
	t.Helper()
	listener, err := to.Listen(t.Context(), "somebody")
	must(t, err)
	defer listener.Close()
	near, err = from.ConnectTo(t.Context(), "somebody")
	must(t, err)
	far = accept(t, listener).Port
	t.Cleanup(func() { // in a bubble: the garbage collector would close them from without
		near.Close()
		far.Close()
	})
	return near, far
}

// proxy carries connections to a hub, unless it is silent: then it reads, and passes nothing on.
type proxy struct {
	listener net.Listener
	hub      string
	silent   atomic.Bool
	bytes    atomic.Int64 // from clients to the hub
	rate     int          // bytes a second in each direction; 0: no limit
	delay    time.Duration
	work     sync.WaitGroup
	mu       sync.Mutex // guards conns
	conns    []net.Conn
}

func newProxy(t *testing.T, hub string, rate int, delay time.Duration) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{listener: listener, hub: hub, rate: rate, delay: delay}
	p.work.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			hub, err := net.Dial("tcp", p.hub)
			if err != nil {
				client.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, hub)
			p.mu.Unlock()
			p.work.Go(func() { p.carry(client, hub, true) })
			p.work.Go(func() { p.carry(hub, client, false) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.mu.Lock()
		for _, conn := range p.conns {
			conn.Close()
		}
		p.mu.Unlock()
		p.work.Wait()
	})
	return p
}

func (p *proxy) carry(from, to net.Conn, up bool) {
	spoil(from, to, p.rate, p.delay, &p.silent, func(n int) {
		if up {
			p.bytes.Add(int64(n))
		}
	})
}

func (p *proxy) client(t *testing.T, pace remote.Pace, o remote.Options) *remote.Client {
	t.Helper()
	o.Origin, o.Logger, o.Header = "http://127.0.0.1:7000", quiet, http.Header{"Host": {p.hub}}
	client, err := remote.DialAtPace(t.Context(), "ws://"+p.listener.Addr().String(), o, pace)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

// A line that goes silent is found out, and left for another one. The hub, which still believes in
// the former one, gives that up.
func TestSilentLine(t *testing.T) {
	// round is one silence, which ends after so long, or when it has been noticed.
	round := func(t *testing.T, near, far *entangle.MessagePort, silent *atomic.Bool, told states, length time.Duration) {
		began := time.Now()
		silent.Store(true)
		must(t, near.PostMessage("there"))
		must(t, far.PostMessage("back"))
		over := time.After(length)
		noticed := told.within(t, time.Minute)
		t.Logf("%s after %v: %v", noticed.state, time.Since(began), noticed.why)
		if after := time.Since(began); noticed.state != remote.Reconnecting || after > 40*time.Second {
			t.Errorf("%s after %v", noticed.state, after)
		}
		<-over
		silent.Store(false)
		if back := told.within(t, time.Minute); back.state != remote.Open {
			t.Errorf("the client is %s (%v)", back.state, back.why)
		}
		t.Logf("it is back after %v", time.Since(began))
		expect(t, far, "there")
		expect(t, near, "back")
	}
	t.Run("in memory", func(t *testing.T) {
		inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
			line, told := &air{listener: direct.listener}, make(states, 16)
			t.Cleanup(line.cut)
			a := dialAir(t, line, remote.Options{OnState: told.changes()}, remote.UsualPace)
			told.expect(t, remote.Open)
			near, far := connected(t, a, p.client(t, remote.Options{}))
			for range 3 {
				round(t, near, far, &line.silent, told, 100*time.Second)
			}
			if c := p.hub.Counters(); c.Sessions != 2 {
				t.Errorf("counters: %+v", c)
			}
		})
	})
	t.Run("TCP", func(t *testing.T) {
		p := newPlace(t, hub.Options{})
		line, told := newProxy(t, p.address, 0, 0), make(states, 16)
		pace, rounds := remote.UsualPace, 1
		if *silence == 0 {
			pace, rounds = remote.AtPace(20*time.Millisecond, 500*time.Millisecond, time.Minute), 2
		}
		a := line.client(t, pace, remote.Options{OnState: told.changes()})
		told.expect(t, remote.Open)
		near, far := connected(t, a, p.client(t, remote.Options{}))
		for range rounds {
			round(t, near, far, &line.silent, told, *silence)
		}
	})
}

// The figures of [TestSlowLine] and [TestSilentLine] over sockets of the operating system, in real
// time. Those that the protocol is measured by take a minute and two, so they go by command:
//
//	go test ./remote -run 'TestSlowLine/TCP' -rate 65536 -delay 300ms -v
//	go test ./remote -run 'TestSilentLine/TCP' -silence 100s -v
var (
	rate    = flag.Int("rate", 8<<20, "bytes a second over the slow line")
	delay   = flag.Duration("delay", 10*time.Millisecond, "of the slow line, in each direction")
	silence = flag.Duration("silence", 0, "how long a line is silent, at the usual pace; 0: until that is noticed, at a faster one")
)

// Over a line that is slow and far away nothing is sent twice: what has not left yet is not late.
func TestSlowLine(t *testing.T) {
	const (
		payload = 4 << 20
		size    = 16 << 10
	)
	flood := func(t *testing.T, a, b *remote.Client, sent *atomic.Int64) {
		near, far := connected(t, a, b)
		began, before := time.Now(), sent.Load()
		message := strings.Repeat("x", size)
		for range payload / size {
			must(t, near.PostMessage(message))
		}
		for range payload / size {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			event, err := far.Receive(ctx)
			cancel()
			if must(t, err); event.Data() != message {
				t.Fatal("another message")
			}
		}
		n := sent.Load() - before
		t.Logf("%d bytes were sent for %d, %.3f times as many, in %v", n, payload, float64(n)/payload, time.Since(began))
		if n > payload*11/10 {
			t.Error("that is too many")
		}
	}
	t.Run("in memory", func(t *testing.T) {
		inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
			slow := &air{listener: direct.listener, rate: 64 << 10, delay: 300 * time.Millisecond}
			t.Cleanup(slow.cut)
			flood(t, dialAir(t, slow, remote.Options{}, remote.UsualPace), p.client(t, remote.Options{}), &slow.bytes)
		})
	})
	t.Run("TCP", func(t *testing.T) {
		p := newPlace(t, hub.Options{})
		line := newProxy(t, p.address, *rate, *delay)

		flood(t, line.client(t, remote.UsualPace, remote.Options{}), p.client(t, remote.Options{}), &line.bytes)
	})
}
