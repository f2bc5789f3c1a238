package hub

import (
	"encoding/hex"
	"log/slog"
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// A turn ends after so many frames of the client, after so many parts of publications, and when so
// many bytes are to be written.
const (
	turnFrames = 512
	turnParts  = 512
	batchSize  = 64 << 10
)

// desk is what a session works with during a turn. Idle sessions have none, nor have those that
// wait for their client to read.
type desk struct {
	now         protocol.Time
	out         protocol.SessionOut
	decoder     protocol.Decoder
	batch       *protocol.Batch // what the frame that is being looked at is a part of; nil: it is not a frame
	publication *publication    // nil: nothing is to be published yet
	attached    int             // how many ports were attached
}

var desks = sync.Pool{New: func() any { return new(desk) }}

// outBuffer is frames on their way to a link.
type outBuffer struct{ bytes []byte }

// keptOut is how large such a buffer may be that is used again.
const keptOut = 4 * batchSize

var outBuffers = sync.Pool{New: func() any { return new(outBuffer) }}

// run takes turns until there is nothing to do. One goroutine at a time is in it.
func (s *session) run() {
	s.out = outBuffers.Get().(*outBuffer)
	for s.more() {
		s.turn()
		s.flush()
	}
}

// more reports whether there is something to do. If not, run has ended.
func (s *session) more() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard == nil {
		s.heard, s.parts = s.parts, nil
	}
	if s.said == nil {
		s.said, s.batches = s.batches, nil
	}
	if s.heard != nil || s.said != nil || s.last != nil || s.lost || s.urgent != nil || s.signals != 0 {
		return true
	}
	s.running = false
	if cap(s.out.bytes) <= keptOut {
		outBuffers.Put(s.out)
	}
	s.out = nil
	if s.done && s.gone && !s.finished {
		s.finished = true
		s.hub.finish(s)
	}
	return false
}

// turn looks at some of what is there: what the hub wants, then what others have published, then
// what the client says.
func (s *session) turn() {
	if s.account.worked(s.work) {
		s.hub.gate.enter(s.account)
		defer s.hub.gate.leave()
	}
	s.work = 0
	d := desks.Get().(*desk)
	d.now = s.hub.now()
	s.heed(d)
	for n := 0; s.heard != nil && n < turnParts && len(s.out.bytes) < batchSize; n++ {
		s.hear(d)
	}
	if s.heard == nil {
		s.listen(d)
	}
	s.publish(d)
	deadline := s.machine.Deadline()
	if s.heir != nil {
		deadline = min(deadline, s.heir.Deadline())
	}
	s.deadline.Store(int64(deadline))
	if deadline <= d.now { // not at the next tick
		s.signal(signalTime)
	}
	desks.Put(d)
	s.tidy()
	cost := s.memory()
	s.charge(cost - s.cost)
	s.cost = cost
}

// memory is about how many bytes the machine and the heir hold.
func (s *session) memory() int {
	n := s.machine.Cost()
	if s.heir != nil {
		n += s.heir.Cost()
	}
	return n
}

// heed does what the hub wants.
func (s *session) heed(d *desk) {
	s.mu.Lock()
	signals, urgent := s.signals, s.urgent
	s.signals, s.urgent = 0, nil
	s.pong, s.payload = s.payload, ""
	s.mu.Unlock()
	if urgent != nil {
		s.fail(*urgent)
	}
	if signals&signalTime != 0 {
		s.time(d)
	}
	if signals&signalShutdown != 0 {
		s.fail(failure{protocol.CodeShutdown, errShutdown.Error()})
		s.signal(signalEnd) // when that is written
	}
	if signals&signalEnd != 0 {
		// Nobody hears that its peers are gone: they may be back at the hub that comes next.
		s.part()
		s.done = true
	}
	if signals&signalRoom != 0 {
		s.step(d, protocol.SessionEvent{Kind: protocol.SessionDropped, Dropped: s.room()})
	}
	if signals&signalForget != 0 {
		s.step(d, protocol.SessionEvent{Kind: protocol.SessionForget})
	}
	s.control = signals & (signalPing | signalPong)
}

