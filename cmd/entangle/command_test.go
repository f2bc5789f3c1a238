package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// startHub starts a hub and returns its address.
func startHub(t *testing.T) string {
	t.Helper()
	h, err := hub.New(hub.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() { h.Close(); server.Close() })
	return strings.Replace(server.URL, "http", "ws", 1) + "/entangle"
}

// process is a command that runs.
type process struct {
	t         *testing.T
	in        *io.PipeWriter
	out, err  *bufio.Reader
	interrupt context.CancelFunc // Ctrl-C
	code      chan int
}

// start runs a command line. It has ended when the test has, before the hub does: else it would
// wait for one to leave in order.
func start(t *testing.T, arguments ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	inReader, in := io.Pipe()
	outReader, out := io.Pipe()
	errReader, errOut := io.Pipe()
	p := &process{t, in, bufio.NewReader(outReader), bufio.NewReader(errReader), cancel, make(chan int, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.code <- run(ctx, arguments, inReader, out, errOut)
		out.Close()
		errOut.Close()
		inReader.Close()
	}()
	t.Cleanup(func() {
		cancel()
		in.Close()
		outReader.Close()
		errReader.Close()
		<-ended
	})
	return p
}

func (p *process) write(lines ...string) {
	p.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(p.in, line+"\n"); err != nil {
			p.t.Fatal(err)
		}
	}
}

// expect reads lines of the output.
func (p *process) expect(lines ...string) {
	p.t.Helper()
	for _, want := range lines {
		if got, err := p.out.ReadString('\n'); err != nil || got != want+"\n" {
			p.t.Fatalf("printed %q, %v; want %q", got, err, want)
		}
	}
}

// says reads lines of the error output, each of which must contain a text. How often a command
// tries to come back is a matter of luck: what it says of attempts is left out.
func (p *process) says(texts ...string) {
	p.t.Helper()
	for _, want := range texts {
		got, err := p.err.ReadString('\n')
		for err == nil && strings.Contains(got, "and goes on trying") && !strings.Contains(got, want) {
			got, err = p.err.ReadString('\n')
		}
		if err != nil || !strings.Contains(got, want) {
			p.t.Fatalf("said %q, %v; want %q", got, err, want)
		}
	}
}

// ends waits for the exit code. Whatever else is printed is read, so that nothing is stuck.
func (p *process) ends(want int) (rest string) {
	p.t.Helper()
	go io.Copy(io.Discard, p.out)
	said, _ := io.ReadAll(p.err)
	if got := <-p.code; got != want {
		p.t.Errorf("exit code %d, want %d; it said %q", got, want, said)
	}
	return string(said)
}

func TestConnectAndListen(t *testing.T) {
	at := startHub(t)
	listener := start(t, "listen", "chat", "--hub", at)
	listener.says(`listening for "chat"`)
	caller := start(t, "connect", "chat", "--hub", at)
	caller.says(`waiting for "chat"`, "connected")
	listener.says("1: connect origin")
	caller.write(`"hello"`, ``, `{"b":1,"a":[null,true]}`)
	listener.expect(`"hello"`, `{"a":[null,true],"b":1}`)
	second := start(t, "connect", "chat", "--hub", at)
	second.says("waiting", "connected")
	listener.says("2: connect origin")
	listener.write(`["to all"]`)
	caller.expect(`["to all"]`)
	second.expect(`["to all"]`)
	// What is no JSON is said, and the rest goes on.
	caller.write(`hello`, `"still here"`)
	caller.says("line 4 is not JSON: hello")
	listener.expect(`"still here"`)
	// The end of the input is not the end of the conversation; that of the other side is.
	second.in.Close()
	listener.write(`1`)
	second.expect(`1`)
	caller.expect(`1`)
	caller.interrupt()
	if said := caller.ends(exitFailed); !strings.Contains(said, "some lines were not posted") {
		t.Errorf("it said %q", said)
	}
	listener.says("1: close")
	listener.interrupt()
	listener.ends(exitDone)
	if said := second.ends(exitDone); !strings.Contains(said, "closed by the other side") {
		t.Errorf("it said %q", said)
	}
}

