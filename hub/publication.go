package hub

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/entangle-go/entangle/protocol"
)

// publication is what a session says to others in one turn, or what the directory says to one
// question: packets, and frames for the members of broadcast channels. Neighbours with one subject
// are one entry, which each receiver gets as one part. It is not written to once it is published,
// and goes back to the pool when nobody holds it.
//
// Its memory is its publisher's debt, less what receivers owe for the parts that wait for them.
type publication struct {
	entries []entry
	packets []protocol.Packet
	frames  []byte
	batches []*protocol.Batch // that bodies are parts of, retained

	debtor *debtor      // who pays
	sender receiver     // gets no broadcast of its own; nil: the directory, for whose answers only the asker pays
	memory int          // bytes that it takes, with bodies
	own    int          // of those, without bodies, which are paid for as batches
	lent   atomic.Int64 // bytes that receivers owe
	holds  atomic.Int32
	slow   *inbox // of a receiver for which too much waits
	given  int64  // frames of broadcasts, one for each receiver
}

// entry is what goes to one subject.
type entry struct {
	subject protocol.ID
	from    int // in packets, or in frames
	to      int
	frames  int // how many; 0: packets
	size    int // about how many bytes go out to a client
	memory  int
}

// part is what a receiver gets: an entry.
type part struct {
	*publication
	index int
}

const packetSize = int(unsafe.Sizeof(protocol.Packet{}))

// What a publication keeps for the next one, in items and in bytes.
const (
	keptPackets = 1024
	keptFrames  = 128 << 10
)

var publications = sync.Pool{New: func() any { return new(publication) }}

// newPublication is an empty publication, that the caller holds.
func newPublication(d *debtor, sender receiver) *publication {
	p := publications.Get().(*publication)
	p.debtor, p.sender = d, sender
	p.holds.Store(1)
	return p
}

// addPacket copies a packet, whose bodies are parts of batch.
func (p *publication) addPacket(packet *protocol.Packet, batch *protocol.Batch) {
	if len(packet.Ports) > 0 {
		packet = packet.Clone()
	}
	if n := len(p.batches); batch != nil && (n == 0 || p.batches[n-1] != batch) && (len(packet.Body) > 0 || len(packet.Ports) > 0) {
		p.batches = append(p.batches, batch.Retain())
	}
	n := len(p.packets)
	p.packets = append(p.packets, *packet)
	e := p.entry(packet.To, n, false)
	e.to = n + 1
	e.size += packet.Size()
	states, bodies := weigh(packet.Ports)
	p.own += packetSize + states
	e.memory += packetSize + states + bodies + len(packet.Body)
}

// addFrame appends a frame of a broadcast.
func (p *publication) addFrame(channel protocol.ID, f *protocol.Frame) {
	n := len(p.frames)
	p.frames = protocol.AppendFrame(p.frames, f)
	e := p.entry(channel, n, true)
	size := len(p.frames) - n
	e.to = len(p.frames)
	e.frames++
	e.size += size
	e.memory += size
	p.own += size
}

// entry is the last one if it has the subject and is of the kind, else a new one, from n on.
func (p *publication) entry(subject protocol.ID, n int, frames bool) *entry {
	if last := len(p.entries) - 1; last >= 0 && p.entries[last].subject == subject && p.entries[last].frames > 0 == frames {
		return &p.entries[last]
	}
	p.entries = append(p.entries, entry{subject: subject, from: n})
	return &p.entries[len(p.entries)-1]
}

// weigh is how many bytes of memory port states take, and the bodies in them.
func weigh(ports []protocol.PortState) (states, bodies int) {
	const stateSize, capSize = int(unsafe.Sizeof(protocol.PortState{})), int(unsafe.Sizeof(protocol.Capability{}))
	for i := range ports {
		p := &ports[i]
		states += stateSize
		if p.Cap != nil {
			states += capSize + len(p.Cap.Token.Nonces)*len(protocol.Nonce{})
		}
		for _, list := range [][]protocol.Message{p.Retained, p.Queue} {
			states += len(list) * int(unsafe.Sizeof(protocol.Message{}))
			for j := range list {
				s, b := weigh(list[j].Ports)
				states, bodies = states+s, bodies+b+len(list[j].Body)
			}
		}
	}
	return states, bodies
}

// publish charges the publisher.
func (p *publication) publish() {
	p.debtor.charge(p.own)
	for i := range p.entries {
		p.memory += p.entries[i].memory
	}
}

// give gives an entry to a receiver, unless it is a broadcast of its own.
func (p *publication) give(i int, r receiver) {
	e := &p.entries[i]
	if e.frames > 0 {
		if p.sender == r {
			return
		}
		p.given += int64(e.frames)
	}
	r.take(part{p, i})
}

// messages reports whether all of the packets are messages.
func (p part) messages() bool {
	e := &p.entries[p.index]
	return !slices.ContainsFunc(p.packets[e.from:e.to], func(p protocol.Packet) bool { return p.Kind != protocol.Data })
}

// lend moves the debt for n bytes from the publisher to a receiver; back, if n < 0. Several
// receivers of the same bytes owe for them each; the publisher's debt does not become less than
// nothing by that.
func (p *publication) lend(n int, to *debtor) {
	after := p.lent.Add(int64(n))
	before := after - int64(n)
	to.charge(n)
	p.debtor.charge(min(int(before), p.memory) - min(int(after), p.memory))
}

func (p *publication) hold() { p.holds.Add(1) }

func (p *publication) release() {
	if p.holds.Add(-1) > 0 {
		return
	}
	p.debtor.charge(-p.own)
	for _, b := range p.batches {
		b.Release()
	}
	clear(p.batches)
	clear(p.packets)
	*p = publication{entries: p.entries[:0], packets: p.packets[:0], frames: p.frames[:0], batches: p.batches[:0]}
	if cap(p.packets) > keptPackets || cap(p.frames) > keptFrames || cap(p.entries) > keptPackets {
		return
	}
	publications.Put(p)
}
