package protocol

import (
	"math/rand/v2"
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
				h.Posted(&f, raw)
				slow.posted(f, len(raw))
			case n < 12 && next[port] > slow.taken[port]: // again
				f := Frame{Kind: Data, Port: port, Seq: slow.taken[port] + r.Uint64N(next[port]-slow.taken[port])}
				h.Posted(&f, AppendFrame(nil, &f))
			case n < 19 && next[port] > 0:
				taken := max(slow.taken[port], r.Uint64N(next[port]+1))
				slow.taken[port] = taken
				h.Said(0, &Frame{Kind: Ack, Port: port, Next: taken})
			case n == 19:
				closed[port] = true
				f := Frame{Kind: Close, Port: port, Seq: next[port]}
				h.Posted(&f, AppendFrame(nil, &f))
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
