// Package timers is setTimeout, setInterval and the functions that clear them,
// requestAnimationFrame and requestIdleCallback.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers as of 2026-08-21,
// https://html.spec.whatwg.org/multipage/imagebitmap-and-animations.html#animation-frames,
// https://w3c.github.io/requestidlecallback/.
//
// # Order
//
// Timers that are due run in the order of their times; timers of one time run in the order in which
// they were made.
//
// # Limits
//
// A global has at most [MaxTimers] timers at a time; one more throws a RangeError. A timer holds
// the host: a page that has one is not finished.
package timers

import "time"

const (
	// MaxTimers is how many timers a global may have at a time.
	MaxTimers = 100_000
	// Timers that were set by timers, so many deep, wait at least so long.
	maxNesting = 5
	minDelay   = 4 * time.Millisecond
	// frame is the time from one animation frame to the next.
	frame = time.Second / 60
)
