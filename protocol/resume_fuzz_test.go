package protocol

import (
	"bytes"
	"testing"
)

// The endpoint of the fuzz targets, and what its tickets are.
var (
	fuzzWho    = Identity{User: "dev", Origin: "https://a.example"}
	fuzzSecret = Secret{1}
)

func fuzzEndpoint(k *keySet) ID { return endpointID(k.prf, &fuzzWho, fuzzSecret[:]) }

// fuzzTicket is a ticket that the hub has sealed for the endpoint: of its session, or of a port
// that has come to it, and been answered by which of two owners of its peer.
func fuzzTicket(h Handle, n byte) []byte {
	k := testSettings.Keys.sets[0]
	if h == 0 {
		return k.sealSession(fuzzEndpoint(k), sessionTicket{0, uint64(n % 3)})
	}
	cap := &Capability{ID: ID{byte(h), 1}, Peer: ID{byte(h), 2}, Token: Token{0, []Nonce{{1}, {2}}}, PeerN: uint64(n % 2), PeerR: Nonce{n % 2}}
	return k.sealPort(fuzzEndpoint(k), h, cap, n%4 > 1)
}

// FuzzTickets opens anything as a ticket. What opens is what was sealed, byte for byte, for the
// same endpoint and handle.
func FuzzTickets(f *testing.F) {
	k := testSettings.Keys.sets[0]
	e := fuzzEndpoint(k)
	f.Add(uint64(0), fuzzTicket(0, 0), "")
	f.Add(uint64(5), fuzzTicket(5, 3), "")
	f.Add(uint64(7), fuzzTicket(5, 3), "")
	f.Add(uint64(0), k.sealName(e, "x", 9), "x")
	f.Fuzz(func(t *testing.T, h uint64, ticket []byte, name string) {
		if s, ok := k.openSession(e, ticket); ok && !bytes.Equal(k.sealSession(e, s), ticket) {
			t.Errorf("%x opens as %+v", ticket, s)
		}
		if cap, hopped, ok := k.openPort(e, Handle(h), ticket); ok && !bytes.Equal(k.sealPort(e, Handle(h), cap, hopped), ticket) {
			t.Errorf("%x opens as %+v", ticket, cap)
		}
		if age, ok := k.openName(e, name, ticket); ok && !bytes.Equal(k.sealName(e, name, age), ticket) {
			t.Errorf("%x opens for %q: %d", ticket, name, age)
		}
		for _, other := range []ID{{}, {1}} {
			if _, _, ok := k.openPort(other, Handle(h), ticket); ok {
				t.Errorf("%x opens for another endpoint", ticket)
			}
		}
	})
}

// FuzzHello says any HELLO. Who is greeted said one that is allowed, and with a ticket only one
// that the hub has sealed for just that endpoint, and not too long ago.
func FuzzHello(f *testing.F) {
	f.Add(uint64(Version), byte(1), "https://a.example", fuzzTicket(0, 1), uint64(7), uint64(3), false, uint32(60))
	f.Add(uint64(Version), byte(1), "", []byte(nil), uint64(0), uint64(0), false, uint32(0))
	f.Add(uint64(Version), byte(2), "", fuzzTicket(0, 1), uint64(1<<60), uint64(1<<60), true, uint32(1000))
	f.Fuzz(func(t *testing.T, version uint64, secret byte, origin string, ticket []byte, handles, channels uint64,
		service bool, seconds uint32) {
		now := Time(seconds) * second
		s := NewSession(now, ID{1}, testSettings, fuzzWho)
		whole := Secret{secret}
		hello := AppendFrame(nil, &Frame{Kind: Hello, Version: version % (MaxInteger + 1), Secret: whole[:], Origin: origin, Ticket: ticket,
			Handles: Handle(handles % (MaxInteger + 1)), Channels: channels % (MaxInteger + 1), Service: service})
		frame, rest, err := DecodeFrame(hello)
		if err != nil || len(rest) > 0 {
			return // too long, or not UTF-8
		}
		var out SessionOut
		s.Step(now, SessionEvent{Kind: SessionFrame, Frame: &frame}, &out)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		sealed := false
		for n := range byte(3) {
			sealed = sealed || bytes.Equal(ticket, fuzzTicket(0, n))
		}
		switch {
		case s.greeted == s.failed:
			t.Errorf("greeted: %t, failed: %t", s.greeted, s.failed)
		case !s.greeted:
		case version != Version || service || origin != "" && origin != fuzzWho.Origin:
			t.Error("this is not allowed, and is greeted")
		case len(ticket) > 0 && (!sealed || whole != fuzzSecret || now > DefaultAbsence+renewEvery+noticeWithin):
			t.Error("the ticket opens nothing, and is taken")
		}
	})
}

