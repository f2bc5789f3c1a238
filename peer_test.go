package entangle

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/entangle-go/entangle/clone"
)

// wire is a Peer that notes what it gets.
type wire struct {
	records    []*clone.Record
	dispatched []any
	closed     int
	refuse     error
}

func (w *wire) Post(r *clone.Record) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.records = append(w.records, r)
	return nil
}

func (w *wire) Dispatched(r *clone.Record) { w.dispatched = append(w.dispatched, r.Data()) }

func (w *wire) Close() { w.closed++ }

// data returns the messages that the wire got.
func (w *wire) check(t *testing.T, closed int, want ...any) {
	t.Helper()
	if len(w.records) != len(want) || w.closed != closed {
		t.Fatalf("%d messages, closed %d times", len(w.records), w.closed)
	}
	for i, r := range w.records {
		if r.Data() != want[i] {
			t.Errorf("message %d is %v", i, r.Data())
		}
	}
	w.records = nil
}

func record(t *testing.T, v any) *clone.Record { return value(clone.Serialize(v))(t) }

func TestEntanglePeer(t *testing.T) {
	w := &wire{}
	port, inbox := EntanglePeer(w)
	must(t, port.PostMessage("1"))
	must(t, port.Post(t.Context(), "2"))
	w.check(t, 0, "1", "2")
	inbox.Post(record(t, "a"))
	inbox.Post(record(t, "b"))
	expect(t, port, "a")
	port.Close()
	w.check(t, 1)
	inner := NewMessageChannel()
	h := inner.Port1.NewHolder()
	must(t, h.Transfer())
	inbox.Post(clone.Undeliverable("x", []clone.Holder{h})) // SPEC 34, 47
	expectError(t, inner.Port2, ErrClosed)
	inbox.Close(lost)
	must(t, port.PostMessage("nowhere"))
	w.check(t, 1)
	if err := port.Err(); err != ErrClosed {
		t.Error("it was closed here first:", err)
	}
}

// lost is an end that nobody wanted.
var lost = CloseError{ReasonLost, "the cable was cut"}

// SPEC 39: closing from elsewhere comes after all messages from there; a loss is told
// apart, and why.
func TestInboxClose(t *testing.T) {
	for _, ends := range [][2]CloseError{{{Reason: ReasonClosed}, lost}, {lost, {Reason: ReasonClosed}}, {{Reason: ReasonLost}, lost}} {
		want := ends[0]
		w := &wire{}
		port, inbox := EntanglePeer(w)
		inbox.Post(record(t, "a"))
		inbox.Close(want)
		inbox.Close(ends[1])
		inbox.Post(record(t, "too late"))
		must(t, port.PostMessage("nowhere"))
		if err := port.Post(t.Context(), "x"); err != want {
			t.Error(err)
		}
		expect(t, port, "a")
		expectError(t, port, want)
		for _, err := range port.Messages(t.Context()) {
			t.Error("a conversation that ends is no error:", err)
		}
		port.Close()
		if err := port.Err(); err != want {
			t.Error(err)
		}
		w.check(t, 0)
		agent, global := newTestGlobal()
		port, inbox = EntanglePeer(w)
		var j journal
		j.listen(t, value(global.Adopt(port))(t), "")
		inbox.Post(record(t, "a"))
		inbox.Close(want)
		runAll(agent)
		j.check(t, "a close")
	}
}

func TestPeerRefuses(t *testing.T) {
	tooLarge := errors.New("too large")
	port, _ := EntanglePeer(&wire{refuse: tooLarge})
	inner := NewMessageChannel()
	if err := port.PostMessage("x", inner.Port1); err != tooLarge {
		t.Error(err)
	}
	expectError(t, inner.Port2, ErrClosed)
	if err := port.Post(t.Context(), "x"); err != tooLarge {
		t.Error(err)
	}
}

