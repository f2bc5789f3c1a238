package protocol

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata")

// A vector is the log of one endpoint: what happened to it and what it did. Endpoints in every
// language replay it. Bodies and frames are hex.

type vectorStep struct {
	Event   vectorEvent    `json:"event"`
	Effects []vectorEffect `json:"effects"`
}

type vectorHeld struct {
	Port  Handle         `json:"port"`
	Lost  bool           `json:"lost"`
	Queue []vectorQueued `json:"queue"`
}

type vectorQueued struct {
	Body  string       `json:"body"`
	Ports []vectorHeld `json:"ports"`
}

type vectorEvent struct {
	Kind     string       `json:"kind"`
	Frame    string       `json:"frame,omitempty"`
	Port     Handle       `json:"port,omitempty"`
	Body     *string      `json:"body,omitempty"`
	Ports    []vectorHeld `json:"ports,omitempty"`
	Listener uint64       `json:"listener,omitempty"`
	Name     string       `json:"name,omitempty"`
	Origin   string       `json:"origin,omitempty"`
	Service  bool         `json:"service,omitempty"`
}

type vectorEffect struct {
	Kind     string       `json:"kind"`
	Frame    string       `json:"frame,omitempty"`
	Port     Handle       `json:"port,omitempty"`
	Twin     Handle       `json:"twin,omitempty"`
	Body     *string      `json:"body,omitempty"`
	Ports    []vectorHeld `json:"ports,omitempty"`
	Behind   *uint64      `json:"behind,omitempty"`
	Lost     *bool        `json:"lost,omitempty"`
	Listener uint64       `json:"listener,omitempty"`
	Name     string       `json:"name,omitempty"`
	Origin   string       `json:"origin,omitempty"`
	User     string       `json:"user,omitempty"`
	Code     *uint64      `json:"code,omitempty"`
	Text     string       `json:"text,omitempty"`
}

var eventNames = []string{EventStart: "start", EventFrame: "frame", EventChannel: "channel", EventPost: "post", EventClose: "close",
	EventConnect: "connect", EventListen: "listen", EventUnlisten: "unlisten", EventSubscribe: "subscribe",
	EventUnsubscribe: "unsubscribe", EventBroadcast: "broadcast", EventFlush: "flush", EventEnd: "end"}

var effectNames = []string{EffectSend: "send", EffectChannel: "channel", EffectDeliver: "deliver", EffectOpen: "open",
	EffectAcked: "acked", EffectClosed: "closed", EffectConnection: "connection", EffectListening: "listening",
	EffectSubscribed: "subscribed", EffectBroadcast: "broadcast", EffectWelcome: "welcome", EffectOwing: "owing",
	EffectRefused: "refused", EffectFailed: "failed"}

func vectorOfHeld(held []Held) (out []vectorHeld) {
	for _, h := range held {
		v := vectorHeld{Port: h.Port, Lost: h.Lost, Queue: []vectorQueued{}}
		for _, q := range h.Queue {
			ports := vectorOfHeld(q.Ports)
			if ports == nil {
				ports = []vectorHeld{}
			}
			v.Queue = append(v.Queue, vectorQueued{hex.EncodeToString(q.Body), ports})
		}
		out = append(out, v)
	}
	return out
}

func heldOfVector(t *testing.T, in []vectorHeld) (held []Held) {
	for _, v := range in {
		h := Held{Port: v.Port, Lost: v.Lost}
		for _, q := range v.Queue {
			h.Queue = append(h.Queue, Queued{unhex(t, q.Body), heldOfVector(t, q.Ports)})
		}
		held = append(held, h)
	}
	return held
}

func vectorOf(ev Event, effects []Effect) vectorStep {
	step := vectorStep{Event: vectorEvent{Kind: eventNames[ev.Kind], Port: ev.Port, Ports: vectorOfHeld(ev.Ports),
		Listener: ev.Listener, Name: ev.Name, Origin: ev.Origin, Service: ev.Service}, Effects: []vectorEffect{}}
	if ev.Kind == EventPost || ev.Kind == EventBroadcast {
		step.Event.Body = hexOf(ev.Body)
	}
	if ev.Kind == EventFrame {
		step.Event.Frame = hex.EncodeToString(AppendFrame(nil, ev.Frame))
	}
	for _, f := range effects {
		v := vectorEffect{Kind: effectNames[f.Kind], Port: f.Port, Twin: f.Twin, Ports: vectorOfHeld(f.Ports),
			Listener: f.Listener, Name: f.Name, Origin: f.Origin, User: f.User, Text: f.Text}
		switch f.Kind {
		case EffectSend, EffectWelcome:
			v.Frame = hex.EncodeToString(AppendFrame(nil, f.Frame))
		case EffectDeliver, EffectBroadcast:
			v.Body = hexOf(f.Body)
		case EffectAcked:
			v.Behind = &f.Behind
		case EffectClosed:
			v.Lost = &f.Lost
		case EffectListening, EffectFailed:
			v.Code = &f.Code
		}
		step.Effects = append(step.Effects, v)
	}
	return step
}

