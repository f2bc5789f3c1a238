//go:build linux || darwin

package remote

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The system is told how much it may hold that is not sent: a client that dials over it is not
// ended by its own megabytes.
func TestLimitUnsent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := usualPace.network(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	limit := 0
	controlled := raw.Control(func(fd uintptr) { limit, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT) })
	if controlled != nil || err != nil || limit != maxUnsent {
		t.Errorf("the limit is %d; %v, %v", limit, controlled, err)
	}
}
