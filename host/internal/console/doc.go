// Package console is the Console Standard's namespace object: what script logs goes, as text, to
// the sink of its settings object.
//
// # Standard
//
// https://console.spec.whatwg.org/ as of 2026-08-21. How values look is left to the implementation;
// here they look much as in Node.js.
//
// # Limits
//
// Objects are shown [maxDepth] deep and [maxEntries] entries of each, one message has at most
// [maxText] bytes, and labels of counters and timers are at most [maxLabels]. What is beyond is
// left out and said to be. Looking at objects runs no getter and no trap of a proxy.
package console

const (
	maxDepth   = 2
	maxEntries = 100
	maxText    = 64 << 10
	maxLabels  = 1000
	maxLine    = 72 // longer objects are broken into lines
)
