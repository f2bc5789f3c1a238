package protocol_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/entangle-go/entangle/internal/sim"
	. "github.com/entangle-go/entangle/protocol"
)

// TestVectors replays the logs of endpoints, which endpoints in every language replay:
// docs/protocol.md, 5. With -update it writes them: those of all endpoints of some simulated
// worlds, and a scripted one.
func TestVectors(t *testing.T) {
	for i, c := range []sim.Config{
		{Name: "moves", Endpoints: 3, Steps: 200},
		{Name: "closes", Endpoints: 3, Steps: 200, Closes: true},
		{Name: "deaths", Endpoints: 3, Steps: 200, Closes: true, Deaths: 1},
		{Name: "connects", Endpoints: 5, Steps: 200, Closes: true, Deaths: 1, Connects: true, Late: true},
		{Name: "broadcasts", Endpoints: 4, Steps: 120, Connects: true, Broadcasts: true},
		{Name: "resume", Endpoints: 3, Steps: 400, Closes: true, Cuts: true, Half: true},
		{Name: "restarts", Endpoints: 4, Steps: 300, Closes: true, Deaths: 1, Connects: true,
			Broadcasts: true, Cuts: true, Restarts: 2, Rotate: true},
		{Name: "absences", Endpoints: 3, Steps: 400, Cuts: true, Absences: true, Clocks: true},
	} {
		logs, err := sim.Logs(c, uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		for number, log := range logs {
			checkVector(t, fmt.Sprintf("%s-%d.json", c.Name, number), log)
		}
	}
	checkVector(t, "script.json", scriptedVector())
}

func checkVector(t *testing.T, name string, log []sim.VectorStep) {
	t.Helper()
	text, err := sim.EncodeLog(log)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, filepath.Join("vectors", name), text)
	file, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.ReplayLog(file); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestReplayFindsChanges changes a log in each of its parts: that is noticed.
func TestReplayFindsChanges(t *testing.T) {
	log, err := os.ReadFile(filepath.Join("testdata", "vectors", "script.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"kind":"acked"`, `"kind":"open"`}, {`"behind":0`, `"behind":1`}, {`"lost":true`, `"lost":false`},
		{`"kind":"time"`, `"kind":"channel"`}, {`"secret":"01`, `"secret":"02`}, {`"now":0,`, `"now":-1,`}, {`"code":1`, `"code":0`},
	} {
		changed := bytes.Replace(log, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, log) {
			t.Errorf("the log has no %s", change[0])
		}
		if err := sim.ReplayLog(changed); err == nil && change[0] != `"now":0,` {
			t.Errorf("%s for %s is not noticed", change[1], change[0])
		}
	}
}

// script is an endpoint that is told things one after the other, a millisecond apart.
type script struct {
	*sim.Recorder
	now Time
}

const (
	millisecond = Time(1_000_000)
	minute      = 60_000 * millisecond
)

func (s *script) do(ev Event) {
	s.Step(s.now, ev)
	s.now += millisecond
}

func (s *script) frame(f Frame) { s.do(Event{Kind: EventFrame, Frame: &f}) }

// scriptedVector has what the simulated worlds don't.
func scriptedVector() []sim.VectorStep {
	s := &script{Recorder: sim.NewRecorder()}
	s.names()
	s.acknowledgements()
	s.shipping()
	s.closing()
	s.connections()
	s.comingBack()
	s.ending()
	return s.Log
}

func (s *script) names() {
	s.start(1)
	s.welcome("first")
	s.do(Event{Kind: EventListen, Listener: 1, Name: "naïve"})
	s.frame(Frame{Kind: Listening, Listener: 1, Code: Denied})
	s.do(Event{Kind: EventUnlisten, Listener: 1})
	s.do(Event{Kind: EventSubscribe, Name: "auth"})
	s.frame(Frame{Kind: Subscribed, Name: "auth"})
	s.do(Event{Kind: EventSubscribe, Name: "one more"})
	s.frame(Frame{Kind: Subscribed, Name: "one more", Code: TooMany})
	s.do(Event{Kind: EventBroadcast, Name: "auth", Body: []byte("out")})
	s.frame(Frame{Kind: Broadcast, Name: "auth", Body: []byte("in")})
	s.do(Event{Kind: EventUnsubscribe, Name: "auth"})
	// A caller posts before anybody has accepted; everything is sent again then.
	s.do(Event{Kind: EventConnect, Name: "x", Origin: "https://b.example"})
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("one")})
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("two")})
	s.frame(Frame{Kind: Attach, Port: 4, Next: 0})
	s.frame(Frame{Kind: Settled, Port: 4})
	s.frame(Frame{Kind: Settled, Port: 4}) // again
	s.frame(Frame{Kind: Ack, Port: 4, Next: 1})
	s.frame(Frame{Kind: Ack, Port: 4, Next: 7}) // above what was sent
	s.frame(Frame{Kind: Attach, Port: 4, Next: 1})
}

