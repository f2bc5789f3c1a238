package hub

import (
	"crypto/rand"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// link is the connection of a session to its client.
type link interface {
	// serves is told the session.
	serves(*session)
	// write sends a batch of frames, which it does not keep. It may block.
	write(batch []byte) error
	// ping asks for a sign of life. It may block.
	ping()
	// pong answers the client's ping. It may block.
	pong(payload string)
	// end ends the connection after what was written; what the client still sends is of no interest.
	// It may block.
	end(code uint64, text string)
	// abort ends the connection at once. It does not block.
	abort()
}

// session runs one protocol.Session. It has no goroutine but while there is something in its inbox.
type session struct {
	debtor
	inbox
	hub      *Hub
	user     string
	link     link
	lastSign atomic.Int64          // when the client last sent anything
	reading  atomic.Int64          // when the message began that is being read, or 0
	deadline atomic.Int64          // of the machine
	pinged   bool                  // it was asked for a sign of life. Owned by the hub's ticker
	greeted  atomic.Bool           // WELCOME was written
	ended    atomic.Bool           // the client is gone
	failing  atomic.Bool           // what the client sends is of no interest any more
	slow     atomic.Pointer[inbox] // of a crowded session that something was sent to since the last batch from the client
	giveBack func(*protocol.Batch) // takes buffers of batches back

	// The fields below belong to the goroutine in run.
	machine  *protocol.Session
	heard    *queue[part]            // what is being looked at
	said     *queue[*protocol.Batch] // by the client, the same
	rest     []byte                  // of the oldest of these
	looked   int                     // bytes of inbox.unread that were looked at
	out      *outBuffer              // frames to be written
	work     int                     // of the last turn
	size     int                     // what of inbox.queued they stand for,
	spread   int                     // and of inbox.waiting
	cost     int                     // bytes that the machine and the heir hold, as far as charged
	heir     *protocol.Heir          // has what the client posted and nobody has taken in; nil: nothing
	endpoint protocol.ID             // what others may see of it. Set before greeted
	welcome  bool                    // it is in out
	control  signal                  // pings and pongs, after the next write
	pong     string                  // what that says
	told     *failure                // to the client, with the next write
	closed   bool                    // the link was ended, or does not write any more
	done     bool                    // the machine has nothing left to answer for
	gone     bool                    // the connection has ended

	bequeaths bool // the machine wants the heir in the client's place,
	inherited bool // where it is
}

func newSession(h *Hub, who Identity, l link, a *account) *session {
	var id protocol.ID
	rand.Read(id[:])
	s := &session{hub: h, user: who.User, link: l, machine: protocol.NewSession(h.now(), id, h.settings, protocol.Identity(normal(who)))}
	s.ready.L = &s.mu
	s.debtor.session, s.debtor.account = s, a
	s.giveBack = func(b *protocol.Batch) {
		s.charge(-cap(b.Bytes()))
		putBuffer(b.Bytes())
	}
	s.lastSign.Store(h.clock.Load())
	s.deadline.Store(int64(s.machine.Deadline()))
	a.enter(&s.debtor)
	return s
}

// What follows is called by anybody.

// take implements [receiver].
func (s *session) take(p part) {
	e := &p.entries[p.index]
	ours := p.sender != nil // else it is the asker's
	if e.frames > 0 && (s.ended.Load() || p.debtor.session.endpoint == s.endpoint) {
		return // the client has said it itself, perhaps in its former session
	}
	if ours && e.frames == 0 && s.drops(p) {
		s.hub.counts.dropped.Add(int64(e.to - e.from))
		return
	}
	p.hold()
	size := 0
	if ours {
		p.lend(e.memory, &s.debtor)
		size = e.size
	}
	a := s.put(func() { s.addPart(p, size, s.hub.lately()) })
	switch {
	case a.finished:
		s.heeded(p)
	case e.frames > 0 && a.waiting > maxWaiting:
		s.condemn(failure{protocol.CodeSlow, "4 MiB of broadcasts were waiting to go out"})
	}
	if e.frames > 0 && a.crowded {
		p.slow = &s.inbox
	}
	if a.start {
		go s.run()
	}
}

// heeded gives a part up.
func (s *session) heeded(p part) {
	if p.sender != nil {
		p.lend(-p.entries[p.index].memory, &s.debtor)
	}
	p.release()
}

// post puts something into the inbox. If nobody is there to take it out a goroutine is started.
func (s *session) post(add func()) {
	if s.put(add).start {
		go s.run()
	}
}

func (s *session) signal(n signal) { s.post(func() { s.signals |= n }) }

// answer answers the client's ping; of several that come at once, the last.
func (s *session) answer(payload string) {
	s.sign()
	s.post(func() {
		s.signals |= signalPong
		s.payload = payload
	})
}

// sign notes a sign of life.
func (s *session) sign() { s.lastSign.Store(s.hub.clock.Load()) }

// condemn ends a session that cannot go on. If it is too slow the client is not told why: what
// waits is in the way of an ERROR. Else it has a moment to take one.
func (s *session) condemn(f failure) {
	if s.failing.Swap(true) {
		return
	}
	s.post(func() { s.urgent = &f })
	s.inbox.wake()
	s.account.wake()
	if f.code == protocol.CodeSlow {
		s.link.abort()
	} else {
		time.AfterFunc(closeTimeout, s.link.abort)
	}
}

// evict ends a session that holds too much.
func (s *session) evict() {
	if s.ended.Load() {
		s.signal(signalForget)
		return
	}
	s.condemn(failure{protocol.CodeTooMany, tooMuchHeld})
}

// pass looks after what is limited in time. It is called by one goroutine.
func (s *session) pass(now protocol.Time) {
	if now >= protocol.Time(s.deadline.Load()) {
		s.signal(signalTime)
	}
	silence := now - protocol.Time(s.lastSign.Load())
	began := protocol.Time(s.reading.Load())
	switch {
	case s.ended.Load() || !s.greeted.Load():
	case s.staysCrowded(now):
		s.condemn(failure{protocol.CodeSlow, "more than 1 MiB of broadcasts was waiting for more than 2 s"})
	case began != 0 && now-began > protocol.Time(messageTimeout):
		s.condemn(failure{protocol.CodeTimeout, "a message took more than 30 s"})
	case silence > protocol.Time(pingAfter+pongTimeout):
		s.condemn(failure{protocol.CodeTimeout, "no answer to pings"})
	case silence <= protocol.Time(pingAfter):
		s.pinged = false
	case !s.pinged:
		s.pinged = true
		s.signal(signalPing)
	}
}

// What follows is called by the one who reads the client.

// receive takes a batch over.
func (s *session) receive(b *protocol.Batch) {
	s.sign()
	if s.failing.Load() {
		b.Release()
		return
	}
	a := s.put(func() {
		s.batches = batchQueues.add(s.batches, b)
		s.unread += cap(b.Bytes())
	})
	if a.finished {
		b.Release()
		return
	}
	if a.start {
		go s.run() // not on this goroutine: what reads idle connections shall have a small stack
	}
}

// mayRead reports whether more may be read at once.
func (s *session) mayRead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (s.unread <= maxUnread && s.greeted.Load() || s.failing.Load()) && s.slow.Load() == nil && !s.account.pausing()
}

// await blocks until more may be read, or nothing that is read counts.
func (s *session) await() {
	s.mu.Lock()
	for (s.unread > maxUnread || !s.greeted.Load()) && !s.failing.Load() && !s.finished {
		s.ready.Wait()
	}
	s.mu.Unlock()
	if slow := s.slow.Swap(nil); slow != nil && slow != &s.inbox {
		slow.awaitRelief()
	}
	s.account.await(s)
}

// misbehaved is what the client did, after its batches, that is not allowed. It blocks until the
// session has seen that.
func (s *session) misbehaved(text string) {
	s.post(func() { s.last = &failure{protocol.CodeProtocol, text} })
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.failing.Load() && !s.finished {
		s.ready.Wait()
	}
}

// bye is BYE in the name of a client that cannot say it any more.
func (s *session) bye() {
	bye := protocol.AppendFrame(nil, &protocol.Frame{Kind: protocol.Bye})
	s.receive(protocol.NewBatch(bye, func(*protocol.Batch) {}))
}

// hangUp is the end of the connection, after everything that was received.
func (s *session) hangUp() { s.post(func() { s.lost = true }) }
