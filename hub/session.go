package hub

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// link is the connection of a session to its client.
type link interface {
	// write sends a batch of frames, which it does not keep. It may block.
	write(batch []byte) error
	// ping asks for a sign of life. It may block.
	ping()
	// end ends the connection after what was written; what the client still sends is of no
	// interest. It may block.
	end(code uint64, text string)
	// hurry makes a write that blocks fail soon. It does not block.
	hurry()
	// abort ends the connection at once. It does not block.
	abort()
}

var (
	errShutdown = errors.New("the hub is shutting down")
	errTooMany  = errors.New("too many sessions")
)

// A write to a socket is not made larger than it has to be beyond so many bytes.
const batchSize = 64 << 10

// A client is read until so many bytes of its own wait to be looked at.
const maxUnread = 1 << 20

// A session for which more than crowd bytes wait is crowded: who sends to it is read more slowly,
// one batch in pause, so that a receiver that is merely slower than the sender is not cut off at
// 4 MiB. One that stays crowded is closed: it would slow its senders down, and with them everybody
// who talks to them, for as long as it likes.
const (
	crowd      = 1 << 20
	pause      = 100 * time.Millisecond
	maxCrowded = 2 * time.Second
)

type itemKind uint8

const (
	itemEvent itemKind = iota + 1 // event, for the state machine
	itemBytes                     // bytes, a frame that is ready to go out
	itemFail                      // code and text: what the client did is not allowed
	itemPing
	itemShutdown // of the hub
	itemForget
)

// item is something that happened to a session.
type item struct {
	kind  itemKind
	event protocol.SessionEvent
	bytes []byte
	code  uint64
	text  string
	cost  int  // about how many bytes it sends out
	own   bool // from the client itself
}

// session runs one protocol.Session. It has no goroutine but while there is something in its inbox.
type session struct {
	hub     *Hub
	id      protocol.SessionID
	link    link
	opened  int64        // when it was made
	heard   atomic.Int64 // when the client last sent anything
	pinged  bool         // it was asked for a sign of life. Owned by the hub's ticker
	greeted atomic.Bool
	ended   atomic.Int64            // when the connection was lost, or 0
	failing atomic.Bool             // what the client sends is of no interest any more
	sentTo  atomic.Pointer[session] // a crowded session that something was sent to since the last batch from the client

	mu       sync.Mutex // guards the fields below
	inbox    []item
	waiting  int           // cost of what was put in and not written
	unread   int           // cost of what the client put in itself and was not looked at
	ready    sync.Cond     // unread has become less
	crowded  int64         // since when the session is crowded, or 0
	relieved chan struct{} // closed when the session is not crowded any more; nil if nobody waits for that
	running  bool          // a goroutine is in run
	finished bool          // nothing is taken any more

	// The fields below belong to the goroutine in run.
	machine *protocol.Session
	effects []protocol.SessionEffect
	out     []byte // frames to be written
	done    bool   // the machine has nothing left to answer for
	broken  bool   // the link does not write any more
}

// put puts an item into the inbox. If nobody is there to take it out a goroutine is started.
func (s *session) put(i item) {
	if start, _ := s.add(i); start {
		go s.run()
	}
}

// putFrom is put for what another session sends.
func (s *session) putFrom(from *session, i item) {
	start, crowded := s.add(i)
	if crowded {
		from.sentTo.Store(s)
	}
	if start {
		go s.run()
	}
}

// add puts an item into the inbox, and reports whether the caller has to see to run, and whether
// the session is crowded.
func (s *session) add(i item) (start, crowded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return false, false
	}
	if s.inbox == nil {
		s.inbox = itemLists.get()
	}
	s.inbox = append(s.inbox, i)
	if i.own {
		s.unread += i.cost
	} else if s.waiting += i.cost; s.waiting > crowd {
		if s.crowded == 0 {
			s.crowded = s.hub.clock.Load()
		}
		if s.waiting > maxWaiting {
			s.tooSlow("4 MiB were waiting to go out")
		}
	}
	start = !s.running
	s.running = true
	return start, s.waiting > crowd
}

// tooSlow cuts the connection off. The client is not told why: what waits is in the
// way of an ERROR.
func (s *session) tooSlow(reason string) {
	if s.failing.CompareAndSwap(false, true) {
		s.hub.counts.slow.Add(1)
		s.hub.log.Warn("hub: session closed", "session", s.id, "code", protocol.CodeSlow, "reason", reason)
		s.link.abort()
	}
}

// staysCrowded reports whether the session has been crowded for longer than it may be.
func (s *session) staysCrowded(now int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crowded != 0 && now-s.crowded > int64(maxCrowded)
}

// relief is closed when the session is not crowded any more; nil if it is not now.
func (s *session) relief() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting <= crowd {
		return nil
	}
	if s.relieved == nil {
		s.relieved = make(chan struct{})
	}
	return s.relieved
}

// written notes that so much does not wait any more.
func (s *session) written(cost, own int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting -= cost
	s.unread -= own
	if s.waiting <= crowd {
		s.crowded = 0
		if s.relieved != nil {
			close(s.relieved)
			s.relieved = nil
		}
	}
	if own > 0 {
		s.ready.Broadcast()
	}
}

// receive takes a batch of frames from the client. It keeps the batch. It blocks while the session
// is busy with what it got before.
func (s *session) receive(batch []byte) {
	s.heard.Store(s.hub.clock.Load())
	if s.failing.Load() {
		return
	}
	start := false
	for len(batch) > 0 {
		f, rest, err := protocol.DecodeFrame(batch)
		i := item{kind: itemEvent, event: protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: &f}, cost: len(batch) - len(rest), own: true}
		if err != nil {
			i = item{kind: itemFail, code: protocol.CodeProtocol, text: "not a frame: " + err.Error()}
		}
		first, _ := s.add(i)
		start = start || first
		batch = rest
	}
	if start {
		go s.run() // not on this goroutine: what reads idle connections shall have a small stack
	}
	s.mu.Lock()
	for s.unread > maxUnread && !s.finished {
		s.ready.Wait()
	}
	s.mu.Unlock()
	if to := s.sentTo.Swap(nil); to != nil && to != s {
		to.await()
	}
}

