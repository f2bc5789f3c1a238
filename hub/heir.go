package hub

import (
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// The hub keeps messages that clients have posted until they are taken in: an heir sends them if
// the client does not come back.
//
// OPTIMIZATION: a session that waits for nothing has no heir.
var heirs = sync.Pool{New: func() any { return new(protocol.Heir) }}

// keptHeir is the maximal memory of an heir that is kept for another session, in bytes.
const keptHeir = 4 * protocol.MaxCopy

// posted keeps the client's messages for its heir.
func (s *session) posted(f *protocol.Frame, raw []byte) {
	var taken uint64
	wanted := false
	switch f.Kind {
	case protocol.Data, protocol.Close:
		taken, wanted = s.machine.Wanted(f)
	case protocol.Closed, protocol.Gone:
	default:
		return
	}
	if s.heir == nil {
		if !wanted {
			return
		}
		s.heir = heirs.Get().(*protocol.Heir)
	}
	s.heir.Posted(f, raw, taken, wanted)
}

// tidy gives up an heir that has nothing to send.
func (s *session) tidy() {
	if s.heir == nil || !s.heir.Empty() {
		return
	}
	if s.heir.Cost() <= keptHeir {
		s.heir.Reset()
		heirs.Put(s.heir)
	}
	s.heir = nil
}

// inherit puts the heir in the client's place.
func (s *session) inherit(d *desk) {
	var ports []protocol.Handle
	if s.heir != nil {
		ports, s.inherited = s.heir.Inherit(), true
	}
	s.stepPaced(d, protocol.SessionEvent{Kind: protocol.SessionInherit, Ports: ports})
}

// answer gives the heir's frames to the session.
func (s *session) answers(d *desk) {
	for s.inherited && s.heir != nil {
		says := s.heir.Answers()
		if len(says) == 0 {
			return
		}
		size := cap(says) // says moves on
		s.charge(size)
		batch := protocol.NewBatch(says, func(*protocol.Batch) { s.charge(-size) })
		for len(says) > 0 {
			f, rest, err := protocol.DecodeFrame(says)
			if err != nil {
				panic("hub: an heir says what is no frame: " + err.Error())
			}
			d.batch = batch
			s.stepOnce(d, protocol.SessionEvent{Kind: protocol.SessionFrame, Frame: &f})
			d.batch = nil
			says = rest
		}
		batch.Release()
	}
}
