package protocol

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The simulation runs endpoints and sessions over queues that keep their order each and are served
// in any order. Everything that crosses a queue crosses it as bytes. Ports and messages are known
// to the world by simEnd and simMessage, whatever handles and identities the protocol gives them;
// sim_check_test.go compares the two.

type simChannel struct {
	number     int
	ends       [2]*simEnd
	posted     [2]int // by that side
	dispatched [2]int // at that side
}

type simEnd struct {
	channel  *simChannel
	side     int
	at       *simEndpoint // exposed to the application there
	in       *simMessage  // posted in that message, and not exposed since
	handle   Handle       // 0: local, or ended
	id       ID           // of an end that a connect ships
	queue    []*simMessage
	ended    bool // the runtime was told that there is no peer any more
	lost     bool
	closed   bool // by the application
	over     bool // the close event was dispatched
	closedAt *simEndpoint
}

func (e *simEnd) peer() *simEnd { return e.channel.ends[1-e.side] }

// String follows the end to where it is.
func (e *simEnd) String() string {
	where := fmt.Sprint(e.at)
	if e.at == nil && e.in != nil && e.in.taken != nil {
		where = fmt.Sprintf("within message %d in the queue of (%v)", e.in.id, e.in.taken)
	} else if e.at == nil && e.in != nil {
		where = fmt.Sprintf("in message %d from %v", e.in.id, e.in.from)
	}
	return fmt.Sprintf("{%d.%d handle %d ended %t lost %t closed %t %s}", e.channel.number, e.side, e.handle, e.ended, e.lost, e.closed, where)
}

type simMessage struct {
	id       uint32
	from     *simEnd // nil: a connect
	number   int
	ends     []*simEnd
	taken    *simEnd      // in whose queue it is, or was
	handedTo *simEndpoint // a connect
}

type simEndpoint struct {
	number   int
	e        *Endpoint
	s        *Session
	dead     bool
	byHandle map[Handle]*simEnd
	ends     []*simEnd // exposed
	up, down [][]byte
	listens  uint64
	done     bool
}

func (ep *simEndpoint) String() string { return fmt.Sprintf("E%d(dead %t)", ep.number, ep.dead) }

type simWorld struct {
	t         testing.TB
	r         *rand.Rand
	endpoints []*simEndpoint
	messages  []*simMessage
	channels  []*simChannel
	bus       map[[2]int][][]byte
	subs      map[ID][]*simEndpoint
	dir       *Directory
	asks      []DirectoryEvent
	answers   map[int][]DirectoryEffect
	circles   bool                    // ports may be shipped through each other
	thefts    map[Handle]*simEndpoint // handles of ports that are not their client's
	record    map[*simEndpoint][]vectorStep
	said      func(format string, args ...any)
	violation string
	counts    struct{ posts, ships, dispatches, packets, moves int }
}

func newSimWorld(t testing.TB, seed uint64, endpoints int) *simWorld {
	w := &simWorld{t: t, r: rand.New(rand.NewPCG(seed, 7)), bus: map[[2]int][][]byte{}, subs: map[ID][]*simEndpoint{},
		dir: NewDirectory(), answers: map[int][]DirectoryEffect{}}
	for i := range endpoints {
		ep := &simEndpoint{number: i, e: NewEndpoint(), byHandle: map[Handle]*simEnd{}}
		ep.s = NewSession(SessionID(i), []byte("a key of the hub's"), Identity{User: "dev", Origin: "https://a.example"})
		w.endpoints = append(w.endpoints, ep)
	}
	return w
}

// trace tells what happens, for goldens and for the one who looks into a seed.
func (w *simWorld) trace(format string, args ...any) {
	if w.said != nil {
		w.said(format, args...)
	}
	if *simTrace {
		w.t.Logf(format, args...)
	}
}

func (w *simWorld) bad(format string, args ...any) {
	if w.violation == "" {
		w.violation = fmt.Sprintf(format, args...)
	}
}

