package protocol

import "testing"

// A session that comes back attaches as many ports at once as it is allowed, and the next ones
// PaceEvery later.
func TestPace(t *testing.T) {
	s := NewSession(0, ID{1}, testSettings, Identity{User: "dev", Origin: "https://a.example"})
	var out SessionOut
	step := func(now Time, ev SessionEvent) (attached int) {
		s.Step(now, ev, &out)
		for _, f := range out.Effects {
			switch {
			case f.Kind == SessionFail:
				t.Fatal(f.Text)
			case f.Kind == SessionPublish && f.Packet.Kind == Attach:
				attached++
			}
		}
		return attached
	}
	say := func(f Frame) { step(0, SessionEvent{Kind: SessionFrame, Frame: &f}) }
	secret := sampleSecret(1)
	endpoint := endpointID(testSettings.Keys.sets[0].prf, &Identity{User: "dev", Origin: "https://a.example"}, secret[:])
	say(Frame{Kind: Hello, Version: Version, Secret: secret[:], Channels: 5,
		Ticket: testSettings.Keys.sets[0].sealSession(endpoint, sessionTicket{0, 0})})
	var ports []ResumedPort
	for n := range uint64(5) {
		ports = append(ports, ResumedPort{Port: handleOf(n+1, 0)})
	}
	say(Frame{Kind: Resume, Resumed: ports})
	for _, turn := range []struct {
		after Time
		may   int
		want  int
	}{{0, 2, 2}, {PaceEvery, 0, 0}, {PaceEvery, 2, 2}, {PaceEvery, 2, 1}} {
		now := Time(0)
		if turn.after > 0 {
			if now = s.Deadline(); turn.want > 0 && now != s.custody.now+PaceEvery {
				t.Errorf("the next ones come %v later", now-s.custody.now)
			}
		}
		if got := step(now, SessionEvent{Kind: SessionTime, Attach: turn.may}); got != turn.want {
			t.Errorf("%d of %d were attached, want %d", got, turn.may, turn.want)
		}
	}
}
