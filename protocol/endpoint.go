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
	orphan   bool   // nobody has closed it, its endpoint is gone: see [Heir]
	sendNext uint64 // the number of the next message posted
	recvNext uint64 // the number of the next message taken in

	retained   []Message // posted and not acknowledged: the last ones before sendNext
	sent       uint64    // the number of the next one to be sent
	told       uint64    // the session knows of the ones below it
	limit      Limit     // what the other side has granted
	sendBytes  uint64    // of all messages posted,
	sentBytes  uint64    // of those below sent,
	ackedBytes uint64    // and of those that are acknowledged
	in         intake

	owed      int // messages taken in and not acknowledged
	owedBytes int
	listed    bool // in Endpoint.owed

	flying bool // in Endpoint.flying
	resent bool // the oldest message retained was sent more than once
	tries  uint8
	sentAt Time // when that was sent, or CLOSE

	connection *connection // it came with a connection that is not confirmed: nobody has seen it
}

// connection is what CONNECTION said.
type connection struct {
	listener     uint64
	origin, user string
}

// oldest is the number of the oldest message retained.
func (p *port) oldest() uint64 { return p.sendNext - uint64(len(p.retained)) }

// Endpoint is the client's side of a session: docs/protocol.md, 5. It outlives the socket: on the
// next one it comes back with everything that it had, if it was not away for too long.
//
// The runtime around it holds each port's queue of messages that were taken in and not
// dispatched; see [Held].
type Endpoint struct {
	secret   Secret
	ports    map[Handle]*port
	connects map[Handle]Frame // CONNECTs that are not settled, with the other end, by the caller's end
	channels uint64           // made so far
	minted   Handle           // the last one that the session gave
	count    int              // ports that the session knows: those of ports that were ever shipped, and in transit
	owed     []Handle         // with acknowledgements owed, in order
	due      Time             // of those
	flying   []Handle         // with messages that are not acknowledged, or CLOSE
	checkAt  Time             // of those
	trip     roundTrip
	first    Limit  // of every port
	backlog  uint64 // bytes that were posted on the ports and are not acknowledged
	off      Mutations
	ended    bool

	online    bool // frames go out
	asked     bool // HELLO with a ticket has gone out: the hub says whether it was away for too long
	ticket    []byte
	absence   Time
	away      Time // since when there is no socket; Never: there is one
	tickets   map[Handle][]byte
	listeners map[uint64]*listening
	joined    map[string]bool // whether the hub has confirmed it once
	unsaid    []Frame         // broadcasts that were posted without a socket
	unsaidLen int

	now   Time
	batch *Batch
	out   *Out
}

// listening is a listener of the endpoint's.
type listening struct {
	name   string
	ticket []byte // since when
}

// NewEndpoint makes an endpoint. It has no session before EventStart.
func NewEndpoint() *Endpoint {
	return &Endpoint{ports: map[Handle]*port{}, connects: map[Handle]Frame{}, tickets: map[Handle][]byte{},
		listeners: map[uint64]*listening{}, joined: map[string]bool{}, away: Never, checkAt: Never, first: FirstLimit}
}

// Behind is the number of messages posted on port that the other side has not taken, and how many
// bytes they are.
func (e *Endpoint) Behind(port Handle) (messages, bytes int) {
	if p := e.ports[port]; p != nil {
		return len(p.retained), int(p.sendBytes - p.ackedBytes)
	}
	return 0, 0
}

// Backlog is the number of bytes posted that the other sides have not taken, on all ports.
func (e *Endpoint) Backlog() int { return int(e.backlog) }

// Lingering reports whether the application closed a port and the other side has not confirmed that
// it took everything, or posted a broadcast that waits for a socket.
func (e *Endpoint) Lingering() bool {
	if len(e.unsaid) > 0 {
		return true
	}
	for _, p := range e.ports {
		if p.state == linger {
			return true
		}
	}
	return false
}

