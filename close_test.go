package entangle

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// SPEC 31, 36: close detaches and disentangles; a second one does nothing; a closed port cannot
// be transferred.
func TestClose(t *testing.T) {
	c := NewMessageChannel()
	c.Port1.Close()
	c.Port1.Close()
	if !c.Port1.Detached() || c.Port2.Detached() {
		t.Error("Detached")
	}
	other := NewMessageChannel()
	isDOMException(t, other.Port1.PostMessage(nil, c.Port1), "DataCloneError")
	if _, err := c.Port1.Release(); err != ErrClosed {
		t.Error(err)
	}
	for range 2 {
		expectError(t, c.Port1, ErrClosed)
		expectError(t, c.Port2, ErrClosed)
	}
	if err := c.Port1.Post(t.Context(), "x"); err != ErrClosed {
		t.Error(err)
	}
	if err := c.Port2.Post(t.Context(), "x"); err != ErrClosed {
		t.Error(err)
	}
}

// SPEC 32: the messages in the closing port's own queue are dropped, and the ports in them lost.
func TestCloseDropsOwnQueue(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c, inner := global.NewMessageChannel(), NewMessageChannel()
	must(t, c.Port2.OnMessage(func(e *MessageEvent) {
		j.note(e.Data())
		c.Port2.Close()
	}))
	must(t, c.Port1.PostMessage("1"))
	must(t, c.Port1.PostMessage("2", inner.Port1))
	runAll(agent)
	j.check(t, "1")
	expectError(t, inner.Port2, ErrClosed)

	d := NewMessageChannel()
	must(t, d.Port1.PostMessage("unread"))
	d.Port2.Close()
	expectError(t, d.Port2, ErrClosed)
}

// SPEC 33, 37, 38, 39: messages posted before close arrive, then close; at the other port only.
func TestCloseComesLast(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c := global.NewMessageChannel()
	j.listen(t, c.Port1, "1:")
	j.listen(t, c.Port2, "2:")
	for _, m := range []string{"a", "b"} {
		must(t, c.Port1.PostMessage(m))
	}
	c.Port1.Close()
	c.Port2.Close() // 37: by its own close a port gets none, even if the peer was first...
	runAll(agent)
	j.check(t, "") // ...and what it did not dispatch is dropped

	c = global.NewMessageChannel()
	j.listen(t, c.Port1, "1:")
	j.listen(t, c.Port2, "2:")
	for _, m := range []string{"a", "b"} {
		must(t, c.Port1.PostMessage(m))
	}
	c.Port1.Close()
	runAll(agent)
	j.check(t, "2:a 2:b 2:close")

	pulled := NewMessageChannel()
	must(t, pulled.Port1.PostMessage("a"))
	pulled.Port1.Close()
	expect(t, pulled.Port2, "a")
	expectError(t, pulled.Port2, ErrClosed)
}

// SPEC 34, 41: nothing comes from or goes to a channel that was closed, also after the other end
// was transferred.
func TestNothingAfterClose(t *testing.T) {
	for _, transferred := range []bool{false, true} {
		c, carrier := NewMessageChannel(), NewMessageChannel()
		open := c.Port2
		if transferred {
			must(t, carrier.Port1.PostMessage(nil, c.Port2))
		}
		must(t, c.Port1.PostMessage("before"))
		c.Port1.Close()
		must(t, c.Port1.PostMessage("after"))
		if transferred {
			open = receive(t, carrier.Port2).Ports[0]
		}
		expect(t, open, "before")
		expectError(t, open, ErrClosed)
		must(t, open.PostMessage("to nobody"))
		// 41: a port that got close is not detached: it can go on, and has its end with it
		must(t, carrier.Port1.PostMessage(nil, open))
		expectError(t, receive(t, carrier.Port2).Ports[0], ErrClosed)
	}
}

// SPEC 40: close does not wait for start(), but for the messages before it.
func TestCloseOfPortsThatWereNotStarted(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	empty, full := global.NewMessageChannel(), global.NewMessageChannel()
	must(t, empty.Port2.OnClose(j.closes("empty ")))
	must(t, full.Port2.OnClose(j.closes("full ")))
	must(t, full.Port1.PostMessage("m"))
	empty.Port1.Close()
	full.Port1.Close()
	runAll(agent)
	j.check(t, "empty close")
	full.Port2.Start()
	runAll(agent)
	j.check(t, "full close")
}

