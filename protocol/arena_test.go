package protocol

import (
	"testing"
)

// A slab hands out zero items that stay where they are, and uses its memory again.
func TestSlab(t *testing.T) {
	var s slab[int]
	seen := map[*int]bool{}
	for round := range 3 {
		var kept []*int
		for n := range 200 {
			list := s.list(n % 7)
			for i := range list {
				if list[i] != 0 {
					t.Fatalf("round %d: an item is %d", round, list[i])
				}
				list[i] = n + 1
				kept = append(kept, &list[i])
			}
		}
		i := 0
		for n := range 200 {
			for range n % 7 {
				if *kept[i] != n+1 {
					t.Fatalf("round %d: item %d is %d, want %d", round, i, *kept[i], n+1)
				}
				i++
			}
		}
		for _, p := range kept {
			seen[p] = true
		}
		s.reset(nil)
	}
	if len(seen) > 2*599 {
		t.Errorf("%d places for 599 items", len(seen))
	}
}

// A slab that was very large once gives the memory back.
func TestSlabShrinks(t *testing.T) {
	var s slab[[64]byte]
	s.list(10 * keepItems)
	s.one()
	s.reset(nil)
	kept := 0
	for _, chunk := range s.chunks {
		kept += len(chunk)
	}
	if kept > keepItems {
		t.Errorf("it keeps %d items", kept)
	}
}

// A step allocates nothing once its arena has grown, but for what is kept.
func TestStepAllocatesNothing(t *testing.T) {
	h := newTestHub(t)
	caller, listener := h.program(), h.program()
	listener.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	caller.say(connectFrame(1, "x"))
	listener.say(Frame{Kind: Taken, Port: listener.got()[1].Ports[0].Port})
	caller.say(Frame{Kind: Attached, Port: 4})
	seq := uint64(0)
	var out SessionOut
	f := Frame{Kind: Data, Port: 4, Body: []byte("x")}
	step := func() {
		f.Seq = seq
		caller.s.Step(0, SessionEvent{Kind: SessionFrame, Frame: &f}, &out)
		if seq++; len(out.Effects) != 1 || out.Effects[0].Kind != SessionPublish {
			t.Fatalf("%+v", out.Effects)
		}
	}
	step()
	if n := testing.AllocsPerRun(100, step); n > 0 && !poisoned {
		t.Errorf("%v allocations for a message", n)
	}
}

// A batch goes back after its last Release.
func TestBatch(t *testing.T) {
	var back *Batch
	b := NewBatch([]byte("body"), func(b *Batch) { back = b })
	if b.Retain() != b || string(b.Bytes()) != "body" {
		t.Error("it is another one")
	}
	b.Release()
	if back != nil {
		t.Fatal("it went back too early")
	}
	b.Release()
	if back != b {
		t.Fatal("it did not go back")
	}
	for i, wrong := range []func(){b.Release, func() { b.Retain() }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("mistake %d after the end is taken", i)
				}
			}()
			wrong()
		}()
	}
	var none *Batch
	none.Retain().Release()
	if none.Bytes() != nil {
		t.Error("no batch has bytes")
	}
	NewBatch(nil, nil).Release()
}
