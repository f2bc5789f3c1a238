package sim

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/entangle-go/entangle/protocol"
)

// A vector is the log of one endpoint: what happened to it, when, and what it did. Endpoints in
// every language replay it. Bodies and frames are hex, times are milliseconds.

// VectorStep is one step of the log.
type VectorStep struct {
	Now     int64          `json:"now"`
	Event   VectorEvent    `json:"event"`
	Effects []VectorEffect `json:"effects"`
}

// VectorHeld is a port between an endpoint and the runtime.
type VectorHeld struct {
	Port  protocol.Handle `json:"port"`
	Lost  bool            `json:"lost"`
	Queue []VectorQueued  `json:"queue"`
}

// VectorQueued is a message in the queue of such a port.
type VectorQueued struct {
	Body  string       `json:"body"`
	Ports []VectorHeld `json:"ports"`
}

// VectorEvent is an event as docs/protocol.md, 5 has it.
type VectorEvent struct {
	Kind     string          `json:"kind"`
	Secret   string          `json:"secret,omitempty"`
	Frame    string          `json:"frame,omitempty"`
	Port     protocol.Handle `json:"port,omitempty"`
	Count    int             `json:"count,omitempty"`
	First    []uint64        `json:"first,omitempty"` // start, of a narrow world: bytes and messages
	Body     *string         `json:"body,omitempty"`
	Ports    []VectorHeld    `json:"ports,omitempty"`
	Listener uint64          `json:"listener,omitempty"`
	Name     string          `json:"name,omitempty"`
	Origin   string          `json:"origin,omitempty"`
	Service  bool            `json:"service,omitempty"`
	Unsent   bool            `json:"unsent,omitempty"`
}

// VectorEffect is an effect as docs/protocol.md, 5 has it.
type VectorEffect struct {
	Kind     string          `json:"kind"`
	Frame    string          `json:"frame,omitempty"`
	Port     protocol.Handle `json:"port,omitempty"`
	Twin     protocol.Handle `json:"twin,omitempty"`
	Body     *string         `json:"body,omitempty"`
	Ports    []VectorHeld    `json:"ports,omitempty"`
	Behind   *uint64         `json:"behind,omitempty"`
	Lost     *bool           `json:"lost,omitempty"`
	Listener uint64          `json:"listener,omitempty"`
	Name     string          `json:"name,omitempty"`
	Origin   string          `json:"origin,omitempty"`
	User     string          `json:"user,omitempty"`
	Code     *uint64         `json:"code,omitempty"`
	Text     string          `json:"text,omitempty"`
}

var eventNames = []string{protocol.EventStart: "start", protocol.EventFrame: "frame", protocol.EventChannel: "channel",
	protocol.EventPost: "post", protocol.EventClose: "close", protocol.EventConnect: "connect", protocol.EventListen: "listen",
	protocol.EventUnlisten: "unlisten", protocol.EventSubscribe: "subscribe", protocol.EventUnsubscribe: "unsubscribe",
	protocol.EventDispatched: "dispatched", protocol.EventBroadcast: "broadcast", protocol.EventBye: "bye", protocol.EventTime: "time",
	protocol.EventLost: "lost", protocol.EventEnd: "end"}

var effectNames = []string{protocol.EffectSend: "send", protocol.EffectChannel: "channel", protocol.EffectDeliver: "deliver",
	protocol.EffectOpen: "open", protocol.EffectAcked: "acked", protocol.EffectClosed: "closed", protocol.EffectBlocked: "blocked",
	protocol.EffectConnection: "connection", protocol.EffectListening: "listening", protocol.EffectSubscribed: "subscribed",
	protocol.EffectBroadcast: "broadcast", protocol.EffectWelcome: "welcome", protocol.EffectRefused: "refused",
	protocol.EffectFailed: "failed"}

func vectorOfHeld(held []protocol.Held) (out []VectorHeld) {
	for _, h := range held {
		v := VectorHeld{Port: h.Port, Lost: h.Lost, Queue: []VectorQueued{}}
		for _, q := range h.Queue {
			ports := vectorOfHeld(q.Ports)
			if ports == nil {
				ports = []VectorHeld{}
			}
			v.Queue = append(v.Queue, VectorQueued{hex.EncodeToString(q.Body), ports})
		}
		out = append(out, v)
	}
	return out
}

// vectorOf copies a step, whose parts are valid until the next one.
func vectorOf(now protocol.Time, ev protocol.Event, effects []protocol.Effect) VectorStep {
	step := VectorStep{Now: int64(now / millisecond), Event: VectorEvent{Kind: eventNames[ev.Kind], Port: ev.Port, Count: ev.Count,
		Ports: vectorOfHeld(ev.Ports), Listener: ev.Listener, Name: ev.Name, Origin: ev.Origin, Service: ev.Service,
		Unsent: ev.Unsent}, Effects: []VectorEffect{}}
	switch ev.Kind {
	case protocol.EventStart:
		step.Event.Secret = hex.EncodeToString(ev.Secret[:])
	case protocol.EventPost, protocol.EventBroadcast:
		step.Event.Body = hexOf(ev.Body)
	case protocol.EventFrame:
		step.Event.Frame = hex.EncodeToString(protocol.AppendFrame(nil, ev.Frame))
	}
	for i := range effects {
		step.Effects = append(step.Effects, vectorOfEffect(&effects[i]))
	}
	return step
}

