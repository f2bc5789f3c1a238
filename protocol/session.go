package protocol

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nlnwa/whatwg-url/url"
)

// Settings are what all sessions of a hub have in common.
type Settings struct {
	Keys    *Keys
	Absence Time // how long a client may be without a socket: T_lost. 0: [DefaultAbsence]
}

// absence is how long a client may be away.
func (s *Settings) absence() Time {
	if s.Absence == 0 {
		return DefaultAbsence
	}
	return s.Absence
}

// Session is the hub's side of a connection: docs/protocol.md, 6 to 8. It knows who its client is,
// on which names it listens and which channels it has joined; custody knows its ports. See
// [NewSession].
type Session struct {
	settings  *Settings
	custody   custody
	identity  Identity
	partition partition
	greeted   bool
	resumes   bool // RESUME may come
	bye       bool // the client says that it does not come back
	answers   bool // the client has heard WELCOME: it does not begin anew
	bequeaths bool // SessionInherit is to come
	inherited bool // an [Heir] is in the place of the client
	ended     bool
	failed    bool
	final     bool // it failed for a reason for which coming back is of no use
	told      bool // that it is done

	incarnation uint64
	listeners   map[uint64]struct{}
	joined      map[string]ID // broadcast channels, with their subjects
	names       int           // bytes of those
	until       Time          // HELLO has to come, the client has to come back, or the answers after the end
	renew       Time          // the client gets another ticket
	retakeAt    Time          // TAKEOVER is said again,
	retakeAfter Time          // after so long
}

// NewSession makes the session of a client that the hub knows as identity. id is its address on the
// bus, which no other session has. All sessions that may ever meet share the keys of their
// settings. The time of sessions is that of the hub's clock, in nanoseconds since 1970, for tickets
// outlive the hub.
func NewSession(now Time, id ID, settings *Settings, identity Identity) *Session {
	return &Session{settings: settings, custody: newCustody(id, settings.Keys.sets[0]), identity: identity,
		until: now + HelloTimeout, renew: Never, retakeAt: Never}
}

// Step lets the session take ev and puts what is to be done into out, which is reset.
//
// What ev points to is valid, for the session, during the call only; out is an arena, see
// [SessionOut]. The session keeps no body. Whoever carries out's effects out does not step the
// session meanwhile. What goes to more than one session (capabilities, tokens) is never
// written to again.
func (s *Session) Step(now Time, ev SessionEvent, out *SessionOut) {
	out.reset()
	s.custody.out, s.custody.now = out, now
	switch ev.Kind {
	case SessionFrame:
		switch {
		case s.ended || s.custody.away:
		case ev.Frame.Kind == Bye && s.greeted:
			s.bye = true
		case !s.failed:
			s.receive(ev.Frame)
		}
	case SessionPacket:
		s.packet(ev.Packet)
	case SessionTime:
		s.expire(now, ev.Attach)
	case SessionInherit:
		if s.bequeaths {
			s.inherit(now, ev.Ports, ev.Attach)
		}
	case SessionEnd:
		switch {
		case s.ended || s.custody.away:
		case s.greeted && !s.bye && !s.final:
			s.leaveSocket(now)
		default:
			s.end(now)
		}
	case SessionDropped:
		for _, id := range ev.Dropped {
			s.custody.dropped(id)
		}
	case SessionForget:
		if !s.ended {
			s.inherit(now, nil, 0)
		}
		s.custody.forget()
	}
	if s.inherited && !s.ended && len(s.custody.claims) == 0 {
		s.inherit(now, nil, 0)
	}
	if text := s.custody.fault; text != "" {
		s.custody.fault = ""
		s.fail(CodeProtocol, text)
	}
	if s.ended && !s.told && s.custody.done() {
		s.told = true
		s.leaveBus()
		s.custody.effect(SessionEffect{Kind: SessionDone})
	}
	s.custody.out = nil
}

// Deadline is when the session wants SessionTime, unless something happens before.
func (s *Session) Deadline() Time {
	d := min(s.custody.deadline(), s.renew, s.retakeAt)
	if !s.ended && !s.custody.away {
		d = min(d, s.custody.sweepAt, s.custody.watchAt)
	}
	if !s.greeted && !s.failed || (s.custody.away || s.inherited) && !s.ended || s.ended && !s.told {
		d = min(d, s.until)
	}
	return d
}

