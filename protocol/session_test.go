package protocol

import (
	"reflect"
	"slices"
	"testing"
)

// What a client may not say ends its session.
func TestSessionRefuses(t *testing.T) {
	hello := Frame{Kind: Hello, Version: Version, Secret: sampleSecret(1), Origin: "https://a.example"}
	connect := Frame{Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6}}}
	page := Identity{User: "u", Origin: "https://page.example"}
	program := Identity{User: "dev", Service: true, Services: []string{"book"}}
	for _, c := range []struct {
		name     string
		identity Identity
		code     uint64
		frames   []Frame
	}{
		{"no HELLO", program, CodeProtocol, []Frame{{Kind: Ack, Port: 4}}},
		{"HELLO twice", program, CodeProtocol, []Frame{hello, hello}},
		{"another version", program, CodeVersion, []Frame{{Kind: Hello, Version: 1}}},
		{"an origin that is not the page's", page, CodeDenied, []Frame{hello}},
		{"a page that is a service", page, CodeDenied, []Frame{{Kind: Hello, Version: Version, Secret: sampleSecret(1), Service: true}}},
		{"an opaque origin that is stated", program, CodeDenied, []Frame{{Kind: Hello, Version: Version, Secret: sampleSecret(1),
			Origin: "null"}}},
		{"a service without an origin", program, CodeDenied, []Frame{{Kind: Hello, Version: Version, Secret: sampleSecret(1), Service: true}}},
		{"SPEC 1.15 a reserved name", program, CodeProtocol, []Frame{hello, {Kind: Listen, Listener: 1, Name: "_blank"}}},
		{"SPEC 1.15 an empty name", program, CodeProtocol, []Frame{hello, {Kind: Connect, Port: 4, Name: "", Ports: connect.Ports}}},
		{"a listener's number twice", program, CodeProtocol, []Frame{hello, {Kind: Listen, Listener: 1, Name: "a"},
			{Kind: Listen, Listener: 1, Name: "b"}}},
		{"an unknown handle", program, CodeProtocol, []Frame{hello, {Kind: Ack, Port: 4}}},
		{"a handle of the hub's that was not given", program, CodeProtocol, []Frame{hello, {Kind: Ack, Port: 1}}},
		{"channel 0", program, CodeProtocol, []Frame{hello, {Kind: Connect, Port: 2, Name: "x", Ports: []PortState{{Port: 0x0}}}}},
		{"CONNECT with the other end of another channel", program, CodeProtocol,
			[]Frame{hello, {Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 10}}}}},
		{"a channel twice", program, CodeProtocol, []Frame{hello, connect, connect}},
		{"DATA with a gap", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Seq: 1}}},
		{"a repeated message with a port that it had not", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4}, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}}}},
		{"an acknowledgement of what was not sent", program, CodeProtocol, []Frame{hello, connect, {Kind: Ack, Port: 4, Next: 1}}},
		{"CLOSE with another number", program, CodeProtocol, []Frame{hello, connect, {Kind: Close, Port: 4, Seq: 1}}},
		{"CLOSED without being asked", program, CodeProtocol, []Frame{hello, connect, {Kind: Closed, Port: 4}}},
		{"a port in its own message", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 4}}}}},
		{"a port twice in a message", program, CodeProtocol, []Frame{hello, connect,
			{Kind: Data, Port: 4, Ports: []PortState{{Port: 8}, {Port: 8}}}}},
		{"a port that is somebody else's", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 6}}}}},
		{"a port with messages that were not sent", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8, SendNext: 1}}}}},
		{"a port that got messages that it did not get", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8, RecvNext: 1}}}}},
		{"TAKEN without an offer", program, CodeProtocol, []Frame{hello, connect, {Kind: Taken, Port: 4}}},
		{"TAKEN for a handle that was not given", program, CodeProtocol, []Frame{hello, {Kind: Taken, Port: 1}}},
		{"CONNECT with a port that has moved", program, CodeProtocol,
			[]Frame{hello, {Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6, RecvNext: 1}}}}},
		{"CONNECT with a queue", program, CodeProtocol, []Frame{hello,
			{Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6, Queue: []Message{{}}}}}}},
		{"CONNECT by the other side", program, CodeProtocol, []Frame{hello, {Kind: Connect, Port: 6, Name: "x", Ports: []PortState{{Port: 4}}}}},
		{"DATA after CLOSE", program, CodeProtocol, []Frame{hello, connect, {Kind: Close, Port: 4}, {Kind: Data, Port: 4}}},
		{"a port that was closed in a message", program, CodeProtocol,
			[]Frame{hello, connect, connectFrame(2, "y"), {Kind: Close, Port: 8}, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}}}},
		{"a frame of the hub's", program, CodeProtocol, []Frame{hello, {Kind: Welcome, Version: Version}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSession(0, ID{1}, testSettings, c.identity)
			var failed []SessionEffect
			var out SessionOut
			for i, f := range c.frames {
				s.Step(0, SessionEvent{Kind: SessionFrame, Frame: &f}, &out)
				for _, effect := range slices.Clone(out.Effects) {
					if effect.Kind == SessionFail {
						failed = append(failed, effect)
						if i != len(c.frames)-1 {
							t.Errorf("frame %d is not allowed: %s", i, effect.Text)
						}
					}
				}
			}
			if len(failed) != 1 || failed[0].Code != c.code {
				t.Errorf("got %+v, want code %d", failed, c.code)
			}
		})
	}
}

