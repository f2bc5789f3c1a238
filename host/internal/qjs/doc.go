// Package qjs binds the JavaScript engine; no other package knows the engine. It offers what a web
// platform written in Go needs: realms that share a heap, objects that stand for Go objects, jobs
// that the caller runs, and internal slots that script cannot tamper with.
//
// # Ownership
//
// Code outside of this package counts no references. A [Value] belongs to the innermost open
// handle scope and is gone when the scope ends; a native function runs in a scope of its own, a
// task of Go opens one:
//
//	defer rt.Enter()()
//
// A [Ref] keeps a value beyond the scope. It is a root of the engine's cycle collector until the
// Go object that owns it visits it in its Trace (see [Tracer]). From then on it lives as long as
// the object's wrapper, and cycles through Go are collected. [Runtime.Close] frees everything
// that script left.
//
// # Concurrency
//
// A [Runtime] with all its realms and values is used by one goroutine at a time. Any goroutine may
// call [Runtime.Interrupt] and [Runtime.Interrupted]. A [Block] and a [SharedBlock] carry memory
// between runtimes; the bytes of a SharedBlock are shared.
//
// # Limits
//
// A script cannot end the Go program: memory, nesting and time are bounded (see [Options] and
// [Runtime.SetTimeLimit]), an interrupt cannot be caught, and a panic of a Go function that script
// called, or of the engine, becomes the error of the entry from Go. Functions for slots and data
// properties run no script.
//
// FIXME: native functions of the engine that walk over an array of absurd length without
// running script, as new Array(4294967295).join(), do not ask whether they are interrupted;
// they end, but late.
//
// # The engine's inside
//
// Some of this reads and writes structures of the engine, whose version is therefore pinned:
// layout.go says which, and the package does not start if they are not as expected.
package qjs
