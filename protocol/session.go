package protocol

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nlnwa/whatwg-url/url"
)

// Session is the hub's side of a connection: docs/protocol.md, 6 and 7. It knows who its
// client is, on which names it listens and which channels it has joined; custody knows its
// ports. See [NewSession].
type Session struct {
	custody   custody
	identity  Identity
	partition partition
	greeted   bool
	ended     bool
	failed    bool
	told      bool // that it is done

	listeners map[uint64]struct{}
	joined    map[string]ID // broadcast channels, with their subjects
	names     int           // bytes of those
	until     Time          // HELLO has to come, or the answers after the end
}

// NewSession makes the session of a client that the hub knows as identity. id is its address on the
// bus, which no other session has. key makes endpoints, identities and nonces; all sessions that
// may ever meet share it.
func NewSession(now Time, id ID, key []byte, identity Identity) *Session {
	return &Session{custody: newCustody(id, key), identity: identity, until: now + HelloTimeout}
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
		if !s.ended && !s.failed {
			s.receive(ev.Frame)
		}
	case SessionPacket:
		s.packet(ev.Packet)
	case SessionTime:
		s.expire(now)
	case SessionEnd:
		if !s.ended {
			s.end(now)
		}
	case SessionForget:
		if s.ended {
			s.custody.forget()
		}
	}
	if text := s.custody.fault; text != "" {
		s.custody.fault = ""
		s.fail(CodeProtocol, text)
	}
	if s.ended && !s.told && s.custody.done() {
		s.told = true
		if s.greeted {
			s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: s.custody.address})
		}
		s.custody.effect(SessionEffect{Kind: SessionDone})
	}
	s.custody.out = nil
}

// Deadline is when the session wants SessionTime, unless something happens before.
func (s *Session) Deadline() Time {
	d := s.custody.deadline()
	if !s.greeted && !s.failed || s.ended && !s.told {
		d = min(d, s.until)
	}
	return d
}

func (s *Session) expire(now Time) {
	s.custody.expire()
	switch {
	case now < s.until:
	case s.ended:
		s.custody.forget()
	case !s.greeted:
		s.fail(CodeTimeout, "no HELLO in time")
	}
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
	return publicID(s.custody.key, s.custody.endpoint)
}

// fail ends the session for what its client did.
func (s *Session) fail(code uint64, text string) {
	if !s.failed && !s.ended {
		s.failed = true
		s.custody.effect(SessionEffect{Kind: SessionFail, Code: code, Text: text})
	}
}

// receive takes a frame from the client.
func (s *Session) receive(f *Frame) {
	if !s.greeted {
		s.hello(f)
		return
	}
	switch f.Kind {
	case Data, Ack, Attached, Close, Closed, Gone, Taken:
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
			s.custody.send(Frame{Kind: Listening, Listener: p.Listener, Code: p.Code})
		}
	case Offer, Withdraw, Settled, Matched, Crowded, Taken, Declined:
		_, listens := s.listeners[p.Listener]
		s.custody.connectPacket(p, &s.identity, listens)
	default:
		s.custody.portPacket(p)
	}
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
	s.greeted = true
	s.identity.Service = f.Service
	s.custody.endpoint = endpointID(s.custody.key, &s.identity, f.Secret)
	s.partition = partitionOf(&s.identity, s.custody.endpoint)
	s.custody.effect(SessionEffect{Kind: SessionSubscribe, ID: s.custody.address})
	public := s.Endpoint()
	s.custody.send(Frame{Kind: Welcome, Version: Version, Endpoint: hex.EncodeToString(public[:]),
		Origin: s.identity.Origin, User: s.identity.User, MaxBody: MaxBody})
	s.custody.ask(DirectoryEvent{Kind: DirectoryEnter, Identity: s.identity, Endpoint: s.custody.endpoint})
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
		s.custody.ask(DirectoryEvent{Kind: DirectoryListen, Listener: f.Listener, Name: f.Name})
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
		id := channelID(s.custody.key, &s.partition, f.Name)
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
		id = channelID(s.custody.key, &s.partition, f.Name)
	}
	frame := s.custody.out.arena.frames.one()
	*frame = *f
	s.custody.effect(SessionEffect{Kind: SessionSpread, ID: id, Frame: frame})
}

// end is the loss of the client.
func (s *Session) end(now Time) {
	s.ended = true
	s.until = now + ForgetAfter
	for _, name := range sortedKeys(s.joined) {
		s.custody.effect(SessionEffect{Kind: SessionUnsubscribe, ID: s.joined[name]})
	}
	s.listeners, s.joined, s.names = nil, nil, 0
	if s.greeted {
		s.custody.ask(DirectoryEvent{Kind: DirectoryLeave})
	}
	s.custody.end()
}

// ReservedName reports whether nobody may listen on, or connect to, a name: SPEC 1.15.
// It is not the name of a browsing context: empty, or beginning with "_".
func ReservedName(name string) bool { return name == "" || strings.HasPrefix(name, "_") }
