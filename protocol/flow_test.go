package protocol

import (
	"slices"
	"testing"
)

// flowing is an endpoint with one port, handle 4, that its other side's owner has confirmed.
type flowing struct {
	t   *testing.T
	e   *Endpoint
	out Out
	now Time
}

func newFlowing(t *testing.T, first Limit) *flowing {
	f := &flowing{t: t, e: NewEndpoint()}
	f.e.Narrow(first)
	f.step(Event{Kind: EventStart, Secret: Secret{1}})
	f.frame(Frame{Kind: Welcome, Version: Version, Ticket: []byte("t"), Absence: 120_000})
	f.step(Event{Kind: EventConnect, Name: "x"})
	f.frame(Frame{Kind: Attach, Port: 4})
	return f
}

// step gives the frames that the endpoint sends.
func (f *flowing) step(ev Event) (sent []Frame) {
	f.e.Step(f.now, ev, &f.out)
	for _, effect := range f.out.Effects {
		if effect.Kind == EffectSend {
			copied, _, err := DecodeFrame(AppendFrame(nil, effect.Frame))
			if err != nil {
				f.t.Fatal(err)
			}
			sent = append(sent, copied)
		}
	}
	if err := f.e.Check(); err != nil {
		f.t.Fatal(err)
	}
	return sent
}

func (f *flowing) frame(frame Frame) []Frame { return f.step(Event{Kind: EventFrame, Frame: &frame}) }

func (f *flowing) post(bytes int, ports ...Held) []Frame {
	return f.step(Event{Kind: EventPost, Port: 4, Body: make([]byte, bytes), Ports: ports})
}

func (f *flowing) wants(got []Frame, want ...Kind) {
	f.t.Helper()
	if !slices.Equal(kinds(got), want) {
		f.t.Fatalf("it sends %v, want %v", kinds(got), want)
	}
}

// A message goes if its number, and the bytes before it, are below the limit. A limit that is lower
// than before says nothing.
func TestLimit(t *testing.T) {
	f := newFlowing(t, Limit{Bytes: 100, Messages: 4})
	f.wants(f.post(60), Data)
	f.wants(f.post(500), Data) // 60 bytes are before it
	f.wants(f.post(1))
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{50, 9}}))
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{560, 9}}))
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{561, 3}}), Data)
	f.wants(f.post(1)) // at 561 bytes
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{10_000, 4}}), Data)
	f.wants(f.post(1), Data)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{10_000, 4}}))
	if n, bytes := f.e.Behind(4); n != 3 || bytes != 3 || f.e.Backlog() != 3 {
		t.Errorf("%d messages of %d bytes wait; %d in all", n, bytes, f.e.Backlog())
	}
}

// What is sent again is within the limit, too, and does not count twice.
func TestLimitAgain(t *testing.T) {
	f := newFlowing(t, Limit{Bytes: 100, Messages: 3})
	for range 5 {
		f.post(1)
	}
	f.wants(f.frame(Frame{Kind: Dropped, Port: 4}), Data, Data, Data)
	f.wants(f.frame(Frame{Kind: Attach, Port: 4, Next: 1}), Attached, Data, Data)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 3, Limit: Limit{100, 4}}), Data)
	f.step(Event{Kind: EventLost})
	f.wants(f.step(Event{Kind: EventStart}), Hello)
	f.wants(f.frame(Frame{Kind: Welcome, Version: Version, Ticket: []byte("t")}), Resume, Connect)
	f.wants(f.frame(Frame{Kind: Attached, Port: 4, Next: 4, Limit: Limit{100, 5}}), Data)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 5}))
}

// Who has something to send, nothing under way, and no limit left asks now and then, in case the
// answer was lost.
func TestBlocked(t *testing.T) {
	f := newFlowing(t, Limit{Bytes: 100, Messages: 1})
	f.post(1)
	f.post(1)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 1}))
	waits := func() (waited []int64) {
		for range 3 {
			began := f.now
			for {
				f.now = f.e.Deadline()
				if sent := f.step(Event{Kind: EventTime}); len(sent) > 0 {
					f.wants(sent, Blocked)
					break
				}
			}
			f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 1, Limit: Limit{100, 1}})) // it was not lost
			waited = append(waited, int64((f.now-began)/second))
		}
		return waited
	}
	if got := waits(); !slices.Equal(got, []int64{1, 2, 4}) {
		t.Errorf("it asks after %v s", got)
	}
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 1, Limit: Limit{100, 2}}), Data)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{100, 2}}))
	f.now = f.e.Deadline()
	f.wants(f.step(Event{Kind: EventTime}))
	if d := f.e.Deadline(); d != Never {
		t.Errorf("with nothing to send it waits until %d", d)
	}
}

