package protocol_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle/internal/sim"
)

var update = flag.Bool("update", false, "rewrite testdata")

// story prints everything that is said.
type story struct {
	*sim.World
	a, b, c *sim.Client
	out     strings.Builder
}

// do prints what follows from f. Who waits for a time that is near gets it.
func (s *story) do(title string, f func()) {
	s.Settle()
	fmt.Fprintf(&s.out, "# %s\n", title)
	s.Trace(func(line string) { fmt.Fprintln(&s.out, line) })
	f()
	s.Wait(time.Second)
	s.Trace(nil)
}

// serve serves what waits in one queue after the other. A letter is a client.
func (s *story) serve(actions ...sim.Action) {
	for _, a := range actions {
		s.Do(a)
	}
}

// What is served.

func toHub(c *sim.Client) sim.Action       { return sim.Action{Do: sim.ServeUp, At: c.Number} }
func toClient(c *sim.Client) sim.Action    { return sim.Action{Do: sim.ServeDown, At: c.Number} }
func toDirectory(c *sim.Client) sim.Action { return sim.Action{Do: sim.ServeAsk, At: c.Number} }
func answer(c *sim.Client) sim.Action {
	return sim.Action{Do: sim.ServeBus, From: sim.Directory, At: c.Number}
}
func packet(from, to *sim.Client) sim.Action {
	return sim.Action{Do: sim.ServeBus, From: from.Number, At: to.Number}
}

