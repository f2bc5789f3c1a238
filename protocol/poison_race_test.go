//go:build race

package protocol

import "testing"

// Whoever keeps a frame, a packet, a list or a body too long finds something that nobody
// can take for it.
func TestPoison(t *testing.T) {
	e := NewEndpoint()
	var out Out
	e.Step(0, Event{Kind: EventStart}, &out)
	e.Step(0, Event{Kind: EventConnect, Name: "x"}, &out)
	effects, frame := out.Effects, out.Effects[1].Frame
	port := effects[0].Port
	e.Step(0, Event{Kind: EventListen, Listener: 1, Name: "x"}, &out)
	if effects[1].Kind == EffectSend || frame.Kind == Connect || effects[0].Port == port {
		t.Errorf("an effect that ended is still there: %+v, %v", effects[1], frame.Kind)
	}

	h := newTestHub(t)
	c := h.program()
	f := connectFrame(1, "x")
	c.s.Step(0, SessionEvent{Kind: SessionFrame, Frame: &f}, &c.out)
	session := c.out.Effects
	ask := session[len(session)-1].Ask
	c.s.Step(0, SessionEvent{Kind: SessionEnd}, &c.out)
	if ask.Name == "x" || session[0].Kind == SessionSubscribe {
		t.Errorf("an effect that ended is still there: %+v", ask)
	}

	batch := AppendFrame(nil, &Frame{Kind: Data, Port: 4, Body: []byte("body"),
		Ports: []PortState{{Port: 6, Queue: []Message{{Body: []byte("q")}}}}})
	var d Decoder
	data, _, err := d.Frame(batch)
	if err != nil {
		t.Fatal(err)
	}
	states, body := data.Ports, data.Body
	if _, _, err := d.Frame(batch); err != nil {
		t.Fatal(err)
	}
	if states[0].Port == 6 || states[0].Queue != nil {
		t.Errorf("port states that ended are still there: %+v", states)
	}
	NewBatch(batch, nil).Release()
	if string(body) == "body" {
		t.Error("a body that went back is still there")
	}
}