func (s *Session) expire(now Time, attach int) {
	s.custody.expire()
	if now >= s.custody.sweepAt && !s.ended && !s.custody.away {
		s.custody.sweep(attach)
	}
	if now >= s.custody.watchAt {
		s.custody.watch(s.settings.absence())
	}
	if now >= s.renew {
		s.custody.send(Frame{Kind: Ticket, Ticket: s.sessionTicket(now)})
	}
	if now >= s.retakeAt {
		s.takeOver()
	}
	switch {
	case now < s.until:
	case s.ended:
		s.custody.forget()
	case s.inherited:
		s.inherit(now, nil, 0)
	case s.custody.away:
		s.end(now)
	case !s.greeted:
		s.fail(CodeTimeout, "no HELLO in time")
	}
}

// sessionTicket makes the ticket that the client comes back with, and sees to the next one.
func (s *Session) sessionTicket(now Time) []byte {
	s.renew = now + renewEvery
	return s.custody.keys.sealSession(s.custody.endpoint, sessionTicket{now, s.incarnation})
}

// Ports is the number of ports that the session answers for.
func (s *Session) Ports() int { return s.custody.count }

// Cost is about how many bytes of memory the session holds.
func (s *Session) Cost() int {
	const port, name, connect = 512, 128, 512
	return port*s.custody.count + connect*len(s.custody.requests) + name*(len(s.listeners)+len(s.joined)) + s.names
}

// Identity is who the client is, after HELLO.
func (s *Session) Identity() Identity { return s.identity }

// Endpoint is what others may see of the client's endpoint, after HELLO.
func (s *Session) Endpoint() ID {
	if !s.greeted {
		return ID{}
	}
	return publicID(s.custody.keys.prf, s.custody.endpoint)
}

// fail ends the session for what its client did.
func (s *Session) fail(code uint64, text string) {
	if !s.failed && !s.ended {
		s.failed, s.final = true, code >= CodeDenied
		s.custody.effect(SessionEffect{Kind: SessionFail, Code: code, Text: text})
	}
}

// receive takes a frame from the client.
func (s *Session) receive(f *Frame) {
	if !s.greeted {
		s.hello(f)
		return
	}
	if f.Kind == Ping {
		s.custody.send(Frame{Kind: Pong})
		return
	}
	if f.Kind == Resume {
		if !s.resumes {
			s.fail(CodeProtocol, "RESUME out of its place")
			return
		}
		s.custody.resume(f)
		return
	}
	if s.resumes {
		s.resumes, s.custody.resumed = false, nil
	}
	switch f.Kind {
	case Data, Ack, Attached, Close, Closed, Gone, Taken, Blocked, Parked:
		s.answers = s.answers || f.Kind != Data && f.Kind != Close && f.Kind != Parked
		s.custody.frame(f)
	case Listen:
		s.listen(f)
	case Unlisten:
		s.unlisten(f)
	case Connect:
		if ReservedName(f.Name) {
			s.fail(CodeProtocol, "a reserved name")
			return
		}
		s.custody.connect(f)
	case Subscribe:
		s.subscribe(f)
	case Unsubscribe:
		s.unsubscribe(f)
	case Broadcast:
		s.broadcast(f)
	default:
		s.fail(CodeProtocol, "a frame that a client does not send")
	}
}

// packet takes what other sessions and the directory say.
func (s *Session) packet(p *Packet) {
	switch p.Kind {
	case Listening:
		if _, ok := s.listeners[p.Listener]; ok {
			s.custody.send(Frame{Kind: Listening, Listener: p.Listener, Code: p.Code, Ticket: p.Ticket})
		}
	case Offer, Withdraw, Settled, Matched, Crowded, Taken, Declined:
		_, listens := s.listeners[p.Listener]
		s.custody.connectPacket(p, &s.identity, listens)
	case Takeover:
		s.takeover(p)
	default:
		s.custody.portPacket(p)
	}
}

