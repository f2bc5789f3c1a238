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
// The console shows objects [maxDepth] deep and [maxEntries] entries of each. A message has at most
// [maxText] bytes, and there are at most [maxLabels] labels of counters and timers. The console
// says where it leaves something out. It runs no getter and no trap of a proxy to show an object.
package console

const (
	maxDepth   = 2
	maxEntries = 100
	maxText    = 64 << 10
	maxLabels  = 1000
	maxLine    = 72 // longer objects are broken into lines
)