// hear takes the next part of a publication.
func (s *session) hear(d *desk) {
	p := s.heard.oldest()
	e := &p.entries[p.index]
	if e.frames > 0 {
		if !s.ended.Load() {
			s.out.bytes = append(s.out.bytes, p.frames[e.from:e.to]...)
		}
	} else {
		for i := e.from; i < e.to; i++ {
			s.step(d, protocol.SessionEvent{Kind: protocol.SessionPacket, Packet: &p.packets[i]})
		}
	}
	switch {
	case p.sender == nil:
	case e.frames > 0:
		s.spread += e.size
	default:
		s.size += e.size
	}
	s.heeded(p)
	s.heard = partQueues.drop(s.heard)
}

// listen takes frames of the client, and then the end of its connection.
func (s *session) listen(d *desk) {
	for n := 0; s.said != nil && n < turnFrames && (n == 0 || len(s.out.bytes) < batchSize); n++ {
		if s.failing.Load() {
			s.close() // what it says does not count
		} else {
			s.frame(d)
		}
	}
	if s.said == nil {
		s.conclude(d)
	}
}

// frame takes the next frame of the client's batch. HELLO is alone in its batch.
func (s *session) frame(d *desk) {
	batch, first := s.said.oldest(), !s.greeted.Load()
	if s.rest == nil {
		s.rest = batch.Bytes()
	}
	f, rest, err := d.decoder.Frame(s.rest)
	switch {
	case first && len(s.rest) > protocol.MaxHello:
		s.fail(failure{protocol.CodeProtocol, "the first batch has more than 16 KiB"})
	case err != nil:
		s.fail(failure{protocol.CodeProtocol, "not a frame: " + err.Error()})
	case first && len(rest) > 0:
		s.fail(failure{protocol.CodeProtocol, "the first batch is not HELLO alone"})
	default:
		raw := s.rest[:len(s.rest)-len(rest)]
		s.rest, d.batch = rest, batch
		s.step(d, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: f})
		d.batch = nil
		s.posted(f, raw)
		if len(rest) == 0 {
			s.close()
		}
	}
}

// close ends the client's oldest batch.
func (s *session) close() {
	batch := s.said.oldest()
	s.looked += cap(batch.Bytes())
	batch.Release()
	s.rest, s.said = nil, batchQueues.drop(s.said)
	if s.looked >= batchSize || s.said == nil {
		s.read(s.looked)
		s.looked = 0
	}
}

// conclude is called when all batches of the client were looked at.
func (s *session) conclude(d *desk) {
	s.mu.Lock()
	last, lost := s.last, s.lost
	if s.batches != nil { // these come before
		last, lost = nil, false
	} else {
		s.last, s.lost = nil, false
	}
	s.mu.Unlock()
	if last != nil {
		s.fail(*last)
	}
	if lost {
		s.gone = true
		s.end(d)
	}
}

// end is the loss of the client, which may come back in a session of its own.
func (s *session) end(d *desk) {
	if !s.part() {
		return
	}
	s.step(d, protocol.SessionEvent{Kind: protocol.SessionEnd})
	switch {
	case s.done:
	case s.machine.Ports()+s.machine.Pending() == 0: // a client without ports loses nothing
		s.step(d, protocol.SessionEvent{Kind: protocol.SessionForget})
	default:
		s.account.entomb(s, s.memory())
	}
}

// part notes that there is no client any more; false if that is known.
func (s *session) part() bool {
	if s.ended.Swap(true) {
		return false
	}
	s.failing.Store(true)
	s.inbox.wake()
	s.account.wake()
	s.hub.left()
	return true
}

// time is the deadline.
func (s *session) time(d *desk) {
	s.stepPaced(d, protocol.SessionEvent{Kind: protocol.SessionTime})
	s.follow(d)
	if s.heir != nil {
		s.heir.Time(d.now)
		s.answers(d)
	}
}

// stepPaced is stepOnce for what attaches ports: a user's sessions share the number of those that
// are attached at once.
func (s *session) stepPaced(d *desk, ev protocol.SessionEvent) {
	ev.Attach = s.account.attach(d.now)
	d.attached = 0
	s.stepOnce(d, ev)
	s.account.attached(ev.Attach - d.attached)
}

// step runs the state machine, does what it wants done, and what follows of that with the heir.
func (s *session) step(d *desk, ev protocol.SessionEvent) {
	s.stepOnce(d, ev)
	s.follow(d)
}

func (s *session) follow(d *desk) {
	if s.bequeaths {
		s.bequeaths = false
		s.inherit(d)
	}
	s.answers(d)
}

