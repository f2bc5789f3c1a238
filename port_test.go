package entangle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/clone"
)

// SPEC 17: two new ports, entangled; always the same.
func TestNewMessageChannel(t *testing.T) {
	_, global := newTestGlobal()
	for name, c := range map[string]*MessageChannel{"pulled": NewMessageChannel(), "pushed": global.NewMessageChannel()} {
		if c.Port1 == c.Port2 || c.Port1.channel != c.Port2.channel {
			t.Error(name, "not two ports of one channel")
		}
		if c.Port1.Detached() || c.Port2.Detached() {
			t.Error(name, "detached")
		}
	}
}

// SPEC 18, 22: the queue is disabled at first. Start and OnMessage enable it, once for all;
// OnMessageError and OnClose do not.
func TestStart(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	for _, test := range []struct {
		name   string
		start  func(*MessagePort)
		starts bool
	}{
		{"nothing", func(*MessagePort) {}, false},
		{"OnMessageError", func(p *MessagePort) { p.OnMessageError(func(*MessageEvent) {}) }, false},
		{"OnClose", func(p *MessagePort) { p.OnClose(func() {}) }, false},
		{"Start", func(p *MessagePort) { p.Start(); p.Start() }, true},
		{"OnMessage", func(p *MessagePort) { p.OnMessage(j.messages("")) }, true},
		{"OnMessage of nil", func(p *MessagePort) { p.OnMessage(nil) }, true},
	} {
		c := global.NewMessageChannel()
		must(t, c.Port1.PostMessage("1"))
		test.start(c.Port2)
		if agent.Step() != test.starts {
			t.Error(test.name, "starts:", !test.starts)
		}
		must(t, c.Port1.PostMessage("2"))
		if agent.Step() != test.starts {
			t.Error(test.name, "is no longer started")
		}
	}
	j.check(t, "1 2")
}

// SPEC 18, 22: a pulled port is started by the first Receive; messages wait until then.
func TestReceiveStarts(t *testing.T) {
	c := NewMessageChannel()
	for i := range 3 {
		must(t, c.Port1.PostMessage(float64(i)))
	}
	expect(t, c.Port2, 0.0, 1.0, 2.0)
	expectNothing(t, c.Port2)
}

// SPEC 19: tasks of a port of a window belong to its document: they wait while that is
// not fully active.
func TestPortTasksBelongToTheDocument(t *testing.T) {
	w := NewUserAgent().NewWindow(WindowOptions{})
	var j journal
	c := w.Global().NewMessageChannel()
	j.listen(t, c.Port2, "")
	must(t, c.Port1.PostMessage("1"))
	w.SetActive(false)
	must(t, c.Port1.PostMessage("2"))
	c.Port1.Close()
	runAll(w.Agent())
	j.check(t, "")
	w.SetActive(true)
	runAll(w.Agent())
	j.check(t, "1 2 close")
}

// SPEC 23, 30: both forms of the transfer list; the event's ports keep its order.
func TestPortsInOrder(t *testing.T) {
	carrier := NewMessageChannel()
	a, b := NewMessageChannel(), NewMessageChannel()
	buffer := clone.NewArrayBuffer([]byte("moved"))
	must(t, carrier.Port1.PostMessage(map[string]any{"second": b.Port1}, a.Port1, buffer, b.Port1))
	e := receive(t, carrier.Port2)
	if len(e.Ports) != 2 {
		t.Fatal(len(e.Ports), "ports")
	}
	must(t, a.Port2.PostMessage("to a"))
	must(t, b.Port2.PostMessage("to b"))
	expect(t, e.Ports[0], "to a")
	expect(t, e.Ports[1], "to b")
	if e.Data().(map[string]any)["second"] != e.Ports[1] {
		t.Error("the port in the data is another one")
	}
	if buffer.Bytes() != nil {
		t.Error("the buffer was not moved")
	}
}

// SPEC 4, 5: what the event of a port's message says, and that its ports stay the same.
func TestPortEvent(t *testing.T) {
	c, d := NewMessageChannel(), NewMessageChannel()
	must(t, c.Port1.PostMessage("hello", d.Port1))
	e := receive(t, c.Port2)
	if e.Type != "message" || !e.Origin.IsZero() || e.Origin.String() != "" || e.Source != nil {
		t.Errorf("%+v", e)
	}
	before := e.Ports[0]
	e.Data()
	if len(e.Ports) != 1 || e.Ports[0] != before || e.Data() != e.Data() {
		t.Error("not the same at every look")
	}
}

