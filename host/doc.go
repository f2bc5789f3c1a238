// Package host runs the messaging side of the web platform in Go: windows, frames, dedicated and
// shared workers, with their event loops and origins. Each script written for a browser runs
// unmodified. Messages between all of them are those of package entangle, so that a Go program and
// a page share ports.
//
// # Terms
//
// An agent is one goroutine with one event loop and one heap of the script engine. Windows of one
// origin that can reach each other are realms of one agent and touch each other synchronously;
// those of other origins have agents of their own, and see only what the standard allows of a
// WindowProxy. A browsing context group is what windows can reach each other in; each page that Go
// opens has its own.
//
// DEVIATION: agents are keyed by origin; the standard keys by site unless a page asks for an origin
// of its own, because of document.domain.
//
// # Standard
//
// https://html.spec.whatwg.org/ as of 2026-08-21.
//
// # Concurrency
//
// The methods of [Host], [Page] and [Listener] may be called from any goroutine. Functions in
// [Options] are called on the goroutine of the agent that has something to tell, several at once;
// they must not wait for the host.
//
// # Limits
//
// Scripts are hostile. Time of one task, memory of an agent, numbers of windows and workers,
// nesting and sizes of what is loaded are limited, see [Options]. What goes beyond a limit ends in
// an exception or an error event of the script that caused it.
package host
