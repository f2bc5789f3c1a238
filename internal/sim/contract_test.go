package sim

import (
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// TestMisuse breaks the memory contract of Step in each way: that is noticed. Where it is kept
// nothing is, as TestSimulation of package protocol shows. With the race detector what ended is
// overwritten at once; without it what comes next overwrites it.
func TestMisuse(t *testing.T) {
	for name, way := range map[string]misuse{"frames": keepFrames, "ports": keepPorts, "bodies": keepBodies, "packets": keepPackets} {
		t.Run(name, func(t *testing.T) {
			c := named("moves", protocol.Mutations{})
			c.misuse = way
			for seed := range uint64(20) {
				if w := Run(c, seed); w.Violation != nil {
					t.Logf("seed %d: %v", seed, w.Violation)
					return
				}
			}
			t.Error("nothing broke")
		})
	}
}
