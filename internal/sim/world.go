package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// World is one simulated hub with its clients. It is made by [NewWorld] for a story that is told
// step by step, or by [Run] for a schedule that is drawn from a seed.
type World struct {
	Clients   []*Client
	Channels  []*Channel // in the order in which they were made
	Counts    Counts
	Violation *Violation // the first one

	config     Config
	rand       *rand.Rand
	now        protocol.Time
	calm       protocol.Time // the end of the chaos
	byNumber   map[int]*Channel
	messages   []*Message
	connects   []*Connect
	directory  *protocol.Directory
	answers    protocol.SessionOut
	decoder    protocol.Decoder
	packet     protocol.Packet // that is being taken
	subjects   map[protocol.ID][]*Session
	sessions   []*Session // in the order in which they were opened
	sessionsBy map[int]*Session
	byAddress  map[protocol.ID]*Session
	settings   *protocol.Settings
	secrets    int           // in the hub's key file
	slept      protocol.Time // by everybody
	hubAhead   protocol.Time // the hub's clock, of the world's
	seed       uint64
	pairs      map[[2]int]*queue
	busy       []*queue // that can be served
	pushed     int
	pool       [][]byte
	buffer     buffer
	steps      int // of all machines
	actions    []Action
	recording  bool
	narrow     protocol.Limit // what every port grants at first; zero: as ever
	late       bool           // so much time has passed at once that offers may have been given up
	nextName   int            // of channels
	loot       map[EndName][]*loot
	record     map[*Client][]VectorStep
	trace      func(line string)
}

// Counts says how much happened.
type Counts struct {
	Schedules, Posts, Ships, Dispatches, Packets, Frames int
	Connects, Connections, Broadcasts, Hostile           int
	Thefts, Lost, Doubled, Limited                       int
	Cuts, Resumes, Restarts, Inherited                   int
}

// Add adds what happened in another world.
func (c *Counts) Add(o Counts) {
	c.Schedules += o.Schedules
	c.Posts += o.Posts
	c.Ships += o.Ships
	c.Dispatches += o.Dispatches
	c.Packets += o.Packets
	c.Frames += o.Frames
	c.Connects += o.Connects
	c.Connections += o.Connections
	c.Broadcasts += o.Broadcasts
	c.Hostile += o.Hostile
	c.Thefts += o.Thefts
	c.Lost += o.Lost
	c.Doubled += o.Doubled
	c.Limited += o.Limited
	c.Cuts += o.Cuts
	c.Resumes += o.Resumes
	c.Restarts += o.Restarts
	c.Inherited += o.Inherited
}

// A rule is what a violation is of.
type rule string

// The rules; I1 to I12 are the invariants of docs/protocol.md.
const (
	rOrder    rule = "I1: in each direction what is dispatched is a prefix of what was posted"
	rClosed   rule = "I2: nothing is dispatched after close"
	rTwice    rule = "I4: a message, or a port, is in one place"
	rArrives  rule = "I7: what is posted between living ends arrives, and neither is told of a loss"
	rLoss     rule = "I8: the end whose peer is gone is told, after what it had sent"
	rHeld     rule = "I11: no port holds more than it has granted"
	rThief    rule = "I9: a former owner, or a hostile client, gets nothing and changes nothing"
	rQuiet    rule = "I10: when all is quiet nothing is retained, owed or left over"
	rConnect  rule = "a connect finds who listens, once"
	rChannel  rule = "I12: broadcasts arrive in their order, once"
	rBooks    rule = "the books of a session are right at any step"
	rWire     rule = "what is sent can be read"
	rHonest   rule = "who keeps to the protocol is not failed"
	rDeadline rule = "a deadline that was kept is over"
	rContract rule = "what a step gave is as it was until it may be overwritten"
)

// Violation is a rule that was broken.
type Violation struct {
	Rule string
	Text string
}

func (v *Violation) String() string { return v.Text + " (" + v.Rule + ")" }

// bad notes a violation, if it is the first.
func (w *World) bad(r rule, format string, args ...any) {
	if w.Violation == nil {
		w.Violation = &Violation{string(r), fmt.Sprintf(format, args...)}
	}
}

