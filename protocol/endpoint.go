package protocol

import "slices"

// An acknowledgement is not put off beyond so many messages or bytes.
const (
	ackMessages = 64
	ackBytes    = 64 << 10
)

// state is where a port stands; see docs/protocol.md, 5. TRANSIT is a port within a retained
// message, ENDING one that the runtime alone knows.
type state uint8

const (
	local   state = iota // its channel has not been shipped
	claimed              // the peer's owner is not known yet: what is sent may reach nobody
	open
	linger // closed by the application, serves retransmission
)

// port is a port of an endpoint.
type port struct {
	state    state
	attached bool   // the peer's owner is known (was, before linger)
	sendNext uint64 // the number of the next message posted
	recvNext uint64 // the number of the next message taken in

	retained []Message // posted and not acknowledged: the last ones before sendNext

	owed      int // messages taken in and not acknowledged
	owedBytes int
	listed    bool // in Endpoint.owed
}

// oldest is the number of the oldest message retained.
func (p *port) oldest() uint64 { return p.sendNext - uint64(len(p.retained)) }

// Endpoint is the client's side of a session: docs/protocol.md, 5.
//
// The runtime around it holds each port's queue of messages that were taken in and not
// dispatched; see [Held].
type Endpoint struct {
	ports    map[Handle]*port
	channels uint64   // made so far
	owed     []Handle // with acknowledgements owed, in order
	ended    bool
	effects  []Effect // of the present step
}

// NewEndpoint makes the endpoint of a new session.
func NewEndpoint() *Endpoint { return &Endpoint{ports: map[Handle]*port{}} }

// Behind is the number of messages posted on port that the other side has not taken.
func (e *Endpoint) Behind(port Handle) int {
	if p := e.ports[port]; p != nil {
		return len(p.retained)
	}
	return 0
}

// Lingering reports whether the application closed a port and the other side has not confirmed that
// it took everything.
func (e *Endpoint) Lingering() bool {
	for _, p := range e.ports {
		if p.state == linger {
			return true
		}
	}
	return false
}

// Step lets the endpoint take ev and appends what is to be done to effects.
func (e *Endpoint) Step(ev Event, effects []Effect) []Effect {
	e.effects = effects
	switch ev.Kind {
	case EventStart:
		e.send(Frame{Kind: Hello, Version: Version, Origin: ev.Origin, Service: ev.Service})
	case EventFrame:
		if !e.ended {
			e.receive(ev.Frame)
		}
	case EventChannel:
		e.channel()
	case EventPost:
		e.post(ev)
	case EventClose:
		e.close(ev.Port)
	case EventConnect:
		e.connect(ev)
	case EventListen:
		e.send(Frame{Kind: Listen, Listener: ev.Listener, Name: ev.Name})
	case EventUnlisten:
		e.send(Frame{Kind: Unlisten, Listener: ev.Listener})
	case EventSubscribe:
		e.send(Frame{Kind: Subscribe, Name: ev.Name})
	case EventUnsubscribe:
		e.send(Frame{Kind: Unsubscribe, Name: ev.Name})
	case EventBroadcast:
		if len(ev.Body) > MaxBody {
			e.effect(Effect{Kind: EffectRefused, Text: "message too large"})
		} else {
			e.send(Frame{Kind: Broadcast, Name: ev.Name, Body: ev.Body})
		}
	case EventFlush:
		e.flush()
	case EventEnd:
		e.end()
	}
	effects, e.effects = e.effects, nil
	return effects
}

func (e *Endpoint) effect(f Effect) { e.effects = append(e.effects, f) }

func (e *Endpoint) send(f Frame) {
	if !e.ended {
		e.effect(Effect{Kind: EffectSend, Frame: &f})
	}
}

func (e *Endpoint) channel() (a, b Handle) {
	e.channels++
	a, b = handleOf(e.channels, 0), handleOf(e.channels, 1)
	e.ports[a], e.ports[b] = &port{}, &port{}
	e.effect(Effect{Kind: EffectChannel, Port: a, Twin: b})
	return a, b
}

func (e *Endpoint) connect(ev Event) {
	a, b := e.channel()
	held := []Held{{Port: b}}
	if e.ended {
		e.discard(held)
		return
	}
	states := e.pack(held)
	e.leave(held)
	e.send(Frame{Kind: Connect, Port: a, Name: ev.Name, Origin: ev.Origin, Ports: states})
}