// SPEC 24: a port cannot go through itself; nothing is detached.
func TestTransferThroughItself(t *testing.T) {
	c, d := NewMessageChannel(), NewMessageChannel()
	isDOMException(t, c.Port1.PostMessage("x", d.Port1, c.Port1), "DataCloneError")
	if c.Port1.Detached() || d.Port1.Detached() {
		t.Error("detached")
	}
	must(t, c.Port1.PostMessage("y"))
	expect(t, c.Port2, "y")
}

// SPEC 25: a message that carries its target is lost, and so is the channel; everything in it is
// detached. No error.
func TestTransferTheTarget(t *testing.T) {
	c, d := NewMessageChannel(), NewMessageChannel()
	must(t, c.Port1.PostMessage("doomed", c.Port2, d.Port1))
	if !c.Port2.Detached() || !d.Port1.Detached() {
		t.Error("not detached")
	}
	expectError(t, c.Port1, ErrClosed)
	expectError(t, d.Port2, ErrClosed)
	must(t, c.Port1.PostMessage("into nothing"))
}

// SPEC 26, 43: posting to nobody never fails, but has all its side effects; what cannot be cloned
// fails all the same.
func TestPostToNobody(t *testing.T) {
	closed, peerClosed, transferred := NewMessageChannel(), NewMessageChannel(), NewMessageChannel()
	closed.Port1.Close()
	peerClosed.Port2.Close()
	must(t, NewMessageChannel().Port1.PostMessage(nil, transferred.Port1))
	for name, p := range map[string]*MessagePort{
		"closed": closed.Port1, "peer closed": peerClosed.Port1, "transferred": transferred.Port1, "zero": {}, "nil": nil,
	} {
		buffer, d := clone.NewArrayBuffer(make([]byte, 1)), NewMessageChannel()
		if err := p.PostMessage("x", buffer, d.Port1); err != nil {
			t.Error(name, err)
		}
		if !buffer.Detached() || !d.Port1.Detached() {
			t.Error(name, "nothing was detached")
		}
		expectError(t, d.Port2, ErrClosed) // SPEC 47
		isDOMException(t, p.PostMessage(func() {}), "DataCloneError")
	}
}

// SPEC 26: a message that cannot be cloned detaches nothing, and the port can be used afterwards.
func TestPostWhatCannotBeCloned(t *testing.T) {
	c, d := NewMessageChannel(), NewMessageChannel()
	isDOMException(t, c.Port1.PostMessage(func() {}, d.Port1), "DataCloneError")
	isDOMException(t, c.Port1.PostMessage(d.Port1), "DataCloneError") // not in the transfer list
	isDOMException(t, c.Port1.PostMessage(nil, d.Port1, d.Port1), "DataCloneError")
	if d.Port1.Detached() {
		t.Error("detached")
	}
	must(t, c.Port1.PostMessage(nil, d.Port1))
	must(t, d.Port2.PostMessage("works"))
	expect(t, receive(t, c.Port2).Ports[0], "works")
}

// SPEC 26: the message is a clone, taken at once.
func TestMessageIsTakenAtOnce(t *testing.T) {
	c := NewMessageChannel()
	m := map[string]any{"a": "before"}
	must(t, c.Port1.PostMessage(m))
	m["a"] = "after"
	if got := receive(t, c.Port2).Data().(map[string]any)["a"]; got != "before" {
		t.Error(got)
	}
}

// SPEC 28: deserialization happens at dispatch, in the realm of the port that has the
// message by then.
func TestDeserializationInTheFinalRealm(t *testing.T) {
	agent, global := newTestGlobal()
	c, inner := NewMessageChannel(), NewMessageChannel()
	must(t, c.Port1.PostMessage(nil, inner.Port1))
	port := value(global.Adopt(c.Port2))(t)
	var got *MessagePort
	must(t, port.OnMessage(func(e *MessageEvent) { got = e.Ports[0] }))
	runAll(agent)
	if err := got.OnMessage(func(*MessageEvent) {}); err != nil {
		t.Error("the port in the message does not belong to the loop:", err)
	}
}