// step is the runtime around an endpoint.
func (w *simWorld) step(ep *simEndpoint, ev Event) (channel Effect) {
	effects := ep.e.Step(ev, nil)
	if w.record != nil {
		w.record[ep] = append(w.record[ep], vectorOf(ev, effects))
	}
	for _, f := range effects {
		switch f.Kind {
		case EffectSend:
			w.trace("E%d sends %s", ep.number, showFrame(f.Frame))
			ep.up = append(ep.up, AppendFrame(nil, f.Frame))
		case EffectChannel:
			channel = f
		case EffectDeliver:
			w.deliver(ep, f)
		case EffectClosed:
			e := ep.byHandle[f.Port]
			if e == nil {
				w.bad("closed for a port that is not there")
				continue
			}
			delete(ep.byHandle, f.Port)
			e.handle, e.ended, e.lost = 0, true, f.Lost
		case EffectConnection:
			w.connection(ep, f)
		case EffectFailed:
			w.bad("endpoint %d: failed: %d %s", ep.number, f.Code, f.Text)
		case EffectRefused:
			w.bad("endpoint %d: refused: %s", ep.number, f.Text)
		}
	}
	return channel
}

func (w *simWorld) newMessage(from *simEnd) *simMessage {
	m := &simMessage{id: uint32(len(w.messages)), from: from}
	w.messages = append(w.messages, m)
	if from != nil {
		m.number = from.channel.posted[from.side]
		from.channel.posted[from.side]++
	}
	return m
}

func (m *simMessage) body() []byte { return binary.BigEndian.AppendUint32(nil, m.id) }

func (w *simWorld) messageOf(body []byte) *simMessage {
	return w.messages[binary.BigEndian.Uint32(body)]
}

func (w *simWorld) deliver(ep *simEndpoint, f Effect) {
	e := ep.byHandle[f.Port]
	m := w.messageOf(f.Body)
	switch {
	case e == nil:
		w.bad("message for a port that is not there")
		return
	case m.from == nil || m.from.channel != e.channel || m.from.side == e.side:
		w.bad("message %d came to the wrong port", m.id)
		return
	case m.taken != nil:
		w.bad("message %d was taken in twice", m.id)
		return
	}
	m.taken = e
	e.queue = append(e.queue, m)
	w.land(ep, m, f.Ports)
}

// land finds the world's ends that a message brought.
func (w *simWorld) land(ep *simEndpoint, m *simMessage, ports []Held) {
	if len(ports) != len(m.ends) {
		w.bad("message %d brought %d ports, not %d", m.id, len(ports), len(m.ends))
		return
	}
	for i, h := range ports {
		w.landEnd(ep, m.ends[i], h)
	}
}

func (w *simWorld) landEnd(ep *simEndpoint, e *simEnd, h Held) {
	e.handle, e.queue = h.Port, nil
	if h.Port == 0 {
		e.ended, e.lost = true, h.Lost
	} else {
		ep.byHandle[h.Port] = e
	}
	for _, q := range h.Queue {
		m := w.messageOf(q.Body)
		e.queue = append(e.queue, m)
		w.land(ep, m, q.Ports)
	}
}

func (w *simWorld) connection(ep *simEndpoint, f Effect) {
	c := ep.s.claims[f.Ports[0].Port]
	for _, m := range w.messages {
		if m.from == nil && m.taken == nil && m.ends[0].id == c.id {
			e := m.ends[0]
			m.taken = e
			w.landEnd(ep, e, f.Ports[0])
			w.expose(ep, e)
			return
		}
	}
	w.bad("a connection from nowhere")
}

func (w *simWorld) expose(ep *simEndpoint, e *simEnd) {
	e.at, e.in = ep, nil
	ep.ends = append(ep.ends, e)
}

// What a hub's shell does.

func (w *simWorld) sessionStep(ep *simEndpoint, ev SessionEvent) {
	w.carryOut(ep, ep.s.Step(ev, nil))
	w.checkSession(ep.s)
}

