package entangle

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/clone"
)

// SPEC 56: a channel has its name, and can be made anywhere.
func TestNewBroadcastChannel(t *testing.T) {
	ua := NewUserAgent()
	destroyed := ua.NewWindow(WindowOptions{})
	destroyed.Destroy()
	for _, global := range []*Global{nil, destroyed.Global(), ua.NewGlobal(GlobalOptions{})} {
		if b := NewBroadcastChannel(global, "a\x00name"); b.Name() != "a\x00name" {
			t.Error(b.Name())
		}
	}
}

// SPEC 59, 61: those of the same name and storage key get it, also in the same global, but not the
// sender; each its own copy, with the sender's origin.
func TestBroadcast(t *testing.T) {
	ua := NewUserAgent()
	a := origin(t, "https://a.example")
	w1, w2 := ua.NewWindow(WindowOptions{Origin: a}), ua.NewWindow(WindowOptions{Origin: a})
	pulled := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Origin: a}), "news")
	var events []*MessageEvent
	open := func(g *Global, name string, hears bool) *BroadcastChannel {
		b := NewBroadcastChannel(g, name)
		must(t, b.OnMessage(func(e *MessageEvent) {
			if !hears {
				t.Error(name, "got", e.Data())
			}
			events = append(events, e)
		}))
		return b
	}
	sender := open(w1.Global(), "news", false)
	open(w1.Global(), "news", true)
	open(w2.Global(), "news", true)
	open(w2.Global(), "New", false)
	open(ua.NewWindow(WindowOptions{Origin: origin(t, "https://b.example")}).Global(), "news", false)
	open(ua.NewWindow(WindowOptions{Origin: a, Partition: "other"}).Global(), "news", false)
	open(NewUserAgent().NewWindow(WindowOptions{Origin: a}).Global(), "news", false)
	must(t, sender.PostMessage(map[string]any{"k": "v"}))
	runAll(w1.Agent(), w2.Agent())
	e := value(pulled.Receive(t.Context()))(t)
	events = append(events, e)
	if len(events) != 3 {
		t.Fatal(len(events), "events")
	}
	for _, e := range events {
		if e.Type != "message" || e.Origin != a || e.Source != nil || e.Ports != nil {
			t.Errorf("%+v", e)
		}
		m := e.Data().(map[string]any)
		if m["k"] != "v" || len(m) != 1 {
			t.Error(m)
		}
		m["changed"] = true
	}
}

// SPEC 58: not eligible: nothing happens, and nothing is cloned. Closed: an InvalidStateError. Then
// cloning, without transfer.
func TestBroadcastErrors(t *testing.T) {
	ua := NewUserAgent()
	w := ua.NewWindow(WindowOptions{})
	b := NewBroadcastChannel(w.Global(), "x")
	isDOMException(t, b.PostMessage(func() {}), "DataCloneError")
	isDOMException(t, b.PostMessage(NewMessageChannel().Port1), "DataCloneError")
	must(t, b.PostMessage(clone.NewSharedArrayBuffer([]byte("x"))))
	b.Close()
	b.Close()
	isDOMException(t, b.PostMessage(func() {}), "InvalidStateError")
	w.SetActive(false)
	must(t, b.PostMessage(func() {}))
	isDOMException(t, NewBroadcastChannel(nil, "x").PostMessage("x"), "InvalidStateError")
	w.Destroy()
	must(t, NewBroadcastChannel(w.Global(), "x").PostMessage(func() {}))
}

// SPEC 57, 59, 98: who is not fully active when a message is posted never gets it; who becomes so
// before it is dispatched gets it later, in its place.
func TestBroadcastEligibility(t *testing.T) {
	ua := NewUserAgent()
	a := origin(t, "https://a.example")
	sender := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Origin: a}), "x")
	agent := ua.NewAgent()
	var j journal
	var windows []*Window
	for i := range 3 {
		w := ua.NewWindow(WindowOptions{Origin: a, Agent: agent})
		must(t, NewBroadcastChannel(w.Global(), "x").OnMessage(j.messages(fmt.Sprint(i, ":"))))
		windows = append(windows, w)
	}
	post := func(m string) { must(t, sender.PostMessage(m)) }
	windows[1].SetActive(false)
	post("never")
	windows[1].SetActive(true)
	post("a")
	post("b")
	windows[1].SetActive(false)
	runAll(agent)
	j.check(t, "0:never 2:never 0:a 2:a 0:b 2:b")
	windows[0].SetActive(false)
	windows[1].SetActive(true)
	post("c")
	windows[0].SetActive(true)
	runAll(agent)
	j.check(t, "1:a 1:b 1:c 2:c")
	post("d")
	windows[1].SetActive(false)
	runAll(agent)
	windows[1].Destroy() // what waits is dropped
	runAll(agent)
	j.check(t, "0:d 2:d")
}

// SPEC 60, 65: in one agent the oldest channel comes first, over all globals; the messages of a
// sender stay in order.
func TestBroadcastOrder(t *testing.T) {
	ua := NewUserAgent()
	agent, a := ua.NewAgent(), NewOpaqueOrigin()
	var globals []*Global
	for range 2 {
		globals = append(globals, ua.NewGlobal(GlobalOptions{Agent: agent, Origin: a}))
	}
	var j journal
	var all []*BroadcastChannel
	for i := range 5 {
		b := NewBroadcastChannel(globals[i%2], "x")
		must(t, b.OnMessage(j.messages(fmt.Sprint(i, ":"))))
		all = append(all, b)
	}
	other := NewBroadcastChannel(globals[0], "x")
	must(t, all[2].PostMessage("a"))
	must(t, other.PostMessage("b"))
	must(t, all[2].PostMessage("c"))
	runAll(agent)
	j.check(t, "0:a 1:a 3:a 4:a 0:b 1:b 2:b 3:b 4:b 0:c 1:c 3:c 4:c")
}

