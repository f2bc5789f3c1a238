package protocol

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// hostileWorld is a hub with honest clients and one that says anything. Only what the honest ones
// say to each other is checked.
type hostileWorld struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	clients []*hostileClient
	subs    map[ID][]*hostileClient
	dir     *Directory
	jobs    []func()
	next    SessionID
	fails   int
}

type hostileClient struct {
	id    SessionID
	e     *Endpoint // nil: hostile
	s     *Session
	ended bool
	ports []Handle // honest: in the application's hands
	got   []byte   // honest: the bodies that came over the private channel
	from  Handle   // the private channel
}

func (w *hostileWorld) join(e *Endpoint) *hostileClient {
	w.next++
	c := &hostileClient{id: w.next, e: e, s: NewSession(w.next, []byte("key"), Identity{User: "dev", Service: true})}
	w.clients = append(w.clients, c)
	if e != nil {
		w.step(c, Event{Kind: EventStart, Origin: "https://a.example"})
	} else {
		w.say(c, Frame{Kind: Hello, Version: Version, Origin: "https://a.example"})
	}
	return c
}

// step steps an honest endpoint. What it sends arrives at once and in order; the sessions'
// packets are jobs.
func (w *hostileWorld) step(c *hostileClient, ev Event) (channel Effect) {
	for _, f := range c.e.Step(ev, nil) {
		switch f.Kind {
		case EffectSend:
			w.say(c, *f.Frame)
		case EffectChannel:
			channel = f
		case EffectDeliver:
			if f.Port == c.from {
				c.got = append(c.got, f.Body...)
			}
			w.hold(c, f.Ports)
		case EffectConnection:
			w.hold(c, f.Ports)
		case EffectClosed:
			c.ports = slices.DeleteFunc(c.ports, func(h Handle) bool { return h == f.Port })
		case EffectFailed:
			w.t.Errorf("seed %d: an honest client's hub fails it: %s", w.seed, f.Text)
		}
	}
	return channel
}

func (w *hostileWorld) hold(c *hostileClient, held []Held) {
	for _, h := range held {
		if h.Port != 0 {
			c.ports = append(c.ports, h.Port)
		}
		for _, q := range h.Queue {
			w.hold(c, q.Ports)
		}
	}
}

func (w *hostileWorld) say(c *hostileClient, f Frame) {
	w.give(c, SessionEvent{Kind: SessionFrame, Frame: &f})
}

func (w *hostileWorld) give(c *hostileClient, ev SessionEvent) {
	check := &simWorld{t: w.t}
	for _, f := range c.s.Step(ev, nil) {
		switch f.Kind {
		case SessionSend:
			if c.e != nil {
				w.jobs = append(w.jobs, func() { w.step(c, Event{Kind: EventFrame, Frame: f.Frame}) })
			}
		case SessionPublish:
			for _, to := range w.subs[f.Packet.To] {
				w.jobs = append(w.jobs, func() { w.give(to, SessionEvent{Kind: SessionPacket, Packet: f.Packet}) })
			}
		case SessionSubscribe:
			w.subs[f.ID] = append(slices.Clone(w.subs[f.ID]), c)
		case SessionUnsubscribe:
			w.subs[f.ID] = slices.DeleteFunc(slices.Clone(w.subs[f.ID]), func(o *hostileClient) bool { return o == c })
		case SessionAsk:
			for _, a := range w.dir.Step(*f.Ask, nil) {
				if a.Kind != DirectoryDelivered {
					to := w.clients[a.Session-1]
					w.jobs = append(w.jobs, func() { w.give(to, SessionEvent{Kind: SessionAnswer, Answer: &a}) })
				}
			}
		case SessionFail:
			if c.e != nil {
				w.t.Errorf("seed %d: an honest client is failed: %s", w.seed, f.Text)
			}
			w.fails++
			c.ended = true
			w.jobs = append(w.jobs, func() { w.give(c, SessionEvent{Kind: SessionEnd}) })
		}
	}
	if check.checkSession(c.s); check.violation != "" {
		w.t.Errorf("seed %d: %s", w.seed, check.violation)
	}
}

func (w *hostileWorld) serve() {
	for len(w.jobs) > 0 {
		job := w.jobs[0] // one queue for all keeps every order
		w.jobs = w.jobs[1:]
		job()
	}
}

// anyHandle is one of the client's own, or of somebody's fancy.
func (w *hostileWorld) anyHandle(c *hostileClient) Handle {
	if n := len(c.s.claims); n > 0 && w.r.IntN(40) > 0 {
		return sortedKeys(c.s.claims)[w.r.IntN(n)]
	}
	return Handle(w.r.IntN(40))
}

func (w *hostileWorld) anyPorts(c *hostileClient, depth int) (ports []PortState) {
	for range max(0, w.r.IntN(5)-2) {
		p := PortState{Port: w.anyHandle(c), RecvNext: uint64(w.r.IntN(2))}
		if o := c.s.claims[p.Port]; o != nil && w.r.IntN(30) > 0 {
			p.SendNext, p.RecvNext = o.sendNext, o.next
		}
		if w.r.IntN(6) == 0 {
			p = PortState{Ended: true, Lost: w.r.IntN(2) == 0}
		}
		for depth < 3 && w.r.IntN(3) == 0 {
			p.Queue = append(p.Queue, Message{[]byte{1}, w.anyPorts(c, depth+1)})
		}
		for !p.Ended && uint64(len(p.Retained)) < p.SendNext && w.r.IntN(30) == 0 {
			p.Retained = append(p.Retained, Message{[]byte{2}, w.anyPorts(c, depth+1)})
		}
		ports = append(ports, p)
	}
	return ports
}

