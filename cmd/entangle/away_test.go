package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

var quiet = slog.New(slog.DiscardHandler)

// place is an address where hubs come and go, which have one key.
type place struct {
	current atomic.Pointer[hub.Hub]
	address string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := new(place)
	p.open(t, hub.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.current.Load().ServeHTTP(w, r) }))
	p.address = strings.Replace(server.URL, "http", "ws", 1) + hubPath
	t.Cleanup(func() { p.current.Load().Close(); server.Close() })
	return p
}

func (p *place) open(t *testing.T, o hub.Options) {
	t.Helper()
	o.Logger, o.Secrets = quiet, [][]byte{bytes.Repeat([]byte{1}, 32)}
	h, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.current.Store(h)
}

// broadcast broadcasts a text until a watcher prints it, after texts that it has heard before: it
// says that the hub is back before it has joined the channel there.
func (p *place) broadcast(watcher *process, channel, text string) {
	watcher.t.Helper()
	heard := make(chan error, 1)
	go func() {
		for {
			line, err := watcher.out.ReadString('\n')
			if err != nil || line == text+"\n" {
				heard <- err
				return
			}
		}
	}()
	for {
		start(watcher.t, "broadcast", channel, text, "--hub", p.address).ends(exitDone)
		select {
		case err := <-heard:
			if err != nil {
				watcher.t.Fatal(err)
			}
			return
		default:
		}
	}
}

// The commands say that the hub is away, and that it is back, and go on. They end when a hub does
// not want them.
func TestHubAway(t *testing.T) {
	p := newPlace(t)
	listener := start(t, "listen", "chat", "--hub", p.address)
	listener.says("listening")
	caller := start(t, "connect", "chat", "--hub", p.address)
	caller.says("waiting", "connected")
	listener.says("1: connect")
	pending := start(t, "connect", "later", "--hub", p.address)
	pending.says("waiting")
	watcher := start(t, "broadcast", "news", "--hub", p.address)
	watcher.says("on channel")
	all := []*process{listener, caller, pending, watcher}
	for round := range 2 {
		p.current.Load().Close()
		for _, command := range all {
			command.says("the hub at " + p.address + " is away")
		}
		caller.write(fmt.Sprint(round))
		p.open(t, hub.Options{})
		for _, command := range all {
			command.says("the hub is back")
		}
		listener.expect(fmt.Sprint(round))
		p.broadcast(watcher, "news", fmt.Sprint(round))
	}
	later := start(t, "listen", "later", "--hub", p.address)
	later.says("listening", "1: connect")
	pending.says("connected")
	pending.interrupt()
	pending.ends(exitDone)
	later.says("1: close")
	later.interrupt()
	later.ends(exitDone)

	p.current.Load().Close()
	for _, command := range []*process{listener, caller, watcher} {
		command.says("is away")
	}
	p.open(t, hub.Options{Authenticate: func(*http.Request) (hub.Identity, error) {
		return hub.Identity{User: "dev", Origin: "https://another.example"}, nil
	}})
	for _, command := range []*process{listener, caller, watcher} {
		if said := command.ends(exitFailed); !strings.Contains(said, "the connection to "+p.address+" ended") {
			t.Errorf("it said %q", said)
		}
	}
}

// hubProcess is `entangle serve` in a process of its own.
type hubProcess struct {
	*exec.Cmd
	errOut bytes.Buffer
}

// startHubProcess runs serve at an address, and waits until it serves.
func startHubProcess(t *testing.T, at, state string) (*hubProcess, error) {
	t.Helper()
	p := &hubProcess{Cmd: exec.Command("entangle", "serve", "--listen", at)}
	p.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	p.Stderr = &p.errOut
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill(); p.Wait() }) // it has ended, or does not matter any more
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			return p, nil
		}
	}
	p.Wait()
	return nil, fmt.Errorf("serve ended: %s", &p.errOut)
}

