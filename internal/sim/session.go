package sim

import (
	"fmt"

	"github.com/entangle-go/entangle/protocol"
)

// Session is what the hub has of one socket of a client's. It outlives the socket, and a client may
// have several: the present one, and older ones that the hub still has.
type Session struct {
	Client *Client
	Nth    int // of its client's sessions, from 0

	machine *protocol.Session
	out     protocol.SessionOut
	address protocol.ID
	opened  protocol.Time // when its socket was
	greeted bool          // WELCOME was sent
	cut     bool          // nothing comes from the client any more but what is on its way
	half    bool          // the hub does not know that
	gone    bool          // it does
	goneAt  protocol.Time
	since   protocol.Time // when it was cut
	done    bool          // it has nothing left to answer for, or was killed with the hub
	forgot  bool          // it is done because nobody answered for too long

	heir      protocol.Heir
	bequeaths bool // the heir's time has come
	inherited bool // it is in the place of the client

	up, down, asks queue
}

// eachSession is how many numbers there are from one session of a client's to its next one.
const eachSession = 1000

// Number is how actions name the session: the first one as its client, later ones as nobody else.
func (s *Session) Number() int { return s.Client.Number + s.Nth*eachSession }

// String is how traces name it.
func (s *Session) String() string { return hubName(s.Number()) }

func hubName(number int) string {
	switch nth := number / eachSession; {
	case number == Directory:
		return "directory"
	case nth == 0:
		return "hub(" + clientName(number) + ")"
	default:
		return fmt.Sprintf("hub(%s, %d)", clientName(number%eachSession), nth+1)
	}
}

func hubNames(sessions []*Session) string {
	if len(sessions) == 0 {
		return "nobody"
	}
	names := ""
	for i, s := range sessions {
		if i > 0 {
			names += ", "
		}
		names += s.String()
	}
	return names
}

// open makes the session of a new socket of a client's.
func (w *World) open(c *Client, nth int) *Session {
	s := &Session{Client: c, Nth: nth, opened: w.now}
	number := s.Number()
	s.up, s.down, s.asks = queue{kind: upQueue, session: s}, queue{kind: downQueue, session: s}, queue{kind: askQueue, session: s}
	s.address = addressOf(number)
	s.machine = protocol.NewSession(w.hubTime(), s.address, w.settings, c.identity)
	s.machine.Switch(w.config.Off)
	w.sessions = append(w.sessions, s)
	w.byAddress[s.address] = s
	w.sessionsBy[number] = s
	c.session, c.online, c.greeted, c.nth = s, true, false, nth+1
	return s
}

// addressOf and secretOf stand for random numbers.

func addressOf(number int) (id protocol.ID) {
	copy(id[:], fmt.Sprintf("address %08d", number))
	return id
}

func secretOf(number int) (s protocol.Secret) {
	copy(s[:], fmt.Sprintf("%08d, a secret of a client", number))
	return s
}

// hubSecret is the n-th secret in the hub's key file.
func hubSecret(n int) []byte { return fmt.Appendf(nil, "secret %03d of the hub's, 32 bytes long", n) }

// settingsOf are those of a hub with so many secrets, the newest one first.
func (c *Config) settingsOf(secrets int) *protocol.Settings {
	var list [][]byte
	for n := secrets; n > 0; n-- {
		list = append(list, hubSecret(n))
	}
	keys, err := protocol.NewKeys(list...)
	if err != nil {
		panic("sim: " + err.Error())
	}
	return &protocol.Settings{Keys: keys, Absence: c.Absence}
}

// absence is how long a client may be away.
func (w *World) absence() protocol.Time {
	if w.config.Absence != 0 {
		return w.config.Absence
	}
	return protocol.DefaultAbsence
}

// hubTime is what the hub's clock says.
func (w *World) hubTime() protocol.Time { return w.now + w.hubAhead }

// time is what the client's clock says.
func (w *World) time(c *Client) protocol.Time { return w.now + c.ahead }