// post numbers a message, keeps it and sends it. If the peer is on its way it is sent again when
// that attaches.
func (e *Endpoint) post(ev Event) {
	p := e.ports[ev.Port]
	if p == nil || p.state == local || p.state == linger {
		e.discard(ev.Ports) // a closed port: what was in the message is lost
		return
	}
	message := Message{Body: ev.Body, Ports: e.pack(ev.Ports)}
	if reason := e.refuse(ev, message); reason != "" {
		e.effect(Effect{Kind: EffectRefused, Port: ev.Port, Text: reason})
		e.discard(ev.Ports)
		return
	}
	e.leave(ev.Ports)
	p.sendNext++
	p.retained = append(p.retained, message)
	e.sendData(ev.Port, p, p.sendNext-1, message)
}

// refuse tells why a message cannot go, or "".
func (e *Endpoint) refuse(ev Event, message Message) string {
	if len(message.Body) > MaxBody {
		return "message too large"
	}
	if len(message.Ports) == 0 {
		return ""
	}
	if slices.ContainsFunc(ev.Ports, func(h Held) bool { return h.Port == ev.Port }) {
		return "a port cannot be posted on itself"
	}
	var m measure
	m.list(message.Ports, 0)
	if m.reason == "" && m.size+len(message.Body) > MaxFrame-64 {
		m.reason = "message too large with the queues of its ports"
	}
	return m.reason
}

func (e *Endpoint) sendData(h Handle, p *port, seq uint64, m Message) {
	p.owed, p.owedBytes = 0, 0
	e.send(Frame{Kind: Data, Port: h, Seq: seq, Next: p.recvNext, Body: m.Body, Ports: m.Ports})
}

// pack makes port states of held ports: numbers and retained messages added. It changes nothing.
func (e *Endpoint) pack(held []Held) []PortState {
	if len(held) == 0 {
		return nil
	}
	states := make([]PortState, len(held))
	for i, h := range held {
		s := &states[i]
		if p := e.ports[h.Port]; p != nil && p.state != linger {
			*s = PortState{Port: h.Port, SendNext: p.sendNext, RecvNext: p.recvNext, Retained: p.retained}
		} else {
			s.Ended, s.Lost = true, h.Lost
		}
		s.Queue = e.packQueue(h.Queue)
	}
	return states
}

func (e *Endpoint) packQueue(queue []Queued) []Message {
	if len(queue) == 0 {
		return nil
	}
	messages := make([]Message, len(queue))
	for i, q := range queue {
		messages[i] = Message{q.Body, e.pack(q.Ports)}
	}
	return messages
}

// leave takes held ports, and those in their queues, out of this endpoint's hands. They
// are in transit.
func (e *Endpoint) leave(held []Held) {
	for _, h := range held {
		if p := e.ports[h.Port]; p != nil {
			if twin := e.ports[h.Port.twin()]; p.state == local && twin != nil {
				twin.state = claimed
			}
			delete(e.ports, h.Port)
		}
		for _, q := range h.Queue {
			e.leave(q.Ports)
		}
	}
}

// discard closes held ports whose message goes nowhere, and those in their queues.
func (e *Endpoint) discard(held []Held) {
	for _, h := range held {
		e.close(h.Port)
		for _, q := range h.Queue {
			e.discard(q.Ports)
		}
	}
}

// close is the application's.
func (e *Endpoint) close(h Handle) {
	p := e.ports[h]
	switch {
	case p == nil || p.state == linger:
	case p.state == local:
		delete(e.ports, h)
		if twin := e.ports[h.twin()]; twin != nil {
			delete(e.ports, h.twin())
			e.effect(Effect{Kind: EffectClosed, Port: h.twin()})
		}
	default:
		p.state = linger
		e.sendClose(h, p)
	}
}

func (e *Endpoint) sendClose(h Handle, p *port) {
	e.send(Frame{Kind: Close, Port: h, Seq: p.sendNext, Next: p.recvNext})
}

func (e *Endpoint) flush() {
	for _, h := range e.owed {
		p := e.ports[h]
		if p == nil {
			continue
		}
		p.listed = false
		if p.owed > 0 && p.state != linger {
			e.acknowledge(h, p)
		}
	}
	e.owed = e.owed[:0]
}

func (e *Endpoint) acknowledge(h Handle, p *port) {
	p.owed, p.owedBytes = 0, 0
	e.send(Frame{Kind: Ack, Port: h, Next: p.recvNext})
}

// end is the loss of the socket, which is final.
func (e *Endpoint) end() {
	if e.ended {
		return
	}
	e.ended = true
	handles := make([]Handle, 0, len(e.ports))
	for h := range e.ports {
		handles = append(handles, h)
	}
	slices.Sort(handles)
	for _, h := range handles {
		switch p := e.ports[h]; p.state {
		case local: // nothing of it has been told to anybody
		case linger:
			delete(e.ports, h)
		default:
			delete(e.ports, h)
			e.effect(Effect{Kind: EffectClosed, Port: h, Lost: true})
		}
	}
}
