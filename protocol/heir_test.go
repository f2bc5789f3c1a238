package protocol

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// slowHeir is what an [Heir] has to do, as it is said: all frames are kept for ever, and looked
// through in the end.
type slowHeir struct {
	frames []Frame
	sizes  []int
	taken  map[Handle]uint64
	over   map[Handle]int // frames of the port before this one are of no interest
}

func (h *slowHeir) posted(f Frame, size int) {
	h.frames, h.sizes = append(h.frames, f), append(h.sizes, size)
	for _, s := range f.Ports {
		h.over[s.Port] = len(h.frames)
	}
}

// wants are the numbers of the messages of a port that nobody has taken, and whether it was closed.
func (h *slowHeir) wants(port Handle) (seqs []uint64, closed bool) {
	for _, f := range h.frames[h.over[port]:] {
		switch {
		case f.Port != port:
		case f.Kind == Close:
			closed = true
		case f.Seq >= h.taken[port] && !slices.Contains(seqs, f.Seq):
			seqs = append(seqs, f.Seq)
		}
	}
	return seqs, closed
}

// An heir has, of each port, what its client posted and nobody has taken in: all of it, or nothing
// if that would be too much.
func TestHeirKeeps(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		var h Heir
		slow := slowHeir{taken: map[Handle]uint64{}, over: map[Handle]int{}}
		next, closed, shipped := map[Handle]uint64{}, map[Handle]bool{}, map[Handle]bool{}
		large := r.IntN(4) == 0
		for range r.IntN(200) {
			port := Handle(1 + 2*r.IntN(4))
			switch n := r.IntN(20); {
			case shipped[port]:
			case n < 10 && !closed[port]:
				f := Frame{Kind: Data, Port: port, Seq: next[port], Body: make([]byte, r.IntN(40))}
				if large {
					f.Body = make([]byte, r.IntN(40<<10))
				}
				if cargo := Handle(1 + 2*r.IntN(4)); cargo != port && !shipped[cargo] && r.IntN(20) == 0 {
					f.Ports, shipped[cargo] = []PortState{{Port: cargo}}, true
				}
				next[port]++
				raw := AppendFrame(nil, &f)
				h.Posted(&f, raw, slow.taken[port], true)
				slow.posted(f, len(raw))
			case n < 12 && next[port] > slow.taken[port]: // again
				f := Frame{Kind: Data, Port: port, Seq: slow.taken[port] + r.Uint64N(next[port]-slow.taken[port])}
				h.Posted(&f, AppendFrame(nil, &f), slow.taken[port], true)
			case n < 19 && next[port] > 0:
				taken := max(slow.taken[port], r.Uint64N(next[port]+1))
				slow.taken[port] = taken
				h.Said(0, &Frame{Kind: Ack, Port: port, Next: taken})
			case n == 19:
				closed[port] = true
				f := Frame{Kind: Close, Port: port, Seq: next[port]}
				h.Posted(&f, AppendFrame(nil, &f), slow.taken[port], true)
				slow.posted(f, 0)
			}
			if len(h.bytes)-h.offset > MaxCopy || h.Cost() > 4*MaxCopy {
				t.Fatalf("seed %d: it holds %d bytes, %d in all", seed, len(h.bytes)-h.offset, h.Cost())
			}
		}
		empty := h.Empty()
		ports := h.Inherit()
		for port := Handle(1); port < 9; port += 2 {
			seqs, closed := slow.wants(port)
			if shipped[port] {
				seqs, closed = nil, false
			}
			p := h.endpoint.ports[port]
			if (p != nil) != slices.Contains(ports, port) {
				t.Fatalf("seed %d: port %d: %+v, inherited %d", seed, port, p, ports)
			}
			if p == nil {
				if len(seqs) > 0 && !large || closed && !large {
					t.Fatalf("seed %d: port %d: nothing, want %d, closed %t", seed, port, seqs, closed)
				}
				continue
			}
			if p.orphan == closed && !large || p.sendNext != next[port] || len(p.retained) != len(seqs) || empty {
				t.Fatalf("seed %d: port %d: %d of %d messages, orphan %t; want %d, closed %t", seed, port, len(p.retained), p.sendNext, p.orphan, seqs,
					closed)
			}
		}
	}
}

// post posts a message of a port of which the other side expects taken.
func (h *Heir) post(port Handle, seq, taken uint64, ports ...PortState) {
	f := Frame{Kind: Data, Port: port, Seq: seq, Body: []byte("x"), Ports: ports}
	h.Posted(&f, AppendFrame(nil, &f), taken, seq >= taken)
}

