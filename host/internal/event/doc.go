// Package event is the DOM's events: event targets, listeners, dispatch, the event interfaces
// that the host has, event handlers, abort signals, and reports of exceptions and of
// unhandled rejections.
//
// # Terms
//
// An [EventTarget] is a Go value that embeds [Target]; an event one that embeds [Event]. The path
// of an event comes from the targets' get the parent algorithms: the package knows nothing of
// trees, windows or documents. There are no shadow trees, so nothing is retargeted.
//
// # Standard
//
// https://dom.spec.whatwg.org/#events and
// https://html.spec.whatwg.org/multipage/webappapis.html#events as of 2026-08-21.
//
// # Concurrency
//
// Everything belongs to the goroutine of the agent.
package event
