package sim

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/entangle-go/entangle/protocol"
)

// EndName names an end of a channel.
type EndName struct {
	Channel int
	Side    int
}

func (n EndName) String() string { return fmt.Sprintf("%d%c", n.Channel, 'a'+n.Side) }

// Verb is what an [Action] does.
type Verb uint8

// The verbs, with the fields of Action that they use.
const (
	DoNothing    Verb = iota
	MakeChannel       // At, Channel
	Post              // End, Carried
	Close             // End
	Dispatch          // End
	ConnectTo         // At, Channel, Name, Target
	Listen            // At, Number, Name
	Unlisten          // At, Number
	Subscribe         // At, Name
	Unsubscribe       // At, Name
	Broadcast         // At, Name
	Kill              // At; Number: how many frames still arrive
	ServeUp           // At
	ServeDown         // At
	ServeAsk          // At
	ServeBus          // From, At
	Lose              // From, At
	Double            // From, At
	Pass              // Number: milliseconds
	EndpointTime      // At
	SessionTime       // At
	Join              // At; Number: which secret
	Say               // At, Frame
	WildPost          // At, Number: which port; Carried or Port
	WildClose         // At, Port
	Steal             // End
	Forge             // End, Loot; At: the thief; Number: hops; Attach
	Calm              // from now on applications only dispatch
)

// Action is something that happens in a world. It names whom it is about, and is nothing if they
// are not there: so a list of actions keeps its meaning when some are left out.
type Action struct {
	Do      Verb
	Attach  bool
	At      int
	From    int
	Channel int
	End     EndName
	Carried []EndName
	Number  int64
	Loot    int
	Port    protocol.Handle
	Name    string
	Target  string
	Frame   []byte
}

// String tells the action to somebody who looks for a mistake.
func (a Action) String() string {
	at, hub := clientName(a.At), hubName(a.At)
	switch a.Do {
	case DoNothing:
		return "nothing"
	case MakeChannel:
		return fmt.Sprintf("%s makes channel %d", at, a.Channel)
	case Post:
		return fmt.Sprintf("whoever has %v posts on it%s", a.End, carrying(a.Carried))
	case Close:
		return fmt.Sprintf("whoever has %v closes it", a.End)
	case Dispatch:
		return fmt.Sprintf("whoever has %v dispatches a message", a.End)
	case ConnectTo:
		return fmt.Sprintf("%s connects %v to %q%s", at, EndName{a.Channel, 0}, a.Name, of(a.Target))
	case Listen:
		return fmt.Sprintf("%s listens on %q (listener %d)", at, a.Name, a.Number)
	case Unlisten:
		return fmt.Sprintf("%s does not listen any more (listener %d)", at, a.Number)
	case Subscribe:
		return fmt.Sprintf("%s subscribes to %q", at, a.Name)
	case Unsubscribe:
		return fmt.Sprintf("%s unsubscribes from %q", at, a.Name)
	case Broadcast:
		return fmt.Sprintf("%s broadcasts on %q", at, a.Name)
	case Kill:
		return fmt.Sprintf("%s dies; %d of the frames on their way arrive", at, a.Number)
	case ServeUp:
		return fmt.Sprintf("%s takes a frame", hub)
	case ServeDown:
		return fmt.Sprintf("%s takes a frame", at)
	case ServeAsk:
		return fmt.Sprintf("directory takes what %s asks", hub)
	case ServeBus:
		return fmt.Sprintf("%s takes a packet from %s", hub, hubName(a.From))
	case Lose:
		return fmt.Sprintf("a packet from %s to %s is lost", hubName(a.From), hub)
	case Double:
		return fmt.Sprintf("a packet from %s to %s is doubled", hubName(a.From), hub)
	case Pass:
		return fmt.Sprintf("%d ms pass", a.Number)
	case EndpointTime:
		return fmt.Sprintf("%s looks at the time", at)
	case SessionTime:
		return fmt.Sprintf("%s looks at the time", hub)
	default:
		return a.hostileString(at)
	}
}

