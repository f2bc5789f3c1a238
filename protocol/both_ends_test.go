package protocol_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
	"github.com/entangle-go/entangle/protocol"
)

// TestBothEndsMove moves both ends of a channel at once, each to where the other one was, 10,000
// times over two sessions, with messages posted on both at any time. SPEC 46: order and
// completeness hold. Where ports grant little at first, more is posted than can be dispatched on
// the way, so that there are fewer rounds.
func TestBothEndsMove(t *testing.T) {
	t.Run("wide", func(t *testing.T) { bothEndsMove(t, 0, 10_000) })
	t.Run("narrow", func(t *testing.T) { bothEndsMove(t, 1, 1000) })
}

func bothEndsMove(t *testing.T, seed uint64, rounds int) {
	w := sim.NewWorld(sim.Config{Endpoints: 2}, seed)
	r := rand.New(rand.NewPCG(1, 1))
	a, b := w.Clients[0], w.Clients[1]
	there := w.Meet(a, b, "there")
	back := w.Meet(b, a, "back")
	moving := w.Meet(a, b, "moving")
	w.Wait(time.Second)
	ends := moving.Channel.Ends
	longest := 0
	for round := 0; round < rounds && w.Violation == nil; round++ {
		for _, e := range ends {
			for range r.IntN(3) {
				w.Post(e)
			}
		}
		for _, e := range ends {
			if e.At == a {
				w.Post(there, e)
			} else {
				w.Post(back, e)
			}
		}
		posts := 2
		for (ends[0].At == nil || ends[1].At == nil) && w.Violation == nil {
			if !w.ServeAny() {
				t.Fatalf("round %d: nothing left to do, and the ends have not arrived: %v, %v", round, ends[0], ends[1])
			}
			w.DispatchAll(there.Peer(), back.Peer())
			for _, e := range ends {
				if e.At != nil && posts > 0 && r.IntN(4) == 0 {
					w.Post(e)
					posts--
				}
			}
		}
		// An end that moves on before it was confirmed carries everything that was posted. It comes
		// to rest now and then.
		if r.IntN(6) == 0 {
			w.Wait(time.Second)
		}
		w.DispatchAll(ends[0], ends[1])
		longest = max(longest, ends[0].Chain(), ends[1].Chain())
	}
	if v := w.Finish(); v != nil {
		t.Fatal(v)
	}
	if c := moving.Channel; c.Posted[0] != c.Dispatched[1] || c.Posted[1] != c.Dispatched[0] || c.Posted[0] < rounds {
		t.Errorf("%d and %d posted, %d and %d dispatched", c.Posted[0], c.Posted[1], c.Dispatched[1], c.Dispatched[0])
	}
	t.Logf("%+v, longest chain %d", w.Counts, longest)
}

// A port that moves on and on while its peer cannot be reached is given up after MaxChain hops, at
// both ends.
func TestLongChain(t *testing.T) {
	w := sim.NewWorld(sim.Config{Endpoints: 3}, 1)
	a, b, c := w.Clients[0], w.Clients[1], w.Clients[2]
	there, back := w.Meet(a, b, "there"), w.Meet(b, a, "back")
	waiting := w.Connect(a, "nobody", "")
	hops := 0
	for ; !waiting.Ended && hops < 2*protocol.MaxChain; hops++ {
		if waiting.At == a {
			w.Post(there, waiting)
		} else {
			w.Post(back, waiting)
		}
		w.Settle()
		w.DispatchAll(there.Peer(), back.Peer())
	}
	if hops != protocol.MaxChain+1 || !waiting.Lost {
		t.Errorf("after %d hops: %v", hops, waiting)
	}
	w.Listen(c, "nobody")
	w.Settle()
	if other := waiting.Peer(); other.At != nil {
		t.Errorf("the listener was shown %v, whose peer is lost", other)
	}
	if w.Violation != nil {
		t.Error(w.Violation)
	}
}