// What an heir holds is about what it says that it costs, and bounded, before and after it takes
// its client's place: whatever is in the messages.
func TestHeirCost(t *testing.T) {
	ended := make([]PortState, 64)
	for i := range ended {
		ended[i].Ended = true
	}
	for name, ports := range map[string][]PortState{
		"no port":       nil,
		"a port":        ended[:1],
		"many ports":    ended,
		"a queue":       {{Ended: true, Queue: make([]Message, 500)}},
		"a great queue": {{Ended: true, Queue: make([]Message, 16_000)}},
	} {
		t.Run(name, func(t *testing.T) {
			before := heap()
			h := new(Heir)
			posts := uint64(10_000)
			if name == "a great queue" {
				posts = 50
			}
			for seq := range posts {
				h.post(4, seq, 0, ports...)
			}
			for i := range posts / 5 {
				h.post(Handle(8+4*i), 0, 0, ports...)
			}
			cost, held := h.Cost(), heap()-before
			h.Inherit()
			after, heldAfter := h.Cost(), heap()-before
			t.Logf("%d bytes that cost %d; in its client's place %d that cost %d", held, cost, heldAfter, after)
			if held > 2*cost+8<<10 || heldAfter > 2*after+8<<10 || cost > 4*MaxCopy || after > 8*MaxCopy {
				t.Errorf("%d bytes cost %d; in its client's place %d cost %d", held, cost, heldAfter, after)
			}
			runtime.KeepAlive(h)
		})
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// What is closed and confirmed over and over, with something left at any time, does not fill an
// heir; nor do ports that were many once.
func TestHeirForgets(t *testing.T) {
	for _, left := range []uint64{1, 6, 100} {
		t.Run(fmt.Sprint(left), func(t *testing.T) {
			h := new(Heir)
			for i := range uint64(100_000) {
				port := Handle(4 * (i + 1))
				h.Posted(&Frame{Kind: Close, Port: port}, nil, 0, true)
				if i >= left {
					h.Said(0, &Frame{Kind: Closed, Port: port - 4*Handle(left)})
				}
			}
			if h.Cost() > 64<<10 {
				t.Errorf("%d ports cost %d bytes, a log of %d", len(h.ports), h.Cost(), cap(h.log))
			}
		})
	}
	h := new(Heir)
	const many = 3000
	for i := range Handle(many) {
		h.post(4*(i+1), 0, 0)
	}
	for i := range Handle(many - 1) {
		h.Said(0, &Frame{Kind: Gone, Port: 4 * (i + 1)})
	}
	if h.most > manyPorts {
		t.Errorf("one port is left and a map with room for %d", h.most)
	}
	if ports := h.Inherit(); !slices.Equal(ports, []Handle{4 * many}) {
		t.Errorf("it has %d", ports)
	}
}

// A message that was taken and is said again, for its ACK was late, changes nothing, also if the
// copy was empty meanwhile.
func TestHeirHearsAgain(t *testing.T) {
	h := new(Heir)
	h.post(4, 0, 0)
	h.post(4, 1, 0)
	h.Said(0, &Frame{Kind: Ack, Port: 4, Next: 2})
	if !h.Empty() {
		t.Fatal("it is not empty")
	}
	h.Reset()
	h.post(4, 2, 2)
	h.post(4, 0, 2)
	h.post(4, 3, 2)
	if ports := h.Inherit(); !slices.Equal(ports, []Handle{4}) || len(h.endpoint.ports[4].retained) != 2 {
		t.Errorf("it has %d", ports)
	}
}

// A port of which a message was too large is not inherited, whatever follows.
func TestHeirOfTooLarge(t *testing.T) {
	h := new(Heir)
	f := Frame{Kind: Data, Port: 4, Body: make([]byte, MaxCopy)}
	h.post(8, 0, 0)
	h.Posted(&f, AppendFrame(nil, &f), 0, true)
	if cap(h.bytes) > 1<<10 {
		t.Errorf("it has room for %d bytes", cap(h.bytes))
	}
	h.Said(0, &Frame{Kind: Ack, Port: 8, Next: 1})
	if !h.Empty() {
		t.Fatal("it is not empty")
	}
	h.Reset()
	h.post(4, 1, 0)
	h.Posted(&Frame{Kind: Close, Port: 4, Seq: 2}, nil, 0, true)
	if ports := h.Inherit(); len(ports) > 0 {
		t.Errorf("it has %d", ports)
	}
}

// What a session ignores is not wanted: DATA of ports that its client had once, and messages that
// were taken.
func TestWanted(t *testing.T) {
	s := NewSession(0, ID{1}, testSettings, fuzzWho)
	var out SessionOut
	step := func(f *Frame) {
		s.Step(0, SessionEvent{Kind: SessionFrame, Frame: f}, &out)
		for _, e := range out.Effects {
			if e.Kind == SessionFail {
				t.Fatal(e.Text)
			}
		}
	}
	step(&Frame{Kind: Hello, Version: Version, Secret: fuzzSecret[:], Ticket: fuzzTicket(0, 0), Handles: 101, Channels: 1 << 40})
	for _, f := range []Frame{{Kind: Data, Port: 4}, {Kind: Close, Port: 8}} {
		step(&f)
		if _, wanted := s.Wanted(&f); wanted {
			t.Errorf("%+v is wanted", f)
		}
	}
}
