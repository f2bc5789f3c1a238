package remote_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// A client that is away for hours loses its ports after two minutes, and not before; it goes on
// trying, at most 20 s apart, and is back soon after the hub.
func TestAwayForHours(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
		line, told := &air{listener: direct.listener}, make(states, 16)
		t.Cleanup(line.cut)
		var attempts atomic.Int64
		counted := func(ctx context.Context, network, address string) (net.Conn, error) {
			attempts.Add(1)
			return line.dial(ctx, network, address)
		}
		o := remote.Options{Origin: "http://127.0.0.1:7000", Logger: quiet, OnState: told.changes()}
		client, err := remote.DialThrough(t.Context(), "ws://"+airAddress.String(), o, remote.UsualPace, counted)
		must(t, err)
		defer client.Close()
		b := p.client(t, remote.Options{})
		listener, err := client.Listen(t.Context(), "a")
		must(t, err)
		near, far := connected(t, client, b)
		told.expect(t, remote.Open)
		line.refuse()
		line.cut()
		began := time.Now()
		told.expect(t, remote.Reconnecting)
		for _, port := range []*entangle.MessagePort{near, far} {
			_, err := port.Receive(t.Context())
			if after := time.Since(began); !errors.Is(err, entangle.ErrLost) || after < 120*time.Second || after > 125*time.Second {
				t.Errorf("it ended with %v after %v", err, after)
			}
		}
		expectReason(t, near.Err(), entangle.ReasonLost, "there was no hub for too long; remote: no WebSocket at")
		attempts.Store(0)
		<-time.After(3 * time.Hour)
		if n := attempts.Load(); n < 3*60*60/20 || n > 3*60*60/20*3 {
			t.Errorf("%d attempts in three hours", n)
		}
		line.reach(direct)
		began = time.Now()
		told.expect(t, remote.Open)
		if after := time.Since(began); after > 21*time.Second {
			t.Errorf("it is back after %v", after)
		}
		port, err := b.ConnectTo(t.Context(), "a")
		must(t, err)
		defer port.Close()
		defer accept(t, listener).Port.Close()
	})
}

// Close of a client that waits for a connection which nobody answers breaks that off.
func TestClosedWhileDialing(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, _ *place, direct *air) {
		line, told := &air{listener: direct.listener}, make(states, 16)
		t.Cleanup(line.cut)
		client := dialAir(t, line, remote.Options{OnState: told.changes()}, remote.UsualPace)
		told.expect(t, remote.Open)
		line.silent.Store(true)
		line.cut()
		told.expect(t, remote.Reconnecting)
		<-time.After(5 * time.Second) // an attempt is under way, which nobody answers
		began := time.Now()
		must(t, client.Close())
		if after := time.Since(began); after > time.Second {
			t.Errorf("it took %v", after)
		}
		told.expect(t, remote.Closed)
	})
}

// An application that hears slowly of the client's states, and asks it things meanwhile, keeps
// nobody waiting; in the end it has heard of the present one.
func TestSlowOnState(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
		line := &air{listener: direct.listener}
		t.Cleanup(line.cut)
		var client atomic.Pointer[remote.Client]
		heard := make(chan remote.State, 16)
		o := remote.Options{OnState: func(state remote.State, _ error) {
			<-time.After(time.Minute)
			c := client.Load()
			if c.State() == remote.Open {
				listener, err := c.Listen(t.Context(), "from within")
				check(t, err)
				listener.Close()
			}
			heard <- state
		}}
		client.Store(dialAir(t, line, o, remote.UsualPace))
		near, far := connected(t, client.Load(), p.client(t, remote.Options{}))
		for round := range 3 {
			began := time.Now()
			line.cut()
			must(t, near.PostMessage(round))
			expect(t, far, float64(round))
			if after := time.Since(began); after > 10*time.Second {
				t.Errorf("a message took %v", after)
			}
		}
		var last remote.State
		for synctest.Wait(); ; {
			select {
			case last = <-heard:
				continue
			case <-time.After(2 * time.Minute):
			}
			break
		}
		if last != remote.Open {
			t.Errorf("the last that it heard is %s", last)
		}
	})
}

// channelIn makes a channel that is closed at the end of the test.
func channelIn(t *testing.T, client *remote.Client, name string) *remote.BroadcastChannel {
	t.Helper()
	channel := channelOf(t, client, name)
	t.Cleanup(channel.Close)
	return channel
}

// What was broadcast while there was no hub is sent when there is one, also if the client is closed
// meanwhile; if there is none for too long Close says that it is not out.
func TestBroadcastsAway(t *testing.T) {
	for _, comesBack := range []bool{true, false} {
		inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
			line, told := &air{listener: direct.listener}, make(states, 16)
			t.Cleanup(line.cut)
			client := dialAir(t, line, remote.Options{OnState: told.changes(), Linger: 30 * time.Second}, remote.UsualPace)
			news, heard := channelIn(t, client, "news"), channelIn(t, p.client(t, remote.Options{}), "news")
			told.expect(t, remote.Open)
			line.refuse()
			line.cut()
			told.expect(t, remote.Reconnecting)
			must(t, news.PostMessage("the last words"))
			if comesBack {
				time.AfterFunc(5*time.Second, func() { line.reach(direct) })
			}
			began := time.Now()
			err := client.Close()
			if after := time.Since(began); (err == nil) != comesBack || !comesBack && after < 30*time.Second {
				t.Errorf("comes back: %t. Close: %v, after %v", comesBack, err, after)
			}
			if comesBack {
				event, err := heard.Receive(t.Context())
				must(t, err)
				if event.Data() != "the last words" {
					t.Errorf("it heard %v", event.Data())
				}
			}
		})
	}
}

// Broadcasts that were not written when the connection broke are sent over the next one, once and
// in order. Those that were may be lost.
func TestBroadcastsNotWritten(t *testing.T) {
	inBubble(t, hub.Options{}, func(t *testing.T, p *place, direct *air) {
		const count, size = 100, 32 << 10
		line := &air{listener: direct.listener}
		t.Cleanup(line.cut)
		client := dialAir(t, line, remote.Options{}, remote.UsualPace)
		news, heard := channelIn(t, client, "news"), channelIn(t, p.client(t, remote.Options{}), "news")
		line.stop()
		release := client.Hold() // so that all are taken at once
		for i := range count {
			must(t, news.PostMessage(map[string]any{"i": i, "x": strings.Repeat("x", size)}))
		}
		release()
		synctest.Wait()
		line.cut()
		var got []float64
		for len(got) == 0 || got[len(got)-1] != count-1 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			event, err := heard.Receive(ctx)
			cancel()
			must(t, err)
			got = append(got, event.Data().(map[string]any)["i"].(float64))
			if n := len(got); n > 1 && got[n-2] >= got[n-1] {
				t.Fatalf("%v was heard after %v", got[n-1], got[n-2])
			}
		}
		if missing := count - len(got); missing > 8 { // two batches, and what was on its way
			t.Errorf("%d of %d are missing", missing, count)
		}
	})
}
