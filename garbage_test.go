package entangle

import (
	"context"
	"runtime"
	"testing"
	"weak"
)

// waiting has somebody wait at a port, and returns its error.
func waiting(t *testing.T, p *MessagePort) <-chan error {
	result := make(chan error, 1)
	go func() {
		_, err := p.Receive(t.Context())
		result <- err
	}()
	return result
}

// SPEC 38, 51: a port that nobody holds is closed; who waits at its peer is told.
func TestDroppedPortCloses(t *testing.T) {
	result := waiting(t, NewMessageChannel().Port1)
	collect(t, func() bool { return len(result) > 0 })
	if err := <-result; err != ErrClosed {
		t.Error(err)
	}
}

// SPEC 51: the same if somebody begins to wait only after the port was dropped.
func TestDroppedPortClosesLater(t *testing.T) {
	port := NewMessageChannel().Port1
	runtime.GC()
	runtime.GC()
	result := waiting(t, port)
	collect(t, func() bool { return len(result) > 0 })
	if err := <-result; err != ErrClosed {
		t.Error(err)
	}
}

// SPEC 38, 51: on a loop it is the close event, and all that was posted before comes first.
func TestDroppedPortClosesPushed(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	c := global.NewMessageChannel()
	j.listen(t, c.Port1, "")
	must(t, c.Port2.PostMessage("last words"))
	port1 := c.Port1
	c = nil
	collect(t, func() bool { agent.Step(); return len(j) == 2 })
	j.check(t, "last words close")
	runtime.KeepAlive(port1)
}

// SPEC 52: a port that listens is held by its peer; also if nobody else holds it, and whether its
// listener captures it or not.
func TestListeningPortIsHeldByItsPeer(t *testing.T) {
	agent, global := newTestGlobal()
	for _, captures := range []bool{false, true} {
		var j journal
		port1 := func() *MessagePort {
			c := global.NewMessageChannel()
			must(t, c.Port2.OnMessage(func(e *MessageEvent) {
				j.note(e.Data())
				if captures {
					must(t, c.Port2.PostMessage("reply"))
				}
			}))
			must(t, c.Port1.OnMessage(j.messages("")))
			return c.Port1
		}()
		for range 5 {
			runtime.GC()
			runtime.Gosched()
		}
		must(t, port1.PostMessage("are you there"))
		runAll(agent)
		if captures {
			j.check(t, "are you there reply")
		} else {
			j.check(t, "are you there")
		}
		runtime.KeepAlive(port1)
	}
}

// SPEC 53: a port is not collected while its queue is enabled and not empty, though its
// peer is closed.
func TestPortWithMessagesIsNotCollected(t *testing.T) {
	agent, global := newTestGlobal()
	var j journal
	func() {
		c := global.NewMessageChannel()
		j.listen(t, c.Port2, "")
		must(t, c.Port1.PostMessage("1"))
		must(t, c.Port1.PostMessage("2"))
		c.Port1.Close()
	}()
	for range 5 {
		runtime.GC()
		runtime.Gosched()
	}
	runAll(agent)
	j.check(t, "1 2 close")
}

// SPEC 54: when both ports are dropped the channel is garbage, with listeners that capture ports,
// and with messages.
func TestDroppedChannelIsCollected(t *testing.T) {
	agent, global := newTestGlobal()
	for name, make := range map[string]func() *MessageChannel{
		"pulled": func() *MessageChannel {
			c := NewMessageChannel()
			must(t, c.Port1.PostMessage("unread"))
			return c
		},
		"pushed": global.NewMessageChannel,
		"listening": func() *MessageChannel {
			c := global.NewMessageChannel()
			must(t, c.Port1.OnMessage(func(*MessageEvent) { c.Port1.Close() }))
			must(t, c.Port2.OnMessage(func(*MessageEvent) { c.Port1.Close() }))
			must(t, c.Port1.PostMessage("read"))
			runAll(agent)
			return c
		},
		"queues that hold each other": func() *MessageChannel {
			c, d := NewMessageChannel(), NewMessageChannel()
			must(t, c.Port1.PostMessage(nil, d.Port1))
			must(t, d.Port2.PostMessage(nil, c.Port2))
			return c
		},
		"a queue with a port of a watched channel": func() *MessageChannel {
			c, d := NewMessageChannel(), NewMessageChannel()
			d.Port1.channel.mu.Lock()
			d.Port1.channel.watchEnd(0)
			d.Port1.channel.mu.Unlock()
			must(t, c.Port1.PostMessage(nil, d.Port1))
			return c
		},
	} {
		w := func() weak.Pointer[channel] { return weak.Make(make().Port1.channel) }()
		collect(t, func() bool { return w.Value() == nil })
		_ = name
	}
}

