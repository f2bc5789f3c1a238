package protocol_test

import (
	"testing"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

// Both ends are closed with a message under way that is lost, and so is CLOSE. Neither takes the
// other's message in any more: CLOSE is said again all the same, and ends both.
func TestBothEndsClose(t *testing.T) {
	w := sim.NewWorld(sim.Config{Endpoints: 2, Closes: true}, 1)
	a, b := w.Clients[0], w.Clients[1]
	near := w.Meet(a, b, "x")
	w.Wait(time.Second)
	far := near.Peer()
	for _, e := range []*sim.End{near, far} {
		w.Post(e)
		w.Close(e)
	}
	for range 2 { // DATA and CLOSE
		for _, n := range []int{0, 1} {
			w.Do(sim.Action{Do: sim.ServeUp, At: n})
			w.Do(sim.Action{Do: sim.Lose, From: n, At: 1 - n})
		}
	}
	if w.Counts.Lost != 4 {
		t.Fatalf("%d packets were lost", w.Counts.Lost)
	}
	if v := w.Finish(); v != nil {
		t.Fatal(v)
	}
}
