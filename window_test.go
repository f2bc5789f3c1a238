package entangle

import (
	"testing"

	"github.com/entangle-go/entangle/clone"
	"github.com/entangle-go/entangle/eventloop"
)

func origin(t testing.TB, url string) Origin {
	t.Helper()
	return value(ParseOrigin(url))(t)
}

// SPEC 7, 8, 11: who gets a message, by its target origin.
func TestTargetOrigin(t *testing.T) {
	ua := NewUserAgent()
	sender := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
	same := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
	other := ua.NewWindow(WindowOptions{Origin: origin(t, "https://b.example:8443")})
	opaque := ua.NewWindow(WindowOptions{Origin: NewOpaqueOrigin()})
	for _, test := range []struct {
		to           *Window
		targetOrigin string
		arrives      bool
	}{
		{same, "", true}, {same, "/", true}, {other, "", false}, {other, "/", false}, {opaque, "/", false},
		{same, "*", true}, {other, "*", true}, {opaque, "*", true},
		{other, "https://b.example:8443", true}, {other, "https://B.example:8443/any/path?q#f", true},
		{other, "https://b.example", false}, {other, "http://b.example:8443", false},
		{same, "https://a.example:443", true}, {opaque, "https://a.example", false},
		{opaque, "data:text/plain,x", false}, // an opaque origin, but another one
	} {
		got := false
		test.to.OnMessage(func(*MessageEvent) { got = true })
		must(t, test.to.PostMessage(sender, "x", WindowPostMessageOptions{TargetOrigin: test.targetOrigin}))
		runAll(sender.Agent(), test.to.Agent())
		if got != test.arrives {
			t.Errorf("%s to %s: arrives: %v", test.targetOrigin, test.to.Origin(), got)
		}
	}
}

// SPEC 8: a target origin that is no URL is a SyntaxError, before anything is serialized.
func TestTargetOriginThatIsNoURL(t *testing.T) {
	w := NewUserAgent().NewWindow(WindowOptions{})
	c := NewMessageChannel()
	for _, bad := range []string{"a.example", "http://", "//a.example", "https://a b/", " "} {
		options := WindowPostMessageOptions{TargetOrigin: bad, Transfer: []Transferable{c.Port1}}
		isDOMException(t, w.PostMessage(w, func() {}, options), "SyntaxError")
	}
	isDOMException(t, w.PostMessage(nil, "x", WindowPostMessageOptions{}), "SyntaxError")
	if c.Port1.Detached() {
		t.Error("detached")
	}
}

// SPEC 9, 11, 47: what is transferred is gone though the origin does not match, and ports are lost.
func TestTransferToWrongOrigin(t *testing.T) {
	ua := NewUserAgent()
	a, b := ua.NewWindow(WindowOptions{}), ua.NewWindow(WindowOptions{})
	buffer, c := clone.NewArrayBuffer([]byte("x")), NewMessageChannel()
	isDOMException(t, b.PostMessage(a, func() {}, WindowPostMessageOptions{Transfer: []Transferable{c.Port1}}), "DataCloneError")
	must(t, b.PostMessage(a, "x", WindowPostMessageOptions{Transfer: []Transferable{buffer, c.Port1}}))
	if !buffer.Detached() || !c.Port1.Detached() {
		t.Error("not detached")
	}
	expectNothing(t, c.Port2) // only the task finds out
	runAll(b.Agent())
	expectError(t, c.Port2, ErrClosed)
}

// SPEC 12, 14, 15: what the event says: origin, source, data, ports.
func TestWindowMessage(t *testing.T) {
	ua := NewUserAgent()
	a := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example/")})
	b := ua.NewWindow(WindowOptions{})
	c := NewMessageChannel()
	var got *MessageEvent
	b.OnMessage(func(e *MessageEvent) { got = e })
	options := WindowPostMessageOptions{"*", []Transferable{clone.NewArrayBuffer([]byte("x")), c.Port1}}
	must(t, b.PostMessage(a, "hello", options))
	runAll(b.Agent())
	if got.Type != "message" || got.Origin != a.Origin() || got.Origin.String() != "https://a.example" || got.Source != a ||
		got.Data() != "hello" || len(got.Ports) != 1 {
		t.Errorf("%+v", got)
	}
	if err := got.Ports[0].OnMessage(nil); err != nil {
		t.Error("the port does not belong to the window:", err)
	}
	must(t, b.PostMessage(nil, "from nobody", WindowPostMessageOptions{TargetOrigin: "*"}))
	runAll(b.Agent())
	if !got.Origin.IsZero() || got.Source != nil || got.Data() != "from nobody" {
		t.Errorf("%+v", got)
	}
}

// SPEC 13: what cannot be deserialized is a messageerror with origin and source, without data.
func TestWindowMessageError(t *testing.T) {
	ua := NewUserAgent()
	a := ua.NewWindow(WindowOptions{})
	var got []*MessageEvent
	a.OnMessage(func(e *MessageEvent) { got = append(got, e) })
	a.OnMessageError(func(e *MessageEvent) { got = append(got, e) })
	m := &postedMessage{anyOrigin: true}
	m.event = MessageEvent{Type: messageType, Origin: a.Origin(), Source: a, record: clone.Undeliverable("because", nil)}
	a.queuePosted(m)
	must(t, a.PostMessage(a, "next", WindowPostMessageOptions{}))
	runAll(a.Agent())
	if len(got) != 2 || got[0].Type != "messageerror" || got[0].Origin != a.Origin() || got[0].Source != a || got[0].Data() != nil ||
		got[1].Data() != "next" {
		t.Errorf("%+v", got)
	}
}

