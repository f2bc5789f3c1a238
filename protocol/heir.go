package protocol

import (
	"maps"
	"slices"
	"unsafe"
)

const (
	// MaxCopy is how many bytes of what a client has posted its hub keeps, at most, until the other
	// sides have taken it in; those count with it that the ports in messages need once they are
	// decoded.
	MaxCopy = 256 << 10
	// copiedSize is what a frame counts beyond its bytes.
	copiedSize = 64
)

// Heir is a hub's copy of what a client has posted and nobody has taken in yet. If the client does
// not come back the heir sends it in its place: whoever posts and leaves at once is heard. It is
// the shell's. The zero value has nothing.
type Heir struct {
	log      []copied
	first    int    // in log, of those that are kept
	bytes    []byte // their frames
	offset   int    // of the first one
	weight   int    // what is kept counts so much
	ports    map[Handle]*copiedPort
	most     int         // ports that were known at once, since ports was made
	last     *copiedPort // the one that was looked up last
	endpoint *Endpoint   // once the client is gone
	out      Out
	says     []byte
}

// copied is a frame that is kept: DATA, or CLOSE.
type copied struct {
	port  *copiedPort
	seq   uint64
	size  int
	parts int // bytes of the ports in it, decoded
	close bool
}

func (c *copied) weight() int { return copiedSize + c.size + c.parts }

// copiedPort is what is known of a port.
type copiedPort struct {
	handle Handle
	from   uint64 // the number of the first message from which on all are kept
	next   uint64 // and of the one that comes next
	end    uint64 // and after the last one that the client has posted
	told   uint64 // and after one that it could not send yet
	taken  uint64 // what the other side expects
	closed bool
	gone   bool // it is not the client's any more
}

// manyPorts is how many ports are known at most when nothing is kept.
const manyPorts = 64

// port finds a port; nil if it is not known.
func (h *Heir) port(handle Handle) *copiedPort {
	if h.last == nil || h.last.handle != handle {
		h.last = h.ports[handle]
	}
	return h.last
}

// known finds a port, or gets to know it: seq messages were posted on it before.
func (h *Heir) known(handle Handle, seq, taken uint64) *copiedPort {
	p := h.port(handle)
	if p == nil {
		if h.ports == nil {
			h.ports = map[Handle]*copiedPort{}
		}
		p = &copiedPort{handle: handle, from: seq, next: seq, end: seq, taken: taken}
		h.ports[handle], h.last = p, p
		h.most = max(h.most, len(h.ports))
	}
	return p
}

// forget forgets a port, and what is kept of it.
func (h *Heir) forget(handle Handle) {
	if p := h.port(handle); p != nil {
		p.gone = true
		delete(h.ports, handle)
		h.last = nil
		if h.most > manyPorts && len(h.ports) < h.most/4 { // a map does not shrink
			h.ports, h.most = maps.Clone(h.ports), len(h.ports)
		}
	}
}

// Posted takes a copy of what the client has said about one of its ports. raw are the frame's
// bytes; taken and wanted are what [Session.Wanted] says of it.
func (h *Heir) Posted(f *Frame, raw []byte, taken uint64, wanted bool) {
	switch f.Kind {
	case Data:
		h.shipped(f.Ports)
		if !wanted {
			return
		}
		p := h.known(f.Port, f.Seq, taken)
		switch {
		case f.Seq < p.from: // after a resume the client says what is wanted; what follows is said again
			p.from, p.taken = f.Seq, min(p.taken, f.Seq)
		case f.Seq < p.next:
			return // it was said before
		case f.Seq > p.next:
			p.from = f.Seq
		}
		p.next = f.Seq + 1
		p.end = max(p.end, p.next)
		h.keep(copied{port: p, seq: f.Seq, size: len(raw), parts: partsOf(f.Ports)}, raw)
	case Parked:
		h.shipped(f.Ports)
		if p := h.port(f.Port); p != nil {
			p.told = f.Seq + 1
		}
	case Close:
		if !wanted {
			return
		}
		if p := h.known(f.Port, f.Seq, taken); !p.closed {
			p.closed = true
			h.keep(copied{port: p, seq: f.Seq, close: true}, nil)
		}
	case Closed, Gone:
		h.forget(f.Port)
		h.trim()
	}
}

// shipped forgets ports that have left in a message: what was posted on them is in that.
func (h *Heir) shipped(states []PortState) {
	for i := range states {
		h.forget(states[i].Port)
		for _, q := range states[i].Queue {
			h.shipped(q.Ports)
		}
	}
}

// partsOf is how many bytes the ports in a message are when they are decoded, but for the bytes in
// them, which are the frame's.
func partsOf(states []PortState) (n int) {
	for i := range states {
		s := &states[i]
		n += int(unsafe.Sizeof(*s))
		if s.Cap != nil {
			n += int(unsafe.Sizeof(*s.Cap)) + len(s.Cap.Token.Nonces)*len(Nonce{})
		}
		for _, list := range [][]Message{s.Retained, s.Queue} {
			for _, m := range list {
				n += int(unsafe.Sizeof(m)) + partsOf(m.Ports)
			}
		}
	}
	return n
}