// SPEC 51: a port that nobody holds is closed at its peer; one that listens is not.
func TestPeerOfDroppedPort(t *testing.T) {
	w := &wire{}
	_, inbox := EntanglePeer(w)
	closes := func() bool {
		inbox.channel.mu.Lock()
		defer inbox.channel.mu.Unlock()
		return w.closed == 1
	}
	collect(t, closes)
	agent, global := newTestGlobal()
	var j journal
	_, inbox = func() (*int, *Inbox) {
		port, inbox := EntanglePeer(&wire{})
		must(t, value(global.Adopt(port))(t).OnMessage(j.messages("")))
		return nil, inbox
	}()
	for range 5 {
		runtime.GC()
		runtime.Gosched()
	}
	inbox.Post(record(t, "heard"))
	runAll(agent)
	j.check(t, "heard")
}

// Post waits while the peer says that it is behind; messages posted since count too.
func TestBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		port, inbox := EntanglePeer(&wire{})
		inbox.Behind(sendWindow-2, 0)
		must(t, port.Post(t.Context(), "1"))
		must(t, port.Post(t.Context(), "2"))
		result := make(chan error, 1)
		go func() { result <- port.Post(t.Context(), "3") }()
		for _, n := range []int{sendWindow, sendWindow/2 + 1} {
			inbox.Behind(n, 0)
			synctest.Wait()
			if len(result) > 0 {
				t.Error("it does not wait at", n)
			}
		}
		inbox.Behind(sendWindow/2, 0)
		must(t, <-result)
		go func() {
			inbox.Behind(0, sendBytes)
			result <- port.Post(t.Context(), "4")
		}()
		synctest.Wait()
		inbox.Close(lost)
		if err := <-result; err != lost {
			t.Error(err)
		}
	})
}

// The peer is told of messages that came from it when they are dispatched, by a receiver that
// waits, from the queue, or by a loop; not of those that were posted here before, nor of dropped
// ones.
func TestDispatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewMessageChannel()
		must(t, c.Port1.PostMessage("before"))
		w := &wire{}
		inbox := value(Ship(c.Port1, w))(t).Partner
		check := func(want ...any) {
			t.Helper()
			if !slices.Equal(w.dispatched, want) {
				t.Errorf("dispatched: %v, want %v", w.dispatched, want)
			}
		}
		inbox.Post(record(t, "1"))
		expect(t, c.Port2, "before")
		check()
		expect(t, c.Port2, "1")
		check("1")
		received := make(chan struct{})
		go func() {
			expect(t, c.Port2, "2")
			close(received)
		}()
		synctest.Wait()
		inbox.Post(record(t, "2"))
		<-received
		check("1", "2")
		inbox.Post(record(t, "3"))
		c.Port2.Close()
		check("1", "2")
	})
	w := &wire{}
	agent, global := newTestGlobal()
	port, inbox := EntanglePeer(w)
	var j journal
	must(t, value(global.Adopt(port))(t).OnMessage(j.messages("")))
	inbox.Post(record(t, "a"))
	inbox.Post(record(t, "b"))
	if len(w.dispatched) > 0 {
		t.Errorf("%v dispatched before the loop has run", w.dispatched)
	}
	runAll(agent)
	if j.check(t, "a b"); !slices.Equal(w.dispatched, []any{"a", "b"}) {
		t.Errorf("dispatched: %v", w.dispatched)
	}
}

