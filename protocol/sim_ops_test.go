package protocol

import "slices"

// What applications do.

func (w *simWorld) newChannel(ep *simEndpoint) *simChannel {
	c := &simChannel{number: len(w.channels)}
	for side := range c.ends {
		c.ends[side] = &simEnd{channel: c, side: side}
		w.expose(ep, c.ends[side])
	}
	w.channels = append(w.channels, c)
	return c
}

// hold gives up an end and what is in its queue, as a runtime does that ships a port.
func (w *simWorld) hold(ep *simEndpoint, e *simEnd) Held {
	h := Held{Lost: e.lost}
	if !e.ended {
		if e.handle == 0 { // local: both ends are here
			made := w.step(ep, Event{Kind: EventChannel})
			e.handle, e.peer().handle = made.Port, made.Twin
			ep.byHandle[e.peer().handle] = e.peer()
		}
		h.Port = e.handle
		delete(ep.byHandle, e.handle)
	}
	for _, m := range e.queue {
		q := Queued{Body: m.body()}
		for _, carried := range m.ends {
			q.Ports = append(q.Ports, w.hold(ep, carried))
		}
		h.Queue = append(h.Queue, q)
	}
	return h
}

func (w *simWorld) post(ep *simEndpoint, e *simEnd, carried ...*simEnd) {
	for _, c := range carried {
		c.at = nil
		ep.ends = slices.DeleteFunc(ep.ends, func(o *simEnd) bool { return o == c })
	}
	if e.ended {
		for _, c := range carried {
			w.discard(ep, c)
		}
		return
	}
	m := w.newMessage(e)
	m.ends = carried
	w.counts.posts++
	w.counts.ships += len(carried)
	for _, c := range carried {
		c.in = m
	}
	if e.handle == 0 {
		peer := e.peer()
		if slices.Contains(carried, peer) { // SPEC 25: doomed
			e.ended = true
			for _, c := range carried {
				w.discard(ep, c)
			}
			return
		}
		m.taken = peer
		peer.queue = append(peer.queue, m)
		return
	}
	var ports []Held
	for _, c := range carried {
		ports = append(ports, w.hold(ep, c))
	}
	w.step(ep, Event{Kind: EventPost, Port: e.handle, Body: m.body(), Ports: ports})
}

// close is the application's, or stands for the loss of a port that nobody got.
func (w *simWorld) close(ep *simEndpoint, e *simEnd) {
	ep.ends = slices.DeleteFunc(ep.ends, func(o *simEnd) bool { return o == e })
	w.discard(ep, e)
}

func (w *simWorld) discard(ep *simEndpoint, e *simEnd) {
	e.closed, e.closedAt, e.at = true, ep, nil
	switch {
	case e.ended:
	case e.handle == 0:
		e.peer().ended = true
	default:
		delete(ep.byHandle, e.handle)
		w.step(ep, Event{Kind: EventClose, Port: e.handle})
	}
	queue := e.queue
	e.queue = nil
	for _, m := range queue {
		for _, c := range m.ends {
			w.discard(ep, c)
		}
	}
}

// dispatch dispatches the next message of an exposed end, or its close.
func (w *simWorld) dispatch(ep *simEndpoint, e *simEnd) bool {
	if len(e.queue) == 0 {
		over := e.ended && !e.over
		e.over = e.ended
		return over
	}
	m := e.queue[0]
	e.queue = e.queue[1:]
	w.counts.dispatches++
	switch next := e.channel.dispatched[e.side]; {
	case e.over: // I2
		w.bad("message %d dispatched after close", m.id)
	case m.from.channel != e.channel || m.number != next: // I1
		w.bad("channel %d side %d: message number %d dispatched instead of %d", e.channel.number, e.side, m.number, next)
	}
	e.channel.dispatched[e.side]++
	for _, c := range m.ends {
		w.expose(ep, c)
	}
	return true
}

func (w *simWorld) connect(ep *simEndpoint, name string) *simEnd {
	c := w.newChannel(ep)
	caller, other := c.ends[0], c.ends[1]
	made := w.step(ep, Event{Kind: EventConnect, Name: name})
	caller.handle = made.Port
	ep.byHandle[made.Port] = caller
	ep.ends = slices.DeleteFunc(ep.ends, func(o *simEnd) bool { return o == other })
	m := w.newMessage(nil)
	m.ends = []*simEnd{other}
	other.at, other.in = nil, m
	other.id = ep.s.identityOf(made.Twin.channel(), made.Twin.side())
	return caller
}

func (w *simWorld) listen(ep *simEndpoint, name string) {
	ep.listens++
	w.step(ep, Event{Kind: EventListen, Listener: ep.listens, Name: name})
}

// kill ends a process. What it sent last may or may not arrive.
func (w *simWorld) kill(ep *simEndpoint) {
	ep.dead = true
	ep.up = append(slices.Clone(ep.up[:w.r.IntN(len(ep.up)+1)]), nil)
	ep.down = nil
}

func (w *simWorld) live() (live []*simEndpoint) {
	for _, ep := range w.endpoints {
		if !ep.dead {
			live = append(live, ep)
		}
	}
	return live
}

// act does something at random, which may be nothing.
func (w *simWorld) act(closes bool) {
	live := w.live()
	ep := live[w.r.IntN(len(live))]
	var e *simEnd
	if len(ep.ends) > 0 {
		e = ep.ends[w.r.IntN(len(ep.ends))]
	}
	switch n := w.r.IntN(100); {
	case n < 3:
		w.newChannel(ep)
	case n < 5:
		w.listen(ep, []string{"a", "b"}[w.r.IntN(2)])
	case n < 8:
		w.connect(ep, []string{"a", "b"}[w.r.IntN(2)])
	case n < 15:
		w.step(ep, Event{Kind: EventFlush})
	case e == nil:
	case n < 40:
		w.dispatch(ep, e)
	case n < 65:
		w.post(ep, e)
	case n < 97 || !closes:
		var carried []*simEnd
		for range 1 + w.r.IntN(2) {
			c := ep.ends[w.r.IntN(len(ep.ends))]
			if c != e && !slices.Contains(carried, c) && (w.circles || c.channel.number > e.channel.number) {
				carried = append(carried, c)
			}
		}
		w.post(ep, e, carried...)
	default:
		w.close(ep, e)
	}
}

// serve takes one item from a queue at random.
func (w *simWorld) serve() bool {
	queues := w.queues()
	if len(queues) == 0 {
		return false
	}
	queues[w.r.IntN(len(queues))]()
	return true
}

// drain serves everything until nothing is left to do, and lets applications dispatch everything.
func (w *simWorld) drain() {
	for busy := true; busy && w.violation == ""; {
		busy = false
		for w.serve() && w.violation == "" {
			busy = true
		}
		for _, ep := range w.live() {
			for i := 0; i < len(ep.ends); i++ {
				for w.dispatch(ep, ep.ends[i]) {
					busy = true
				}
			}
			before := len(ep.up)
			w.step(ep, Event{Kind: EventFlush})
			busy = busy || len(ep.up) > before
		}
	}
}
