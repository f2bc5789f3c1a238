// Package heap is the structured clone of script values: it writes them from an engine's heap into
// records of package clone, and builds them in a realm from records of any source: another script,
// a Go program, the network.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/structured-data.html as of 2026-08-21.
//
// # Concurrency
//
// A value belongs to its agent's goroutine, a record to one goroutine at a time.
package heap
