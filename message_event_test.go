package entangle

import (
	"reflect"
	"testing"

	"github.com/entangle-go/entangle/clone"
)

// SPEC 2: an event holds an origin, whose serialization it says; "" if there is none.
func TestMessageEventOrigin(t *testing.T) {
	opaque := NewOpaqueOrigin()
	for want, o := range map[string]Origin{"": {}, "null": opaque, "https://a.example": origin(t, "https://a.example")} {
		e := &MessageEvent{Origin: o}
		if e.Origin.String() != want || e.Origin != o {
			t.Error(e.Origin)
		}
	}
}

// SPEC 28, 30: Data is canonical, Decode fills the receiver's own type, ports included; both as
// often as one likes.
func TestDecode(t *testing.T) {
	type message struct {
		Text  string       `json:"text"`
		Count int          `json:"count"`
		Reply *MessagePort `json:"reply"`
	}
	c, inner := NewMessageChannel(), NewMessageChannel()
	must(t, c.Port1.PostMessage(message{"hello", 3, inner.Port1}, inner.Port1))
	e := receive(t, c.Port2)
	for range 2 {
		var m message
		must(t, e.Decode(&m))
		if m.Text != "hello" || m.Count != 3 || m.Reply != e.Ports[0] {
			t.Errorf("%+v", m)
		}
	}
	want := map[string]any{"text": "hello", "count": 3.0, "reply": e.Ports[0]}
	if got := e.Data(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	var n int
	if err := e.Decode(&n); err == nil {
		t.Error("an object is an int")
	}
	must(t, e.Ports[0].PostMessage("works"))
	expect(t, inner.Port2, "works")
}

func TestEventWithoutMessage(t *testing.T) {
	var x any
	if err := new(MessageEvent).Decode(&x); err == nil || new(MessageEvent).Data() != nil {
		t.Error("a zero event has data")
	}
	if err := new(MessageEvent).Err(); err != nil {
		t.Error("a zero event is an error:", err)
	}
	isDOMException(t, (&MessageEvent{Type: messageErrorType}).Err(), "DataCloneError")
}

// SPEC 29, 83: a message that had a place keeps it though it cannot be delivered, and says why.
func TestUndeliverable(t *testing.T) {
	c := NewMessageChannel()
	must(t, c.Port1.send(t.Context(), false, &MessageEvent{Type: messageType, record: clone.Undeliverable("it was shared memory", nil)}))
	e := receive(t, c.Port2)
	var x any
	if err := e.Decode(&x); e.Type != "messageerror" || err == nil {
		t.Error(e.Type, err)
	} else if got := err.Error(); got != "DataCloneError: the message could not be delivered: it was shared memory" || e.Err().Error() != got {
		t.Error(got, e.Err())
	}
}
