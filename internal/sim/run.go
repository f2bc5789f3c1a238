package sim

import (
	"fmt"

	"github.com/entangle-go/entangle/protocol"
)

// Run runs the schedule of a seed, to its end or the first violation.
func Run(c Config, seed uint64) *World { return run(c, seed, false, nil) }

// RunTraced is Run, and tells everything that is said to trace, which may be nil.
func RunTraced(c Config, seed uint64, trace func(line string)) *World {
	return run(c, seed, false, trace)
}

func run(c Config, seed uint64, recording bool, trace func(string)) *World {
	w := NewWorld(c, seed)
	w.recording, w.trace = recording, trace
	w.Counts.Schedules = 1
	w.introduce()
	w.chaos()
	w.calmDown()
	w.settle()
	w.drain()
	return w
}

// introduce lets everybody know somebody.
func (w *World) introduce() {
	honest := w.config.Endpoints
	name := names[0]
	if w.config.Hostile > 0 {
		name = privateName
	}
	for i := range honest {
		w.do(Action{Do: Listen, At: i, Number: int64(len(w.Clients[i].listens) + 1), Name: name})
		w.do(Action{Do: ConnectTo, At: (i + 1) % honest, Channel: w.nextName, Name: name})
	}
	for i := range honest { // newer ones, which may be shipped over those
		for range 2 {
			w.do(Action{Do: MakeChannel, At: i, Channel: w.nextName})
		}
	}
	w.crowd()
	for i := range w.config.Hostile {
		w.do(Action{Do: Join, At: honest + i, Number: w.anyKind()})
	}
}

// crowd brings one client near each of its limits.
func (w *World) crowd() {
	for i := range w.config.Crowd {
		w.do(Action{Do: ConnectTo, At: 0, Channel: w.nextName, Name: nobodysName})
		w.do(Action{Do: Listen, At: 0, Number: int64(len(w.Clients[0].listens) + 1), Name: privateName})
		w.do(Action{Do: Subscribe, At: 0, Name: fmt.Sprintf("channel %d", i)})
	}
	for w.config.Crowd > 0 && len(w.busy) > 0 && w.Violation == nil {
		w.do(w.service(w.oldest()))
	}
}

// chaos is what the seed is about: whatever may happen does, in any order.
func (w *World) chaos() {
	deaths, delays := w.config.Deaths, maxDelays
	for range w.config.Steps {
		switch n := w.rand.IntN(20); {
		case n < 9:
			a := w.act()
			if w.config.Thefts && len(a.Carried) > 0 {
				w.do(Action{Do: Steal, End: a.Carried[0]})
			}
			w.do(a)
		case n < 10 && w.config.Cuts && w.rand.IntN(2) == 0:
			w.sockets()
		case n < 10:
			w.do(w.sometime())
		default:
			w.do(w.someQueue())
		}
		if w.config.Hostile > 0 && w.rand.IntN(3) == 0 {
			w.do(w.attack())
		}
		if w.config.Late && delays > 0 && w.rand.IntN(80) == 0 && w.greeted() {
			delays--
			w.delay()
		}
		if deaths > 0 && w.rand.IntN(w.config.Steps/w.config.Deaths) == 0 && len(w.live()) > 1 {
			deaths--
			w.do(w.death())
		}
		if w.Violation != nil {
			return
		}
	}
}

// maxDelays is how often everything comes too late: in all for less time than a transit may take.
const maxDelays = 4

// maxSteps bounds the steps of all machines until nothing is left to do: beyond it they talk for
// ever.
const maxSteps = 100_000

// settle serves everything in any order, as actions, and lets applications dispatch everything,
// until nothing is left to do.
func (w *World) settle() {
	for w.Violation == nil && w.steps < maxSteps {
		for len(w.busy) > 0 && w.Violation == nil && w.steps < maxSteps {
			w.do(w.someQueue())
		}
		if w.dispatchAll(w.doDispatch) {
			continue
		}
		wait, ok := w.comes()
		if !ok {
			return
		}
		w.do(Action{Do: Pass, Number: wait})
		w.do(Action{Do: Deadlines})
	}
}

// calmDown ends the chaos: everybody who lives comes back, and sockets that are gone are noticed.
func (w *World) calmDown() {
	w.do(Action{Do: Calm})
	for _, c := range w.live() {
		if !c.online {
			w.do(Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)})
		}
	}
	for _, s := range w.sessions {
		if s.half {
			w.do(Action{Do: Notice, At: s.Number()})
		}
	}
}

// looks are when the world is looked at after the chaos: when all that was said has arrived, when
// absences are over, and when nothing waits for anything any more.
var looks = []protocol.Time{5_000 * millisecond, 200_000 * millisecond, 1_700_000 * millisecond}

// thorough is how many schedules there are for one that goes on to the last look anyway.
const thorough = 8

func (w *World) doDispatch(e *End) bool {
	if !e.ready() {
		return false
	}
	w.do(Action{Do: Dispatch, End: e.Name()})
	return true
}

// drain does the same, and checks the world, in an order that depends on nothing, for lists of
// actions from which some were left out.
func (w *World) drain() {
	began, look := w.steps, 0
	for w.Violation == nil {
		for len(w.busy) > 0 && w.Violation == nil {
			w.serve(w.oldest())
			if w.steps-began >= maxSteps {
				w.bad(rQuiet, "they talk for ever")
			}
		}
		if w.dispatchAll(w.Dispatch) || w.returned() {
			continue
		}
		next := max(w.next(), w.now)
		if next >= w.calm+looks[look] {
			w.check()
			last := look == len(looks)-1
			if last || w.Violation == nil && w.seed%thorough != 0 {
				return
			}
			w.Violation = nil
			look++
		}
		w.pass((next - w.now + millisecond - 1) / millisecond * millisecond)
		w.keepDeadlines()
	}
}

// returned brings back who has lost its socket since the calm.
func (w *World) returned() (any bool) {
	for _, c := range w.live() {
		if !c.online {
			w.ComeBack(c, c.nth)
			any = true
		}
	}
	return any
}

// dispatchAll dispatches everything that applications have.
func (w *World) dispatchAll(dispatch func(*End) bool) (any bool) {
	for _, c := range w.Clients {
		if c.endpoint == nil || c.Dead {
			continue
		}
		for i := 0; i < len(c.exposed) && w.Violation == nil; i++ {
			for dispatch(c.exposed[i]) && w.Violation == nil {
				any = true
			}
		}
	}
	return any
}

// comes tells how many milliseconds it is to the next deadline, if there is one before the first
// look.
func (w *World) comes() (milliseconds int64, ok bool) {
	next := w.next()
	if next > w.calm+looks[0] {
		return 0, false
	}
	return int64((max(next, w.now) - w.now + millisecond - 1) / millisecond), true
}

// Replay does the actions of a list in a new world, serves what is left, and checks the world.
func Replay(c Config, seed uint64, actions []Action, trace func(string)) *World {
	w := NewWorld(c, seed)
	w.trace = trace
	for _, a := range actions {
		if w.Violation != nil {
			break
		}
		w.do(a)
	}
	if w.calm == 0 {
		w.calm = w.now
	}
	for _, s := range w.sessions {
		w.notice(s)
	}
	w.drain()
	return w
}