func vectorOfEffect(f *protocol.Effect) VectorEffect {
	v := VectorEffect{Kind: effectNames[f.Kind], Port: f.Port, Twin: f.Twin, Ports: vectorOfHeld(f.Ports),
		Listener: f.Listener, Name: f.Name, Origin: f.Origin, User: f.User, Text: f.Text}
	switch f.Kind {
	case protocol.EffectSend, protocol.EffectWelcome:
		v.Frame = hex.EncodeToString(protocol.AppendFrame(nil, f.Frame))
	case protocol.EffectDeliver, protocol.EffectBroadcast:
		v.Body = hexOf(f.Body)
	case protocol.EffectAcked:
		behind := f.Behind
		v.Behind = &behind
	case protocol.EffectClosed:
		lost := f.Lost
		v.Lost = &lost
	case protocol.EffectListening, protocol.EffectSubscribed, protocol.EffectFailed:
		code := f.Code
		v.Code = &code
	}
	return v
}

func hexOf(b []byte) *string {
	s := hex.EncodeToString(b)
	return &s
}

// unhexer reads hex, and remembers that something was none.
type unhexer struct{ err error }

func (u *unhexer) bytes(s string) []byte {
	b, err := hex.DecodeString(s)
	u.err = errors.Join(u.err, err)
	return b
}

func (u *unhexer) held(in []VectorHeld) (held []protocol.Held) {
	for _, v := range in {
		h := protocol.Held{Port: v.Port, Lost: v.Lost}
		for _, q := range v.Queue {
			h.Queue = append(h.Queue, protocol.Queued{Body: u.bytes(q.Body), Ports: u.held(q.Ports)})
		}
		held = append(held, h)
	}
	return held
}

// event is what the log says has happened.
func (v *VectorEvent) event() (protocol.Event, error) {
	u := new(unhexer)
	ev := protocol.Event{Port: v.Port, Count: v.Count, Ports: u.held(v.Ports), Listener: v.Listener, Name: v.Name, Origin: v.Origin,
		Service: v.Service, Unsent: v.Unsent}
	for kind, name := range eventNames {
		if name == v.Kind && name != "" {
			ev.Kind = protocol.EventKind(kind)
		}
	}
	if secret := u.bytes(v.Secret); len(secret) == len(ev.Secret) {
		copy(ev.Secret[:], secret)
	} else if ev.Kind == protocol.EventStart {
		return ev, fmt.Errorf("the secret is %q", v.Secret)
	}
	if v.Body != nil {
		ev.Body = u.bytes(*v.Body)
	}
	if v.Frame != "" {
		f, rest, err := protocol.DecodeFrame(u.bytes(v.Frame))
		if err != nil || len(rest) > 0 {
			return ev, fmt.Errorf("frame %s: %v, %d bytes left", v.Frame, err, len(rest))
		}
		ev.Frame = &f
	}
	return ev, u.err
}

// Recorder is an endpoint whose log is kept.
type Recorder struct {
	Log      []VectorStep
	endpoint *protocol.Endpoint
	out      protocol.Out
}

// NewRecorder makes an endpoint with an empty log.
func NewRecorder() *Recorder { return &Recorder{endpoint: protocol.NewEndpoint()} }

// Step steps the endpoint.
func (r *Recorder) Step(now protocol.Time, ev protocol.Event) {
	r.endpoint.Step(now, ev, &r.out)
	r.Log = append(r.Log, vectorOf(now, ev, r.out.Effects))
}

// Logs runs the schedule of a seed and gives the log of each endpoint.
func Logs(c Config, seed uint64) ([][]VectorStep, error) {
	c.record = true
	w := Run(c, seed)
	if w.Violation != nil {
		return nil, fmt.Errorf("seed %d: %v", seed, w.Violation)
	}
	var logs [][]VectorStep
	for _, client := range w.Clients {
		if client.endpoint != nil {
			logs = append(logs, w.record[client])
		}
	}
	return logs, nil
}

// EncodeLog writes a log as JSON, one step a line.
func EncodeLog(log []VectorStep) ([]byte, error) {
	b := bytes.NewBufferString("[\n")
	for i, step := range log {
		line, err := json.Marshal(step)
		if err != nil {
			return nil, err
		}
		b.Write(line)
		if i+1 < len(log) {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString("]\n")
	return b.Bytes(), nil
}

// ReplayLog gives a log, as JSON, to a new endpoint, and tells where that does something else.
func ReplayLog(log []byte) error {
	var steps []VectorStep
	if err := json.Unmarshal(log, &steps); err != nil {
		return err
	}
	if len(steps) == 0 || steps[0].Event.Kind != "start" {
		return errors.New("the log does not begin with a start")
	}
	r := NewRecorder()
	if first := steps[0].Event.First; len(first) == 2 {
		r.endpoint.Narrow(protocol.Limit{Bytes: first[0], Messages: first[1]})
	}
	for i, step := range steps {
		ev, err := step.Event.event()
		if err != nil {
			return fmt.Errorf("step %d: %v", i+1, err)
		}
		r.Step(protocol.Time(step.Now)*millisecond, ev)
		r.Log[i].Event.First = step.Event.First
		got, err := json.Marshal(r.Log[i])
		if err != nil {
			return err
		}
		if want, err := json.Marshal(step); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("step %d:\n got %s\nwant %s", i+1, got, want)
		}
	}
	return nil
}

// WriteLogs writes the logs of all endpoints of some schedules of a configuration into a folder:
// one file for each, CONFIG-SEED-LETTER.json.
func WriteLogs(dir string, c Config, first, seeds uint64) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for seed := first; seed < first+seeds; seed++ {
		logs, err := Logs(c, seed)
		if err != nil {
			return err
		}
		for i, log := range logs {
			text, err := EncodeLog(log)
			if err != nil {
				return err
			}
			name := fmt.Sprintf("%s-%d-%s.json", c.Name, seed, clientName(i))
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}