// SPEC 29, 47, 48: a message that cannot be deserialized is a messageerror in its place; the next
// ones follow; its ports are lost.
func TestMessageError(t *testing.T) {
	agent, global := newTestGlobal()
	for _, bad := range []func([]clone.Holder) *clone.Record{
		func(h []clone.Holder) *clone.Record { return clone.Undeliverable("because", h) },
		func(h []clone.Holder) *clone.Record { return clone.FromBytes([]byte{0xff}, h) },
	} {
		newChannel := func() (port1, lost *MessagePort, port2 *MessagePort) {
			c, d := NewMessageChannel(), NewMessageChannel()
			must(t, c.Port1.PostMessage("before"))
			h := d.Port1.NewHolder()
			must(t, h.Transfer())
			must(t, c.Port1.send(t.Context(), false, &MessageEvent{Type: messageType, record: bad([]clone.Holder{h})}))
			must(t, c.Port1.PostMessage("after"))
			return c.Port1, d.Port2, c.Port2
		}
		port1, lost, port := newChannel()
		expect(t, port, "before")
		e := receive(t, port)
		if e.Type != "messageerror" || e.Data() != nil || e.Ports != nil || !e.Origin.IsZero() {
			t.Errorf("%+v", e)
		}
		var s string
		isDOMException(t, e.Decode(&s), "DataCloneError")
		isDOMException(t, e.Err(), "DataCloneError")
		expect(t, port, "after")
		expectError(t, lost, ErrClosed)
		port1.Close()

		port1, lost, port = newChannel()
		var j journal
		j.listen(t, value(global.Adopt(port))(t), "")
		runAll(agent)
		j.check(t, "before messageerror after")
		expectError(t, lost, ErrClosed)
		port1.Close()
	}
}

// SPEC 35: the three listeners of a port may be replaced and removed.
func TestListenersAreReplaced(t *testing.T) {
	agent, global := newTestGlobal()
	c := global.NewMessageChannel()
	var j journal
	must(t, c.Port2.OnMessage(j.messages("old ")))
	must(t, c.Port2.OnMessage(func(e *MessageEvent) {
		j.note(e.Data())
		must(t, c.Port2.OnMessage(nil))
	}))
	for _, m := range []string{"1", "2"} {
		must(t, c.Port1.PostMessage(m))
	}
	runAll(agent)
	j.check(t, "1")
}

func TestKindsOfPorts(t *testing.T) {
	_, global := newTestGlobal()
	pulled, pushed := NewMessageChannel().Port1, global.NewMessageChannel().Port1
	if _, err := pushed.Receive(t.Context()); err != ErrPushed {
		t.Error(err)
	}
	for _, err := range pushed.Messages(t.Context()) {
		if err != ErrPushed {
			t.Error(err)
		}
	}
	for _, err := range []error{pulled.OnMessage(nil), pulled.OnMessageError(nil), pulled.OnClose(nil)} {
		if err != ErrPulled {
			t.Error(err)
		}
	}
	released := value(pushed.Release())(t)
	for p, want := range map[*MessagePort]error{pushed: ErrDetached, nil: ErrDetached, new(MessagePort): ErrDetached, released: ErrPulled} {
		if err := p.OnMessage(nil); err != want {
			t.Error(err, want)
		}
	}
	released.Close()
	if err := released.OnMessage(nil); err != ErrClosed {
		t.Error(err)
	}
	_, err := (*MessagePort)(nil).Receive(t.Context())
	for _, err := range []error{err, new(MessagePort).Post(t.Context(), 1)} {
		if err != ErrDetached {
			t.Error(err)
		}
	}
	for _, err := range (*MessagePort)(nil).Messages(t.Context()) {
		if err != ErrDetached {
			t.Error(err)
		}
	}
	(*MessagePort)(nil).Start()
	(*MessagePort)(nil).Close()
}

// A Receive that is cancelled, or a range that is broken off, takes no message that it
// does not return.
func TestCancelledReceiveTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewMessageChannel()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Port2.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		for e, err := range c.Port2.Messages(ctx) {
			if e != nil || !errors.Is(err, context.DeadlineExceeded) {
				t.Error(e, err)
			}
		}
		for i := range 4 {
			must(t, c.Port1.PostMessage(float64(i)))
		}
		if _, err := c.Port2.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		var got []any
		for e := range c.Port2.Messages(t.Context()) {
			if got = append(got, e.Data()); len(got) == 2 {
				break
			}
		}
		expect(t, c.Port2, 2.0, 3.0)
		if !slices.Equal(got, []any{0.0, 1.0}) {
			t.Error(got)
		}
		for range 2 { // ctx ends while the range waits
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			for _, err := range c.Port2.Messages(ctx) {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			}
			cancel()
		}
		must(t, c.Port1.PostMessage("still there"))
		expect(t, c.Port2, "still there")
	})
}