func (v vectorEvent) event(t *testing.T) Event {
	ev := Event{Port: v.Port, Ports: heldOfVector(t, v.Ports), Listener: v.Listener, Name: v.Name, Origin: v.Origin, Service: v.Service}
	for kind, name := range eventNames {
		if name == v.Kind && name != "" {
			ev.Kind = EventKind(kind)
		}
	}
	if v.Body != nil {
		ev.Body = unhex(t, *v.Body)
	}
	if v.Frame != "" {
		f, rest, err := DecodeFrame(unhex(t, v.Frame))
		if err != nil || len(rest) > 0 {
			t.Fatalf("frame %s: %v", v.Frame, err)
		}
		ev.Frame = &f
	}
	return ev
}

func hexOf(b []byte) *string {
	s := hex.EncodeToString(b)
	return &s
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVectors replays the logs. With -update it writes them: those of all endpoints of some
// simulated worlds, and a scripted one.
func TestVectors(t *testing.T) {
	worlds := []struct {
		name string
		seed uint64
		simConfig
	}{
		{"moves", 1, simConfig{endpoints: 3, steps: 200}},
		{"closes", 2, simConfig{endpoints: 3, steps: 200, closes: true}},
		{"deaths", 3, simConfig{endpoints: 3, steps: 200, closes: true, deaths: 1}},
	}
	for _, c := range worlds {
		w := newSimWorld(t, c.seed, c.endpoints)
		w.record = map[*simEndpoint][]vectorStep{}
		if bad := w.run(c.simConfig); bad != "" {
			t.Fatal(bad)
		}
		for _, ep := range w.endpoints {
			checkVector(t, fmt.Sprintf("%s-%d.json", c.name, ep.number), w.record[ep])
		}
	}
	checkVector(t, "script.json", scriptedVector())
}

func checkVector(t *testing.T, name string, log []vectorStep) {
	t.Helper()
	path := filepath.Join("testdata", "vectors", name)
	got := new(bytes.Buffer)
	got.WriteString("[\n")
	for i, step := range log {
		line, err := json.Marshal(step)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(line)
		got.WriteString([]string{",\n", "\n"}[min(1, (i+1)/len(log))])
	}
	got.WriteString("]\n")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, got.Bytes()) {
		t.Errorf("%s is not what the simulation gives: go test ./protocol -run TestVectors -update, and read the difference", path)
	}
	var steps []vectorStep
	if err := json.Unmarshal(file, &steps); err != nil {
		t.Fatal(err)
	}
	e := NewEndpoint()
	for i, step := range steps {
		ev := step.Event.event(t)
		again, _ := json.Marshal(vectorOf(ev, e.Step(ev, nil)))
		want, _ := json.Marshal(step)
		if !bytes.Equal(again, want) {
			t.Fatalf("%s, step %d:\n got %s\nwant %s", path, i, again, want)
		}
	}
}