// Deadline is when the endpoint wants EventTime, unless something happens before.
func (e *Endpoint) Deadline() Time {
	d := Never
	switch {
	case e.ended:
	case e.away != Never && e.ticket != nil:
		if !e.asked {
			d = e.away + e.absence
		}
	case e.online:
		d = e.checkAt
		if len(e.owed) > 0 {
			d = min(d, e.due)
		}
	}
	return d
}

// Step lets the endpoint take ev and puts what is to be done into out, which is reset.
//
// What ev points to is valid, for the endpoint, during the call only, except the bodies that the
// application posts, which it keeps until they are acknowledged; out is an arena, see [Out].
// Whoever carries out's effects out does not step the endpoint meanwhile.
func (e *Endpoint) Step(now Time, ev Event, out *Out) {
	out.reset()
	e.now, e.batch, e.out = now, ev.Batch, out
	switch ev.Kind {
	case EventStart:
		e.start(ev)
	case EventFrame:
		if !e.ended {
			e.receive(ev.Frame)
		}
	case EventChannel:
		e.channel()
	case EventPost:
		e.post(ev)
	case EventDispatched:
		e.dispatched(ev.Port, ev.Count)
	case EventClose:
		e.close(ev.Port)
	case EventConnect:
		e.connect(ev)
	case EventListen:
		e.listeners[ev.Listener] = &listening{name: ev.Name}
		e.send(Frame{Kind: Listen, Listener: ev.Listener, Name: ev.Name})
	case EventUnlisten:
		delete(e.listeners, ev.Listener)
		e.send(Frame{Kind: Unlisten, Listener: ev.Listener})
	case EventSubscribe:
		e.joined[ev.Name] = false
		e.send(Frame{Kind: Subscribe, Name: ev.Name})
	case EventUnsubscribe:
		delete(e.joined, ev.Name)
		e.send(Frame{Kind: Unsubscribe, Name: ev.Name})
	case EventBroadcast:
		e.broadcast(ev)
	case EventBye:
		e.send(Frame{Kind: Bye})
	case EventTime:
		e.time(ev.Unsent)
	case EventLost:
		if e.away == Never {
			e.away = now
		}
		e.online, e.asked = false, false
	case EventEnd:
		e.end()
	}
	e.batch, e.out = nil, nil
}

func (e *Endpoint) effect(f Effect) { e.out.Effects = append(e.out.Effects, f) }

func (e *Endpoint) send(f Frame) {
	if !e.ended && e.online {
		frame := e.out.arena.frames.one()
		*frame = f
		e.effect(Effect{Kind: EffectSend, Frame: frame})
	}
}

func (e *Endpoint) channel() (a, b Handle) {
	e.channels++
	a, b = handleOf(e.channels, 0), handleOf(e.channels, 1)
	e.ports[a], e.ports[b] = e.newPort(local, &PortState{}), e.newPort(local, &PortState{})
	e.effect(Effect{Kind: EffectChannel, Port: a, Twin: b})
	return a, b
}

// connect makes a channel and keeps its other end, with what is asked, until SETTLED.
func (e *Endpoint) connect(ev Event) {
	a, b := e.channel()
	if e.ended || len(e.connects) >= MaxPending || e.count+2 > MaxPorts {
		e.part(b, true)
		return
	}
	f := Frame{Kind: Connect, Port: a, Name: ev.Name, Origin: ev.Origin, Ports: []PortState{{Port: b}}}
	e.connects[a] = f
	delete(e.ports, b)
	e.ports[a].state = claimed
	e.count += 2
	e.send(f)
}

// post numbers a message, keeps it and sends it. If the peer is on its way it is sent again when
// that attaches.
func (e *Endpoint) post(ev Event) {
	p := e.ports[ev.Port]
	if p == nil || p.state == local || p.state == linger {
		e.discard(ev.Ports) // a closed port: what was in the message is lost
		return
	}
	e.afford(ev.Ports, e.count)
	message := Message{Body: ev.Body, Ports: e.pack(ev.Ports)}
	if reason := e.refuse(ev, message); reason != "" {
		e.effect(Effect{Kind: EffectRefused, Port: ev.Port, Text: reason})
		e.discard(ev.Ports)
		return
	}
	e.leave(ev.Ports)
	p.sendNext++
	p.sendBytes += uint64(len(message.Body))
	e.backlog += uint64(len(message.Body))
	p.retained = append(p.retained, message)
	e.pump(ev.Port, p)
	if p.sent < p.sendNext && len(message.Ports) > 0 && !e.off.NoParking {
		e.park(ev.Port, p, message)
	}
}