// However a conversation ends, whether Messages waits by then or not, it ends silently after the
// last message, and the port says why.
func TestMessagesEndsSilently(t *testing.T) {
	closed := func() (*MessagePort, func()) {
		c := NewMessageChannel()
		must(t, c.Port1.PostMessage("last"))
		return c.Port2, c.Port1.Close
	}
	isLost := func() (*MessagePort, func()) {
		port, inbox := EntanglePeer(&wire{})
		inbox.Post(record(t, "last"))
		return port, func() { inbox.Close(lost) }
	}
	for _, c := range []struct {
		make  func() (port *MessagePort, end func())
		waits bool
		want  error
	}{{closed, false, ErrClosed}, {closed, true, ErrClosed}, {isLost, false, lost}, {isLost, true, lost}} {
		synctest.Test(t, func(t *testing.T) {
			port, end := c.make()
			if !c.waits {
				end()
			}
			n := 0
			for e, err := range port.Messages(t.Context()) {
				if n++; err != nil || e.Data() != "last" || e.Err() != nil {
					t.Error(e, err)
				}
				if c.waits {
					if err := port.Err(); err != nil {
						t.Error("before the end:", err)
					}
					go func() {
						synctest.Wait()
						end()
					}()
				}
			}
			if err := port.Err(); n != 1 || err != c.want {
				t.Error(n, "messages, then", err)
			}
		})
	}
}

// Err is about the channel as the handle sees it.
func TestPortErr(t *testing.T) {
	c := NewMessageChannel()
	moved := value(c.Port2.Release())(t)
	for p, want := range map[*MessagePort]error{nil: ErrDetached, {}: ErrDetached, c.Port1: nil, c.Port2: ErrDetached, moved: nil} {
		if err := p.Err(); err != want {
			t.Error(err, want)
		}
	}
	must(t, c.Port1.PostMessage("still there"))
	c.Port1.Close()
	for _, p := range []*MessagePort{c.Port1, moved} {
		if err := p.Err(); err != ErrClosed {
			t.Error(err)
		}
	}
	expect(t, moved, "still there")

	port, inbox := EntanglePeer(&wire{})
	inbox.Close(lost)
	moved = value(port.Release())(t)
	if err := moved.Err(); err != lost {
		t.Error("the reason did not move with the port:", err)
	}
	agent, global := newTestGlobal()
	pushed := value(global.Adopt(moved))(t)
	var told error
	must(t, pushed.OnClose(func() { told = pushed.Err() }))
	runAll(agent)
	if told != lost {
		t.Error("in OnClose:", told)
	}
}

func TestCloseError(t *testing.T) {
	for _, c := range []struct {
		err          error
		closed, lost bool
		text         string
	}{
		{ErrClosed, true, false, "entangle: closed"},
		{ErrLost, false, true, "entangle: the peer is lost"},
		{CloseError{ReasonClosed, "enough"}, true, false, "entangle: closed: enough"},
		{CloseError{ReasonLimit, "too many"}, false, true, "entangle: closed at a limit: too many"},
		{CloseError{ReasonRefused, "not you"}, false, true, "entangle: refused: not you"},
		{CloseError{Reason: ReasonShutdown}, true, false, "entangle: shut down"},
		{fmt.Errorf("x: %w", lost), false, true, "x: entangle: the peer is lost: the cable was cut"},
	} {
		var e CloseError
		if errors.Is(c.err, ErrClosed) != c.closed || errors.Is(c.err, ErrLost) != c.lost || !errors.As(c.err, &e) || c.err.Error() != c.text {
			t.Errorf("%v is %+v", c.err, e)
		}
	}
	if errors.Is(lost, CloseError{ReasonLost, "something else"}) {
		t.Error("two losses are the same")
	}
	if errors.Is(CloseError{}, ErrLost) || errors.Is(CloseError{}, ErrClosed) {
		t.Error("no end is one")
	}
	limit := CloseError{ReasonLimit, "x"}
	if !errors.Is(limit, CloseError{Reason: ReasonLimit}) || errors.Is(limit, CloseError{Reason: ReasonRefused}) {
		t.Error("a reason is not found, or another one")
	}
}

func TestReceiveAs(t *testing.T) {
	type point struct{ X, Y int }
	c := NewMessageChannel()
	must(t, c.Port1.PostMessage(point{1, 2}))
	must(t, c.Port1.PostMessage("no point"))
	must(t, c.Port1.PostMessage(map[string]any{"X": 3, "Y": 4}))
	c.Port1.Close()
	if p := value(Receive[point](t.Context(), c.Port2))(t); p != (point{1, 2}) {
		t.Error(p)
	}
	if p, err := Receive[point](t.Context(), c.Port2); err == nil {
		t.Error(p)
	}
	if p := value(Receive[point](t.Context(), c.Port2))(t); p != (point{3, 4}) {
		t.Error(p)
	}
	if _, err := Receive[point](t.Context(), c.Port2); err != ErrClosed {
		t.Error(err)
	}
}
