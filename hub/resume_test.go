package hub

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/entangle-go/entangle/protocol"
)

// cut ends the client's connection without a word, and waits until the client knows.
func (c *client) cut() {
	c.conn.Close()
	<-c.done
	c.do(protocol.Event{Kind: protocol.EventLost})
}

// comeBack says HELLO over another connection.
func (c *client) comeBack(conn connection) {
	c.t.Helper()
	c.hello(conn)
	c.want(protocol.EffectWelcome)
}

func (c *client) hello(conn connection) {
	c.t.Helper()
	c.mu.Lock()
	c.conn, c.done, c.over, c.effects = conn, make(chan struct{}), false, nil
	go c.readAll(conn, c.done)
	c.mu.Unlock()
	c.do(protocol.Event{Kind: protocol.EventStart, Secret: newSecret(), Origin: origin})
}

func socketClient(t *testing.T, h *Hub) *client {
	return over(t, dial(t, serve(t, h)), protocol.Event{Origin: origin})
}

// Whoever loses a connection comes back over the next one, with its ports; what both sides have
// posted meanwhile arrives, once and in order.
func TestComesBack(t *testing.T) {
	h := newHub(t, Options{})
	a, b := socketClient(t, h), program(t, h)
	near, far := pair(a, b, "b")
	for round := range 3 {
		a.cut()
		for i := range 3 {
			a.post(near, fmt.Sprint("from a ", round, i))
			b.post(far, fmt.Sprint("from b ", round, i))
		}
		a.comeBack(dial(t, serve(t, h)))
		for i := range 3 {
			b.expect(fmt.Sprint("from a ", round, i))
			a.expect(fmt.Sprint("from b ", round, i))
		}
	}
	for c := h.Counters(); c.Sessions != 2 || c.Tombstones != 0; c = h.Counters() { // former ones are about to end
		runtime.Gosched()
	}
}

// A hub with the secrets of one that is gone takes its clients back: ports, what was posted,
// names with their age, and a connect that waits. Secrets may be changed, as long as the
// former one is known.
func TestHubComesBack(t *testing.T) {
	old, present := make([]byte, 32), []byte("another secret of thirty-two bytes")
	first := newHub(t, Options{Secrets: [][]byte{old}})
	a, b := socketClient(t, first), socketClient(t, first)
	near, far := pair(a, b, "b")
	waiting := a.do(protocol.Event{Kind: protocol.EventConnect, Name: "later"}).Port
	a.post(near, "before")
	b.expect("before")
	first.Close()
	for _, c := range []*client{a, b} {
		<-c.done
		c.do(protocol.Event{Kind: protocol.EventLost})
	}
	b.post(far, "meanwhile")

	second := newHub(t, Options{Secrets: [][]byte{present, old}})
	other := program(t, second)
	other.listen("b")
	b.comeBack(dial(t, serve(t, second)))
	a.comeBack(dial(t, serve(t, second)))
	a.expect("meanwhile")
	a.post(near, "after")
	b.expect("after")
	a.do(protocol.Event{Kind: protocol.EventConnect, Name: "b"})
	b.want(protocol.EffectConnection) // for it is older
	a.want(protocol.EffectOpen)
	other.do(protocol.Event{Kind: protocol.EventListen, Listener: 2, Name: "later"})
	other.want(protocol.EffectConnection)
	if f := a.want(protocol.EffectOpen); f.Port != waiting {
		t.Errorf("%d waited, and %d is open", waiting, f.Port)
	}

	// Another hub does not know them.
	a.cut()
	stranger := newHub(t, Options{})
	a.hello(dial(t, serve(t, stranger)))
	if code := a.failed(); code != protocol.CodeExpired {
		t.Errorf("code %d", code)
	}
}

