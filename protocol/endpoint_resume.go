package protocol

import (
	"maps"
	"slices"
)

// Broadcasts that are posted without a socket wait for the next one, up to so many bytes.
const maxUnsaid = 4 << 20

// start says HELLO on a new socket: with a ticket, if there is a session to go on with.
func (e *Endpoint) start(ev Event) {
	if e.ended {
		return
	}
	f := Frame{Kind: Hello, Version: Version, Origin: ev.Origin, Service: ev.Service}
	fresh := e.ticket == nil
	if fresh {
		e.secret, e.minted = ev.Secret, 0
	} else {
		f.Ticket, f.Handles, f.Channels = e.ticket, e.minted, e.channels
	}
	f.Secret = e.secret[:]
	e.online = true
	e.send(f)
	e.online, e.asked = fresh, !fresh // then what follows waits for WELCOME
	if fresh {
		e.resume() // what was made while nobody had answered
		e.announce()
	}
}

// welcome is the hub's answer.
func (e *Endpoint) welcome(f *Frame) {
	came := e.away != Never && e.ticket != nil
	e.ticket, e.absence = slices.Clone(f.Ticket), Time(f.Absence)*millisecond
	e.away, e.online, e.asked = Never, true, false
	if came {
		e.resume()
		e.announce()
	}
	frame := e.out.arena.frames.one()
	*frame = *f
	e.effect(Effect{Kind: EffectWelcome, Frame: frame})
}

// announce says again what a session has to know that is not about ports: connects, names,
// channels.
func (e *Endpoint) announce() {
	for _, h := range sortedKeys(e.connects) {
		e.send(e.connects[h])
		if p := e.ports[h]; p != nil && p.state == linger {
			e.sendClose(h, p) // so that nobody is asked any more
		}
	}
	for _, n := range sortedKeys(e.listeners) {
		e.send(Frame{Kind: Listen, Listener: n, Name: e.listeners[n].name, Ticket: e.listeners[n].ticket})
	}
	for _, name := range slices.Sorted(maps.Keys(e.joined)) {
		e.send(Frame{Kind: Subscribe, Name: name})
	}
	for _, f := range e.unsaid {
		e.send(f)
	}
	e.unsaid, e.unsaidLen = nil, 0
}

func (e *Endpoint) broadcast(ev Event) {
	f := Frame{Kind: Broadcast, Name: ev.Name, Body: ev.Body}
	switch {
	case len(ev.Body) > MaxBody:
		e.effect(Effect{Kind: EffectRefused, Text: "message too large"})
	case e.online:
		e.send(f)
	case e.unsaidLen+len(ev.Body) > maxUnsaid:
		e.effect(Effect{Kind: EffectRefused, Text: "too many broadcasts without a hub"})
	default:
		e.unsaid, e.unsaidLen = append(e.unsaid, f), e.unsaidLen+len(ev.Body)
	}
}

// resume tells a new session of all ports: those that are here, and those in messages that are not
// acknowledged. Their peers' owners will say what they expect.
func (e *Endpoint) resume() {
	r := resumption{e: e}
	for _, h := range e.owed {
		if p := e.ports[h]; p != nil {
			p.listed = false
		}
	}
	e.owed, e.flying, e.checkAt = e.owed[:0], e.flying[:0], Never
	for _, h := range sortedKeys(e.ports) {
		p := e.ports[h]
		if p.state == local {
			continue
		}
		p.attached, p.flying, p.resent, p.tries = false, false, false, 0
		p.sent, p.told, p.sentBytes = p.sendNext, p.sendNext, p.sendBytes // the session is told of all
		p.owed, p.owedBytes = 0, 0
		where := Holding
		if p.state == linger {
			where = Closing
		}
		r.add(ResumedPort{Port: h, Where: where, SendNext: p.sendNext, RecvNext: p.recvNext, Oldest: p.oldest()})
		r.messages(h, p.oldest(), p.retained)
	}
	r.send()
}

// resumption gathers RESUME frames.
type resumption struct {
	e    *Endpoint
	list []ResumedPort
	size int
}

func (r *resumption) add(p ResumedPort) {
	p.Ticket = r.e.tickets[p.Port]
	size := 7*9 + len(p.Ticket)
	if r.size+size > MaxResume {
		r.send()
	}
	r.list, r.size = append(r.list, p), r.size+size
}

func (r *resumption) send() {
	if len(r.list) > 0 {
		r.e.send(Frame{Kind: Resume, Resumed: r.list})
	}
	r.list, r.size = nil, 0
}

// messages adds the ports in messages that parent keeps, of which the first has the number first.
func (r *resumption) messages(parent Handle, first uint64, list []Message) {
	for i, m := range list {
		r.states(ResumedPort{Where: InMessage, Parent: parent, Seq: first + uint64(i)}, m.Ports)
	}
}

// states adds ports that are where at says. Those in the queue of one that has no peer are there
// too.
func (r *resumption) states(at ResumedPort, states []PortState) {
	for i := range states {
		s := &states[i]
		inner := at
		if !s.Ended {
			p := at
			p.Port, p.SendNext, p.RecvNext, p.Oldest = s.Port, s.SendNext, s.RecvNext, s.SendNext-uint64(len(s.Retained))
			r.add(p)
			r.messages(s.Port, p.Oldest, s.Retained)
			inner = ResumedPort{Where: InQueue, Parent: s.Port}
		}
		for _, q := range s.Queue {
			r.states(inner, q.Ports)
		}
	}
}
