package sim

import (
	"fmt"
	"slices"

	"github.com/entangle-go/entangle/protocol"
)

// What happens next is drawn here, as actions.

// act is something that an application does, which may be nothing.
func (w *World) act() Action {
	live := w.live()
	if len(live) == 0 {
		return Action{}
	}
	c := live[w.rand.IntN(len(live))]
	n := w.rand.IntN(100)
	if w.config.Connects && (n < 40 || w.config.Crowd > 0 && n < 70) {
		return w.meet(c)
	}
	if len(c.wild) > 0 && w.rand.IntN(8) == 0 {
		return w.actWild(c)
	}
	var e *End
	if len(c.exposed) > 0 {
		e = c.exposed[w.rand.IntN(len(c.exposed))]
	}
	switch {
	case n < 3:
		return Action{Do: MakeChannel, At: c.Number, Channel: w.nextName}
	case n < 5:
		return w.listens(c)
	case n < 8:
		return w.calls(c)
	case e == nil:
		return Action{}
	case n < 35:
		return Action{Do: Dispatch, End: e.Name()}
	case n < 64:
		return Action{Do: Post, End: e.Name()}
	case n < 97 || !w.config.Closes:
		a := Action{Do: Post, End: e.Name(), Carried: w.cargo(c, e)}
		if len(c.wild) > 0 && w.rand.IntN(4) == 0 {
			a.Port = c.wild[w.rand.IntN(len(c.wild))]
		}
		return a
	default:
		return Action{Do: Close, End: e.Name()}
	}
}

// cargo are one or two ends to post on e.
func (w *World) cargo(c *Client, e *End) (names []EndName) {
	for range 1 + w.rand.IntN(2) {
		x := c.exposed[w.rand.IntN(len(c.exposed))]
		if x != e && !slices.Contains(names, x.Name()) && (w.config.Circles || x.Channel.Number > e.Channel.Number) {
			names = append(names, x.Name())
		}
	}
	return names
}

// names are those on which applications listen. Hostile clients know the first two.
var names = []string{"a", "b"}

// privateName is one that hostile clients do not use.
const privateName = "private"

// nobodysName is one that is hardly ever listened on.
const nobodysName = "nobody's"

func (w *World) anyName() string {
	if w.config.Private || w.config.Hostile > 0 && w.rand.IntN(3) == 0 {
		return privateName
	}
	if w.config.Crowd > 0 && w.rand.IntN(3) > 0 {
		return nobodysName
	}
	return names[w.rand.IntN(len(names))]
}

func (w *World) listens(c *Client) Action {
	return Action{Do: Listen, At: c.Number, Number: int64(len(c.listens) + 1), Name: w.anyName()}
}

func (w *World) calls(c *Client) Action {
	a := Action{Do: ConnectTo, At: c.Number, Channel: w.nextName, Name: w.anyName()}
	if w.config.Connects && w.rand.IntN(3) == 0 {
		a.Target = serviceOrigin
	}
	return a
}

// meet is about names, or broadcast channels.
func (w *World) meet(c *Client) Action {
	if w.config.Crowd > 0 && w.rand.IntN(2) == 0 {
		c = w.Clients[0]
	}
	if w.config.Broadcasts && w.rand.IntN(3) > w.config.Crowd/1000 {
		a := Action{Do: Broadcast, At: c.Number, Name: names[w.rand.IntN(len(names))]}
		if w.config.Crowd > 0 && w.rand.IntN(3) > 0 {
			a.Name = fmt.Sprintf("channel %d", w.config.Crowd-4+w.rand.IntN(12))
		}
		switch n := w.rand.IntN(10); {
		case n < 2:
			a.Do = Subscribe
		case n < 3:
			a.Do = Unsubscribe
		}
		return a
	}
	switch n := w.rand.IntN(20); {
	case n < 5:
		return w.listens(c)
	case n < 10 && len(c.listens) > 0:
		return Action{Do: Unlisten, At: c.Number, Number: int64(1 + w.rand.IntN(len(c.listens)))}
	case n < 12 && w.config.Closes && len(c.exposed) > 0:
		return Action{Do: Close, End: c.exposed[w.rand.IntN(len(c.exposed))].Name()}
	default:
		return w.calls(c)
	}
}

// someQueue is the service of one that is not empty.
func (w *World) someQueue() Action {
	if len(w.busy) == 0 {
		return w.sometime()
	}
	return w.service(w.busy[w.rand.IntN(len(w.busy))])
}

func (w *World) service(q *queue) Action {
	switch q.kind {
	case upQueue:
		return Action{Do: ServeUp, At: q.session.Number()}
	case downQueue:
		return Action{Do: ServeDown, At: q.session.Client.Number}
	case askQueue:
		return Action{Do: ServeAsk, At: q.session.Number()}
	}
	a := Action{Do: ServeBus, From: q.from, At: q.session.Number()}
	switch {
	case q.list[q.head].kind != anyPacket || q.from == Directory: // which is a part of the hub that it answers
	case w.config.Lose > 0 && w.rand.IntN(w.config.Lose) == 0:
		a.Do, a.Attach = Lose, w.rand.IntN(2) == 0
	case w.config.Double > 0 && w.rand.IntN(w.config.Double) == 0:
		a.Do = Double
	}
	return a
}

// sometime lets time pass, or a machine look at it.
func (w *World) sometime() Action {
	switch n := w.rand.IntN(12); {
	case n < 4:
		return Action{Do: Pass, Number: int64(1 + w.rand.IntN(15))}
	case n < 10 || len(w.Clients) == 0:
		return Action{Do: EndpointTime, At: w.rand.IntN(len(w.Clients))}
	default:
		return Action{Do: SessionTime, At: w.sessions[w.rand.IntN(len(w.sessions))].Number()}
	}
}

// delay lets more time pass than an offer waits for its answer, and perhaps lets everybody notice.
func (w *World) delay() {
	w.do(Action{Do: Pass, Number: 1 + int64(protocol.OfferTimeout/millisecond)})
	if w.rand.IntN(2) == 0 {
		w.do(Action{Do: Deadlines})
	}
}

// greeted reports whether everybody who lives has been greeted.
func (w *World) greeted() bool {
	for _, c := range w.Clients {
		if !c.session.greeted && !c.Dead && c.hostile == nil && c.online {
			return false
		}
	}
	return true
}

// death is the end of some process, with some of what it sent last.
func (w *World) death() Action {
	live := w.live()
	c := live[w.rand.IntN(len(live))]
	return Action{Do: Kill, At: c.Number, Number: int64(w.rand.IntN(c.session.up.len() + 2)), Attach: w.rand.IntN(2) == 0}
}
