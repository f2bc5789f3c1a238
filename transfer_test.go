package entangle

import (
	"testing"

	"github.com/entangle-go/entangle/clone"
)

// pass sends a port through a new channel and returns it as it arrives.
func pass(t testing.TB, p *MessagePort) *MessagePort {
	t.Helper()
	c := NewMessageChannel()
	must(t, c.Port1.PostMessage(nil, p))
	return receive(t, c.Port2).Ports[0]
}

// SPEC 27, 42, 44: the queue goes with the port, in order, and what is posted later follows it; the
// new port has to be started.
func TestQueueTravels(t *testing.T) {
	agent, global := newTestGlobal()
	c, carrier := global.NewMessageChannel(), global.NewMessageChannel()
	var j journal
	must(t, c.Port1.PostMessage("1")) // before the transfer
	c.Port2.Start()
	must(t, carrier.Port1.PostMessage("port", c.Port2))
	must(t, c.Port1.PostMessage("2")) // in transit
	var moved *MessagePort
	must(t, carrier.Port2.OnMessage(func(e *MessageEvent) {
		moved = e.Ports[0]
		must(t, moved.OnClose(j.closes("")))
		must(t, c.Port1.PostMessage("3")) // arrived
	}))
	runAll(agent)
	j.check(t, "")
	must(t, moved.OnMessage(j.messages("")))
	must(t, c.Port1.PostMessage("4"))
	runAll(agent)
	j.check(t, "1 2 3 4")
}

// SPEC 43: the old handle is inert.
func TestTransferredPortIsInert(t *testing.T) {
	c := NewMessageChannel()
	moved := pass(t, c.Port1)
	if !c.Port1.Detached() || moved.Detached() {
		t.Error("Detached")
	}
	must(t, c.Port1.PostMessage("nowhere"))
	c.Port1.Start()
	c.Port1.Close()
	expectError(t, c.Port1, ErrDetached)
	if err := c.Port1.Post(t.Context(), "x"); err != ErrDetached {
		t.Error(err)
	}
	if _, err := c.Port1.Release(); err != ErrDetached {
		t.Error(err)
	}
	isDOMException(t, NewMessageChannel().Port1.PostMessage(nil, c.Port1), "DataCloneError")
	must(t, c.Port2.PostMessage("works"))
	expect(t, moved, "works")
	must(t, moved.PostMessage("back"))
	expect(t, c.Port2, "back")
}

// SPEC 45: nobody sees a close event because of a transfer.
func TestTransferIsNoClose(t *testing.T) {
	agent, global := newTestGlobal()
	c := global.NewMessageChannel()
	var j journal
	j.listen(t, c.Port1, "1:")
	j.listen(t, c.Port2, "2:")
	moved := pass(t, c.Port2)
	runAll(agent)
	j.check(t, "")
	must(t, moved.PostMessage("a"))
	must(t, c.Port1.PostMessage("b"))
	runAll(agent)
	j.check(t, "1:a")
	expect(t, moved, "b")
}

// SPEC 46: both ends in transit at once, over several hops; nothing is lost or reordered.
func TestBothEndsInTransit(t *testing.T) {
	c, carrier1, carrier2 := NewMessageChannel(), NewMessageChannel(), NewMessageChannel()
	a, b := c.Port1, c.Port2
	n := 0.0
	for range 5 {
		must(t, a.PostMessage(n))
		must(t, b.PostMessage(-n))
		must(t, carrier1.Port1.PostMessage(nil, a))
		must(t, carrier2.Port1.PostMessage(nil, b))
		a = receive(t, carrier1.Port2).Ports[0]
		must(t, a.PostMessage(n+0.5)) // the other end is still in transit
		b = receive(t, carrier2.Port2).Ports[0]
		n++
	}
	for i := range 5 {
		expect(t, b, float64(i), float64(i)+0.5)
		expect(t, a, -float64(i))
	}
}

// SPEC 49, 50: nothing about the destination is known when a port is posted: the same message goes
// to a loop or to none.
func TestDestinationIsUnknown(t *testing.T) {
	agent, global := newTestGlobal()
	for _, pushed := range []bool{false, true} {
		carrier, c := NewMessageChannel(), NewMessageChannel()
		must(t, carrier.Port1.PostMessage(nil, c.Port1))
		if !pushed {
			port := receive(t, carrier.Port2).Ports[0]
			if err := port.OnMessage(nil); err != ErrPulled {
				t.Error(err)
			}
			continue
		}
		got := false
		must(t, value(global.Adopt(carrier.Port2))(t).OnMessage(func(e *MessageEvent) {
			_, err := e.Ports[0].Receive(t.Context())
			got = err == ErrPushed
		}))
		runAll(agent)
		if !got {
			t.Error("not pushed")
		}
	}
}