// takeover ends this session if its endpoint is at a newer one. Of two that came back with one
// ticket it is the one with the higher address.
func (s *Session) takeover(p *Packet) {
	newer := p.VN > s.incarnation || p.VN == s.incarnation && slices.Compare(p.From[:], s.custody.address[:]) > 0
	if p.From == s.custody.address || s.told || s.custody.off.NoFence {
		return
	}
	if !newer {
		// That one does not know of this one, which is the endpoint's.
		s.custody.publishTo(Packet{Kind: Takeover, To: p.To, From: s.custody.address, VN: s.incarnation})
		return
	}
	s.fail(CodeTaken, "the endpoint has a newer session")
	s.leaveChannels()
	s.listeners = nil
	if !s.ended {
		s.custody.ask(DirectoryEvent{Kind: DirectoryLeave})
	}
	s.ended, s.told, s.renew, s.retakeAt = true, true, Never, Never
	s.custody.leave()
	s.leaveBus()
	s.custody.effect(SessionEffect{Kind: SessionDone})
}

// hello is the first frame.
func (s *Session) hello(f *Frame) {
	switch {
	case f.Kind != Hello:
		s.fail(CodeProtocol, "the first frame is not HELLO")
		return
	case f.Version != Version:
		s.fail(CodeVersion, fmt.Sprintf("this hub speaks version %d", Version))
		return
	case f.Origin == "null":
		s.fail(CodeDenied, "an opaque origin cannot be stated")
		return
	case f.Origin != "" && f.Origin != s.identity.Origin && !serializedOrigin(f.Origin):
		s.fail(CodeDenied, fmt.Sprintf(`origin %.100q is not one: write "https://app.example"`, f.Origin))
		return
	case f.Origin != "" && s.identity.Origin != "" && f.Origin != s.identity.Origin:
		s.fail(CodeDenied, "not the origin that this client may state")
		return
	case f.Service && (!s.identity.Service || f.Origin == "" && s.identity.Origin == ""):
		s.fail(CodeDenied, "this client may not be a service")
		return
	}
	if s.identity.Origin == "" {
		s.identity.Origin = f.Origin
	}
	if s.identity.Origin == "" {
		s.identity.Origin, s.identity.Opaque = "null", true
	}
	if len(f.Ticket) > 0 && !s.comeBack(f) {
		return
	}
	s.greeted, s.resumes = true, true
	s.identity.Service = f.Service
	s.custody.endpoint = endpointID(s.custody.keys.prf, &s.identity, f.Secret)
	s.partition = partitionOf(&s.identity, s.custody.endpoint)
	s.custody.effect(SessionEffect{Kind: SessionSubscribe, ID: s.custody.address})
	sessions := sessionsID(s.custody.keys.prf, s.custody.endpoint)
	s.custody.effect(SessionEffect{Kind: SessionSubscribe, ID: sessions})
	public := s.Endpoint()
	s.custody.send(Frame{Kind: Welcome, Version: Version, Endpoint: hex.EncodeToString(public[:]), Origin: s.identity.Origin,
		User: s.identity.User, MaxBody: MaxBody, Absence: uint64(s.settings.absence() / millisecond),
		Ticket: s.sessionTicket(s.custody.now)})
	s.custody.ask(DirectoryEvent{Kind: DirectoryEnter, Identity: s.identity, Endpoint: s.custody.endpoint})
	s.takeOver()
}

// takeOver tells older sessions of the endpoint that it is here: whoever does not hear it would say
// GONE for ports that are here. It is said again until those have come to their end anyway.
func (s *Session) takeOver() {
	s.retakeAt = Never
	if s.retakeAfter = max(2*s.retakeAfter, second); s.incarnation > 0 && s.retakeAfter <= s.settings.absence() {
		s.retakeAt = s.custody.now + s.retakeAfter
	}
	sessions := sessionsID(s.custody.keys.prf, s.custody.endpoint)
	s.custody.publishTo(Packet{Kind: Takeover, To: sessions, From: s.custody.address, VN: s.incarnation})
}

