package protocol

import (
	"slices"
	"testing"
)

func crowdID(n int) ID { return ID{byte(n >> 8), byte(n)} }

type waiting struct {
	session ID
	port    Handle
}

// crowdConnects lets sessions 1 to n connect MaxPending times to one name, in turn. It returns the
// requests that wait, oldest first, and how many do not.
func crowdConnects(t testing.TB, d *Directory, sessions int, who Identity) (list []waiting, crowded int) {
	var out SessionOut
	for n := range sessions {
		d.Step(DirectoryEvent{Kind: DirectoryEnter, Session: crowdID(n + 1), Identity: who}, &out)
	}
	for i := range MaxPending {
		for n := range sessions {
			ev := DirectoryEvent{Kind: DirectoryConnect, Session: crowdID(n + 1), Port: handleOf(uint64(i+1), 0), Name: "x"}
			d.Step(ev, &out)
			switch {
			case len(out.Effects) == 0:
				list = append(list, waiting{ev.Session, ev.Port})
			case out.Effects[0].Packet.Kind == Crowded && out.Effects[0].Packet.To == ev.Session && out.Effects[0].Packet.Request == ev.Port:
				crowded++
			default:
				t.Fatalf("the answer is %+v", out.Effects[0].Packet)
			}
		}
	}
	return list, crowded
}

// Only so many wait for one name. Who leaves takes its own away, and the others keep their order.
func TestDirectoryManyWaiting(t *testing.T) {
	const sessions = 100
	d := NewDirectory()
	who := Identity{Origin: "https://a.example", User: "u"}
	list, crowded := crowdConnects(t, d, sessions, who)
	if len(list) != MaxWaiting || d.Waiting() != MaxWaiting || crowded != sessions*MaxPending-MaxWaiting {
		t.Fatalf("%d, %d wait and %d are refused, of %d", len(list), d.Waiting(), crowded, sessions*MaxPending)
	}
	var out SessionOut
	for n := 1; n < sessions; n += 2 {
		d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: crowdID(n)}, &out)
		if len(out.Effects) != 0 {
			t.Fatalf("session %d's end has %d effects", n, len(out.Effects))
		}
	}
	list = slices.DeleteFunc(list, func(r waiting) bool { return r.session[1]%2 == 1 })
	d.Step(DirectoryEvent{Kind: DirectoryEnter, Session: ID{9}, Identity: who}, &out)
	d.Step(DirectoryEvent{Kind: DirectoryListen, Session: ID{9}, Listener: 1, Name: "x"}, &out)
	effects := out.Effects[1:]
	if len(effects) != len(list) {
		t.Fatalf("%d of %d are answered", len(effects), len(list))
	}
	for i, f := range effects {
		if p := f.Packet; p.Kind != Matched || p.To != list[i].session || p.Request != list[i].port {
			t.Fatalf("number %d is %+v, want %+v", i, p, list[i])
		}
	}
}

// BenchmarkDirectoryLeave is the end of 100 sessions with MaxPending connects to one name, of which
// MaxWaiting wait, and MaxListeners listeners on another.
func BenchmarkDirectoryLeave(b *testing.B) {
	const sessions = 100
	var out SessionOut
	for b.Loop() {
		b.StopTimer()
		d := NewDirectory()
		crowdConnects(b, d, sessions, Identity{Origin: "https://a.example", User: "u"})
		for number := range uint64(MaxListeners) {
			for n := range sessions {
				d.Step(DirectoryEvent{Kind: DirectoryListen, Session: crowdID(n + 1), Listener: number, Name: "y"}, &out)
			}
		}
		b.StartTimer()
		for n := range sessions {
			d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: crowdID(sessions - n)}, &out)
		}
	}
}
