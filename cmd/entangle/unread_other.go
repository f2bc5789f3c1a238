//go:build !unix

package main

import "io"

// onUnread does nothing: on this system a program cannot wait until nobody reads its output any
// more. A command notices it with its next line.
func onUnread(io.Writer, func()) {}
