package remote_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/remote"
)

// world is some programs at one hub, what they hold, and a model of what must arrive. One
// goroutine does everything that the programs do; the clients, the hub and the network between
// them run as they like.
type world struct {
	t       *testing.T
	random  *rand.Rand
	clients []*remote.Client
	ends    []*modelEnd // all that ever were
	log     []string
}

// modelEnd is what a port should be.
type modelEnd struct {
	name   string
	peer   *modelEnd
	holder int                   // index of the client whose program holds it, or -1
	port   *entangle.MessagePort // the handle, if it is held
	inside *modelEnd             // in whose queue it is, if it is not held
	queue  []modelMessage        // posted to it and not received
	ended  bool                  // the other side is closed: after the queue comes the end
	loose  bool                  // the other side is lost on its way, or may be: the end may come, even before the queue is empty
	limbo  bool                  // not held by anybody, and may be lost
	gone   bool                  // closed, lost, or its end was seen
}

type modelMessage struct {
	number float64
	ports  []*modelEnd
}

// SPEC 33, 39, 42-47: whatever the programs do, every port gets what was posted to it, in order,
// once, then close.
func TestRandom(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 50
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("Pipe/", seed), func(t *testing.T) { runRandom(t, newTestHub(t, true), seed, 400) })
	}
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("WebSocket/", seed), func(t *testing.T) { runRandom(t, newTestHub(t, false), seed, 400) })
	}
}

func runRandom(t *testing.T, h *testHub, seed uint64, steps int) {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 1)), clients: []*remote.Client{h.first, h.second, h.client(t)}}
	defer func() {
		if t.Failed() {
			t.Log("the last steps:", w.log[max(0, len(w.log)-40):])
		}
	}()
	// Everybody can talk to everybody.
	for i := range w.clients {
		for j := range i {
			w.connect(h, i, j)
		}
	}
	for range steps {
		switch n := w.random.IntN(100); {
		case n < 45:
			w.post()
		case n < 85:
			w.receive()
		case n < 95:
			w.newChannel()
		default:
			w.close()
		}
	}
	w.drain()
}

func (w *world) note(format string, arguments ...any) {
	w.log = append(w.log, "\n"+fmt.Sprintf(format, arguments...))
}

func (w *world) entangled(holder, peerHolder int, port, peerPort *entangle.MessagePort) {
	n := len(w.ends)
	a := &modelEnd{name: fmt.Sprint(n), holder: holder, port: port}
	b := &modelEnd{name: fmt.Sprint(n + 1), holder: peerHolder, port: peerPort, peer: a}
	a.peer = b
	w.ends = append(w.ends, a, b)
	w.note("%s and %s at %d and %d", a.name, b.name, holder, peerHolder)
}

func (w *world) connect(h *testHub, i, j int) {
	name := fmt.Sprint("from ", i, " to ", j)
	listener := h.listen(w.t, w.clients[j], name)
	defer listener.Close()
	port, err := w.clients[i].ConnectTo(w.t.Context(), name)
	must(w.t, err)
	w.entangled(i, j, port, accept(w.t, listener).Port)
}

func (w *world) newChannel() {
	channel, at := entangle.NewMessageChannel(), w.random.IntN(len(w.clients))
	w.entangled(at, at, channel.Port1, channel.Port2)
}