// Cut cuts a client's socket. Of what is on its way the first frames still arrive, in each
// direction. The hub notices unless half.
func (w *World) Cut(c *Client, up, down int, half bool) {
	s := c.session
	if !c.online || c.Dead {
		return
	}
	for ; down > 0 && s.down.len() > 0 && c.online; down-- {
		w.serve(&s.down)
	}
	if c.online {
		w.Counts.Cuts++
		w.cutUp(s, up, half)
		w.lost(c)
	}
}

// cutUp lets the first frames on their way to a session arrive, and nothing else any more.
func (w *World) cutUp(s *Session, up int, half bool) {
	if s.cut {
		return
	}
	w.cut(&s.up, min(up, s.up.len()))
	s.cut, s.half, s.since = true, half, w.now
	if !half {
		w.push(&s.up, item{kind: endOfFile})
	}
}

// notice lets the hub notice that a socket is gone.
func (w *World) notice(s *Session) {
	if s.half {
		s.half = false
		w.push(&s.up, item{kind: endOfFile})
	}
}

// lost is a client that has no socket any more.
func (w *World) lost(c *Client) {
	w.cut(&c.session.down, 0)
	c.online, c.since = false, w.now
	if c.endpoint != nil && !c.Dead {
		w.step(c, protocol.Event{Kind: protocol.EventLost})
	}
}

// ComeBack lets a client without a socket open one. nth is which of its sockets that is.
func (w *World) ComeBack(c *Client, nth int) {
	if c.online || c.Dead || c.endpoint == nil {
		return
	}
	w.Counts.Resumes++
	if w.now-c.since > possibly {
		w.doubt(c)
	}
	w.open(c, max(nth, c.nth))
	c.start.Secret = secretOf(c.session.Number())
	if len(c.ticket) == 0 {
		c.secret = c.start.Secret
	}
	w.step(c, c.start)
}

// doubt notes that a client was away for about as long as one may be: nobody knows whether what it
// has is lost.
func (w *World) doubt(c *Client) {
	c.doubt = true
	w.doubtConnects(c)
	for _, channel := range w.Channels {
		for _, e := range channel.Ends {
			if e.Handle != 0 && (e.At == c || e.closedAt == c && !e.Ended) {
				e.doubt = true
			}
		}
	}
}

func (w *World) doubtConnects(c *Client) {
	for _, o := range w.connects {
		o.doubt = o.doubt || o.Caller == c && o.shown == nil
	}
}

// lapse notes that all that a client had is lost.
func (w *World) lapse(c *Client) {
	for _, channel := range w.Channels {
		for _, e := range channel.Ends {
			if e.doubt && (e.At == c || e.closedAt == c) {
				e.lapsed = true
			}
		}
	}
}

// Restart kills the hub and starts it again, with its keys and perhaps a new one before them.
// random says what still arrives at the clients.
func (w *World) Restart(random int64, rotate bool, clock protocol.Time) {
	w.Counts.Restarts++
	w.say("the hub is killed")
	for _, c := range w.Clients {
		switch {
		case !c.online:
		case c.hostile != nil:
			c.Dead, c.online = true, false
		default:
			random = (random*48271 + 11) % 0x7fffffff
			for n := int(random) % (c.session.down.len() + 1); n > 0 && c.online; n-- {
				w.serve(&c.session.down)
			}
		}
	}
	for _, s := range w.sessions {
		for _, q := range []*queue{&s.up, &s.down, &s.asks} {
			w.cut(q, 0)
		}
		s.cut, s.half, s.gone, s.done = true, false, true, true
		s.heir = protocol.Heir{}
	}
	for _, q := range w.pairs {
		w.cut(q, 0)
	}
	clear(w.subjects)
	w.directory = protocol.NewDirectory()
	if rotate {
		w.secrets++
		w.settings = w.config.settingsOf(w.secrets)
	}
	w.hubAhead += clock
	for _, c := range w.Clients {
		if c.online {
			w.lost(c)
		}
	}
}
