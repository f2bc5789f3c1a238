package sim

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// Client is an endpoint with the applications around it, and the session at the other end of its
// socket. A hostile one has no endpoint.
type Client struct {
	Number int
	Dead   bool // its process

	identity protocol.Identity // as the hub knows it
	origin   string            // that the hub has said
	start    protocol.Event
	secret   protocol.Secret
	endpoint *protocol.Endpoint
	out      protocol.Out
	byHandle map[protocol.Handle]*End
	exposed  []*End
	unwanted []*End            // to be closed after the present step
	kept     []func()          // with a misuse: what is done after the next step
	wild     []protocol.Handle // ports that came from hostile clients
	listens  []*listening
	channels map[string]*subscription

	session *Session      // the newest one
	nth     int           // how many sockets it has opened
	online  bool          // it has a socket,
	greeted bool          // over which WELCOME came
	since   protocol.Time // when it lost the last one
	ahead   protocol.Time // of the world's clock
	doubt   bool          // it was away for about as long as one may be
	hostile *hostile

	offered map[protocol.Handle]protocol.ID // what it was offered, by its handles
	tickets map[protocol.Handle][]byte      // the newest ones of its ports
	ticket  []byte                          // and of its session
}

// listening is a listener of a client's.
type listening struct {
	number     uint64
	name       string
	registered bool
	denied     bool
	over       bool // it was taken back
	forgotten  bool // and its session knows
}

// String names a client with a letter: A, B, C.
func (c *Client) String() string { return clientName(c.Number) }

func clientName(number int) string {
	if number < 26 {
		return string(rune('A' + number))
	}
	return fmt.Sprintf("Z%d", number-25)
}

// member is a client as a configuration has it.
type member struct {
	identity protocol.Identity
	origin   string // stated in HELLO
	service  bool   // claimed in HELLO
	hostile  bool
}

// join makes a client, which says HELLO.
func (w *World) join(m member) *Client {
	c := w.newClient(m.identity)
	c.start = protocol.Event{Kind: protocol.EventStart, Origin: m.origin, Service: m.service}
	if m.hostile {
		c.hostile = &hostile{}
		return c
	}
	c.secret = secretOf(c.Number)
	c.start.Secret = c.secret
	c.endpoint = w.newEndpoint()
	w.step(c, c.start)
	return c
}

func (w *World) newEndpoint() *protocol.Endpoint {
	e := protocol.NewEndpoint()
	if w.narrow != (protocol.Limit{}) {
		e.Narrow(w.narrow)
	}
	e.Switch(w.config.Off)
	return e
}

func (w *World) newClient(identity protocol.Identity) *Client {
	c := &Client{Number: len(w.Clients), identity: identity, byHandle: map[protocol.Handle]*End{},
		offered: map[protocol.Handle]protocol.ID{}, tickets: map[protocol.Handle][]byte{}}
	w.Clients = append(w.Clients, c)
	w.open(c, 0)
	return c
}

// step is the runtime around an endpoint. Its effects are carried out before the next step.
func (w *World) step(c *Client, ev protocol.Event) (made protocol.Effect) {
	return w.stepFor(c, ev, nil)
}

// stepFor is step. With a connect calling is the caller's end, which may be closed in the same
// step.
func (w *World) stepFor(c *Client, ev protocol.Event, calling *End) (made protocol.Effect) {
	w.steps++
	put := len(c.kept)
	c.endpoint.Step(w.time(c), ev, &c.out)
	if w.record != nil {
		step := vectorOf(w.time(c), ev, c.out.Effects)
		if ev.Kind == protocol.EventStart && w.narrow != (protocol.Limit{}) {
			step.Event.First = []uint64{w.narrow.Bytes, w.narrow.Messages}
		}
		w.record[c] = append(w.record[c], step)
	}
	for i := range c.out.Effects {
		f := &c.out.Effects[i]
		if w.config.misuse != noMisuse && w.misused(c, &ev, f) {
			continue
		}
		switch f.Kind {
		case protocol.EffectSend:
			if w.trace != nil {
				w.say("%v sends %s", c, showFrame(f.Frame))
			}
			w.claims(c, f.Frame)
			w.frame(f.Frame)
		case protocol.EffectChannel:
			made = *f
			if calling != nil {
				calling.Handle = f.Port
				c.byHandle[f.Port] = calling
			}
		default:
			w.effect(c, ev.Batch, f)
		}
	}
	if w.config.misuse == keepFrames || w.config.misuse == keepPorts {
		c.tooLate(put)
	}
	w.pushFrames(c)
	if c.endpoint.Pending() <= manyPorts || w.steps%64 == 0 {
		if err := c.endpoint.Check(); err != nil {
			w.bad(rBooks, "%v: %v", c, err)
		}
	}
	for len(c.unwanted) > 0 {
		e := c.unwanted[0]
		c.unwanted = c.unwanted[1:]
		w.Close(e)
	}
	return made
}

