package sim

import (
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// What applications do.

// makeChannel makes a channel at a client. Both ends are there.
func (w *World) makeChannel(c *Client, number int) *Channel {
	w.nextName = max(w.nextName, number+1)
	channel := &Channel{Number: number}
	for side := range channel.Ends {
		channel.Ends[side] = &End{Channel: channel, Side: side}
		w.expose(c, channel.Ends[side])
	}
	w.Channels = append(w.Channels, channel)
	w.byNumber[number] = channel
	return channel
}

func (w *World) expose(c *Client, e *End) {
	e.At, e.in = c, nil
	c.exposed = append(c.exposed, e)
}

func (c *Client) hide(e *End) {
	if i := slices.Index(c.exposed, e); i >= 0 {
		c.exposed = slices.Delete(c.exposed, i, i+1)
	}
	e.At = nil
}

// hold gives up an end and what is in its queue, as a runtime does that ships a port.
func (w *World) hold(c *Client, e *End) protocol.Held {
	h := protocol.Held{Lost: e.Lost}
	if !e.Ended {
		if e.Handle == 0 { // local: both ends are here
			made := w.step(c, protocol.Event{Kind: protocol.EventChannel})
			e.Handle, e.Peer().Handle = made.Port, made.Twin
			c.byHandle[e.Peer().Handle] = e.Peer()
		}
		h.Port = e.Handle
		delete(c.byHandle, e.Handle)
		if o := e.Channel.connect; o != nil && o.Caller == c && o.Handle == e.Handle {
			o.handedOn = true
		}
	}
	for _, m := range e.queue {
		w.checkBody(m)
		m.drop()
		q := protocol.Queued{Body: body(m.id)}
		for _, carried := range m.ends {
			q.Ports = append(q.Ports, w.hold(c, carried))
		}
		q.Ports = append(q.Ports, c.holdWild(m)...)
		h.Queue = append(h.Queue, q)
	}
	return h
}

// Post posts a message, with ends of other channels in it.
func (w *World) Post(e *End, carried ...*End) { w.post(e, carried, nil) }

// post is Post, with ports that the world does not follow.
func (w *World) post(e *End, carried []*End, wild []protocol.Handle) {
	c := e.At
	for _, x := range carried {
		c.hide(x)
	}
	if e.Ended {
		for _, x := range carried {
			w.discard(c, x)
		}
		return
	}
	m := w.newMessage(e)
	m.ends, m.wild = carried, wild
	w.Counts.Posts++
	w.Counts.Ships += len(carried)
	for _, x := range carried {
		x.in = m
		if e.Channel.tainted {
			w.taint(x.Channel)
		}
	}
	if e.Handle == 0 {
		w.postHere(c, e, m)
		return
	}
	var ports []protocol.Held
	for _, x := range carried {
		ports = append(ports, w.hold(c, x))
	}
	ports = append(ports, c.holdWild(m)...)
	w.step(c, protocol.Event{Kind: protocol.EventPost, Port: e.Handle, Body: body(m.id), Ports: ports})
}

// postHere posts on a channel both of whose ends are at one client, which no endpoint sees.
func (w *World) postHere(c *Client, e *End, m *Message) {
	peer := e.Peer()
	if slices.Contains(m.ends, peer) { // SPEC 25: doomed
		e.Ended = true
		for _, x := range m.ends {
			w.discard(c, x)
		}
		return
	}
	m.taken, m.here, m.local = peer, true, true
	peer.queue = append(peer.queue, m)
}

// Close is the application's.
func (w *World) Close(e *End) {
	c := e.At
	c.hide(e)
	w.discard(c, e)
}

// discard closes an end that is not in the application's hands any more, and those in its queue.
func (w *World) discard(c *Client, e *End) {
	e.Closed, e.closedAt, e.in = true, c, nil
	switch {
	case e.Ended:
	case e.Handle == 0:
		e.Peer().Ended = true
	default:
		if o := e.Channel.connect; o != nil && o.Caller == c && o.Handle == e.Handle {
			o.withdrawn = true
		}
		delete(c.byHandle, e.Handle)
		w.step(c, protocol.Event{Kind: protocol.EventClose, Port: e.Handle})
	}
	queue := e.queue
	e.queue = nil
	for _, m := range queue {
		m.drop()
		for _, x := range m.ends {
			w.discard(c, x)
		}
	}
}

// ready reports whether there is something to dispatch.
func (e *End) ready() bool { return len(e.queue) > 0 || e.Ended && !e.over }

// Dispatch dispatches the next message of an end that an application has, or its close. It reports
// whether there was one.
func (w *World) Dispatch(e *End) bool {
	if len(e.queue) == 0 {
		over := e.Ended && !e.over
		e.over = e.Ended
		return over
	}
	m := e.queue[0]
	e.queue = e.queue[1:]
	w.checkBody(m)
	m.drop()
	w.Counts.Dispatches++
	switch next := e.Channel.Dispatched[e.Side]; {
	case e.Channel.tainted:
	case e.over:
		w.bad(rClosed, "message %d dispatched after close at %v", m.id, e)
	case m.from.Channel != e.Channel || m.number != next:
		w.bad(rOrder, "at %v message number %d is dispatched instead of %d", e, m.number, next)
	}
	e.Channel.Dispatched[e.Side]++
	if e.Handle != 0 && !m.local {
		w.step(e.At, protocol.Event{Kind: protocol.EventDispatched, Port: e.Handle, Count: 1})
	}
	for _, x := range m.ends {
		w.expose(e.At, x)
	}
	return true
}

// Connect connects to a name. target is "", or the origin of the services that are meant. It
// returns the caller's end.
func (w *World) Connect(c *Client, name, target string) *End {
	return w.connectBy(c, w.nextName, name, target)
}

func (w *World) connectBy(c *Client, number int, name, target string) *End {
	channel := w.makeChannel(c, number)
	caller, other := channel.Ends[0], channel.Ends[1]
	pending := c.endpoint.Pending()
	made := w.stepFor(c, protocol.Event{Kind: protocol.EventConnect, Name: name, Origin: target}, caller)
	c.hide(other)
	m := w.newMessage(nil)
	m.ends = []*End{other}
	m.connect = &Connect{Caller: c, Handle: made.Port, Name: name, Target: target, channel: channel, message: m,
		offers: map[offerKey]*listening{}}
	other.in, channel.connect = m, m.connect
	w.connects = append(w.connects, m.connect)
	w.Counts.Connects++
	if caller.Ended {
		w.Counts.Limited++
		m.connect.withdrawn = true
		if pending < protocol.MaxPending || !caller.Lost {
			w.bad(rConnect, "%v fails at once, and %d others wait", m.connect, pending)
		}
	}
	return caller
}

// Listen registers a listener, and returns its number.
func (w *World) Listen(c *Client, name string) uint64 {
	number := uint64(len(c.listens) + 1)
	w.listenBy(c, number, name)
	return number
}

func (w *World) listenBy(c *Client, number uint64, name string) {
	c.listens = append(c.listens, &listening{number: number, name: name})
	w.step(c, protocol.Event{Kind: protocol.EventListen, Listener: number, Name: name})
}

// Unlisten takes a listener back.
func (w *World) Unlisten(c *Client, number uint64) {
	if l := c.listener(number); l != nil && !l.over {
		l.over = true
		w.step(c, protocol.Event{Kind: protocol.EventUnlisten, Listener: number})
	}
}

func (c *Client) listener(number uint64) *listening {
	for _, l := range c.listens {
		if l.number == number {
			return l
		}
	}
	return nil
}

// Kill ends a process without a word. Of what it sent and its session has not read the first frames
// arrive.
func (w *World) Kill(c *Client, frames int) { w.end(c, frames, false) }

// Leave ends a process that says BYE, if all frames on their way arrive.
func (w *World) Leave(c *Client) { w.end(c, 1<<30, true) }

func (w *World) end(c *Client, frames int, bye bool) {
	if bye && c.endpoint != nil && c.online {
		w.step(c, protocol.Event{Kind: protocol.EventBye})
	}
	c.Dead = true
	if c.online {
		w.cutUp(c.session, frames, false)
		w.cut(&c.session.down, 0)
		c.online = false
	}
}
