package entangle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entangle-go/entangle/clone"
)

// relay is a network in a box: what is posted at one of its two ports elsewhere arrives at the
// inbox of the other, by a goroutine.
type relay struct {
	mu    sync.Mutex
	ready sync.Cond
	queue []func(*Inbox)
	done  bool
	other *late // the way back, which ends with this one
}

func newRelay(wg *sync.WaitGroup, to *Inbox, first []*clone.Record, other *late) *relay {
	r := &relay{other: other}
	r.ready.L = &r.mu
	for _, record := range first {
		r.Post(record)
	}
	wg.Go(func() { r.run(to) })
	return r
}

func (r *relay) enqueue(f func(*Inbox), last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, f)
	r.done = r.done || last
	r.ready.Signal()
}

func (r *relay) Dispatched(*clone.Record) {}

func (r *relay) Post(record *clone.Record) error {
	r.enqueue(func(to *Inbox) {
		if !to.Post(record) {
			panic("the stress test ships nothing twice")
		}
	}, false)
	return nil
}

func (r *relay) Close() {
	r.enqueue(func(to *Inbox) { to.Close(CloseError{Reason: ReasonClosed}) }, true)
}

func (r *relay) run(to *Inbox) {
	for {
		r.mu.Lock()
		for len(r.queue) == 0 && !r.done {
			r.ready.Wait()
		}
		if len(r.queue) == 0 {
			r.mu.Unlock()
			r.other.end()
			return
		}
		f := r.queue[0]
		r.queue = r.queue[1:]
		r.mu.Unlock()
		f(to)
	}
}

// late is a Peer that gets its relay after it was given away.
type late struct {
	mu     sync.Mutex
	relay  *relay
	before []*clone.Record
	closed bool
	ended  bool
}

func (l *late) Dispatched(*clone.Record) {}

func (l *late) Post(r *clone.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.relay != nil {
		return l.relay.Post(r)
	}
	l.before = append(l.before, r)
	return nil
}

func (l *late) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.relay != nil {
		l.relay.Close()
	}
}

// end ends the relay without a word: the other direction ended.
func (l *late) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.relay != nil {
		l.relay.enqueue(func(*Inbox) {}, true)
	}
}

func (l *late) set(r *relay) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.relay = r
	for _, record := range l.before {
		r.Post(record)
	}
	if l.closed {
		r.Close()
	} else if l.ended {
		r.enqueue(func(*Inbox) {}, true)
	}
}

// viaNetwork ships a local port and returns the port that lands for it on the other
// side of a relay.
func viaNetwork(wg *sync.WaitGroup, p *MessagePort) (*MessagePort, error) {
	there := &late{}
	s, err := Ship(p, there)
	if err != nil {
		return nil, err
	}
	back := &late{}
	port, inbox := EntanglePeer(back)
	to := newRelay(wg, inbox, s.Queue, back)
	if s.Closed {
		to.Close()
		return port, nil
	}
	there.set(to)
	back.set(newRelay(wg, s.Partner, nil, there))
	return port, nil
}

// traveller is one end of a channel on its way through the stress test. Only its holder uses it.
type traveller struct {
	port *MessagePort
	end  *stressEnd
}

// stressEnd is what both holders of a channel know.
type stressEnd struct {
	channel  int
	posted   atomic.Int64 // by this end
	received atomic.Int64 // by the other one
	other    *stressEnd
	local    atomic.Bool // not shipped: once for both ends
}

// Any number of goroutines post, transfer, ship, adopt, release, receive and close at once: no
// deadlock, no race, and of every channel what was posted arrives in order and without a gap
// (SPEC 33, 42, 46). What a goroutine does depends on a seed.
func TestStress(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { stress(t, seed) })
	}
}

