package protocol

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// SessionID numbers the sessions of a hub. It is never used again.
type SessionID uint64

// Identity is who a client is to the hub.
type Identity struct {
	User     string
	Origin   string   // "": HELLO may state one (a program's), else it has to be this one or none
	Opaque   bool     // the origin is the same as no other: Origin is "null"
	Service  bool     // may listen as a service of its origin, if HELLO asks for it
	Services []string // the names that a service may listen on; nil: any
}

// SessionEventKind tells what happened to a session.
type SessionEventKind uint8

// The events of a [Session].
const (
	SessionFrame  SessionEventKind = iota + 1 // Frame came from the client
	SessionPacket                             // Packet came from the bus
	SessionAnswer                             // Answer came from the directory
	SessionEnd                                // the socket is gone, which is final
	SessionForget                             // nobody will answer any more: give up what is left after SessionEnd
)

// SessionEvent is what happens to a [Session].
type SessionEvent struct {
	Kind   SessionEventKind
	Frame  *Frame
	Packet *Packet
	Answer *DirectoryEffect
}

// SessionEffectKind tells what a session wants done.
type SessionEffectKind uint8

// The effects of a [Session].
const (
	SessionSend        SessionEffectKind = iota + 1 // Frame to the client
	SessionPublish                                  // Packet to subject port.<Packet.To>
	SessionSubscribe                                // to port.<ID>
	SessionUnsubscribe                              // from port.<ID>
	SessionAsk                                      // Ask the directory
	SessionFail                                     // send ERROR with Code and Text, close the socket, then SessionEnd
	SessionDone                                     // after SessionEnd: nothing is left to answer for
)

// SessionEffect is what a [Session] wants done. Effects are carried out in their order.
type SessionEffect struct {
	Kind   SessionEffectKind
	Frame  *Frame
	Packet *Packet
	ID     ID
	Ask    *DirectoryEvent
	Code   uint64
	Text   string
}

// claim is a port that the session's client owns, as far as it knows, or a tombstone.
type claim struct {
	handle Handle // 0: a tombstone
	id     ID
	peer   ID
	token  Token
	peerN  uint64 // the last hop of the peer's token that was accepted
	peerR  Nonce

	sendNext uint64 // the number of the next message from the client
	acked    uint64 // what the peer expects next
	in       uint64 // the number of the next message to forward to the client
	next     uint64 // what the client expects next, as it last said

	confirmed   bool // the peer's owner confirmed the token in this session: the gate is open
	connecting  bool // the other end waits in the directory, as far as is known
	provisional bool // landed in a message that the client has not acknowledged
	lingering   bool // the client has closed it
	ending      bool // the client was told CLOSE, GONE or REFUSED and owes CLOSED
	peerGone    bool // the peer's session said GONE and waits for CLOSED
	doomed      bool // nothing posted on it can arrive: GONE is on its way to the client
	givenUp     bool // by the session: the peer has not been told

	sent   []sentPorts   // messages with ports that are not acknowledged, by rising number
	landed []landedPorts // messages with ports that the client has not acknowledged, by rising number
}

// sentPorts are the ports of one message that is not acknowledged.
type sentPorts struct {
	seq   uint64
	ports []*transit
}

// landedPorts are the claims that one message brought; they are provisional until the client
// acknowledges it.
type landedPorts struct {
	seq    uint64
	claims []*claim
}

// transit is a port within a message that is not acknowledged.
type transit struct {
	handle   Handle
	cap      *Capability // nil: given up, its peer has been told
	sendNext uint64
	recvNext uint64
	acked    uint64      // what its peer expects next: retained messages below it are left out
	sent     []sentPorts // within its own messages that are not acknowledged
	queued   []*transit  // within its queue
}

// mutations switch repairs off, so that tests can show that each is needed.
type mutations struct {
	noGate, noChain, noTransit, noQueue, noRetained bool
}