// SPEC 15: a window needs no start; without a listener a message is gone.
func TestWindowBuffersNothing(t *testing.T) {
	w := NewUserAgent().NewWindow(WindowOptions{})
	var j journal
	must(t, w.PostMessage(w, "1", WindowPostMessageOptions{}))
	runAll(w.Agent())
	w.OnMessage(j.messages(""))
	must(t, w.PostMessage(w, "2", WindowPostMessageOptions{}))
	runAll(w.Agent())
	j.check(t, "2")
}

// SPEC 10, 98, 100, 102: messages to a window whose document is not fully active wait, and so do
// those of its frames' ports.
func TestInactiveDocument(t *testing.T) {
	ua := NewUserAgent()
	top := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
	frame := ua.NewWindow(WindowOptions{Parent: top})
	var j journal
	top.OnMessage(j.messages("top "))
	frame.OnMessage(j.messages("frame "))
	c := frame.Global().NewMessageChannel()
	j.listen(t, c.Port2, "port ")
	post := func(m string) {
		for _, w := range []*Window{top, frame} {
			must(t, w.PostMessage(top, m, WindowPostMessageOptions{}))
		}
		must(t, c.Port1.PostMessage(m))
	}
	post("1")
	top.SetActive(false)
	if top.FullyActive() || frame.FullyActive() {
		t.Error("fully active")
	}
	post("2")
	runAll(top.Agent())
	j.check(t, "")
	frame.SetActive(false)
	top.SetActive(true)
	runAll(top.Agent())
	j.check(t, "top 1 top 2")
	frame.SetActive(true)
	runAll(top.Agent())
	j.check(t, "frame 1 port 1 frame 2 port 2")
	top.SetActive(false)
	late := ua.NewWindow(WindowOptions{Parent: top})
	if late.FullyActive() {
		t.Error("a frame of a document that is not fully active is")
	}
}

// SPEC 38, 47, 101: destroying a document closes its ports and those in messages to it, drops its
// tasks, and does the same to its frames.
func TestDestroy(t *testing.T) {
	ua := NewUserAgent()
	top := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
	frame := ua.NewWindow(WindowOptions{Parent: top})
	far := ua.NewWindow(WindowOptions{})
	var j journal
	frame.OnMessage(j.messages("never "))
	own, inMessage, inQueue := NewMessageChannel(), NewMessageChannel(), NewMessageChannel()
	port := value(frame.Global().Adopt(own.Port1))(t)
	must(t, port.OnMessage(j.messages("never ")))
	must(t, port.OnClose(j.closes("never "))) // 37: not at one's own
	must(t, port.PostMessage("last words"))
	must(t, own.Port2.PostMessage("too late", inQueue.Port1))
	must(t, frame.PostMessage(nil, "x", WindowPostMessageOptions{TargetOrigin: "*", Transfer: []Transferable{inMessage.Port1}}))
	peer := value(far.Global().Adopt(own.Port2))(t)
	j.listen(t, peer, "peer ")
	top.Destroy()
	top.Destroy()
	runAll(top.Agent(), far.Agent())
	j.check(t, "peer last words peer close")
	expectError(t, inMessage.Port2, ErrClosed)
	expectError(t, inQueue.Port2, ErrClosed)
	// nothing reaches it any more
	after := NewMessageChannel()
	must(t, frame.PostMessage(far, "x", WindowPostMessageOptions{TargetOrigin: "*", Transfer: []Transferable{after.Port1}}))
	expectError(t, after.Port2, ErrClosed)
	top.SetActive(true)
	if top.FullyActive() || frame.FullyActive() || !ua.NewWindow(WindowOptions{Parent: top}).Global().NewMessageChannel().Port1.Detached() {
		t.Error("it lives")
	}
}

// SPEC 101: a destroyed document has many ports and has had many more; only those it
// has are closed.
func TestDestroyClosesOnlyOwnPorts(t *testing.T) {
	w := NewUserAgent().NewWindow(WindowOptions{})
	var kept, moved []*MessagePort
	for i := range 1000 {
		c := NewMessageChannel()
		port := value(w.Global().Adopt(c.Port1))(t)
		switch i % 3 {
		case 0:
			kept = append(kept, c.Port2)
		case 1:
			moved = append(moved, value(port.Release())(t))
		case 2:
			port.Close()
		}
	}
	w.Global().Close() // the same as Destroy
	for _, p := range kept {
		expectError(t, p, ErrClosed)
	}
	for _, p := range moved {
		expectNothing(t, p)
	}
	if w.Global().Document().State() != eventloop.Destroyed {
		t.Error("the document is not destroyed")
	}
}

// SPEC 96: windows of one origin that know each other share an agent.
func TestAgents(t *testing.T) {
	ua := NewUserAgent()
	a := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example"), Name: "a"})
	frame := ua.NewWindow(WindowOptions{Parent: a})
	popup := ua.NewWindow(WindowOptions{Opener: frame, Origin: origin(t, "https://a.example")})
	foreign := ua.NewWindow(WindowOptions{Parent: a, Origin: origin(t, "https://b.example")})
	unrelated := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
	explicit := ua.NewWindow(WindowOptions{Parent: a, Agent: unrelated.Agent()})
	if frame.Agent() != a.Agent() || popup.Agent() != a.Agent() || explicit.Agent() != unrelated.Agent() {
		t.Error("not one agent")
	}
	if foreign.Agent() == a.Agent() || unrelated.Agent() == a.Agent() {
		t.Error("one agent")
	}
	if frame.Parent() != a || popup.Opener() != frame || frame.Origin() != a.Origin() || a.Name() != "a" || a.ReadyState() != Complete {
		t.Error("what a window says of itself")
	}
	if g := a.Global(); g.Agent() != a.Agent() || g.Origin() != a.Origin() || g.StorageKey() != (StorageKey{Origin: a.Origin()}) {
		t.Error("what a global says of itself")
	}
}
