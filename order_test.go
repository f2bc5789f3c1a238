package entangle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle/eventloop"
)

// SPEC 20, 100: over un-shipped ports of one event loop, messages arrive in the order in which
// they were posted.
func TestUnshippedPortMessageQueue(t *testing.T) {
	agent, global := newTestGlobal()
	const channels, messages = 10, 1000
	var j journal
	var ports []*MessagePort
	for range channels {
		c := global.NewMessageChannel()
		must(t, c.Port2.OnMessage(j.messages("")))
		ports = append(ports, c.Port1)
	}
	random := rand.New(rand.NewPCG(1, 2))
	want := ""
	for i := range messages {
		must(t, ports[random.IntN(channels)].PostMessage(float64(i)))
		want += fmt.Sprint(" ", i)
	}
	runAll(agent)
	j.check(t, want[1:])
}

// SPEC 20: a port that is started later comes in where its messages were posted.
func TestUnshippedPortStartedInATask(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	a, b := global.NewMessageChannel(), global.NewMessageChannel()
	must(t, a.Port1.PostMessage("a1"))
	must(t, b.Port1.PostMessage("b1"))
	must(t, a.Port1.PostMessage("a2"))
	must(t, b.Port1.PostMessage("b2"))
	must(t, a.Port2.OnMessage(func(e *MessageEvent) {
		j.note(e.Data())
		must(t, b.Port2.OnMessage(j.messages("")))
	}))
	runBatches(t, agent, 4)
	j.check(t, "a1 b1 a2 b2")
}

// runBatches runs an agent by Run, which, unlike Step, dispatches several messages of a port in a
// row, for n rounds.
func runBatches(t *testing.T, agent *Agent, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var after func()
	after = func() {
		if n--; n < 0 {
			cancel()
			return
		}
		agent.Loop().QueueTask("test", nil, after)
	}
	agent.Loop().QueueTask("test", nil, after)
	agent.Run(ctx)
}

// SPEC 21, 27: of a port that was shipped, the messages still come in their order.
func TestShippedPortsKeepTheirOrder(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	a, b := NewMessageChannel(), NewMessageChannel()
	for i := range 3 {
		must(t, a.Port1.PostMessage(fmt.Sprint("a", i)))
		must(t, b.Port1.PostMessage(fmt.Sprint("b", i)))
	}
	must(t, value(global.Adopt(b.Port2))(t).OnMessage(j.messages("")))
	must(t, value(global.Adopt(a.Port2))(t).OnMessage(j.messages("")))
	runAll(agent)
	j.check(t, "b0 b1 b2 a0 a1 a2")
}

// SPEC 99: a microtask checkpoint follows each message, also in a batch.
func TestMicrotasksBetweenMessages(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c := global.NewMessageChannel()
	must(t, c.Port2.OnMessage(func(e *MessageEvent) {
		j.note(e.Data())
		agent.Loop().QueueMicrotask(func() { j.note("microtask") })
	}))
	for _, m := range []string{"a", "b"} {
		must(t, c.Port1.PostMessage(m))
	}
	runBatches(t, agent, 3)
	j.check(t, "a microtask b microtask")
}

// What one goroutine posts arrives in its order; every message arrives once.
func TestConcurrentPosters(t *testing.T) {
	const posters, messages = 4, 5000
	check := func(t *testing.T, next func() []any) {
		var last [posters]float64
		for range posters * messages {
			m := next()
			p := int(m[0].(float64))
			if m[1] != last[p]+1 {
				t.Fatalf("poster %d: %v after %v", p, m[1], last[p])
			}
			last[p]++
		}
	}
	post := func(t *testing.T, port *MessagePort) *sync.WaitGroup {
		var wg sync.WaitGroup
		for p := range posters {
			wg.Go(func() {
				for i := range messages {
					must(t, port.Post(t.Context(), []any{float64(p), float64(i + 1)}))
				}
			})
		}
		return &wg
	}
	t.Run("pulled", func(t *testing.T) {
		c := NewMessageChannel()
		wg := post(t, c.Port1)
		check(t, func() []any { return receive(t, c.Port2).Data().([]any) })
		wg.Wait()
		expectNothing(t, c.Port2)
	})
	t.Run("pushed", func(t *testing.T) {
		agent, global := newTestGlobal()
		c := global.NewMessageChannel()
		got := make(chan []any, 100)
		must(t, c.Port2.OnMessage(func(e *MessageEvent) { got <- e.Data().([]any) }))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- agent.Run(ctx) }()
		wg := post(t, c.Port1)
		check(t, func() []any { return <-got })
		wg.Wait()
		cancel()
		<-ended
	})
}

func TestListenerPanics(t *testing.T) {
	agent, global := newTestGlobal()
	c := global.NewMessageChannel()
	var j journal
	must(t, c.Port2.OnMessage(func(e *MessageEvent) {
		if e.Data() == "bad" {
			panic("bad")
		}
		j.note(e.Data())
	}))
	for _, m := range []string{"1", "bad", "2", "3"} {
		must(t, c.Port1.PostMessage(m))
	}
	for range 2 {
		func() {
			defer func() { recover() }()
			runAll(agent)
		}()
	}
	j.check(t, "1 2 3")
}

// The timers of an agent go by the user agent's clock; messages need none.
func TestUserAgentClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua := NewUserAgent()
		ua.Clock = eventloop.Clock{
			Now:       time.Now,
			AfterFunc: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop },
		}
		agent := ua.NewAgent()
		var j journal
		c := ua.NewGlobal(GlobalOptions{Agent: agent}).NewMessageChannel()
		must(t, c.Port2.OnMessage(j.messages("")))
		ctx, cancel := context.WithCancel(t.Context())
		for _, d := range []time.Duration{2, 1} {
			value(agent.Loop().RunAfter(nil, d*time.Hour, func() { must(t, c.Port1.PostMessage(float64(d))) }))(t)
		}
		value(agent.Loop().RunAfter(nil, 3*time.Hour, cancel))(t)
		agent.Run(ctx)
		j.check(t, "1 2")
		if err := NewUserAgent().NewAgent().Run(ctx); err != context.Canceled {
			t.Error(err)
		}
		if _, err := NewUserAgent().NewAgent().Loop().RunAfter(nil, 1, cancel); err != eventloop.ErrNoClock {
			t.Error(err)
		}
	})
}
