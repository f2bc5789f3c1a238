// Package hub is the server that joins endpoints: pages and programs that speak the protocol of
// docs/protocol.md.
//
// # What it does
//
// A [Hub] is an [http.Handler]. A WebSocket that passes its checks becomes a session; a program in
// the same process gets one by [Hub.Pipe]. The sessions themselves are package protocol's state
// machines; this package reads and writes their sockets, carries packets between them and keeps the
// directory of names. A hub keeps no message: what it is asked to pass on waits in the receiver's
// inbox, up to 4 MiB, beyond which that session is closed.
//
// # Concurrency
//
// One goroutine reads each WebSocket. Whatever happens to a session is put into its inbox and taken
// out by one goroutine at a time, which exists only while there is something. It takes turns: in
// each it decodes some frames of the client, steps the state machine, gives what that publishes to
// the bus at once, and writes the socket, several frames a write. Nobody waits for a session that
// does not read; but who sends to one for which more than 1 MiB waits is read more slowly, a batch
// in 100 ms, until there is room again or the session is closed, which it is after 2 s. Order is
// kept from each session to each other one.
//
// # Memory
//
// Frames are decoded one at a time, when the state machine takes them. A batch is read into a
// buffer that grows as bytes come; bodies are parts of it, and it goes back when the last receiver
// has written them. All that the hub holds for the sessions of one user is counted in one account:
// batches that are not given back, what waits to go out, what the state machines know, and sessions
// that lost their client, which may come back, and answer for its ports. At 48 MiB nothing more is
// read of the user's clients; at 64 MiB, or after 2 s, the session that holds most is ended with
// code 3013. Of these a user has 1,024 and 16 MiB at most; the oldest is given up for one more.
// What is left out of the account is what each connection takes while it is idle, some 9 KiB.
//
// # Fairness
//
// The sessions of a user that makes much work (100,000 frames, packets and reads of sockets in a
// second) compute in all processors but one, in turns with other such users.
//
// # Security
//
// The address that a browser believes it talks to (Host) has to be the host of a configured origin,
// or a literal loopback address with the port that the connection really came in on; everything
// else is answered with 421, which ends DNS rebinding. A page's origin is its handshake's Origin
// header, which has to be configured or be one of those loopback addresses, and to agree with what
// [Options.Authenticate] says; an Origin header without a value is refused. "null" is let in only
// if it is configured by that name; it is then an origin of each client's own. Who is not a
// browser sends no Origin and may state one in HELLO, as far as [Options.Authenticate] allows.
// Compression is off. Frames are limited as docs/protocol.md says: the first message is HELLO
// alone, of at most 16 KiB, within 10 s, and nothing is read after it before WELCOME was written;
// each message has to be whole in 30 s. What is logged is cut at 256 bytes a value and limited to
// 10 lines a second.
package hub
