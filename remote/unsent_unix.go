//go:build linux || darwin

package remote

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// maxUnsent is how much of what is written the system holds before it has been sent once.
const maxUnsent = 2 * batchSize

// limitUnsent keeps the system from taking megabytes that are not sent for long. Over a slow line
// it would then take nothing for longer than a hub may that is there; and when the line breaks all
// of that would have to be sent again. What is on its way is not limited by this.
//
// https://www.man7.org/linux/man-pages/man7/tcp.7.html (tcp_notsent_lowat)
func limitUnsent(_, _ string, conn syscall.RawConn) error {
	// An OPTIMIZATION: where it fails, lines are only slower to say that they are slow.
	return conn.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, maxUnsent)
	})
}
