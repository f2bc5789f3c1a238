// Package heap is the structured clone of script's values: it writes them from an engine's heap
// into records of package clone, and builds them in a realm from records of any origin: another
// script's, a Go program's, the network's.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/structured-data.html as of 2026-08-21.
//
// # Concurrency
//
// A value belongs to its agent's goroutine, a record to one goroutine at a time.
package heap
