// Package html is the elements and the document of the HTML Standard: their interfaces, the states
// that scripts and forms need, and their behavior when they are inserted, changed and clicked. It
// calls the document's [dom.Hooks] for everything that concerns windows, such as loading a frame or
// running a script.
//
// # Terms
//
// A document is made by dom.NewDocument with [DocumentInterfaces]. The interfaces of a realm
// are [Interfaces].
//
// # Deviations
//
// Nothing is laid out: sizes are 0, getComputedStyle shows the inline style, innerText is
// textContent. There are no custom elements and shadow trees, no media and no graphics. A member
// of an element's interface does not check that the element is of that interface, only that it
// is an element.
//
// # Standard
//
// https://html.spec.whatwg.org/ as of 2026-08-21.
//
// # Concurrency
//
// Everything runs on the goroutine of the agent.
package html