// FuzzResume lets a client that comes back say anything: it may fail, not panic, and its session's
// books stay right. Tickets of one byte stand for those that the hub has sealed.
func FuzzResume(f *testing.F) {
	resume := func(ports ...ResumedPort) []byte { return AppendFrame(nil, &Frame{Kind: Resume, Resumed: ports}) }
	one := ResumedPort{Port: 1, SendNext: 3, RecvNext: 2, Oldest: 1, Ticket: []byte{1}}
	in := ResumedPort{Port: 3, Where: InMessage, Parent: 1, Seq: 1, SendNext: 2, Oldest: 1, Ticket: []byte{2}}
	f.Add(resume(one))
	f.Add(resume(one, in, ResumedPort{Port: 5, Where: InQueue, Parent: 3, Ticket: []byte{0}}))
	f.Add(resume(one, in, ResumedPort{Port: 8, Where: InMessage, Parent: 3, Seq: 1}, ResumedPort{Port: 10, Where: Closing}))
	f.Add(append(resume(ResumedPort{Port: 4}), AppendFrame(nil, &Frame{Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6}}})...))
	f.Add(append(resume(one, in), AppendFrame(nil, &Frame{Kind: Data, Port: 1, Seq: 1, Ports: []PortState{{Port: 3, SendNext: 2}}})...))
	f.Fuzz(func(t *testing.T, batch []byte) {
		s := NewSession(0, ID{1}, testSettings, fuzzWho)
		var out SessionOut
		var said []Packet
		now := Time(0)
		step := func(ev SessionEvent) {
			s.Step(now, ev, &out)
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
			for i := range out.Effects {
				if p := &out.Effects[i]; p.Kind == SessionPublish && len(said) < 100 {
					said = append(said, *p.Packet.Clone())
				}
			}
		}
		step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Hello, Version: Version, Secret: fuzzSecret[:],
			Ticket: fuzzTicket(0, 0), Handles: 101, Channels: 100}})
		for len(batch) > 0 {
			frame, rest, err := DecodeFrame(batch)
			if err != nil {
				break
			}
			for i := range frame.Resumed {
				if p := &frame.Resumed[i]; len(p.Ticket) == 1 {
					p.Ticket = fuzzTicket(p.Port, p.Ticket[0])
				}
			}
			batch = rest
			step(SessionEvent{Kind: SessionFrame, Frame: &frame})
		}
		for range 20 { // what it says comes back to it, and time passes
			list := said
			said = nil
			for i := range list {
				step(SessionEvent{Kind: SessionPacket, Packet: &list[i]})
			}
			now += 10 * second
			step(SessionEvent{Kind: SessionTime, Attach: PaceAttach})
		}
		step(SessionEvent{Kind: SessionEnd})
		now += DefaultAbsence
		step(SessionEvent{Kind: SessionTime, Attach: PaceAttach})
		step(SessionEvent{Kind: SessionForget})
		if s.Ports() != 0 {
			t.Errorf("%d ports are left", s.Ports())
		}
	})
}
