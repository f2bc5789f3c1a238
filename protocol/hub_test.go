package protocol

import (
	"bytes"
	"slices"
	"testing"
)

// testSettings are those of a hub.
var testSettings = &Settings{Keys: mustKeys(1)}

func mustKeys(n byte) *Keys {
	k, err := NewKeys(bytes.Repeat([]byte{n}, MinSecret))
	if err != nil {
		panic(err)
	}
	return k
}

// testHub runs sessions and a directory in one thread: what is published arrives in the order of
// publishing, the directory answers at once. Clients say frames; what they are sent is kept.
type testHub struct {
	t       *testing.T
	now     Time
	dir     *Directory
	clients []*testClient
	subs    map[ID][]*testClient
	jobs    []func()
}

type testClient struct {
	hub    *testHub
	s      *Session
	out    SessionOut
	sent   []Frame           // to the client, since it was last looked at, but for tickets
	caps   map[Handle][]byte // the newest tickets of its ports
	ticket []byte            // and of its session
	failed string
	done   bool
}

func newTestHub(t *testing.T) *testHub {
	return &testHub{t: t, dir: NewDirectory(), subs: map[ID][]*testClient{}}
}

func (h *testHub) join(who Identity, f Frame) *testClient {
	n := byte(len(h.clients) + 1)
	c := &testClient{hub: h, caps: map[Handle][]byte{}, s: NewSession(h.now, ID{0xff, n}, testSettings, who)}
	h.clients = append(h.clients, c)
	f.Kind, f.Version, f.Secret = Hello, Version, sampleSecret(n)
	c.say(f)
	c.sent = nil
	return c
}

// program joins a program of one user and origin.
func (h *testHub) program() *testClient {
	return h.join(Identity{User: "dev", Service: true}, Frame{Origin: "https://a.example"})
}

func (h *testHub) serve() {
	for len(h.jobs) > 0 {
		job := h.jobs[0]
		h.jobs = h.jobs[1:]
		job()
	}
}

// pass lets time pass, deadline by deadline.
func (h *testHub) pass(span Time) {
	for until := h.now + span; h.now < until; {
		next := until
		for _, c := range h.clients {
			next = min(next, c.s.Deadline())
		}
		h.now = max(h.now, next)
		for _, c := range h.clients {
			if c.s.Deadline() <= h.now {
				c.step(SessionEvent{Kind: SessionTime, Attach: PaceAttach})
			}
		}
		h.serve()
	}
}

func (c *testClient) say(frames ...Frame) {
	for i := range frames {
		c.step(SessionEvent{Kind: SessionFrame, Frame: &frames[i]})
		c.hub.serve()
	}
}

// end is the end of a client that says so.
func (c *testClient) end() {
	if c.failed == "" {
		c.say(Frame{Kind: Bye})
	}
	c.step(SessionEvent{Kind: SessionEnd})
	c.step(SessionEvent{Kind: SessionInherit}) // nothing: there is no heir here
	c.hub.serve()
}

func (c *testClient) step(ev SessionEvent) {
	h := c.hub
	c.s.Step(h.now, ev, &c.out)
	for _, f := range c.out.Effects {
		switch f.Kind {
		case SessionSend:
			sent, _, err := DecodeFrame(AppendFrame(nil, f.Frame))
			if err != nil {
				h.t.Fatal(err)
			}
			switch sent.Kind {
			case Cap:
				c.caps[sent.Port] = sent.Ticket
			case Ticket:
				c.ticket = sent.Ticket
			case Welcome:
				c.ticket = sent.Ticket
				fallthrough
			default:
				c.sent = append(c.sent, sent)
			}
		case SessionPublish:
			h.publish(f.Packet)
		case SessionSpread:
			for _, to := range h.subs[f.ID] {
				if to != c {
					to.sent = append(to.sent, *f.Frame)
				}
			}
		case SessionSubscribe:
			h.subs[f.ID] = append(h.subs[f.ID], c)
		case SessionUnsubscribe:
			h.subs[f.ID] = slices.DeleteFunc(h.subs[f.ID], func(o *testClient) bool { return o == c })
		case SessionAsk:
			var out SessionOut
			h.dir.Step(*f.Ask, &out)
			for _, answer := range out.Effects {
				h.publish(answer.Packet)
			}
		case SessionFail:
			c.failed = f.Text
		case SessionDone:
			c.done = true
		}
	}
	if err := c.s.Check(); err != nil {
		h.t.Fatalf("session %x: %v", c.s.custody.address[:2], err)
	}
}

func (h *testHub) publish(p *Packet) {
	p = p.Clone()
	for _, to := range slices.Clone(h.subs[p.To]) {
		h.jobs = append(h.jobs, func() { to.step(SessionEvent{Kind: SessionPacket, Packet: p}) })
	}
}

// got returns what the client was sent since the last look.
func (c *testClient) got() []Frame {
	sent := c.sent
	c.sent = nil
	return sent
}

// kinds are those of frames.
func kinds(frames []Frame) (kinds []Kind) {
	for _, f := range frames {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

func (c *testClient) wants(want ...Kind) []Frame {
	c.hub.t.Helper()
	got := c.got()
	if !slices.Equal(kinds(got), want) {
		c.hub.t.Fatalf("the client was sent %v, want %v", kinds(got), want)
	}
	return got
}

// connectFrame is a CONNECT of the n-th channel.
func connectFrame(n uint64, name string) Frame {
	a := handleOf(n, 0)
	return Frame{Kind: Connect, Port: a, Name: name, Ports: []PortState{{Port: a.twin()}}}
}