// startHubSomewhere starts a hub at an address to which another one can come back: below those that
// systems give to whoever asks for any.
func startHubSomewhere(t *testing.T, state string) (p *hubProcess, at string) {
	t.Helper()
	for {
		at := fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(10000))
		switch p, err := startHubProcess(t, at, state); {
		case err == nil:
			return p, at
		case !strings.Contains(err.Error(), "is taken by another"):
			t.Fatal(err)
		}
	}
}

// A hub process that is killed, or ended, and started again, finds its key in the user's state
// folder and takes its clients back, with their ports and names and what was posted meanwhile.
func TestServeStartedAgain(t *testing.T) {
	state := t.TempDir()
	running, at := startHubSomewhere(t, state)
	type told struct {
		state remote.State
		why   error
	}
	states := make(chan told, 16)
	dial := func() *remote.Client {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var last remote.State
		client, err := remote.Dial(ctx, "ws://"+at+hubPath, remote.Options{
			Origin: "http://" + at, Logger: quiet, OnState: func(state remote.State, why error) {
				if state != last {
					states <- told{state, why}
				}
				last = state
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client
	}
	both := func(want remote.State) (why error) {
		t.Helper()
		for range 2 {
			got := <-states
			if got.state != want {
				t.Fatalf("a client is %s (%v), want %s", got.state, got.why, want)
			}
			why = got.why
		}
		return why
	}
	post := func(port *entangle.MessagePort, message string) {
		t.Helper()
		if err := port.PostMessage(message); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(port *entangle.MessagePort, want string) {
		t.Helper()
		if got, err := entangle.Receive[string](t.Context(), port); err != nil || got != want {
			t.Fatalf("received %q, %v; want %q", got, err, want)
		}
	}
	a, b := dial(), dial()
	both(remote.Open)
	listener, err := b.Listen(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	connect := func() (near, far *entangle.MessagePort) {
		t.Helper()
		near, err := a.ConnectTo(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		connection, err := listener.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return near, connection.Port
	}
	near, far := connect()
	for _, signal := range []os.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		post(near, "before "+signal.String())
		if err := running.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := running.Wait(); (err == nil) != (signal == syscall.SIGTERM) {
			t.Fatalf("on %v it ended with %v: %s", signal, err, &running.errOut)
		}
		var said *remote.Error // by the hub
		if why := both(remote.Reconnecting); errors.As(why, &said) != (signal == syscall.SIGTERM) {
			t.Errorf("on %v the clients learned: %v", signal, why)
		}
		post(near, "there")
		post(far, "and back")
		if running, err = startHubProcess(t, at, state); err != nil {
			t.Fatal(err)
		}
		both(remote.Open)
		expect(far, "before "+signal.String())
		expect(far, "there")
		expect(near, "and back")
		newNear, newFar := connect()
		post(newNear, "a name is kept, too")
		expect(newFar, "a name is kept, too")
	}
	for _, client := range []*remote.Client{a, b} { // while there is a hub
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	running.Process.Kill()
	running.Wait()
	if said := running.errOut.String(); strings.Contains(said, filepath.Join(state, "entangle")) {
		t.Errorf("a hub that has a key says %q", said)
	}
}

// A command that is told to end leaves in order: the other side learns at once that it closed,
// which is no loss, without the time that a client has to come back.
func TestCommandTerminated(t *testing.T) {
	p := newPlace(t)
	client, err := remote.Dial(t.Context(), p.address, remote.Options{Origin: strings.Replace(p.address, "ws", "http", 1), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		command := exec.Command("entangle", "listen", "door", "--hub", p.address)
		errOut, err := command.StderrPipe()
		if err == nil {
			err = command.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { command.Process.Kill(); command.Wait() }) // it has ended, unless the test failed
		port, err := client.ConnectTo(t.Context(), "door")
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(errOut); !strings.HasPrefix(lines.Text(), "1: connect"); {
			if !lines.Scan() {
				t.Fatalf("it did not take the connection: %v", lines.Err())
			}
		}
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		if _, err := port.Receive(ctx); !errors.Is(err, entangle.ErrClosed) {
			t.Errorf("on %v: %v", signal, err)
		}
		cancel()
		if err := command.Wait(); err != nil {
			t.Errorf("on %v it ended with %v", signal, err)
		}
	}
}
