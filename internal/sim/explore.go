package sim

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
)

// Small scripts are explored whole: in any order in which frames, packets and what applications do
// can follow each other, with one fault at any moment. From each state everything that waits is
// served, and the world has to be as it must be then: so each state can come to a good end, and
// nothing is stuck.

// A Script is what applications do in a small world.
type Script struct {
	Name    string
	About   string
	clients int
	dying   []int          // clients that may die, as the fault
	setup   func(w *World) // what was there before, all of it served
	threads [][]Action     // each in its order; any of them may be next
}

// post and the others make the actions of scripts.
func post(channel, side int, carried ...EndName) Action {
	return Action{Do: Post, End: EndName{channel, side}, Carried: carried}
}

// Scripts are those that are explored.
func Scripts() []Script {
	// Channel 0 leads from A to B, channel 1 is what moves.
	one := func(w *World) {
		w.Meet(w.Clients[0], w.Clients[1], "carrier")
		w.Meet(w.Clients[0], w.Clients[2], "port")
	}
	// Channels 0 and 1 lead from A to C and from B to D, channel 2 is between A and B.
	two := func(w *World) {
		w.Meet(w.Clients[0], w.Clients[2], "carrier")
		w.Meet(w.Clients[1], w.Clients[3], "other")
		w.Meet(w.Clients[0], w.Clients[1], "port")
	}
	both := [][]Action{{post(2, 0), post(0, 0, EndName{2, 0})}, {post(1, 0, EndName{2, 1})}}
	return []Script{
		{Name: "S1", About: "one move, with messages in both directions", clients: 3, setup: one,
			threads: [][]Action{{post(1, 0), post(0, 0, EndName{1, 0})}, {post(1, 1)}}},
		{Name: "S2", About: "both ends move to others", clients: 4, setup: two, threads: both},
		{Name: "S3", About: "as S2, and one who sent an end dies", clients: 4, dying: []int{0, 1}, setup: two, threads: both},
		{Name: "S7", About: "the receiver closes the carrier", clients: 3, setup: one,
			threads: [][]Action{{post(0, 0, EndName{1, 0})}, {{Do: Close, End: EndName{0, 1}}}, {post(1, 1)}}},
		{Name: "S9", About: "a port moves on while its peer posts", clients: 3, setup: one,
			threads: [][]Action{{post(0, 0, EndName{1, 0}), {Do: Dispatch, End: EndName{0, 1}}, post(0, 1, EndName{1, 0})}, {post(1, 1)}}},
	}
}

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

// Explore explores a script, breadth first, up to so many states. lossy says whether the fault may
// be one of the bus.
func (s *Script) Explore(most int) (x Exploration) {
	seen := map[uint64]struct{}{}
	next := []node{{at: make([]int, len(s.threads))}}
	for x.Depth = 0; len(next) > 0; x.Depth++ {
		var after []node
		for _, n := range next {
			for _, m := range s.steps(n) {
				x.Transitions++
				w := s.world(m.actions)
				key := w.fingerprint(m.at, m.faults)
				if _, known := seen[key]; known && w.Violation == nil {
					continue
				}
				seen[key] = struct{}{}
				x.States = len(seen)
				if w.finish(); w.Violation != nil {
					x.Violation, x.Actions = w.Violation, m.actions
					return x
				}
				if x.States >= most {
					return x
				}
				after = append(after, m)
			}
		}
		next = after
	}
	x.Whole = true
	return x
}

func (s *Script) world(actions []Action) *World {
	w := NewWorld(Config{Endpoints: s.clients, Closes: true, Cuts: true}, 1)
	w.Settle()
	s.setup(w)
	w.Settle()
	for _, a := range actions {
		w.do(a)
	}
	return w
}

// Show tells what is said in an exploration's violation.
func (s *Script) Show(actions []Action, trace func(string)) {
	w := NewWorld(Config{Endpoints: s.clients, Closes: true, Cuts: true}, 1)
	w.Settle()
	s.setup(w)
	w.Settle()
	w.trace = trace
	for _, a := range actions {
		trace("# " + a.String())
		w.do(a)
	}
	w.finish()
}

// finish lets everybody come back and everything arrive, and checks the world.
func (w *World) finish() {
	if w.Violation == nil {
		w.calmDown()
		w.drain()
	}
}