var stories = map[string]func(*story){
	"connect": func(s *story) {
		s.do("A connects to x, where nobody is, and posts", func() { s.Post(s.Connect(s.a, "x", "")) })
		s.do("B listens on x", func() { s.Listen(s.b, "x") })
	},
	"cancel": func(s *story) {
		s.do("A connects to x, where nobody is, and closes", func() { s.Close(s.Connect(s.a, "x", "")) })
	},
	"withdrawn": func(s *story) {
		s.Listen(s.b, "x")
		s.do("A connects to x and closes while B is offered the connection", func() {
			e := s.Connect(s.a, "x", "")
			s.serve(toHub(s.a), toDirectory(s.a), answer(s.a))
			s.Close(e)
		})
	},
	"declined": func(s *story) {
		s.Listen(s.b, "x")
		s.Settle()
		s.Listen(s.c, "x")
		s.do("A connects to x; B, who was first, stops listening before it is offered the connection; C gets it", func() {
			s.Connect(s.a, "x", "")
			s.serve(toHub(s.a), toDirectory(s.a), answer(s.a))
			s.Unlisten(s.b, 1)
			s.serve(toHub(s.b))
		})
	},
	"two offers": func(s *story) {
		s.Listen(s.b, "x")
		s.Settle()
		s.Listen(s.c, "x")
		s.do("A connects to x and posts; the offer to B takes longer than two minutes, so C is offered the connection too; "+
			"C is first, and B is refused", func() {
			s.Post(s.Connect(s.a, "x", ""))
			s.serve(toHub(s.a), toDirectory(s.a), answer(s.a))
			s.serve(sim.Action{Do: sim.Pass, Number: 120_000}, sim.Action{Do: sim.SessionTime, At: s.a.Number})
			s.serve(packet(s.a, s.b), toClient(s.b), toHub(s.b)) // B has taken it
			s.serve(toDirectory(s.a), answer(s.a), packet(s.a, s.c), toClient(s.c), toHub(s.c), packet(s.c, s.a))
		})
	},
	"listener dies": func(s *story) {
		s.Listen(s.b, "x")
		s.do("A connects to x; B takes the connection and is lost before it hears that it has it", func() {
			s.Connect(s.a, "x", "")
			s.serve(toHub(s.a), toDirectory(s.a), answer(s.a), packet(s.a, s.b), toClient(s.b))
			s.Kill(s.b, 1)
		})
	},
	"handed on": func(s *story) {
		carrier := s.Meet(s.a, s.b, "carrier")
		s.do("A connects to x, where nobody is, posts, and ships its end to B, which posts on it", func() {
			e := s.Connect(s.a, "x", "")
			s.Post(e)
			s.Post(carrier, e)
			s.Settle()
			s.Dispatch(carrier.Peer())
			s.Post(e)
		})
		s.do("C listens on x", func() { s.Listen(s.c, "x") })
	},
	"ship": func(s *story) {
		carrier, port := s.Meet(s.a, s.b, "carrier"), s.Meet(s.a, s.c, "port")
		s.do("C posts, A has not dispatched it; A posts", func() { s.Post(port.Peer()); s.Post(port) })
		s.do("A ships its port to B", func() { s.Post(carrier, port) })
		s.do("B dispatches the message with the port, and posts on it", func() {
			s.Dispatch(carrier.Peer())
			s.Dispatch(port)
			s.Post(port)
		})
	},
	"both ends": func(s *story) {
		one, two, port := s.Meet(s.a, s.c, "one"), s.Meet(s.b, s.c, "two"), s.Meet(s.a, s.b, "port")
		s.do("A and B ship both ends of a channel to C at once, after a post on each", func() {
			s.Post(port)
			s.Post(port.Peer())
			s.Post(one, port)
			s.Post(two, port.Peer())
		})
	},
	"close": func(s *story) {
		port := s.Meet(s.a, s.b, "port")
		s.do("A posts and closes", func() { s.Post(port); s.Close(port) })
	},
	"death": func(s *story) {
		carrier, port := s.Meet(s.a, s.b, "carrier"), s.Meet(s.a, s.c, "port")
		s.do("A ships its port to B and is lost; the message arrives", func() {
			s.Post(carrier, port)
			s.Kill(s.a, 1)
		})
	},
	"death in transit": func(s *story) {
		carrier, port := s.Meet(s.a, s.b, "carrier"), s.Meet(s.a, s.c, "port")
		s.do("B closes; A ships its port to B before it hears of that", func() {
			s.Close(carrier.Peer())
			s.Post(carrier, port)
		})
	},
	"resume": func(s *story) {
		carrier, port := s.Meet(s.a, s.b, "carrier"), s.Meet(s.a, s.c, "port")
		s.Listen(s.a, "y")
		s.do("The socket of A is cut while a message with a port is on its way; A posts, C posts", func() {
			s.Post(carrier, port)
			s.Cut(s.a, 0, 0, false)
			s.Post(carrier)
			s.Post(port.Peer())
		})
		s.do("A comes back", func() { s.ComeBack(s.a, 1) })
	},
	"half open": func(s *story) {
		port := s.Meet(s.a, s.b, "port")
		s.do("The socket of A is cut, and the hub does not notice; A comes back and posts", func() {
			s.Cut(s.a, 0, 0, true)
			s.ComeBack(s.a, 1)
			s.Post(port)
		})
	},
	"hub restart": func(s *story) {
		port := s.Meet(s.a, s.b, "port")
		s.Connect(s.c, "z", "")
		s.Settle()
		s.do("A posts; the hub is killed and starts again with its key", func() {
			s.Post(port)
			s.Restart(0, false, 0)
		})
		s.do("B comes back", func() { s.ComeBack(s.b, 1) })
		s.do("A comes back", func() { s.ComeBack(s.a, 1) })
		s.do("C comes back, whose connect waits", func() { s.ComeBack(s.c, 1) })
	},
	"two takers": func(s *story) {
		s.Listen(s.b, "x")
		s.do("A connects to x and B takes the connection; the hub is killed before anybody hears of that", func() {
			s.Connect(s.a, "x", "")
			s.serve(toHub(s.a), toDirectory(s.a), answer(s.a), packet(s.a, s.b), toClient(s.b), toClient(s.b))
			s.Restart(0, false, 0)
		})
		s.do("A and C come back; C listens on x, and gets the connection", func() {
			s.ComeBack(s.a, 1)
			s.ComeBack(s.c, 1)
			s.Listen(s.c, "x")
		})
		s.do("B comes back, and is refused", func() { s.ComeBack(s.b, 1) })
	},
	"bye": func(s *story) {
		s.Meet(s.a, s.b, "port")
		s.do("A says BYE and ends", func() { s.Leave(s.a) })
	},
	"broadcast": func(s *story) {
		s.Subscribe(s.b, "news")
		s.do("C subscribes to news; A broadcasts, and C", func() {
			s.Subscribe(s.c, "news")
			s.Settle()
			s.Broadcast(s.a, "news")
			s.Broadcast(s.c, "news")
		})
	},
}

// TestGoldens runs short stories and compares everything that clients and sessions say to each
// other with a file for people to read. -update rewrites it.
func TestGoldens(t *testing.T) {
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) {
			w := sim.NewWorld(sim.Config{Endpoints: 3}, 0)
			s := &story{World: w, a: w.Clients[0], b: w.Clients[1], c: w.Clients[2]}
			s.Wait(time.Second)
			tell(s)
			got := s.out.String()
			if v := w.Finish(); v != nil {
				t.Error(v)
			}
			compare(t, filepath.Join("golden", strings.ReplaceAll(name, " ", "_")+".txt"), []byte(got))
		})
	}
}

// compare compares what was made with a file of testdata, or writes it there.
func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what happens: go test ./protocol -update, and read the difference\n%s", path, got)
	}
}
