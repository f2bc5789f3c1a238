// Package webidl is Web IDL: it turns tables of members into the interface objects of a realm, and
// values of the engine into the argument types of the standards' algorithms.
//
// # Terms
//
// An [Interface] is a table, a package variable, the same for all realms. [Install] makes its
// interface object and interface prototype object in a realm. A platform object is a Go value that
// embeds [Platform], and its wrapper, the engine's object, of which there is at most one at a time:
// see [Wrap]. Conversions have the names of the IDL types: [DOMString], [UnsignedLong], [Sequence];
// members of dictionaries are read with [Dictionary]. A [Callback] is a callback function or
// callback interface that a script handed in.
//
// # Errors
//
// A member returns an error to throw: a [*clone.DOMException] becomes a DOMException object of the
// function's realm (or the native error that it names, such as TypeError), an exception of a script
// is thrown again as the same value.
//
// # Standard
//
// https://webidl.spec.whatwg.org/ as of 2026-08.
//
// # Concurrency
//
// Everything runs on the goroutine of the agent whose realm is used. Tables are shared by all
// agents and are not written after the first Install.
package webidl