// SPEC 42, 46: shipping takes the queue, and entangles the partner, with nothing in between.
func TestShip(t *testing.T) {
	c, inner := NewMessageChannel(), NewMessageChannel()
	must(t, c.Port1.PostMessage("1"))
	must(t, c.Port1.PostMessage("2", inner.Port1))
	w := &wire{}
	s := value(Ship(c.Port2, w))(t)
	if len(s.Queue) != 2 || s.Peer != nil || s.Closed || s.Partner == nil || !c.Port2.Detached() {
		t.Fatalf("%+v", s)
	}
	if s.Queue[0].Data() != "1" || len(s.Queue[1].Holders()) != 1 {
		t.Error("not the queue")
	}
	expectError(t, c.Port2, ErrDetached)
	must(t, c.Port1.PostMessage("3"))
	w.check(t, 0, "3")
	s.Partner.Post(record(t, "from afar"))
	expect(t, c.Port1, "from afar")
	// a port in the queue is shipped in turn
	landed := s.Queue[1].Holders()[0].Value().(*MessagePort)
	must(t, inner.Port2.PostMessage("in the inner queue"))
	innerShipment := value(Ship(landed, w))(t)
	if len(innerShipment.Queue) != 1 {
		t.Error("the inner queue")
	}
	must(t, inner.Port2.PostMessage("4"))
	w.check(t, 0, "4")
	// the partner is shipped too: both are elsewhere
	s2 := value(Ship(c.Port1, nil))(t)
	if s2.Peer != w || s2.Partner != nil || s2.Closed {
		t.Fatalf("%+v", s2)
	}
	if s.Partner.Post(record(t, "x")) {
		t.Error("a shipped port took a message")
	}
	w.check(t, 0)
	inner.Port2.Close()
	w.check(t, 1)
}

// SPEC 41, 46: a port that got close, or is to get it, is shipped with that.
func TestShipClosed(t *testing.T) {
	c := NewMessageChannel()
	must(t, c.Port1.PostMessage("1"))
	c.Port1.Close()
	w := &wire{}
	s := value(Ship(c.Port2, w))(t)
	if len(s.Queue) != 1 || !s.Closed || s.Lost || s.Peer != nil || s.Partner != nil {
		t.Errorf("%+v", s)
	}
	port, inbox := EntanglePeer(w)
	inbox.Close(lost)
	s = value(Ship(port, w))(t)
	if len(s.Queue) != 0 || !s.Closed || !s.Lost || s.Peer != nil {
		t.Errorf("%+v", s)
	}
	w.check(t, 0)
	for p, want := range map[*MessagePort]error{nil: ErrDetached, c.Port1: ErrClosed, port: ErrDetached} {
		if _, err := Ship(p, w); err != want {
			t.Error(err, want)
		}
	}
}

// SPEC 37: what waits in Post at the partner goes on with the new peer; who waits at the port
// itself is told.
func TestShipWakesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewMessageChannel()
		for i := range sendWindow {
			must(t, c.Port1.PostMessage(float64(i)))
		}
		result := make(chan error, 2)
		go func() { result <- c.Port1.Post(t.Context(), "last") }()
		go func() {
			_, err := c.Port1.Receive(t.Context())
			result <- err
		}()
		synctest.Wait()
		w := &wire{}
		s := value(Ship(c.Port2, w))(t)
		must(t, <-result)
		w.check(t, 0, "last")
		if len(s.Queue) != sendWindow {
			t.Error(len(s.Queue))
		}
		if _, err := Ship(c.Port1, nil); err != nil {
			t.Error(err)
		}
		if err := <-result; err != ErrDetached {
			t.Error(err)
		}
	})
}

// A network record that carries ports: they land as EntanglePeer made them.
func TestLandedPorts(t *testing.T) {
	carrier, carrierInbox := EntanglePeer(&wire{})
	w := &wire{}
	landed, landedInbox := EntanglePeer(w)
	h := landed.NewHolder()
	must(t, h.Transfer())
	landedInbox.Post(record(t, "arrived before"))
	body := value(record(t, "hello").Encode())(t)
	carrierInbox.Post(clone.FromBytes(body, []clone.Holder{h}))
	e := receive(t, carrier)
	if e.Data() != "hello" || len(e.Ports) != 1 {
		t.Fatalf("%+v", e)
	}
	landedInbox.Post(record(t, "arrived after"))
	expect(t, e.Ports[0], "arrived before", "arrived after")
	must(t, e.Ports[0].PostMessage("reply"))
	w.check(t, 0, "reply")
	// in a message that is never read it is closed
	landed, _ = EntanglePeer(w)
	h = landed.NewHolder()
	must(t, h.Transfer())
	carrierInbox.Post(clone.FromBytes(body, []clone.Holder{h}))
	carrier.Close()
	w.check(t, 1)
}
