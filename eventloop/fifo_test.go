package eventloop

import (
	"math/rand/v2"
	"testing"
)

// A fifo gives what it got, in order, and knows how much that is.
func TestFIFO(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	var f fifo
	pushed, popped := uint64(0), uint64(0)
	for range 20_000 {
		// It fills up and runs empty in turns.
		if fill := popped%1000 < 500; f.len() == 0 || random.IntN(10) < 4 || fill && random.IntN(2) == 0 {
			pushed++
			f.push(task{number: pushed})
		} else {
			if first, want := f.first().number, popped+1; first != want {
				t.Fatalf("%d is first, want %d", first, want)
			}
			popped++
			if got := f.pop().number; got != popped {
				t.Fatalf("got %d, want %d", got, popped)
			}
		}
		if want := int(pushed - popped); f.len() != want {
			t.Fatalf("len %d, want %d", f.len(), want)
		}
	}
	f.clear()
	if f.len() != 0 {
		t.Error("it was cleared and has", f.len())
	}
}

// A fifo that never runs empty occupies at most four times what waits in it, however much goes
// through, and keeps nothing of what has gone.
func TestFIFOStaysSmall(t *testing.T) {
	for _, waiting := range []int{1, 2, 7, 100} {
		var f fifo
		for range waiting {
			f.push(task{steps: func() {}})
		}
		for range 100 * waiting {
			f.push(task{steps: func() {}})
			f.pop()
		}
		all := f.tasks[:cap(f.tasks)]
		if len(all) > 4*(waiting+1) {
			t.Errorf("%d tasks wait in %d places", waiting, len(all))
		}
		kept := 0
		for _, t := range all {
			if t.steps != nil {
				kept++
			}
		}
		if kept != waiting {
			t.Errorf("%d tasks wait, %d are kept", waiting, kept)
		}
	}
}

// A fifo that grows moves each task a few times at most: it makes room by moving what waits only
// when at least as much has gone.
func TestFIFOMovesLittle(t *testing.T) {
	var f fifo
	const waiting = 1000
	moved := 0
	for i := range 100 * waiting {
		var before *task
		if f.len() > 0 {
			before = f.first()
		}
		n := f.len()
		f.push(task{number: uint64(i)})
		if before != nil && f.first() != before {
			moved += n
		}
		if f.len() > waiting {
			f.pop()
		}
	}
	if moved > 3*100*waiting {
		t.Errorf("%d moves for %d tasks", moved, 100*waiting)
	}
}
