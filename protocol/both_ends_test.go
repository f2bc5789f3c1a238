package protocol

import (
	"testing"
)

// TestBothEndsMove moves both ends of a channel at once, each to where the other one was, 10,000
// times over two sessions, with messages posted on both at any time. SPEC 46: order and
// completeness hold.
func TestBothEndsMove(t *testing.T) {
	w := newSimWorld(t, 1, 2)
	for _, ep := range w.endpoints {
		w.step(ep, Event{Kind: EventStart})
	}
	a, b := w.endpoints[0], w.endpoints[1]
	there := w.meet(a, b, "there") // from a to b
	back := w.meet(b, a, "back")   // from b to a
	moving := w.meet(a, b, "moving")
	w.drain()
	ends := moving.channel.ends
	longest := 0
	for round := 0; round < 10_000 && w.violation == ""; round++ {
		for _, e := range ends {
			for range w.r.IntN(3) {
				w.post(e.at, e)
			}
		}
		for _, e := range ends {
			if e.at == a {
				w.post(a, there, e)
			} else {
				w.post(b, back, e)
			}
		}
		posts := 2
		for (ends[0].at == nil || ends[1].at == nil) && w.violation == "" {
			if !w.serve() {
				w.bad("round %d: nothing left to do, and the ends have not arrived: %v, %v", round, ends[0], ends[1])
			}
			w.dispatchAll(there.peer(), back.peer())
			for _, e := range ends {
				if e.at != nil && posts > 0 && w.r.IntN(4) == 0 {
					w.post(e.at, e)
					posts--
				}
			}
		}
		// An end that moves on before it was confirmed carries everything that was posted. It comes to
		// rest now and then.
		if w.r.IntN(6) == 0 {
			for w.serve() {
			}
			w.step(a, Event{Kind: EventFlush})
			w.step(b, Event{Kind: EventFlush})
		}
		w.dispatchAll(ends[0], ends[1])
		for _, e := range ends {
			if e.at != nil && e.handle != 0 {
				longest = max(longest, len(e.at.s.claims[e.handle].token.Nonces))
			}
		}
	}
	w.drain()
	w.check()
	if w.violation != "" {
		t.Fatal(w.violation)
	}
	if c := moving.channel; c.posted[0] != c.dispatched[1] || c.posted[1] != c.dispatched[0] {
		t.Errorf("%d and %d posted, %d and %d dispatched", c.posted[0], c.posted[1], c.dispatched[1], c.dispatched[0])
	}
	t.Logf("%d posts, %d ports shipped, %d packets, longest chain %d", w.counts.posts, w.counts.ships, w.counts.packets, longest)
}

// dispatchAll dispatches what is in the queues of ends that an application holds.
func (w *simWorld) dispatchAll(ends ...*simEnd) {
	for _, e := range ends {
		for e.at != nil && len(e.queue) > 0 {
			w.dispatch(e.at, e)
		}
	}
}

// A port that moves on and on while its peer cannot be reached is given up after MaxChain
// hops, at both ends.
func TestLongChain(t *testing.T) {
	w := newSimWorld(t, 1, 3)
	for _, ep := range w.endpoints {
		w.step(ep, Event{Kind: EventStart})
	}
	a, b, c := w.endpoints[0], w.endpoints[1], w.endpoints[2]
	there, back := w.meet(a, b, "there"), w.meet(b, a, "back")
	waiting := w.connect(a, "nobody")
	hops := 0
	for ; !waiting.ended && hops < 2*MaxChain; hops++ {
		if waiting.at == a {
			w.post(a, there, waiting)
		} else {
			w.post(b, back, waiting)
		}
		for w.serve() {
		}
		w.dispatchAll(there.peer(), back.peer())
	}
	if hops != MaxChain+1 || !waiting.lost {
		t.Errorf("after %d hops: %v", hops, waiting)
	}
	w.listen(c, "nobody")
	for w.serve() {
	}
	if other := waiting.peer(); other.at != c || !other.lost {
		t.Errorf("the listener has %v", other)
	}
	if w.violation != "" {
		t.Error(w.violation)
	}
}
