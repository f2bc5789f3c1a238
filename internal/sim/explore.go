package sim

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Small scripts are explored whole: in any order in which frames, packets and what applications do
// can follow each other, with one fault at any moment. From each state everything that waits is
// served, and the world has to be as it must be then: so each state can come to a good end, and
// nothing is stuck.

// Exploration is what an exploration came to.
type Exploration struct {
	States, Transitions, Depth int
	Whole                      bool // there was nothing more
	Violation                  *Violation
	Actions                    []Action // that lead to the violation
}

// node is a state, as the actions that lead to it.
type node struct {
	actions []Action
	at      []int // how far each thread is
	faults  int
}

// explorer explores one script.
type explorer struct {
	script  *Script
	faults  bool
	most    int
	slow    bool // nothing is left out
	stopped atomic.Bool

	mu    sync.Mutex // guards the fields below
	seen  map[uint64]struct{}
	ends  map[uint64]struct{} // states that nothing follows
	after []node              // the next level
	x     Exploration
}

// Explore explores the script, breadth first, up to so many states, in so many goroutines. With
// faults there is one at any moment, or none. progress is told how far it is after each level.
func (s *Script) Explore(faults bool, most, workers int, progress func(Exploration)) Exploration {
	e := &explorer{script: s, faults: faults, most: most}
	return e.explore(workers, progress)
}

func (e *explorer) explore(workers int, progress func(Exploration)) Exploration {
	e.seen, e.ends = map[uint64]struct{}{}, map[uint64]struct{}{}
	level := []node{{at: make([]int, len(e.script.threads))}}
	for ; len(level) > 0 && !e.stopped.Load(); e.x.Depth++ {
		e.after = nil
		var next atomic.Int64
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(level)) && !e.stopped.Load(); i = next.Add(1) - 1 {
					e.follow(level[i])
				}
			})
		}
		group.Wait()
		progress(e.x)
		level = e.after
	}
	e.x.Whole = !e.stopped.Load()
	return e.x
}

// follow looks at the states that follow one.
func (e *explorer) follow(n node) {
	next := e.script.steps(n, e.faults)
	if len(next) == 0 {
		e.end(n)
	}
	for _, m := range next {
		w := e.script.world(m.actions, nil)
		e.hurry(w, &m)
		if e.known(w, m) {
			continue
		}
		if w.finish(); w.Violation != nil {
			e.broken(w, m)
			return
		}
	}
}

// hurry lets clients come back at once, and take what is on its way to them, if neither they nor a
// fault can come between: when they do makes no difference to anybody, for all that follows is at
// the end of a queue. So states that differ in that only count as one (a persistent set of one
// transition; Godefroid, Partial-Order Methods for the Verification of Concurrent Systems, 4).
func (e *explorer) hurry(w *World, m *node) {
	if e.faults && m.faults == 0 || e.slow {
		return
	}
	for _, c := range w.live() {
		for w.Violation == nil && (!c.online || c.session.down.len() > 0) && e.script.idle(w, c, m.at) {
			a := w.comeBack(c)
			if c.online {
				a = w.service(&c.session.down)
			}
			m.actions = append(slices.Clip(m.actions), a)
			w.do(a)
		}
	}
}

func (w *World) comeBack(c *Client) Action {
	return Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)}
}

// idle reports whether nothing that applications still do can be done at a client.
func (s *Script) idle(w *World, c *Client, at []int) bool {
	for i, thread := range s.threads {
		for _, a := range thread[at[i]:] {
			if e := w.named(a.End); e == nil || e.At == c || len(a.Carried) > 0 {
				return false
			}
		}
	}
	return true
}

// known notes a state, and reports whether it was known.
func (e *explorer) known(w *World, m node) bool {
	key := w.fingerprint(m.at, m.faults)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.x.Transitions++
	if _, known := e.seen[key]; known && w.Violation == nil {
		return true
	}
	e.seen[key] = struct{}{}
	e.after = append(e.after, m)
	if e.x.States = len(e.seen); e.x.States >= e.most {
		e.stopped.Store(true)
	}
	return false
}

func (e *explorer) end(n node) {
	key := e.script.world(n.actions, nil).fingerprint(n.at, n.faults)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ends[key] = struct{}{}
}

func (e *explorer) broken(w *World, m node) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped.Store(true)
	if e.x.Violation == nil {
		e.x.Violation, e.x.Actions = w.Violation, m.actions
	}
}

// world is the state that actions lead to.
func (s *Script) world(actions []Action, trace func(string)) *World {
	w := NewWorld(Config{Endpoints: s.clients, Closes: true, Cuts: true, Heirs: len(s.dying) > 0, Off: s.off}, 1)
	w.Settle()
	for i, channel := range s.setup {
		w.Meet(w.Clients[channel[0]], w.Clients[channel[1]], fmt.Sprint(i))
	}
	w.Settle()
	w.trace = trace
	for _, a := range actions {
		w.say("# %v", a)
		w.do(a)
	}
	return w
}

// Show tells what is said in an exploration's violation.
func (s *Script) Show(actions []Action, trace func(string)) { s.world(actions, trace).finish() }

// finish lets everybody come back and everything arrive, and checks the world.
func (w *World) finish() {
	if w.Violation == nil {
		w.calmDown()
		w.drain()
	}
}

// steps are the states that follow a state.
func (s *Script) steps(n node, faults bool) (list []node) {
	w := s.world(n.actions, nil)
	add := func(fault int, thread int, a Action) {
		m := node{append(slices.Clip(n.actions), a), n.at, n.faults + fault}
		if thread >= 0 {
			m.at = slices.Clone(n.at)
			m.at[thread]++
		}
		list = append(list, m)
	}
	for i, thread := range s.threads {
		if n.at[i] < len(thread) && w.possible(thread[n.at[i]]) {
			add(0, i, thread[n.at[i]])
		}
	}
	queues := slices.Clone(w.busy)
	slices.SortFunc(queues, func(a, b *queue) int { return a.list[a.head].number - b.list[b.head].number })
	for _, q := range queues {
		add(0, -1, w.service(q))
	}
	for _, c := range w.live() {
		if !c.online {
			add(0, -1, w.comeBack(c))
		}
	}
	if faults && n.faults == 0 {
		for _, a := range s.faults(w, queues) {
			add(1, -1, a)
		}
	}
	return list
}

// possible reports whether an action is one by now.
func (w *World) possible(a Action) bool {
	e := w.named(a.End)
	return e != nil && (a.Do != Dispatch || len(e.queue) > 0) && len(w.together(e, a.Carried)) == len(a.Carried)
}

// faults are what may go wrong in a state. Of what is on its way when a socket is cut nothing
// arrives, or all that the client has sent, at any time; all else is a cut at another moment.
func (s *Script) faults(w *World, queues []*queue) (list []Action) {
	if len(s.dying) > 0 {
		for _, number := range s.dying {
			list = append(list, Action{Do: Kill, At: number})
			if up := w.Clients[number].session.up.len(); up > 0 {
				list = append(list, Action{Do: Kill, At: number, Number: int64(up)})
			}
		}
		return list
	}
	for _, c := range w.live() {
		list = append(list, Action{Do: Cut, At: c.Number})
		if up := c.session.up.len(); up > 0 {
			list = append(list, Action{Do: Cut, At: c.Number, Number: int64(up)})
		}
	}
	list = append(list, Action{Do: Restart})
	for _, q := range queues {
		if a := w.service(q); q.kind == busQueue && q.from != Directory {
			a.Do = Lose
			list = append(list, a)
			a.Do = Double
			list = append(list, a)
		}
	}
	return list
}
