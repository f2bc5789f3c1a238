package hub

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/entangle-go/entangle/protocol"
)

// leave says BYE and ends, as clients do: a socket that is closed while something is there to be
// read loses what is on its way to the hub.
func (c *client) leave() {
	c.do(protocol.Event{Kind: protocol.EventBye})
	if w, ok := c.conn.(webSocketConn); ok {
		w.conn.NetConn().(*net.TCPConn).CloseWrite()
	} else {
		c.conn.Close()
	}
	<-c.done
	c.conn.Close()
}

// Who posts and leaves for good is heard by somebody who was away then: messages, ports in them,
// and the close.
func TestHeir(t *testing.T) {
	for _, closes := range []bool{false, true} {
		t.Run(fmt.Sprint("closes ", closes), func(t *testing.T) {
			h := newHub(t, Options{})
			a, b, other := socketClient(t, h), socketClient(t, h), program(t, h)
			near, _ := pair(a, b, "b")
			carried, kept := pair(a, other, "other")
			b.cut()
			a.post(near, "a last word")
			a.post(near, "with a port", protocol.Held{Port: carried})
			if closes {
				a.do(protocol.Event{Kind: protocol.EventClose, Port: near})
			}
			a.leave()
			b.comeBack(dial(t, serve(t, h)))
			b.expect("a last word")
			landed := b.expect("with a port").Ports[0].Port
			if f := b.want(protocol.EffectClosed); f.Lost == closes {
				t.Errorf("lost %t", f.Lost)
			}
			b.post(landed, "over it")
			other.expect("over it")
			other.post(kept, "and back")
			b.expect("and back")
		})
	}
}

// What has been taken in is not kept, and its port is not: its peer hears of the loss at once.
func TestHeirHasNothing(t *testing.T) {
	h := newHub(t, Options{})
	a, b := socketClient(t, h), program(t, h)
	near, _ := pair(a, b, "b")
	a.post(near, "heard")
	b.expect("heard")
	a.want(protocol.EffectAcked)
	a.leave()
	if f := b.want(protocol.EffectClosed); !f.Lost {
		t.Errorf("got %+v", f)
	}
}

// Of a client that has posted more than may be kept nothing comes in a wrong order: its port is
// lost, and others are not.
func TestHeirOfTooMuch(t *testing.T) {
	h := newHub(t, Options{})
	a, b := socketClient(t, h), socketClient(t, h)
	much, _ := pair(a, b, "much")
	b.do(protocol.Event{Kind: protocol.EventUnlisten, Listener: 1})
	little, far := pair(a, b, "little")
	b.cut()
	for range 5 {
		a.post(much, string(bytes.Repeat([]byte("x"), 64<<10)))
	}
	a.post(little, "a word")
	a.leave()
	b.comeBack(dial(t, serve(t, h)))
	heard := false
	for closed := 0; closed < 2; {
		b.mu.Lock()
		for len(b.effects) == 0 {
			b.changed.Wait()
		}
		effects := b.effects
		b.effects = nil
		b.mu.Unlock()
		for _, f := range effects {
			switch {
			case f.Kind == protocol.EffectDeliver && f.Port == far:
				heard = true
			case f.Kind == protocol.EffectDeliver:
				t.Error("a part of too much was sent")
			case f.Kind == protocol.EffectClosed:
				closed++
			}
		}
	}
	if !heard {
		t.Error("the other port was not heard")
	}
}
