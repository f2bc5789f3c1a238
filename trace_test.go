package entangle

import (
	"slices"
	"testing"
)

// A trace tells of each message what became of it.
func TestTrace(t *testing.T) {
	ua := NewUserAgent()
	var got []Trace
	ua.Trace = func(tr Trace) { got = append(got, tr) }
	agent := ua.NewAgent()
	origin, err := ParseOrigin("https://a.example")
	if err != nil {
		t.Fatal(err)
	}
	w := ua.NewWindow(WindowOptions{Agent: agent, Origin: origin})
	w.OnMessage(func(*MessageEvent) {})
	c := w.Global().NewMessageChannel()
	if err := w.PostMessage(w, "one", WindowPostMessageOptions{Transfer: []Transferable{c.Port2}}); err != nil {
		t.Fatal(err)
	}
	if err := w.PostMessage(w, "two", WindowPostMessageOptions{TargetOrigin: "https://b.example"}); err != nil {
		t.Fatal(err)
	}
	for agent.Step() {
	}
	w.Destroy()
	if err := w.PostMessage(w, "three", WindowPostMessageOptions{}); err != nil {
		t.Fatal(err)
	}
	var discarded []string
	for _, tr := range got {
		if tr.To != w.Global() {
			t.Errorf("to %v", tr.To)
		}
		discarded = append(discarded, tr.Discarded)
	}
	want := []string{"", "the window is of https://a.example, not of https://b.example", "the window is closed"}
	if !slices.Equal(discarded, want) {
		t.Errorf("%q", discarded)
	}
	if got[0].Ports != 1 || got[0].Size == 0 || got[0].From != w.Global() {
		t.Errorf("%+v", got[0])
	}
}