func (s *session) stepOnce(d *desk, ev protocol.SessionEvent) {
	s.work++
	s.machine.Step(d.now, ev, &d.out)
	for i := range d.out.Effects {
		s.effect(d, &d.out.Effects[i])
	}
}

func (s *session) effect(d *desk, f *protocol.SessionEffect) {
	switch f.Kind {
	case protocol.SessionSend:
		if s.heir != nil {
			s.heir.Said(d.now, f.Frame)
		}
		s.send(f.Frame)
	case protocol.SessionPublish:
		switch f.Packet.Kind {
		case protocol.Taken:
			s.hub.counts.connections.Add(1)
		case protocol.Attach:
			d.attached++
		}
		s.say(d).addPacket(f.Packet, d.batch)
	case protocol.SessionSpread:
		s.hub.counts.broadcasts.Add(1)
		s.say(d).addFrame(f.ID, f.Frame)
	case protocol.SessionSubscribe:
		s.publish(d) // what comes before in the order of effects is not for the new subscriber
		s.hub.bus.subscribe(f.ID, s)
	case protocol.SessionUnsubscribe:
		s.publish(d)
		s.hub.bus.unsubscribe(f.ID, s)
	case protocol.SessionAsk:
		s.hub.ask(s, f.Ask)
	case protocol.SessionFail:
		s.fail(failure{f.Code, f.Text})
	case protocol.SessionBequeath:
		s.bequeaths = true
	case protocol.SessionDone:
		s.done, s.heir = true, nil
	}
}

// send adds a frame to what is to be written.
func (s *session) send(f *protocol.Frame) {
	if s.told != nil || s.closed || s.ended.Load() {
		return
	}
	s.hub.counts.sent(f)
	s.out.bytes = protocol.AppendFrame(s.out.bytes, f)
	if f.Kind == protocol.Welcome {
		s.endpoint, s.welcome = s.machine.Endpoint(), true
	}
}

// say is the publication that the turn's effects are added to.
func (s *session) say(d *desk) *publication {
	if d.publication == nil {
		d.publication = newPublication(&s.debtor, s)
	}
	return d.publication
}

// publish gives the turn's publication to the bus.
func (s *session) publish(d *desk) {
	p := d.publication
	if p == nil {
		return
	}
	d.publication = nil
	p.hold()
	s.hub.bus.publish(p)
	s.hub.counts.deliveries.Add(p.given)
	if p.slow != nil {
		s.slow.Store(p.slow)
	}
	p.release()
}

// fail ends the connection, for a reason that the client is told with the next write.
func (s *session) fail(f failure) {
	s.failing.Store(true)
	if s.told != nil || s.ended.Load() {
		return
	}
	s.told = &f
	if f.code == protocol.CodeSlow {
		s.hub.counts.slow.Add(1)
	} else if f.code != protocol.CodeShutdown {
		s.hub.counts.failed.Add(1)
	}
	if f.code != protocol.CodeShutdown {
		s.log(&f)
	}
	s.out.bytes = protocol.AppendFrame(s.out.bytes, &protocol.Frame{Kind: protocol.Error, Code: f.code, Text: f.text})
	s.inbox.wake()
	s.account.wake()
}

func (s *session) log(f *failure) {
	s.hub.log.say(slog.LevelWarn, "hub: session closed", slog.String("endpoint", hex.EncodeToString(s.endpoint[:])),
		slog.Uint64("code", f.code), slog.String("reason", f.text))
}

// flush writes what is to go out, answers pings, and ends the link after an ERROR. It may block.
func (s *session) flush() {
	if n := len(s.out.bytes); n > 0 && !s.closed && !s.ended.Load() {
		s.charge(n)
		err := s.link.write(s.out.bytes)
		s.charge(-n)
		if err != nil {
			s.closed = true
			s.link.abort()
		}
	}
	s.out.bytes = s.out.bytes[:0]
	if s.welcome {
		s.welcome = false
		s.greeted.Store(true)
		s.inbox.wake()
	}
	s.written(s.size, s.spread)
	s.size, s.spread = 0, 0
	if s.control&signalPing != 0 && !s.closed {
		s.link.ping()
	}
	if s.control&signalPong != 0 && !s.closed {
		s.link.pong(s.pong)
	}
	if s.told != nil && !s.closed {
		s.closed = true
		s.link.end(s.told.code, s.told.text)
	}
}
