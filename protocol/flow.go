package protocol

import "slices"

// Limit is how much the holder of a port may be sent, as its present owner grants it to the other
// side: docs/protocol.md, 5. Both are counted from message number 0, and never go back, so that
// what is said twice, late or not at all does no harm (as MAX_STREAM_DATA of RFC 9000, 4.1). A
// message may be sent if its number is below Messages, and the bytes of all before it are below
// Bytes: so one that is larger than a window goes too, when nothing else waits.
type Limit struct {
	Bytes    uint64
	Messages uint64
}

// FirstLimit is what every port grants before it says more.
var FirstLimit = Limit{Bytes: 256 << 10, Messages: 1024}

// mostWindows is how many times a window grows at most.
const mostWindows = 4

// growWithin is how soon a window has to be used up if a larger one is of use, unless the round
// trip is longer.
const growWithin = 100 * millisecond

// allows reports whether a message may be sent that has so many bytes, and messages, before it.
func (l Limit) allows(number, bytes uint64) bool { return number < l.Messages && bytes < l.Bytes }

// raised is the higher of two limits.
func (l Limit) raised(o Limit) Limit {
	return Limit{max(l.Bytes, o.Bytes), max(l.Messages, o.Messages)}
}

// times is a limit n times as high.
func (l Limit) times(n uint64) Limit { return Limit{n * l.Bytes, n * l.Messages} }

// Flow is what travels with a port for its limits. The zero value is that of a new port.
type Flow struct {
	SendBytes uint64 // of all messages posted on it, up to SendNext
	SendLimit Limit  // what the other side has granted
	RecvBytes uint64 // of all messages taken in, up to RecvNext
	RecvLimit Limit  // what was granted to the other side: the next owner takes that in
}

// intake is what a port may be sent, and has been.
type intake struct {
	bytes   uint64   // of all messages taken in
	granted Limit    // as it was said last
	waiting []uint32 // the bytes of those messages that were not dispatched
	sum     uint64   // of waiting

	windows    uint64 // how many times the first limit may wait
	turn       Limit  // dispatched since the window was looked at
	turnsSince Time
}

// take notes a message that was taken in.
func (i *intake) take(bytes int) {
	i.bytes += uint64(bytes)
	i.wait(bytes)
}

func (i *intake) wait(bytes int) {
	i.waiting = append(i.waiting, uint32(bytes))
	i.sum += uint64(bytes)
}

// limit is what may be granted. next is the number of the message that comes next.
func (i *intake) limit(next uint64, first Limit) Limit {
	window := first.times(i.windows)
	l := Limit{Bytes: window.Bytes, Messages: window.Messages}
	l.Bytes += i.bytes - min(i.sum, i.bytes) // what was queued before there was a network is not counted
	l.Messages += next - min(uint64(len(i.waiting)), next)
	return i.granted.raised(l)
}

// dispatched notes that n messages were, and lets the window grow if it was used up soon.
func (i *intake) dispatched(n int, now, soon Time, first Limit) {
	n = min(n, len(i.waiting))
	for _, bytes := range i.waiting[:n] {
		i.sum -= uint64(bytes)
		i.turn.Bytes += uint64(bytes)
	}
	i.turn.Messages += uint64(n)
	if i.waiting = i.waiting[n:]; len(i.waiting) == 0 {
		i.waiting = nil
	}
	if window := first.times(i.windows); i.turn.Bytes < window.Bytes && i.turn.Messages < window.Messages {
		return
	}
	if now-i.turnsSince <= soon {
		i.windows = min(2*i.windows, mostWindows)
	}
	i.turn, i.turnsSince = Limit{}, now
}

// dispatched is the application's: the next n messages of a port are not in its queue any more.
func (e *Endpoint) dispatched(h Handle, n int) {
	p := e.ports[h]
	if p == nil || p.state == local || p.state == linger {
		return
	}
	p.in.dispatched(n, e.now, max(2*e.trip.smoothed, growWithin), e.first)
	l, half := p.in.limit(p.recvNext, e.first), e.first.times(p.in.windows)
	if l.Bytes-p.in.granted.Bytes >= half.Bytes/2 || l.Messages-p.in.granted.Messages >= (half.Messages+1)/2 {
		e.acknowledge(h, p)
	}
}

// pump sends what was not sent yet and may be.
func (e *Endpoint) pump(h Handle, p *port) {
	for p.sent < p.sendNext && (p.limit.allows(p.sent, p.sentBytes) || e.off.NoHeed) {
		m := p.retained[p.sent-p.oldest()]
		p.sent++
		p.told = max(p.told, p.sent)
		p.sentBytes += uint64(len(m.Body))
		e.sendData(h, p, p.sent-1, m)
	}
	if p.sent < p.sendNext && p.sent == p.oldest() {
		if !p.flying {
			p.sentAt = e.now // since when it is blocked
		}
		e.fly(h, p)
	}
}

// park tells the session of the last message posted, which may not be sent yet: of the ports in it,
// or that CLOSE follows.
func (e *Endpoint) park(h Handle, p *port, m Message) {
	p.told = p.sendNext
	e.send(Frame{Kind: Parked, Port: h, Seq: p.sendNext - 1, Ports: withoutBodies(m.Ports)})
}

func withoutBodies(states []PortState) []PortState {
	out := slices.Clone(states)
	for i := range out {
		out[i].Retained, out[i].Queue = bare(out[i].Retained), bare(out[i].Queue)
	}
	return out
}

func bare(messages []Message) []Message {
	out := make([]Message, len(messages))
	for i, m := range messages {
		out[i].Ports = withoutBodies(m.Ports)
	}
	return out
}

// raise takes what the other side grants, and sends what may be sent by it.
func (e *Endpoint) raise(h Handle, p *port, l Limit) {
	before := p.limit
	p.limit = before.raised(l)
	if p.limit != before && p.sent < p.sendNext && p.attached {
		p.tries = 0
		e.pump(h, p)
		if p.state == linger && p.sent == p.sendNext {
			e.sendClose(h, p)
		}
	}
}

// flow is what travels with the port.
func (p *port) flow() Flow {
	return Flow{SendBytes: p.sendBytes, SendLimit: p.limit, RecvBytes: p.in.bytes, RecvLimit: p.in.granted}
}

// newPort makes a port of what is known of it. Nobody is believed to have granted more than may
// wait at once.
func (e *Endpoint) newPort(s state, p *PortState) *port {
	if e.off.NoFlow {
		p = &PortState{SendNext: p.SendNext, RecvNext: p.RecvNext, Retained: p.Retained, Queue: p.Queue}
	}
	retained := keep(p.Retained)
	kept := uint64(0)
	for _, m := range retained {
		kept += uint64(len(m.Body))
	}
	sendBytes := max(p.Flow.SendBytes, kept)
	n := &port{state: s, sendNext: p.SendNext, recvNext: p.RecvNext, retained: retained, sent: p.SendNext, told: p.SendNext,
		sendBytes: sendBytes, sentBytes: sendBytes, ackedBytes: sendBytes - kept, limit: e.first.raised(p.Flow.SendLimit)}
	most := e.first.times(mostWindows)
	n.in = intake{bytes: p.Flow.RecvBytes, windows: 1, turnsSince: e.now,
		granted: e.first.raised(Limit{min(p.Flow.RecvLimit.Bytes, p.Flow.RecvBytes+most.Bytes),
			min(p.Flow.RecvLimit.Messages, p.RecvNext+most.Messages)})}
	for _, m := range p.Queue {
		n.in.wait(len(m.Body))
	}
	return n
}
