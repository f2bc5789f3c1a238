package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/entangle-go/entangle"
	"github.com/entangle-go/entangle/hub"
	"github.com/entangle-go/entangle/remote"
)

// TestMain makes `entangle` a program that scripts and other processes find, which is this test's.
func TestMain(m *testing.M) {
	testscript.Main(leakFree{m}, map[string]func(){"entangle": main})
}

// leakFree runs the tests and then looks for goroutines that are left over.
type leakFree struct{ *testing.M }

// Run keeps the keys of the hubs that tests start out of the user's state folder.
func (m leakFree) Run() int {
	state, err := os.MkdirTemp("", "entangle-state")
	if err == nil {
		defer os.RemoveAll(state)
		err = os.Setenv("XDG_STATE_HOME", state)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.M.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestScripts runs testdata/script. In it $HUB is the address of a hub with the services of
// answers, and `exits STATUS COMMAND...` runs a command that must end with that status.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			at, end, err := startAnswers()
			if err != nil {
				return err
			}
			env.Defer(end)
			env.Setenv("HUB", at)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the scripts' command about exit statuses.
func exits(ts *testscript.TestScript, not bool, arguments []string) {
	if not || len(arguments) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND...")
	}
	want, err := strconv.Atoi(arguments[0])
	ts.Check(err)
	got := 0
	var ended *exec.ExitError
	if err := ts.Exec(arguments[1], arguments[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// startAnswers starts a hub and listeners of the commands' usual origin: db answers every message,
// once does so once and closes, chat greets and closes, mute says nothing. A service of
// http://127.0.0.1:8081 is contacts, which greets and closes.
func startAnswers() (at string, end func(), err error) {
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	h, err := hub.New(hub.Options{Logger: quiet})
	if err != nil {
		return "", nil, err
	}
	server := httptest.NewServer(h)
	var clients []*remote.Client
	var serving sync.WaitGroup
	end = func() {
		for _, client := range clients {
			client.Close()
		}
		serving.Wait()
		h.Close()
		server.Close()
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	for name, answer := range map[string]func(*entangle.MessagePort){
		"db":   func(port *entangle.MessagePort) { answerAll(ctx, port, -1) },
		"once": func(port *entangle.MessagePort) { answerAll(ctx, port, 1) },
		"chat": func(port *entangle.MessagePort) { port.PostMessage("welcome") },
		"mute": func(port *entangle.MessagePort) { answerAll(ctx, port, 0) },
		"contacts": func(port *entangle.MessagePort) {
			port.PostMessage("contacts here")
		},
	} {
		who := remote.Options{Origin: server.URL, Logger: quiet}
		if name == "contacts" {
			who.Origin, who.Service = "http://127.0.0.1:8081", true
		}
		client, err := remote.Dial(ctx, strings.Replace(server.URL, "http", "ws", 1), who)
		if err != nil {
			return "", nil, err
		}
		clients = append(clients, client)
		listener, err := client.Listen(ctx, name)
		if err != nil {
			return "", nil, err
		}
		serving.Go(func() {
			for connection, err := range listener.Connections(ctx) {
				if err != nil { // the client has ended
					return
				}
				serving.Go(func() { answer(connection.Port); connection.Port.Close() })
			}
		})
	}
	return strings.TrimPrefix(server.URL, "http://"), end, nil
}

// answerAll answers the first messages of a port, or all for -1, until it is closed; for 0 it only
// reads.
func answerAll(ctx context.Context, port *entangle.MessagePort, first int) {
	for event, err := range port.Messages(ctx) {
		if err != nil || first != 0 && port.PostMessage(map[string]any{"found": event.Data()}) != nil {
			return
		}
		if first--; first == 0 {
			return
		}
		first = max(first, -1)
	}
}
