package protocol_test

import (
	"flag"
	"testing"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

var seeds = flag.Uint64("seeds", 12, "how many schedules of each configuration are simulated: go run ./sim does more, and faster")

// minimizing is for how long a failing schedule is made shorter.
const minimizing = 20 * time.Second

// TestSimulation runs some schedules of each configuration: of honest clients, and of hostile ones.
func TestSimulation(t *testing.T) {
	for _, c := range sim.Configs() {
		t.Run(c.Name, func(t *testing.T) {
			var all sim.Counts
			n := *seeds
			if c.Crowd > 0 || c.Steps > 1000 {
				n = max(1, n/10) // they take as much longer
			}
			for seed := range n {
				w := sim.Run(c, seed)
				if w.Violation != nil {
					for _, a := range sim.Minimize(c, seed, minimizing) {
						t.Log(a)
					}
					t.Fatalf("seed %d: %v", seed, w.Violation)
				}
				all.Add(w.Counts)
			}
			t.Logf("%+v", all)
		})
	}
}

// TestMutations switches each rule off: the checker notices. So each is needed, and the checker
// would see it broken.
func TestMutations(t *testing.T) {
	for _, m := range sim.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			for seed := m.From; seed < m.From+5000; seed++ {
				if w := sim.Run(m.Config, seed); w.Violation != nil {
					t.Logf("seed %d: %v", seed, w.Violation)
					return
				}
			}
			t.Errorf("nothing broke: %s", m.About)
		})
	}
}