// SPEC 47, 51: a port in the queue of a channel that was dropped is lost; its peer gets close.
func TestPortInDroppedQueue(t *testing.T) {
	port := func() *MessagePort {
		carrier, c := NewMessageChannel(), NewMessageChannel()
		must(t, carrier.Port1.PostMessage(nil, c.Port1))
		return c.Port2
	}()
	result := waiting(t, port)
	collect(t, func() bool { return len(result) > 0 })
	if err := <-result; err != ErrClosed {
		t.Error(err)
	}
}

// SPEC 47, 51: the same if somebody still holds the port that posted it, and if it lies deeper.
func TestPortInQueueOfDroppedPort(t *testing.T) {
	outer, port := func() (*MessagePort, *MessagePort) {
		carrier, c, d := NewMessageChannel(), NewMessageChannel(), NewMessageChannel()
		must(t, carrier.Port1.PostMessage(nil, c.Port1))
		must(t, c.Port2.PostMessage(nil, d.Port1))
		return carrier.Port1, d.Port2
	}()
	result := waiting(t, port)
	collect(t, func() bool { return len(result) > 0 })
	if err := <-result; err != ErrClosed {
		t.Error(err)
	}
	runtime.KeepAlive(outer)
}

// SPEC 55: closing makes the end certain; collecting afterwards changes nothing.
func TestClosedPortIsCollected(t *testing.T) {
	port := func() *MessagePort {
		c := NewMessageChannel()
		must(t, c.Port1.PostMessage("1"))
		c.Port1.Close()
		return c.Port2
	}()
	runtime.GC()
	expect(t, port, "1")
	expectError(t, port, ErrClosed)
}

// A port posted to somebody who drops it, and messages posted on without an end, do not pile up.
func TestMessagesToDroppedPort(t *testing.T) {
	port := NewMessageChannel().Port1
	for range 10 * unwatchedMessages {
		must(t, port.PostMessage("x"))
	}
	collect(t, func() bool {
		port.channel.mu.Lock()
		defer port.channel.mu.Unlock()
		return port.channel.ends[1].closed && port.channel.ends[1].first == nil
	})
}

// A port in use is never closed, however often the garbage is collected and the port goes
// from hand to hand.
func TestPortInUseIsNotCollected(t *testing.T) {
	c := NewMessageChannel()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			runtime.GC()
		}
	}()
	reply := make(chan error, 1)
	go func(port *MessagePort) {
		for i := range 2000 {
			e, err := port.Receive(t.Context())
			if err == nil {
				port = pass(t, port)
				err = port.Post(t.Context(), e.Data())
			}
			if err != nil || i == 1999 {
				reply <- err
				return
			}
		}
	}(c.Port2)
	port := c.Port1
	c = nil
	for i := range 2000 {
		must(t, port.PostMessage(float64(i)))
		expect(t, port, float64(i))
		port = pass(t, port)
	}
	must(t, <-reply)
	stop()
	<-done
}

// SPEC 51, 54: a million channels, made, used once and dropped, leave no memory behind.
func TestMillionChannels(t *testing.T) {
	n := 1_000_000
	if raceEnabled {
		n = 100_000
	}
	agent, global := newTestGlobal()
	uses := map[string]func(){
		"pulled": func() {
			c := NewMessageChannel()
			must(t, c.Port1.PostMessage("x"))
			value(c.Port2.Receive(t.Context()))(t)
		},
		"pushed": func() {
			c := global.NewMessageChannel()
			must(t, c.Port2.OnMessage(func(*MessageEvent) { c.Port2.PostMessage("nobody reads it") }))
			must(t, c.Port1.PostMessage("x"))
			runAll(agent)
		},
		"carried": func() {
			c, d := NewMessageChannel(), NewMessageChannel()
			must(t, c.Port1.PostMessage(nil, d.Port1))
		},
	}
	for name, use := range uses {
		before := heap()
		for range n / len(uses) {
			use()
		}
		var left int64
		collect(t, func() bool {
			runAll(agent)
			left = int64(heap()) - int64(before)
			return left < 1<<20 // each of them would be 200 bytes and more
		})
		t.Log(name, left, "bytes are left")
	}
}

// A channel costs at most 520 bytes, idle.
func TestMemoryOfIdleChannel(t *testing.T) {
	if raceEnabled {
		return // it allocates more
	}
	_, global := newTestGlobal()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, make := range map[string]func() *MessageChannel{
		"pulled": NewMessageChannel,
		"pulled, somebody waited": func() *MessageChannel {
			c := NewMessageChannel()
			c.Port1.Receive(ctx)
			c.Port2.channel.mu.Lock()
			c.Port2.channel.watchEnd(0)
			c.Port2.channel.watchEnd(1)
			c.Port2.channel.mu.Unlock()
			return c
		},
		"pushed": global.NewMessageChannel,
	} {
		const n = 100_000
		channels := [n]*MessageChannel{}
		before := heap()
		for i := range channels {
			channels[i] = make()
		}
		each := (heap() - before) / n
		t.Log(name, each, "bytes")
		if each > 520 {
			t.Error("too many")
		}
		runtime.KeepAlive(&channels)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
