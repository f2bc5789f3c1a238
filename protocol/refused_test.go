package protocol

import "testing"

// Who is refused says nothing of the ports in what it has posted. One that goes back to a carrier
// that it has handed on makes the same hops as before, and a GONE for those would be believed.
func TestRefusedSaysNothing(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		s, step := returning(t, 0, ID{1}, fuzzTicket(0, 0))
		step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Resume, Resumed: []ResumedPort{{Port: 4}, {Port: 8}}}})
		step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}}})
		carrier, carried := s.custody.claims[4], portID(s.custody.keys.prf, s.custody.endpoint, 2, 0)
		peer := Token{0, []Nonce{carrier.peerR}}
		refused := &Packet{Kind: Refused, To: carrier.id, From: carrier.peer, Token: peer, ToR: carrier.token.Nonces[0]}
		refused.VN, refused.VR = carrier.token.last()
		var effects []SessionEffect
		if leaves {
			step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Bye}})
			step(SessionEvent{Kind: SessionEnd})
			step(SessionEvent{Kind: SessionInherit})
			effects = step(SessionEvent{Kind: SessionPacket, Packet: refused})
		} else {
			step(SessionEvent{Kind: SessionPacket, Packet: refused})
			effects = step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Closed, Port: 4}})
		}
		for _, e := range effects {
			if e.Kind == SessionPublish && e.Packet.From == carried {
				t.Errorf("leaves %t: it says %v of the port that was in its message", leaves, e.Packet.Kind)
			}
		}
		if len(s.custody.transits)+len(s.custody.byID) != 0 {
			t.Errorf("leaves %t: it still answers for %d and %d", leaves, len(s.custody.byID), len(s.custody.transits))
		}
	}
}