func (w *simWorld) carryOut(ep *simEndpoint, effects []SessionEffect) {
	for _, f := range effects {
		switch f.Kind {
		case SessionSend:
			if f.Frame.Kind == Data && w.thefts[f.Frame.Port] == ep { // I9
				w.bad("a message was given to a former owner")
			}
			if !ep.dead {
				ep.down = append(ep.down, AppendFrame(nil, f.Frame))
			}
		case SessionPublish:
			w.counts.packets++
			w.trace("S%d publishes to %d: %s", ep.number, len(w.subs[f.Packet.To]), showPacket(f.Packet))
			for _, to := range w.subs[f.Packet.To] {
				k := [2]int{ep.number, to.number}
				w.bus[k] = append(w.bus[k], AppendPacket(nil, f.Packet))
			}
		case SessionSubscribe:
			w.subs[f.ID] = append(w.subs[f.ID], ep)
		case SessionUnsubscribe:
			w.subs[f.ID] = slices.DeleteFunc(w.subs[f.ID], func(o *simEndpoint) bool { return o == ep })
		case SessionAsk:
			w.asks = append(w.asks, *f.Ask)
		case SessionFail:
			w.bad("session %d: %d %s", ep.number, f.Code, f.Text)
		case SessionDone:
			ep.done = true
		}
	}
}

// queues are the queues that are not empty, in an order that only depends on the seed.
func (w *simWorld) queues() (all []func()) {
	for _, ep := range w.endpoints {
		if len(ep.up) > 0 {
			all = append(all, func() {
				if ep.up[0] == nil { // the socket is gone
					ep.up = nil
					w.sessionStep(ep, SessionEvent{Kind: SessionEnd})
					return
				}
				f, rest, err := DecodeFrame(ep.up[0])
				if err != nil || len(rest) > 0 {
					w.bad("frame up: %v", err)
				}
				ep.up = ep.up[1:]
				w.sessionStep(ep, SessionEvent{Kind: SessionFrame, Frame: &f})
			})
		}
		if len(ep.down) > 0 && !ep.dead {
			all = append(all, func() {
				f, rest, err := DecodeFrame(ep.down[0])
				if err != nil || len(rest) > 0 {
					w.bad("frame down: %v", err)
				}
				ep.down = ep.down[1:]
				w.trace("E%d gets %s", ep.number, showFrame(&f))
				w.step(ep, Event{Kind: EventFrame, Frame: &f})
			})
		}
		for _, to := range w.endpoints {
			k := [2]int{ep.number, to.number}
			if len(w.bus[k]) > 0 {
				all = append(all, func() {
					p, err := DecodePacket(w.bus[k][0])
					if err != nil {
						w.bad("packet: %v", err)
					}
					w.bus[k] = w.bus[k][1:]
					w.trace("S%d gets from S%d %s", to.number, ep.number, showPacket(&p))
					w.sessionStep(to, SessionEvent{Kind: SessionPacket, Packet: &p})
				})
			}
		}
		if len(w.answers[ep.number]) > 0 {
			all = append(all, func() {
				a := w.answers[ep.number][0]
				w.answers[ep.number] = w.answers[ep.number][1:]
				w.sessionStep(ep, SessionEvent{Kind: SessionAnswer, Answer: &a})
			})
		}
	}
	if len(w.asks) > 0 {
		all = append(all, w.askDirectory)
	}
	return all
}

func (w *simWorld) askDirectory() {
	ev := w.asks[0]
	w.asks = w.asks[1:]
	for _, f := range w.dir.Step(ev, nil) {
		to := int(f.Session)
		if f.Kind == DirectoryConnection {
			for _, m := range w.messages {
				if m.from == nil && m.ends[0].id == f.State.Cap.ID {
					m.handedTo = w.endpoints[to]
				}
			}
		}
		w.answers[to] = append(w.answers[to], f)
	}
}
