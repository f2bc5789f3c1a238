package protocol

import "slices"

const (
	// MaxCopy is how many bytes of what a client has posted its hub keeps, at most, until the other
	// sides have taken it in.
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
	ports    map[Handle]*copiedPort
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
	close bool
}

// copiedPort is what is known of a port.
type copiedPort struct {
	handle Handle
	from   uint64 // the number of the first message from which on all are kept
	next   uint64 // and of the one that comes next
	end    uint64 // and after the last one that the client has posted
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

// known finds a port, which is a new one, of which seq messages were posted, if it is not known.
func (h *Heir) known(handle Handle, seq uint64) *copiedPort {
	p := h.port(handle)
	if p == nil {
		if h.ports == nil {
			h.ports = map[Handle]*copiedPort{}
		}
		p = &copiedPort{handle: handle, from: seq, next: seq, end: seq, taken: seq}
		h.ports[handle], h.last = p, p
	}
	return p
}

// forget forgets a port, and what is kept of it.
func (h *Heir) forget(handle Handle) {
	if p := h.port(handle); p != nil {
		p.gone = true
		delete(h.ports, handle)
		h.last = nil
	}
}

// Posted takes a copy of what the client has said about one of its ports. raw are the frame's
// bytes.
func (h *Heir) Posted(f *Frame, raw []byte) {
	switch f.Kind {
	case Data:
		h.shipped(f.Ports)
		p := h.known(f.Port, f.Seq)
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
		h.keep(copied{port: p, seq: f.Seq, size: len(raw)}, raw)
	case Close:
		if p := h.known(f.Port, f.Seq); !p.closed {
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

func (h *Heir) keep(c copied, raw []byte) {
	h.log = append(h.log, c)
	h.bytes = append(h.bytes, raw...)
	for len(h.bytes)-h.offset+copiedSize*(len(h.log)-h.first) > MaxCopy {
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
	h.offset += h.log[h.first].size
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
	switch {
	case h.first == len(h.log):
		clear(h.log)
		h.log, h.bytes, h.first, h.offset = h.log[:0], h.bytes[:0], 0, 0
		if len(h.ports) > manyPorts {
			h.ports, h.last = nil, nil
		}
	case h.first > len(h.log)/2 && h.offset > len(h.bytes)/2:
		h.log, h.bytes = slices.Delete(h.log, 0, h.first), slices.Delete(h.bytes, 0, h.offset)
		h.first, h.offset = 0, 0
	}
}

// Empty reports whether there is nothing that anybody may want.
func (h *Heir) Empty() bool { return len(h.log) == 0 && h.endpoint == nil }

// Reset forgets everything, but for the memory.
func (h *Heir) Reset() {
	clear(h.log)
	clear(h.ports)
	*h = Heir{log: h.log[:0], bytes: h.bytes[:0], ports: h.ports}
}

// Cost is about how many bytes of memory it holds.
func (h *Heir) Cost() int {
	const entry, port = 32, 128
	return cap(h.bytes) + entry*cap(h.log) + port*len(h.ports)
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
	for _, c := range h.log[h.first:] {
		raw := h.bytes[from : from+c.size]
		from += c.size
		known := c.port
		if known.gone || known.from > known.taken || known.next < known.end || !c.close && c.seq < known.taken {
			continue // it is not wanted any more; or not all is here
		}
		p := e.ports[known.handle]
		if p == nil {
			p = &port{state: linger, orphan: !known.closed, sendNext: known.taken}
			e.ports[known.handle] = p
		}
		if !c.close && c.seq == p.sendNext { // else it comes once more
			p.sendNext++
			f, _, err := DecodeFrame(raw)
			if err != nil {
				panic("protocol: a frame that was decoded before: " + err.Error())
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
