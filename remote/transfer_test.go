package remote_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/entangle-go/entangle"
)

// SPEC 42-44: a local channel's port is posted over the hub, with what was posted to it before, and
// both ways work afterwards.
func TestQueueTravels(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "queue")
		channel := entangle.NewMessageChannel()
		for i := range 3 {
			must(t, channel.Port2.PostMessage(i))
		}
		must(t, channel.Port1.PostMessage("reply written before"))
		must(t, near.PostMessage("take it", channel.Port1))
		must(t, channel.Port2.PostMessage(3))
		event := receive(t, far)
		port := event.Ports[0]
		must(t, channel.Port2.PostMessage(4))
		for i := range 5 {
			expect(t, port, float64(i))
		}
		must(t, port.PostMessage("reply"))
		expect(t, channel.Port2, "reply written before")
		expect(t, channel.Port2, "reply")
		// SPEC 43: the old handle is inert.
		must(t, channel.Port1.PostMessage("nowhere"))
		if _, err := channel.Port1.Receive(t.Context()); !errors.Is(err, entangle.ErrDetached) {
			t.Errorf("the old handle gives %v", err)
		}
	})
}

// SPEC 46: several hops, there and back, while the other end posts all the time.
func TestHops(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "hops")
		channel := entangle.NewMessageChannel()
		const hops, each = 20, 50
		var posting sync.WaitGroup
		posting.Go(func() {
			for i := range hops * each {
				if err := channel.Port2.PostMessage(i); err != nil {
					t.Error(err)
				}
			}
		})
		port, from, to, next := channel.Port1, near, far, 0
		for range hops {
			must(t, from.PostMessage(nil, port))
			port = receive(t, to).Ports[0]
			from, to = to, from
			for range each / 2 {
				expect(t, port, float64(next))
				next++
			}
		}
		posting.Wait()
		for ; next < hops*each; next++ {
			expect(t, port, float64(next))
		}
		must(t, port.PostMessage("done"))
		expect(t, channel.Port2, "done")
	})
}

// SPEC 46: both ends are shipped at once, to third parties.
func TestBothEndsMove(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		left, leftFar := h.pair(t, "left")
		right, rightFar := h.pair(t, "right")
		for i := range 30 {
			channel := entangle.NewMessageChannel()
			must(t, channel.Port1.PostMessage("first to the right"))
			must(t, channel.Port2.PostMessage("first to the left"))
			var moving sync.WaitGroup
			moving.Go(func() { check(t, left.PostMessage(i, channel.Port1)) })
			moving.Go(func() { check(t, right.PostMessage(i, channel.Port2)) })
			l := receive(t, leftFar).Ports[0]
			must(t, l.PostMessage("second to the right"))
			r := receive(t, rightFar).Ports[0]
			must(t, r.PostMessage("second to the left"))
			moving.Wait()
			expect(t, r, "first to the right")
			expect(t, r, "second to the right")
			expect(t, l, "first to the left")
			expect(t, l, "second to the left")
			l.Close()
			expectEnd(t, r, entangle.ErrClosed)
		}
	})
}

// SPEC 46: the introducer, who made the channel and sent both ends away, can leave.
func TestIntroducerLeaves(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		introducer := h.client(t)
		a, aFar := h.pairFrom(t, introducer, "a")
		b, bFar := h.pairFrom(t, introducer, "b")
		channel := entangle.NewMessageChannel()
		must(t, a.PostMessage("meet", channel.Port1))
		must(t, b.PostMessage("meet", channel.Port2))
		must(t, introducer.Close())
		left, right := receive(t, aFar).Ports[0], receive(t, bFar).Ports[0]
		must(t, left.PostMessage("hello"))
		expect(t, right, "hello")
		must(t, right.PostMessage("hello yourself"))
		expect(t, left, "hello yourself")
		expectEnd(t, aFar, entangle.ErrClosed)
	})
}

// Both ends of one channel in one message, and a port over a port over a port.
func TestBothEndsInOneMessage(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "one message")
		channel := entangle.NewMessageChannel()
		must(t, channel.Port1.PostMessage("before"))
		must(t, near.PostMessage([]any{channel.Port2, channel.Port1}, channel.Port1, channel.Port2))
		event := receive(t, far)
		if data := event.Data().([]any); data[0] != event.Ports[1] || data[1] != event.Ports[0] {
			t.Error("the ports in the message are not those in ports, or in another order")
		}
		expect(t, event.Ports[1], "before")
		must(t, event.Ports[1].PostMessage("after"))
		expect(t, event.Ports[0], "after")
	})
}

// SPEC 42, 46: ports in the queues of ports in the queue of a port that is shipped.
func TestNested(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "nested")
		const depth = 10
		innermost := entangle.NewMessageChannel()
		must(t, innermost.Port2.PostMessage("found"))
		port := innermost.Port1
		for i := range depth {
			channel := entangle.NewMessageChannel()
			must(t, channel.Port2.PostMessage(i, port))
			port = channel.Port1
		}
		must(t, near.PostMessage("outermost", port))
		port = receive(t, far).Ports[0]
		for i := range depth {
			event := receive(t, port)
			if event.Data() != float64(depth-1-i) {
				t.Fatalf("at depth %d: %v", i, event.Data())
			}
			port = event.Ports[0]
		}
		expect(t, port, "found")
		must(t, port.PostMessage("yes"))
		expect(t, innermost.Port2, "yes")
	})
}

