// Package entangle is web messaging, as in the HTML Standard, for Go programs: message channels
// with transferable ports, postMessage between windows with target origins, broadcast channels, and
// connectTo, by which windows of one origin find each other by name.
//
// # Terms
//
// A message channel has two entangled ports; what is posted to one arrives at the other. A message
// is a structured clone (package clone), taken when it is posted. Ports can be transferred: given
// away in a message, to anyone, with the messages that wait in them. So a port is a capability: the
// right to talk to whoever holds the other one.
//
// A port is pulled or pushed. [NewMessageChannel] makes pulled ports: any goroutine takes their
// messages by [MessagePort.Receive] or ranges over [MessagePort.Messages].
// [Global.NewMessageChannel] makes pushed ones: the event loop of the global's [Agent] calls
// [MessagePort.OnMessage]'s listener. [Global.Adopt] and [MessagePort.Release] turn one into the
// other. Ports in a message are of the kind of the port that it arrives at.
//
// A [UserAgent] is what windows and broadcast channels have in common; an [Agent] has an event
// loop, which runs when the program calls Run or Step; a [Global] is what ports belong to; a
// [Window] has one, and an origin and a name besides.
//
// # Standard
//
// https://html.spec.whatwg.org/multipage/web-messaging.html as of 2026-08-21, and for connectTo the
// proposal RemoteDocumentMessaging of 2013. Names are the standard's. Above what implements an
// algorithm stands its link; FIXME marks what is left out, DEVIATION what differs on purpose:
//
//   - A port that is closed drops the messages that it got and did not dispatch, as browsers do
//     (the text dispatches them).
//   - The close event is queued behind the messages that were posted before, and waits until they
//     were dispatched, also in a port that was not started.
//   - The loop's choice between task sources is always the order of posting, so also shipped ports
//     share it; the has-been-shipped flag is not kept.
//
// # Order
//
// A port's messages arrive in the order in which they were posted, each once, wherever the ports
// went in the meantime. Of several goroutines that post to one port: what happens before another
// post, in the sense of the Go memory model, arrives before it; concurrent posts arrive in some
// order. The close of a port arrives after everything posted to it before.
//
// Over several pushed ports of one agent, and everything else on its loop, the order is that of
// posting. Between pulled ports, and between agents, there is none.
//
// All broadcast channels of one name get all messages in the same order.
//
// # Concurrency
//
// All functions and methods may be called concurrently, except those of [MessageEvent] and what
// they return, which belong to whoever received it. Listeners run on the goroutine that runs the
// agent, one at a time; they may call anything but Run and Step of their own agent. The package
// starts no goroutine: an idle channel is some 300 bytes. (The garbage collector's and a context's
// own may call into it.)
//
// Locks are taken in this order: user agent, broadcast group, global, window, then a batch, the
// channel that it belongs to or a broadcast channel, event loop. No two channels are locked at a
// time. A [Peer] is called with its channel's lock.
//
// # Back-pressure and limits
//
// [MessagePort.PostMessage] never waits: as in a browser, a sender that is faster than its receiver
// fills the memory. [MessagePort.Post] waits while 1024 messages wait at the other side, besides
// those that the receiver is going through: it takes all that are there at once. Nothing else is
// limited; a program that takes messages from strangers limits them where they come in.
//
// # Close and garbage
//
// A channel ends when one side closes its port, or the side that is elsewhere is lost: so
// conversations end. [MessagePort.Messages] ends silently then, [MessagePort.Receive] and
// [MessagePort.Post] return a [CloseError], and [MessagePort.Err] says which it was, and why.
//
// A program should close its ports. A port that it drops is closed by the garbage collector, some
// time, if anybody could notice; a port that listens is held by its peer. A channel of which both
// ports are dropped is garbage, whatever listens or waits in it.
package entangle
