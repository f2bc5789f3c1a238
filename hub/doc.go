// Package hub is the server that joins endpoints: pages and programs that speak the protocol of
// docs/protocol.md.
//
// # What it does
//
// A [Hub] is an [http.Handler]. A WebSocket that passes its checks becomes a session; a program in
// the same process gets one by [Hub.Pipe]. The sessions themselves are package protocol's state
// machines; this package reads and writes their sockets, carries packets between them and keeps the
// directory of names. A hub keeps no message: what it is asked to pass on waits in the receiver's
// queue, up to 4 MiB, beyond which that session is closed.
//
// # Concurrency
//
// One goroutine reads each WebSocket. Whatever happens to a session is put into its inbox and taken
// out by one goroutine at a time, which exists only while there is something: it steps the state
// machine and writes the socket, several frames a write. Nobody waits for a session that does not
// read; but who sends to one for which more than 1 MiB waits is read more slowly, a batch in
// 100 ms, until there is room again or the session is closed, which it is after 2 s. Order is kept
// from each session to each other one.
//
// # Security
//
// The address that a browser believes it talks to (Host) has to be the host of a configured origin,
// or a literal loopback address with the port that the connection really came in on; everything
// else is answered with 421, which ends DNS rebinding. A page's origin is its handshake's Origin
// header, which has to be configured or be one of those loopback addresses. "null" is let in only
// if it is configured by that name; it is then an origin of its own in each session. Who is not a
// browser sends no Origin and may state one in HELLO, as far as [Options.Authenticate] allows.
// Compression is off. Frames are limited as docs/protocol.md says.
package hub
