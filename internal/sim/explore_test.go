package sim

import (
	"maps"
	"testing"
)

// Every script, as far as there is time for it in a test: I1 to I10 hold whatever happens when, and
// nothing is stuck. The command explores them whole.
func TestExplore(t *testing.T) {
	for _, s := range Scripts() {
		for _, faults := range []bool{false, true} {
			if x := s.Explore(faults, 60, 2, func(Exploration) {}); x.Violation != nil || x.States < 60 {
				t.Errorf("%s: %+v", s.Name, x)
			}
		}
	}
}

// A rule that is switched off is noticed: exploring finds what it should.
func TestExploreMutation(t *testing.T) {
	s := Scripts()[0]
	s.off.NoRetained = true
	x := s.Explore(false, 5000, 2, func(Exploration) {})
	if x.Violation == nil {
		t.Fatalf("nothing in %d states", x.States)
	}
	said := 0
	s.Show(x.Actions, func(string) { said++ })
	if said == 0 {
		t.Error("nothing is said of it")
	}
}

// What is left out of an exploration leads nowhere else: with all states the ends are the same, and
// there are at least as many states.
func TestExploreHurry(t *testing.T) {
	s := Script{clients: 3, setup: [][2]int{{0, 1}, {0, 2}}, threads: [][]Action{{post(0, 0, EndName{1, 0})}}}
	hasty, slow := &explorer{script: &s, most: 1e6}, &explorer{script: &s, most: 1e6, slow: true}
	few, all := hasty.explore(2, func(Exploration) {}), slow.explore(2, func(Exploration) {})
	if !few.Whole || !all.Whole || few.States >= all.States {
		t.Errorf("%d states, and %d with all", few.States, all.States)
	}
	if len(slow.ends) == 0 || !maps.Equal(hasty.ends, slow.ends) {
		t.Errorf("%d ends, and %d with all states", len(hasty.ends), len(slow.ends))
	}
}
