// Package sim simulates the network protocol: endpoints, sessions and a directory over queues that
// are served in any order, in virtual time. It is for tests; `go run ./sim` runs it by hand.
//
// # What it simulates
//
// A [World] has clients, each of them an endpoint at one end of a socket and a session at the
// other, and one directory. Whatever crosses a socket or the bus crosses it as bytes. Each queue
// keeps its order; which queue is served next, what the applications do, when time passes and who
// dies when is drawn from one seed. A [Config] says what may happen.
//
// # How it is checked
//
// The world knows channels, ends and messages by names of its own ([Channel], [End], [Message]),
// whatever handles and identities the protocol gives them, so that it knows where everything is. It
// compares that with what the machines say, at every step and after everything was drained; see
// check.go. In programs with the race detector package protocol overwrites what must not be used
// any more, and the simulator, which keeps to the memory contract of Step, would see who does not.
//
// # A failing seed
//
// What is done is a list of [Action]s, which name clients and ends and not random draws. So a
// failing list stays meaningful when parts of it are left out, and [Minimize] leaves out what it
// can.
package sim