func TestConnectCloses(t *testing.T) {
	at := startHub(t)
	listener := start(t, "listen", "door", "--hub", at, "--json")
	listener.says("listening")
	caller := start(t, "connect", "door", "--hub", at, "--close")
	caller.says("waiting", "connected")
	var event struct {
		Connection   int
		Event        string
		Origin, User string
	}
	line, err := listener.out.ReadString('\n')
	if err != nil || json.Unmarshal([]byte(line), &event) != nil || event.Connection != 1 || event.Event != "connect" || event.User == "" {
		t.Fatalf("printed %q, %v", line, err)
	}
	caller.write(`1`)
	listener.expect(`{"connection":1,"event":"message","data":1}`)
	listener.write(`{"connection":1,"data":{"n":2}}`, `{"data":3}`, `{"connection":7,"data":4}`, `5`)
	caller.expect(`{"n":2}`, `3`)
	listener.says("there is no connection 7", "line 4 says neither")
	caller.write(`"last"`)
	caller.in.Close()
	listener.expect(`{"connection":1,"event":"message","data":"last"}`, `{"connection":1,"event":"close"}`)
	caller.ends(exitDone)
	other := start(t, "connect", "door", "--hub", at)
	other.says("waiting", "connected")
	if line, err := listener.out.ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"connection":2,"event":"connect"`) {
		t.Fatalf("printed %q, %v", line, err)
	}
	listener.write(`{"connection":2,"event":"close"}`)
	listener.expect(`{"connection":2,"event":"close"}`)
	other.ends(exitDone)
}

func TestServiceFromTheTerminal(t *testing.T) {
	at := startHub(t)
	service := start(t, "listen", "time", "--hub", at, "--service", "--origin", "http://127.0.0.1:7001")
	service.says("(as http://127.0.0.1:7001,")
	caller := start(t, "connect", "time", "--hub", at, "--target-origin", "http://127.0.0.1:7001", "--origin", "http://127.0.0.1:7002")
	caller.says("waiting", "connected")
	service.says("1: connect origin http://127.0.0.1:7002 user")
	service.write(`12`)
	caller.expect(`12`)
}

func TestBroadcast(t *testing.T) {
	at := startHub(t)
	watcher := start(t, "broadcast", "auth", "--hub", at)
	watcher.says(`on channel "auth"`)
	start(t, "broadcast", "auth", `"log out"`, "--hub", at).ends(exitDone)
	watcher.expect(`"log out"`)
	other := start(t, "broadcast", "auth", "--hub", at)
	other.says(`on channel "auth"`)
	watcher.write(`{"x":1}`, `nonsense`)
	other.expect(`{"x":1}`)
	watcher.says("line 2 is not JSON")
	watcher.interrupt()
	watcher.ends(exitDone)
}

// With --close the answers that were asked for do not end it before the input does, nor that before
// them; without it the rest of the input is not waited for.
func TestConnectCounts(t *testing.T) {
	at := startHub(t)
	listener := start(t, "listen", "door", "--hub", at, "--json")
	listener.says("listening")
	connected := func(number int) {
		t.Helper()
		want := fmt.Sprintf(`{"connection":%d,"event":"connect"`, number)
		if line, err := listener.out.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Fatalf("printed %q, %v", line, err)
		}
	}
	caller := start(t, "connect", "door", "--hub", at, "--count", "1", "--close")
	caller.says("waiting", "connected")
	connected(1)
	listener.write(`{"data":"early"}`)
	caller.expect(`"early"`)
	caller.write(`1`)
	listener.expect(`{"connection":1,"event":"message","data":1}`)
	caller.in.Close()
	listener.expect(`{"connection":1,"event":"close"}`)
	caller.ends(exitDone)

	caller = start(t, "connect", "door", "--hub", at, "--count", "2", "--close")
	caller.says("waiting", "connected")
	connected(2)
	caller.write(`1`)
	caller.in.Close()
	listener.expect(`{"connection":2,"event":"message","data":1}`)
	listener.write(`{"data":"a"}`, `{"data":"b"}`)
	caller.expect(`"a"`, `"b"`)
	listener.expect(`{"connection":2,"event":"close"}`)
	caller.ends(exitDone)

	caller = start(t, "connect", "door", "--hub", at, "--count", "1")
	caller.says("waiting", "connected")
	connected(3)
	listener.write(`{"data":"only"}`)
	caller.expect(`"only"`)
	listener.expect(`{"connection":3,"event":"close"}`)
	caller.ends(exitDone)
}

// Ctrl-C before there is what was asked for is not success.
func TestConnectInterrupted(t *testing.T) {
	at := startHub(t)
	listener := start(t, "listen", "mute", "--hub", at)
	listener.says("listening")
	go io.Copy(io.Discard, listener.err)
	for arguments, want := range map[string]int{
		"nobody":                        exitInterrupted,
		"nobody --timeout 1h":           exitInterrupted,
		"mute --count 1":                exitInterrupted,
		"mute --count 1 --timeout 1h":   exitInterrupted,
		"mute --close":                  exitInterrupted,
		"mute":                          exitDone,
		"mute --timeout 1h --hub " + at: exitDone,
	} {
		caller := start(t, append([]string{"connect", "--hub", at}, strings.Fields(arguments)...)...)
		caller.says("waiting")
		if strings.HasPrefix(arguments, "mute") {
			caller.says("connected")
		}
		caller.interrupt()
		if said := caller.ends(want); t.Failed() {
			t.Fatalf("connect %s said %q", arguments, said)
		}
	}
}

// Conversations end, whoever ends them and how: connect says which it was.
func TestConnectEnds(t *testing.T) {
	type parties struct {
		listening  *remote.Client
		pipe       remote.Conn // under it
		connection *remote.Connection
	}
	for _, c := range []struct {
		name string
		end  func(parties) error
		says string
	}{
		{"closed", func(p parties) error { p.connection.Port.Close(); return nil }, "closed by the other side"},
		{"left", func(p parties) error { return p.listening.Close() }, "closed by the other side"},
		{"lost", func(p parties) error { return p.pipe.Close() }, "the other side is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := hub.New(hub.Options{Absence: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			server := httptest.NewServer(h)
			defer server.Close()
			var p parties
			if p.pipe, err = h.Pipe(hub.Identity{User: "dev", Service: true}); err != nil {
				t.Fatal(err)
			}
			if p.listening, err = remote.Attach(t.Context(), p.pipe, remote.Options{Origin: server.URL}); err != nil {
				t.Fatal(err)
			}
			defer p.listening.Close()
			listener, err := p.listening.Listen(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			caller := start(t, "connect", "x", "--hub", strings.Replace(server.URL, "http", "ws", 1))
			caller.says("waiting", "connected")
			if p.connection, err = listener.Accept(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.end(p); err != nil {
				t.Fatal(err)
			}
			if said := caller.ends(exitDone); !strings.Contains(said, c.says) {
				t.Errorf("it said %q", said)
			}
		})
	}
}

// The commands say what is at the address, if it is no hub.
func TestUnreachable(t *testing.T) {
	unused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := unused.Addr().String()
	unused.Close()
	notAHub := httptest.NewServer(nil)
	defer notAHub.Close()
	if said := start(t, "connect", "x", "--hub", nobody).ends(exitFailed); !strings.Contains(said, "Start one with 'entangle serve'") {
		t.Errorf("it said %q", said)
	}
	if said := start(t, "listen", "x", "--hub", notAHub.URL).ends(exitFailed); !strings.Contains(said, "Is ws://127.0.0.1") {
		t.Errorf("it said %q", said)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, by the system, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	said := start(t, "connect", "x", "--timeout", "100ms", "--hub", silent.Addr().String()).ends(exitNotInTime)
	if !strings.Contains(said, "did not answer within 100ms") {
		t.Errorf("it said %q", said)
	}
}
