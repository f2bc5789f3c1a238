package e2e

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// halfARequest opens a connection whose request never ends, so that serve cannot end in order at once.
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

// TestInterrupt checks that Ctrl-C ends serve with status 0, also when somebody does not end a request.
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
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := <-s.exited; !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("after the second Ctrl-C serve ended with %v, want the signal", err)
	}
}