// Session is the hub's side of a session: docs/protocol.md, 6. See [NewSession].
type Session struct {
	id       SessionID
	key      []byte
	identity Identity
	greeted  bool
	ended    bool
	failed   bool

	claims    map[Handle]*claim
	byID      map[ID][]*claim // tombstones too
	channels  uint64          // the last channel that the client has shipped an end of
	minted    Handle          // the last handle given
	count     int             // claims and transits
	listeners map[uint64]struct{}
	joined    map[string]struct{} // broadcast channels
	pending   int                 // claims that are connecting

	off     mutations
	effects []SessionEffect // of the present step
}

// NewSession makes the session number id of a client that the hub knows as identity. key makes
// identities and nonces; all sessions of a hub share it.
func NewSession(id SessionID, key []byte, identity Identity) *Session {
	return &Session{id: id, key: key, identity: identity, minted: ^Handle(0), claims: map[Handle]*claim{}, byID: map[ID][]*claim{}}
}

// Step lets the session take ev and appends what is to be done to effects.
func (s *Session) Step(ev SessionEvent, effects []SessionEffect) []SessionEffect {
	s.effects = effects
	switch ev.Kind {
	case SessionFrame:
		if !s.ended && !s.failed {
			s.receive(ev.Frame)
		}
	case SessionPacket:
		s.packet(ev.Packet)
	case SessionAnswer:
		s.answer(ev.Answer)
	case SessionEnd:
		if !s.ended {
			s.end()
		}
	case SessionForget:
		s.forget()
	}
	effects, s.effects = s.effects, nil
	if s.ended && len(s.byID) == 0 {
		effects = append(effects, SessionEffect{Kind: SessionDone})
	}
	return effects
}

// Ports is the number of ports that the session answers for.
func (s *Session) Ports() int { return s.count }

func (s *Session) effect(f SessionEffect) { s.effects = append(s.effects, f) }

// send sends a frame to the client; there may be none any more.
func (s *Session) send(f Frame) {
	if !s.ended {
		s.effect(SessionEffect{Kind: SessionSend, Frame: &f})
	}
}

func (s *Session) ask(ev DirectoryEvent) {
	ev.Session = s.id
	s.effect(SessionEffect{Kind: SessionAsk, Ask: &ev})
}

// fail ends the session for what its client did.
func (s *Session) fail(code uint64, text string) {
	if !s.failed {
		s.failed = true
		s.effect(SessionEffect{Kind: SessionFail, Code: code, Text: text})
	}
}

// publish says something about c's port to the owner of its peer.
func (s *Session) publish(c *claim, p Packet) {
	p.To, p.From, p.Token, p.ToN, p.ToR, p.Next = c.peer, c.id, c.token, c.peerN, c.peerR, c.next
	s.effect(SessionEffect{Kind: SessionPublish, Packet: &p})
}

func (s *Session) mint() Handle {
	s.minted += 2
	return s.minted
}

// known reports whether the handle is, or once was, in use.
func (s *Session) known(h Handle) bool {
	if h.minted() {
		return h.channel() >= 1 && h.channel() <= s.channels
	}
	return s.minted != ^Handle(0) && h <= s.minted
}

// add makes c answer for its identity. It is to be counted by the caller.
func (s *Session) add(c *claim) {
	if c.handle != 0 {
		s.claims[c.handle] = c
	}
	if len(s.byID[c.id]) == 0 {
		s.effect(SessionEffect{Kind: SessionSubscribe, ID: c.id})
	}
	s.byID[c.id] = append(s.byID[c.id], c)
}

// remove ends what add began.
func (s *Session) remove(c *claim) {
	if c.handle != 0 && s.claims[c.handle] == c {
		delete(s.claims, c.handle)
	}
	s.connected(c)
	others := slices.DeleteFunc(s.byID[c.id], func(o *claim) bool { return o == c })
	if len(others) > 0 {
		s.byID[c.id] = others
		return
	}
	delete(s.byID, c.id)
	s.effect(SessionEffect{Kind: SessionUnsubscribe, ID: c.id})
}

// connected notes that c's other end does not wait in the directory any more.
func (s *Session) connected(c *claim) {
	if c.connecting {
		c.connecting = false
		s.pending--
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// ReservedName reports whether nobody may listen on, or connect to, a name: SPEC 1.15.
// It is not the name of a browsing context: empty, or beginning with "_".
func ReservedName(name string) bool { return name == "" || strings.HasPrefix(name, "_") }