// SPEC 47: a port in a message that is never dispatched is lost, however deep; its peer gets
// close at once.
func TestPortsInDroppedMessages(t *testing.T) {
	const depth = 20_000 // each in the queue of the one before
	outer := NewMessageChannel()
	first, carrier := outer.Port1, outer.Port2
	var peers []*MessagePort
	for range depth {
		inner := NewMessageChannel()
		must(t, carrier.PostMessage(nil, inner.Port1))
		peers = append(peers, inner.Port2)
		carrier = inner.Port2
	}
	first.Close()
	for _, p := range peers {
		expectError(t, p, ErrClosed)
	}
}

// SPEC 47: also buffers and other holders of a lost message are lost, and only once.
func TestLostMessageLosesAllItHolds(t *testing.T) {
	c := NewMessageChannel()
	buffer := clone.NewArrayBuffer([]byte("x"))
	lost := 0
	must(t, c.Port1.PostMessage(nil, buffer, &countedTransferable{discards: &lost}))
	c.Port2.Close()
	if lost != 1 {
		t.Error("discarded", lost, "times")
	}
}

// countedTransferable counts how often it is lost.
type countedTransferable struct{ discards *int }

func (c *countedTransferable) Detached() bool          { return false }
func (c *countedTransferable) NewHolder() clone.Holder { return c }
func (c *countedTransferable) Value() any              { return c }
func (c *countedTransferable) Transfer() error         { return nil }
func (c *countedTransferable) Receive(any) error       { return clone.NewError("TypeError", "not here") }
func (c *countedTransferable) Discard()                { *c.discards++ }

// SPEC 48, 50: if receiving fails half way, the ports that were received are lost too, and the
// message is a messageerror.
func TestReceivingFailsHalfWay(t *testing.T) {
	c, before, after := NewMessageChannel(), NewMessageChannel(), NewMessageChannel()
	lost := 0
	must(t, c.Port1.PostMessage(nil, before.Port1, &countedTransferable{&lost}, after.Port1))
	e := receive(t, c.Port2)
	if e.Type != "messageerror" || e.Ports != nil || e.Data() != nil {
		t.Errorf("%+v", e)
	}
	var x any
	if err := e.Decode(&x); err == nil {
		t.Error("decoded")
	}
	expectError(t, before.Port2, ErrClosed)
	expectError(t, after.Port2, ErrClosed)
}

func TestAdoptAndRelease(t *testing.T) {
	agent, global := newTestGlobal()
	c := NewMessageChannel()
	must(t, c.Port1.PostMessage("1"))
	pushed := value(global.Adopt(c.Port2))(t)
	must(t, c.Port1.PostMessage("2"))
	var j journal
	must(t, pushed.OnMessage(j.messages("")))
	runAll(agent)
	j.check(t, "1 2")
	must(t, c.Port1.PostMessage("3"))
	pulled := value(pushed.Release())(t)
	must(t, c.Port1.PostMessage("4"))
	runAll(agent)
	j.check(t, "")
	expect(t, pulled, "3", "4")
	if _, err := global.Adopt(c.Port2); err != ErrDetached {
		t.Error(err)
	}
}

// A port may be given away by its own listener, to its own loop or out of it; the messages
// behind follow.
func TestTransferInOwnListener(t *testing.T) {
	agent, global := newTestGlobal()
	c := global.NewMessageChannel()
	var j journal
	var listen func(*MessagePort)
	listen = func(p *MessagePort) {
		must(t, p.OnMessage(func(e *MessageEvent) {
			j.note(e.Data())
			listen(value(p.move(global))(t))
		}))
	}
	listen(c.Port2)
	for i := range 5 {
		must(t, c.Port1.PostMessage(float64(i)))
	}
	runAll(agent)
	j.check(t, "0 1 2 3 4")
}

func TestTransferToClosedGlobal(t *testing.T) {
	_, global := newTestGlobal()
	global.Close()
	c := NewMessageChannel()
	port := value(global.Adopt(c.Port1))(t)
	if !port.Detached() {
		t.Error("a closed global has a port")
	}
	expectError(t, c.Port2, ErrClosed)
	d := global.NewMessageChannel()
	if !d.Port1.Detached() || !d.Port2.Detached() {
		t.Error("a closed global has a channel")
	}
}
