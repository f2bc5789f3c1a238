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
	Kill              // At; Number: how many frames still arrive; Attach: it says BYE
	ServeUp           // At: a session
	ServeDown         // At
	ServeAsk          // At: a session
	ServeBus          // From, At: sessions
	Lose              // From, At: sessions; Attach: that one is told of a message
	Double            // From, At: sessions
	Pass              // Number: milliseconds
	EndpointTime      // At
	SessionTime       // At: a session
	Deadlines         // of everybody
	Cut               // At; Number, From: how many frames still arrive at the hub, at the client; Attach: the hub does not notice
	Notice            // At: a session whose socket was cut
	ComeBack          // At; Number: which of its sockets this is
	Restart           // the hub. Number: a random one; From: by how many milliseconds its clock jumps; Attach: it has a new key
	Jump              // At; Number: by how many milliseconds the client's clock jumps
	Join              // At; Number: which secret
	Say               // At, Frame
	WildPost          // At, Number: which port; Carried or Port
	WildClose         // At, Port
	Steal             // End
	Forge             // End, Loot; At: the thief; Number: hops; Attach
	UseTicket         // At: the thief; From: whose; Number: how
	Return            // At: as whom; From: who has died
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
		if a.Attach {
			return fmt.Sprintf("%s says BYE and ends; %d of the frames on their way arrive", at, a.Number)
		}
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
		if a.Attach {
			return fmt.Sprintf("a packet from %s to %s is dropped", hubName(a.From), hub)
		}
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
		return a.socketString(at, hub)
	}
}

func (a Action) socketString(at, hub string) string {
	switch a.Do {
	case Deadlines:
		return "everybody looks at the time"
	case Cut:
		text := fmt.Sprintf("the socket of %s is cut; %d of the frames on their way arrive at the hub, %d at the client", at, a.Number, a.From)
		if a.Attach {
			text += "; the hub does not notice"
		}
		return text
	case Notice:
		return fmt.Sprintf("%s notices that its socket is gone", hub)
	case ComeBack:
		return fmt.Sprintf("%s comes back, with its socket %d", at, a.Number+1)
	case Restart:
		return fmt.Sprintf("the hub is killed and starts again (%d), its clock jumps by %d ms, a new key %t", a.Number, a.From, a.Attach)
	case Jump:
		return fmt.Sprintf("the clock of %s jumps by %d ms", at, a.Number)
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
	case UseTicket:
		return fmt.Sprintf("%s, who is hostile, uses a ticket of %s (%d)", at, clientName(a.From), a.Number)
	case Return:
		return fmt.Sprintf("%s comes back as %s, who is hostile", clientName(a.From), at)
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
	case SessionTime, Notice:
		if s := w.sessionsBy[a.At]; s != nil && a.Do == Notice {
			w.notice(s)
		} else if s != nil {
			w.sessionTime(s)
		}
	case Deadlines:
		w.keepDeadlines()
	case UseTicket:
		w.useTicket(a)
	case Return:
		w.comeBackHostile(a)
	case Restart:
		w.Restart(a.Number, a.Attach, protocol.Time(a.From)*millisecond)
	case DoNothing:
	default:
		if a.At < len(w.Clients) && !w.Clients[a.At].Dead {
			w.doClient(w.Clients[a.At], a)
		}
	}
}

func (w *World) doQueue(a Action) {
	s := w.sessionsBy[a.At]
	if a.Do == ServeDown && a.At < len(w.Clients) {
		s = w.Clients[a.At].session
	}
	if s == nil {
		return
	}
	q := &s.up
	switch a.Do {
	case ServeDown:
		q = &s.down
	case ServeAsk:
		q = &s.asks
	case ServeBus, Lose, Double:
		q = w.pair(a.From, s)
	}
	switch {
	case q.len() == 0:
	case a.Do == Lose:
		w.lose(q, a.Attach)
	case a.Do == Double:
		w.double(q)
	default:
		w.serve(q)
	}
}

// named finds an end that an application has.
func (w *World) named(n EndName) *End {
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
	e := w.named(a.End)
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
		if x := w.named(n); x != nil && x != e && x.At == e.At && !w.contested(x) {
			ends = append(ends, x)
		}
	}
	return ends
}

func (w *World) doClient(c *Client, a Action) {
	honest := c.endpoint != nil
	switch a.Do {
	case Say:
		w.hostileSays(c, a.Frame)
	case Kill:
		w.end(c, int(a.Number), a.Attach)
	case Cut:
		w.Cut(c, int(a.Number), a.From, a.Attach)
	case ComeBack:
		w.ComeBack(c, int(a.Number))
	case Jump:
		if c.ahead += protocol.Time(a.Number) * millisecond; !c.greeted && honest {
			w.doubt(c) // by its own clock it is away
		}
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