// Who does not come back in time is lost for its peers; who said BYE, or went away, at once.
func TestAbsence(t *testing.T) {
	h := newHub(t, Options{Absence: 5 * time.Second})
	peer := program(t, h)
	for _, how := range []string{"silence", "BYE", "1001"} {
		c := socketClient(t, h)
		_, far := pair(c, peer, "x")
		peer.do(protocol.Event{Kind: protocol.EventUnlisten, Listener: 1})
		began := time.Now()
		switch how {
		case "BYE":
			c.do(protocol.Event{Kind: protocol.EventBye})
		case "1001":
			c.conn.(webSocketConn).conn.WriteControl(websocket.CloseMessage,
				websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
		}
		c.conn.Close()
		if f := peer.want(protocol.EffectClosed); f.Port != far || !f.Lost {
			t.Errorf("got %+v", f)
		}
		if after := time.Since(began); (how == "silence") != (after >= 4*time.Second) {
			t.Errorf("%s: lost after %v", how, after)
		}
	}
}

// A client that comes back while the hub still believes in its former connection ends that.
func TestTakesOver(t *testing.T) {
	h := newHub(t, Options{})
	a, b := socketClient(t, h), program(t, h)
	near, far := pair(a, b, "b")
	former := a.done
	a.do(protocol.Event{Kind: protocol.EventLost}) // so it believes
	a.comeBack(dial(t, serve(t, h)))
	<-former
	b.post(far, "to the present one")
	a.expect("to the present one")
	a.post(near, "from the present one")
	b.expect("from the present one")
	for h.Counters().Sessions != 2 { // the former one is ending
		runtime.Gosched()
	}
}

// Secrets that anybody could guess are none.
func TestSecrets(t *testing.T) {
	for _, secrets := range [][][]byte{{}, {[]byte("short")}, {make([]byte, 32), nil}} {
		if h, err := New(Options{Secrets: secrets}); err == nil {
			t.Errorf("%q are taken", secrets)
			h.Close()
		}
	}
	if h, err := New(Options{Absence: -1}); err == nil {
		t.Error("a negative absence is taken")
		h.Close()
	}
}

// Of one user's clients that are away 1,024 may come back; the oldest is given up for one more, at
// once, and its peer is told. Nobody else is.
func TestManyAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const more = 6
		h := newHub(t, Options{})
		peer := join(t, h, Identity{User: "peer", Service: true, Origin: origin}, protocol.Event{Service: true})
		peer.listen("x")
		other := join(t, h, Identity{User: "other"}, protocol.Event{Origin: origin})
		away := func(who *client) protocol.Handle {
			who.do(protocol.Event{Kind: protocol.EventConnect, Name: "x", Origin: origin})
			far := peer.want(protocol.EffectConnection).Ports[0].Port
			who.want(protocol.EffectOpen)
			who.conn.(*Pipe).session.hangUp() // as a socket does that breaks
			synctest.Wait()
			return far
		}
		away(other)
		var ports []protocol.Handle
		for range maxTombstones + more {
			ports = append(ports, away(program(t, h)))
		}
		if c := h.Counters(); c.Sessions != 1 || c.Tombstones != maxTombstones+1 {
			t.Errorf("counters: %+v", c)
		}
		peer.mu.Lock()
		defer peer.mu.Unlock()
		if !slices.Equal(peer.lost, ports[:more]) {
			t.Errorf("lost are %v, want those of the oldest: %v", peer.lost, ports[:more])
		}
	})
}

// A client that had no port leaves nothing behind that would have to be kept.
func TestAwayWithoutPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		for range 10 {
			program(t, h).conn.(*Pipe).session.hangUp()
		}
		synctest.Wait()
		if c := h.Counters(); c.Sessions != 0 || c.Tombstones != 0 {
			t.Errorf("counters: %+v", c)
		}
	})
}

// Programs that come while the hub closes get an error, or a connection that ends.
func TestPipesWhileClosing(t *testing.T) {
	for range 20 {
		h := newHub(t, Options{})
		var coming sync.WaitGroup
		started := make(chan struct{}, 4)
		for range cap(started) {
			coming.Go(func() {
				var pipes []*Pipe
				for n := 0; ; n++ {
					p, err := h.Pipe(dev())
					if err != nil {
						if err != errShutdown {
							t.Error(err)
						}
						break
					}
					if pipes = append(pipes, p); n == 10 {
						started <- struct{}{}
					}
				}
				for _, p := range pipes {
					for {
						if _, err := p.Read(); err != nil {
							break
						}
					}
					p.Close()
				}
			})
		}
		<-started
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		coming.Wait()
	}
}
