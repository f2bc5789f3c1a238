package protocol

import "testing"

// Each repair of docs/protocol.md, 3, is needed: with it switched off the checker
// finds a violation.
func TestMutations(t *testing.T) {
	world := simConfig{endpoints: 4, steps: 400, closes: true, deaths: 1}
	for name, off := range map[string]mutations{
		"ports in transit count as lost with their sender": {noTransit: true},
		"the queue is not carried":                         {noQueue: true},
		"unacknowledged messages are not carried":          {noRetained: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := world
			c.off = off
			for seed := range uint64(5000) {
				if _, bad := simulate(t, seed, c); bad != "" {
					t.Logf("seed %d: %s", seed, bad)
					return
				}
			}
			t.Error("nothing broke")
		})
	}
	for name, off := range map[string]mutations{"no gate": {noGate: true}, "no custody chain": {noChain: true}} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5000) {
				if bad := attack(t, seed, off); bad != "" {
					t.Logf("seed %d: %s", seed, bad)
					return
				}
			}
			t.Error("nothing broke")
		})
	}
}

// TestAttacks runs the attacks with everything switched on: a former owner gets nothing and
// changes nothing (I9).
func TestAttacks(t *testing.T) {
	for seed := *simSeed; seed < *simSeed+3**simSeeds; seed++ {
		if bad := attack(t, seed, mutations{}); bad != "" {
			t.Fatalf("seed %d: %s", seed, bad)
		}
	}
}

// attack moves a port from endpoint to endpoint while its peer posts. A former owner comes back, in
// a session of its own, with the capability it once had, handed on to itself some times, as a
// client might that could replay what its session knows.
func attack(t testing.TB, seed uint64, off mutations) string {
	w := newSimWorld(t, seed, 4)
	for _, ep := range w.endpoints {
		w.step(ep, Event{Kind: EventStart})
		ep.s.off = off
	}
	owner, friend, peer, thief := w.endpoints[0], w.endpoints[1], w.endpoints[2], w.endpoints[3]
	carrier := w.meet(owner, friend, "carrier")
	port := w.meet(owner, peer, "port")
	w.drain()
	stolen := *owner.s.claims[port.handle]
	w.post(owner, carrier, port)
	other := port.peer()
	for range w.r.IntN(40) {
		w.traffic(peer, other)
	}
	// The capability may be replayed once the peer has accepted the new owner: before, its owner could
	// as well hand it to the thief. A copy that was spent at the same time as the real one may be
	// there earlier.
	copied := off.noGate || w.r.IntN(2) == 0
	for !copied && w.violation == "" && other.handle != 0 && peer.s.claims[other.handle].peerN < 1 {
		w.traffic(peer, other)
	}
	hops := 1
	if !copied {
		hops = 1 + w.r.IntN(3)
	}
	if accepted := peer.s.claims[other.handle].peerN >= 1; accepted || copied {
		w.steal(thief, stolen, hops, accepted)
	}
	for range 60 {
		w.traffic(peer, other)
	}
	w.drain()
	w.check()
	return w.violation
}

// meet makes a channel between two endpoints that has moved once.
func (w *simWorld) meet(a, b *simEndpoint, name string) *simEnd {
	w.listen(b, name)
	for w.serve() {
	}
	e := w.connect(a, name)
	for w.serve() {
	}
	return e
}

// traffic does something on the port, or lets something arrive.
func (w *simWorld) traffic(ep *simEndpoint, e *simEnd) {
	if e.at == ep && w.r.IntN(4) == 0 {
		w.post(ep, e)
	} else {
		w.serve()
	}
}

// steal gives a session a capability that is not its client's to have.
func (w *simWorld) steal(thief *simEndpoint, c claim, hops int, attach bool) {
	s := thief.s
	for range hops {
		n, _ := c.token.last()
		c.token = c.token.hop(s.nonce(c.id, n+1, ID{byte(w.r.IntN(256))}, uint64(w.r.IntN(9))))
	}
	c.handle, c.confirmed, c.sent, c.landed = s.mint(), false, nil, nil
	s.count++
	s.effects = nil
	s.add(&c)
	if attach {
		s.publish(&c, Packet{Kind: Attach})
	}
	effects := s.effects
	s.effects = nil
	w.thefts = map[Handle]*simEndpoint{c.handle: thief}
	w.carryOut(thief, effects)
}
