package protocol

import (
	"fmt"
	"slices"
	"testing"
)

// crowd is a directory with sessions 1 to n of one partition.
func crowd(n int) *Directory {
	d := NewDirectory()
	for id := range n {
		d.Step(DirectoryEvent{Kind: DirectoryEnter, Session: SessionID(id + 1), Identity: Identity{Origin: "https://a.example", User: "u"}}, nil)
	}
	return d
}

// crowdConnects lets each session connect MaxPending times to one name, in turn. It returns the
// requests that wait, oldest first, and how many do not.
func crowdConnects(d *Directory, sessions int) (waiting []request, refused int) {
	for i := range MaxPending {
		for id := range sessions {
			m := d.members[SessionID(id+1)]
			ev := DirectoryEvent{Kind: DirectoryConnect, Session: m.id, Port: handleOf(uint64(i+1), 0), Name: "x"}
			ev.State.SendNext = uint64(m.id)<<32 | uint64(ev.Port) // tells which one it is
			for _, f := range d.Step(ev, nil) {
				if f.Kind == DirectoryCanceled && f.Session == m.id && f.Port == ev.Port && f.State.SendNext == ev.State.SendNext {
					refused++
				}
			}
			if m.requests[ev.Port] != nil {
				waiting = append(waiting, request{session: m, port: ev.Port, state: ev.State})
			}
		}
	}
	return waiting, refused
}

// Only so many wait for one name. Who leaves takes its own away, and the others keep their order.
func TestDirectoryManyWaiting(t *testing.T) {
	const sessions = 100
	d := crowd(sessions + 1)
	waiting, refused := crowdConnects(d, sessions)
	if len(waiting) != MaxWaiting || d.Waiting() != MaxWaiting || refused != sessions*MaxPending-MaxWaiting {
		t.Fatalf("%d, %d wait and %d are refused, of %d", len(waiting), d.Waiting(), refused, sessions*MaxPending)
	}
	for id := SessionID(1); id < sessions; id += 2 {
		own := len(d.members[id].requests)
		effects := d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: id}, nil)
		if len(effects) != own || slices.ContainsFunc(effects, func(f DirectoryEffect) bool {
			return f.Kind != DirectoryCanceled || f.Session != id
		}) {
			t.Fatalf("session %d had %d that waited; its end has %d effects", id, own, len(effects))
		}
	}
	waiting = slices.DeleteFunc(waiting, func(r request) bool { return r.session.id%2 == 1 })
	effects := d.Step(DirectoryEvent{Kind: DirectoryListen, Session: sessions + 1, Listener: 1, Name: "x"}, nil)
	if effects = effects[1:]; len(effects) != len(waiting) {
		t.Fatalf("%d of %d are answered", len(effects), len(waiting))
	}
	for i, f := range effects {
		if f.Kind != DirectoryConnection || f.State.SendNext != waiting[i].state.SendNext {
			t.Fatalf("number %d is %+v, want %+v", i, f, waiting[i])
		}
	}
	if d.Waiting() != 0 {
		t.Errorf("%d wait", d.Waiting())
	}
}

// A list of subscribers that was handed out stays as it was; one that did not change is
// handed out again.
func TestDirectoryHandsOut(t *testing.T) {
	d := crowd(3)
	step := func(kind DirectoryEventKind, id SessionID) []SessionID {
		if effects := d.Step(DirectoryEvent{Kind: kind, Session: id, Name: "c"}, nil); len(effects) > 0 {
			return effects[0].Sessions
		}
		return nil
	}
	step(DirectorySubscribe, 1)
	step(DirectorySubscribe, 2)
	first, again := step(DirectoryBroadcast, 1), step(DirectoryBroadcast, 2)
	if &first[0] != &again[0] {
		t.Error("a list that did not change was made twice")
	}
	step(DirectorySubscribe, 3)
	step(DirectoryUnsubscribe, 1)
	if got, want := fmt.Sprint(first, step(DirectoryBroadcast, 2)), "[1 2] [2 3]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A connect that is refused because too many wait: the caller's end is lost, and its
// session goes on.
func TestConnectRefused(t *testing.T) {
	const caller = MaxWaiting/MaxPending + 1
	d := crowd(caller - 1)
	crowdConnects(d, caller-1)
	s := NewSession(caller, []byte("key"), Identity{User: "u"})
	var sent []Frame
	var step func(ev SessionEvent)
	step = func(ev SessionEvent) {
		for _, f := range s.Step(ev, nil) {
			switch f.Kind {
			case SessionSend:
				sent = append(sent, *f.Frame)
			case SessionPublish:
				step(SessionEvent{Kind: SessionPacket, Packet: f.Packet})
			case SessionAsk:
				for _, answer := range d.Step(*f.Ask, nil) {
					step(SessionEvent{Kind: SessionAnswer, Answer: &answer})
				}
			case SessionFail:
				t.Fatal(f.Text)
			}
		}
	}
	say := func(f Frame) { step(SessionEvent{Kind: SessionFrame, Frame: &f}) }
	say(Frame{Kind: Hello, Version: Version, Origin: "https://a.example"})
	for n := range uint64(2 * MaxPending) { // those that are refused are not pending
		sent = nil
		port := handleOf(n+1, 0)
		say(Frame{Kind: Connect, Port: port, Name: "x", Ports: []PortState{{Port: port.twin()}}})
		if len(sent) != 1 || sent[0].Kind != Gone || sent[0].Port != port {
			t.Fatalf("the answer is %+v", sent)
		}
		say(Frame{Kind: Closed, Port: port})
	}
	if s.count != 0 || s.pending != 0 || len(s.byID) != 0 {
		t.Errorf("left are %d ports, %d pending, %d identities", s.count, s.pending, len(s.byID))
	}
}

// BenchmarkDirectoryLeave is the end of 100 sessions with MaxPending connects to one name, of which
// MaxWaiting wait, and MaxListeners listeners on another.
func BenchmarkDirectoryLeave(b *testing.B) {
	const sessions = 100
	for b.Loop() {
		b.StopTimer()
		d := crowd(sessions)
		crowdConnects(d, sessions)
		for n := range uint64(MaxListeners) {
			for id := range SessionID(sessions) {
				d.Step(DirectoryEvent{Kind: DirectoryListen, Session: id + 1, Listener: n, Name: "y"}, nil)
			}
		}
		b.StartTimer()
		for id := range SessionID(sessions) {
			d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: sessions - id}, nil)
		}
	}
}
