package hub

import (
	"sync"

	"github.com/entangle-go/entangle/protocol"
)

// What clients have posted is kept until it was taken in: an heir sends it if they do
// not come back.
//
// OPTIMIZATION: a session that waits for nothing has no heir.
var heirs = sync.Pool{New: func() any { return new(protocol.Heir) }}

// keptHeir is how much an heir may hold that is used again.
const keptHeir = 4 * protocol.MaxCopy

// posted keeps what the client has posted, for its heir.
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

// tidy gives an heir up that has nothing.
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

// inherit puts the heir into the place of the client.
func (s *session) inherit(d *desk) {
	var ports []protocol.Handle
	if s.heir != nil {
		ports, s.inherited = s.heir.Inherit(), true
	}
	s.stepPaced(d, protocol.SessionEvent{Kind: protocol.SessionInherit, Ports: ports})
}

// answer lets the session take what its heir says.
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