// scriptedVector has what the simulated worlds don't.
func scriptedVector() (log []vectorStep) {
	e := NewEndpoint()
	do := func(ev Event) { log = append(log, vectorOf(ev, e.Step(ev, nil))) }
	frame := func(f Frame) { do(Event{Kind: EventFrame, Frame: &f}) }
	message := func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n) }

	do(Event{Kind: EventStart, Origin: "https://a.example", Service: true})
	frame(Frame{Kind: Welcome, Version: 1, Session: "00ff", Origin: "https://a.example", User: "dev", MaxBody: MaxBody})
	do(Event{Kind: EventListen, Listener: 1, Name: "naïve"})
	frame(Frame{Kind: Listening, Listener: 1, Code: ListeningDenied})
	do(Event{Kind: EventUnlisten, Listener: 1})
	do(Event{Kind: EventSubscribe, Name: "auth"})
	frame(Frame{Kind: Subscribed, Name: "auth"})
	do(Event{Kind: EventBroadcast, Name: "auth", Body: []byte("out")})
	frame(Frame{Kind: Broadcast, Name: "auth", Body: []byte("in")})
	do(Event{Kind: EventUnsubscribe, Name: "auth"})
	// A caller posts before anybody has accepted; everything is sent again then.
	do(Event{Kind: EventConnect, Name: "x", Origin: "https://b.example"})
	do(Event{Kind: EventPost, Port: 4, Body: []byte("one")})
	do(Event{Kind: EventPost, Port: 4, Body: []byte("two")})
	frame(Frame{Kind: Attach, Port: 4, Next: 0})
	frame(Frame{Kind: Ack, Port: 4, Next: 1})
	frame(Frame{Kind: Ack, Port: 4, Next: 7}) // above what was sent
	frame(Frame{Kind: Attach, Port: 4, Next: 1})
	// Acknowledgements: one for many, and at once after 64 messages, 64 KiB, or a port.
	for n := range 65 {
		frame(Frame{Kind: Data, Port: 4, Seq: uint64(n), Next: 1, Body: message(n % 3)})
	}
	do(Event{Kind: EventFlush})
	frame(Frame{Kind: Data, Port: 4, Seq: 65, Next: 2, Body: make([]byte, 64<<10)})
	frame(Frame{Kind: Data, Port: 4, Seq: 65, Next: 2, Body: []byte("again")})
	frame(Frame{Kind: Data, Port: 4, Seq: 66, Next: 2, Body: []byte("a port"), Ports: []PortState{{Port: 1, SendNext: 3, RecvNext: 2,
		Retained: []Message{{[]byte("r"), []PortState{{Port: 3}}}},
		Queue:    []Message{{[]byte("q"), []PortState{{Port: 5}, {Ended: true, Lost: true}}}}}}})
	// A port that landed is shipped on before anything was confirmed, with what is in its queue.
	do(Event{Kind: EventPost, Port: 1, Body: []byte("more")})
	do(Event{Kind: EventPost, Port: 4, Body: []byte("ship"), Ports: []Held{{Port: 1,
		Queue: []Queued{{[]byte("q"), []Held{{Port: 5}, {Lost: true}}}}}}})
	frame(Frame{Kind: Attached, Port: 1, Next: 2}) // too late
	// Local ports; one that is not known any more is shipped as ended.
	do(Event{Kind: EventChannel})
	do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: []Held{{Port: 8}, {Port: 99, Queue: []Queued{{Body: []byte("left")}}}}})
	do(Event{Kind: EventPost, Port: 10, Body: []byte("to the one that left")})
	do(Event{Kind: EventChannel})
	do(Event{Kind: EventPost, Port: 99, Body: nil, Ports: []Held{{Port: 12}}}) // posted on no port: closed
	// Refused: too large, too deep.
	do(Event{Kind: EventChannel})
	do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: []Held{deepHeld(MaxDepth+2, 16)}})
	do(Event{Kind: EventPost, Port: 4, Body: nil, Ports: make([]Held, MaxPortsPerMessage+1)})
	// Closing: what is not acknowledged is served until CLOSED.
	do(Event{Kind: EventClose, Port: 10})
	frame(Frame{Kind: Attach, Port: 10, Next: 0})
	frame(Frame{Kind: Data, Port: 10, Seq: 0, Next: 1, Body: []byte("too late")})
	frame(Frame{Kind: Closed, Port: 10, Next: 0})
	do(Event{Kind: EventConnect, Name: "y"})
	do(Event{Kind: EventClose, Port: 20})
	frame(Frame{Kind: Attached, Port: 20, Next: 0})
	frame(Frame{Kind: Close, Port: 20, Seq: 5, Next: 0})
	// The other side closes, cheats, is lost.
	frame(Frame{Kind: Connection, Listener: 1, Origin: "https://c.example", User: "u", Ports: []PortState{{Port: 7}}})
	frame(Frame{Kind: Attached, Port: 7, Next: 0})
	frame(Frame{Kind: Close, Port: 7, Seq: 1, Next: 0}) // with a message missing
	frame(Frame{Kind: Data, Port: 7, Seq: 0, Next: 0, Body: []byte("last")})
	frame(Frame{Kind: Close, Port: 7, Seq: 1, Next: 0})
	frame(Frame{Kind: Connection, Listener: 1, Ports: []PortState{{Port: 9}}})
	do(Event{Kind: EventPost, Port: 9, Body: []byte("taken")})
	frame(Frame{Kind: Attach, Port: 9, Next: 1})
	frame(Frame{Kind: Attach, Port: 9, Next: 0}) // a gap
	frame(Frame{Kind: Connection, Listener: 1, Ports: []PortState{{Port: 11}}})
	frame(Frame{Kind: Gone, Port: 11, Next: 0})
	frame(Frame{Kind: Connection, Listener: 1, Ports: []PortState{{Port: 13}}})
	frame(Frame{Kind: Refused, Port: 13})
	frame(Frame{Kind: Data, Port: 4, Seq: 67, Next: 2, Ports: []PortState{{Port: 2}}}) // no hub gives that
	frame(Frame{Kind: Listen, Listener: 1, Name: "x"})                                 // nor says that
	frame(Frame{Kind: Error, Code: CodeSlow, Text: "too slow"})
	do(Event{Kind: EventEnd})
	do(Event{Kind: EventConnect, Name: "z"})
	return log
}

// deepHeld nests held ports in each other's queues. The innermost one is port.
func deepHeld(depth int, port Handle) Held {
	h := Held{Port: port}
	for range depth {
		h = Held{Queue: []Queued{{Ports: []Held{h}}}}
	}
	return h
}
