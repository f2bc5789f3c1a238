package e2e

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// halfARequest opens a connection whose request never ends, so that serve cannot end in
// order at once.
func halfARequest(t *testing.T, s *server) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.site.Social, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost:"); err != nil {
		t.Fatal(err)
	}
}

// TestInterrupt checks that Ctrl-C ends serve with status 0, also when somebody does not
// end a request.
func TestInterrupt(t *testing.T) {
	s := serve(t)
	halfARequest(t, s)
	if err := s.stop(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
}

// TestSecondInterrupt checks that a second Ctrl-C ends serve at once, by the signal.
func TestSecondInterrupt(t *testing.T) {
	s := serve(t)
	s.stop = func() error { return nil } // it does not end cleanly, and must not
	halfARequest(t, s)
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for { // until the first Ctrl-C has had its effect
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.site.Social, "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	// The program may close its listener a moment before it gives the signal its usual meaning back:
	// then one more is needed.
	var err error
	for ended := false; !ended; {
		_ = s.cmd.Process.Signal(syscall.SIGINT) // an error: it has ended
		select {
		case err = <-s.exited:
			ended = true
		case <-time.After(500 * time.Millisecond):
		}
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("after the second Ctrl-C serve ended with %v, want the signal", err)
	}
}