// await waits a little while the session is crowded.
func (s *session) await() {
	relief := s.relief()
	if relief == nil {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-relief:
	case <-timer.C:
	}
}

// run takes out of the inbox what is there until it is empty. There is one goroutine
// in it at a time.
func (s *session) run() {
	s.out, s.effects = outBuffers.get(), effectLists.get()
	for {
		items, ok := s.take()
		if !ok {
			return
		}
		cost, own := 0, 0
		for i := range items {
			if items[i].own {
				own += items[i].cost
			} else {
				cost += items[i].cost
			}
			s.do(&items[i])
			if len(s.out) >= batchSize {
				s.flush()
				s.written(cost, own)
				cost, own = 0, 0
			}
		}
		s.flush()
		clear(items)
		itemLists.put(items)
		s.written(cost, own)
	}
}

// take takes the inbox; not ok if it was empty: then run has ended.
func (s *session) take() (items []item, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inbox) > 0 {
		items, s.inbox = s.inbox, nil
		return items, true
	}
	s.running = false
	outBuffers.put(s.out)
	effectLists.put(s.effects)
	s.out, s.effects = nil, nil
	if s.done && !s.finished {
		s.finished = true
		s.hub.finish(s)
	}
	return nil, false
}

func (s *session) do(i *item) {
	switch i.kind {
	case itemEvent:
		s.step(i.event)
	case itemBytes:
		if s.ended.Load() == 0 {
			s.out = append(s.out, i.bytes...)
		}
	case itemFail:
		s.fail(i.code, i.text)
	case itemPing:
		if !s.broken {
			s.link.ping()
		}
	case itemShutdown:
		s.fail(protocol.CodeShutdown, errShutdown.Error())
		s.step(protocol.SessionEvent{Kind: protocol.SessionEnd})
		s.put(item{kind: itemForget}) // after the directory's answers to the end
	case itemForget:
		s.step(protocol.SessionEvent{Kind: protocol.SessionForget})
	}
}

// step runs the state machine and does what it wants done.
func (s *session) step(ev protocol.SessionEvent) {
	if ev.Kind == protocol.SessionEnd {
		s.ended.CompareAndSwap(0, max(1, s.hub.clock.Load()))
	}
	s.done = false
	effects := s.machine.Step(ev, s.effects[:0])
	for i := range effects {
		s.effect(&effects[i])
	}
	clear(effects)
	s.effects = effects[:0]
}

func (s *session) effect(f *protocol.SessionEffect) {
	switch f.Kind {
	case protocol.SessionSend:
		s.hub.counts.sent(f.Frame)
		if f.Frame.Kind == protocol.Welcome {
			s.greeted.Store(true)
		}
		s.out = protocol.AppendFrame(s.out, f.Frame)
	case protocol.SessionPublish:
		s.hub.bus.publish(s, f.Packet)
	case protocol.SessionSubscribe:
		s.hub.bus.subscribe(f.ID, s)
	case protocol.SessionUnsubscribe:
		s.hub.bus.unsubscribe(f.ID, s)
	case protocol.SessionAsk:
		s.hub.ask(s, f.Ask)
	case protocol.SessionFail:
		s.fail(f.Code, f.Text)
	case protocol.SessionDone:
		s.done = true
	}
}

// fail ends the connection for a reason that the client is told.
func (s *session) fail(code uint64, text string) {
	if s.ended.Load() != 0 || !s.failing.CompareAndSwap(false, true) {
		return
	}
	if code != protocol.CodeShutdown {
		s.hub.counts.failed.Add(1)
		s.hub.log.Warn("hub: session closed", "session", s.id, "code", code, "reason", text)
	}
	s.out = protocol.AppendFrame(s.out, &protocol.Frame{Kind: protocol.Error, Code: code, Text: text})
	s.flush()
	s.link.end(code, text)
	s.broken = true
}

// flush writes what is to go out.
func (s *session) flush() {
	if len(s.out) == 0 {
		return
	}
	if !s.broken && s.ended.Load() == 0 {
		if err := s.link.write(s.out); err != nil {
			s.broken = true
			s.link.abort()
		}
	}
	s.out = s.out[:0]
}

// lost is the end of the connection.
func (s *session) lost() {
	s.put(item{kind: itemEvent, event: protocol.SessionEvent{Kind: protocol.SessionEnd}})
}

// tick looks after what is limited in time. It is called by one goroutine.
func (s *session) tick(now int64) {
	ended, silence := s.ended.Load(), now-s.heard.Load()
	switch {
	case ended != 0:
		if now-ended > int64(forgetAfter) {
			s.put(item{kind: itemForget})
		}
	case !s.greeted.Load():
		if now-s.opened > int64(helloTimeout) {
			s.put(item{kind: itemFail, code: protocol.CodeTimeout, text: "no HELLO in time"})
		}
	case s.staysCrowded(now):
		s.tooSlow("more than 1 MiB was waiting for more than 2 s")
	case silence > int64(pingAfter+pongTimeout):
		s.put(item{kind: itemFail, code: protocol.CodeTimeout, text: "no answer to pings"})
	case silence <= int64(pingAfter):
		s.pinged = false
	case !s.pinged:
		s.pinged = true
		s.put(item{kind: itemPing})
	}
}