// Ports posted on a port whose other end has not landed: they go later than others that were
// posted after them.
func TestPostedOnUnlanded(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "unlanded")
		for range 40 {
			carrier, early, late := entangle.NewMessageChannel(), entangle.NewMessageChannel(), entangle.NewMessageChannel()
			ports := h.first.Ports()
			must(t, near.PostMessage("carrier", carrier.Port1))
			for h.first.Ports() == ports {
				runtime.Gosched()
			}
			release := h.first.Hold() // so that it does not hear that the port has landed
			must(t, carrier.Port2.PostMessage("early", early.Port1))
			must(t, near.PostMessage("late", late.Port1))
			release()
			landed := receive(t, far).Ports[0]
			for _, c := range []struct{ from, to *entangle.MessagePort }{{landed, early.Port2}, {far, late.Port2}} {
				port := receive(t, c.from).Ports[0]
				must(t, port.PostMessage("x"))
				expect(t, c.to, "x")
			}
		}
	})
}

// SPEC 47: a port in a message that is never dispatched is lost, and its peer gets close.
func TestUndispatched(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "undispatched")
		channel := entangle.NewMessageChannel()
		must(t, near.PostMessage("first"))
		must(t, near.PostMessage("with a port", channel.Port1))
		expect(t, far, "first")
		far.Close()
		expectEnd(t, near, entangle.ErrClosed)
		if _, err := channel.Port2.Receive(t.Context()); err == nil {
			t.Error("the port's peer got a message")
		}
	})
}

// SPEC 25: a message that carries its own target goes nowhere, and the channel is lost. The target
// is in another program here, so nobody can tell at the sender; the hub finds out.
func TestPortOverItsOwnPeer(t *testing.T) {
	eachHub(t, func(t *testing.T, h *testHub) {
		near, far := h.pair(t, "own peer")
		channel := entangle.NewMessageChannel()
		must(t, near.PostMessage(nil, channel.Port1))
		landed := receive(t, far).Ports[0]
		must(t, near.PostMessage(nil, channel.Port2)) // the two are at one client now, entangled over the hub
		twin := receive(t, far).Ports[0]
		must(t, landed.PostMessage("carries its own target", twin))
		must(t, near.PostMessage("not disturbed"))
		expect(t, far, "not disturbed")
		if _, err := landed.Receive(t.Context()); err == nil {
			t.Error("the channel is still there")
		}
	})
}

// DEVIATION: a port of one hub that is posted to another one is relayed by this process.
func TestRelay(t *testing.T) {
	eachHub(t, func(t *testing.T, one *testHub) {
		two := newTestHub(t, one.overPipe)
		middle, first := one.pair(t, "relay") // middle is at the process in between
		onward, last := two.pair(t, "relay")
		must(t, first.PostMessage("queued"))
		must(t, middle.PostMessage("answer"))
		for i := range 50 {
			must(t, first.PostMessage(i))
		}
		must(t, onward.PostMessage("take it", middle))
		port := receive(t, last).Ports[0]
		expect(t, port, "queued")
		for i := range 50 {
			expect(t, port, float64(i))
		}
		expect(t, first, "answer")
		// A port in a relayed message is relayed too.
		channel := entangle.NewMessageChannel()
		must(t, first.PostMessage("a port", channel.Port1))
		relayed := receive(t, port).Ports[0]
		must(t, channel.Port2.PostMessage("over two hubs"))
		expect(t, relayed, "over two hubs")
		must(t, relayed.PostMessage("and back"))
		expect(t, channel.Port2, "and back")
		// SPEC 39: close is relayed behind the messages.
		must(t, port.PostMessage("last words"))
		port.Close()
		expect(t, first, "last words")
		expectEnd(t, first, entangle.ErrClosed)
	})
}

// A relayed port's messages do not get lost while it is being moved.
func TestRelayUnderLoad(t *testing.T) {
	eachHub(t, func(t *testing.T, one *testHub) {
		two := newTestHub(t, one.overPipe)
		onward, last := two.pair(t, "relay")
		for round := range 5 {
			middle, first := one.pair(t, fmt.Sprint("load", round))
			const count = 300
			var posting sync.WaitGroup
			posting.Go(func() {
				for i := range count {
					check(t, first.PostMessage(i))
				}
				first.Close()
			})
			for i := range count / 3 {
				expect(t, middle, float64(i))
			}
			must(t, onward.PostMessage(nil, middle))
			port := receive(t, last).Ports[0]
			for i := count / 3; i < count; i++ {
				expect(t, port, float64(i))
			}
			expectEnd(t, port, entangle.ErrClosed)
			posting.Wait()
		}
	})
}