// NewWorld makes a world with the clients of a configuration, which have said HELLO and two of whom
// know each other. Nothing has been served.
func NewWorld(c Config, seed uint64) *World {
	w := &World{config: c, rand: rand.New(rand.NewPCG(seed, 7)), byNumber: map[int]*Channel{}, directory: protocol.NewDirectory(),
		subjects: map[protocol.ID][]*Session{}, sessionsBy: map[int]*Session{}, byAddress: map[protocol.ID]*Session{},
		pairs: map[[2]int]*queue{}, loot: map[EndName][]*loot{}, settings: c.settingsOf(1), secrets: 1, hubAhead: hubEpoch, seed: seed}
	if seed%4 == 1 {
		w.narrow = narrow
	}
	if c.record {
		w.record = map[*Client][]VectorStep{}
	}
	for i := range c.Endpoints {
		w.join(c.identity(i))
	}
	return w
}

// narrow is what every port grants at first in one schedule of four, so that limits are reached.
var narrow = protocol.Limit{Bytes: 20, Messages: 3}

// Trace lets the world tell what happens.
func (w *World) Trace(line func(string)) { w.trace = line }

func (w *World) say(format string, args ...any) {
	if w.trace != nil {
		w.trace(fmt.Sprintf(format, args...))
	}
}

// live are the honest clients whose processes run.
func (w *World) live() []*Client {
	live := make([]*Client, 0, len(w.Clients))
	for _, c := range w.Clients {
		if c.endpoint != nil && !c.Dead {
			live = append(live, c)
		}
	}
	return live
}

// longTime is what traces tell of.
const longTime = 1000 * millisecond

// hubEpoch is what the hub's clock says when the world begins.
const hubEpoch = 1_700_000_000_000 * millisecond

// slow is how long something may be under way without an offer being given up for it.
const slow = 100_000 * millisecond

// pass lets time pass.
func (w *World) pass(d protocol.Time) {
	for _, c := range w.Clients {
		if s := c.session; !s.greeted && !c.Dead && c.hostile == nil && c.online && w.now+d-s.opened >= protocol.HelloTimeout {
			return // who is not greeted in time is failed
		}
	}
	w.now += d
	if d > longTime {
		w.say("  %v later", time.Duration(d))
	}
	if w.waited() > slow {
		w.late = true
	}
}

// waited is how long what has waited longest to be served has waited.
func (w *World) waited() (d protocol.Time) {
	for _, q := range w.busy {
		d = max(d, w.now-q.list[q.head].at)
	}
	return d
}

const (
	never       = protocol.Never
	millisecond = protocol.Time(1_000_000)
)

// next is the earliest deadline of all machines, by the world's clock.
func (w *World) next() protocol.Time {
	next := protocol.Never
	for _, c := range w.Clients {
		if c.endpoint != nil && !c.Dead {
			if d := c.endpoint.Deadline(); d != never {
				next = min(next, d-c.ahead)
			}
		}
	}
	for _, s := range w.sessions {
		if !s.done {
			if d := s.deadline(); d != never {
				next = min(next, d-w.hubAhead)
			}
		}
	}
	return next
}

// keepDeadlines steps each machine whose deadline has come.
func (w *World) keepDeadlines() {
	for _, c := range w.Clients {
		w.endpointTime(c)
	}
	for _, s := range w.sessions {
		w.sessionTime(s)
	}
}

func (w *World) endpointTime(c *Client) {
	if c.endpoint == nil || c.Dead || c.endpoint.Deadline() > w.time(c) {
		return
	}
	w.step(c, protocol.Event{Kind: protocol.EventTime})
	if c.endpoint.Deadline() <= w.time(c) {
		w.bad(rDeadline, "%v has a deadline that is over", c)
	}
}

func (w *World) sessionTime(s *Session) {
	if s.done || s.deadline() > w.hubTime() {
		return
	}
	w.sessionStep(s, protocol.SessionEvent{Kind: protocol.SessionTime, Attach: protocol.PaceAttach})
	if !s.done {
		s.heir.Time(w.hubTime())
		w.heirSays(s)
	}
	if !s.done && s.deadline() <= w.hubTime() {
		w.bad(rDeadline, "%s has a deadline that is over", s)
	}
}

// deadline is the session's, or its heir's.
func (s *Session) deadline() protocol.Time { return min(s.machine.Deadline(), s.heir.Deadline()) }