// comeBack takes the ticket of an endpoint that had a session before.
func (s *Session) comeBack(f *Frame) bool {
	set := s.settings.Keys.find(f.Ticket)
	if set == nil {
		s.fail(CodeExpired, "a ticket of another hub, or of a key that is not used any more")
		return false
	}
	t, ok := set.openSession(endpointID(set.prf, &s.identity, f.Secret), f.Ticket)
	switch {
	case !ok:
		s.fail(CodeProtocol, "a forged ticket")
		return false
	case s.custody.now-t.issued > s.settings.absence()+renewEvery+noticeWithin:
		s.fail(CodeExpired, "away for too long")
		return false
	case f.Handles > MaxInteger/2 || f.Channels > MaxInteger/8:
		s.fail(CodeProtocol, "counters that nobody has reached")
		return false
	}
	s.custody.keys = set // for the endpoint's life
	s.incarnation = t.incarnation + 1
	s.custody.channels = f.Channels
	if f.Handles > 0 {
		s.custody.minted = f.Handles | 1
	}
	return true
}

// serializedOrigin reports whether text is the serialization of a tuple origin, byte for byte: what
// the URL parser makes of it is the same.
//
// https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
func serializedOrigin(text string) bool {
	if len(text) > MaxOrigin || !utf8.ValidString(text) {
		return false
	}
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return text == u.Scheme()+"://"+u.Host() // without a default port
	}
	return false
}

func (s *Session) listen(f *Frame) {
	_, exists := s.listeners[f.Listener]
	switch {
	case exists:
		s.fail(CodeProtocol, "a listener's number used twice")
	case ReservedName(f.Name):
		s.fail(CodeProtocol, "a reserved name")
	case s.identity.Service && s.identity.Services != nil && !slices.Contains(s.identity.Services, f.Name):
		s.custody.send(Frame{Kind: Listening, Listener: f.Listener, Code: Denied})
	case len(s.listeners) >= MaxListeners:
		s.custody.send(Frame{Kind: Listening, Listener: f.Listener, Code: TooMany})
	default:
		if s.listeners == nil {
			s.listeners = map[uint64]struct{}{}
		}
		s.listeners[f.Listener] = struct{}{}
		age := s.custody.now
		if sealed, ok := s.custody.keys.openName(s.custody.endpoint, f.Name, f.Ticket); ok {
			age = sealed
		}
		s.custody.ask(DirectoryEvent{Kind: DirectoryListen, Listener: f.Listener, Name: f.Name, Age: age,
			Ticket: s.custody.keys.sealName(s.custody.endpoint, f.Name, age)})
	}
}

func (s *Session) unlisten(f *Frame) {
	if _, ok := s.listeners[f.Listener]; ok {
		delete(s.listeners, f.Listener)
		s.custody.ask(DirectoryEvent{Kind: DirectoryUnlisten, Listener: f.Listener})
		s.custody.unlisten(f.Listener)
	}
}

// subscribe joins a broadcast channel. What is published after its SUBSCRIBED arrives.
func (s *Session) subscribe(f *Frame) {
	_, joined := s.joined[f.Name]
	if !joined && len(s.joined) >= MaxChannels {
		s.custody.send(Frame{Kind: Subscribed, Name: f.Name, Code: TooMany})
		return
	}
	if !joined {
		if s.joined == nil {
			s.joined = map[string]ID{}
		}
		id := channelID(s.settings.Keys.sets[0].prf, &s.partition, f.Name)
		name := strings.Clone(f.Name)
		s.joined[name] = id
		s.names += len(name)
		s.custody.effect(SessionEffect{Kind: SessionSubscribe, ID: id})
	}
	s.custody.send(Frame{Kind: Subscribed, Name: f.Name})
}

func (s *Session) unsubscribe(f *Frame) {
	if id, ok := s.joined[f.Name]; ok {
		delete(s.joined, f.Name)
		s.names -= len(f.Name)
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: id})
	}
}

// broadcast sends a message to all others of the partition that have joined the channel.
func (s *Session) broadcast(f *Frame) {
	id, ok := s.joined[f.Name]
	if !ok {
		id = channelID(s.settings.Keys.sets[0].prf, &s.partition, f.Name)
	}
	frame := s.custody.out.arena.frames.one()
	*frame = *f
	s.custody.effect(SessionEffect{Kind: SessionSpread, ID: id, Frame: frame})
}

// ReservedName reports whether nobody may listen on, or connect to, a name: SPEC 1.15.
// It is not the name of a browsing context: empty, or beginning with "_".
func ReservedName(name string) bool { return name == "" || strings.HasPrefix(name, "_") }