// anyFrame is often nearly right, so that it gets far.
func (w *hostileWorld) anyFrame(c *hostileClient) Frame {
	h := w.anyHandle(c)
	f := Frame{Port: h, Body: []byte{0}, Name: []string{"a", "b", "a", "b", "_"}[w.r.IntN(81)/20], Listener: w.r.Uint64N(1000)}
	if o := c.s.claims[h]; o != nil {
		f.Seq, f.Next = o.sendNext, o.next
		switch w.r.IntN(20) {
		case 0:
			f.Seq += w.r.Uint64N(2)
		case 1:
			f.Seq -= min(f.Seq, w.r.Uint64N(3))
		case 2:
			f.Next = o.in
		case 3:
			f.Next = o.in + w.r.Uint64N(2)
		case 4, 5, 6, 7:
			f.Next = o.in
		}
	}
	n := w.r.IntN(100)
	if len(c.s.claims) == 0 {
		n = 88 + n/8 // there is not much else to say
	}
	switch {
	case n < 50:
		f.Kind, f.Ports = Data, w.anyPorts(c, 0)
	case n < 60:
		f.Kind = Ack
	case n < 68:
		f.Kind = Attached
	case n < 74:
		f.Kind = Close
	case n < 79:
		f.Kind = Closed
		if o := c.s.claims[h]; o != nil && !o.ending && w.r.IntN(20) > 0 {
			f.Kind = Ack
		}
	case n < 83:
		f.Kind = Gone
	case n < 88:
		f.Kind = Listen
	case n < 90:
		f.Kind = Unlisten
	case n < 99:
		f.Kind, f.Port = Connect, handleOf(c.s.channels+1, 0)
		f.Ports = []PortState{{Port: f.Port.twin()}}
		if w.r.IntN(10) == 0 {
			f.Ports[0].Queue = []Message{{Ports: w.anyPorts(c, 0)}}
		}
	case w.r.IntN(4) > 0:
		f.Kind, f.Name = Broadcast, "c"
	default:
		f.Kind = []Kind{Hello, Welcome, Attach, Refused, Connection, Broadcast, Subscribe}[w.r.IntN(7)]
	}
	return f
}

// TestHostile lets a client say anything. Honest ones share names and ports with it, hand its ports
// to each other, and are neither failed nor disturbed in what they say to each other on a channel
// of their own (I9).
func TestHostile(t *testing.T) {
	fails, said := 0, 0
	for seed := *simSeed; seed < *simSeed+*simSeeds; seed++ {
		w := &hostileWorld{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 3)), subs: map[ID][]*hostileClient{}, dir: NewDirectory()}
		one, two := w.join(NewEndpoint()), w.join(NewEndpoint())
		w.step(two, Event{Kind: EventListen, Listener: 9, Name: "private"})
		near := w.step(one, Event{Kind: EventConnect, Name: "private"}).Port
		w.serve()
		two.from, two.ports = two.ports[0], nil
		for _, c := range []*hostileClient{one, two} {
			w.step(c, Event{Kind: EventListen, Listener: 1, Name: "a"})
			w.step(c, Event{Kind: EventConnect, Name: "b"})
		}
		bad := w.join(nil)
		var want []byte
		for range 300 {
			switch c := []*hostileClient{one, two}[w.r.IntN(2)]; w.r.IntN(6) {
			case 0:
				want = append(want, byte(len(want)))
				w.step(one, Event{Kind: EventPost, Port: near, Body: want[len(want)-1:]})
			case 1:
				w.honest(c)
			case 2:
				w.serve()
			default:
				if w.r.IntN(3) == 0 {
					w.serve()
				}
				if bad.ended {
					bad = w.join(nil)
				}
				w.say(bad, w.anyFrame(bad))
				said++
			}
		}
		w.serve()
		if !slices.Equal(two.got, want) {
			t.Fatalf("seed %d: got %v, want %v", seed, two.got, want)
		}
		fails += w.fails
	}
	t.Logf("%d frames of the hostile client, %d of its sessions were ended", said, fails)
}

// honest does something with ports that may be the hostile client's.
func (w *hostileWorld) honest(c *hostileClient) {
	if len(c.ports) == 0 {
		w.step(c, Event{Kind: EventConnect, Name: "a"})
		return
	}
	h := c.ports[w.r.IntN(len(c.ports))]
	switch w.r.IntN(4) {
	case 0:
		w.step(c, Event{Kind: EventPost, Port: h, Body: []byte{1}})
	case 1:
		i := w.r.IntN(len(c.ports))
		if shipped := c.ports[i]; shipped != h {
			c.ports = slices.Delete(c.ports, i, i+1)
			w.step(c, Event{Kind: EventPost, Port: h, Ports: []Held{{Port: shipped}}})
		}
	case 2:
		c.ports = slices.DeleteFunc(c.ports, func(o Handle) bool { return o == h })
		w.step(c, Event{Kind: EventClose, Port: h})
	case 3:
		w.step(c, Event{Kind: EventFlush})
	}
}
