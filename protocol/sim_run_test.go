package protocol

import (
	"flag"
	"testing"
)

var simSeeds = flag.Uint64("seeds", 150, "how many schedules the simulation runs in each configuration")

var simTrace = flag.Bool("show", false, "print what happens in the simulation")

var simSeed = flag.Uint64("seed", 0, "the first schedule that the simulation runs")

type simConfig struct {
	name      string
	endpoints int
	steps     int
	closes    bool
	circles   bool // otherwise a port goes only over ports of channels older than its own
	deaths    int
	off       mutations
}

// simulate runs one schedule and gives what went wrong, or "".
func simulate(t testing.TB, seed uint64, c simConfig) (*simWorld, string) {
	w := newSimWorld(t, seed, c.endpoints)
	return w, w.run(c)
}

func (w *simWorld) run(c simConfig) string {
	w.circles = c.circles
	for _, ep := range w.endpoints {
		w.step(ep, Event{Kind: EventStart})
		ep.s.off = c.off
		for range 2 {
			w.newChannel(ep)
		}
	}
	// Everybody knows somebody.
	for i, ep := range w.endpoints {
		w.listen(ep, "a")
		w.connect(w.endpoints[(i+1)%len(w.endpoints)], "a")
	}
	deaths := c.deaths
	for range c.steps {
		if w.r.IntN(2) == 0 {
			w.act(c.closes)
		} else {
			w.serve()
		}
		if deaths > 0 && w.r.IntN(c.steps/c.deaths) == 0 && len(w.live()) > 1 {
			deaths--
			w.kill(w.live()[w.r.IntN(len(w.live()))])
		}
		if w.violation != "" {
			return w.violation
		}
	}
	w.drain()
	w.check()
	return w.violation
}

func TestSimulation(t *testing.T) {
	for _, c := range []simConfig{
		{name: "moves", endpoints: 4, steps: 400},
		{name: "closes", endpoints: 4, steps: 400, closes: true},
		{name: "deaths", endpoints: 4, steps: 400, deaths: 2},
		{name: "closes and deaths", endpoints: 4, steps: 400, closes: true, deaths: 2},
		{name: "large", endpoints: 6, steps: 1500, closes: true, deaths: 3},
		{name: "two endpoints", endpoints: 2, steps: 300, closes: true},
		{name: "circles", endpoints: 4, steps: 400, circles: true, closes: true, deaths: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			seeds := *simSeeds
			if c.steps > 1000 {
				seeds /= 5
			}
			var posts, ships, dispatches, packets int
			for seed := *simSeed; seed < *simSeed+seeds; seed++ {
				w, bad := simulate(t, seed, c)
				if bad != "" {
					t.Fatalf("seed %d: %s", seed, bad)
				}
				posts += w.counts.posts
				ships += w.counts.ships
				dispatches += w.counts.dispatches
				packets += w.counts.packets
			}
			t.Logf("%d schedules, %d posts, %d ports shipped, %d dispatches, %d packets", seeds, posts, ships, dispatches, packets)
		})
	}
}
