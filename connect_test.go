package entangle

import (
	"context"
	"testing"
	"testing/synctest"
)

// connectTest is windows of one user agent and what they see.
type connectTest struct {
	*UserAgent
	t *testing.T
	j journal
}

func (ct *connectTest) window(name string, options WindowOptions) *Window {
	options.Name = name
	if options.Origin.IsZero() {
		options.Origin = origin(ct.t, "https://a.example")
	}
	w := ct.NewWindow(options)
	ct.listen(w, name)
	return w
}

// listen has connections noted, and their messages.
func (ct *connectTest) listen(w *Window, prefix string) {
	w.OnConnect(func(e *MessageEvent) {
		ct.j.note(prefix, "+")
		ct.j.listen(ct.t, e.Ports[0], prefix+":")
	})
}

func (ct *connectTest) connect(w *Window, name string) *MessagePort {
	ct.t.Helper()
	return value(w.ConnectTo(name))(ct.t)
}

func (ct *connectTest) run(windows ...*Window) {
	for again := true; again; {
		again = false
		for _, list := range ct.windows {
			for _, w := range list {
				again = w.Agent().Step() || again
			}
		}
		for _, w := range windows {
			again = w.Agent().Step() || again
		}
	}
}

// SPEC 1.15: the proposal's own case, and what the connect event says.
func TestConnectTo(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	caller, responder := ct.window("", WindowOptions{}), ct.window("editor", WindowOptions{})
	var event *MessageEvent
	responder.OnConnect(func(e *MessageEvent) { event = e })
	port := ct.connect(caller, "editor")
	must(t, port.PostMessage("before anybody listens"))
	ct.run()
	if event.Type != "connect" || event.Data() != "" || len(event.Ports) != 1 || event.Source != event.Ports[0] ||
		event.Origin.String() != "" {
		t.Errorf("%+v", event)
	}
	inside := event.Ports[0]
	ct.run()
	ct.j.check(t, "") // both queues are disabled
	ct.j.listen(t, inside, "in:")
	ct.j.listen(t, port, "out:")
	must(t, inside.PostMessage("welcome"))
	ct.run()
	inside.Close()
	ct.run()
	ct.j.check(t, "out:welcome in:before anybody listens out:close")
}

// SPEC 1.15: names that are none.
func TestConnectToBadNames(t *testing.T) {
	w := NewUserAgent().NewWindow(WindowOptions{})
	for _, name := range []string{"", "_blank", "_Self", "_parent", "_TOP", "_anything"} {
		port, err := w.ConnectTo(name)
		isDOMException(t, err, "SyntaxError")
		if port != nil {
			t.Error("a port")
		}
	}
}

// SPEC 1.15: a Go program waits until another window has answered, its context ends, or its own
// window does.
func TestAwaitConnectTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ua := NewUserAgent()
		caller := ua.NewWindow(WindowOptions{Origin: origin(t, "https://a.example")})
		type outcome struct {
			port *MessagePort
			err  error
		}
		outcomes := make(chan outcome, 1)
		await := func(ctx context.Context, name string) {
			go func() {
				port, err := caller.AwaitConnectTo(ctx, name)
				outcomes <- outcome{port, err}
			}()
			synctest.Wait() // it waits
			if len(outcomes) > 0 {
				t.Error("it did not wait")
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		await(ctx, "late")
		cancel()
		if got := <-outcomes; got.err != context.Canceled || got.port != nil {
			t.Error(got)
		}
		ctx, cancel = context.WithCancel(t.Context())
		await(ctx, "late")
		responder := ua.NewWindow(WindowOptions{Origin: caller.Origin(), Name: "late"})
		connected := 0
		responder.OnConnect(func(e *MessageEvent) {
			connected++
			must(t, e.Ports[0].PostMessage("hello"))
		})
		got := <-outcomes
		cancel() // which is nothing to the port
		must(t, got.err)
		for responder.Agent().Step() {
		}
		if connected != 1 {
			t.Errorf("%d connections: the withdrawn request was answered", connected)
		}
		if e := value(got.port.Receive(t.Context()))(t); e.Data() != "hello" {
			t.Error(e.Data())
		}
		await(t.Context(), "nobody")
		caller.Destroy()
		if got := <-outcomes; got.err != ErrClosed {
			t.Error(got.err)
		}
		if _, err := caller.AwaitConnectTo(t.Context(), "nobody"); err != ErrClosed {
			t.Error(err)
		}
	})
}

// SPEC 1.15: whoever comes to qualify later is found then: a new window, a new name, ready, active
// again. The oldest request is answered first.
func TestConnectToWaits(t *testing.T) {
	for name, qualify := range map[string]func(ct *connectTest){
		"new window": func(ct *connectTest) { ct.window("late", WindowOptions{}) },
		"new name": func(ct *connectTest) {
			w := ct.window("early", WindowOptions{})
			ct.listen(w, "late")
			w.SetName("late")
		},
		"ready": func(ct *connectTest) {
			w := ct.window("late", WindowOptions{ReadyState: Loading})
			ct.run()
			ct.j.check(ct.t, "")
			w.SetReadyState(Interactive)
		},
		"active": func(ct *connectTest) {
			top := ct.window("top", WindowOptions{})
			top.SetActive(false)
			ct.window("late", WindowOptions{Parent: top})
			ct.run()
			ct.j.check(ct.t, "")
			top.SetActive(true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ct := &connectTest{UserAgent: NewUserAgent(), t: t}
			a, b := ct.window("a", WindowOptions{}), ct.window("b", WindowOptions{})
			must(t, ct.connect(a, "late").PostMessage("1"))
			must(t, ct.connect(b, "late").PostMessage("2"))
			must(t, ct.connect(a, "other").PostMessage("3"))
			ct.run()
			ct.j.check(t, "")
			qualify(ct)
			ct.run()
			ct.j.check(t, "late+ late:1 late+ late:2")
			if n := len(ct.requests); n != 1 {
				t.Error(n, "storage keys have requests")
			}
		})
	}
}