// afford closes the channels of held ports that were never shipped if the hub would not allow one
// more. Such a port travels without a peer.
func (e *Endpoint) afford(held []Held, count int) int {
	for i := range held {
		h := &held[i]
		if p := e.ports[h.Port]; p != nil && p.state == local {
			if count+2 > MaxPorts {
				e.part(h.Port, true)
				h.Port, h.Lost = 0, true
			} else {
				count += 2
			}
		}
		for _, q := range h.Queue {
			count = e.afford(q.Ports, count)
		}
	}
	return count
}

// part ends a channel that has not been shipped, of which h is one end.
func (e *Endpoint) part(h Handle, lost bool) {
	delete(e.ports, h)
	if e.ports[h.twin()] != nil {
		delete(e.ports, h.twin())
		e.effect(Effect{Kind: EffectClosed, Port: h.twin(), Lost: lost})
	}
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

// sendData sends a message, if there is a socket: else the next session is told of it.
func (e *Endpoint) sendData(h Handle, p *port, seq uint64, m Message) {
	if !e.online {
		return
	}
	if seq == p.oldest() {
		p.sentAt = e.now
	}
	e.fly(h, p)
	p.owed, p.owedBytes = 0, 0
	e.send(Frame{Kind: Data, Port: h, Seq: seq, Next: p.recvNext, Body: m.Body, Ports: m.Ports})
}

// pack makes port states of held ports: numbers and retained messages added. It changes nothing.
// What it makes is kept with the message.
func (e *Endpoint) pack(held []Held) []PortState {
	if len(held) == 0 {
		return nil
	}
	states := make([]PortState, len(held))
	for i, h := range held {
		s := &states[i]
		if p := e.ports[h.Port]; p != nil && p.state != linger {
			*s = PortState{Port: h.Port, SendNext: p.sendNext, RecvNext: p.recvNext, Retained: p.retained, Flow: p.flow()}
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
			if p.state == local {
				if twin := e.ports[h.Port.twin()]; twin != nil {
					twin.state = claimed
				}
				e.count += 2
			}
			e.backlog -= p.sendBytes - p.ackedBytes
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
		e.part(h, false)
	default:
		p.state = linger
		e.sendClose(h, p)
	}
}

// sendClose says that the application has closed the port, after all that it posted. Of a port
// whose endpoint is gone it says that, when all of it was taken in.
func (e *Endpoint) sendClose(h Handle, p *port) {
	if p.orphan {
		if len(p.retained) == 0 {
			e.send(Frame{Kind: Gone, Port: h})
			e.forget(h, p, true)
		}
		return
	}
	if p.told < p.sendNext {
		e.park(h, p, Message{})
	}
	if len(p.retained) == 0 {
		p.sentAt = e.now
	}
	e.fly(h, p)
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
	e.send(Frame{Kind: Ack, Port: h, Next: p.recvNext, Limit: p.grant(e.first)})
}

// grant raises the limit as far as may be.
func (p *port) grant(first Limit) Limit {
	p.in.granted = p.in.limit(p.recvNext, first)
	return p.in.granted
}

// end is the end of the endpoint.
func (e *Endpoint) end() {
	if e.ended {
		return
	}
	e.ended = true
	e.lose()
}

// lose ends all ports that a session knows: no session will take them back.
func (e *Endpoint) lose() {
	e.count -= len(e.connects)
	clear(e.connects)
	for _, h := range sortedKeys(e.ports) {
		p := e.ports[h]
		if p.state == local { // nothing of it has been told to anybody
			continue
		}
		e.forget(h, p, true)
	}
	e.ticket, e.owed, e.flying, e.checkAt = nil, nil, nil, Never
	clear(e.tickets)
}
