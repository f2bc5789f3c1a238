// Package protocol is the network protocol of message ports: what runs between a client and a hub,
// and between the sessions of hubs. Its law is docs/protocol.md.
//
// # What is here
//
//   - [Frame] and its byte form: what client and hub say to each other over a WebSocket.
//   - [Packet] and its byte form: what sessions say to each other over a bus.
//   - [Endpoint]: the client's side of a session. It numbers messages, keeps them until they are
//     acknowledged, and takes ports in and hands them on.
//   - [Session]: the hub's side. It knows which identity a handle stands for, and who owns it.
//   - [Directory]: names, waiting callers, services and broadcast channels of a hub.
//
// # Concurrency
//
// All of them are state machines: Step takes an event and appends effects. They start no goroutine,
// read no clock, do no I/O and use no randomness but the key they are given; the same events give
// the same effects. They are not safe for concurrent use: who runs one holds a lock around Step and
// carries the effects out in their order.
//
// # Security
//
// A client is not trusted by its session: every frame is checked, and what the protocol does not
// allow ends that session and nobody else's. Decoders check every length and count against what is
// there before they allocate. Sessions trust each other.
package protocol
