package protocol

import (
	"fmt"
	"slices"
	"testing"
)

// SPEC 1.15 A connection is taken before anybody is told, and confirmed before it is shown.
func TestConnectTaken(t *testing.T) {
	h := newTestHub(t)
	caller, listener := h.program(), h.program()
	listener.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	listener.wants(Listening)
	caller.say(connectFrame(1, "x"))
	caller.wants()
	f := listener.wants(Connection)[0]
	if f.Listener != 1 || f.Origin != "https://a.example" || f.User != "dev" {
		t.Errorf("the listener got %+v", f)
	}
	port := f.Ports[0].Port
	listener.say(Frame{Kind: Taken, Port: port})
	caller.wants(Attach, Settled)
	listener.wants()
	caller.say(Frame{Kind: Attached, Port: 4})
	if f := listener.wants(Attached)[0]; f.Port != port {
		t.Errorf("confirmed is %+v", f)
	}
	caller.say(Frame{Kind: Data, Port: 4, Body: []byte("hi")})
	listener.wants(Data)
	if n := h.dir.Waiting() + caller.s.Pending(); n != 0 {
		t.Errorf("%d wait", n)
	}
}

// An offer that the listener's endpoint has not taken goes to the next listener when the
// first one ends.
func TestConnectOfferedAgain(t *testing.T) {
	for name, leave := range map[string]func(*testClient){
		"the session ends":     (*testClient).end,
		"the listener is gone": func(c *testClient) { c.say(Frame{Kind: Unlisten, Listener: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestHub(t)
			caller, first, second := h.program(), h.program(), h.program()
			for _, c := range []*testClient{first, second} {
				c.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
				c.wants(Listening)
			}
			caller.say(connectFrame(1, "x"))
			late := first.wants(Connection)[0].Ports[0].Port
			leave(first)
			port := second.wants(Connection)[0].Ports[0].Port
			second.say(Frame{Kind: Taken, Port: port})
			caller.wants(Attach, Settled)
			if first.failed = ""; !first.s.ended {
				first.wants(Refused)
				first.say(Frame{Kind: Taken, Port: late}) // it had left before REFUSED came
			}
			caller.wants()
			caller.say(Frame{Kind: Attached, Port: 4})
			second.wants(Attached)
			if first.failed != "" {
				t.Error(first.failed)
			}
		})
	}
}

// Of two listeners that have taken a connect, the one whose ATTACH came first has it; the
// other is refused.
func TestConnectTakenTwice(t *testing.T) {
	h := newTestHub(t)
	caller, first, second := h.program(), h.program(), h.program()
	first.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	caller.say(connectFrame(1, "x"))
	one := first.got()[1].Ports[0].Port
	// The directory of another hub offers it once more.
	h.publish(&Packet{Kind: Matched, To: caller.s.custody.address, From: second.s.custody.address, Request: 4, Offer: 1, Listener: 7})
	second.s.listeners = map[uint64]struct{}{7: {}}
	h.serve()
	two := second.wants(Connection)[0].Ports[0].Port
	first.say(Frame{Kind: Taken, Port: one})
	second.say(Frame{Kind: Taken, Port: two})
	caller.wants(Attach, Settled)
	second.wants() // the caller may not have kept whom its session has accepted
	caller.say(Frame{Kind: Attached, Port: 4})
	first.wants(Attached)
	h.pass(attachAgain)
	second.wants(Refused)
	second.say(Frame{Kind: Closed, Port: two})
	if n := second.s.Ports(); n != 0 {
		t.Errorf("%d ports are left", n)
	}
}

// Of two that have taken a connect one is gone, and the caller was told that. The other one, which
// comes too late, learns that nobody waits for it: it has nothing to answer for after a time.
func TestConnectTakenTooLate(t *testing.T) {
	h := newTestHub(t)
	caller, first, second := h.program(), h.program(), h.program()
	first.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	caller.say(connectFrame(1, "x"))
	one := first.got()[1].Ports[0].Port
	h.publish(&Packet{Kind: Matched, To: caller.s.custody.address, From: second.s.custody.address, Request: 4, Offer: 1, Listener: 7})
	second.s.listeners = map[uint64]struct{}{7: {}}
	h.serve()
	two := second.wants(Connection)[0].Ports[0].Port
	first.say(Frame{Kind: Taken, Port: one})
	caller.say(Frame{Kind: Attached, Port: 4})
	first.end()
	caller.wants(Attach, Settled, Gone)
	caller.say(Frame{Kind: Closed, Port: 4})
	second.say(Frame{Kind: Taken, Port: two})
	second.wants()
	h.pass(OfferTimeout)
	second.wants(Refused)
	second.say(Frame{Kind: Closed, Port: two})
	if n := second.s.Ports(); n != 0 {
		t.Errorf("it answers for %d ports", n)
	}
}

// A caller that closes takes its connect back; what was offered decides otherwise only
// if it was taken.
func TestConnectCanceled(t *testing.T) {
	h := newTestHub(t)
	caller, listener := h.program(), h.program()
	caller.say(connectFrame(1, "x"))
	caller.say(Frame{Kind: Close, Port: 4})
	caller.wants(Settled, Gone)
	caller.say(Frame{Kind: Closed, Port: 4})
	listener.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	listener.wants(Listening)

	caller.say(connectFrame(2, "x"))
	offered := listener.wants(Connection)[0].Ports[0].Port
	caller.say(Frame{Kind: Data, Port: 8, Body: []byte("last words")}, Frame{Kind: Close, Port: 8, Seq: 1})
	listener.wants() // who was offered it may still take it
	caller.wants()
	listener.say(Frame{Kind: Unlisten, Listener: 1})
	listener.wants(Refused)
	caller.wants(Settled, Gone)
	caller.say(Frame{Kind: Closed, Port: 8})
	listener.say(Frame{Kind: Taken, Port: offered}, Frame{Kind: Closed, Port: offered})
	if listener.failed != "" {
		t.Error(listener.failed)
	}
	listener.say(Frame{Kind: Listen, Listener: 2, Name: "x"})
	listener.wants(Listening)

	caller.say(connectFrame(3, "x"))
	taken := listener.wants(Connection)[0].Ports[0].Port
	listener.say(Frame{Kind: Taken, Port: taken})
	caller.wants(Attach, Settled)
	caller.say(Frame{Kind: Close, Port: 12}, Frame{Kind: Attached, Port: 12}, Frame{Kind: Close, Port: 12})
	listener.wants(Attached, Close)
	listener.say(Frame{Kind: Closed, Port: taken})
	caller.wants(Closed)
	if n := caller.s.Ports() + listener.s.Ports() + h.dir.Waiting(); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A caller that is gone while its end is elsewhere: whoever has that is told, unless a listener has
// the other one.
func TestConnectCallerGone(t *testing.T) {
	for _, taken := range []bool{false, true} {
		t.Run(fmt.Sprint("taken ", taken), func(t *testing.T) {
			h := newTestHub(t)
			caller, friend, listener := h.program(), h.program(), h.program()
			friend.say(Frame{Kind: Listen, Listener: 1, Name: "friend"})
			caller.say(connectFrame(1, "friend"))
			carrier := friend.got()[1].Ports[0].Port
			friend.say(Frame{Kind: Taken, Port: carrier})
			caller.say(Frame{Kind: Attached, Port: 4})
			caller.say(connectFrame(2, "x"))
			caller.say(Frame{Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}})
			got := friend.got()
			port := got[len(got)-1].Ports[0].Port
			friend.say(Frame{Kind: Ack, Port: carrier, Next: 1})
			if taken {
				listener.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
				listener.say(Frame{Kind: Taken, Port: listener.got()[1].Ports[0].Port})
				friend.say(Frame{Kind: Attached, Port: port})
				listener.wants(Attach, Attached)
				friend.got()
			}
			caller.end()
			told := slices.ContainsFunc(friend.got(), func(f Frame) bool { return f.Kind == Gone && f.Port == port })
			if told == taken {
				t.Errorf("the new owner is told %t", told)
			}
			friend.say(Frame{Kind: Closed, Port: carrier})
			if !taken {
				friend.say(Frame{Kind: Closed, Port: port})
			}
			if !caller.done {
				t.Errorf("the caller's session is not done: %d ports", caller.s.Ports())
			}
		})
	}
}

// An offer that nobody answers is made to the next one after a time; a claim that nobody confirms
// is given up, unseen.
func TestConnectTimes(t *testing.T) {
	h := newTestHub(t)
	caller, first := h.program(), h.program()
	first.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	first.wants(Listening)
	caller.say(connectFrame(1, "x"))
	h.subs[caller.s.Identify(1, 0)] = nil // what follows does not reach the caller's end
	first.wants(Connection)
	second := h.program()
	second.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	second.wants(Listening)
	h.pass(OfferTimeout - 1)
	second.wants()
	h.pass(1)
	second.wants(Connection)
	first.wants(Refused)
	two := second.s.Handles()[0]
	second.say(Frame{Kind: Taken, Port: two})
	caller.wants(Settled)
	h.pass(OfferTimeout)
	second.wants(Refused)
	second.say(Frame{Kind: Closed, Port: two})
	if n := first.s.Ports() + second.s.Ports(); n != 1 {
		t.Errorf("%d ports are left, not the tombstone alone", n)
	}
}

// A limit of one call ends that call, never the session.
func TestConnectLimit(t *testing.T) {
	h := newTestHub(t)
	caller := h.program()
	for n := range uint64(MaxPending) {
		caller.say(connectFrame(n+1, "x"))
	}
	caller.wants()
	one := connectFrame(MaxPending+1, "x")
	caller.say(one)
	if f := caller.wants(Settled, Gone)[1]; f.Port != one.Port {
		t.Errorf("%+v is told", f)
	}
	caller.say(Frame{Kind: Closed, Port: one.Port})
	if caller.failed != "" || caller.s.Pending() != MaxPending {
		t.Errorf("failed %q, %d wait", caller.failed, caller.s.Pending())
	}
}

// The directory of a name that too many wait for refuses one more: that connect is lost, its
// session lives.
func TestConnectCrowded(t *testing.T) {
	h := newTestHub(t)
	crowdConnects(t, h.dir, MaxWaiting/MaxPending, Identity{Origin: "https://a.example", User: "dev"})
	caller := h.program()
	for n := range uint64(2 * MaxPending) { // those that are refused are not pending
		f := connectFrame(n+1, "x")
		caller.say(f)
		caller.wants(Settled, Gone)
		caller.say(Frame{Kind: Closed, Port: f.Port})
	}
	if n := caller.s.Ports() + caller.s.Pending(); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A listener that has all the ports that it may have loses the connection, and a message with a
// port in it brings that port without a peer. Its session lives, and so does everything else.
func TestPortsLimit(t *testing.T) {
	h := newTestHub(t)
	caller, full := h.program(), h.program()
	full.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	caller.say(connectFrame(1, "x"))
	carrier := full.got()[1].Ports[0].Port
	full.say(Frame{Kind: Taken, Port: carrier})
	caller.say(Frame{Kind: Attached, Port: 4})
	full.say(connectFrame(1, "nobody"))
	n := uint64(1)
	for seq := uint64(0); full.s.Ports() < MaxPorts; seq++ {
		f := Frame{Kind: Data, Port: 4, Seq: seq}
		for range 32 {
			n++
			f.Ports = append(f.Ports, PortState{Port: handleOf(n, 0)})
		}
		full.say(f)
	}
	full.got()
	caller.got()

	caller.say(connectFrame(2, "x"))
	if f := caller.wants(Settled, Gone)[1]; f.Port != 8 {
		t.Errorf("%+v is told", f)
	}
	full.wants()

	caller.say(Frame{Kind: Data, Port: 4, Body: []byte("ports"), Ports: []PortState{
		{Port: 12, Queue: []Message{{Body: []byte("q"), Ports: []PortState{{Port: 16}}}}}}})
	f := full.wants(Data)[0]
	if p := f.Ports[0]; !p.Ended || !p.Lost || string(p.Queue[0].Body) != "q" || !p.Queue[0].Ports[0].Lost {
		t.Errorf("it brings %+v", f.Ports)
	}
	lost := caller.wants(Gone, Gone)
	if lost[0].Port+lost[1].Port != 14+18 {
		t.Errorf("%+v are told", lost)
	}
	full.say(Frame{Kind: Ack, Port: carrier, Next: 1})
	caller.say(Frame{Kind: Data, Port: 4, Seq: 1, Body: []byte("more")})
	full.wants(Data)
	if caller.failed+full.failed != "" {
		t.Errorf("%q %q", caller.failed, full.failed)
	}
}

// A client that goes on making ports beyond what an endpoint would is ended.
func TestPortsFlood(t *testing.T) {
	h := newTestHub(t)
	c := h.program()
	c.say(connectFrame(1, "nobody"))
	n := uint64(1)
	for seq := uint64(0); c.failed == "" && seq < 3*MaxPorts/64; seq++ {
		f := Frame{Kind: Data, Port: 4, Seq: seq}
		for range 64 {
			n++
			f.Ports = append(f.Ports, PortState{Port: handleOf(n, 0)})
		}
		c.say(f)
	}
	if c.failed != "too many ports" || c.s.Ports() > maxClaims {
		t.Errorf("%q with %d ports", c.failed, c.s.Ports())
	}
}
