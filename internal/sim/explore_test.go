package sim

import "testing"

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
