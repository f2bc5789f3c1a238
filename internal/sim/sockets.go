package sim

import "github.com/entangle-go/entangle/protocol"

// What happens to sockets, clocks and the hub is drawn here.

const second = 1000 * millisecond

// Who is away for less than certainly is not lost by anybody, who was for longer than possibly may
// be: what is said when one comes back takes its time, and the hub may notice late that one is
// gone.
const (
	certainly = 80 * second
	possibly  = 100 * second
)

// sockets is something that happens to some socket, to the hub, or to clocks.
func (w *World) sockets() {
	live := w.live()
	if len(live) == 0 {
		return
	}
	c := live[w.rand.IntN(len(live))]
	switch n := w.rand.IntN(20); {
	case n < 8:
		w.cutOrComeBack(c)
	case n < 10:
		if s := w.sessions[w.rand.IntN(len(w.sessions))]; s.half {
			w.do(Action{Do: Notice, At: s.Number()})
		}
	case n < 11 && w.config.Restarts > w.Counts.Restarts:
		a := Action{Do: Restart, Number: w.rand.Int64N(1 << 30), Attach: w.config.Rotate && w.rand.IntN(2) == 0}
		if w.config.Clocks {
			a.From = w.rand.IntN(40_000) - 30_000
		}
		w.do(a)
	case n < 12 && w.config.Clocks && c.online:
		w.do(Action{Do: Jump, At: c.Number, Number: w.rand.Int64N(300_000)})
	case n < 13:
		w.rest()
	default:
		w.wait(protocol.Time(w.rand.IntN(3)+1) * second)
	}
}

func (w *World) cutOrComeBack(c *Client) {
	if !c.online {
		w.do(Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)})
		return
	}
	a := Action{Do: Cut, At: c.Number, Number: int64(w.rand.IntN(c.session.up.len() + 1)), From: w.rand.IntN(c.session.down.len() + 1)}
	a.Attach = w.config.Half && w.rand.IntN(2) == 0
	w.do(a)
	if w.rand.IntN(3) == 0 { // at once
		w.do(Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)})
	}
}

// rest lets everything arrive that is under way, and then time pass.
func (w *World) rest() {
	for i := 0; len(w.busy) > 0 && i < 2000 && w.Violation == nil; i++ {
		w.do(w.someQueue())
	}
	d := protocol.Time(1+w.rand.IntN(40)) * second
	if w.config.Slow && len(w.live()) == w.online() && w.slept < mostSlept {
		d = protocol.Time(1+w.rand.IntN(150)) * second
		w.slept += d
	}
	for ; d > 0 && w.Violation == nil; d -= 10 * second { // so that deadlines are kept
		w.wait(min(d, 10*second))
		for i := 0; len(w.busy) > 0 && i < 2000 && w.Violation == nil; i++ {
			w.do(w.someQueue())
		}
	}
}

// mostSlept is how long everybody may be asleep, in all: less than a transit may take.
const mostSlept = 400 * second

// online is how many of those who live have a socket.
func (w *World) online() (n int) {
	for _, c := range w.live() {
		if c.online {
			n++
		}
	}
	return n
}

// wait lets time pass if nobody is harmed by it: what is under way has not waited for long, and who
// is away may be for so much longer, unless the configuration has it otherwise.
func (w *World) wait(d protocol.Time) {
	if w.waited()+d > 3*second && len(w.busy) > 0 {
		return
	}
	for _, c := range w.live() {
		if !c.online && w.now+d-c.since > certainly && !w.config.Absences {
			w.do(Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)})
			return
		}
	}
	for _, s := range w.sessions {
		if s.half && w.now+d-s.since > 10*second {
			w.do(Action{Do: Notice, At: s.Number()})
			return
		}
	}
	w.do(Action{Do: Pass, Number: int64(d / millisecond)})
	w.do(Action{Do: Deadlines})
}
