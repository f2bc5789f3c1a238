package hub

import (
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// lastWord reads a pipe until it ends, and gives the ERROR before that.
func lastWord(t *testing.T, p *Pipe) (f protocol.Frame) {
	t.Helper()
	for {
		batch, err := p.Read()
		if errors.Is(err, io.EOF) {
			return f
		}
		for len(batch) > 0 {
			if f, batch, err = protocol.DecodeFrame(batch); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// greeted is a pipe that has said HELLO.
func greeted(t *testing.T, h *Hub, user string) *Pipe {
	t.Helper()
	p := pipe(t, h, Identity{User: user})
	if err := p.Write(hello()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	synctest.Wait() // what WELCOME took is given back
	return p
}

// Beyond 64 MiB the session that holds most is ended at once, and told why. That of another user,
// which holds more, is not.
func TestAccountFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		most, less, other := greeted(t, h, "ann"), greeted(t, h, "ann"), greeted(t, h, "bob")
		other.session.charge(maxHeld)
		most.session.charge(maxHeld - 1<<20)
		less.session.charge(1 << 20)
		synctest.Wait()
		if most.session.failing.Load() || other.session.failing.Load() {
			t.Error("a session was ended at the limit")
		}
		less.session.charge(slack)
		if f := lastWord(t, most); f.Kind != protocol.Error || f.Code != protocol.CodeTooMany || f.Text != tooMuchHeld {
			t.Errorf("got %+v", f)
		}
		synctest.Wait()
		if less.session.failing.Load() || other.session.failing.Load() {
			t.Error("another session was ended, too")
		}
		if held := less.session.account.held; held != 1<<20+slack {
			t.Errorf("%d bytes are held after that", held)
		}
		less.session.charge(-slack - 1<<20)
		other.session.charge(-maxHeld)
	})
}

// A session that is to be ended and does not read is cut off a second later.
func TestEvictDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		deaf := greeted(t, h, "ann")
		deaf.mu.Lock()
		deaf.size = maxPiped + 1 // something blocks the pipe
		deaf.mu.Unlock()
		began := time.Now()
		deaf.session.charge(maxHeld + 1)
		for {
			if _, err := deaf.Read(); err != nil {
				break
			}
		}
		if after := time.Since(began); after != closeTimeout {
			t.Errorf("it was cut off after %v", after)
		}
		deaf.session.charge(-maxHeld - 1)
	})
}

// Beyond 48 MiB nothing more of the user is read; after 2 s of that the session that holds most is
// ended.
func TestAccountPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		most, less, other := greeted(t, h, "ann"), greeted(t, h, "ann"), greeted(t, h, "bob")
		most.session.charge(pauseHeld)
		subscribe := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "x"})
		write := func(p *Pipe) (took time.Duration) {
			began := time.Now()
			if err := p.Write(subscribe); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		if took := write(less); took != 0 {
			t.Errorf("at the limit, writing blocked for %v", took)
		}
		less.session.charge(slack)
		if took := write(other); took != 0 {
			t.Errorf("somebody else was blocked for %v", took)
		}
		if took := write(less); took <= maxPaused || took > maxPaused+2*tick {
			t.Errorf("beyond the limit, writing blocked for %v", took)
		}
		if f := lastWord(t, most); f.Code != protocol.CodeTooMany {
			t.Errorf("got %+v", f)
		}
		if less.session.failing.Load() {
			t.Error("another session was ended, too")
		}
		less.session.charge(-slack)
	})
}

// A pause that ends in time ends nobody.
func TestAccountRelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		p := greeted(t, h, "ann")
		p.session.charge(pauseHeld + 1)
		go func() {
			<-time.After(time.Second) // virtual
			p.session.charge(-pauseHeld - 1)
		}()
		began := time.Now()
		p.Write(protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Subscribe, Name: "x"}))
		if took := time.Since(began); took != time.Second {
			t.Errorf("writing blocked for %v", took)
		}
		<-time.After(10 * time.Second) // virtual
		if p.session.failing.Load() {
			t.Error("the session was ended")
		}
	})
}

// Whoever is ended while its reader waits for the account lets that go on.
func TestFailingWhilePaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{})
		most, p := greeted(t, h, "ann"), greeted(t, h, "ann")
		most.session.charge(pauseHeld + 1)
		began := time.Now()
		p.Write([]byte{0xff}) // no frame
		if took := time.Since(began); took != 0 {
			t.Errorf("writing blocked for %v", took)
		}
		most.session.charge(-pauseHeld - 1)
	})
}

// What is held is counted until the last one gives it back: when nobody says anything nothing is
// held but what the state machines know.
func TestBooksBalance(t *testing.T) {
	each(t, func(t *testing.T, h *Hub, join func() *client) {
		a, b := join(), join()
		near, far := pair(a, b, "x")
		for _, name := range []string{"c", "d"} {
			a.do(protocol.Event{Kind: protocol.EventSubscribe, Name: name})
			b.do(protocol.Event{Kind: protocol.EventSubscribe, Name: name})
			a.want(protocol.EffectSubscribed)
			b.want(protocol.EffectSubscribed)
		}
		for i := range 100 {
			a.post(near, string(make([]byte, i*100)))
			b.post(far, "and back")
			b.do(protocol.Event{Kind: protocol.EventBroadcast, Name: "c", Body: make([]byte, 1000)})
			b.want(protocol.EffectDeliver)
			a.want(protocol.EffectBroadcast)
		}
		a.do(protocol.Event{Kind: protocol.EventClose, Port: near})
		a.quiet()
		for _, s := range h.all() {
			if held, cost := idle(s); held != cost || cost == 0 {
				t.Errorf("%d bytes are held, the machine has %d", held, cost)
			}
		}
		a.conn.Close()
		b.conn.Close()
	})
}

// idle waits until nobody does anything for a session. It gives what is held for it, and what its
// machine has of that.
func idle(s *session) (held, cost int) {
	for {
		s.mu.Lock()
		if !s.running && s.unread == 0 {
			defer s.mu.Unlock()
			return int(s.held.Load()), s.machine.Cost()
		}
		s.mu.Unlock()
		runtime.Gosched()
	}
}

// The sessions of a user share how many ports they attach in 100 ms.
func TestAttachTogether(t *testing.T) {
	a := newAccount()
	if n := a.attach(0); n != protocol.PaceAttach {
		t.Errorf("the first one may attach %d", n)
	}
	a.attached(400) // were not used
	if n := a.attach(protocol.PaceEvery - 1); n != 400 {
		t.Errorf("the next one %d", n)
	}
	if n := a.attach(protocol.PaceEvery - 1); n != 0 {
		t.Errorf("and one more %d", n)
	}
	if n := a.attach(protocol.PaceEvery); n != protocol.PaceAttach {
		t.Errorf("100 ms later %d", n)
	}
}
