//go:build !unix

package main

import "io"

// onUnread would call f when nobody reads out any more, which cannot be waited for here: a command
// learns it by its next line.
func onUnread(io.Writer, func()) {}