// steps are the states that follow a state.
func (s *Script) steps(n node) (list []node) {
	w := s.world(n.actions)
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
			add(0, -1, Action{Do: ComeBack, At: c.Number, Number: int64(c.nth)})
		}
	}
	for _, session := range w.sessions {
		if session.half {
			add(0, -1, Action{Do: Notice, At: session.Number()})
		}
	}
	if n.faults == 0 {
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

// faults are what may go wrong in a state.
func (s *Script) faults(w *World, queues []*queue) (list []Action) {
	if len(s.dying) > 0 {
		for _, number := range s.dying {
			for _, up := range []int{0, w.Clients[number].session.up.len()} {
				list = append(list, Action{Do: Kill, At: number, Number: int64(up)})
			}
		}
		return list
	}
	for _, c := range w.live() {
		up, down := c.session.up.len(), c.session.down.len()
		list = append(list, Action{Do: Cut, At: c.Number}, Action{Do: Cut, At: c.Number, Number: int64(up), From: down},
			Action{Do: Cut, At: c.Number, Number: int64(up), Attach: true})
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

// fingerprint is a hash of the whole state.
func (w *World) fingerprint(at []int, faults int) uint64 {
	p := &printer{hash: fnv.New64a(), seen: map[uintptr]uint64{}}
	p.value(reflect.ValueOf(at))
	p.number(uint64(faults))
	for _, c := range w.Clients {
		p.value(reflect.ValueOf(c.endpoint))
		p.value(reflect.ValueOf([]bool{c.Dead, c.online}))
		for _, e := range c.exposed {
			p.value(reflect.ValueOf(e.Name()))
		}
	}
	for _, c := range w.Channels {
		for _, e := range c.Ends {
			p.value(reflect.ValueOf([]bool{e.Ended, e.Lost, e.Closed, e.At == nil}))
			p.number(uint64(len(e.queue)))
		}
	}
	for _, s := range w.sessions {
		p.value(reflect.ValueOf(s.machine))
		p.value(reflect.ValueOf([]bool{s.cut, s.half, s.gone, s.done, s.greeted}))
		for _, q := range []*queue{&s.up, &s.down, &s.asks} {
			p.queue(q)
		}
		for _, from := range w.sessions {
			p.queue(w.pair(from.Number(), s))
		}
		p.queue(w.pair(Directory, s))
	}
	p.value(reflect.ValueOf(w.directory))
	return p.hash.Sum64()
}

// printer writes values into a hash, whatever they are, and pointers by what they point to.
type printer struct {
	hash hash.Hash64
	seen map[uintptr]uint64
}

func (p *printer) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	p.hash.Write(b[:])
}

func (p *printer) queue(q *queue) {
	p.number(uint64(q.len()))
	for _, i := range q.list[q.head:] {
		p.number(uint64(i.kind))
		p.hash.Write(i.bytes)
		p.value(reflect.ValueOf(i.ask))
	}
}

// passing are types and fields that are nothing but means, or the time.
var passing = []string{"Out", "SessionOut", "Batch", "Settings", "keySet", "roundTrip"}

func (p *printer) value(v reflect.Value) {
	if !v.IsValid() || slices.Contains(passing, v.Type().Name()) {
		return
	}
	p.number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			p.number(1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.number(v.Uint())
	case reflect.String:
		p.hash.Write([]byte(v.String()))
	case reflect.Slice, reflect.Array:
		p.number(uint64(v.Len()))
		for i := range v.Len() {
			p.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			p.value(v.Field(i))
		}
	case reflect.Interface:
		p.value(v.Elem())
	case reflect.Pointer:
		switch nth, known := p.seen[v.Pointer()]; {
		case v.IsNil():
		case slices.Contains(passing, v.Type().Elem().Name()):
		case known:
			p.number(nth)
		default:
			p.seen[v.Pointer()] = uint64(len(p.seen) + 1)
			p.value(v.Elem())
		}
	case reflect.Map:
		p.entries(v)
	}
}

// entries writes a map in the order of its keys' hashes.
func (p *printer) entries(v reflect.Value) {
	type entry struct {
		key   uint64
		value reflect.Value
	}
	var entries []entry
	for i := v.MapRange(); i.Next(); {
		key := &printer{hash: fnv.New64a(), seen: map[uintptr]uint64{}}
		key.value(i.Key())
		entries = append(entries, entry{key.hash.Sum64(), i.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key < b.key {
			return -1
		}
		return 1
	})
	p.number(uint64(len(entries)))
	for _, e := range entries {
		p.number(e.key)
		p.value(e.value)
	}
}
