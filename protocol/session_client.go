package protocol

import (
	"encoding/hex"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/nlnwa/whatwg-url/url"
)

// receive takes a frame from the client.
func (s *Session) receive(f *Frame) {
	if !s.greeted {
		s.hello(f)
		return
	}
	switch f.Kind {
	case Data, Ack, Attached, Close, Closed, Gone:
		c := s.claims[f.Port]
		switch {
		case c != nil && c.provisional:
			s.fail(CodeProtocol, "a port of a message that was not acknowledged")
		case c != nil:
			s.receiveFor(c, f)
		case !s.known(f.Port):
			s.fail(CodeProtocol, "a handle that was never given")
		}
	case Listen, Unlisten:
		s.listen(f)
	case Connect:
		s.connect(f)
	case Subscribe, Unsubscribe, Broadcast:
		s.channel(f)
	default:
		s.fail(CodeProtocol, "a frame that a client does not send")
	}
}

// hello is the first frame.
func (s *Session) hello(f *Frame) {
	switch {
	case f.Kind != Hello:
		s.fail(CodeProtocol, "the first frame is not HELLO")
		return
	case f.Version != Version:
		s.fail(CodeVersion, "this hub speaks version 1")
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
	session := s.prf("session", ID{}, uint64(s.id), 0)
	s.send(Frame{Kind: Welcome, Version: Version, Session: hex.EncodeToString(session[:16]),
		Origin: s.identity.Origin, User: s.identity.User, MaxBody: MaxBody})
	s.ask(DirectoryEvent{Kind: DirectoryEnter, Identity: s.identity})
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

// Identity is who the client is, after HELLO.
func (s *Session) Identity() Identity { return s.identity }

func (s *Session) receiveFor(c *claim, f *Frame) {
	if f.Next > c.in {
		s.fail(CodeProtocol, "an acknowledgement of what was not sent")
		return
	}
	s.acknowledge(c, f.Next)
	switch f.Kind {
	case Data:
		s.data(c, f)
	case Ack:
		s.publish(c, Packet{Kind: Ack})
	case Attached:
		s.publish(c, Packet{Kind: Attached, VN: c.peerN, VR: c.peerR})
	case Close:
		if f.Seq != c.sendNext {
			s.fail(CodeProtocol, "CLOSE with another number than the next")
			return
		}
		c.lingering = true
		s.release(c)
		s.publish(c, Packet{Kind: Close, Seq: f.Seq})
		if c.connecting {
			s.ask(DirectoryEvent{Kind: DirectoryCancel, Port: c.handle})
		}
	case Closed:
		s.closed(c)
	case Gone:
		s.release(c)
		s.entomb(c)
	}
}

// acknowledge notes that the client has taken in everything below next; the ports in it
// are its own now.
func (s *Session) acknowledge(c *claim, next uint64) {
	c.next = max(c.next, next)
	n := 0
	for n < len(c.landed) && c.landed[n].seq < c.next {
		for _, p := range c.landed[n].claims {
			p.provisional = false
		}
		n++
	}
	c.landed = trim(c.landed, n)
}

// closed is the client's answer to CLOSE, GONE or REFUSED.
func (s *Session) closed(c *claim) {
	if !c.ending {
		s.fail(CodeProtocol, "CLOSED without being asked")
		return
	}
	s.release(c)
	if c.givenUp {
		s.entomb(c)
		return
	}
	s.publish(c, Packet{Kind: Closed})
	s.bury(c)
}

// data is a message from the client, new or repeated.
func (s *Session) data(c *claim, f *Frame) {
	fresh := f.Seq == c.sendNext
	var states []PortState
	switch {
	case f.Seq > c.sendNext || fresh && c.lingering:
		s.fail(CodeProtocol, "DATA with another number than the next")
		return
	case fresh:
		c.sendNext++
		var ports []*transit
		var ok bool
		states, ports, ok = s.ship(c, f)
		if len(ports) > 0 {
			c.sent = append(c.sent, sentPorts{f.Seq, ports})
		}
		if !ok || s.dooms(c, ports) {
			return
		}
	case f.Seq < c.acked || c.doomed:
		return
	default:
		i := slices.IndexFunc(c.sent, func(p sentPorts) bool { return p.seq == f.Seq })
		var ports []*transit
		if i >= 0 {
			ports = c.sent[i].ports
		}
		var ok bool
		if states, ok = s.reship(f.Ports, ports); !ok {
			s.fail(CodeProtocol, "a repeated message with other ports")
			return
		}
	}
	s.publish(c, Packet{Kind: Data, Seq: f.Seq, Body: f.Body, Ports: states})
}

// dooms reports whether a message cannot arrive, because c's peer is in it, or c is lost already.
// Its ports are given up then.
func (s *Session) dooms(c *claim, ports []*transit) bool {
	c.doomed = c.doomed || slices.ContainsFunc(ports, func(t *transit) bool { return t.contains(c.peer) })
	if c.doomed {
		s.abandon(c)
	}
	return c.doomed
}

func (s *Session) listen(f *Frame) {
	_, exists := s.listeners[f.Listener]
	if f.Kind == Unlisten {
		if exists {
			delete(s.listeners, f.Listener)
			s.ask(DirectoryEvent{Kind: DirectoryUnlisten, Listener: f.Listener})
		}
		return
	}
	switch {
	case exists:
		s.fail(CodeProtocol, "a listener's number used twice")
	case ReservedName(f.Name):
		s.fail(CodeProtocol, "a reserved name")
	case s.identity.Service && s.identity.Services != nil && !slices.Contains(s.identity.Services, f.Name):
		s.send(Frame{Kind: Listening, Listener: f.Listener, Code: ListeningDenied})
	case len(s.listeners) >= MaxListeners:
		s.send(Frame{Kind: Listening, Listener: f.Listener, Code: ListeningTooMany})
	default:
		if s.listeners == nil {
			s.listeners = map[uint64]struct{}{}
		}
		s.listeners[f.Listener] = struct{}{}
		s.ask(DirectoryEvent{Kind: DirectoryListen, Listener: f.Listener, Name: f.Name})
	}
}

func (s *Session) connect(f *Frame) {
	state := &f.Ports[0]
	switch {
	case ReservedName(f.Name):
		s.fail(CodeProtocol, "a reserved name")
	case s.pending >= MaxPending:
		s.fail(CodeProtocol, "too many pending connects")
	case !f.Port.minted() || state.Port != f.Port.twin() || f.Port.channel() <= s.channels || len(state.Queue) > 0:
		s.fail(CodeProtocol, "CONNECT without a new channel")
	default:
		states, ports, ok := s.ship(nil, f)
		if !ok {
			for _, t := range ports {
				s.grave(t, t.cap)
			}
			return
		}
		for _, t := range ports { // the directory is accountable for them
			s.free(t)
		}
		s.claims[f.Port].connecting = true
		s.pending++
		s.ask(DirectoryEvent{Kind: DirectoryConnect, Port: f.Port, Name: f.Name, Origin: f.Origin, State: states[0]})
	}
}

func (s *Session) channel(f *Frame) {
	_, joined := s.joined[f.Name]
	switch f.Kind {
	case Subscribe:
		if !joined {
			if len(s.joined) >= MaxChannels {
				s.fail(CodeProtocol, "too many broadcast channels")
				return
			}
			if s.joined == nil {
				s.joined = map[string]struct{}{}
			}
			s.joined[f.Name] = struct{}{}
		}
		s.ask(DirectoryEvent{Kind: DirectorySubscribe, Name: f.Name})
	case Unsubscribe:
		if joined {
			delete(s.joined, f.Name)
			s.ask(DirectoryEvent{Kind: DirectoryUnsubscribe, Name: f.Name})
		}
	case Broadcast:
		s.ask(DirectoryEvent{Kind: DirectoryBroadcast, Name: f.Name, Body: f.Body})
	}
}
