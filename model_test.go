package entangle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// modelPort is a port in a slow and obvious model of channels: all state is in plain lists, and
// whoever is closed tells everybody else at once.
type modelPort struct {
	name    string
	queue   []modelEvent
	partner *modelPort // nil: disentangled
	closed  bool
	pushed  bool
	started bool
	handle  *MessagePort // the real one, if somebody holds it
}

type modelEvent struct {
	text   string // "close" for the end
	ports  []*modelPort
	number int // the time of posting, for pushed ports
}

// modelRun drives the real thing and the model with the same random calls.
type modelRun struct {
	t      *testing.T
	random *rand.Rand
	agent  *Agent
	global *Global
	held   []*modelPort // ports that the test holds, open or not
	now    int
	seen   []string // by the listeners
	events []*MessageEvent
}

// SPEC 17, 20, 23-27, 31-34, 39-47: at every step the real ports do what the model does: order,
// completeness, close, who is lost with whom.
func TestPortsAgainstModel(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			m := &modelRun{t: t, random: rand.New(rand.NewPCG(seed, 1))}
			m.agent, m.global = newTestGlobal()
			for range 500 {
				m.act()
			}
			m.finish()
		})
	}
}

func (m *modelRun) act() {
	if len(m.held) < 4 {
		m.newChannel()
		return
	}
	p := m.held[m.random.IntN(len(m.held))]
	switch n := m.random.IntN(100); {
	case n < 5:
		m.newChannel()
	case n < 45:
		m.post(p)
	case n < 65:
		if !p.pushed {
			m.receive(p)
		} else if !p.started {
			m.start(p)
		}
	case n < 85:
		m.step()
	case n < 95:
		m.move(p)
	default:
		m.close(p)
		p.handle.Close()
	}
}

func (m *modelRun) newChannel() {
	c, pushed := NewMessageChannel(), m.random.IntN(2) == 0
	if pushed {
		c = m.global.NewMessageChannel()
	}
	m.now++
	a := &modelPort{name: fmt.Sprint("a", m.now), handle: c.Port1, pushed: pushed}
	b := &modelPort{name: fmt.Sprint("b", m.now), handle: c.Port2, pushed: pushed, partner: a}
	a.partner = b
	for _, p := range []*modelPort{a, b} {
		m.listenClose(p)
		m.held = append(m.held, p)
	}
}

func (m *modelRun) listenClose(p *modelPort) {
	if p.pushed {
		must(m.t, p.handle.OnClose(func() { m.seen = append(m.seen, p.name+" close") }))
	}
}

func (m *modelRun) start(p *modelPort) {
	if p.closed {
		return
	}
	p.started = true
	must(m.t, p.handle.OnMessage(func(e *MessageEvent) {
		m.seen = append(m.seen, p.name+" "+e.Data().(string))
		m.events = append(m.events, e)
	}))
}

// post posts with up to three ports of those that are held.
func (m *modelRun) post(p *modelPort) {
	m.now++
	text := fmt.Sprint("m", m.now)
	var ports []*modelPort
	var transfer []Transferable
	for range m.random.IntN(4) {
		q := m.held[m.random.IntN(len(m.held))]
		if m.random.IntN(3) > 0 && !slices.Contains(ports, q) {
			ports = append(ports, q)
			transfer = append(transfer, q.handle)
		}
	}
	err := p.handle.PostMessage(text, transfer...)
	// the model
	if slices.Contains(ports, p) {
		isDOMException(m.t, err, "DataCloneError")
		return
	}
	target := p.partner
	if p.closed {
		target = nil
	}
	for i, q := range ports {
		if q.closed { // those before it are lost
			isDOMException(m.t, err, "DataCloneError")
			for _, q := range ports[:i] {
				m.lose(q)
			}
			return
		}
	}
	must(m.t, err)
	doomed := target != nil && slices.Contains(ports, target)
	for _, q := range ports {
		m.leave(q)
	}
	if target == nil || doomed {
		m.close(ports...)
		return
	}
	m.push(target, modelEvent{text: text, ports: ports})
}