func stress(t *testing.T, seed uint64) {
	const workers, channels, steps = 6, 12, 3000
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	pool := make(chan traveller, 2*channels+workers)
	for i := range channels {
		c := NewMessageChannel()
		a, b := &stressEnd{channel: i}, &stressEnd{channel: i}
		a.other, b.other = b, a
		a.local.Store(true)
		pool <- traveller{c.Port1, a}
		pool <- traveller{c.Port2, b}
	}
	_, global := newTestGlobal()
	var workersGroup, relays sync.WaitGroup
	for w := range workers {
		random := rand.New(rand.NewPCG(seed, uint64(w)))
		workersGroup.Go(func() {
			for range steps {
				tr := <-pool
				stressStep(ctx, t, random, &tr, global, &relays)
				pool <- tr
			}
		})
	}
	workersGroup.Wait()
	close(pool)
	var all []traveller
	for tr := range pool {
		all = append(all, tr)
	}
	for _, tr := range all { // what was posted before close arrives
		tr.port.Close()
	}
	relays.Wait()
}

func stressStep(ctx context.Context, t *testing.T, random *rand.Rand, tr *traveller, global *Global, relays *sync.WaitGroup) {
	switch n := random.IntN(100); {
	case n < 45:
		must(t, tr.port.PostMessage(float64(tr.end.posted.Add(1))))
	case n < 75:
		short, cancel := context.WithTimeout(ctx, time.Duration(random.IntN(50))*time.Microsecond)
		defer cancel()
		for e, err := range tr.port.Messages(short) {
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				return
			}
			got, want := int64(e.Data().(float64)), tr.end.other.received.Add(1)
			if got != want {
				t.Errorf("channel %d: received %d, want %d", tr.end.channel, got, want)
			}
		}
	case n < 85: // through another channel, which is closed or dropped
		c := NewMessageChannel()
		must(t, c.Port1.PostMessage(nil, tr.port))
		tr.port = receive(t, c.Port2).Ports[0]
		if random.IntN(2) == 0 {
			c.Port1.Close()
		}
	case n < 95:
		port := value(global.Adopt(tr.port))(t)
		tr.port = value(port.Release())(t)
	default:
		// FIXME: a port that is elsewhere already is not shipped on here: that is the network's business
		if first := tr.end; first.local.CompareAndSwap(true, false) {
			tr.port = value(viaNetwork(relays, tr.port))(t)
		}
	}
}

// Both sides post, close and ship at the same time, again and again: nothing hangs.
func TestCloseAndShipAtOnce(t *testing.T) {
	for range 300 {
		c := NewMessageChannel()
		var wg, relays sync.WaitGroup
		for _, p := range []*MessagePort{c.Port1, c.Port2} {
			wg.Go(func() { p.PostMessage("x", NewMessageChannel().Port1) })
			wg.Go(func() { p.Close() })
			wg.Go(func() { p.PostMessage("y") })
			wg.Go(func() {
				for _, err := range p.Messages(t.Context()) {
					if err != nil && err != ErrDetached {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			if far, err := viaNetwork(&relays, c.Port1); err == nil {
				far.PostMessage("z")
				far.Close()
			} else if err != ErrClosed {
				t.Error(err)
			}
		})
		wg.Wait()
		relays.Wait()
	}
}

// SPEC 101: a global that is closed while ports come in leaves none open.
func TestAdoptAndCloseAtOnce(t *testing.T) {
	for range 300 {
		ua := NewUserAgent()
		w := ua.NewWindow(WindowOptions{})
		var wg sync.WaitGroup
		var peers [4]*MessagePort
		for i := range peers {
			c := NewMessageChannel()
			peers[i] = c.Port2
			wg.Go(func() { value(w.Global().Adopt(c.Port1))(t) })
			wg.Go(func() {
				must(t, w.PostMessage(nil, "x", WindowPostMessageOptions{TargetOrigin: "*", Transfer: []Transferable{NewMessageChannel().Port1}}))
			})
			wg.Go(func() { NewBroadcastChannel(w.Global(), "x").PostMessage("x") })
			wg.Go(func() { w.ConnectTo("x") })
		}
		wg.Go(w.Destroy)
		wg.Wait()
		for _, p := range peers {
			expectError(t, p, ErrClosed)
		}
		if len(ua.requests)+len(ua.windows)+len(ua.broadcasts.groups) != 0 {
			t.Fatal("something is left of the window")
		}
	}
}