// start opens a socket, welcome is the hub's answer.
func (s *script) start(secret byte) {
	s.do(Event{Kind: EventStart, Origin: "https://a.example", Service: true, Secret: Secret(bytes.Repeat([]byte{secret}, len(Secret{})))})
}

func (s *script) welcome(ticket string) {
	s.frame(Frame{Kind: Welcome, Version: Version, Endpoint: "00ff", Origin: "https://a.example", User: "dev", MaxBody: MaxBody,
		Absence: uint64(DefaultAbsence / millisecond), Ticket: []byte(ticket)})
}

// acknowledgements: one for many after 20 ms, and at once after 64 messages, 64 KiB, or a port.
func (s *script) acknowledgements() {
	for n := range 65 {
		s.frame(Frame{Kind: Data, Port: 4, Seq: uint64(n), Next: 1, Body: bytes.Repeat([]byte{byte(n)}, n%3)})
	}
	s.do(Event{Kind: EventTime}) // too early
	s.now += AckDelay
	s.do(Event{Kind: EventTime})
	s.do(Event{Kind: EventTime}) // nothing is owed
	s.frame(Frame{Kind: Data, Port: 4, Seq: 65, Next: 2, Body: make([]byte, 64<<10)})
	s.frame(Frame{Kind: Data, Port: 4, Seq: 65, Next: 2, Body: []byte("again")})
	s.frame(Frame{Kind: Data, Port: 4, Seq: 66, Next: 2, Body: []byte("a port"), Ports: []PortState{{Port: 1, SendNext: 3, RecvNext: 2,
		Retained: []Message{{Body: []byte("r"), Ports: []PortState{{Port: 3}}}},
		Queue:    []Message{{Body: []byte("q"), Ports: []PortState{{Port: 5}, {Ended: true, Lost: true}}}}}}})
}

func (s *script) shipping() {
	// A port that landed is shipped on before anything was confirmed, with what is in its queue.
	s.do(Event{Kind: EventPost, Port: 1, Body: []byte("more")})
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("ship"), Ports: []Held{{Port: 1,
		Queue: []Queued{{Body: []byte("q"), Ports: []Held{{Port: 5}, {Lost: true}}}}}}})
	s.frame(Frame{Kind: Attached, Port: 1, Next: 2}) // too late
	// Local ports; one that is not known any more is shipped as ended.
	s.do(Event{Kind: EventChannel})
	s.do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: []Held{{Port: 8}, {Port: 99, Queue: []Queued{{Body: []byte("left")}}}}})
	s.do(Event{Kind: EventPost, Port: 10, Body: []byte("to the one that left")})
	s.do(Event{Kind: EventChannel})
	s.do(Event{Kind: EventPost, Port: 99, Body: nil, Ports: []Held{{Port: 12}}}) // posted on no port: closed
	// Refused: too deep, too many, itself.
	s.do(Event{Kind: EventChannel})
	s.do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: []Held{deepHeld(MaxDepth+2, 16)}})
	s.do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: make([]Held, MaxPortsPerMessage+1)})
	s.do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: []Held{{Port: 4}}})
}

// closing: what is not acknowledged is served until CLOSED.
func (s *script) closing() {
	s.do(Event{Kind: EventClose, Port: 10})
	s.frame(Frame{Kind: Attach, Port: 10, Next: 0})
	s.frame(Frame{Kind: Data, Port: 10, Seq: 0, Next: 1, Body: []byte("too late")})
	s.frame(Frame{Kind: Closed, Port: 10, Next: 0})
	s.do(Event{Kind: EventConnect, Name: "y"})
	s.do(Event{Kind: EventClose, Port: 20})
	s.frame(Frame{Kind: Settled, Port: 20})
	s.frame(Frame{Kind: Attached, Port: 20, Next: 0})
	s.frame(Frame{Kind: Close, Port: 20, Seq: 5, Next: 0})
}