func (m *modelRun) push(p *modelPort, e modelEvent) {
	m.now++
	e.number = m.now
	p.queue = append(p.queue, e)
}

// leave takes a port from its holder: it is in transit.
func (m *modelRun) leave(p *modelPort) {
	m.held = slices.DeleteFunc(m.held, func(q *modelPort) bool { return q == p })
	p.handle, p.pushed, p.started = nil, false, false
}

// lose closes a port that arrives nowhere.
func (m *modelRun) lose(p *modelPort) {
	m.leave(p)
	m.close(p)
}

// close is the model's close: the partner gets close, the own queue is dropped with all in it.
func (m *modelRun) close(ports ...*modelPort) {
	for ; len(ports) > 0; ports = ports[1:] {
		p := ports[0]
		if p.closed {
			continue
		}
		p.closed = true
		if q := p.partner; q != nil {
			p.partner, q.partner = nil, nil
			m.push(q, modelEvent{text: "close"})
		}
		for _, e := range p.queue {
			ports = append(ports, e.ports...)
		}
		p.queue = nil
	}
}

// arrive gives the ports of a message to the test.
func (m *modelRun) arrive(e modelEvent, event *MessageEvent, pushed bool) {
	if len(event.Ports) != len(e.ports) {
		m.t.Fatalf("%s has %d ports, want %d", e.text, len(event.Ports), len(e.ports))
	}
	for i, p := range e.ports {
		p.handle = event.Ports[i]
		m.enter(p, pushed)
	}
}

// enter is the transfer-receiving steps.
func (m *modelRun) enter(p *modelPort, pushed bool) {
	p.pushed, p.started = pushed, false
	for i := range p.queue {
		m.now++
		p.queue[i].number = m.now
	}
	m.listenClose(p)
	m.held = append(m.held, p)
}

func (m *modelRun) receive(p *modelPort) {
	if p.closed || len(p.queue) > 0 && p.queue[0].text == "close" {
		expectError(m.t, p.handle, ErrClosed)
		return
	}
	if len(p.queue) == 0 {
		expectNothing(m.t, p.handle)
		return
	}
	e := p.queue[0]
	p.queue = p.queue[1:]
	event := receive(m.t, p.handle)
	if event.Data() != e.text {
		m.t.Fatalf("%s received %v, want %s", p.name, event.Data(), e.text)
	}
	m.arrive(e, event, false)
}

// step compares one task of the loop.
func (m *modelRun) step() bool {
	var next *modelPort
	for _, p := range m.held {
		if p.pushed && len(p.queue) > 0 && (p.started || p.queue[0].text == "close") &&
			(next == nil || p.queue[0].number < next.queue[0].number) {
			next = p
		}
	}
	m.seen, m.events = nil, nil
	m.agent.Step()
	if next == nil {
		if m.seen != nil {
			m.t.Fatal("nothing should happen, but", m.seen)
		}
		return false
	}
	e := next.queue[0]
	next.queue = next.queue[1:]
	if want := next.name + " " + e.text; len(m.seen) != 1 || m.seen[0] != want {
		m.t.Fatalf("saw %v, want %s", m.seen, want)
	}
	if e.text != "close" {
		m.arrive(e, m.events[0], true)
	}
	return true
}

// move adopts or releases.
func (m *modelRun) move(p *modelPort) {
	if p.closed {
		return
	}
	pushed := !p.pushed
	old := p.handle
	m.leave(p)
	if pushed {
		p.handle = value(m.global.Adopt(old))(m.t)
	} else {
		p.handle = value(old.Release())(m.t)
	}
	m.enter(p, pushed)
}

// finish reads everything that is left.
func (m *modelRun) finish() {
	for m.step() {
	}
	for i := 0; i < len(m.held); i++ { // more come with the messages
		p := m.held[i]
		if p.pushed && !p.closed {
			m.start(p)
			for m.step() {
			}
			continue
		}
		for !p.closed && len(p.queue) > 0 && p.queue[0].text != "close" {
			m.receive(p)
		}
		m.receive(p)
	}
}
