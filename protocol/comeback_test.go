package protocol

import (
	"math"
	"slices"
	"testing"
)

// returning is a session of the endpoint of the fuzz targets, with HELLO said at a time.
func returning(t *testing.T, now Time, id ID, ticket []byte) (s *Session, step func(SessionEvent) []SessionEffect) {
	t.Helper()
	s = NewSession(now, id, testSettings, fuzzWho)
	var out SessionOut
	step = func(ev SessionEvent) []SessionEffect {
		s.Step(now, ev, &out)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(out.Effects)
	}
	step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Hello, Version: Version, Secret: fuzzSecret[:], Ticket: ticket,
		Handles: 101, Channels: 100}})
	return s, step
}

// failure is how a session failed, if it did.
func failure(effects []SessionEffect) *SessionEffect {
	i := slices.IndexFunc(effects, func(e SessionEffect) bool { return e.Kind == SessionFail })
	if i < 0 {
		return nil
	}
	return &effects[i]
}

// A ticket is good for as long as a client may be away, and for as much longer as a client may
// notice later than the hub, and the ticket may be older than the connection. Then the hub says so.
func TestTicketAge(t *testing.T) {
	const longest = DefaultAbsence + renewEvery + noticeWithin
	for age, good := range map[Time]bool{0: true, DefaultAbsence + renewEvery + 1: true, longest: true, longest + 1: false,
		100 * longest: false} {
		s := NewSession(age, ID{1}, testSettings, fuzzWho)
		var out SessionOut
		hello := Frame{Kind: Hello, Version: Version, Secret: fuzzSecret[:], Ticket: fuzzTicket(0, 0)}
		s.Step(age, SessionEvent{Kind: SessionFrame, Frame: &hello}, &out)
		failed := failure(out.Effects)
		if (failed == nil) != good || !good && failed.Code != CodeExpired {
			t.Errorf("a ticket that is %d s old: %+v", age/second, failed)
		}
	}
}

// A client that asks for a sign of life between WELCOME and RESUME may still resume. After anything
// else it may not.
func TestPingBeforeResume(t *testing.T) {
	for kind, good := range map[Kind]bool{Ping: true, Subscribe: false} {
		s, step := returning(t, 0, ID{1}, fuzzTicket(0, 0))
		step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: kind, Name: "x"}})
		failed := failure(step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Resume, Resumed: []ResumedPort{{Port: 4}}}}))
		if (failed == nil) != good || (s.Ports() == 1) != good {
			t.Errorf("after a frame of kind %#x: %+v, %d ports", uint8(kind), failed, s.Ports())
		}
	}
}

// Numbers that nobody can have reached end the session of who says that it has, and not that of the
// port's peer, which would be told of them.
func TestAbsurdNumbers(t *testing.T) {
	const most = MaxInteger / 2
	for _, c := range []struct {
		name string
		port ResumedPort
		good bool
	}{
		{"the highest that are taken", ResumedPort{Port: 4, SendNext: most, RecvNext: most, Oldest: most}, true},
		{"too many posted", ResumedPort{Port: 4, SendNext: most + 1, Oldest: most + 1}, false},
		{"too many taken in", ResumedPort{Port: 4, RecvNext: MaxInteger}, false},
		{"all that there are", ResumedPort{Port: 4, SendNext: MaxInteger, RecvNext: MaxInteger, Oldest: MaxInteger}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, step := returning(t, 0, ID{1}, fuzzTicket(0, 0))
			effects := step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Resume, Resumed: []ResumedPort{c.port}}})
			failed := failure(effects)
			if (failed == nil) != c.good || !c.good && (failed.Code != CodeProtocol || s.Ports() != 0) {
				t.Errorf("%+v, %d ports", failed, s.Ports())
			}
			for _, e := range effects {
				if e.Kind == SessionPublish && e.Packet.Next > most {
					t.Errorf("the peer is told %+v", e.Packet)
				}
			}
		})
	}
}

// The last number that there is is no message's: after it the next one could not be said.
func TestLastNumber(t *testing.T) {
	if MaxInteger >= math.MaxInt64 {
		t.Fatal("there is no number beyond")
	}
	s, step := returning(t, 0, ID{1}, fuzzTicket(0, 0))
	step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Resume, Resumed: []ResumedPort{{Port: 4}}}})
	s.custody.claims[4].sendNext = MaxInteger // nobody gets here in a life
	failed := failure(step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Data, Port: 4, Seq: MaxInteger}}))
	if failed == nil || failed.Code != CodeProtocol {
		t.Errorf("it is taken: %+v", failed)
	}
}