// held returns a random end that somebody holds and that fits, or nil.
func (w *world) held(fits func(*modelEnd) bool) *modelEnd {
	var all []*modelEnd
	for _, e := range w.ends {
		if e.port != nil && !e.gone && fits(e) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all[w.random.IntN(len(all))]
}

func (w *world) post() {
	from := w.held(func(*modelEnd) bool { return true })
	if from == nil {
		return
	}
	number := float64(len(w.log))
	message := modelMessage{number: number}
	var transfer []entangle.Transferable
	for range w.random.IntN(3) {
		p := w.held(func(e *modelEnd) bool {
			return e.holder == from.holder && e != from && !travels(from.peer, func(with *modelEnd) bool { return with == e }) &&
				!slices.Contains(message.ports, e)
		})
		if p != nil {
			message.ports = append(message.ports, p)
			transfer = append(transfer, p.port)
		}
	}
	w.note("%d posts %v on %s with %v", from.holder, number, from.name, names(message.ports))
	must(w.t, from.port.PostMessage(number, transfer...))
	for _, p := range message.ports {
		p.port, p.holder, p.inside = nil, -1, from.peer
	}
	if from.ended || from.peer.gone {
		w.loseAll(message.ports) // a message to nobody
		return
	}
	from.peer.queue = append(from.peer.queue, message)
	if travels(from.peer, func(e *modelEnd) bool { return e.limbo || e.gone }) {
		w.doubt(message.ports)
	}
}

// travels reports whether an end is such a one, or travels with such a one, directly or not. What
// is in an end's queue travels with it, and what was posted on it may do so, as long as it is not
// taken. So a port must not be posted to an end that travels with it: ports that are shipped
// through each other stay where they are (docs/protocol.md, 8).
func travels(end *modelEnd, such func(*modelEnd) bool) bool {
	seen := map[*modelEnd]bool{}
	var look func(*modelEnd) bool
	look = func(e *modelEnd) bool {
		if e == nil || seen[e] {
			return false
		}
		seen[e] = true
		return such(e) || e.inside != nil && (look(e.inside) || look(e.inside.peer))
	}
	return look(end)
}

// receive takes what must come, or sees the end.
func (w *world) receive() {
	if e := w.held(due); e != nil {
		w.receiveAt(e)
	}
}

// due reports whether something must come: a message or, if the end is loose, the end.
func due(e *modelEnd) bool { return len(e.queue) > 0 || e.ended }

func (w *world) receiveAt(e *modelEnd) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	event, err := e.port.Receive(ctx)
	if err != nil {
		w.note("%s ends: %v", e.name, err)
		early := len(e.queue) > 0
		if !errors.Is(err, entangle.ErrClosed) && !errors.Is(err, entangle.ErrLost) || !e.ended && !e.loose || early && !e.loose {
			w.t.Fatalf("%s ended with %v; %d messages were still to come, ended %v, loose %v", e.name, err, len(e.queue), e.ended, e.loose)
		}
		w.end(e.peer, true)
		w.end(e, false)
		return
	}
	if len(e.queue) == 0 {
		w.t.Fatalf("%s got %v, which nobody posted", e.name, event.Data())
	}
	message := e.queue[0]
	e.queue = e.queue[1:]
	w.note("%s got %v", e.name, event.Data())
	if event.Data() != message.number || len(event.Ports) != len(message.ports) {
		w.t.Fatalf("%s got %v with %d ports, want %v with %v", e.name, event.Data(), len(event.Ports), message.number, names(message.ports))
	}
	for i, p := range message.ports {
		p.port, p.holder, p.inside, p.limbo = event.Ports[i], e.holder, nil, false
	}
}

func (w *world) close() {
	if e := w.held(func(*modelEnd) bool { return true }); e != nil {
		w.note("%d closes %s", e.holder, e.name)
		e.port.Close()
		w.end(e, false)
	}
}

// end is the end of an end: what is in its queue is lost, and its peer gets close.
func (w *world) end(e *modelEnd, lost bool) {
	if e.gone {
		return
	}
	e.gone = true
	e.peer.ended = true
	e.peer.loose = e.peer.loose || lost
	if lost {
		w.doubtPosted(e)
	}
	for _, m := range e.queue {
		w.loseAll(m.ports)
	}
	e.queue = nil
}

// doubt is for ports that may be lost: messages that a lost port had posted are lost with it, if
// they were not taken.
func (w *world) doubt(ends []*modelEnd) {
	for _, e := range ends {
		if e.limbo || e.gone {
			continue
		}
		e.limbo, e.peer.loose = true, true
		for _, m := range e.queue {
			w.doubt(m.ports)
		}
		w.doubtPosted(e)
	}
}

func (w *world) doubtPosted(e *modelEnd) {
	for _, m := range e.peer.queue {
		w.doubt(m.ports)
	}
}

// loseAll ends ports that arrive nowhere. What they had posted may be lost on the way, too. They
// stay inside what they were in: it may take some time until those who are concerned know.
func (w *world) loseAll(ends []*modelEnd) {
	for _, e := range ends {
		w.end(e, true)
	}
}

// drain receives everything, closes everything, and looks whether anything is left over.
func (w *world) drain() {
	for {
		e := w.held(due)
		if e == nil {
			break
		}
		w.receiveAt(e)
	}
	for _, e := range w.ends {
		if e.port != nil && !e.gone {
			e.port.Close()
			w.end(e, false)
		}
	}
	for i, c := range w.clients {
		for c.Ports() > 0 {
			select {
			case <-c.Done():
				w.t.Fatalf("client %d ended: %v", i, c.Err())
			default:
				runtime.Gosched()
			}
		}
		must(w.t, c.Close())
	}
}

func names(ends []*modelEnd) (list []string) {
	for _, e := range ends {
		list = append(list, e.name)
	}
	return list
}
