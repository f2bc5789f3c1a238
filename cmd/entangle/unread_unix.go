//go:build unix

package main

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// onUnread calls f when nobody can read out any more, as behind `| head -n 1`. Without it a
// command would notice that only with its next line, which may never come. Its goroutine waits
// until the program ends.
func onUnread(out io.Writer, f func()) {
	file, ok := out.(*os.File)
	if !ok {
		return
	}
	connection, err := file.SyscallConn()
	if err != nil {
		return
	}
	var polled []unix.PollFd // of no events: the end of a pipe is always told
	if connection.Control(func(fd uintptr) { polled = []unix.PollFd{{Fd: int32(fd)}} }) != nil {
		return
	}
	go func() {
		_, err := unix.Poll(polled, -1)
		for err == unix.EINTR {
			_, err = unix.Poll(polled, -1)
		}
		if err == nil && polled[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
			f()
		}
	}()
}