// SPEC 62: closing lets queued messages go to nothing.
func TestBroadcastClose(t *testing.T) {
	ua := NewUserAgent()
	agent, a := ua.NewAgent(), NewOpaqueOrigin()
	pushed := ua.NewGlobal(GlobalOptions{Agent: agent, Origin: a})
	var j journal
	sender := NewBroadcastChannel(pushed, "x")
	var closing *BroadcastChannel
	first, pulled := NewBroadcastChannel(pushed, "x"), NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Origin: a}), "x")
	closing = NewBroadcastChannel(pushed, "x")
	must(t, first.OnMessage(func(e *MessageEvent) { j.note(e.Data()); closing.Close() }))
	must(t, closing.OnMessage(j.messages("closed ")))
	must(t, sender.PostMessage("1"))
	must(t, sender.PostMessage("2"))
	pulled.Close()
	runAll(agent)
	j.check(t, "1 2")
	if _, err := pulled.Receive(t.Context()); err != ErrClosed {
		t.Error(err)
	}
	for range pulled.Messages(t.Context()) {
		t.Error("a message")
	}
	if err := closing.OnMessage(nil); err != ErrClosed {
		t.Error(err)
	}
}

// SPEC 61: a message that cannot be deserialized is a messageerror with origin.
func TestBroadcastMessageError(t *testing.T) {
	agent, global := newTestGlobal()
	sender, b := NewBroadcastChannel(global, "x"), NewBroadcastChannel(global, "x")
	var got *MessageEvent
	must(t, b.OnMessageError(func(e *MessageEvent) { got = e }))
	sender.end.group.post(sender.end, clone.Undeliverable("because", nil))
	runAll(agent)
	if got == nil || got.Type != "messageerror" || got.Origin != global.Origin() || got.Data() != nil {
		t.Errorf("%+v", got)
	}
}

// SPEC 63: a channel that listens is held by its global until it is closed; one that does not is
// garbage when nobody holds it.
func TestBroadcastGarbage(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	for range 10 {
		NewBroadcastChannel(global, "x")
	}
	must(t, NewBroadcastChannel(global, "x").OnMessage(j.messages("")))
	sender := NewBroadcastChannel(global, "x")
	members := func() int {
		g := sender.end.group
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.members)
	}
	collect(t, func() bool { return members() == 2 })
	runtime.GC()
	must(t, sender.PostMessage("heard"))
	runAll(agent)
	j.check(t, "heard")
	global.Close()
	if members() != 0 || len(global.userAgent.broadcasts.groups) != 0 {
		t.Error("a closed global has channels")
	}
}

// SPEC 64: an opaque origin reaches only those that have this very origin; it is "null" to them.
func TestBroadcastOpaqueOrigins(t *testing.T) {
	ua := NewUserAgent()
	sandboxed := ua.NewWindow(WindowOptions{})
	nested := ua.NewWindow(WindowOptions{Parent: sandboxed})
	var j journal
	for name, w := range map[string]*Window{"nested": nested, "other": ua.NewWindow(WindowOptions{})} {
		must(t, NewBroadcastChannel(w.Global(), "x").OnMessage(func(e *MessageEvent) { j.note(name, " from ", e.Origin) }))
	}
	must(t, NewBroadcastChannel(sandboxed.Global(), "x").PostMessage("hello"))
	runAll(sandboxed.Agent())
	j.check(t, "nested from null")
}

func TestBroadcastKinds(t *testing.T) {
	ua := NewUserAgent()
	pushed := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Agent: ua.NewAgent()}), "x")
	pulled := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{}), "x")
	if _, err := pushed.Receive(t.Context()); err != ErrPushed {
		t.Error(err)
	}
	if err := pulled.OnMessage(nil); err != ErrPulled {
		t.Error(err)
	}
	if err := pulled.OnMessageError(nil); err != ErrPulled {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{}), "x")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 2 {
			if _, err := b.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		result := make(chan error)
		go func() {
			_, err := b.Receive(t.Context())
			result <- err
		}()
		synctest.Wait()
		b.Close()
		if err := <-result; err != ErrClosed {
			t.Error(err)
		}
	})
}

// Over all senders, all channels of a name get the messages in one order.
func TestBroadcastTotalOrder(t *testing.T) {
	const senders, receivers, messages = 4, 3, 1000
	ua := NewUserAgent()
	a := NewOpaqueOrigin()
	global := ua.NewGlobal(GlobalOptions{Origin: a})
	var wg sync.WaitGroup
	var got [receivers][]any
	for i := range receivers {
		b := NewBroadcastChannel(global, "x")
		wg.Go(func() {
			for len(got[i]) < senders*messages {
				got[i] = append(got[i], value(b.Receive(t.Context()))(t).Data())
			}
		})
	}
	for s := range senders {
		b := NewBroadcastChannel(ua.NewGlobal(GlobalOptions{Origin: a, Agent: ua.NewAgent()}), "x")
		wg.Go(func() {
			for i := range messages {
				must(t, b.PostMessage(float64(s*messages+i)))
			}
		})
	}
	wg.Wait()
	for i := range receivers {
		if !slices.Equal(got[i], got[0]) {
			t.Error("receivers disagree")
		}
	}
}