func (h *Heir) keep(c copied, raw []byte) {
	if c.weight() > MaxCopy {
		c.port.from = c.seq + 1
		return
	}
	h.log = append(h.log, c)
	h.bytes = append(h.bytes, raw...)
	for h.weight += c.weight(); h.weight > MaxCopy; {
		h.lose()
	}
	h.trim()
}

// lose drops the oldest frame, though it may be wanted: what follows on its port is of no use
// before it has been taken in.
func (h *Heir) lose() {
	if c := &h.log[h.first]; c.close {
		c.port.closed = false
	} else {
		c.port.from = max(c.port.from, c.seq+1)
	}
	h.drop()
}

func (h *Heir) drop() {
	c := &h.log[h.first]
	h.offset += c.size
	h.weight -= c.weight()
	h.first++
}

// trim drops the oldest frames that nobody waits for.
func (h *Heir) trim() {
	for h.first < len(h.log) {
		c := &h.log[h.first]
		if p := c.port; !p.gone && (c.close && p.closed || !c.close && c.seq >= p.taken) {
			break
		}
		h.drop()
	}
	if h.first == len(h.log) && len(h.ports) > manyPorts {
		h.ports, h.most, h.last = nil, 0, nil
	}
	if h.first > len(h.log)/2 {
		h.log, h.first = slices.Delete(h.log, 0, h.first), 0
	}
	if h.offset > len(h.bytes)/2 {
		h.bytes, h.offset = slices.Delete(h.bytes, 0, h.offset), 0
	}
}

// Empty reports whether there is nothing that anybody may want.
func (h *Heir) Empty() bool { return len(h.log) == 0 && h.endpoint == nil }

// Reset forgets everything, but for the memory.
func (h *Heir) Reset() {
	clear(h.log)
	clear(h.ports)
	*h = Heir{log: h.log[:0], bytes: h.bytes[:0], ports: h.ports, most: h.most}
}

// Cost is about how many bytes of memory it holds.
func (h *Heir) Cost() int {
	const port, inherited = 128, 512
	n := cap(h.bytes) + int(unsafe.Sizeof(copied{}))*cap(h.log) + port*h.most
	if h.endpoint != nil {
		n += h.weight + inherited*len(h.endpoint.ports)
	}
	return n
}

// Said takes what the session says to its client, or to the heir once it is in the client's place.
// What that answers is in [Heir.Answers].
func (h *Heir) Said(now Time, f *Frame) {
	if h.endpoint != nil {
		h.step(now, Event{Kind: EventFrame, Frame: f})
		return
	}
	switch f.Kind {
	case Data, Ack, Attach, Attached:
		if p := h.port(f.Port); p != nil && f.Next > p.taken {
			p.taken = f.Next
			h.trim()
		}
	case Closed, Close, Gone, Refused:
		h.forget(f.Port)
		h.trim()
	}
}

// Inherit puts the heir into the place of the client, and tells of which ports.
func (h *Heir) Inherit() []Handle {
	e := NewEndpoint()
	e.online = true
	h.endpoint = e
	from := h.offset
	var memory arena // of all: what one frame needs is less than an arena has
	for _, c := range h.log[h.first:] {
		raw := h.bytes[from : from+c.size]
		from += c.size
		known := c.port
		if known.gone || known.from > known.taken || known.next < known.end || !c.close && c.seq < known.taken {
			continue // it is not wanted any more; or not all is here
		}
		p := e.ports[known.handle]
		if p == nil {
			// What the client has sent it was granted.
			p = &port{state: linger, orphan: !known.closed || known.next < known.told, sendNext: known.taken, sent: known.taken,
				limit: Limit{MaxInteger, MaxInteger}}
			e.ports[known.handle] = p
		}
		if !c.close && c.seq == p.sendNext { // else it comes once more
			p.sendNext++
			p.told = p.sendNext
			var f Frame
			r := reader{b: raw, arena: &memory}
			if r.frame(&f); r.err != nil {
				panic("protocol: a frame that was decoded before: " + r.err.Error())
			}
			p.retained = append(p.retained, Message{f.Body, f.Ports})
		}
	}
	return sortedKeys(e.ports)
}

// Time is the deadline of an heir in its client's place.
func (h *Heir) Time(now Time) {
	if h.Deadline() <= now {
		h.step(now, Event{Kind: EventTime})
	}
}

// Deadline is when it wants Time.
func (h *Heir) Deadline() Time {
	if h.endpoint == nil {
		return Never
	}
	return h.endpoint.Deadline()
}

func (h *Heir) step(now Time, ev Event) {
	h.endpoint.Step(now, ev, &h.out)
	for i := range h.out.Effects {
		if f := &h.out.Effects[i]; f.Kind == EffectSend {
			h.says = AppendFrame(h.says, f.Frame)
		}
	}
}

// Answers are the frames of the heir since they were asked for last: its session takes them as
// those of the client.
func (h *Heir) Answers() []byte {
	says := h.says
	h.says = nil
	return says
}