// effect carries out what does not go to the hub.
func (w *World) effect(c *Client, batch *protocol.Batch, f *protocol.Effect) {
	switch f.Kind {
	case protocol.EffectDeliver:
		w.deliver(c, batch, f)
	case protocol.EffectClosed:
		w.closed(c, f)
	case protocol.EffectConnection:
		w.connection(c, batch, f)
	case protocol.EffectListening:
		w.listening(c, f)
	case protocol.EffectSubscribed:
		w.subscribed(c, f)
	case protocol.EffectBroadcast:
		w.heard(c, f)
	case protocol.EffectWelcome:
		c.greeted = true
	case protocol.EffectFailed:
		if f.Code == protocol.CodeExpired && c.doubt {
			w.lapse(c)
			c.ticket = nil
			return
		}
		w.bad(rHonest, "%v failed: %d %s", c, f.Code, f.Text)
	case protocol.EffectRefused:
		w.bad(rHonest, "%v refuses: %s", c, f.Text)
	}
}

func (w *World) deliver(c *Client, batch *protocol.Batch, f *protocol.Effect) {
	e, m := c.byHandle[f.Port], w.messageOf(f.Body)
	switch {
	case e == nil || e.Channel.tainted:
		w.stray(c, e, f)
		return
	case m == nil || m.from == nil || m.from.Channel != e.Channel || m.from.Side == e.Side:
		w.bad(rTwice, "%x came to %v, where it does not belong", f.Body, e)
		return
	case m.taken != nil:
		w.bad(rTwice, "message %d was taken in twice", m.id)
		return
	}
	m.taken = e
	e.queue = append(e.queue, m)
	w.keep(m, f.Body, batch)
	w.checkHeld(e)
	w.land(c, batch, m, f.Ports)
}

// land finds the world's ends that a message brought.
func (w *World) land(c *Client, batch *protocol.Batch, m *Message, ports []protocol.Held) {
	n := len(m.ends)
	if len(ports) != n+len(m.wild) {
		w.bad(rTwice, "message %d brought %d ports, not %d", m.id, len(ports), n+len(m.wild))
		return
	}
	for i, e := range m.ends {
		w.landEnd(c, batch, e, ports[i])
	}
	m.wild = m.wild[:0]
	for _, h := range ports[n:] {
		m.wild = append(m.wild, h.Port)
	}
	w.landWild(c, ports[n:])
}

func (w *World) landEnd(c *Client, batch *protocol.Batch, e *End, h protocol.Held) {
	e.Handle, e.queue = h.Port, nil
	if h.Port == 0 {
		e.Ended, e.Lost = true, h.Lost
	} else {
		c.byHandle[h.Port] = e
	}
	if e.Channel.tainted {
		for _, q := range h.Queue {
			w.landWild(c, q.Ports)
		}
		return
	}
	for _, q := range h.Queue {
		m := w.messageOf(q.Body)
		if m == nil {
			w.bad(rTwice, "%x came with (%v)", q.Body, e)
			return
		}
		m.local = false
		e.queue = append(e.queue, m)
		w.keep(m, q.Body, batch)
		w.land(c, batch, m, q.Ports)
	}
}

// checkHeld looks whether more waits in a queue than an end may have granted.
func (w *World) checkHeld(e *End) {
	if w.narrow == (protocol.Limit{}) {
		return
	}
	n, bytes, last := 0, 0, 0
	for _, m := range e.queue {
		if !m.here {
			last = len(body(m.id))
			n, bytes = n+1, bytes+last
		}
	}
	const windows = 4
	if n > windows*int(w.narrow.Messages) || bytes-last >= windows*int(w.narrow.Bytes) {
		w.bad(rHeld, "%d messages of %d bytes wait at %v", n, bytes, e)
	}
}

// closed is told by the endpoint, after everything that was delivered before.
func (w *World) closed(c *Client, f *protocol.Effect) {
	e := c.byHandle[f.Port]
	if e == nil {
		i := slices.Index(c.wild, f.Port)
		if i < 0 {
			w.bad(rTwice, "%v is told that port %d, which is not there, was closed", c, f.Port)
			return
		}
		c.wild = slices.Delete(c.wild, i, i+1)
		return
	}
	delete(c.byHandle, f.Port)
	e.Handle, e.Ended, e.Lost = 0, true, f.Lost
	if !c.online { // it was away for too long
		e.lapsed, c.ticket = true, nil
		w.doubtConnects(c)
	}
}

// checkBody looks whether a body that was kept is as it was delivered.
func (w *World) checkBody(m *Message) {
	if m.body != nil && !bytes.Equal(m.body, body(m.id)) {
		w.bad(rContract, "the body of message %d became %x while it was kept", m.id, m.body)
	}
}
