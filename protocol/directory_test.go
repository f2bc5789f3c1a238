package protocol

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestDirectory runs scripts. A line is a session, what it asks, and after -> what the
// directory answers.
func TestDirectory(t *testing.T) {
	const enter = `
		1 enter https://a dev
		2 enter https://a dev
		3 enter https://a dev
		4 enter https://b dev
		5 enter https://a other
		6 serve https://s dev
		7 serve https://s other
	`
	for name, script := range map[string]string{
		"SPEC 1.15 the oldest listener is chosen": `
			1 listen 1 x    -> 1 listening 1
			2 listen 1 x    -> 2 listening 1
			3 connect 4 x   -> 1 connection 1 port 4 of https://a dev
			3 connect 8 x   -> 1 connection 1 port 8 of https://a dev
			1 unlisten 1
			3 connect 12 x  -> 2 connection 1 port 12 of https://a dev
			1 listen 2 x    -> 1 listening 2
			3 connect 16 x  -> 2 connection 1 port 16 of https://a dev`,
		"SPEC 1.15 a connect waits for somebody, the oldest first": `
			1 connect 4 x
			2 connect 8 x
			1 connect 12 x
			3 listen 7 x    -> 3 listening 7 / 3 connection 7 port 4 of https://a dev / 3 connection 7 port 8 of https://a dev` +
			` / 3 connection 7 port 12 of https://a dev
			3 listen 8 x    -> 3 listening 8`,
		"SPEC 1.15 never oneself": `
			1 listen 1 x    -> 1 listening 1
			1 connect 4 x
			2 connect 4 x   -> 1 connection 1 port 4 of https://a dev
			1 listen 2 x    -> 1 listening 2
			2 listen 1 x    -> 2 listening 1 / 2 connection 1 port 4 of https://a dev
			1 connect 8 x   -> 2 connection 1 port 8 of https://a dev`,
		"SPEC 1.15 one's own partition only": `
			1 listen 1 x    -> 1 listening 1
			4 connect 4 x
			5 connect 4 x
			4 connect 8 x https://a
			6 connect 4 x`,
		"services are found by their origin, from any partition, in turn": `
			6 listen 1 x    -> 6 listening 1
			1 connect 4 x
			1 connect 8 x https://s   -> 6 connection 1 port 8 of https://a dev
			7 listen 1 x    -> 7 listening 1
			5 connect 4 x https://s   -> 6 connection 1 port 4 of https://a other
			4 connect 4 x https://s   -> 7 connection 1 port 4 of https://b dev
			4 connect 8 x https://s   -> 6 connection 1 port 8 of https://b dev
			6 connect 4 x https://s   -> 7 connection 1 port 4 of https://s dev
			7 leave
			6 connect 8 x https://s
			1 connect 12 x https://s  -> 6 connection 1 port 12 of https://a dev`,
		"a waiting connect can be canceled": `
			1 connect 4 x
			1 cancel 4      -> 1 canceled 4
			1 cancel 4
			1 connect 8 x
			1 leave         -> 1 canceled 8
			2 listen 1 x    -> 2 listening 1`,
		"SPEC 59 broadcast reaches the others of the partition": `
			1 subscribe c   -> 1 subscribed c
			2 subscribe c   -> 2 subscribed c
			2 subscribe c   -> 2 subscribed c
			4 subscribe c   -> 4 subscribed c
			5 subscribe c   -> 5 subscribed c
			1 subscribe d   -> 1 subscribed d
			1 broadcast c   -> 1 broadcast c to [1 2]
			3 broadcast c   -> 3 broadcast c to [1 2]
			1 unsubscribe c
			2 leave
			3 broadcast c`,
		"SPEC 64 an opaque origin reaches only itself": `
			8 opaque null dev
			9 opaque null dev
			8 listen 1 x    -> 8 listening 1
			9 connect 4 x
			9 connect 8 x null
			8 subscribe c   -> 8 subscribed c
			9 broadcast c`,
	} {
		t.Run(name, func(t *testing.T) {
			d := NewDirectory()
			for _, line := range strings.Split(enter+script, "\n") {
				ask, want, _ := strings.Cut(strings.TrimSpace(line), "->")
				if words := strings.Fields(ask); len(words) > 0 {
					if got := show(d.Step(directoryEvent(t, words), nil)); got != strings.TrimSpace(want) {
						t.Errorf("%s\n got %s\nwant %s", strings.TrimSpace(ask), got, strings.TrimSpace(want))
					}
				}
			}
			for id := range d.members {
				d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: id}, nil)
			}
			if len(d.places)+len(d.channels)+len(d.members) != 0 {
				t.Errorf("something is left: %+v", d)
			}
		})
	}
}