// What is dispatched lets the limit rise: it is told when that is half a window, and with every
// acknowledgement. What comes beyond it is not taken in.
func TestGrant(t *testing.T) {
	f := newFlowing(t, Limit{Bytes: 100, Messages: 4})
	f.frame(Frame{Kind: Attached, Port: 4})
	take := func(seq uint64, bytes int) []Frame {
		return f.frame(Frame{Kind: Data, Port: 4, Seq: seq, Body: make([]byte, bytes)})
	}
	for seq := range uint64(4) {
		take(seq, 10)
	}
	f.wants(take(4, 10))
	if p, _ := f.e.Inspect(4); p.Owed != 4 {
		t.Errorf("%d messages were taken in", p.Owed)
	}
	f.now = second // later than a window would be used up that could be larger
	f.wants(f.step(Event{Kind: EventDispatched, Port: 4, Count: 1}))
	sent := f.step(Event{Kind: EventDispatched, Port: 4, Count: 1})
	f.wants(sent, Ack)
	if want := (Limit{120, 6}); sent[0].Limit != want || sent[0].Next != 4 {
		t.Errorf("%+v, want %v", sent[0], want)
	}
	take(4, 95)
	take(5, 1) // 135 bytes are before it
	sent = f.frame(Frame{Kind: Blocked, Port: 4})
	f.wants(sent, Ack)
	if want := (Limit{120, 6}); sent[0].Limit != want || sent[0].Next != 5 {
		t.Errorf("%+v, want %v", sent[0], want)
	}
	f.wants(f.step(Event{Kind: EventDispatched, Port: 4, Count: 99}), Ack) // more than there are
	if sent = f.frame(Frame{Kind: Blocked, Port: 4}); sent[0].Limit != (Limit{235, 9}) {
		t.Errorf("%+v", sent[0])
	}
}

// A window that is used up at once grows, to four times what it was.
func TestWindowGrows(t *testing.T) {
	for _, soon := range []bool{true, false} {
		f := newFlowing(t, Limit{Bytes: 1000, Messages: 4})
		f.frame(Frame{Kind: Attached, Port: 4})
		limit := Limit{}
		for seq := range uint64(100) {
			f.frame(Frame{Kind: Data, Port: 4, Seq: seq, Body: []byte{1}})
			for _, sent := range f.step(Event{Kind: EventDispatched, Port: 4, Count: 1}) {
				limit = sent.Limit
			}
			if !soon {
				f.now += second
			}
		}
		most := limit.Messages - 100
		if soon && (most < 4*4-8 || most > 4*4) || !soon && most > 4 {
			t.Errorf("used up soon %t: %d messages more than were dispatched", soon, most)
		}
	}
}

// A port in a message that may not be sent yet is in transit: the session is told, without bodies.
// CLOSE is said after that message, and once more when it was sent.
func TestParked(t *testing.T) {
	f := newFlowing(t, Limit{Bytes: 100, Messages: 1})
	f.post(1)
	f.step(Event{Kind: EventChannel}) // 8 and 10
	f.wants(f.post(1))
	queue := []Queued{{Body: []byte("queued")}}
	sent := f.post(1, Held{Port: 10, Queue: queue})
	f.wants(sent, Parked)
	if p := sent[0].Ports[0]; sent[0].Seq != 2 || p.Port != 10 || len(p.Queue) != 1 || len(p.Queue[0].Body) != 0 {
		t.Errorf("%+v", sent[0])
	}
	f.wants(f.step(Event{Kind: EventPost, Port: 8, Body: []byte("its other end may be used")}), Data)
	f.wants(f.step(Event{Kind: EventClose, Port: 4}), Close)
	f.wants(f.frame(Frame{Kind: Ack, Port: 4, Next: 1, Limit: Limit{100, 2}}), Data)
	sent = f.frame(Frame{Kind: Ack, Port: 4, Next: 2, Limit: Limit{100, 3}})
	f.wants(sent, Data, Close)
	if p := sent[0].Ports[0]; string(p.Queue[0].Body) != "queued" || sent[1].Seq != 3 {
		t.Errorf("%+v", sent)
	}
	f.wants(f.frame(Frame{Kind: Closed, Port: 4, Next: 3}))

	f = newFlowing(t, Limit{Bytes: 100, Messages: 1})
	f.post(1)
	f.post(1)
	f.wants(f.step(Event{Kind: EventClose, Port: 4}), Parked, Close) // so that CLOSE has a number that the session knows
}

// The limits travel with a port. Nobody is believed to have granted more than four windows beyond
// what has come, and numbers that do not fit together do no harm.
func TestFlowTravels(t *testing.T) {
	first := Limit{Bytes: 100, Messages: 4}
	for _, c := range []struct {
		name    string
		flow    Flow
		granted Limit // in the first acknowledgement
		sends   int   // of three messages of 10 bytes
	}{
		{"a new one", Flow{}, Limit{100, 12}, 0},
		{"as it was left", Flow{SendBytes: 500, SendLimit: Limit{515, 50}, RecvBytes: 300, RecvLimit: Limit{390, 11}}, Limit{400, 12}, 2},
		{"too much granted", Flow{SendBytes: 500, SendLimit: Limit{MaxInteger, MaxInteger}, RecvBytes: 300,
			RecvLimit: Limit{MaxInteger, MaxInteger}}, Limit{700, 24}, 3},
		{"less posted than is retained", Flow{SendBytes: 1, SendLimit: Limit{20, 50}}, Limit{100, 12}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFlowing(t, first)
			f.frame(Frame{Kind: Attached, Port: 4})
			state := PortState{Port: 1, SendNext: 7, RecvNext: 8, Retained: []Message{{Body: make([]byte, 7)}}, Flow: c.flow}
			f.frame(Frame{Kind: Data, Port: 4, Body: []byte("x"), Ports: []PortState{state}})
			sent := f.frame(Frame{Kind: Attach, Port: 1, Next: 7})
			f.wants(sent, Attached)
			if sent[0].Limit != c.granted {
				t.Errorf("granted %v, want %v", sent[0].Limit, c.granted)
			}
			n := 0
			for range 3 {
				n += len(f.step(Event{Kind: EventPost, Port: 1, Body: make([]byte, 10)}))
			}
			if n != c.sends {
				t.Errorf("%d messages go, want %d", n, c.sends)
			}
		})
	}
}