func (a Action) hostileString(at string) string {
	switch a.Do {
	case Join:
		return fmt.Sprintf("%s, who is hostile, joins with secret %d", at, a.Number)
	case Say:
		text := hex.EncodeToString(a.Frame)
		if f, _, err := protocol.DecodeFrame(a.Frame); err == nil {
			text = showFrame(&f)
		}
		return fmt.Sprintf("%s, who is hostile, says %s", at, text)
	case WildPost:
		return fmt.Sprintf("%s posts on its port %d%s", at, a.Port, carrying(a.Carried))
	case WildClose:
		return fmt.Sprintf("%s closes its port %d", at, a.Port)
	case Steal:
		return fmt.Sprintf("whoever has %v copies its capability", a.End)
	case Forge:
		return fmt.Sprintf("%s replays capability %d of %v, %d hops later, attaching %t", hubName(a.At), a.Loot, a.End, a.Number, a.Attach)
	}
	return "applications only dispatch from now on"
}

func carrying(ends []EndName) string {
	if len(ends) == 0 {
		return ""
	}
	names := make([]string, len(ends))
	for i, e := range ends {
		names[i] = e.String()
	}
	return ", carrying " + strings.Join(names, " and ")
}

func of(target string) string {
	if target == "" {
		return ""
	}
	return " of " + target
}

// do does an action, which may be nothing.
func (w *World) do(a Action) {
	if w.recording {
		w.actions = append(w.actions, a)
	}
	switch a.Do {
	case ServeUp, ServeDown, ServeAsk, ServeBus, Lose, Double:
		w.doQueue(a)
	case Post, Close, Dispatch, Steal, Forge:
		w.doEnd(a)
	case Pass:
		w.pass(protocol.Time(a.Number) * millisecond)
	case Join:
		w.joinHostile(a.At, int(a.Number))
	case Calm:
		w.calm = w.now
	case DoNothing:
	default:
		if a.At < len(w.Clients) && (!w.Clients[a.At].Dead || a.Do == SessionTime) {
			w.doClient(w.Clients[a.At], a)
		}
	}
}

func (w *World) doQueue(a Action) {
	if a.At >= len(w.Clients) || a.From >= len(w.Clients) {
		return
	}
	c := w.Clients[a.At]
	q := &c.up
	switch a.Do {
	case ServeDown:
		q = &c.down
	case ServeAsk:
		q = &c.asks
	case ServeBus, Lose, Double:
		q = w.pair(a.From, a.At)
	}
	switch {
	case q.len() == 0:
	case a.Do == Lose:
		w.lose(q)
	case a.Do == Double:
		w.double(q)
	default:
		w.serve(q)
	}
}

// end finds an end that an application has.
func (w *World) end(n EndName) *End {
	c := w.byNumber[n.Channel]
	if c == nil || c.Ends[n.Side].At == nil || c.Ends[n.Side].At.Dead {
		return nil
	}
	return c.Ends[n.Side]
}

func (w *World) doEnd(a Action) {
	if a.Do == Forge {
		w.forge(a)
		return
	}
	e := w.end(a.End)
	if e == nil {
		return
	}
	switch a.Do {
	case Post:
		w.post(e, w.together(e, a.Carried), e.At.wildOne(a.Port))
	case Close:
		w.Close(e)
	case Dispatch:
		w.Dispatch(e)
	case Steal:
		w.steal(e)
	}
}

// together are those of the named ends that are where e is.
func (w *World) together(e *End, names []EndName) (ends []*End) {
	for _, n := range names {
		if x := w.end(n); x != nil && x != e && x.At == e.At && !w.contested(x) {
			ends = append(ends, x)
		}
	}
	return ends
}

func (w *World) doClient(c *Client, a Action) {
	honest := c.endpoint != nil
	switch a.Do {
	case SessionTime:
		w.sessionTime(c)
	case Say:
		w.hostileSays(c, a.Frame)
	case Kill:
		w.Kill(c, int(a.Number))
	case EndpointTime:
		w.endpointTime(c)
	case MakeChannel:
		if honest && w.byNumber[a.Channel] == nil {
			w.makeChannel(c, a.Channel)
		}
	case ConnectTo:
		if honest && w.byNumber[a.Channel] == nil {
			w.connectBy(c, a.Channel, a.Name, a.Target)
		}
	case Listen:
		if honest && c.listener(uint64(a.Number)) == nil {
			w.listenBy(c, uint64(a.Number), a.Name)
		}
	case Unlisten:
		w.Unlisten(c, uint64(a.Number))
	case Subscribe:
		w.Subscribe(c, a.Name)
	case Unsubscribe:
		w.Unsubscribe(c, a.Name)
	case Broadcast:
		w.Broadcast(c, a.Name)
	case WildPost:
		w.wildPost(c, a)
	case WildClose:
		w.wildClose(c, a.Port)
	}
}