func directoryEvent(t *testing.T, words []string) (ev DirectoryEvent) {
	fmt.Sscan(words[0], &ev.Session)
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[1] {
	case "enter", "serve", "opaque":
		ev.Kind, ev.Identity = DirectoryEnter, Identity{Origin: words[2], User: words[3], Service: words[1] == "serve",
			Opaque: words[1] == "opaque"}
	case "listen":
		ev.Kind, ev.Name = DirectoryListen, words[3]
		fmt.Sscan(words[2], &ev.Listener)
	case "unlisten":
		ev.Kind = DirectoryUnlisten
		fmt.Sscan(words[2], &ev.Listener)
	case "connect":
		ev.Kind, ev.Name, ev.Origin = DirectoryConnect, words[3], arg(4)
		fmt.Sscan(words[2], &ev.Port)
		ev.State.Port = ev.Port // tells which one it is
	case "cancel":
		ev.Kind = DirectoryCancel
		fmt.Sscan(words[2], &ev.Port)
	case "subscribe":
		ev.Kind, ev.Name = DirectorySubscribe, words[2]
	case "unsubscribe":
		ev.Kind, ev.Name = DirectoryUnsubscribe, words[2]
	case "broadcast":
		ev.Kind, ev.Name = DirectoryBroadcast, words[2]
	case "leave":
		ev.Kind = DirectoryLeave
	default:
		t.Fatalf("what is %q?", words[1])
	}
	return ev
}

func show(effects []DirectoryEffect) string {
	var out []string
	for _, f := range effects {
		switch f.Kind {
		case DirectoryConnection:
			out = append(out, fmt.Sprintf("%d connection %d port %d of %s %s", f.Session, f.Listener, f.State.Port, f.Origin, f.User))
		case DirectoryCanceled:
			out = append(out, fmt.Sprintf("%d canceled %d", f.Session, f.Port))
		case DirectoryListening:
			out = append(out, fmt.Sprintf("%d listening %d", f.Session, f.Listener))
		case DirectorySubscribed:
			out = append(out, fmt.Sprintf("%d subscribed %s", f.Session, f.Name))
		case DirectoryDelivered:
			out = append(out, fmt.Sprintf("%d broadcast %s to %d", f.Session, f.Name, f.Sessions))
		}
	}
	return strings.Join(out, " / ")
}