// connections: they are shown when they are confirmed. Then the other side closes, cheats, is lost.
func (s *script) connections() {
	connection := func(port Handle) {
		s.frame(Frame{Kind: Connection, Listener: 1, Origin: "https://c.example", User: "u", Ports: []PortState{{Port: port}}})
	}
	confirmed := func(port Handle) {
		connection(port)
		s.frame(Frame{Kind: Attached, Port: port, Next: 0})
	}
	confirmed(7)
	s.frame(Frame{Kind: Close, Port: 7, Seq: 1, Next: 0}) // with a message missing
	s.frame(Frame{Kind: Data, Port: 7, Seq: 0, Next: 0, Body: []byte("last")})
	s.frame(Frame{Kind: Close, Port: 7, Seq: 1, Next: 0})
	confirmed(9)
	s.do(Event{Kind: EventPost, Port: 9, Body: []byte("taken")})
	s.frame(Frame{Kind: Attach, Port: 9, Next: 1})
	s.frame(Frame{Kind: Attach, Port: 9, Next: 0}) // a gap
	confirmed(11)
	s.frame(Frame{Kind: Gone, Port: 11, Next: 0})
	connection(13)
	s.frame(Frame{Kind: Refused, Port: 13}) // somebody else has it, or it was taken back: nobody sees it
	connection(15)
	s.frame(Frame{Kind: Attach, Port: 15, Next: 0}) // by an owner that does not know of this one yet
	s.frame(Frame{Kind: Attached, Port: 15, Next: 0})
	connection(17)
	s.frame(Frame{Kind: Gone, Port: 17, Next: 0})
	// No hub gives that.
	s.frame(Frame{Kind: Connection, Listener: 1, Ports: []PortState{{Port: 19, Queue: []Message{{Body: []byte("q")}}}}})
}

// comingBack: the socket is lost, at any time, and another one takes its place; what is not
// acknowledged is sent again in its time.
func (s *script) comingBack() {
	s.do(Event{Kind: EventListen, Listener: 7, Name: "seven"})
	s.frame(Frame{Kind: Listening, Listener: 7, Ticket: []byte("since then")})
	s.frame(Frame{Kind: Cap, Port: 4, Ticket: []byte("of 4")})
	s.frame(Frame{Kind: Ticket, Ticket: []byte("renewed")})
	s.do(Event{Kind: EventChannel})
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("kept"), Ports: []Held{{Port: 26}}})
	s.now += 1500 * millisecond
	s.do(Event{Kind: EventTime, Unsent: true})
	s.do(Event{Kind: EventTime})
	s.frame(Frame{Kind: Dropped, Port: 4})
	s.frame(Frame{Kind: Pong})
	s.do(Event{Kind: EventLost})
	s.do(Event{Kind: EventLost})
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("said by the next session")})
	s.do(Event{Kind: EventBroadcast, Name: "one more", Body: []byte("later")})
	s.do(Event{Kind: EventSubscribe, Name: "back"})
	s.do(Event{Kind: EventConnect, Name: "offline"})
	s.do(Event{Kind: EventClose, Port: 28})
	s.start(2) // with the secret of before
	s.do(Event{Kind: EventPost, Port: 4, Body: []byte("before the answer")})
	s.do(Event{Kind: EventLost})
	s.start(3)
	s.welcome("second")
	s.frame(Frame{Kind: Listening, Listener: 7, Ticket: []byte("since then")})
	s.frame(Frame{Kind: Subscribed, Name: "back"})
	s.frame(Frame{Kind: Subscribed, Name: "back"})
	s.frame(Frame{Kind: Attached, Port: 4, Next: 2})
	s.now += 2 * minute
	s.do(Event{Kind: EventTime})
	s.do(Event{Kind: EventLost})
	s.now += 3 * minute
	s.do(Event{Kind: EventTime}) // it was away for too long
	s.start(4)
	s.welcome("third")
	s.do(Event{Kind: EventConnect, Name: "again"})
	s.do(Event{Kind: EventLost})
	s.start(5)
	s.frame(Frame{Kind: Error, Code: CodeExpired, Text: "away for too long"})
	s.do(Event{Kind: EventLost})
	s.start(6)
	s.welcome("fourth")
	s.do(Event{Kind: EventBye})
}

func (s *script) ending() {
	s.do(Event{Kind: EventConnect, Name: "z"})
	s.frame(Frame{Kind: Data, Port: 4, Seq: 67, Next: 2, Ports: []PortState{{Port: 2}}}) // no hub gives that
	s.frame(Frame{Kind: Listen, Listener: 1, Name: "x"})                                 // nor says that
	s.frame(Frame{Kind: Error, Code: CodeSlow, Text: "too slow"})
	s.do(Event{Kind: EventEnd})
	s.do(Event{Kind: EventConnect, Name: "z"})
	s.do(Event{Kind: EventTime})
}

// deepHeld nests held ports in each other's queues. The innermost one is port.
func deepHeld(depth int, port Handle) Held {
	h := Held{Port: port}
	for range depth {
		h = Held{Queue: []Queued{{Ports: []Held{h}}}}
	}
	return h
}