// SPEC 38, 41: close is dispatched once, also to a port that is transferred before; a port that had
// it does not get it again.
func TestCloseIsDispatchedOnce(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c := global.NewMessageChannel()
	must(t, c.Port1.PostMessage("m"))
	c.Port1.Close()
	moved := value(value(c.Port2.Release())(t).move(global))(t)
	j.listen(t, moved, "")
	runAll(agent)
	j.check(t, "m close")
	again := value(moved.move(global))(t)
	j.listen(t, again, "again ")
	runAll(agent)
	j.check(t, "")
}

// A port may be closed, or its peer, by its own listener.
func TestCloseInListener(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c := global.NewMessageChannel()
	must(t, c.Port1.OnClose(j.closes("1 ")))
	must(t, c.Port2.OnClose(j.closes("2 ")))
	must(t, c.Port2.OnMessage(func(e *MessageEvent) {
		j.note(e.Data())
		c.Port1.Close()
	}))
	must(t, c.Port1.PostMessage("a"))
	must(t, c.Port1.PostMessage("b"))
	runAll(agent)
	j.check(t, "a b 2 close")
}

func TestCloseWakesWaits(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(c *MessageChannel)
		want error
	}{
		"own close":    {func(c *MessageChannel) { c.Port2.Close() }, ErrClosed},
		"peer's close": {func(c *MessageChannel) { c.Port1.Close() }, ErrClosed},
		"transfer":     {func(c *MessageChannel) { c.Port2.NewHolder().Transfer() }, ErrDetached},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewMessageChannel()
				errs := make(chan error)
				const receivers = 3
				for range receivers {
					go func() {
						_, err := c.Port2.Receive(t.Context())
						errs <- err
					}()
				}
				synctest.Wait()
				test.end(c)
				for range receivers {
					if err := <-errs; !errors.Is(err, test.want) {
						t.Error(err)
					}
				}
			})
		})
	}
}

// Several receivers: every message goes to one, to whom waits longest.
func TestSeveralReceivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewMessageChannel()
		got := make([]chan any, 3)
		for i := range got {
			got[i] = make(chan any, 1)
			go func() { got[i] <- receive(t, c.Port2).Data() }()
			synctest.Wait()
		}
		for i := range got {
			must(t, c.Port1.PostMessage(float64(i)))
		}
		for i := range got {
			if v := <-got[i]; v != float64(i) {
				t.Error(i, "got", v)
			}
		}
	})
}

// Post waits while the peer is behind its window.
func TestPostWaits(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(t *testing.T, c *MessageChannel)
		want error
	}{
		"the peer catches up": {func(t *testing.T, c *MessageChannel) {
			for range sendWindow / 2 {
				receive(t, c.Port2)
			}
		}, nil},
		"the peer is closed":      {func(_ *testing.T, c *MessageChannel) { c.Port2.Close() }, ErrClosed},
		"the port is closed":      {func(_ *testing.T, c *MessageChannel) { c.Port1.Close() }, ErrClosed},
		"the port is transferred": {func(_ *testing.T, c *MessageChannel) { c.Port1.NewHolder().Transfer() }, ErrDetached},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, inner := NewMessageChannel(), NewMessageChannel()
				for i := range sendWindow {
					must(t, c.Port1.Post(t.Context(), float64(i)))
				}
				result := make(chan error)
				go func() { result <- c.Port1.Post(t.Context(), "waits", inner.Port1) }()
				go func() { result <- c.Port1.Post(t.Context(), "waits too") }()
				synctest.Wait()
				select {
				case err := <-result:
					t.Error("it does not wait:", err)
				default:
				}
				if inner.Port1.Detached() {
					t.Error("a message that waits is transferred already")
				}
				test.end(t, c)
				for range 2 {
					if err := <-result; !errors.Is(err, test.want) {
						t.Error(err)
					}
				}
				if inner.Port1.Detached() != (test.want == nil) {
					t.Error("transferred:", inner.Port1.Detached())
				}
			})
		})
	}
}

func TestPostIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, inner := NewMessageChannel(), NewMessageChannel()
		for i := range sendWindow {
			must(t, c.Port1.PostMessage(float64(i)))
		}
		must(t, c.Port1.PostMessage("PostMessage does not wait"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, transfer := range [][]Transferable{nil, {inner.Port1}} {
			if err := c.Port1.Post(ctx, "x", transfer...); !errors.Is(err, ctx.Err()) || err == nil {
				t.Error(err)
			}
		}
		if err := c.Port1.Post(ctx, "x"); !errors.Is(err, ctx.Err()) {
			t.Error(err)
		}
		if inner.Port1.Detached() {
			t.Error("transferred")
		}
		isDOMException(t, c.Port1.Post(t.Context(), func() {}), "DataCloneError")
	})
}