// What a client may not say ends its session.
func TestSessionRefuses(t *testing.T) {
	hello := Frame{Kind: Hello, Version: 1, Origin: "https://a.example"}
	connect := Frame{Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 6}}}
	page := Identity{User: "u", Origin: "https://page.example"}
	program := Identity{User: "dev", Service: true, Services: []string{"book"}}
	for _, c := range []struct {
		name     string
		identity Identity
		code     uint64
		frames   []Frame
	}{
		{"no HELLO", program, CodeProtocol, []Frame{{Kind: Ack, Port: 4}}},
		{"HELLO twice", program, CodeProtocol, []Frame{hello, hello}},
		{"another version", program, CodeVersion, []Frame{{Kind: Hello, Version: 2}}},
		{"an origin that is not the page's", page, CodeDenied, []Frame{hello}},
		{"a page that is a service", page, CodeDenied, []Frame{{Kind: Hello, Version: 1, Service: true}}},
		{"an opaque origin that is stated", program, CodeDenied, []Frame{{Kind: Hello, Version: 1, Origin: "null"}}},
		{"a service without an origin", program, CodeDenied, []Frame{{Kind: Hello, Version: 1, Service: true}}},
		{"SPEC 1.15 a reserved name", program, CodeProtocol, []Frame{hello, {Kind: Listen, Listener: 1, Name: "_blank"}}},
		{"SPEC 1.15 an empty name", program, CodeProtocol, []Frame{hello, {Kind: Connect, Port: 4, Name: "", Ports: connect.Ports}}},
		{"a listener's number twice", program, CodeProtocol, []Frame{hello, {Kind: Listen, Listener: 1, Name: "a"},
			{Kind: Listen, Listener: 1, Name: "b"}}},
		{"an unknown handle", program, CodeProtocol, []Frame{hello, {Kind: Ack, Port: 4}}},
		{"a handle of the hub's that was not given", program, CodeProtocol, []Frame{hello, {Kind: Ack, Port: 1}}},
		{"channel 0", program, CodeProtocol, []Frame{hello, {Kind: Connect, Port: 2, Name: "x", Ports: []PortState{{Port: 0x0}}}}},
		{"CONNECT with the other end of another channel", program, CodeProtocol,
			[]Frame{hello, {Kind: Connect, Port: 4, Name: "x", Ports: []PortState{{Port: 10}}}}},
		{"a channel twice", program, CodeProtocol, []Frame{hello, connect, connect}},
		{"DATA with a gap", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Seq: 1}}},
		{"a repeated message with a port that it had not", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4}, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8}}}}},
		{"an acknowledgement of what was not sent", program, CodeProtocol, []Frame{hello, connect, {Kind: Ack, Port: 4, Next: 1}}},
		{"CLOSE with another number", program, CodeProtocol, []Frame{hello, connect, {Kind: Close, Port: 4, Seq: 1}}},
		{"CLOSED without being asked", program, CodeProtocol, []Frame{hello, connect, {Kind: Closed, Port: 4}}},
		{"a port in its own message", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 4}}}}},
		{"a port twice in a message", program, CodeProtocol, []Frame{hello, connect,
			{Kind: Data, Port: 4, Ports: []PortState{{Port: 8}, {Port: 8}}}}},
		{"a port that is somebody else's", program, CodeProtocol, []Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 6}}}}},
		{"a port with messages that were not sent", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8, SendNext: 1}}}}},
		{"a port that got messages that it did not get", program, CodeProtocol,
			[]Frame{hello, connect, {Kind: Data, Port: 4, Ports: []PortState{{Port: 8, RecvNext: 1}}}}},
		{"a frame of the hub's", program, CodeProtocol, []Frame{hello, {Kind: Welcome, Version: 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSession(1, []byte("key"), c.identity)
			var failed []SessionEffect
			for i, f := range c.frames {
				for _, effect := range s.Step(SessionEvent{Kind: SessionFrame, Frame: &f}, nil) {
					if effect.Kind == SessionFail {
						failed = append(failed, effect)
						if i != len(c.frames)-1 {
							t.Errorf("frame %d is not allowed: %s", i, effect.Text)
						}
					}
				}
			}
			if len(failed) != 1 || failed[0].Code != c.code {
				t.Errorf("got %+v, want code %d", failed, c.code)
			}
		})
	}
}

// A name that the client may not serve is an answer, not an error.
func TestListenDenied(t *testing.T) {
	s := NewSession(1, []byte("key"), Identity{User: "dev", Service: true, Services: []string{"book"}})
	var got []Frame
	for _, f := range []Frame{
		{Kind: Hello, Version: 1, Origin: "https://a.example", Service: true},
		{Kind: Listen, Listener: 1, Name: "film"}, {Kind: Listen, Listener: 2, Name: "book"},
	} {
		for _, effect := range s.Step(SessionEvent{Kind: SessionFrame, Frame: &f}, nil) {
			if effect.Kind == SessionSend && effect.Frame.Kind == Listening {
				got = append(got, *effect.Frame)
			}
		}
	}
	if want := []Frame{{Kind: Listening, Listener: 1, Code: ListeningDenied}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