// A name that the client may not serve is an answer, not an error.
func TestListenDenied(t *testing.T) {
	s := NewSession(0, ID{1}, testSettings, Identity{User: "dev", Service: true, Services: []string{"book"}})
	var got []Frame
	var out SessionOut
	for _, f := range []Frame{
		{Kind: Hello, Version: Version, Secret: sampleSecret(1), Origin: "https://a.example", Service: true},
		{Kind: Listen, Listener: 1, Name: "film"}, {Kind: Listen, Listener: 2, Name: "book"},
	} {
		s.Step(0, SessionEvent{Kind: SessionFrame, Frame: &f}, &out)
		for _, effect := range out.Effects {
			if effect.Kind == SessionSend && effect.Frame.Kind == Listening {
				got = append(got, *effect.Frame)
			}
		}
	}
	if want := []Frame{{Kind: Listening, Listener: 1, Code: Denied}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// SPEC 59 Broadcast reaches the others of the partition that have joined, and the sender does
// not hear itself.
func TestBroadcast(t *testing.T) {
	h := newTestHub(t)
	one, two, three := h.program(), h.program(), h.program()
	stranger := h.join(Identity{User: "other"}, Frame{Origin: "https://a.example"})
	elsewhere := h.join(Identity{User: "dev"}, Frame{Origin: "https://b.example"})
	for _, c := range []*testClient{one, two, stranger, elsewhere} {
		c.say(Frame{Kind: Subscribe, Name: "c"})
		if f := c.wants(Subscribed)[0]; f.Code != Registered || f.Name != "c" {
			t.Errorf("%+v", f)
		}
	}
	all := func(want ...int) {
		t.Helper()
		var got []int
		for i, c := range h.clients {
			if len(c.got()) > 0 {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v have got it, want %v", got, want)
		}
	}
	one.say(Frame{Kind: Broadcast, Name: "c", Body: []byte("x")})
	all(1)
	three.say(Frame{Kind: Broadcast, Name: "c", Body: []byte("x")})
	all(0, 1)
	one.say(Frame{Kind: Unsubscribe, Name: "c"}, Frame{Kind: Unsubscribe, Name: "c"})
	three.say(Frame{Kind: Broadcast, Name: "c", Body: []byte("x")})
	all(1)
	two.end()
	three.say(Frame{Kind: Broadcast, Name: "c", Body: []byte("x")}, Frame{Kind: Broadcast, Name: "d", Body: []byte("x")})
	all()
}

// SPEC 64 An opaque origin is the same as no other, and belongs to its endpoint.
func TestOpaqueOrigins(t *testing.T) {
	h := newTestHub(t)
	one, two := h.join(Identity{User: "u"}, Frame{}), h.join(Identity{User: "u", Origin: "null", Opaque: true}, Frame{})
	for _, c := range []*testClient{one, two} {
		c.say(Frame{Kind: Subscribe, Name: "c"}, Frame{Kind: Listen, Listener: 1, Name: "x"})
		c.wants(Subscribed, Listening)
		if !c.s.Identity().Opaque || c.s.Identity().Origin != "null" {
			t.Errorf("%+v", c.s.Identity())
		}
	}
	one.say(Frame{Kind: Broadcast, Name: "c"}, connectFrame(1, "x"))
	if len(two.got()) != 0 {
		t.Error("they reach each other")
	}
}

// A channel too many is an answer, not the end of the session; what is there goes on.
func TestChannelsLimit(t *testing.T) {
	h := newTestHub(t)
	c := h.program()
	name := func(n int) string { return string(rune('a' + n)) }
	for n := range MaxChannels {
		c.say(Frame{Kind: Subscribe, Name: name(n)})
	}
	c.got()
	c.say(Frame{Kind: Subscribe, Name: name(MaxChannels)}, Frame{Kind: Subscribe, Name: name(0)})
	got := c.wants(Subscribed, Subscribed)
	if got[0].Code != TooMany || got[1].Code != Registered || c.failed != "" {
		t.Errorf("%+v, failed %q", got, c.failed)
	}
	c.say(Frame{Kind: Unsubscribe, Name: name(3)}, Frame{Kind: Subscribe, Name: name(MaxChannels)})
	if f := c.wants(Subscribed)[0]; f.Code != Registered {
		t.Errorf("%+v", f)
	}
}

// A listener too many is an answer.
func TestListenersLimit(t *testing.T) {
	h := newTestHub(t)
	c := h.program()
	for n := range uint64(MaxListeners + 1) {
		c.say(Frame{Kind: Listen, Listener: n, Name: "x"})
	}
	got := c.got()
	if len(got) != MaxListeners+1 || got[MaxListeners-1].Code != Registered || got[MaxListeners].Code != TooMany || c.failed != "" {
		t.Errorf("%d answers, the last is %+v, failed %q", len(got), got[len(got)-1], c.failed)
	}
}

// HELLO has to come in time.
func TestHelloTimeout(t *testing.T) {
	s := NewSession(5, ID{1}, testSettings, Identity{})
	var out SessionOut
	if s.Deadline() != 5+HelloTimeout {
		t.Errorf("the deadline is %d", s.Deadline())
	}
	s.Step(4+HelloTimeout, SessionEvent{Kind: SessionTime, Attach: PaceAttach}, &out)
	if len(out.Effects) != 0 {
		t.Errorf("too early: %+v", out.Effects)
	}
	s.Step(5+HelloTimeout, SessionEvent{Kind: SessionTime, Attach: PaceAttach}, &out)
	if len(out.Effects) != 1 || out.Effects[0].Code != CodeTimeout || s.Deadline() != Never {
		t.Errorf("got %+v", out.Effects)
	}
}

// The endpoint that a client is follows from its secret, its user and its origin, and
// nobody learns it.
func TestEndpointID(t *testing.T) {
	seen := map[ID]string{}
	for _, user := range []string{"u", "uh", ""} {
		for _, origin := range []string{"https://a.example", "ttps://a.example", "null"} {
			for secret := range byte(3) {
				who := Identity{User: user, Origin: origin}
				id := endpointID([]byte("key"), &who, sampleSecret(secret))
				if id != endpointID([]byte("key"), &who, sampleSecret(secret)) || id == publicID([]byte("key"), id) {
					t.Error("not a function of its parts, or seen by others")
				}
				if other, ok := seen[id]; ok {
					t.Errorf("%q %q is the same as %s", user, origin, other)
				}
				seen[id] = user + " " + origin
			}
		}
	}
	// Two sessions of one secret make the same identities; that is what a resume will need.
	h := newTestHub(t)
	one, two := h.program(), h.program()
	if one.s.Identify(1, 0) == two.s.Identify(1, 0) {
		t.Error("two secrets make one identity")
	}
}

// A session that nobody answers is given up after a time, and says GONE once more.
func TestForget(t *testing.T) {
	h := newTestHub(t)
	c := h.program()
	c.say(connectFrame(1, "x"), Frame{Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}})
	other := h.program()
	other.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	port := other.got()[1].Ports[0].Port
	other.say(Frame{Kind: Taken, Port: port})
	c.say(Frame{Kind: Attached, Port: 4})
	other.wants(Attached)
	c.end()
	other.wants(Gone)
	h.pass(ForgetAfter - 1)
	if c.done || c.s.Ports() == 0 {
		t.Error("it is forgotten too early")
	}
	h.pass(1)
	if !c.done || c.s.Ports() != 0 {
		t.Errorf("%d ports are left", c.s.Ports())
	}
	if len(h.subs[c.s.custody.address]) != 0 {
		t.Error("its address is still subscribed")
	}
}

// SPEC 33 Both sides close a port at once, and one of them ends before it has said CLOSED: nobody
// waits for its answer, so its session is done.
func TestBothClosedAndGone(t *testing.T) {
	h := newTestHub(t)
	caller, listener := h.program(), h.program()
	listener.say(Frame{Kind: Listen, Listener: 1, Name: "x"})
	caller.say(connectFrame(1, "x"))
	port := listener.got()[1].Ports[0].Port
	listener.say(Frame{Kind: Taken, Port: port})
	caller.say(Frame{Kind: Attached, Port: 4})
	caller.step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Close, Port: 4}})
	listener.step(SessionEvent{Kind: SessionFrame, Frame: &Frame{Kind: Close, Port: port}})
	h.serve()
	caller.wants(Attach, Settled, Close)
	listener.wants(Attached, Close)
	caller.say(Frame{Kind: Closed, Port: 4})
	listener.end()
	if !listener.done {
		t.Errorf("it answers for %d ports", listener.s.Ports())
	}
	caller.end()
	if !caller.done {
		t.Errorf("the other one answers for %d ports", caller.s.Ports())
	}
}