// SPEC 1.15: one window gets the connection, the oldest; never oneself; never another storage key;
// an opaque origin reaches itself only.
func TestConnectToWhom(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	caller := ct.window("x", WindowOptions{})
	opaque := NewOpaqueOrigin()
	ct.window("x", WindowOptions{Origin: origin(t, "https://b.example")})
	ct.window("x", WindowOptions{Partition: "other"})
	ct.window("x", WindowOptions{Origin: opaque})
	ct.window("x", WindowOptions{Origin: NewOpaqueOrigin()})
	port := ct.connect(caller, "x")
	ct.run()
	ct.j.check(t, "")
	oldest := ct.NewWindow(WindowOptions{Name: "x", Origin: caller.Origin()})
	ct.listen(oldest, "oldest")
	ct.listen(ct.NewWindow(WindowOptions{Name: "x", Origin: caller.Origin()}), "newer")
	ct.connect(caller, "x")
	ct.run()
	ct.j.check(t, "oldest+ oldest+")
	ct.connect(ct.window("y", WindowOptions{Origin: opaque}), "x")
	ct.run()
	ct.j.check(t, "x+")
	_ = port
}

// SPEC 1.15: a window that is no secure context, for its parent's sake, is not connected
// to one that is.
func TestConnectToSecureContexts(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	insecure := ct.window("insecure", WindowOptions{Origin: origin(t, "http://a.example")})
	mixed := ct.window("x", WindowOptions{Parent: insecure})
	ct.connect(ct.window("caller", WindowOptions{}), "x")
	ct.run()
	ct.j.check(t, "")
	ct.connect(ct.window("other", WindowOptions{Parent: insecure}), "x")
	ct.run()
	ct.j.check(t, "x+")
	for url, want := range map[string]bool{
		"https://a.example": true, "wss://a.example": true, "http://a.example": false, "http://localhost": true, "http://x.localhost:1": true,
		"http://127.1.2.3": true, "http://[::1]:8080": true, "http://127.example": false, "http://128.0.0.1": false, "data:,": false,
	} {
		if got := origin(t, url).potentiallyTrustworthy(); got != want {
			t.Error(url, got)
		}
	}
	_ = mixed
}

// SPEC 1.15: closing the port, or losing it, ends the request, and so does the end of the caller.
func TestConnectToCancelled(t *testing.T) {
	for name, cancel := range map[string]func(*testing.T, *connectTest, *Window, *MessagePort){
		"close":   func(_ *testing.T, _ *connectTest, _ *Window, p *MessagePort) { p.Close() },
		"destroy": func(_ *testing.T, _ *connectTest, w *Window, _ *MessagePort) { w.Destroy() },
		"lost in a message": func(t *testing.T, _ *connectTest, w *Window, p *MessagePort) {
			c := NewMessageChannel()
			must(t, c.Port1.PostMessage(nil, p))
			c.Port2.Close()
		},
		"garbage": func(t *testing.T, ct *connectTest, _ *Window, _ *MessagePort) {
			collect(t, func() bool {
				ct.mu.Lock()
				defer ct.mu.Unlock()
				return len(ct.requests) == 0
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ct := &connectTest{UserAgent: NewUserAgent(), t: t}
			caller := ct.window("caller", WindowOptions{})
			cancel(t, ct, caller, ct.connect(caller, "late"))
			if len(ct.requests) != 0 {
				t.Error("the request is still there")
			}
			ct.window("late", WindowOptions{})
			ct.run()
			ct.j.check(t, "")
		})
	}
}

// SPEC 1.15: a port that was transferred keeps its request; the connection is where the port is.
func TestConnectToFromAfar(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	port := pass(t, ct.connect(ct.window("caller", WindowOptions{}), "late"))
	must(t, port.PostMessage("hello"))
	ct.window("late", WindowOptions{})
	ct.run()
	ct.j.check(t, "late+ late:hello")
}

// SPEC 1.15: a responder that was chosen is final. If it ends, or does not listen, the
// caller gets close.
func TestConnectToResponderEnds(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	caller, responder := ct.window("caller", WindowOptions{}), ct.window("x", WindowOptions{})
	ct.window("x", WindowOptions{})
	port := ct.connect(caller, "x")
	ct.j.listen(t, port, "out:")
	responder.Destroy()
	ct.run(responder)
	ct.j.check(t, "out:close")

	deaf := ct.NewWindow(WindowOptions{Name: "deaf", Origin: caller.Origin()})
	ct.j.listen(t, ct.connect(caller, "deaf"), "out:")
	ct.run()
	ct.j.check(t, "out:close")
	_ = deaf
	// a destroyed window connects to nobody
	caller.Destroy()
	if port := ct.connect(caller, "x"); !port.Detached() {
		t.Error("a destroyed window has a port")
	}
	if len(ct.requests) != 0 {
		t.Error("a destroyed window has a request")
	}
}

// SPEC 1.15: renaming matters to pending requests only.
func TestConnectToRename(t *testing.T) {
	ct := &connectTest{UserAgent: NewUserAgent(), t: t}
	caller, w := ct.window("caller", WindowOptions{}), ct.window("x", WindowOptions{})
	port := ct.connect(caller, "x")
	w.SetName("y")
	must(t, port.PostMessage("to the same"))
	waits := ct.connect(caller, "x")
	ct.run()
	ct.j.check(t, "x+ x:to the same")
	must(t, waits.PostMessage("again"))
	w.SetName("x")
	ct.run()
	ct.j.check(t, "x+ x:again")
}
