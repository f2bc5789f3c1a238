package protocol

import (
	"fmt"
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
			3 connect 4 x   -> 3 port 4 offer 1 to 1 listener 1
			3 connect 8 x   -> 3 port 8 offer 1 to 1 listener 1
			1 unlisten 1
			3 connect 12 x  -> 3 port 12 offer 1 to 2 listener 1
			1 listen 2 x    -> 1 listening 2
			3 connect 16 x  -> 3 port 16 offer 1 to 2 listener 1`,
		"SPEC 1.15 a connect waits for somebody, the oldest first": `
			1 connect 4 x
			2 connect 8 x
			1 connect 12 x
			3 listen 7 x -> 3 listening 7 / 1 port 4 offer 1 to 3 listener 7 / 2 port 8 offer 1 to 3 listener 7 / 1 port 12 offer 1 to 3 listener 7
			3 listen 8 x    -> 3 listening 8`,
		"SPEC 1.15 never oneself": `
			1 listen 1 x    -> 1 listening 1
			1 connect 4 x
			2 connect 4 x   -> 2 port 4 offer 1 to 1 listener 1
			1 listen 2 x    -> 1 listening 2
			2 listen 1 x    -> 2 listening 1 / 1 port 4 offer 1 to 2 listener 1
			1 connect 8 x   -> 1 port 8 offer 1 to 2 listener 1`,
		"SPEC 1.15 one's own partition only": `
			1 listen 1 x    -> 1 listening 1
			4 connect 4 x
			5 connect 4 x
			4 connect 8 x https://a
			6 connect 4 x`,
		"services are found by their origin, from any partition, in turn": `
			6 listen 1 x    -> 6 listening 1
			1 connect 4 x
			1 connect 8 x https://s   -> 1 port 8 offer 1 to 6 listener 1
			7 listen 1 x    -> 7 listening 1
			5 connect 4 x https://s   -> 5 port 4 offer 1 to 6 listener 1
			4 connect 4 x https://s   -> 4 port 4 offer 1 to 7 listener 1
			4 connect 8 x https://s   -> 4 port 8 offer 1 to 6 listener 1
			6 connect 4 x https://s   -> 6 port 4 offer 1 to 7 listener 1
			7 leave                   -> 4 port 4 offer 2 to 6 listener 1
			6 connect 8 x https://s
			1 connect 12 x https://s  -> 1 port 12 offer 1 to 6 listener 1`,
		"a connect that is settled does not wait": `
			1 connect 4 x
			1 settled 4
			1 settled 4
			1 connect 8 x
			1 leave
			2 listen 1 x    -> 2 listening 1`,
		"a connect that was declined is offered to the next one, once": `
			1 listen 1 x    -> 1 listening 1
			2 listen 1 x    -> 2 listening 1
			3 connect 4 x   -> 3 port 4 offer 1 to 1 listener 1
			3 declined 4 7
			3 declined 4 1  -> 3 port 4 offer 2 to 2 listener 1
			3 declined 4 1
			3 declined 4 2  -> 3 port 4 offer 3 to 1 listener 1
			3 settled 4
			3 declined 4 3`,
		"a connect that comes back keeps its age": `
			1 listen 1 x    -> 1 listening 1
			3 connect 4 x   -> 3 port 4 offer 1 to 1 listener 1
			2 connect 8 x   -> 2 port 8 offer 1 to 1 listener 1
			1 unlisten 1
			1 connect 4 x
			3 connect 12 x
			2 declined 8 1
			3 declined 4 1
			4 connect 4 x
			5 leave
			2 listen 2 x -> 2 listening 2 / 3 port 4 offer 2 to 2 listener 2 / 1 port 4 offer 1 to 2 listener 2 / 3 port 12 offer 1 to 2 listener 2
			1 listen 9 x    -> 1 listening 9 / 2 port 8 offer 2 to 1 listener 9`,
		"what was offered to a session that leaves is offered to others": `
			1 listen 1 x    -> 1 listening 1
			2 connect 4 x   -> 2 port 4 offer 1 to 1 listener 1
			1 unlisten 1
			3 listen 1 x    -> 3 listening 1
			1 leave         -> 2 port 4 offer 2 to 3 listener 1
			3 leave`,
		"SPEC 64 an opaque origin reaches only itself": `
			8 opaque null dev
			9 opaque null dev
			8 listen 1 x    -> 8 listening 1
			9 connect 4 x
			9 connect 8 x null`,
	} {
		t.Run(name, func(t *testing.T) {
			d := NewDirectory()
			var out SessionOut
			for _, line := range strings.Split(enter+script, "\n") {
				ask, want, _ := strings.Cut(strings.TrimSpace(line), "->")
				if words := strings.Fields(ask); len(words) > 0 {
					d.Step(directoryEvent(t, words), &out)
					if got := show(out.Effects); got != strings.TrimSpace(want) {
						t.Errorf("%s\n got %s\nwant %s", strings.TrimSpace(ask), got, strings.TrimSpace(want))
					}
				}
			}
			for id := range d.members {
				d.Step(DirectoryEvent{Kind: DirectoryLeave, Session: id}, &out)
			}
			if len(d.places)+len(d.members) != 0 || d.Waiting() != 0 {
				t.Errorf("something is left: %+v", d)
			}
		})
	}
}

func directoryEvent(t *testing.T, words []string) (ev DirectoryEvent) {
	number := func(i int) (n uint64) {
		fmt.Sscan(words[i], &n)
		return n
	}
	ev.Session[0] = byte(number(0))
	switch words[1] {
	case "enter", "serve", "opaque":
		ev.Kind, ev.Endpoint = DirectoryEnter, ev.Session
		ev.Identity = Identity{Origin: words[2], User: words[3], Service: words[1] == "serve", Opaque: words[1] == "opaque"}
	case "listen":
		ev.Kind, ev.Listener, ev.Name = DirectoryListen, number(2), words[3]
	case "unlisten":
		ev.Kind, ev.Listener = DirectoryUnlisten, number(2)
	case "connect":
		ev.Kind, ev.Port, ev.Name = DirectoryConnect, Handle(number(2)), words[3]
		if len(words) > 4 {
			ev.Origin = words[4]
		}
	case "declined":
		ev.Kind, ev.Port, ev.Offer = DirectoryDeclined, Handle(number(2)), number(3)
	case "settled":
		ev.Kind, ev.Port = DirectorySettled, Handle(number(2))
	case "leave":
		ev.Kind = DirectoryLeave
	default:
		t.Fatalf("what is %q?", words[1])
	}
	return ev
}

func show(effects []SessionEffect) string {
	var out []string
	for _, f := range effects {
		switch p := f.Packet; p.Kind {
		case Matched:
			out = append(out, fmt.Sprintf("%d port %d offer %d to %d listener %d", p.To[0], p.Request, p.Offer, p.From[0], p.Listener))
		case Crowded:
			out = append(out, fmt.Sprintf("%d port %d crowded", p.To[0], p.Request))
		case Listening:
			out = append(out, fmt.Sprintf("%d listening %d", p.To[0], p.Listener))
		default:
			out = append(out, p.Kind.String())
		}
	}
	return strings.Join(out, " / ")
}
