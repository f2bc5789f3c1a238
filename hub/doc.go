// Package hub is the server that joins endpoints: pages and programs that speak the protocol of
// docs/protocol.md.
//
// # What it does
//
// A [Hub] is an [http.Handler]. A WebSocket that passes its checks becomes a session; a program in
// the same process gets one by [Hub.Pipe]. The sessions themselves are package protocol's state
// machines; this package reads and writes their sockets, carries packets between them and keeps the
// directory of names. A hub stores no messages: a message waits in the receiver's inbox until it is
// written. With 4 MiB waiting the hub drops messages of ports, which are sent again when there is
// room; with 4 MiB of broadcasts waiting it closes the session.
//
// # Concurrency
//
// One goroutine reads each WebSocket. Every event of a session goes into its inbox. One goroutine
// at a time takes events out; it exists only while the inbox is not empty. It works in turns: in
// each turn it decodes some frames of the client, steps the state machine, gives the machine's
// publications to the bus at once, and writes the socket, several frames a write. Nobody waits for
// a session that does not read. But a client that broadcasts to a session with more than 1 MiB of
// broadcasts queued is read more slowly, one batch in 100 ms, until there is room again or the hub
// closes that session, which it does after 2 s. The hub keeps the order from each session to each
// other session.
//
// # Memory
//
// Frames are decoded one at a time, when the state machine takes them. A batch is read into a
// buffer that grows as bytes come; bodies are parts of it, and it goes back when the last receiver
// has written them. One account counts all memory that the hub holds for the sessions of one user:
// batches that are not given back, output that waits, the state machines, and sessions that lost
// their client and answer for its ports until it comes back. At 48 MiB the hub stops reading the
// user's clients; at 64 MiB, or after 2 s, it ends the session that holds most with code 3013. A
// user has at most 1,024 sessions without a client, and 16 MiB of them; the hub gives up the oldest
// for one more. The account leaves out the memory of an idle connection, some 9 KiB.
//
// # Fairness
//
// The sessions of a user that causes much work (100,000 frames, packets and reads of sockets in a
// second) share all processors but one, in turns with other such users.
//
// # Security
//
// The address that a browser believes it talks to (Host) has to be the host of a configured origin,
// or a literal loopback address with the port that the connection really came in on; everything
// else is answered with 421, which ends DNS rebinding. A page's origin is its handshake's Origin
// header, which has to be configured or be one of those loopback addresses, and to agree with what
// [Options.Authenticate] says; an Origin header without a value is refused. "null" is let in only
// if it is configured by that name; it is then an origin of each client's own. A program that is no
// browser sends no Origin header and may state an origin in HELLO, as far as [Options.Authenticate]
// allows. Compression is off. Frames are limited as docs/protocol.md says: the first message is
// HELLO alone, of at most 16 KiB, within 10 s, and the hub reads nothing after it until WELCOME is
// written; each message has to be complete within 30 s. The log cuts values at 256 bytes and is
// limited to 10 lines a second.
package hub
