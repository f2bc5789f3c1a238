// Package remote joins a Go program to a hub: its ports may have their other end in a page, or in
// another program.
//
// A [Client] is one connection to a hub. [Client.ConnectTo] and [Client.Listen] bring parties
// together by name; what they get are ordinary ports of package entangle. Such a port can be posted
// on, over ports of the client and over ports of the same process, as can ports that this program
// made: a port goes wherever the message goes that it is in, and what was posted to it follows.
//
// # Order and delivery
//
// The messages of a port arrive in the order of posting, each once, while both endpoints live: this
// program's connection and the other side's. A message that was posted is kept until the other side
// has taken it into its queue. A connection that is lost is made again, and everything goes on:
// ports, listeners, channels, requests, what was posted meanwhile. If the hub does not hear of the
// client for two minutes its ports get their close, after the messages that had come, and Receive
// returns entangle.ErrLost; the rest goes on when there is a hub. See [Client.State].
// [Client.Close] waits until the other sides have taken what was posted; a program that just exits
// may lose its last messages. Why a port has ended its [entangle.CloseError] says.
//
// # Limits
//
// A message is at most 1 MiB as bytes, and carries at most 64 ports; more is a DataCloneError
// of PostMessage. A port whose queue does not fit into 2 MiB cannot be shipped: the message
// with it becomes a messageerror at its receiver, and its ports are closed. What has no byte
// form (SharedArrayBuffer) becomes a messageerror at its receiver, too.
//
// The other side takes 256 KiB and 1024 messages of a port into its queue, and more as it
// dispatches them: up to four times that at a time if it is fast. The rest waits in this process.
// [entangle.MessagePort.Post] waits while 1024 messages, or 4 MiB, are not taken; PostMessage never
// waits. On a port on which more than 64 MiB are not taken (256 MiB on all of the client's) one
// message more closes the port, with the reason [entangle.ReasonLimit]. A slow receiver makes those
// wait who post to it, and nobody else.
//
// A port that came from one hub and is posted to another is relayed by this process,
// and ends with it.
//
// # Concurrency
//
// Everything is safe for concurrent use. A client has two goroutines, whatever the number of its
// ports: one reads, one writes.
//
// The protocol is docs/protocol.md.
package remote
